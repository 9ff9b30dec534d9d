//! Compares package URLs: the rules of go-vex, the subpath, and equivalences.
//!
//! The parts of a statement are compared in their order, and the first that differs is the result.

use super::architecture::{self, ArchitectureMatch};
use super::distribution;
use super::version::{self, Version};
use crate::vex::{Equivalence, NearMissPart, PackageUrl};

/// What was found, in the parts of a package URL.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) kind: &'a str,
    pub(super) namespace: Option<&'a str>,
    pub(super) name: &'a str,
    pub(super) version: Version<'a>,
    pub(super) qualifiers: &'a [(String, String)],
    pub(super) subpath: Option<&'a str>,
    /// The distribution of the whole scan.
    pub(super) distribution: Option<(&'a str, &'a str)>,
    /// Whether it is a source package.
    pub(super) is_source: bool,
}

impl<'a> Target<'a> {
    pub(super) fn of(purl: &'a PackageUrl, distribution: Option<(&'a str, &'a str)>) -> Self {
        Self {
            kind: purl.kind(),
            namespace: purl.namespace(),
            name: purl.name(),
            version: Version::of(purl),
            qualifiers: purl.qualifiers(),
            subpath: purl.subpath(),
            distribution,
            is_source: false,
        }
    }

    fn qualifier(&self, name: &str) -> Option<&'a str> {
        self.qualifiers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Whether the package URL of a statement names what was found, and by which equivalences.
pub(super) fn compare(
    statement: &PackageUrl,
    found: &Target<'_>,
) -> Result<Vec<Equivalence>, Box<NearMissPart>> {
    let written = |text: &str| text.to_owned();
    if statement.kind() != found.kind {
        let part = NearMissPart::Type { statement: written(statement.kind()), found: written(found.kind) };
        return Err(Box::new(part));
    }
    if statement.namespace() != found.namespace {
        let text = |namespace: Option<&str>| namespace.unwrap_or_default().to_owned();
        let part =
            NearMissPart::Namespace { statement: text(statement.namespace()), found: text(found.namespace) };
        return Err(Box::new(part));
    }
    if statement.name() != found.name {
        let part = NearMissPart::Name { statement: written(statement.name()), found: written(found.name) };
        return Err(Box::new(part));
    }
    let mut equivalences = Vec::new();
    if version::compare(found.kind, Version::of(statement), found.version)? {
        equivalences.push(Equivalence::Epoch);
    }
    compare_qualifiers(statement, found, &mut equivalences)?;
    if let Some(subpath) = statement.subpath().filter(|subpath| found.subpath != Some(*subpath)) {
        let found = found.subpath.unwrap_or_default().to_owned();
        return Err(Box::new(NearMissPart::Subpath { statement: subpath.to_owned(), found }));
    }
    Ok(equivalences)
}

fn compare_qualifiers(
    statement: &PackageUrl,
    found: &Target<'_>,
    equivalences: &mut Vec<Equivalence>,
) -> Result<(), Box<NearMissPart>> {
    let of_distribution = distribution::has_distribution(found.kind);
    for (name, value) in statement.qualifiers() {
        let found_value = found.qualifier(name);
        let is_met = match name.as_str() {
            "epoch" if version::has_epoch(found.kind) => true,
            "arch" if found.is_source && matches!(value.as_str(), "source" | "src") => {
                equivalences.push(Equivalence::Architecture);
                true
            }
            "arch" => match architecture::compare(value, found_value) {
                Some(ArchitectureMatch::Equivalent) => {
                    equivalences.push(Equivalence::Architecture);
                    true
                }
                outcome => outcome.is_some(),
            },
            _ if of_distribution && distribution::is_qualifier(name) => true,
            _ => found_value == Some(value),
        };
        if !is_met {
            let (name, statement) = (name.clone(), value.clone());
            let found = found_value.unwrap_or_default().to_owned();
            return Err(Box::new(NearMissPart::Qualifier { name, statement, found }));
        }
    }
    if of_distribution
        && distribution::compare(statement, found.qualifiers, found.namespace, found.distribution)?
    {
        equivalences.push(Equivalence::Distribution);
    }
    Ok(())
}
