//! Rules about definitions that can be read: what is wrong with them, risky, or worth knowing.
//!
//! The rules take a [`Definition`](super::definition::Definition) and what is known about its surroundings. A rule that
//! has hits in definitions of real images is at most a warning, one with many hits a note. Nothing in a definition changes
//! the severity of a rule.

mod accounts;
mod action_table;
mod actions;
mod catalogue;
mod check;
mod comparisons;
mod contents;
mod images;
pub mod limits;
mod linter;
mod metadata;
mod packages;
mod paths;
mod permissions;
mod ports;
mod repositories;
mod result;
mod rules;
mod run;
mod run_as;
mod sarif;
mod scripts;
mod source_files;
mod stages;
mod surroundings;
mod tag_owners;
mod templates;
#[cfg(test)]
mod tests;
mod texts;
mod unread;

pub use action_table::names as action_names;
pub use catalogue::{RuleText, rule_texts};
pub use check::check;
pub use result::FileResult;
pub use rules::RULES;
pub use run::{Counts, Run, help};
pub use source_files::{is_inside, sources};
pub use surroundings::{SourceFiles, Surroundings};
pub use tag_owners::TagOwners;
