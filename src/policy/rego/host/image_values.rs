//! The facts of one image, with the values that the engine reads.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use regorus::Value;

use super::input::input;
use super::reply::Reply;
use crate::policy::facts::{ImageFacts, UnknownCause};

/// The facts of one image, with the values that were made of its documents. Each is made when a policy first needs it,
/// and all policies share it: statements can be large. Clones share them too.
#[derive(Clone)]
pub struct ImageValues {
    pub(super) facts: Arc<ImageFacts>,
    made: Arc<Made>,
}

/// What was made of the facts.
#[derive(Default)]
struct Made {
    /// `input`.
    input: OnceLock<Result<Value, String>>,
    /// The answers of `oci.referrer`, by predicate type.
    referrers: Mutex<BTreeMap<String, Cached>>,
}

/// An answer that can be given again.
#[derive(Clone)]
enum Cached {
    Given(Value),
    Absent,
    Unanswered(UnknownCause),
}

impl ImageValues {
    /// Nothing is made yet.
    pub fn new(facts: ImageFacts) -> Self {
        Self { facts: Arc::new(facts), made: Arc::default() }
    }

    /// The document `input`.
    pub(in crate::policy::rego) fn input(&self) -> Result<Value, String> {
        let make = || Value::from_json_str(&input(&self.facts)).map_err(|error| error.to_string());
        self.made.input.get_or_init(make).clone()
    }

    /// The answer for `predicate_type`.
    pub(super) fn referrer(&self, predicate_type: &str, make: impl FnOnce() -> Reply) -> Reply {
        let known = || self.made.referrers.lock().unwrap_or_else(PoisonError::into_inner);
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
