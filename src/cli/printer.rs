//! The only module that prints: data to standard output, messages to standard error.
//!
//! No output contains a secret of the run, in whatever form a registry repeated it. Raw data is the exception.

use std::borrow::Cow;
use std::io::{BufReader, IsTerminal, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::Instant;

use clap::builder::StyledStr;
use jiff::Timestamp;

use super::hint_texts::CommandHints;
use super::progress::Progress;
use super::status_line::StatusLine;
use super::terminal;
use crate::diagnostic::{Diagnostic, Exit};
use crate::registry::{self, Secrets};
use crate::report::{self, Page, Severity, Style};

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

/// How many bytes are written at once.
const COPY_BUFFER: usize = 128 * 1024;

/// The file that an option names, or `None` for standard output.
pub(super) fn file_of(output: Option<&Path>) -> Option<&Path> {
    output.filter(|file| *file != Path::new(STDOUT))
}

/// Writes to standard output and standard error.
pub(super) struct Printer {
    stdout: Style,
    terminal: bool,
    logs: AtomicBool,
    quiet: AtomicBool,
    verbosity: AtomicU8,
    progress: Arc<Progress>,
    messages: Messages,
}

/// Writes messages to standard error.
#[derive(Clone)]
struct Messages {
    style: Style,
    secrets: Secrets,
    line: Arc<StatusLine>,
}

impl Printer {
    /// `passwords` are environment variables whose values are secrets.
    pub(super) fn new(passwords: &[&str]) -> Self {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        // Such a terminal cannot erase a line.
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let secrets = Secrets::of_environment();
        for password in passwords.iter().filter_map(|name| std::env::var(name).ok()) {
            secrets.add(&password);
        }
        Self {
            stdout: terminal::stdout(),
            terminal: std::io::stderr().is_terminal() && !is_dumb && !is_set("CI"),
            logs: AtomicBool::new(false),
            quiet: AtomicBool::new(false),
            verbosity: AtomicU8::new(0),
            progress: Arc::default(),
            messages: Messages { style: terminal::stderr(), secrets, line: Arc::new(StatusLine::new()) },
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

    /// Whether standard error is a terminal that can show progress.
    pub(super) fn is_terminal(&self) -> bool {
        // Log lines show what is waited for.
        self.terminal && !self.logs.load(Ordering::Relaxed)
    }

    /// From now on only errors are printed to standard error: no notes, no warnings, no progress.
    pub(super) fn print_only_errors(&self) {
        self.quiet.store(true, Ordering::Relaxed);
    }

    /// Sets how much detail results have: the number of `-v`.
    pub(super) fn set_verbosity(&self, verbosity: u8) {
        self.verbosity.store(verbosity, Ordering::Relaxed);
    }

    /// Whether results are printed with every detail.
    pub(super) fn is_verbose(&self) -> bool {
        self.verbosity.load(Ordering::Relaxed) > 0
    }

    /// What the run waits for.
    pub(super) fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    /// Shows `text` as the progress line of the terminal; `None` removes the line.
    pub(super) fn show_progress(&self, text: Option<String>) {
        let text = text.filter(|_| !self.is_quiet());
        let text = text.map(|text| self.messages.style.text(&self.messages.secrets.redact(&text)));
        self.messages.line.show(&mut std::io::stderr(), text);
    }

    /// A function that removes the progress line of the terminal, for another thread.
    pub(super) fn remove_progress_function(&self) -> impl FnOnce() + Send + 'static {
        let line = Arc::clone(&self.messages.line);
        move || line.show(&mut std::io::stderr(), None)
    }

    /// When something was printed last.
    pub(super) fn last_output(&self) -> Instant {
        self.messages.line.last_output()
    }

    fn is_quiet(&self) -> bool {
        self.quiet.load(Ordering::Relaxed)
    }

    /// Starts logging and returns the function that prints one log line. Control characters are escaped, so text of a
    /// registry or proxy cannot add lines.
    pub(super) fn log(&self) -> impl Fn(&str) + Send + Sync + 'static {
        self.logs.store(true, Ordering::Relaxed);
        let messages = self.messages.clone();
        move |text| messages.log(text)
    }

    /// The secrets of this run. Code that learns a secret adds it here.
    pub(super) fn secrets(&self) -> &Secrets {
        &self.messages.secrets
    }

    /// How a page is made at `time`.
    pub(super) fn page(&self, time: Timestamp) -> Page {
        let secrets = self.secrets().clone();
        Page::new(time, move |text| secrets.redact(text).into_owned())
    }

    /// Data without secrets.
    pub(super) fn redacted<'a>(&self, data: Data<'a>) -> Cow<'a, [u8]> {
        let text = match data {
            Data::Text(text) => redacted(text, self.stdout, self.secrets()),
            Data::Json(text) => self.secrets().redact_json(text),
            Data::Xml(text) => self.secrets().redact_xml(text),
            Data::Raw(bytes) => return Cow::Borrowed(bytes),
        };
        match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        }
    }

    /// Writes data that [`Self::redacted`] returned. A closed pipe is not an error: the exit code still has the result.
    pub(super) fn data(&self, shown: &mut impl Read) -> std::io::Result<()> {
        let copy = || {
            let mut stdout = std::io::stdout().lock();
            copy(shown, &mut stdout).and_then(|()| stdout.flush())
        };
        match self.messages.line.during_output(&mut std::io::stderr(), copy) {
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
            self.messages.style,
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
        if self.is_quiet() {
            return;
        }
        self.message(&report::render_diagnostic(
            Severity::Warning,
            diagnostic,
            &[],
            &CommandHints,
            self.messages.style,
        ));
    }

    /// Writes a result that [`Self::redacted`] returned to standard error, for runs whose standard output is
    /// something else.
    pub(super) fn data_to_stderr(&self, shown: &mut impl Read) {
        self.messages.write(shown);
    }

    /// The style of standard error.
    pub(super) fn stderr_style(&self) -> Style {
        self.messages.style
    }

    /// Prints a note: neither data nor an error.
    pub(super) fn note(&self, text: &str) {
        if !self.is_quiet() {
            self.messages.note(text);
        }
    }

    /// A function that prints notes, for other threads and modules.
    pub(super) fn note_function(&self) -> registry::NotifyUser {
        let (messages, quiet) = (self.messages.clone(), self.is_quiet());
        Arc::new(move |text| {
            if !quiet {
                messages.note(text);
            }
        })
    }

    /// Prints a warning about a run that continues.
    pub(super) fn warning(&self, text: &str) {
        if !self.is_quiet() {
            let style = self.messages.style;
            self.message(&style.lines(&format!("warning: {}", style.text(text)), 2));
        }
    }

    /// Prints help or the version, as the command-line parser renders it for this terminal.
    pub(super) fn parsed(&self, help: &clap::Error) {
        // If standard output is closed, there is nowhere to report it.
        let _ = help.print();
    }

    /// Prints help as data.
    pub(super) fn help(&self, text: &StyledStr) {
        let text = styled(text, self.stdout);
        let _ = self.data(&mut text.as_bytes());
    }

    /// Prints help as a message.
    pub(super) fn help_to_stderr(&self, text: &StyledStr) {
        self.message(&styled(text, self.messages.style));
    }

    /// Prints what is wrong with a command line. It repeats arguments, which may contain logins.
    pub(super) fn usage(&self, diagnostic: &Diagnostic) {
        let text =
            report::render_diagnostic(Severity::Error, diagnostic, &[], &CommandHints, self.messages.style);
        self.message(&without_logins(&text));
    }

    fn message(&self, text: &str) {
        self.messages.print(text);
    }
}

