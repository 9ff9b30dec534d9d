//! What checks read of a predicate: a small part, whatever size the predicate has.

use super::describe::{Summary, summarize};
use super::inputs::{Inputs, images, is_provenance};
use super::vsa::{VSA, VerificationSummary};
use crate::trust::Statement;

/// What checks read of a predicate.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PredicateFacts {
    /// Provenance: the images among the inputs of the build.
    Provenance(Inputs),
    /// A verification summary, or why it cannot be read.
    Summary(Result<Box<VerificationSummary>, String>),
    /// Any other type: nothing.
    Other,
}

impl From<&Statement> for PredicateFacts {
    fn from(statement: &Statement) -> Self {
        match statement.predicate_type.as_str() {
            VSA => Self::Summary(match &statement.predicate {
                Some(predicate) => VerificationSummary::parse(predicate).map(Box::new),
                None => Err("it has no predicate".to_owned()),
            }),
            kind if is_provenance(kind) => Self::Provenance(images(statement)),
            _ => Self::Other,
        }
    }
}

/// What the predicate of a statement says, for people.
pub fn summary_of(statement: &Statement) -> Summary {
    match &statement.predicate {
        Some(predicate) => summarize(&statement.predicate_type, predicate),
        None => Summary { line: "no predicate".to_owned(), ..Summary::default() },
    }
}
