//! The template language of definitions: references such as `${VERSION}` in texts, and expressions such as
//! `#{ target.arch == "amd64" ? "x86_64" : "aarch64" }`.
//!
//! * Only known names are replaced. Everything else with a `$` or `{` belongs to shells and other programs and stays
//!   as it is written.
//! * The result of an evaluation is not a template: evaluated again, it is the same text.
//! * The names of an expression must exist, its types must fit, and nothing is converted silently.
//! * Work, text and depth are limited. Regular expressions are matched in linear time.

mod budget;
mod error;
mod evaluate;
mod expression;
pub mod limits;
mod parser;
mod reference;
mod scope;
#[cfg(test)]
mod tests;
mod text;
mod token;
mod variables;

pub use budget::Budget;
pub use error::{Cause, Error, Type};
pub use expression::{Choice, Expression, Node, Path};
pub use reference::{Kind, Name, Piece, Reference, TargetFact, unclosed};
pub use scope::{Meaning, Scope, Target, Values};
pub use text::{Condition, Part, Template, Use};
pub use variables::Variables;
