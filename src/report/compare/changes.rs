//! The changes as rows of a table, and in one line: the same in every format for people.

use super::comparison::ComparedFindings;
use super::facts::severities;
use super::image::Package;
use super::package_changes::{ComparedPackages, PackageChanges};
use crate::report::ScannedImage;
use crate::vex::{Finding, FindingChange, FindingChanges, InOther};

/// How many packages or findings of one kind of change are listed. JSON has all.
const LISTED: usize = 20;

/// The header of [`packages`].
pub(super) const PACKAGES: [&str; 4] = ["CHANGE", "PACKAGE", "FROM", "TO"];
/// The header of [`findings`].
pub(super) const FINDINGS: [&str; 5] = ["CHANGE", "FINDING", "SEVERITY", "PACKAGE", "IN THE OTHER IMAGE"];

/// Rows, and how many others there are.
pub(super) struct Rows<const N: usize> {
    pub(super) rows: Vec<[String; N]>,
    pub(super) more: Vec<String>,
}

impl<const N: usize> Rows<N> {
    fn new() -> Self {
        Self { rows: Vec::new(), more: Vec::new() }
    }

    fn add(&mut self, what: &str, rows: impl Iterator<Item = [String; N]>) {
        let mut rows = rows;
        self.rows.extend(rows.by_ref().take(LISTED));
        match rows.count() {
            0 => {}
            more => self.more.push(format!("{more} more {what}; the JSON document has all")),
        }
    }
}

/// The packages that changed.
pub(super) fn packages(changes: &PackageChanges<'_>) -> Rows<4> {
    let mut rows = Rows::new();
    let changed = changes.changed.iter();
    rows.add(
        "changed",
        changed.map(|one| ["changed".to_owned(), named(one.package), one.from.join(", "), one.to.join(", ")]),
    );
    let added = changes.added.iter();
    let version = |package: &Package| package.version.clone();
    let none = || "-".to_owned();
    rows.add("added", added.map(|package| ["added".to_owned(), named(package), none(), version(package)]));
    let removed = changes.removed.iter();
    rows.add(
        "removed",
        removed.map(|package| ["removed".to_owned(), named(package), version(package), none()]),
    );
    rows
}

/// `deb bash`, `npm @types/node`.
fn named(package: &Package) -> String {
    match &package.namespace {
        Some(namespace) => format!("{} {namespace}/{}", package.kind, package.name),
        None => format!("{} {}", package.kind, package.name),
    }
}

/// The findings that are new or gone, the most severe first.
pub(super) fn findings(changes: &FindingChanges<'_>) -> Rows<5> {
    let mut rows = Rows::new();
    for (what, list) in [("new", &changes.new), ("gone", &changes.gone)] {
        let mut list: Vec<&FindingChange<'_>> = list.iter().collect();
        list.sort_by_key(|one| std::cmp::Reverse(one.finding.severity));
        rows.add(what, list.into_iter().map(|one| finding(what, one.finding, one.other)));
    }
    rows
}

fn finding(what: &str, finding: &Finding, other: InOther) -> [String; 5] {
    let package = match &finding.package.version {
        Some(version) => format!("{} {version}", finding.package.name),
        None => finding.package.name.clone(),
    };
    let other = match other {
        InOther::Suppressed => "suppressed",
        InOther::NotReported => "not reported",
    };
    [what.to_owned(), finding.id.clone(), finding.severity.id().to_owned(), package, other.to_owned()]
}

/// `packages: 410 removed, 3 added, 4 changed, 20 equal`.
pub(super) fn package_counts(packages: &ComparedPackages<'_>) -> String {
    match &packages.changes {
        Some(PackageChanges { removed, added, changed, equal }) => format!(
            "packages: {} removed, {} added, {} changed, {} equal",
            removed.len(),
            added.len(),
            changed.len(),
            equal.len()
        ),
        None => "packages: not compared, since both lists must be from the same kind of source".to_owned(),
    }
}

/// `findings: 12 gone, 2 new, 10 unchanged`.
pub(super) fn finding_counts(findings: &ComparedFindings<'_>) -> Option<String> {
    match findings {
        ComparedFindings::Changes(FindingChanges { gone, new, unchanged }) => {
            Some(format!("findings: {} gone, {} new, {} unchanged", gone.len(), new.len(), unchanged.len()))
        }
        ComparedFindings::Unknown => {
            Some("findings: not compared, since those of one image are unknown".to_owned())
        }
        ComparedFindings::NotScanned => None,
    }
}

/// What the gate says about the findings of the scanned image.
pub(super) fn verdict(scanned: &ScannedImage<'_>) -> String {
    match &scanned.result {
        Ok(run) => run.verdict_counts(),
        Err(diagnostic) => format!("findings are unknown ({})", diagnostic.code),
    }
}

/// The counts of changed findings by severity, a line for each kind of change.
pub(super) fn by_severities(changes: &FindingChanges<'_>) -> [(&'static str, String); 3] {
    let of = |list: &[FindingChange<'_>]| severities(list.iter().map(|one| one.finding).collect());
    [
        ("gone", of(&changes.gone)),
        ("new", of(&changes.new)),
        ("unchanged", severities(changes.unchanged.iter().copied().collect())),
    ]
}
