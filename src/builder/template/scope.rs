//! What the names of templates mean for one platform.

use std::collections::BTreeMap;

use super::reference::{Name, TargetFact};

/// The facts about the target of a build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The architecture as in OCI: `amd64`, `arm64`.
    pub arch: String,
    /// Whether the variant is `dev`.
    pub dev: bool,
    /// Whether the image is for FIPS 140.
    pub fips: bool,
    /// The flavor. Empty if there is none.
    pub flavor: String,
}

/// Names with their values: the evaluated variables of a definition, or one row of a matrix.
pub type Values = BTreeMap<String, String>;

/// What the names of templates mean.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'s> {
    /// The target.
    pub target: &'s Target,
    /// The variables of the definition, evaluated.
    pub variables: &'s Values,
    /// The values of the matrix of a build. Empty elsewhere.
    pub matrix: &'s Values,
}

/// What a name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning<'s> {
    /// This value.
    Value(&'s str),
    /// A value that is known only when a build runs.
    Later,
    /// Nothing that is known.
    Unknown,
}

impl<'s> Scope<'s> {
    /// What a name means.
    pub fn meaning(self, name: Name<'_>) -> Meaning<'s> {
        let value = |found: Option<&'s String>| found.map_or(Meaning::Unknown, |value| Meaning::Value(value));
        match name {
            Name::Variable(name) => value(self.variables.get(name)),
            Name::Matrix(name) => value(self.matrix.get(name)),
            Name::Target(fact) => Meaning::Value(self.target.text(fact)),
            Name::Directory => Meaning::Later,
            Name::Other(_) => Meaning::Unknown,
        }
    }
}

impl Target {
    /// A fact as text.
    pub fn text(&self, fact: TargetFact) -> &str {
        match fact {
            TargetFact::Arch => &self.arch,
            TargetFact::Flavor => &self.flavor,
            TargetFact::Dev => word(self.dev),
            TargetFact::Fips => word(self.fips),
        }
    }

    /// A fact that is true or false.
    pub(super) fn condition(&self, fact: TargetFact) -> Option<bool> {
        match fact {
            TargetFact::Dev => Some(self.dev),
            TargetFact::Fips => Some(self.fips),
            TargetFact::Arch | TargetFact::Flavor => None,
        }
    }
}

fn word(condition: bool) -> &'static str {
    if condition { "true" } else { "false" }
}
