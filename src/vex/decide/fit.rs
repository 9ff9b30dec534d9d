//! How a statement applies to a finding: the product and subcomponent that match, and how exactly.

use std::cmp::Ordering;

use crate::vex::{ComponentGrade, Equivalence, Grade, ProductGrade};

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
    /// Orders matches of one statement: the more exact one is less. The order is total on grades, so the order of
    /// products only chooses among texts.
    pub(super) fn by_exactness(&self, other: &Self) -> Ordering {
        exactness(self.grade).cmp(&exactness(other.grade))
    }
}

fn exactness(grade: Grade) -> (u8, u8, u8) {
    let (class, product) = product_exactness(grade.product);
    let (component_class, component) = grade.component.map_or((0, 0), component_exactness);
    (class.max(component_class), product, component)
}

/// A class (exact, by tag or source, any version, weak), and the order in all classes.
fn product_exactness(grade: ProductGrade) -> (u8, u8) {
    match grade {
        ProductGrade::ImageDigest => (0, 0),
        ProductGrade::AttestationSubject => (0, 1),
        ProductGrade::Package(component) => {
            let (class, order) = component_exactness(component);
            (class, 2 + order)
        }
        ProductGrade::Scanned => (0, 10),
        ProductGrade::ImageTag => (1, 11),
        ProductGrade::ImageAny => (2, 12),
        ProductGrade::ImageNameOnly => (3, 13),
        ProductGrade::Ancestor => (0, 14),
    }
}

fn component_exactness(grade: ComponentGrade) -> (u8, u8) {
    match grade {
        ComponentGrade::Package => (0, 0),
        ComponentGrade::Source => (1, 1),
        ComponentGrade::PackageAnyVersion => (2, 2),
        ComponentGrade::SourceAnyVersion => (2, 3),
        ComponentGrade::PackageName => (3, 4),
    }
}
