//! The facts of one image as host functions read them, with the values that were already made of statements.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use regorus::Value;

use super::reply::Reply;
use crate::policy::facts::{ImageFacts, UnknownCause};

/// The facts of one image, and the values that were made of its documents.
pub(super) struct HostFacts {
    pub(super) facts: ImageFacts,
    /// The answers of `oci.referrer`, by predicate type: the value, and the cause if it is not answered.
    referrers: Mutex<BTreeMap<String, Cached>>,
}

/// An answer that can be given again.
#[derive(Clone)]
enum Cached {
    Given(Value),
    Absent,
    Unanswered(UnknownCause),
}

impl HostFacts {
    pub(super) fn new(facts: ImageFacts) -> Self {
        Self { facts, referrers: Mutex::default() }
    }

    /// The answer for `predicate_type`, which is made once: statements can be large.
    pub(super) fn referrer(&self, predicate_type: &str, make: impl FnOnce() -> Reply) -> Reply {
        let known = || self.referrers.lock().unwrap_or_else(PoisonError::into_inner);
        let cached = known().get(predicate_type).cloned();
        let cached = cached.unwrap_or_else(|| {
            let made = match make().data() {
                Ok(value) => Cached::Given(value),
                Err(reply) => match reply.into_parts() {
                    (_, Some(cause)) => Cached::Unanswered(cause),
                    (_, None) => Cached::Absent,
                },
            };
            known().insert(predicate_type.to_owned(), made.clone());
            made
        });
        match cached {
            Cached::Given(value) => Reply::given(value),
            Cached::Absent => Reply::absent(),
            Cached::Unanswered(cause) => Reply::unanswered(cause),
        }
    }
}
