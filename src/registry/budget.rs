//! The byte budget of one reference: counts all bytes that are read for it, over all registries and layouts.
//!
//! References of one run share connections, tokens and lists, so a registry cannot tell for which reference it reads.
//! The count therefore belongs to the asynchronous task of the reference, not to the registry.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

tokio::task_local! {
    static TASK_BUDGET: Budget;
}

/// Bytes that were read. Clones share one count.
#[derive(Clone, Debug, Default)]
pub(super) struct Budget(Arc<AtomicU64>);

/// Runs `work` with a new count, unless the current task already has one: the bytes of a base image count for the image
/// that it is verified for. Without this function, bytes count towards the registry or layout that reads them.
pub(crate) async fn with_byte_budget<T>(work: impl Future<Output = T>) -> T {
    match Budget::of_task() {
        Some(_) => work.await,
        None => TASK_BUDGET.scope(Budget::default(), work).await,
    }
}

/// Runs blocking file work on another thread with the count of the task that started it.
pub(super) fn in_budget<T>(count: Option<Budget>, work: impl FnOnce() -> T) -> T {
    match count {
        Some(count) => TASK_BUDGET.sync_scope(count, work),
        None => work(),
    }
}

impl Budget {
    /// The count of the current task, if it has one.
    pub(super) fn of_task() -> Option<Self> {
        TASK_BUDGET.try_with(Self::clone).ok()
    }

    /// The count of the current task, else `self`.
    pub(super) fn current(&self) -> Self {
        Self::of_task().unwrap_or_else(|| self.clone())
    }

    /// The bytes counted so far.
    pub(super) fn spent(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Adds `bytes` and returns the new total.
    pub(super) fn spend(&self, bytes: u64) -> u64 {
        self.0.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_task_has_a_budget_that_its_parts_share() {
        let shared = Budget::default();
        let read = || async { shared.current().spend(1) };
        let work = || with_byte_budget(async { [read().await, with_byte_budget(read()).await] });
        assert_eq!(futures_util::future::join(work(), work()).await, ([1, 2], [1, 2]));
        assert_eq!((read().await, read().await, shared.spent()), (1, 2, 2));
        let on_thread = with_byte_budget(async {
            let count = Budget::of_task();
            let shared = shared.clone();
            tokio::task::spawn_blocking(move || in_budget(count, || shared.current().spend(1))).await.unwrap()
        });
        assert_eq!((on_thread.await, shared.spent()), (1, 2));
    }
}