fn styled(text: &StyledStr, style: Style) -> String {
    if style.color { text.ansi().to_string() } else { text.to_string() }
}

impl Messages {
    fn note(&self, text: &str) {
        self.print(&self.style.lines(&format!("note: {}", self.style.text(text)), 2));
    }

    fn print(&self, text: &str) {
        self.write(&mut redacted(text, self.style, &self.secrets).as_bytes());
    }

    /// A line of a log is not wrapped.
    fn log(&self, text: &str) {
        self.write(&mut self.secrets.redact(&format!("> {}\n", self.style.text(text))).as_bytes());
    }

    fn write(&self, text: &mut impl Read) {
        let mut stderr = std::io::stderr();
        // If standard error is closed, there is nowhere to report it.
        let _ = self.line.during_output(&mut stderr, || std::io::copy(text, &mut std::io::stderr().lock()));
    }
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
/// digest is a reference, and a package URL is no login: both are kept.
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
        // `pkg:npm/table@7.1.0`: what follows is a version.
        let is_package_url = login.starts_with("pkg:") && login.contains('/');
        let is_hidden =
            !login.is_empty() && !is_package_url && (login.contains(':') || before.contains("://"));
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

/// Copies in large parts: reports have many megabytes.
pub(super) fn copy(text: &mut impl Read, to: &mut impl Write) -> std::io::Result<()> {
    std::io::copy(&mut BufReader::with_capacity(COPY_BUFFER, text), to).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_within_a_secret_does_not_show_it() {
        let secrets = Secrets::default();
        secrets.add("correct horse battery");
        let style = Style { width: Some(24), ..Style::default() };
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
            ("`--product pkg:npm/table@7.1.0`", "`--product pkg:npm/table@7.1.0`"),
            ("pkg:secret@mirror", "***@mirror"),
        ] {
            assert_eq!(without_logins(text), shown);
        }
    }
}
