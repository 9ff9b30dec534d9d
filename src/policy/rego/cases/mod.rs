//! Cases that test a policy: facts, and the result that is expected.
//!
//! Nothing is evaluated here. [`Case`] and `mutants` give facts to the caller, who evaluates them within limits and
//! gives the results back, so that one function decides whether a case holds.

mod described;
mod error;
mod leaves;
mod mutants;
mod outcome;
mod reader;
mod reads;

pub use error::Error;
pub use mutants::{Mutant, Mutants, mutants};
pub use outcome::{Mismatch, Sensitivity, mismatches};
pub use reader::{Case, CaseFacts, Expected, ExpectedViolation, read};
