//! What a run waits for, and how much of it is done. [`super::progress_display`] shows it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::registry::Waits;
use crate::registry::mutex::lock;
use crate::verify;

/// What a run waits for, and how much of it is done.
#[derive(Default)]
pub(super) struct Progress {
    waits: Waits,
    attestations: Count,
    images: Count,
    program: Mutex<Option<String>>,
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

    /// What another program does now; `None` if none runs.
    pub(super) fn program(&self, what: Option<String>) {
        *lock(&self.program) = what;
    }

    /// `registry.example.com: 12 of 31 attestations`. `None` if nothing is waited for.
    pub(super) fn text(&self) -> Option<String> {
        // The number of attestations grows while further images are read, that of the images does not.
        if let Some(what) = lock(&self.program).clone() {
            return Some(what);
        }
        let count = self.images.text(1, "images").or_else(|| self.attestations.text(0, "attestations"));
        match (self.waits.host(), count) {
            (Some(host), Some(count)) => Some(format!("{host}: {count}")),
            (Some(host), None) => Some(format!("waiting for {host}")),
            (None, count) => count,
        }
    }
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
