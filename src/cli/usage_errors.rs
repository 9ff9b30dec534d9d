//! Diagnostics of command lines that cannot be parsed, from the parser's kinds of errors and their parts.
//!
//! A suggestion never names an option that makes a check weaker, unless the written option differs from it by a typing
//! error only. Options of other programs are in `foreign_flags.rs`.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use super::foreign_flags;
use super::help::page;
use super::invocation::Invocation;
use super::output_argument::OutputError;
use crate::diagnostic::{Code, Diagnostic, Remedy, closest};
use crate::report::quoted;

/// Options that make a check weaker.
pub(super) const WEAKER: [&str; 8] = [
    "accept-declared-layers",
    "accept-vsa",
    "effective-time",
    "enforce-from",
    "insecure",
    "plain-http",
    "skip-sct",
    "skip-tlog",
];

/// The difference in length of an option and its misspelling.
const TYPING_ERROR: usize = 2;

/// Commands of other programs, and what to run instead.
const FOREIGN_COMMANDS: [(&str, &str); 8] = [
    ("download", "dhi attest get"),
    ("generate-key-pair", "dhi keys generate"),
    ("initialize", "dhi keys update --sigstore"),
    ("inspect", "dhi attest list"),
    ("login", "docker login"),
    ("public-key", "dhi keys list"),
    ("tree", "dhi attest list --all"),
    ("verify-attestation", "dhi verify"),
];

/// The parts of a parser's error.
struct Parts<'a>(&'a clap::Error);

impl Parts<'_> {
    fn text(&self, kind: ContextKind) -> &str {
        match self.0.get(kind) {
            Some(ContextValue::String(text)) => text,
            _ => "",
        }
    }

    fn texts(&self, kind: ContextKind) -> Vec<&str> {
        match self.0.get(kind) {
            Some(ContextValue::String(text)) => vec![text],
            Some(ContextValue::Strings(texts)) => texts.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }
}

/// The diagnostic of an error of the parser.
pub(super) fn diagnostic(error: &clap::Error, invocation: &Invocation<'_>, root: &Command) -> Diagnostic {
    let parts = Parts(error);
    let argument = parts.text(ContextKind::InvalidArg);
    let value = parts.text(ContextKind::InvalidValue);
    let typed = invocation.typed();
    match error.kind() {
        ErrorKind::UnknownArgument => unknown_option(argument, invocation, root),
        ErrorKind::InvalidSubcommand => {
            unknown_command(parts.text(ContextKind::InvalidSubcommand), invocation, root)
        }
        ErrorKind::MissingRequiredArgument => missing(&parts.texts(ContextKind::InvalidArg), invocation),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let commands: Vec<&str> = invocation.command.get_subcommands().map(Command::get_name).collect();
            let what = format!("`{typed}` needs a command");
            let diagnostic = Diagnostic::new(Code::USAGE_MISSING_ARGUMENT, what);
            example(diagnostic.fact("commands", commands.join(", ")), invocation)
        }
        ErrorKind::InvalidValue => {
            let valid = parts.texts(ContextKind::ValidValue);
            let suggested = parts.texts(ContextKind::SuggestedValue).pop();
            invalid_value(argument, value, &valid, suggested, invocation)
        }
        ErrorKind::ValueValidation => {
            let reason = error.source().map(ToString::to_string).unwrap_or_default();
            let what = format!("invalid value {} for `{}`: {reason}", backticks(value), required(argument));
            let diagnostic = Diagnostic::new(Code::USAGE_INVALID_VALUE, what);
            if let Some(wrong) = error.source().and_then(|source| source.downcast_ref::<OutputError>()) {
                return hint(diagnostic, wrong.hint());
            }
            match foreign_flags::advice_for_value(&option_name(argument), value, invocation) {
                Some(text) => hint(diagnostic, text),
                None => see_help(diagnostic, invocation),
            }
        }
        ErrorKind::NoEquals => {
            let option = option_name(argument);
            let value = invocation.value_of(&option).unwrap_or("VALUE").to_owned();
            let what = format!("the value of `{option}` must follow `=`");
            hint(Diagnostic::new(Code::USAGE_INVALID_VALUE, what), format!("write `{option}={value}`"))
        }
        ErrorKind::TooManyValues => surplus_value(&option_name(argument), value, invocation),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            let what = format!("`{}` has the wrong number of values", required(argument));
            see_help(Diagnostic::new(Code::USAGE_INVALID_VALUE, what), invocation)
        }
        ErrorKind::ArgumentConflict => conflict(argument, &parts.texts(ContextKind::PriorArg)),
        ErrorKind::InvalidUtf8 => {
            let what = format!("an argument of `{typed}` is not UTF-8");
            let diagnostic = Diagnostic::new(Code::USAGE_INVALID_VALUE, what);
            hint(diagnostic, "write names and values in UTF-8".to_owned())
        }
        other => {
            let what = other.as_str().unwrap_or("the command line cannot be parsed");
            see_help(Diagnostic::new(Code::USAGE_ARGUMENTS, what), invocation)
        }
    }
}

