//! Renders policies in Rego, and what they decided.

mod list;

pub use list::PolicyList;
