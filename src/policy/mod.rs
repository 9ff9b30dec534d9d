//! Policies, which add checks to a verdict, and exceptions, which excuse a failure of a policy.
//!
//! Neither removes or weakens a check that another module made.

mod built_in;
mod codes;
#[cfg(feature = "rego")]
pub mod config;
mod exceptions;
pub mod facts;
#[cfg(feature = "rego")]
pub mod rego;
#[cfg(feature = "rego")]
mod score;
#[cfg(feature = "rego")]
mod set;
#[cfg(feature = "rego")]
mod values;

pub use built_in::BuiltIn;
pub use codes::CODES;
pub use exceptions::{Error, Exception, ExceptionStatus, Exceptions, enforce_from};
#[cfg(feature = "rego")]
pub use score::{Letter, Score};
#[cfg(feature = "rego")]
pub use set::{NotEvaluated, NotEvaluatedReason, PolicySet, PolicySource, SelectedPolicy, SetError};
