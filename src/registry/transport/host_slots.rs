//! Bounds the requests to each host that run at once. Over HTTP/1.1 each request has its own connection. Over HTTP/2 all
//! requests share one, so more of them can run.
//!
//! Until a response shows that a host uses HTTP/2, and again after a response over HTTP/1.1, the lower bound holds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use reqwest::{Url, Version};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::limits::Limits;
use crate::registry::mutex::lock;

/// The bounds of all hosts.
#[derive(Debug, Default)]
pub(super) struct HostSlots(Mutex<HashMap<String, Arc<Slots>>>);

/// The bound of one host.
#[derive(Debug)]
pub(super) struct Slots {
    free: Semaphore,
    /// What HTTP/2 adds to the bound.
    extra: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    is_multiplexed: bool,
    /// The number of slots above the lower bound that exist, free or taken.
    added: usize,
}

/// A running request. Dropping it frees its slot.
#[derive(Debug)]
pub(super) struct Slot<'a> {
    slots: &'a Slots,
    permit: Option<SemaphorePermit<'a>>,
}

impl HostSlots {
    pub(super) fn of(&self, url: &Url, limits: &Limits) -> Arc<Slots> {
        let host = url.host_str().unwrap_or_default();
        let host = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
        Arc::clone(lock(&self.0).entry(host).or_insert_with(|| Arc::new(Slots::new(limits))))
    }
}

impl Slots {
    fn new(limits: &Limits) -> Self {
        let most = limits.requests_per_host.clamp(1, Semaphore::MAX_PERMITS);
        let extra = limits.streams_per_host.min(Semaphore::MAX_PERMITS).saturating_sub(most);
        Self { free: Semaphore::new(most), extra, state: Mutex::default() }
    }

    /// Waits until another request may run.
    pub(super) async fn take(&self) -> Slot<'_> {
        // The semaphore is never closed.
        Slot { slots: self, permit: self.free.acquire().await.ok() }
    }

    /// Adapts the bound to the HTTP version of a response.
    pub(super) fn note_version(&self, version: Version) {
        let mut state = lock(&self.state);
        state.is_multiplexed = version == Version::HTTP_2;
        if state.is_multiplexed {
            self.free.add_permits(self.extra - state.added);
            state.added = self.extra;
        } else {
            // Slots that are taken are removed when they are free.
            state.added -= self.free.forget_permits(state.added);
        }
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.slots.state);
        if !state.is_multiplexed
            && state.added > 0
            && let Some(permit) = self.permit.take()
        {
            permit.forget();
            state.added -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    /// The number of requests that can run beside those that `slots` has.
    fn free_slots(slots: &Slots) -> usize {
        let taken: Vec<_> = std::iter::from_fn(|| slots.take().now_or_never()).collect();
        taken.len()
    }

    #[test]
    fn the_bound_follows_the_http_version() {
        let limits = Limits::default().with(|limits| {
            limits.requests_per_host = 2;
            limits.streams_per_host = 5;
        });
        let slots = Slots::new(&limits);
        assert_eq!(free_slots(&slots), 2);
        slots.note_version(Version::HTTP_11);
        assert_eq!(free_slots(&slots), 2);
        slots.note_version(Version::HTTP_2);
        slots.note_version(Version::HTTP_2);
        assert_eq!(free_slots(&slots), 5);
        let mut running: Vec<_> = (0..4).map(|_| slots.take().now_or_never().unwrap()).collect();
        slots.note_version(Version::HTTP_11);
        assert_eq!(free_slots(&slots), 0);
        running.pop();
        running.pop();
        assert_eq!(free_slots(&slots), 0);
        running.pop();
        assert_eq!(free_slots(&slots), 1);
        running.pop();
        assert_eq!(free_slots(&slots), 2);
        slots.note_version(Version::HTTP_2);
        assert_eq!(free_slots(&slots), 5);
    }

    #[test]
    fn hosts_have_separate_bounds() {
        let (hosts, limits) = (HostSlots::default(), Limits::default());
        let of = |url: &str| hosts.of(&url.parse().unwrap(), &limits);
        let first = of("https://a.example/x");
        first.note_version(Version::HTTP_2);
        assert_eq!(free_slots(&of("https://a.example:443/y")), limits.streams_per_host);
        for other in ["https://b.example/", "https://a.example:444/", "http://a.example/"] {
            assert_eq!(free_slots(&of(other)), limits.requests_per_host, "{other}");
        }
    }
}
