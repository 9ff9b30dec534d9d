//! The only place that prints. Standard output carries data, standard error talk.

use std::io::{IsTerminal, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::Problem;
use crate::oci::reference::RemoteName;
use crate::registry::{self, Exchange, Observer};
use crate::report::{self, Severity, Style, printable};

/// Writes to standard output and standard error.
pub(super) struct Printer {
    stdout: Style,
    stderr: Style,
    terminal: bool,
    verbose: AtomicBool,
}

impl Printer {
    pub(super) fn new() -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let color = !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        let terminal = std::io::stderr().is_terminal();
        Self {
            stdout: Style { color: color && std::io::stdout().is_terminal() },
            stderr: Style { color: color && terminal },
            terminal: terminal && !set("CI"),
            verbose: AtomicBool::new(false),
        }
    }

    /// The style of standard output.
    pub(super) fn style(&self) -> Style {
        self.stdout
    }

    /// Whether progress can be shown on standard error.
    pub(super) fn is_terminal(&self) -> bool {
        // Lines of requests and a line that is drawn again and again do not go together.
        self.terminal && !self.verbose.load(Ordering::Relaxed)
    }

    /// Shows requests from now on.
    pub(super) fn set_verbose(&self) {
        self.verbose.store(true, Ordering::Relaxed);
    }

    /// Who prints each request, if they are wanted.
    pub(super) fn observer(&self) -> Option<Arc<dyn Observer>> {
        self.verbose.load(Ordering::Relaxed).then(|| Arc::new(Requests) as Arc<dyn Observer>)
    }

    /// Writes data. A reader that went away is no failure: the exit code still tells.
    pub(super) fn data(&self, text: &mut impl Read) -> std::io::Result<()> {
        let mut stdout = std::io::stdout().lock();
        match std::io::copy(text, &mut stdout).and_then(|_| stdout.flush()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// Says why a command ended.
    pub(super) fn problem(&self, problem: &Problem) {
        talk(&report::problem(Severity::Error, problem, &[], self.stderr));
    }

    /// Says what did not work but does not end the command.
    pub(super) fn warned(&self, problem: &Problem) {
        talk(&report::problem(Severity::Warning, problem, &[], self.stderr));
    }

    /// Shows a result to people where standard output carries something else.
    pub(super) fn aside(&self, text: &mut impl Read) {
        // There is nobody left to tell when standard error is gone.
        let _ = std::io::copy(text, &mut std::io::stderr().lock());
    }

    /// The style of standard error.
    pub(super) fn talk_style(&self) -> Style {
        self.stderr
    }

    /// Says something that is neither data nor an error.
    pub(super) fn note(&self, text: &str) {
        talk(&format!("note: {}\n", printable(text)));
    }

    /// Says what the user should know about a run that goes on.
    pub(super) fn warning(&self, text: &str) {
        talk(&format!("warning: {}\n", printable(text)));
    }
}

fn talk(text: &str) {
    // There is nobody left to tell when standard error is gone.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Prints a line for each request.
#[derive(Debug)]
struct Requests;

impl Observer for Requests {
    fn exchanged(&self, exchange: &Exchange<'_>) {
        let Exchange { method, url, outcome, time, bytes, attempt } = exchange;
        let attempt = if *attempt > 1 { format!(", attempt {attempt}") } else { String::new() };
        let time = time.as_millis();
        line(&match outcome {
            Ok(status) => format!("{method} {url} {status}, {time} ms, {bytes} bytes{attempt}"),
            Err(cause) => format!("{method} {url} no answer, {time} ms{attempt}: {cause}"),
        });
    }

    fn passed_on(&self, from: &RemoteName, to: &RemoteName, error: &registry::Error) {
        line(&format!("{from} is passed over for {to}: {error}"));
    }
}

/// One line, whatever a registry or proxy put into it.
fn line(text: &str) {
    talk(&format!("> {}\n", printable(text)));
}
