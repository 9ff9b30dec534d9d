//! Compares a component of a statement with the package of a finding.

use super::closest;
use super::distribution::has_distribution;
use super::purl::{self, Target};
use super::version::{Version, of_source};
use crate::vex::exactness::Exactness;
use crate::vex::{
    Component, ComponentGrade, Equivalence, FoundPackage, Identity, NearMissPart, PackageUrl, SourcePackage,
};

/// How a component matches a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageMatch {
    /// How exactly.
    pub grade: ComponentGrade,
    /// The equivalences that were needed, in the order of the parts of a package URL.
    pub equivalences: Vec<Equivalence>,
    /// The identity that matches, as written.
    pub written: String,
}

/// Whether a component is the package of a finding, or the source package that it was built from. Of several
/// identities that match, the most exact one counts. `distribution` is that of the whole scan, with its release.
///
/// # Errors
///
/// The first part that differs, of the identity that comes closest.
pub fn package(
    component: &Component,
    package: &FoundPackage,
    distribution: Option<(&str, &str)>,
) -> Result<PackageMatch, NearMissPart> {
    let mut best: Option<PackageMatch> = None;
    let mut misses = Vec::new();
    for identity in &component.identities {
        match identity_matches(identity, package, distribution) {
            Ok(found) => {
                if best.as_ref().is_none_or(|best| found.rank() < best.rank()) {
                    best = Some(found);
                }
            }
            Err(part) => misses.push(*part),
        }
    }
    best.ok_or_else(|| closest(misses).unwrap_or(NearMissPart::NoForm { statement: String::new() }))
}

impl PackageMatch {
    /// Of several matches, the least counts: the most exact one, whatever their order is.
    pub(in crate::vex) fn rank(&self) -> (Exactness, usize, &str) {
        (self.grade.exactness(), self.equivalences.len(), &self.written)
    }
}

fn identity_matches(
    identity: &Identity,
    package: &FoundPackage,
    distribution: Option<(&str, &str)>,
) -> Result<PackageMatch, Box<NearMissPart>> {
    let no_form = |text: &str| Err(Box::new(NearMissPart::NoForm { statement: text.to_owned() }));
    match identity {
        Identity::Purl { text, is_range: true, purl } if purl.version().is_none() => no_form(text),
        Identity::Purl { text, purl, .. } => {
            let (grade, mut equivalences) = match &package.purl {
                Some(found) => by_purl(purl, found, package, distribution)?,
                None => by_name(purl, package, distribution)?,
            };
            equivalences.sort_unstable();
            equivalences.dedup();
            Ok(PackageMatch { grade, equivalences, written: text.clone() })
        }
        Identity::BomLink { serial, version, bom_ref, versions } => {
            let bom_ref = bom_ref.as_deref().unwrap_or_default();
            let named = [serial.as_str(), version, bom_ref];
            let is_linked =
                package.bom_link.as_deref().is_some_and(|link| link.each_ref().map(String::as_str) == named);
            let is_listed = package.version.as_ref().is_some_and(|found| versions.contains(found));
            match (is_linked, versions.is_empty() || is_listed) {
                (true, true) => Ok(PackageMatch {
                    grade: ComponentGrade::Package,
                    equivalences: Vec::new(),
                    written: format!("{serial}/{version}#{bom_ref}"),
                }),
                (true, false) => Err(Box::new(NearMissPart::Version {
                    statement: versions.join(", "),
                    found: package.version.clone().unwrap_or_default(),
                })),
                (false, _) => no_form(&format!("{serial}/{version}#{bom_ref}")),
            }
        }
        Identity::Hash(text) | Identity::Cpe(text) | Identity::Text(text) => no_form(text),
    }
}

type Matched = (ComponentGrade, Vec<Equivalence>);

/// Compares with the package URL of the finding, then with its source packages.
fn by_purl(
    statement: &PackageUrl,
    found: &PackageUrl,
    package: &FoundPackage,
    distribution: Option<(&str, &str)>,
) -> Result<Matched, Box<NearMissPart>> {
    let target = Target { is_source: package.is_source, ..Target::of(found, distribution) };
    match purl::compare(statement, &target) {
        Ok(equivalences) => Ok((grade_of(statement, package.is_source), equivalences)),
        Err(missed) => by_source(statement, &target, package, missed),
    }
}

