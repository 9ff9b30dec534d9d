//! Progress on standard error: on a terminal one line, which appears after 300 ms and is removed at the end; elsewhere
//! a line after each 30 seconds of silence.
//!
//! It names the host that is waited for. Nothing is shown while no host is waited for and nothing is counted, such as
//! while a password is typed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::printer::Printer;
use crate::registry::Waits;
use crate::verify;

/// How long a command must wait before a terminal shows it.
const PATIENCE: Duration = Duration::from_millis(300);
/// Time between two changes of the line on a terminal.
const REDRAW: Duration = Duration::from_millis(100);
/// Time without output after which a line is written elsewhere.
const SILENCE: Duration = Duration::from_secs(30);
/// The exit code of a process that SIGINT ended, as shells report it.
const INTERRUPTED: i32 = 130;

/// What a run waits for, and how much of it is done.
#[derive(Default)]
pub(super) struct Progress {
    waits: Waits,
    attestations: Count,
    images: Count,
}

#[derive(Default)]
struct Count {
    done: AtomicUsize,
    all: AtomicUsize,
}

impl Count {
    fn text(&self, more_than: usize, what: &str) -> Option<String> {
        let (done, all) = (self.done.load(Ordering::Relaxed), self.all.load(Ordering::Relaxed));
        (all > more_than && done < all).then(|| format!("{done} of {all} {what}"))
    }
}

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
        (now.saturating_duration_since(since) >= PATIENCE).then_some(text)
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

impl Progress {
    /// The requests that transports wait for.
    pub(super) fn waits(&self) -> &Waits {
        &self.waits
    }

    /// `count` images will be judged.
    pub(super) fn images(&self, count: usize) {
        self.images.all.store(count, Ordering::Relaxed);
    }

    /// One more image is judged.
    pub(super) fn image_done(&self) {
        self.images.done.fetch_add(1, Ordering::Relaxed);
    }

    /// `registry.example.com: 12 of 31 attestations`. `None` if nothing is waited for.
    fn text(&self) -> Option<String> {
        // The number of attestations grows while further images are read, that of the images does not.
        let count = self.images.text(1, "images").or_else(|| self.attestations.text(0, "attestations"));
        match (self.waits.host(), count) {
            (Some(host), Some(count)) => Some(format!("{host}: {count}")),
            (Some(host), None) => Some(format!("waiting for {host}")),
            (None, count) => count,
        }
    }

    /// Runs a command and shows its progress.
    pub(super) async fn during<T>(&self, printer: &Printer, command: impl Future<Output = T>) -> T {
        tokio::pin!(command);
        if printer.is_terminal() {
            restore_terminal_on_interrupt(printer);
            let mut pace = Pace::default();
            let result = loop {
                tokio::select! {
                    biased;
                    result = &mut command => break result,
                    () = tokio::time::sleep(REDRAW) => {
                        printer.show_progress(pace.shown(self.text(), Instant::now()));
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
                && let Some(text) = self.text()
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
}

/// Ends the process on SIGINT as the signal itself would, but removes the line of the terminal first. The task runs
/// on another thread, so it also ends a command that blocks, such as for a password.
fn restore_terminal_on_interrupt(printer: &Printer) {
    let remove_line = printer.remove_progress_function();
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            remove_line();
            #[expect(clippy::exit, reason = "a command that blocks cannot return")]
            std::process::exit(INTERRUPTED);
        }
    });
}

impl verify::Progress for Progress {
    fn found(&self, count: usize) {
        self.attestations.all.fetch_add(count, Ordering::Relaxed);
    }

    fn done(&self) {
        self.attestations.done.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::Progress as _;

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

    #[test]
    fn the_text_has_the_host_and_the_most_useful_count() {
        let progress = Progress::default();
        assert_eq!(progress.text(), None);
        progress.images(1);
        assert_eq!(progress.text(), None, "one image is no count");
        progress.found(31);
        progress.done();
        assert_eq!(progress.text().as_deref(), Some("1 of 31 attestations"));
        progress.images(25);
        progress.image_done();
        assert_eq!(progress.text().as_deref(), Some("1 of 25 images"));
        let done = Progress::default();
        done.found(1);
        done.done();
        assert_eq!(done.text(), None, "all are verified");
    }
}
