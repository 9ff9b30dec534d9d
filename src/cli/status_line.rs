//! The line of a terminal that shows progress. It is removed before anything else is written.

use std::io::{self, Write};
use std::sync::Mutex;
use std::time::Instant;

use crate::registry::mutex::lock;

/// Moves to the start of the line and erases it.
const ERASE: &str = "\r\u{1b}[2K";
/// A text that is wider than the terminal is cut there, so that one line erases it.
const WRAP_OFF: &str = "\u{1b}[?7l";
const WRAP_ON: &str = "\u{1b}[?7h";

/// Orders all output of the program: while one thread writes, no other does.
pub(super) struct StatusLine(Mutex<State>);

struct State {
    shown: Option<String>,
    last_output: Instant,
}

impl StatusLine {
    pub(super) fn new() -> Self {
        Self(Mutex::new(State { shown: None, last_output: Instant::now() }))
    }

    /// Erases the line, if one is shown, and calls `write`, which writes other output.
    pub(super) fn during_output<R>(&self, terminal: &mut impl Write, write: impl FnOnce() -> R) -> R {
        let mut state = lock(&self.0);
        erase(&mut state, terminal);
        let result = write();
        state.last_output = Instant::now();
        result
    }

    /// Shows `text`, which has no control characters, in place of the line that is shown; nothing if it is `None`.
    pub(super) fn show(&self, terminal: &mut impl Write, text: Option<String>) {
        let mut state = lock(&self.0);
        if state.shown == text {
            return;
        }
        erase(&mut state, terminal);
        if let Some(text) = &text {
            put(terminal, &[WRAP_OFF, text, WRAP_ON]);
        }
        state.shown = text;
    }

    /// When other output was written last.
    pub(super) fn last_output(&self) -> Instant {
        lock(&self.0).last_output
    }
}

fn erase(state: &mut State, terminal: &mut impl Write) {
    if state.shown.take().is_some() {
        put(terminal, &[ERASE]);
    }
}

fn put(terminal: &mut impl Write, texts: &[&str]) {
    // If standard error is closed, there is nowhere to report it.
    let _: io::Result<()> = terminal.write_all(texts.concat().as_bytes()).and_then(|()| terminal.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_erased_before_other_output() {
        let (line, mut out) = (StatusLine::new(), Vec::new());
        line.during_output(&mut out, || ());
        assert!(out.is_empty(), "no line is shown");
        let begin = line.last_output();
        line.show(&mut out, Some("one".to_owned()));
        line.show(&mut out, Some("one".to_owned()));
        let one = format!("{WRAP_OFF}one{WRAP_ON}");
        assert_eq!(String::from_utf8(out.clone()).unwrap(), one);
        line.show(&mut out, Some("two".to_owned()));
        let two = format!("{one}{ERASE}{WRAP_OFF}two{WRAP_ON}");
        assert_eq!(String::from_utf8(out.clone()).unwrap(), two);
        assert_eq!(line.last_output(), begin, "the line itself is no output");
        line.during_output(&mut out, || ());
        assert_eq!(String::from_utf8(out.clone()).unwrap(), format!("{two}{ERASE}"));
        line.show(&mut out, None);
        line.during_output(&mut out, || ());
        assert_eq!(String::from_utf8(out).unwrap(), format!("{two}{ERASE}"));
        assert!(line.last_output() > begin);
    }
}