fn grade_of(statement: &PackageUrl, is_source: bool) -> ComponentGrade {
    match (is_source, statement.version().is_some()) {
        (false, true) => ComponentGrade::Package,
        (false, false) => ComponentGrade::PackageAnyVersion,
        (true, true) => ComponentGrade::Source,
        (true, false) => ComponentGrade::SourceAnyVersion,
    }
}

/// Compares with the source packages. `binary` is the package itself, and `missed` where the statement differs from it.
fn by_source(
    statement: &PackageUrl,
    binary: &Target<'_>,
    package: &FoundPackage,
    missed: Box<NearMissPart>,
) -> Result<Matched, Box<NearMissPart>> {
    if !has_distribution(binary.kind) {
        return Err(missed);
    }
    let mut misses = vec![*missed];
    for source in &package.sources {
        let target = Target {
            name: &source.name,
            version: source_version(source, binary),
            subpath: None,
            is_source: true,
            ..*binary
        };
        match purl::compare(statement, &target) {
            Ok(equivalences) => return Ok((grade_of(statement, true), equivalences)),
            Err(part) => misses.push(match *part {
                NearMissPart::Version { statement: version, .. } => {
                    NearMissPart::SourceOnly { statement: format!("{} {version}", statement.name()) }
                }
                part => part,
            }),
        }
    }
    let none = NearMissPart::NoForm { statement: statement.to_string() };
    Err(Box::new(closest(misses).unwrap_or(none)))
}

/// The version that the report names, else that of the binary package without the number of a rebuild.
fn source_version<'a>(source: &'a SourcePackage, binary: &Target<'a>) -> Version<'a> {
    match &source.version {
        Some(version) => Version { text: Some(version), epoch: None },
        None => Version {
            text: binary.version.text.map(|version| of_source(binary.kind, version)),
            ..binary.version
        },
    }
}

/// Compares with a finding that has no package URL: its name as the ecosystem writes it, and its version.
fn by_name(
    statement: &PackageUrl,
    package: &FoundPackage,
    distribution: Option<(&str, &str)>,
) -> Result<Matched, Box<NearMissPart>> {
    let kind = package.kind.as_deref().unwrap_or(statement.kind());
    if package.of_system.is_some_and(|of_system| of_system != has_distribution(statement.kind())) {
        let found = package.kind.clone().unwrap_or_default();
        return Err(Box::new(NearMissPart::Type { statement: statement.kind().to_owned(), found }));
    }
    let family = distribution.map(|(family, _)| family.to_ascii_lowercase());
    let version = package.version.as_deref().filter(|version| !version.is_empty());
    let of_distribution = has_distribution(kind);
    let (namespace, name) = match of_distribution {
        // Only the distribution of the scan tells the namespace. Without it, any will do.
        true => (family.as_deref().or(statement.namespace()), package.name.as_str()),
        false => namespace_and_name(kind, &package.name),
    };
    // Reads name and version into the form of the type.
    let found = PackageUrl::new(kind, namespace, name, version).map_err(|_| {
        let (statement, found) = (statement.name().to_owned(), package.name.clone());
        NearMissPart::Name { statement, found }
    })?;
    let target = Target { is_source: package.is_source, ..Target::of(&found, distribution) };
    let by_source = |missed| match package.kind.is_some() && family.is_some() {
        true => by_source(statement, &target, package, missed),
        false => Err(missed),
    };
    match purl::compare(statement, &target) {
        // A name is too little without a version, for a source package, too.
        Ok(_) if statement.version().is_none() => {
            let (statement, found) = (String::new(), version.unwrap_or_default().to_owned());
            Err(Box::new(NearMissPart::Version { statement, found }))
        }
        Err(missed) if statement.version().is_none() => Err(missed),
        Ok(equivalences) => Ok((ComponentGrade::PackageName, equivalences)),
        Err(missed) => by_source(missed),
    }
}

/// Splits a name as the ecosystem writes it: `@acme/table`, `example.acme:core`, `github.com/acme/engine`.
fn namespace_and_name<'a>(kind: &str, name: &'a str) -> (Option<&'a str>, &'a str) {
    let parts = match kind {
        "maven" => name.split_once(':'),
        _ => name.rsplit_once('/'),
    };
    parts.map_or((None, name), |(namespace, name)| (Some(namespace), name))
}
