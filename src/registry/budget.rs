//! The count of all bytes that are read for one reference, over all registries and layouts that it leads to.
//!
//! What is read cannot know for whom: connections, tokens and lists are shared by all references of a run. So the count
//! belongs to the asynchronous task of the reference and not to the registry.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

tokio::task_local! {
    static TASK_BUDGET: Budget;
}

/// Bytes that were read. Clones count together.
#[derive(Clone, Debug, Default)]
pub(super) struct Budget(Arc<AtomicU64>);

/// Runs `work` with a count of its own, unless it is a part of work that has one: bases that are judged for an image are
/// counted with it. Work without any is counted with all else that the same registry or layout reads.
pub(crate) async fn with_byte_budget<T>(work: impl Future<Output = T>) -> T {
    match Budget::of_task() {
        Some(_) => work.await,
        None => TASK_BUDGET.scope(Budget::default(), work).await,
    }
}

/// Runs file work, on a thread of its own, that belongs to a task with this count.
pub(super) fn in_budget<T>(count: Option<Budget>, work: impl FnOnce() -> T) -> T {
    match count {
        Some(count) => TASK_BUDGET.sync_scope(count, work),
        None => work(),
    }
}

impl Budget {
    /// That of the reference for which this task works, where it is for one.
    pub(super) fn of_task() -> Option<Self> {
        TASK_BUDGET.try_with(Self::clone).ok()
    }

    /// That of the reference for which this task works, else `self`.
    pub(super) fn current(&self) -> Self {
        Self::of_task().unwrap_or_else(|| self.clone())
    }

    /// Bytes so far.
    pub(super) fn spent(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Adds bytes; all bytes with them.
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
