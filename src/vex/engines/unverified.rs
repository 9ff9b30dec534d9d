//! What the answer of a scanner rests on that nobody verified.
//!
//! Scanners do not ask for it, so the outcome stays theirs. Invariant: a gate that requires verification means the same
//! in every profile. Where the answer does not tell what it rests on, it counts as unverified.

use crate::vex::decide::author;
use crate::vex::decide::binding::{Binding, Bound, DocumentSubject};
use crate::vex::matching::ImageIdentity;
use crate::vex::matching::go_vex::{Identifier, component_matches};
use crate::vex::package_index::is_image_type;
use crate::vex::{
    Component, Finding, HardenedStatus, Identity, ImageFacts, Origin, Product, ProductGrade, Scan,
    SourceTrust, SourcedDocument, Statement, StatementSet, Warning,
};

use super::answer::EngineWhy;
use super::candidates::Candidate;

/// The facts about the image of one scan.
pub(super) struct Verification<'a> {
    facts: &'a ImageFacts,
    statements: &'a StatementSet,
    binding: Binding<'a>,
    scanned: ImageIdentity,
}

impl<'a> Verification<'a> {
    pub(super) fn new(scan: &'a Scan, facts: &'a ImageFacts, statements: &'a StatementSet) -> Self {
        let binding = Binding::new(&scan.subject, facts);
        Self { facts, statements, binding, scanned: ImageIdentity::new(&scan.subject, facts) }
    }

    /// What to know about an answer that `by` decides. `found` are the statements that the scanner finds.
    pub(super) fn warnings(
        &self,
        finding: &Finding,
        by: &Candidate<'_>,
        found: &[Candidate<'_>],
        why: EngineWhy,
    ) -> Vec<Warning> {
        // Several statements may each cut a path, and the answer names one.
        let each_path = why == EngineWhy::EveryPath;
        let others = found.iter().filter(|one| each_path && one.at != by.at);
        let others = others.filter(|one| one.statement.status.suppresses());
        let mut warnings = Vec::new();
        for one in std::iter::once(by).chain(others) {
            let Some((sourced, statement)) = self.statements.get(one.at) else { continue };
            let source = matches!(sourced.source.trust, SourceTrust::TrustedByUser);
            let of_source = source.then_some(Warning::UnverifiedSource);
            let of_image = self.of_image(finding, sourced, statement, each_path);
            for warning in of_image.into_iter().chain(of_source) {
                if !warnings.contains(&warning) {
                    warnings.push(warning);
                }
            }
        }
        warnings
    }

    /// As `decide` does for its own matches: the origin guard, and images that are known by a name alone.
    fn of_image(
        &self,
        finding: &Finding,
        sourced: &SourcedDocument,
        statement: &Statement,
        each_path: bool,
    ) -> Option<Warning> {
        let package = finding.package.purl.as_ref().map(Identifier::from);
        let package = package.as_ref();
        let is_package =
            |component: &Component| package.is_some_and(|package| component_matches(component, package));
        let products = statement.products.get();
        let names_package = products.iter().any(|product| is_package(&product.component));
        let subject = self.binding.subject_of(sourced, self.facts);
        if matches!(subject, DocumentSubject::Base(_)) {
            return self.of_base(finding);
        }
        let lists = |product: &&Product| {
            let components = &product.subcomponents;
            components.is_empty() || package.is_none() || components.iter().any(is_package)
        };
        let listed = || products.iter().filter(lists).map(|product| &product.component);
        let is_image_by = |grade: ProductGrade| {
            listed().any(|component| self.scanned.compare(component).is_ok_and(|image| image.grade == grade))
        };
        let is_attested = matches!(subject, DocumentSubject::Image(_)) && !names_package;
        if is_attested || is_image_by(ProductGrade::ImageDigest) {
            return self.of_bound();
        }
        if author::is_dhi(sourced) {
            return self.of_hardened(finding);
        }
        let is_ancestor = each_path && listed().all(is_of_package_type);
        if names_package || is_ancestor || is_image_by(ProductGrade::Scanned) {
            return None;
        }
        if self.is_image_known() { self.of_bound() } else { Some(Warning::UnverifiedImage) }
    }

    fn of_hardened(&self, finding: &Finding) -> Option<Warning> {
        match self.facts.hardened {
            HardenedStatus::Assumed => None,
            _ if self.binding.bound() == Bound::No => Some(Warning::UnverifiedImage),
            HardenedStatus::Hardened => self.of_bound(),
            HardenedStatus::BuiltOn => self.of_base(finding),
            HardenedStatus::Neither | HardenedStatus::Unproven => Some(Warning::UnverifiedImage),
        }
    }

    fn of_base(&self, finding: &Finding) -> Option<Warning> {
        if self.binding.bound() == Bound::No || finding.package.origin != Origin::Base {
            return Some(Warning::UnverifiedImage);
        }
        self.of_bound()
    }

    fn of_bound(&self) -> Option<Warning> {
        (self.binding.bound() == Bound::ByUser).then_some(Warning::UnboundReport)
    }

    /// Whether more than a name is known of the scanned image.
    fn is_image_known(&self) -> bool {
        let found = matches!(
            self.facts.hardened,
            HardenedStatus::Hardened | HardenedStatus::BuiltOn | HardenedStatus::Neither
        );
        self.binding.is_verified() || (self.facts.verified.is_none() && found)
    }
}

/// Whether a component has the package URL of a package, and none of an image.
fn is_of_package_type(component: &Component) -> bool {
    let mut kinds = component.identities.iter().filter_map(|identity| match identity {
        Identity::Purl { purl, .. } => Some(purl.kind()),
        _ => None,
    });
    kinds.next().is_some_and(|kind| !is_image_type(kind)) && kinds.all(|kind| !is_image_type(kind))
}
