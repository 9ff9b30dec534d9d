//! Progress on standard error: on a terminal one line that is removed at the end, elsewhere a line every 30 seconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::printer::Printer;
use crate::verify::Progress;

/// Time between two lines without a terminal.
const NOTE_INTERVAL: Duration = Duration::from_secs(30);

/// Counts the attestations that are found and verified.
pub(super) struct Counter {
    bar: Option<ProgressBar>,
    found: AtomicUsize,
    done: AtomicUsize,
}

impl Counter {
    pub(super) fn new(printer: &Printer) -> Arc<Self> {
        let bar = printer.is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{spinner} {pos} of {len} attestations")
                .map(|style| style.tick_chars("-\\|/ "));
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Arc::new(Self { bar, found: AtomicUsize::new(0), done: AtomicUsize::new(0) })
    }

    /// Runs `work`. Without a progress bar a note reports the progress after each interval.
    pub(super) async fn during<T>(&self, printer: &Printer, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        let result = loop {
            tokio::select! {
                result = &mut work => break result,
                () = tokio::time::sleep(NOTE_INTERVAL), if self.bar.is_none() => {
                    let (done, found) = (self.done.load(Ordering::Relaxed), self.found.load(Ordering::Relaxed));
                    printer.note(&format!("{done} of {found} attestations verified so far"));
                }
            }
        };
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        result
    }
}

impl Counter {
    /// Calls `print` while the progress bar is hidden.
    pub(super) fn suspended(&self, print: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

impl Progress for Counter {
    fn found(&self, count: usize) {
        self.found.fetch_add(count, Ordering::Relaxed);
        if let Some(bar) = &self.bar {
            bar.inc_length(count as u64);
        }
    }

    fn done(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }
}
