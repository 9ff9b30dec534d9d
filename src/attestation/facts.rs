//! The facts of a predicate that checks read. They are small, whatever the size of the predicate.

use super::describe::{Description, describe};
use super::image_inputs::{ImageInputs, image_inputs, is_provenance};
use super::vsa::{VSA_TYPE, VerificationSummary};
use crate::trust::Statement;

/// The facts of a predicate that checks read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PredicateFacts {
    /// Provenance: the images among the inputs of the build.
    Provenance(ImageInputs),
    /// A verification summary, or why it cannot be read.
    Vsa(Result<Box<VerificationSummary>, String>),
    /// Any other type: no facts.
    Other,
}

impl From<&Statement> for PredicateFacts {
    fn from(statement: &Statement) -> Self {
        match statement.predicate_type.as_str() {
            VSA_TYPE => Self::Vsa(match &statement.predicate {
                Some(predicate) => VerificationSummary::parse(predicate).map(Box::new),
                None => Err("it has no predicate".to_owned()),
            }),
            kind if is_provenance(kind) => Self::Provenance(image_inputs(statement)),
            _ => Self::Other,
        }
    }
}

/// Describes the predicate of a statement for people.
pub fn describe_statement(statement: &Statement) -> Description {
    match &statement.predicate {
        Some(predicate) => describe(&statement.predicate_type, predicate),
        None => Description { line: "no predicate".to_owned(), ..Description::default() },
    }
}
