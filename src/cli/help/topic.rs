//! The topics of `dhi help`: commands, error codes, rules of definitions, exit codes and policies.

use std::fmt::Write as _;

use clap::Command;

#[cfg(feature = "builder")]
use super::super::definition::rules_page;
use super::super::error_pages::{self, PAGES, wrapped};
use super::super::exit_codes;
use super::policies;
use crate::diagnostic::{Code, Diagnostic, Remedy, closest};

const EXIT_CODES: &str = "exit-codes";
const POLICIES: &str = "policies";
const ERRORS: &str = "errors";
const TOPICS: &str = "topics";

/// A topic that was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Topic {
    /// Its text.
    pub(super) text: String,
    /// If it was misspelled: what was requested, and the name of the topic.
    pub(super) instead_of: Option<(String, String)>,
}

/// The names of all topics, as they are typed: commands, codes, and the others.
pub(in crate::cli) fn names(command_line: &Command) -> Vec<String> {
    let others = [EXIT_CODES, POLICIES, ERRORS, TOPICS].into_iter().chain(policies::names());
    let codes = PAGES.iter().map(|page| page.code.as_str());
    // A rule can have the name of a code, whose page is shown.
    let is_own = |rule: &&str| PAGES.iter().all(|page| page.code.as_str() != *rule);
    let mut names = commands(command_line, "");
    names.extend(others.chain(codes).chain(rules().filter(is_own)).map(str::to_owned));
    names
}

/// The names of the rules for definitions.
#[cfg(feature = "builder")]
fn rules() -> impl Iterator<Item = &'static str> {
    rules_page::names()
}

#[cfg(not(feature = "builder"))]
fn rules() -> impl Iterator<Item = &'static str> {
    std::iter::empty()
}

/// The page of a rule for definitions, also by its name without area.
#[cfg(feature = "builder")]
fn rule(name: &str, width: usize) -> Option<String> {
    let is_named = |rule: &&str| *rule == name || rule.split_once('/').is_some_and(|(_, own)| own == name);
    rules_page::page(rules().find(is_named)?, width)
}

#[cfg(not(feature = "builder"))]
fn rule(_: &str, _: usize) -> Option<String> {
    None
}

/// The words of all commands below `command`.
fn commands(command: &Command, path: &str) -> Vec<String> {
    let mut all = Vec::new();
    for inner in command.get_subcommands() {
        let path = format!("{path} {}", inner.get_name());
        all.push(path.trim_start().to_owned());
        all.extend(commands(inner, path.trim_start()));
    }
    all
}

/// Finds a topic. A word as printed in an error (`error[trust/wrong-key]:`) is a code. A misspelled topic is replaced
/// by the closest one.
///
/// # Errors
///
/// `usage/unknown-topic` if no topic is close.
pub(super) fn find(words: &[&str], command_line: &Command, width: usize) -> Result<Topic, Diagnostic> {
    let words: Vec<String> = words.iter().map(|word| plain(word)).collect();
    // `error trust/wrong-key` is accepted too.
    let asked = match words.as_slice() {
        [first, rest @ ..] if first == "error" && !rest.is_empty() => rest.join(" "),
        [first] if first == "error" => ERRORS.to_owned(),
        words => words.join(" "),
    };
    let is_exit_code = !asked.is_empty() && asked.bytes().all(|byte| byte.is_ascii_digit());
    let asked = if is_exit_code { EXIT_CODES.to_owned() } else { asked };
    if let Some(text) = text_of(&asked, command_line, width) {
        return Ok(Topic { text, instead_of: None });
    }
    let mut known = names(command_line);
    known.extend(PAGES.iter().map(|page| name_in_area(page.code).to_owned()));
    let closest = closest(&asked, known.iter().map(String::as_str));
    match closest.and_then(|name| Some((text_of(name, command_line, width)?, name))) {
        Some((text, name)) => Ok(Topic { text, instead_of: Some((asked, name.to_owned())) }),
        None => {
            let what = format!("there is no topic `{asked}`");
            Err(Diagnostic::new(Code::USAGE_UNKNOWN_TOPIC, what).remedy(Remedy::ListTopics))
        }
    }
}

/// A word without what surrounds a code in output: `error[trust/wrong-key]:`.
fn plain(word: &str) -> String {
    let word = word.trim_matches(|c: char| c.is_whitespace() || "`'\":,".contains(c));
    let bracketed = word.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    bracketed.map_or(word, |(code, _)| code).to_ascii_lowercase()
}

/// The part of a code behind its area.
fn name_in_area(code: Code) -> &'static str {
    code.as_str().split_once('/').map_or(code.as_str(), |(_, name)| name)
}

/// The text of a topic by its exact name: a command, one of the other topics, a code, an area of codes, or the part of
/// a code behind its area.
fn text_of(name: &str, command_line: &Command, width: usize) -> Option<String> {
    if let Some(command) = command(name, command_line) {
        return Some(command.clone().render_long_help().to_string());
    }
    match name {
        EXIT_CODES => return Some(exit_codes::text() + "\n"),
        POLICIES => return Some(policies::all(width)),
        ERRORS => return Some(list_of_codes(|_| true)),
        TOPICS => return Some(list_of_topics(command_line, width)),
        _ => {}
    }
    if let Some(text) = policies::page(name, width) {
        return Some(text);
    }
    if let Some(page) = PAGES.iter().find(|page| page.code.as_str() == name) {
        return Some(error_pages::text(page, width));
    }
    let mut named = PAGES.iter().filter(|page| name_in_area(page.code) == name);
    match (named.next(), named.next()) {
        (Some(page), None) => return Some(error_pages::text(page, width)),
        (Some(_), Some(_)) => return Some(list_of_codes(|code| name_in_area(code) == name)),
        _ => {}
    }
    if let Some(text) = rule(name, width) {
        return Some(text);
    }
    let in_area = |code: Code| code.as_str().split_once('/').is_some_and(|(area, _)| area == name);
    PAGES.iter().any(|page| in_area(page.code)).then(|| list_of_codes(in_area))
}

