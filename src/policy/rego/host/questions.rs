//! The questions of one evaluation, each once, in the order in which they were asked first.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::policy::rego::evaluation::Question;

/// The questions of one evaluation. Clones record into the same list.
#[derive(Clone, Default)]
pub(in crate::policy::rego) struct Questions(Arc<Mutex<Asked>>);

/// A policy can ask for each package.
#[derive(Default)]
struct Asked {
    in_order: Vec<Question>,
    known: HashSet<Question>,
}

impl Questions {
    pub(super) fn add(&self, question: Question) {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.known.insert(question.clone()) {
            asked.in_order.push(question);
        }
    }

    /// All that were asked so far.
    pub(in crate::policy::rego) fn all(&self) -> Vec<Question> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).in_order.clone()
    }
}
