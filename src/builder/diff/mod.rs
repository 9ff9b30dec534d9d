//! What a change of a definition means, for those who review it.
//!
//! [`Side`] holds one of the two definitions, evaluated for each of its platforms. [`diff`] compares what both mean: a
//! text that is only written in another way has no changes. Changes that weaken the product, or let more into its build,
//! have a [`Concern`] and come first.

mod change;
mod concern;
mod difference;
mod evaluation;
mod json;
pub mod limits;
mod lines;
mod markdown;
mod matching;
mod rows;
mod script;
mod side;
mod table;
#[cfg(test)]
mod tests;
mod version;

pub use change::{AttributeChange, Change, ChangeKind, Trend};
pub use concern::Concern;
pub use difference::{Difference, diff};
pub use side::Side;

pub(super) use json::{ChangeJson, ValueJson};
pub(super) use matching::changes;
pub(super) use rows::{Row, rows};
