//! A definition as a list of facts: single statements about what it makes, each with a name and values.
//!
//! Two texts with the same meaning have the same facts: the order of keys, quotes and comments do not count, neither do
//! other spellings of one value (`755` and `0755`, `8080` and `8080/tcp`) and values that are the default. Everything
//! else that a definition says is a part of some fact, so a comparison of facts misses no change.

mod aspect;
mod contents;
mod fact;
mod inputs;
mod metadata;
mod product;
mod runtime;
mod stages;
#[cfg(test)]
mod tests;
mod tree;

pub use aspect::{Aspect, Section};
pub use fact::{Attribute, Fact, Value};
pub use inputs::{Access, Input, InputKind, Integrity, inputs, integrity};

use super::definition::Definition;

/// The facts of a definition, in the order in which people are told them.
pub fn facts(definition: &Definition) -> Vec<Fact> {
    let mut facts = product::facts(definition);
    facts.extend(definition.contents.iter().flat_map(|contents| contents::facts(contents, None)));
    facts.extend(runtime::facts(definition));
    facts.extend(stages::facts(&definition.stages));
    facts.extend(metadata::facts(definition));
    facts
}
