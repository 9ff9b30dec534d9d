//! The arguments of a command line as they were written, and the command that they name.
//!
//! It is only for messages about a command line that cannot be parsed. Nothing that runs is decided by it.

use clap::Command;

use crate::oci::{Reference, Repository};

/// A command line that was not parsed.
#[derive(Debug)]
pub(super) struct Invocation<'a> {
    /// The innermost command that the first words name.
    pub(super) command: &'a Command,
    /// The words that name it, without that of the program: `attest list`.
    pub(super) path: String,
    /// Everything behind these words.
    arguments: Vec<String>,
}

impl<'a> Invocation<'a> {
    /// `arguments` does not include the name of the program.
    pub(super) fn new(root: &'a Command, arguments: impl IntoIterator<Item = String>) -> Self {
        let mut found = Self { command: root, path: String::new(), arguments: Vec::new() };
        for argument in arguments {
            let is_behind = found.arguments.iter().any(|argument| !argument.starts_with('-'));
            match found.command.find_subcommand(&argument) {
                Some(command) if !is_behind => {
                    found.command = command;
                    found.path = [found.path.as_str(), command.get_name()].join(" ").trim_start().to_owned();
                }
                _ => found.arguments.push(argument),
            }
        }
        found
    }

    /// The command as it is typed.
    pub(super) fn typed(&self) -> String {
        format!("dhi {}", self.path).trim_end().to_owned()
    }

    /// Whether `-h` requests the short help, alone or behind other short options.
    pub(super) fn requests_short_help(&self) -> bool {
        let mut options = self.arguments.iter().take_while(|argument| *argument != "--");
        options.any(|argument| {
            argument
                .strip_prefix('-')
                .and_then(|letters| letters.strip_suffix('h'))
                .is_some_and(|before| before.chars().all(|c| c == 'v'))
        })
    }

    /// The value that is written with an option: behind `=`, or in the next argument unless that is an option.
    pub(super) fn value_of(&self, option: &str) -> Option<&str> {
        let mut arguments = self.arguments.iter();
        while let Some(argument) = arguments.next() {
            if argument == option {
                return arguments.next().map(String::as_str).filter(|next| !next.starts_with('-'));
            }
            let rest = argument.strip_prefix(option);
            if let Some(value) = rest.and_then(|rest| rest.strip_prefix('=')) {
                return Some(value);
            }
            if let Some(value) = rest.filter(|rest| !option.starts_with("--") && !rest.is_empty()) {
                return Some(value);
            }
        }
        None
    }

    /// Whether the option is written.
    pub(super) fn has(&self, option: &str) -> bool {
        let names = |argument: &String| argument.split('=').next() == Some(option);
        self.arguments.iter().any(names)
    }

    /// The host of the last argument that names an image of a registry.
    pub(super) fn host(&self) -> Option<String> {
        let words = self.arguments.iter().rev().filter(|argument| argument.contains(['/', ':']));
        words.filter(|argument| !argument.starts_with('-')).find_map(|argument| {
            match argument.parse::<Reference>().ok()?.repository {
                Repository::Remote(repository) => Some(repository.host().to_owned()),
                _ => None,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, test: impl FnOnce(Invocation<'_>)) {
        let root = crate::cli::command_line();
        test(Invocation::new(&root, line.split(' ').map(str::to_owned)));
    }

    #[test]
    fn first_words_name_the_command() {
        for (line, path) in [
            ("verify a", "verify"),
            ("-v attestation list a", "attest list"),
            ("verify attest", "verify"),
            ("verfy attest", ""),
            ("attest --format json list", "attest"),
        ] {
            check(line, |invocation| assert_eq!(invocation.path, path, "{line}"));
        }
    }

    #[test]
    fn values_of_options_are_found() {
        for (option, value) in [
            ("--one", Some("1")),
            ("--two", Some("2")),
            ("--three", None),
            ("-a", Some("k=v")),
            ("--on", None),
            ("--last", None),
        ] {
            check("verify --one 1 --two=2 --three -ak=v x --last", |invocation| {
                assert_eq!(invocation.value_of(option), value, "{option}");
            });
        }
    }

    #[test]
    fn the_host_is_that_of_the_image() {
        for (line, host) in [
            ("verify --x localhost:5000/a/b:1", Some("localhost:5000")),
            ("verify oci:a/b python", None),
            ("verify dhi.io/python --type spdx", Some("dhi.io")),
        ] {
            check(line, |invocation| assert_eq!(invocation.host().as_deref(), host, "{line}"));
        }
    }

    #[test]
    fn short_help_is_requested_by_its_letter() {
        for (line, short) in [
            ("verify -h", true),
            ("-vvh", true),
            ("verify --help", false),
            ("verify -- -h", false),
            ("verify -oh --help", false),
        ] {
            check(line, |invocation| assert_eq!(invocation.requests_short_help(), short, "{line}"));
        }
    }
}
