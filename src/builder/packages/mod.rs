//! Packages of a distribution: which ones a definition gets, and why.
//!
//! The answer is that of the distribution's own tool: `apt` with an empty root and without recommended packages, and
//! `apk`. The invariant: a [`Selection`] is complete. Every relation of every package in it is met by another one, by a
//! package that is installed already, or is listed as waived, and every package has a [`Reason`].
//!
//! All of it is pure: indexes come as text or in their compact form, the time as a value.

pub mod apk;
pub mod deb;
pub mod limits;
pub mod openpgp;
pub mod request;
pub mod selection;
pub mod unsolved;

pub use request::{Constraint, InvalidRequest, Operator, Request};
pub use selection::{
    Candidate, Choice, Dependency, Identity, Link, Reason, Selected, Selection, Waived, Warning,
};
pub use unsolved::{Available, Failure, Problem, Unsolved};
