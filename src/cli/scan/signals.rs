//! Ends the scanners that run when this process is ended by a signal, and removes what they got.
//!
//! A scanner belongs to a process group of its own, so a signal from the terminal does not reach it.

use std::path::Path;

use tokio::task::JoinHandle;

use super::directory;

/// Stops the handling when it is dropped.
pub(super) struct Handling(Vec<JoinHandle<()>>);

impl Drop for Handling {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

/// From now on, SIGINT, SIGTERM and SIGHUP end the scanners, remove their directory, and then end the process, as the
/// signal itself would.
#[cfg(unix)]
pub(super) fn stop_scanners_on_signals(scanned: &Path) -> Handling {
    use tokio::signal::unix::{SignalKind, signal};

    let kinds = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()];
    let handlers = kinds.into_iter().filter_map(|kind| {
        let mut signals = signal(kind).ok()?;
        let scanned = scanned.to_owned();
        Some(tokio::spawn(async move {
            if signals.recv().await.is_some() {
                crate::scan::stop_all();
                directory::remove(&scanned);
                #[expect(clippy::exit, reason = "the process ends as the signal would end it")]
                std::process::exit(128 + kind.as_raw_value());
            }
        }))
    });
    Handling(handlers.collect())
}

/// Scanners share the console of this process, which ends all of them.
#[cfg(not(unix))]
pub(super) fn stop_scanners_on_signals(_: &Path) -> Handling {
    Handling(Vec::new())
}