/// The command with these words; the program itself without words.
fn command<'a>(name: &str, command_line: &'a Command) -> Option<&'a Command> {
    let mut words = name.split_whitespace();
    words.try_fold(command_line, |found, word| found.find_subcommand(word))
}

fn list_of_codes(wanted: impl Fn(Code) -> bool) -> String {
    let codes = PAGES.iter().map(|page| page.code).filter(|code| wanted(*code));
    codes.map(|code| format!("{:30}  {}\n", code.as_str(), code.title())).collect()
}

fn list_of_topics(command_line: &Command, width: usize) -> String {
    let mut text = "Topics of `dhi help`:\n\n".to_owned();
    for (name, about) in [
        (EXIT_CODES, "the exit codes"),
        (POLICIES, "what each policy requires"),
        (ERRORS, "the codes of all errors, with their meanings"),
    ] {
        let _ = writeln!(text, "  {name:18}  {about}");
    }
    text.push_str("\nCommands:\n\n");
    for name in commands(command_line, "") {
        let about = command(&name, command_line).and_then(Command::get_about);
        text.push_str(&wrapped(
            &format!("  {name:18}  "),
            &about.map(ToString::to_string).unwrap_or_default(),
            width,
        ));
    }
    let names: Vec<String> = policies::names().map(|name| format!("`{name}`")).collect();
    let _ = writeln!(text, "\nPolicies: {}\n", names.join(", "));
    #[cfg(feature = "builder")]
    text.push_str("Rules for definitions: as printed (`definition/unknown-key`)\n\n");
    text + &wrapped(
        "Error codes: ",
        "as printed (`trust/wrong-key`), without area (`wrong-key`), or an area (`trust`)",
        width,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(words: &str) -> Result<Topic, Diagnostic> {
        let mut tree = crate::cli::command_line();
        tree.build();
        find(&words.split_whitespace().collect::<Vec<_>>(), &tree, 80)
    }

    #[test]
    fn a_code_is_found_however_it_is_written() {
        let page = topic("trust/wrong-key").unwrap();
        assert!(page.text.starts_with("trust/wrong-key: ") && page.instead_of.is_none(), "{page:?}");
        for words in [
            "error trust/wrong-key",
            "wrong-key",
            "error[trust/wrong-key]:",
            "`trust/wrong-key`",
            "TRUST/WRONG-KEY",
        ] {
            assert_eq!(topic(words).unwrap(), page, "{words}");
        }
        for words in ["trust/wrongkey", "trust/wrong_key", "wrong-kei", "error trust/wrong-keys"] {
            let found = topic(words).unwrap();
            assert_eq!(found.text, page.text, "{words}");
            assert!(found.instead_of.is_some_and(|(_, name)| name.ends_with("wrong-key")), "{words}");
        }
    }

    #[cfg(feature = "builder")]
    #[test]
    fn a_rule_is_found_however_it_is_written() {
        let page = topic("definition/unknown-key").unwrap();
        assert!(page.text.starts_with("definition/unknown-key: ") && page.instead_of.is_none(), "{page:?}");
        assert!(
            page.text.contains("\nseverity  error\n") && page.text.contains("Correct the key"),
            "{page:?}"
        );
        for words in ["unknown-key", "error[definition/unknown-key]:", "DEFINITION/UNKNOWN-KEY"] {
            assert_eq!(topic(words).unwrap(), page, "{words}");
        }
        let meant = topic("definition/unknown-kee").unwrap();
        assert_eq!(meant.instead_of.map(|(_, name)| name).as_deref(), Some("definition/unknown-key"));
        // An error code and the command keep their names.
        assert!(topic("definition/invalid").unwrap().text.contains("\nexit "));
        assert!(topic("definition").unwrap().text.contains("Usage:"));
    }

    #[test]
    fn shared_names_and_areas_list_their_codes() {
        let listed = topic("unreachable").map(|topic| topic.text);
        let area = topic("trust").unwrap().text;
        assert!(area.lines().count() > 10 && area.lines().all(|line| line.starts_with("trust/")), "{area}");
        let mut names: Vec<&str> = PAGES.iter().map(|page| name_in_area(page.code)).collect();
        names.sort_unstable();
        let shared = names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
        if let Some(shared) = shared {
            assert!(topic(shared).unwrap().text.lines().count() > 1, "{shared}");
        }
        assert!(listed.is_ok());
    }

    #[test]
    fn every_listed_topic_exists() {
        let tree = crate::cli::command_line();
        for name in names(&tree) {
            let topic = topic(&name).unwrap();
            assert!(!topic.text.is_empty() && topic.instead_of.is_none(), "{name}");
        }
    }

    #[test]
    fn commands_are_found_by_alias_and_misspelled() {
        assert_eq!(topic("attestation list"), topic("attest list"));
        assert_eq!(topic("verfy").unwrap().instead_of, Some(("verfy".to_owned(), "verify".to_owned())));
        assert_eq!(topic("nothing-like-this").unwrap_err().code, Code::USAGE_UNKNOWN_TOPIC);
    }
}
