//! The only module that prints: data to standard output, messages to standard error.
//!
//! No output contains a secret of the run, in whatever form a registry repeated it. Raw data is the exception.

use std::borrow::Cow;
use std::io::{IsTerminal, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::hint_texts::CommandHints;
use super::terminal;
use crate::diagnostic::{Diagnostic, Exit};
use crate::registry::{self, Secrets};
use crate::report::{self, Severity, Style};

/// Data for other programs, by the way in which secrets are removed from it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Data<'a> {
    /// Text of a renderer.
    Text(&'a str),
    /// A JSON document, which stays well-formed.
    Json(&'a str),
    /// An XML document, which stays well-formed.
    Xml(&'a str),
    /// Bytes that must not change: signed bytes, a manifest to deploy, a script.
    Raw(&'a [u8]),
}

/// The file name that means standard output.
pub(super) const STDOUT: &str = "-";

/// The file that an option names, or `None` for standard output.
pub(super) fn file_of(output: Option<&Path>) -> Option<&Path> {
    output.filter(|file| *file != Path::new(STDOUT))
}

/// Writes to standard output and standard error.
pub(super) struct Printer {
    stdout: Style,
    stderr: Style,
    terminal: bool,
    logs: AtomicBool,
    secrets: Secrets,
}

impl Printer {
    /// `passwords` are environment variables whose values are secrets.
    pub(super) fn new(passwords: &[&str]) -> Self {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let secrets = Secrets::of_environment();
        for password in passwords.iter().filter_map(|name| std::env::var(name).ok()) {
            secrets.add(&password);
        }
        Self {
            stdout: terminal::stdout(),
            stderr: terminal::stderr(),
            terminal: std::io::stderr().is_terminal() && !is_set("CI"),
            logs: AtomicBool::new(false),
            secrets,
        }
    }

    /// The style of standard output.
    pub(super) fn style(&self) -> Style {
        self.stdout
    }

    /// The style for `file`, or for standard output if there is none.
    pub(super) fn style_of(&self, file: Option<&Path>) -> Style {
        if file_of(file).is_some() { Style::default() } else { self.stdout }
    }

    /// Whether progress can be shown on standard error.
    pub(super) fn is_terminal(&self) -> bool {
        // A log line would be overwritten by the progress line.
        self.terminal && !self.logs.load(Ordering::Relaxed)
    }

    /// Starts logging and returns the function that prints one log line. Control characters are escaped, so text of a
    /// registry or proxy cannot add lines.
    pub(super) fn log(&self) -> impl Fn(&str) + Send + Sync + 'static {
        self.logs.store(true, Ordering::Relaxed);
        let secrets = self.secrets.clone();
        // Lines of a log are not wrapped: each is one event.
        let style = Style { width: None, ..self.stderr };
        move |text| print_message(&format!("> {}\n", style.text(text)), style, &secrets)
    }

    /// The secrets of this run. Code that learns a secret adds it here.
    pub(super) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Data without secrets.
    pub(super) fn redacted<'a>(&self, data: Data<'a>) -> Cow<'a, [u8]> {
        let text = match data {
            Data::Text(text) => redacted(text, self.stdout, &self.secrets),
            Data::Json(text) => self.secrets.redact_json(text),
            Data::Xml(text) => self.secrets.redact_xml(text),
            Data::Raw(bytes) => return Cow::Borrowed(bytes),
        };
        match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        }
    }

    /// Writes data that [`Self::redacted`] returned. A closed pipe is not an error: the exit code still has the result.
    pub(super) fn data(&self, shown: &mut impl Read) -> std::io::Result<()> {
        let mut stdout = std::io::stdout().lock();
        match std::io::copy(shown, &mut stdout).and_then(|_| stdout.flush()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// Prints the error that ended a command.
    pub(super) fn diagnostic(&self, diagnostic: &Diagnostic) {
        self.message(&report::render_diagnostic(
            Severity::Error,
            diagnostic,
            &[],
            &CommandHints,
            self.stderr,
        ));
    }

    /// Prints the failures of a run whose result has the exit code `exit`, and returns the most severe exit code of
    /// all.
    pub(super) fn report_failures(&self, exit: Exit, failures: impl IntoIterator<Item = Diagnostic>) -> Exit {
        failures.into_iter().fold(exit, |exit, diagnostic| {
            self.diagnostic(&diagnostic);
            exit.max(diagnostic.exit())
        })
    }

    /// Prints an error that does not end the command, as a warning.
    pub(super) fn diagnostic_as_warning(&self, diagnostic: &Diagnostic) {
        self.message(&report::render_diagnostic(
            Severity::Warning,
            diagnostic,
            &[],
            &CommandHints,
            self.stderr,
        ));
    }

    /// Writes a result that [`Self::redacted`] returned to standard error, for runs whose standard output is
    /// something else.
    pub(super) fn data_to_stderr(&self, shown: &mut impl Read) {
        // If standard error is closed, there is nowhere to report it.
        let _ = std::io::copy(shown, &mut std::io::stderr().lock());
    }

    /// The style of standard error.
    pub(super) fn stderr_style(&self) -> Style {
        self.stderr
    }

    /// Prints a note: neither data nor an error.
    pub(super) fn note(&self, text: &str) {
        note(text, self.stderr, &self.secrets);
    }

    /// A function that prints notes, for other threads and modules.
    pub(super) fn note_function(&self) -> registry::NotifyUser {
        let (style, secrets) = (self.stderr, self.secrets.clone());
        Arc::new(move |text| note(text, style, &secrets))
    }

    /// Prints a warning about a run that continues.
    pub(super) fn warning(&self, text: &str) {
        let style = self.stderr;
        self.message(&style.lines(&format!("warning: {}", style.text(text)), 2));
    }

    /// Prints the output of the command-line parser: help and version, which are data, or an error, which repeats
    /// arguments.
    pub(super) fn usage(&self, error: &clap::Error) {
        let text = error.render().to_string();
        match without_logins(&text) {
            Cow::Owned(text) if error.use_stderr() => self.message(&text),
            // With the styles of a terminal.
            _ => drop(error.print()),
        }
    }

    fn message(&self, text: &str) {
        print_message(text, self.stderr, &self.secrets);
    }
}

fn note(text: &str, style: Style, secrets: &Secrets) {
    print_message(&style.lines(&format!("note: {}", style.text(text)), 2), style, secrets);
}

fn print_message(text: &str, style: Style, secrets: &Secrets) {
    // If standard error is closed, there is nowhere to report it.
    let _ = std::io::stderr().lock().write_all(redacted(text, style, secrets).as_bytes());
}

/// The text without secrets. If it is wrapped, a line break may divide a secret that contains a space; then the text
/// loses its layout, so that the secret is found.
fn redacted<'a>(text: &'a str, style: Style, secrets: &Secrets) -> Cow<'a, str> {
    let shown = secrets.redact(text);
    if style.width.is_none() {
        return shown;
    }
    let joined = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    if secrets.is_shown_in(joined.as_bytes()) {
        Cow::Owned(secrets.redact(&joined).into_owned() + "\n")
    } else {
        shown
    }
}