fn hint(diagnostic: Diagnostic, text: String) -> Diagnostic {
    diagnostic.remedy(Remedy::ChangeCommandLine { text })
}

fn see_help(diagnostic: Diagnostic, invocation: &Invocation<'_>) -> Diagnostic {
    hint(diagnostic, format!("`{} --help` lists the options and their values", invocation.typed()))
}

fn example(diagnostic: Diagnostic, invocation: &Invocation<'_>) -> Diagnostic {
    match page(&invocation.path).and_then(|page| page.examples.first()) {
        Some(example) => hint(diagnostic, format!("for example `{example}`")),
        None => see_help(diagnostic, invocation),
    }
}

fn backticks(value: &str) -> String {
    if value.contains('`') { format!("'{value}'") } else { format!("`{value}`") }
}

/// The option in `--key <KEY>` or `--key=VALUE`.
fn option_name(argument: &str) -> String {
    argument.split([' ', '=']).next().unwrap_or_default().to_owned()
}

fn option_of<'a>(command: &'a Command, option: &str) -> Option<&'a Arg> {
    command.get_arguments().find(|arg| match (option.strip_prefix("--"), option.strip_prefix('-')) {
        (Some(long), _) => arg.get_long_and_visible_aliases().is_some_and(|names| names.contains(&long)),
        (None, Some(letter)) => arg.get_short().is_some_and(|short| letter.starts_with(short)),
        (None, None) => false,
    })
}

/// The commands that have an option, without those that have commands of their own.
fn commands_with(root: &Command, path: &str, option: &str) -> Vec<String> {
    let mut found = Vec::new();
    for command in root.get_subcommands() {
        let path = format!("{path} {}", command.get_name());
        if !command.has_subcommands() && option_of(command, option).is_some() {
            found.push(format!("`dhi{path}`"));
        }
        found.extend(commands_with(command, &path, option));
    }
    found
}

fn unknown_option(argument: &str, invocation: &Invocation<'_>, root: &Command) -> Diagnostic {
    let typed = invocation.typed();
    let option = option_name(argument);
    if !argument.starts_with('-') {
        let what = format!("`{typed}` takes no further argument: {}", backticks(argument));
        let diagnostic = Diagnostic::new(Code::USAGE_UNKNOWN_OPTION, what);
        // `dhi definition init FILE`.
        let writes_file = option_of(invocation.command, "--output")
            .is_some_and(|output| output.get_action().takes_values())
            && invocation.command.get_positionals().next().is_none();
        if writes_file {
            return hint(
                diagnostic,
                format!("to write to that file: `{typed} --output {}`", quoted(argument)),
            );
        }
        return see_help(diagnostic, invocation);
    }
    let diagnostic =
        Diagnostic::new(Code::USAGE_UNKNOWN_OPTION, format!("`{typed}` has no option `{option}`"));
    if let Some(text) = foreign_flags::advice(&option, invocation) {
        return hint(diagnostic, text);
    }
    if let Some(own) = similar(&option, invocation.command) {
        let value = invocation.value_of(&option);
        let takes_value =
            option_of(invocation.command, &own).is_some_and(|arg| arg.get_action().takes_values());
        return hint(
            diagnostic,
            match value.filter(|_| takes_value) {
                Some(value) => format!("did you mean `{own} {}`?", quoted(value)),
                None => format!("did you mean `{own}`?"),
            },
        );
    }
    let others = commands_with(root, "", &option);
    if others.is_empty() || others.len() > 4 {
        return see_help(diagnostic, invocation);
    }
    let verb = if others.len() == 1 { "has" } else { "have" };
    hint(diagnostic, format!("{} {verb} this option", others.join(", ")))
}

