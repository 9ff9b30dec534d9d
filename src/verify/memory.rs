//! The memory that statements and bundles take while they are judged, shared by all references of a run: whoever is
//! about to read one waits until there is room for it. What is judged is reduced to facts and gives its room back, so
//! that neither the number of references nor the sizes of their statements decide how much is held.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::limits::JUDGED_AT_ONCE;

/// Bytes of one permit.
const UNIT: u64 = 1024;
/// A statement is held as bytes and as a parsed copy.
pub(super) const STATEMENT: u64 = 2;
/// A bundle is held as bytes, as the statement that is decoded from it, and as what was parsed from that.
pub(super) const BUNDLE: u64 = 3;

/// Room for what is judged at once. Clones share it.
#[derive(Clone, Debug)]
pub struct Memory {
    /// For attestations.
    attestations: Arc<Semaphore>,
    /// For what is looked at as the signature of an attestation, whose own room is not given back meanwhile. One pool
    /// for both would be a deadlock when it is full of attestations that wait for their signatures.
    signatures: Arc<Semaphore>,
}

/// Room that is given back when this is dropped. Held beside the bytes that it is for.
pub(super) struct Room {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Default for Memory {
    fn default() -> Self {
        let pool = |bytes: u64| Arc::new(Semaphore::new(usize::try_from(bytes / UNIT).unwrap_or(usize::MAX)));
        Self { attestations: pool(JUDGED_AT_ONCE), signatures: pool(JUDGED_AT_ONCE / 4) }
    }
}

impl Memory {
    /// Waits for the room that an attestation of `size` bytes takes, `copies` times over.
    pub(super) async fn attestation(&self, size: u64, copies: u64) -> Room {
        room(&self.attestations, size.saturating_mul(copies), JUDGED_AT_ONCE).await
    }

    /// Waits for the room that a signature of `size` bytes takes.
    pub(super) async fn signature(&self, size: u64) -> Room {
        room(&self.signatures, size.saturating_mul(BUNDLE), JUDGED_AT_ONCE / 4).await
    }
}

/// What is larger than the whole pool takes all of it, and is judged alone.
async fn room(pool: &Arc<Semaphore>, bytes: u64, all: u64) -> Room {
    let permits = u32::try_from(bytes.min(all).div_ceil(UNIT)).unwrap_or(u32::MAX);
    // The pool is never closed.
    Room { _permit: Arc::clone(pool).acquire_many_owned(permits).await.ok() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn what_has_no_room_waits_and_what_is_too_large_is_alone() {
        let memory = Memory::default();
        let half = memory.attestation(JUDGED_AT_ONCE / 4, STATEMENT).await;
        let other = memory.clone();
        let mut large = Box::pin(other.attestation(u64::MAX, BUNDLE));
        assert!(large.as_mut().now_or_never().is_none(), "it would not be alone");
        // Signatures of what is judged never wait for it.
        assert!(memory.signature(u64::MAX).now_or_never().is_some());
        drop(half);
        let large = large.now_or_never();
        assert!(large.is_some());
        assert!(memory.attestation(1, STATEMENT).now_or_never().is_none());
        drop(large);
        assert!(memory.attestation(1, STATEMENT).now_or_never().is_some());
    }
}
