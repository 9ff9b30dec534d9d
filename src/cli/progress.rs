//! Progress on standard error: one line that disappears on a terminal, elsewhere a line after each 30 seconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::printer::Printer;
use crate::verify::Progress;

const SILENCE: Duration = Duration::from_secs(30);

/// Counts attestations.
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

    /// Runs `work`, saying now and then how far it is where no bar says it.
    pub(super) async fn during<T>(&self, printer: &Printer, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        let result = loop {
            tokio::select! {
                result = &mut work => break result,
                () = tokio::time::sleep(SILENCE), if self.bar.is_none() => {
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
    /// Does what prints, with the bar out of its way.
    pub(super) fn aside(&self, print: impl FnOnce()) {
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
