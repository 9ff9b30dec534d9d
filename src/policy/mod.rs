//! Policies, which add checks to a verdict, and exceptions, which excuse a "no" of one. Neither takes back what was
//! found wrong.

mod built_in;
mod codes;
mod exceptions;

pub use built_in::BuiltIn;
pub use codes::CODES;
pub use exceptions::{Error, Exception, ExceptionStatus, Exceptions, enforce_from};
