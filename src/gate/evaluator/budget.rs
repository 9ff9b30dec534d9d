//! The time of the evaluations for one image: that of each policy, and that of all together.

use std::time::{Duration, Instant};

use crate::limits::{Exceeded, Limits};
use crate::policy::rego::Stopped;

/// The time that is left for one image.
pub(super) struct Budget {
    began: Instant,
    each: Duration,
    all: Duration,
}

impl Budget {
    /// The time begins now.
    pub(super) fn new(limits: &Limits) -> Self {
        Self { began: Instant::now(), each: limits.policy_time, all: limits.policies_time }
    }

    fn left(&self) -> Duration {
        self.all.saturating_sub(self.began.elapsed())
    }

    /// The time for the next policy.
    pub(super) fn of_one(&self) -> Duration {
        self.each.min(self.left())
    }

    /// Whether no policy may be started.
    pub(super) fn is_spent(&self) -> bool {
        self.left().is_zero()
    }

    /// Why a policy that did not end in its time has no result.
    pub(super) fn late(&self) -> Stopped {
        if self.is_spent() {
            return self.exceeded();
        }
        Stopped::Limit(Exceeded::new("the evaluation", self.each.as_secs(), "s"))
    }

    /// Why a policy has no result when the time of all is over.
    pub(super) fn exceeded(&self) -> Stopped {
        Stopped::Limit(Exceeded::new("the evaluation of all policies", self.all.as_secs(), "s"))
    }
}
