//! The findings of an earlier report, which are not new.
//!
//! Invariant: a finding is known only if it has an id in common with one of the earlier report, for the same package.
//! Another version of the package and another path are the same; an advisory over several vulnerabilities links nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::vex::Finding;
use crate::vex::matching::vulnerability::{Key, keys_of_finding};

/// The ids of findings, by package.
pub(super) struct Baseline<'a>(BTreeMap<PackageKey<'a>, BTreeSet<Key>>);

/// A package without its version and qualifiers: type, namespace, name, subpath.
pub(in crate::vex) type PackageKey<'a> = (&'a str, &'a str, &'a str, &'a str);

impl<'a> Baseline<'a> {
    /// Of these findings.
    pub(super) fn of(findings: impl Iterator<Item = &'a Finding>) -> Self {
        let mut known: BTreeMap<PackageKey<'a>, BTreeSet<Key>> = BTreeMap::new();
        for finding in findings {
            known.entry(package_key(finding)).or_default().extend(keys_of_finding(finding).ids);
        }
        Self(known)
    }

    /// Whether one of them is this finding.
    pub(super) fn has(&self, finding: &Finding) -> bool {
        let known = self.0.get(&package_key(finding));
        known.is_some_and(|known| keys_of_finding(finding).ids.iter().any(|id| known.contains(id)))
    }
}

pub(in crate::vex) fn package_key(finding: &Finding) -> PackageKey<'_> {
    let package = &finding.package;
    match &package.purl {
        Some(purl) => (
            purl.kind(),
            purl.namespace().unwrap_or_default(),
            purl.name(),
            purl.subpath().unwrap_or_default(),
        ),
        None => (package.kind.as_deref().unwrap_or_default(), "", &package.name, ""),
    }
}
