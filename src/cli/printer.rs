//! The only place that prints. Standard output carries data, standard error talk.

use std::io::{IsTerminal, Write};

use crate::error::Problem;
use crate::report::{self, Style};

/// Writes to standard output and standard error.
pub(super) struct Printer {
    stdout: Style,
    stderr: Style,
    terminal: bool,
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
        }
    }

    /// The style of standard output.
    pub(super) fn style(&self) -> Style {
        self.stdout
    }

    /// Whether progress can be shown on standard error.
    pub(super) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Writes data. A reader that went away is no failure: the exit code still tells.
    pub(super) fn data(&self, bytes: &[u8]) -> std::io::Result<()> {
        let mut stdout = std::io::stdout().lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => other,
        }
    }

    /// Says why a command ended.
    pub(super) fn problem(&self, problem: &Problem) {
        self.talk(&report::problem("error", problem, &[], self.stderr));
    }

    /// Says what did not work but does not end the command.
    pub(super) fn warning(&self, problem: &Problem) {
        self.talk(&report::problem("warning", problem, &[], self.stderr));
    }

    /// Says something that is neither data nor an error.
    pub(super) fn note(&self, text: &str) {
        self.talk(&format!("note: {text}\n"));
    }

    fn talk(&self, text: &str) {
        // There is nobody left to tell when standard error is gone.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }
}