/// The long option of the command that is similar to `option`.
fn similar(option: &str, command: &Command) -> Option<String> {
    let name = option.strip_prefix("--").unwrap_or(option.trim_start_matches('-'));
    let arguments = command.get_arguments().filter(|arg| !arg.is_hide_set());
    let known = arguments.filter_map(Arg::get_long_and_visible_aliases).flatten();
    let suggested =
        known.filter(|known| !WEAKER.contains(known) || known.len().abs_diff(name.len()) <= TYPING_ERROR);
    closest(name, suggested.collect::<Vec<_>>()).map(|known| format!("--{known}"))
}

fn unknown_command(word: &str, invocation: &Invocation<'_>, root: &Command) -> Diagnostic {
    let typed = invocation.typed();
    let diagnostic =
        Diagnostic::new(Code::USAGE_UNKNOWN_COMMAND, format!("`{typed}` has no command {}", backticks(word)));
    if let Some((_, own)) = FOREIGN_COMMANDS.iter().find(|(foreign, _)| *foreign == word) {
        return hint(diagnostic, format!("run `{own}`"));
    }
    let names: Vec<&str> = invocation.command.get_subcommands().map(Command::get_name).collect();
    if let Some(own) = closest(word, names.iter().copied()) {
        return hint(diagnostic, format!("did you mean `{typed} {own}`?"));
    }
    // `dhi list` instead of `dhi attest list`.
    let below = root.get_subcommands().find(|command| command.find_subcommand(word).is_some());
    if let Some(command) = below.filter(|_| invocation.path.is_empty()) {
        return hint(diagnostic, format!("did you mean `dhi {} {word}`?", command.get_name()));
    }
    if word.contains(['/', ':']) && invocation.path.is_empty() {
        return hint(diagnostic, format!("to verify an image: `dhi verify {}`", quoted(word)));
    }
    // `docker scout policy IMAGE`.
    if invocation.path == "policy" {
        return hint(
            diagnostic,
            format!("to evaluate policies for an image: `dhi policy eval {}`", quoted(word)),
        );
    }
    hint(diagnostic.fact("commands", names.join(", ")), format!("`{typed} --help` describes the commands"))
}

fn missing(arguments: &[&str], invocation: &Invocation<'_>) -> Diagnostic {
    let names: Vec<String> = arguments.iter().map(|argument| format!("`{}`", required(argument))).collect();
    let what = format!("`{}` needs {}", invocation.typed(), names.join(" and "));
    let diagnostic = Diagnostic::new(Code::USAGE_MISSING_ARGUMENT, what);
    if arguments.iter().any(|argument| argument.starts_with("--emit-vsa")) && invocation.has("--rekor-url") {
        return hint(diagnostic, foreign_flags::VERIFICATION_LOG.to_owned());
    }
    example(diagnostic, invocation)
}

/// An argument as it is described: `<REF>...` is `REF`.
fn required(argument: &str) -> String {
    match argument.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        Some((name, _)) => name.to_owned(),
        None => argument.replace(['<', '>'], ""),
    }
}

fn invalid_value(
    argument: &str,
    value: &str,
    valid: &[&str],
    suggested: Option<&str>,
    invocation: &Invocation<'_>,
) -> Diagnostic {
    let shown = required(argument);
    let option = option_name(argument);
    let what = match value {
        "" => format!("`{shown}` needs a value"),
        value => format!("invalid value {} for `{shown}`", backticks(value)),
    };
    let mut diagnostic = Diagnostic::new(Code::USAGE_INVALID_VALUE, what);
    if !valid.is_empty() {
        diagnostic = diagnostic.fact("values", valid.join(", "));
    }
    let is_option = option.starts_with('-');
    if let Some(text) = foreign_flags::advice_for_value(&option, value, invocation) {
        return hint(diagnostic, text);
    }
    // `vex` is a part of `openvex`.
    let containing = || valid.iter().copied().find(|name| value.len() > 2 && name.contains(value));
    match closest(value, valid.iter().copied()).or(suggested).or_else(containing) {
        Some(own) if is_option => hint(diagnostic, format!("did you mean `{option} {own}`?")),
        Some(own) => hint(diagnostic, format!("did you mean `{own}`?")),
        None => see_help(diagnostic, invocation),
    }
}

