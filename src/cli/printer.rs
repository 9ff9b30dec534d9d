//! The only place that prints. Standard output carries data, standard error talk. Nothing leaves it that holds a secret
//! of the run, whatever form a registry repeated it in.

use std::borrow::Cow;
use std::io::{IsTerminal, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::remedies::CommandWords;
use crate::diagnostic::{Diagnostic, Exit};
use crate::registry::{self, Secrets};
use crate::report::{self, Severity, Style, printable};

/// What is written for others to use, and how it is freed of secrets.
#[derive(Clone, Copy, Debug)]
pub(super) enum Data<'a> {
    /// Text that a renderer made.
    Text(&'a str),
    /// A JSON document, which keeps its form.
    Json(&'a str),
    /// An XML document, which keeps its form too.
    Xml(&'a str),
    /// Bytes that mean something as they are: signed ones, a manifest to be deployed, a script. They are not changed.
    Raw(&'a [u8]),
}

/// What an option that names a file takes for standard output, as other programs do.
pub(super) const STDOUT: &str = "-";

/// The file that an option names, unless that is standard output.
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
    /// `passwords` are the variables whose values are secrets too.
    pub(super) fn new(passwords: &[&str]) -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let color = !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let terminal = std::io::stderr().is_terminal();
        let secrets = Secrets::of_environment();
        for password in passwords.iter().filter_map(|name| std::env::var(name).ok()) {
            secrets.add(&password);
        }
        Self {
            stdout: Style { color: color && std::io::stdout().is_terminal() },
            stderr: Style { color: color && terminal },
            terminal: terminal && !set("CI"),
            logs: AtomicBool::new(false),
            secrets,
        }
    }

    /// The style of standard output.
    pub(super) fn style(&self) -> Style {
        self.stdout
    }

    /// The style of what is written to `file`, or else to standard output.
    pub(super) fn style_of(&self, file: Option<&Path>) -> Style {
        if file_of(file).is_some() { Style::default() } else { self.stdout }
    }

    /// Whether progress can be shown on standard error.
    pub(super) fn is_terminal(&self) -> bool {
        // Lines of a log and a line that is drawn again and again do not go together.
        self.terminal && !self.logs.load(Ordering::Relaxed)
    }

    /// Prints lines of a log from now on: each a single line, whatever a registry or proxy put into it.
    pub(super) fn log(&self) -> impl Fn(&str) + Send + Sync + 'static {
        self.logs.store(true, Ordering::Relaxed);
        let secrets = self.secrets.clone();
        move |text| talk(&format!("> {}\n", printable(text)), &secrets)
    }

    /// The secrets of this run. Whoever comes to know one adds it.
    pub(super) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Data as others may see it.
    pub(super) fn shown<'a>(&self, data: Data<'a>) -> Cow<'a, [u8]> {
        let text = match data {
            Data::Text(text) => self.secrets.redact(text),
            Data::Json(text) => self.secrets.redact_json(text),
            Data::Xml(text) => self.secrets.redact_xml(text),
            Data::Raw(bytes) => return Cow::Borrowed(bytes),
        };
        match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        }
    }

    /// Writes data that [`Self::shown`] made. A reader that went away is no failure: the exit code still tells.
    pub(super) fn data(&self, shown: &mut impl Read) -> std::io::Result<()> {
        let mut stdout = std::io::stdout().lock();
        match std::io::copy(shown, &mut stdout).and_then(|_| stdout.flush()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// Says why a command ended.
    pub(super) fn diagnostic(&self, diagnostic: &Diagnostic) {
        self.talk(&report::render_diagnostic(Severity::Error, diagnostic, &[], &CommandWords, self.stderr));
    }

    /// Says what went wrong beside a result whose exit code is `exit`, and gives the most severe exit code of all.
    pub(super) fn ended(&self, exit: Exit, failures: impl IntoIterator<Item = Diagnostic>) -> Exit {
        failures.into_iter().fold(exit, |exit, diagnostic| {
            self.diagnostic(&diagnostic);
            exit.max(diagnostic.exit())
        })
    }

    /// Says what did not work but does not end the command.
    pub(super) fn warned(&self, diagnostic: &Diagnostic) {
        self.talk(&report::render_diagnostic(Severity::Warning, diagnostic, &[], &CommandWords, self.stderr));
    }

    /// Shows a result, which [`Self::shown`] made, to people where standard output carries something else.
    pub(super) fn aside(&self, shown: &mut impl Read) {
        // There is nobody left to tell when standard error is gone.
        let _ = std::io::copy(shown, &mut std::io::stderr().lock());
    }

    /// The style of standard error.
    pub(super) fn talk_style(&self) -> Style {
        self.stderr
    }

    /// Says something that is neither data nor an error.
    pub(super) fn note(&self, text: &str) {
        note(text, &self.secrets);
    }

    /// Says a note from wherever it is due.
    pub(super) fn notes(&self) -> registry::Note {
        let secrets = self.secrets.clone();
        Arc::new(move |text| note(text, &secrets))
    }

    /// Says what the user should know about a run that goes on.
    pub(super) fn warning(&self, text: &str) {
        self.talk(&format!("warning: {}\n", printable(text)));
    }

    /// Says what the parser of the command line has to say: help and version, which are data, or what is wrong, which
    /// repeats arguments.
    pub(super) fn usage(&self, error: &clap::Error) {
        let text = error.render().to_string();
        match without_logins(&text) {
            Cow::Owned(text) if error.use_stderr() => self.talk(&text),
            // With the styles of a terminal.
            _ => drop(error.print()),
        }
    }

    fn talk(&self, text: &str) {
        talk(text, &self.secrets);
    }
}

fn note(text: &str, secrets: &Secrets) {
    talk(&format!("note: {}\n", printable(text)), secrets);
}

fn talk(text: &str, secrets: &Secrets) {
    // There is nobody left to tell when standard error is gone.
    let _ = std::io::stderr().lock().write_all(secrets.redact(text).as_bytes());
}

/// A text that repeats arguments, without any `USER:PASSWORD` that stands before a host. What stands before a digest is
/// a reference.
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

/// What follows of a word, without the query of a URL, in which a token may stand.
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
    fn logins_among_arguments_are_not_repeated() {
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
