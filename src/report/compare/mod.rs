//! The rendering of two images side by side: facts about each, and what changed from the first to the second.
//!
//! Lists are compared only if both are known from the same kind of source. What is unknown is shown as unknown, with the
//! reason.

mod changes;
mod comparison;
mod facts;
mod image;
mod json;
mod markdown;
mod package_changes;
mod table;
mod tables;

pub use comparison::Comparison;
pub use image::{
    Attested, ComparedImage, ComparedLayer, Databases, Files, ImageUser, Package, PrivilegedFile, Program,
    Runtime, Writable, WritableBy, WritablePath,
};

use super::Style;

impl Comparison<'_> {
    /// The table for people.
    pub fn table(&self, style: Style) -> String {
        table::table(self, style)
    }

    /// The JSON document: `docs/schemas/compare-1.json`.
    pub fn json(&self) -> String {
        json::json(self)
    }

    /// Markdown for the summary of a workflow step.
    pub fn markdown(&self) -> String {
        markdown::markdown(self)
    }
}

#[cfg(test)]
mod tests;
