//! Bounds the memory for statements and bundles judged at once, over all references of a run.
//!
//! A reader reserves memory before it reads, and waits until enough is free. What is judged is reduced to facts, and
//! its memory is released. So neither the number of references nor the sizes of their statements decide how much is
//! held.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::limits::JUDGED_AT_ONCE;

/// Bytes of one permit.
const UNIT: u64 = 1024;
/// A statement is held as bytes and as a parsed copy.
pub(super) const STATEMENT: u64 = 2;
/// A bundle is held as bytes, as the statement that is decoded from it, and as what was parsed from that.
pub(super) const BUNDLE: u64 = 3;

/// The memory for what is judged at once. Clones share it.
#[derive(Clone, Debug)]
pub struct Memory {
    /// For attestations.
    attestations: Arc<Semaphore>,
    /// For candidates for the signature of an attestation, while the attestation keeps its own reservation. With one
    /// pool for both, attestations that wait for their signatures could fill the pool: a deadlock.
    signatures: Arc<Semaphore>,
}

/// Reserved memory, released when this value is dropped. Keep it as long as the bytes that it is for.
pub(super) struct Reservation {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Default for Memory {
    fn default() -> Self {
        let pool = |bytes: u64| Arc::new(Semaphore::new(usize::try_from(bytes / UNIT).unwrap_or(usize::MAX)));
        Self { attestations: pool(JUDGED_AT_ONCE), signatures: pool(JUDGED_AT_ONCE / 4) }
    }
}

impl Memory {
    /// Reserves memory for `copies` copies of an attestation of `size` bytes. Waits until enough is free.
    pub(super) async fn attestation(&self, size: u64, copies: u64) -> Reservation {
        reserve(&self.attestations, size.saturating_mul(copies), JUDGED_AT_ONCE).await
    }

    /// Reserves memory for a signature of `size` bytes. Waits until enough is free.
    pub(super) async fn signature(&self, size: u64) -> Reservation {
        reserve(&self.signatures, size.saturating_mul(BUNDLE), JUDGED_AT_ONCE / 4).await
    }
}

/// Reserves at most the whole pool: an object that needs more is judged alone.
async fn reserve(pool: &Arc<Semaphore>, bytes: u64, all: u64) -> Reservation {
    let permits = u32::try_from(bytes.min(all).div_ceil(UNIT)).unwrap_or(u32::MAX);
    // The pool is never closed.
    Reservation { _permit: Arc::clone(pool).acquire_many_owned(permits).await.ok() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn a_reservation_waits_and_a_too_large_one_is_alone() {
        let memory = Memory::default();
        let half = memory.attestation(JUDGED_AT_ONCE / 4, STATEMENT).await;
        let other = memory.clone();
        let mut large = Box::pin(other.attestation(u64::MAX, BUNDLE));
        assert!(large.as_mut().now_or_never().is_none(), "it would not be alone");
        // Signatures use another pool, so they do not wait.
        assert!(memory.signature(u64::MAX).now_or_never().is_some());
        drop(half);
        let large = large.now_or_never();
        assert!(large.is_some());
        assert!(memory.attestation(1, STATEMENT).now_or_never().is_none());
        drop(large);
        assert!(memory.attestation(1, STATEMENT).now_or_never().is_some());
    }
}
