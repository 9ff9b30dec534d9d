//! A change of one fact.

use std::borrow::Cow;

use super::concern::Concern;
use crate::builder::definition::TargetPlatform;
use crate::builder::definition::keyword::keywords;
use crate::builder::facts::{Aspect, Section, Value};

/// A change of one fact.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Change {
    /// What the fact is about.
    pub aspect: Aspect,
    /// The stage that it belongs to, as the second definition names it.
    pub stage: Option<String>,
    /// The name of its object. Empty if there can be only one.
    pub name: String,
    /// What happened to it.
    pub kind: ChangeKind,
    /// The values that changed, or all values of a fact that was added or removed.
    pub attributes: Vec<AttributeChange>,
    /// Why a reviewer should look at it first.
    pub concerns: Vec<Concern>,
    /// The platforms that it is about. Empty: all that both definitions have.
    pub platforms: Vec<TargetPlatform>,
}

keywords! {
    /// What happened to a fact.
    ChangeKind {
        /// Only the second definition has it.
        Added = "added",
        /// Only the first definition has it.
        Removed = "removed",
        /// Its values are others.
        Changed = "changed",
        /// Entries are in another order, which has a meaning.
        Reordered = "reordered",
    }
}

/// A value that changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AttributeChange {
    /// Its name.
    pub name: Cow<'static, str>,
    /// The value in the first definition.
    pub from: Option<Value>,
    /// The value in the second definition.
    pub to: Option<Value>,
    /// For a version, its direction.
    pub trend: Option<Trend>,
}

keywords! {
    /// The direction in which a version changed.
    Trend {
        /// It is newer.
        Up = "up",
        /// It is older.
        Down = "down",
    }
}

impl Change {
    /// Whether it is the same change for other platforms.
    pub(super) fn says_same(&self, other: &Self) -> bool {
        let Self { aspect, stage, name, kind, attributes, concerns, platforms: _ } = self;
        (aspect, stage, name) == (&other.aspect, &other.stage, &other.name)
            && (kind, attributes, concerns) == (&other.kind, &other.attributes, &other.concerns)
    }

    /// The section that it belongs to.
    pub fn section(&self) -> Section {
        if self.stage.is_some() { Section::Build } else { self.aspect.section() }
    }
}
