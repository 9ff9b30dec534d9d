//! Progress on standard error: on a terminal one line, which appears after 300 ms and is removed at the end; elsewhere
//! a line after each 30 seconds of silence.
//!
//! It names the host that is waited for. Nothing is shown while no host is waited for and nothing is counted, such as
//! while a password is typed.

use std::time::{Duration, Instant};

use super::printer::Printer;

/// How long a command must wait before a terminal shows it.
const SHOW_AFTER: Duration = Duration::from_millis(300);
/// Time between two changes of the line on a terminal.
const REDRAW: Duration = Duration::from_millis(100);
/// Time without output after which a line is written elsewhere.
const SILENCE: Duration = Duration::from_secs(30);
/// The exit code of a process that SIGINT ended, as shells report it.
const INTERRUPTED: i32 = 130;
/// That of a process that SIGTERM ended.
#[cfg(unix)]
const TERMINATED: i32 = 143;

/// When a terminal shows progress.
#[derive(Default)]
struct Pace {
    waiting_since: Option<Instant>,
}

impl Pace {
    /// The text to show at `now`, where `text` describes what is waited for.
    fn shown(&mut self, text: Option<String>, now: Instant) -> Option<String> {
        let Some(text) = text else {
            self.waiting_since = None;
            return None;
        };
        let since = *self.waiting_since.get_or_insert(now);
        (now.saturating_duration_since(since) >= SHOW_AFTER).then_some(text)
    }
}

/// When a line is written without a terminal.
struct Silence {
    began: Instant,
}

impl Silence {
    /// The time until a line is due. If it is due at `now`, the silence begins again.
    fn left(&mut self, last_output: Instant, now: Instant) -> Duration {
        self.began = self.began.max(last_output);
        let left = SILENCE.saturating_sub(now.saturating_duration_since(self.began));
        if left.is_zero() {
            self.began = now;
        }
        left
    }
}

/// Runs a command and shows its progress.
pub(super) async fn show_while<T>(printer: &Printer, command: impl Future<Output = T>) -> T {
    let progress = printer.progress();
    tokio::pin!(command);
    if printer.is_terminal() {
        restore_terminal_on_interrupt(printer);
        let mut pace = Pace::default();
        let result = loop {
            tokio::select! {
                biased;
                result = &mut command => break result,
                () = tokio::time::sleep(REDRAW) => {
                    printer.show_progress(pace.shown(progress.text(), Instant::now()));
                }
            }
        };
        printer.show_progress(None);
        return result;
    }
    let mut silence = Silence { began: Instant::now() };
    loop {
        let left = silence.left(printer.last_output(), Instant::now());
        if left.is_zero()
            && let Some(text) = progress.text()
        {
            printer.note(&text);
        }
        tokio::select! {
            biased;
            result = &mut command => break result,
            () = tokio::time::sleep(left) => {}
        }
    }
}

/// Ends the process on SIGINT and SIGTERM as the signal itself would, but removes the line of the terminal and outputs that
/// are not finished first. The task runs on another thread, so it also ends a command that blocks, such as for a password.
fn restore_terminal_on_interrupt(printer: &Printer) {
    let remove_line = printer.remove_progress_function();
    tokio::spawn(async move {
        if let Some(exit) = interruption().await {
            remove_line();
            crate::scan::stop_all();
            #[cfg(feature = "builder")]
            super::unfinished::remove_all();
            #[expect(clippy::exit, reason = "a command that blocks cannot return")]
            std::process::exit(exit);
        }
    });
}

/// Waits for a signal that ends the process. Returns its exit code. `None`: signals cannot be waited for.
async fn interruption() -> Option<i32> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};

        let mut terminate = signal(SignalKind::terminate()).ok()?;
        tokio::select! {
            interrupt = tokio::signal::ctrl_c() => interrupt.ok().map(|()| INTERRUPTED),
            _ = terminate.recv() => Some(TERMINATED),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.ok().map(|()| INTERRUPTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_shows_only_what_is_waited_for_long_enough() {
        let (mut pace, begin) = (Pace::default(), Instant::now());
        let mut shown = |text: Option<&str>, ms: u64| {
            pace.shown(text.map(str::to_owned), begin + Duration::from_millis(ms))
        };
        assert_eq!(shown(None, 0), None);
        assert_eq!(shown(Some("a"), 1000), None);
        assert_eq!(shown(Some("b"), 1299), None);
        assert_eq!(shown(Some("b"), 1300).as_deref(), Some("b"));
        assert_eq!(shown(Some("c"), 1301).as_deref(), Some("c"));
        // A password was typed. The time begins again.
        assert_eq!(shown(None, 1302), None);
        assert_eq!(shown(Some("c"), 9000), None);
        assert_eq!(shown(Some("c"), 9300).as_deref(), Some("c"));
    }

    #[test]
    fn elsewhere_a_line_is_due_after_each_silence() {
        let begin = Instant::now();
        let at = |seconds: u64| begin + Duration::from_secs(seconds);
        let mut silence = Silence { began: begin };
        let mut left = |output: u64, now: u64| silence.left(at(output), at(now)).as_secs();
        assert_eq!(left(0, 0), 30);
        assert_eq!(left(0, 29), 1);
        assert_eq!(left(10, 29), 11, "output ends the silence");
        assert_eq!(left(10, 40), 0);
        assert_eq!(left(10, 41), 29, "a line is due once");
        assert_eq!(left(10, 70), 0, "also if nothing could be named");
    }
}
