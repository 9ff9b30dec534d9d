//! Scripts of steps: whether errors end them, what they need from the network, and their secrets.

use super::linter::{Linter, shown};
use crate::builder::definition::{Rule, Stage, Step, Text};

/// The shells whose scripts are read. Others are programs with rules of their own.
const SHELLS: &[&str] = &["sh", "ash", "bash", "busybox", "dash", "ksh", "zsh"];

/// Commands that fetch, with the words after them that do. Without words, every use fetches. Commands that can also
/// work on local files, such as `npm install`, are left out.
const FETCHING: &[(&str, &[&str])] = &[
    ("apk", &["add", "update", "upgrade"]),
    ("apt", &["install", "update"]),
    ("apt-get", &["install", "update"]),
    ("cargo", &["fetch", "install"]),
    ("curl", &[]),
    ("git", &["clone", "fetch", "pull"]),
    ("go", &["get"]),
    ("npm", &["ci"]),
    ("wget", &[]),
];

pub(super) fn check(linter: &mut Linter<'_>) {
    let definition = linter.definition;
    for stage in &definition.stages {
        for step in &stage.pipeline {
            if let Some(script) = step.runs.as_ref().filter(|_| is_shell(stage, step)) {
                check_errors(linter, script);
                check_network(linter, stage, step, script);
            }
            for secret in &step.secrets {
                let is_optional = secret.optional.as_ref().is_some_and(|optional| optional.value);
                if !is_optional && secret.condition.is_none() {
                    let message = format!("the step fails without the secret `{}`", shown(&secret.id));
                    linter.find(Rule::REQUIRED_SECRET, secret.id.range.clone(), message);
                }
            }
        }
    }
}

fn is_shell(stage: &Stage, step: &Step) -> bool {
    let Some(shell) = step.shell.as_ref().or(stage.shell.as_ref()) else { return true };
    let program = shell.split_whitespace().next().unwrap_or_default();
    SHELLS.contains(&program.rsplit('/').next().unwrap_or_default())
}

/// The commands of a script, roughly: lines without comments, divided at `;`, `&&`, `||` and `|`.
fn commands(script: &str) -> impl Iterator<Item = &str> {
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let parts = lines.flat_map(|line| line.split([';', '|'])).flat_map(|part| part.split("&&"));
    parts.map(str::trim).filter(|command| !command.is_empty())
}

fn check_errors(linter: &mut Linter<'_>, script: &Text) {
    let is_single = commands(script).nth(1).is_none();
    let first = script.lines().next().unwrap_or_default();
    let by_interpreter =
        first.starts_with("#!") && first.split_whitespace().skip(1).any(|word| is_flag(word, 'e'));
    if is_single || by_interpreter {
        return;
    }
    let mut exits = false;
    let mut pipes = !script.replace("||", "").contains('|');
    // What is set after the first other command comes too late for that one.
    for command in commands(script) {
        let mut words = command.split_whitespace();
        if words.next() != Some("set") {
            break;
        }
        for word in words {
            exits |= is_flag(word, 'e') || word == "errexit";
            pipes |= word == "pipefail";
        }
    }
    let start = script.value.len() - script.value.trim_start().len();
    let line = script.value.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
    let range = script.range_of(linter.text, start..start + line.trim_end().len());
    if !exits {
        let finding =
            linter.finding(Rule::ERRORS_IGNORED, range, "the script goes on after a failed command");
        linter.report(finding.label("begin with `set -eux -o pipefail`"));
    } else if !pipes {
        let message = "the script goes on after a failed command of a pipeline";
        let finding = linter.finding(Rule::ERRORS_IGNORED, range, message);
        linter.report(finding.label("add `-o pipefail`"));
    }
}

/// Whether a word has this flag: `-e`, `-eux`.
fn is_flag(word: &str, flag: char) -> bool {
    word.strip_prefix('-').is_some_and(|flags| !flags.starts_with('-') && flags.contains(flag))
}

fn check_network(linter: &mut Linter<'_>, stage: &Stage, step: &Step, script: &Text) {
    let has_network = [&stage.privileged, &step.privileged];
    if has_network.into_iter().flatten().any(|privileged| privileged.value) {
        return;
    }
    let Some(command) = commands(script).find(|command| fetches(command)) else { return };
    let at = script.find(command).unwrap_or_default();
    let range = script.range_of(linter.text, at..at + command.len());
    let program = command.split_whitespace().next().unwrap_or_default();
    let message = format!("`{}` needs the network, and the step is not `privileged`", shown(program));
    linter.find(Rule::NO_NETWORK, range, message);
}

fn fetches(command: &str) -> bool {
    let mut words = command.split_whitespace();
    let program = words.next().unwrap_or_default();
    let Some((_, arguments)) = FETCHING.iter().find(|(name, _)| *name == program) else { return false };
    let mut words = words.filter(|word| !word.starts_with('-')).peekable();
    match arguments.is_empty() {
        // Without an address, or with one of this machine, nothing is fetched, as where `curl` prints its version.
        true => words.any(|word| {
            word.contains("://") && !word.contains("://localhost") && !word.contains("127.0.0.1")
        }),
        false => words.peek().is_some_and(|word| arguments.contains(word)),
    }
}