/// A text that repeats arguments, with each `USER:PASSWORD` before a host replaced by `***`. Text before the `@` of a
/// digest is a reference and is kept.
pub(super) fn without_logins(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    for word in text.split_inclusive(char::is_whitespace) {
        let is_login = |at: &usize| {
            let after = word.get(at + 1..).unwrap_or_default();
            !["sha256:", "sha512:"].iter().any(|digest| after.starts_with(digest))
        };
        let end = word.match_indices('@').map(|(at, _)| at).rfind(is_login);
        let before = end.and_then(|end| word.get(..end)).unwrap_or_default();
        let start = match (before.find("://"), before.find('=')) {
            (Some(at), _) => Some(at + 3),
            (None, Some(at)) if !before.get(..at).is_some_and(|host| host.contains(':')) => Some(at + 1),
            _ => before.find(|c| !"'\"`(".contains(c)),
        };
        let login = start.and_then(|start| before.get(start..)).unwrap_or_default();
        let is_hidden = !login.is_empty() && (login.contains(':') || before.contains("://"));
        match end {
            Some(end) if is_hidden => {
                shown.push_str(before.strip_suffix(login).unwrap_or_default());
                shown.push_str("***");
                push_without_query(&mut shown, word, end);
            }
            _ => push_without_query(&mut shown, word, 0),
        }
    }
    if shown == text { Cow::Borrowed(text) } else { Cow::Owned(shown) }
}

/// Appends the rest of a word without the query of a URL, which may contain a token.
fn push_without_query(shown: &mut String, word: &str, from: usize) {
    let rest = word.get(from..).unwrap_or_default();
    let Some(query) = rest.find('?').filter(|_| word.contains("://")) else { return shown.push_str(rest) };
    let (kept, query) = rest.split_at(query);
    let text = query.trim_end_matches(|c: char| c.is_whitespace() || "'\"`:,;.)".contains(c));
    shown.push_str(kept);
    shown.push_str(query.strip_prefix(text).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_within_a_secret_does_not_show_it() {
        let secrets = Secrets::default();
        secrets.add("correct horse battery");
        let style = Style { width: Some(30), ..Style::default() };
        let text = style.lines("error: the registry returned correct horse battery: no", 2);
        assert!(text.contains("correct\n") || text.contains("horse\n"), "{text}");
        let shown = redacted(&text, style, &secrets);
        assert!(!shown.contains("horse") && !shown.contains("battery"), "{shown}");
        assert!(shown.ends_with(": no\n"), "{shown}");
        assert_eq!(redacted("a\n  b\n", style, &secrets), "a\n  b\n");
    }

    #[test]
    fn logins_in_arguments_are_not_printed() {
        for (text, shown) in [
            ("invalid value 'dhi.io=me:pw@mirror' for", "invalid value 'dhi.io=***@mirror' for"),
            ("'https://me:p=w@mirror'", "'https://***@mirror'"),
            ("'HOST=https://token@mirror'", "'HOST=https://***@mirror'"),
            ("'https://a:b@host/x?tok=y@z' for", "'https://***@z' for"),
            ("'https://host/x?tok=y' for", "'https://host/x' for"),
            ("is it there? yes", "is it there? yes"),
            ("`me:p@w=x'@mirror`", "`***@mirror`"),
            ("'dhi.io/x:1@sha256:00' and a@b", "'dhi.io/x:1@sha256:00' and a@b"),
        ] {
            assert_eq!(without_logins(text), shown);
        }
    }
}
