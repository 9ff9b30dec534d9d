//! How a statement applies to a finding: the product and subcomponent that match, and how exactly.

use std::cmp::Ordering;

use crate::vex::{Equivalence, Grade};

/// A product of a statement that matches, with the subcomponent that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fit {
    /// How exactly it matches.
    pub(super) grade: Grade,
    /// The equivalences that were needed.
    pub(super) equivalences: Vec<Equivalence>,
    /// The product as written. Empty for the subject of an attestation.
    pub(super) product: String,
    /// The subcomponent as written.
    pub(super) subcomponent: Option<String>,
    /// Whether the product is the base image, not the scanned image.
    pub(super) is_base: bool,
    /// What it rests on besides the report and the statement.
    pub(super) rests_on: RestsOn,
}

/// What a match rests on that nobody verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RestsOn {
    /// The name of a repository in the report.
    pub(super) repository_name: bool,
    /// That the report, which names no digest, is about the image that was verified.
    pub(super) unbound_report: bool,
    /// That the image is hardened, which the user states.
    pub(super) assumed_hardened: bool,
}

impl Fit {
    /// Orders matches of one statement: the more exact one is less. Of equal ones, the order of products chooses among
    /// texts only.
    pub(super) fn by_exactness(&self, other: &Self) -> Ordering {
        self.grade.exactness().cmp(&other.grade.exactness())
    }
}