/// A value for an option that takes none, such as `--offline=false`.
fn surplus_value(option: &str, value: &str, invocation: &Invocation<'_>) -> Diagnostic {
    let what = format!("`{option}` takes no value: {}", backticks(value));
    let diagnostic = Diagnostic::new(Code::USAGE_INVALID_VALUE, what);
    match value {
        "true" | "1" | "yes" => hint(diagnostic, format!("write `{option}`")),
        "false" | "0" | "no" => hint(diagnostic, format!("omit `{option}`")),
        _ => see_help(diagnostic, invocation),
    }
}

fn conflict(argument: &str, others: &[&str]) -> Diagnostic {
    let option = required(argument);
    if others.contains(&argument) {
        let what = format!("`{option}` is given twice");
        return hint(
            Diagnostic::new(Code::USAGE_CONFLICT, what),
            format!("give `{}` once", option_name(argument)),
        );
    }
    let others: Vec<String> = others.iter().map(|other| format!("`{}`", required(other))).collect();
    let what = format!("`{option}` and {} exclude each other", others.join(", "));
    hint(Diagnostic::new(Code::USAGE_CONFLICT, what), "omit one of them".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The code, the message and the hint of a command line.
    fn parsed(line: &str) -> (Code, String, String) {
        let root = crate::cli::command_line();
        let words = super::super::shell_words::split(line).into_iter().map(|word| word.text);
        let error = root.clone().try_get_matches_from(words.clone()).unwrap_err();
        let mut root = root;
        root.build();
        let diagnostic = diagnostic(&error, &Invocation::new(&root, words.skip(1)), &root);
        let [Remedy::ChangeCommandLine { text }] = diagnostic.remedies.as_slice() else {
            panic!("{line}: {diagnostic:?}")
        };
        (diagnostic.code, diagnostic.message.clone(), text.clone())
    }

    #[test]
    fn each_kind_of_error_has_its_code_and_a_hint() {
        for (line, code, message, hint) in [
            (
                "dhi verify --polcy=attested y",
                Code::USAGE_UNKNOWN_OPTION,
                "`dhi verify` has no option `--polcy`",
                "did you mean `--policy attested`?",
            ),
            (
                "dhi attest lis x",
                Code::USAGE_UNKNOWN_COMMAND,
                "`dhi attest` has no command `lis`",
                "did you mean `dhi attest list`?",
            ),
            (
                "dhi list x",
                Code::USAGE_UNKNOWN_COMMAND,
                "`dhi` has no command `list`",
                "did you mean `dhi attest list`?",
            ),
            (
                "dhi dhi.io/python:3.13",
                Code::USAGE_UNKNOWN_COMMAND,
                "`dhi` has no command `dhi.io/python:3.13`",
                "to verify an image: `dhi verify dhi.io/python:3.13`",
            ),
            (
                "dhi verify",
                Code::USAGE_MISSING_ARGUMENT,
                "`dhi verify` needs `REF`",
                "for example `dhi verify dhi.io/python:3.13`",
            ),
            (
                "dhi verify --plain-http localhost:5000/x:1",
                Code::USAGE_INVALID_VALUE,
                "invalid value `localhost:5000/x:1` for `--plain-http HOST[:PORT]`: expected only the host of a \
                 registry, such as `localhost:5000`",
                "write the host and the image: `--plain-http localhost:5000 localhost:5000/x:1`",
            ),
            (
                "dhi verify --predicate-type SPDX x",
                Code::USAGE_INVALID_VALUE,
                "invalid value `SPDX` for `--predicate-type TYPE`",
                "did you mean `--predicate-type spdx`?",
            ),
            (
                "dhi verify --predicate-type spdx-json x",
                Code::USAGE_INVALID_VALUE,
                "invalid value `spdx-json` for `--predicate-type TYPE`",
                "did you mean `--predicate-type spdxjson`?",
            ),
            (
                "dhi attest list --predicate-type vex x",
                Code::USAGE_INVALID_VALUE,
                "invalid value `vex` for `--predicate-type TYPE`",
                "did you mean `--predicate-type openvex`?",
            ),
            (
                "dhi verify --format",
                Code::USAGE_INVALID_VALUE,
                "`--format FORMAT` needs a value",
                "`dhi verify --help` lists the options and their values",
            ),
            (
                "dhi verify --threshold x y",
                Code::USAGE_INVALID_VALUE,
                "invalid value `x` for `--threshold N`: invalid digit found in string",
                "`dhi verify --help` lists the options and their values",
            ),
            (
                "dhi verify --output 'sarf=my file' x",
                Code::USAGE_INVALID_VALUE,
                "invalid value `sarf=my file` for `--output [FORMAT=]FILE`: `sarf` is not a format (table, json, \
                 sarif, junit, github, markdown, html, digest)",
                "did you mean `'sarif=my file'`? for a file of that name write `'./sarf=my file'`",
            ),
            (
                "dhi attest list -o json x",
                Code::USAGE_INVALID_VALUE,
                "invalid value `json` for `--output FILE`: `json` is a format, not a file",
                "write `--format json`; for a file of that name write `./json`",
            ),
            (
                "dhi verify --offline=false y",
                Code::USAGE_INVALID_VALUE,
                "`--offline` takes no value: `false`",
                "omit `--offline`",
            ),
            (
                "dhi sign --key k --bundle-format false y",
                Code::USAGE_UNKNOWN_OPTION,
                "`dhi sign` takes no further argument: `y`",
                "`dhi sign --help` lists the options and their values",
            ),
            (
                "dhi verify --skip-tlog --require-tlog y",
                Code::USAGE_CONFLICT,
                "`--skip-tlog` and `--require-tlog` exclude each other",
                "omit one of them",
            ),
            (
                "dhi verify --skip-tlog --skip-tlog y",
                Code::USAGE_CONFLICT,
                "`--skip-tlog` is given twice",
                "give `--skip-tlog` once",
            ),
            (
                "dhi cache df x",
                Code::USAGE_UNKNOWN_OPTION,
                "`dhi cache df` takes no further argument: `x`",
                "`dhi cache df --help` lists the options and their values",
            ),
            (
                "dhi cache df --strict",
                Code::USAGE_UNKNOWN_OPTION,
                "`dhi cache df` has no option `--strict`",
                "`dhi admit check` has this option",
            ),
            #[cfg(feature = "builder")]
            (
                "dhi definition init 'my api.yaml'",
                Code::USAGE_UNKNOWN_OPTION,
                "`dhi definition init` takes no further argument: `my api.yaml`",
                "to write to that file: `dhi definition init --output 'my api.yaml'`",
            ),
            #[cfg(feature = "builder")]
            (
                "dhi definition init --kind helm",
                Code::USAGE_INVALID_VALUE,
                "invalid value `helm` for `--kind KIND`",
                "write `--kind chart`",
            ),
            #[cfg(feature = "builder")]
            (
                "dhi definition lint --strict x",
                Code::USAGE_UNKNOWN_OPTION,
                "`dhi definition lint` has no option `--strict`",
                "write `--deny-warnings`: a warning makes it fail",
            ),
            (
                "dhi attest",
                Code::USAGE_MISSING_ARGUMENT,
                "`dhi attest` needs a command",
                "for example `dhi attest list dhi.io/python:3.13`",
            ),
        ] {
            assert_eq!(parsed(line), (code, message.to_owned(), hint.to_owned()), "{line}");
        }
    }

    #[test]
    fn weaker_options_are_suggested_for_typing_errors_only() {
        let hint = |line: &str| parsed(line).2;
        for option in [
            "insecure-mode",
            "insecure-tls",
            "skip-tlog-check",
            "insec",
            "skip",
            "plain",
            "accept",
            "enforce",
            "effective",
        ] {
            let hint = hint(&format!("dhi verify --{option} x"));
            let named = WEAKER.iter().find(|weaker| hint.contains(&format!("--{weaker}")));
            assert_eq!(named, None, "{option}: {hint}");
        }
        assert_eq!(hint("dhi verify --skip-tlg x"), "did you mean `--skip-tlog`?");
    }

    #[test]
    fn every_weaker_option_exists() {
        let root = crate::cli::command_line();
        let verify = root.find_subcommand("verify").unwrap();
        for name in WEAKER {
            assert!(option_of(verify, &format!("--{name}")).is_some(), "{name}");
        }
    }

    #[test]
    fn own_commands_replace_foreign_ones() {
        let mut root = crate::cli::command_line();
        root.build();
        for (foreign, own) in FOREIGN_COMMANDS {
            assert_eq!(parsed(&format!("dhi {foreign} x")).2, format!("run `{own}`"));
            let Some(own) = own.strip_prefix("dhi ") else { continue };
            let words = own.split(' ').take_while(|word| !word.starts_with('-'));
            let command = words.fold(&root, |found, word| found.find_subcommand(word).unwrap());
            for option in own.split(' ').filter(|word| word.starts_with('-')) {
                assert!(option_of(command, option).is_some(), "{own}");
            }
        }
    }
}
