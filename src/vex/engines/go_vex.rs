//! The go-vex library (`EffectiveStatement`): of all statements about a product, the last in its order decides.

use crate::vex::matching::go_vex::Identifier;
use crate::vex::{Finding, Scan, StatementRef, StatementSet};

use super::answer::{EngineAnswer, EngineWhy};
use super::candidates::{Candidate, Candidates};
use super::grype::identities::identities;

/// The version that is modelled.
pub const VERSION: &str = "ba5be8f4 (2026-08-18)";

/// The statement that counts for a product, over all documents that may suppress. Subcomponents do not count.
pub fn effective_statement(
    statements: &StatementSet,
    product: &str,
    vulnerability: &str,
) -> Option<StatementRef> {
    let candidates = Candidates::new(statements, |_| None);
    let product = Identifier::new(product);
    let about = candidates.of(vulnerability).iter().filter(|one| one.product(&product, None).is_some());
    about.copied().max_by(Candidate::order).map(|one| one.at)
}

/// go-vex, about one scan: it is asked about the package, and about what was scanned with the package as subcomponent.
pub(super) struct GoVex<'a> {
    candidates: &'a Candidates<'a>,
    subject: Vec<Identifier>,
}

impl<'a> GoVex<'a> {
    pub(super) fn new(candidates: &'a Candidates<'a>, scan: &Scan) -> Self {
        Self { candidates, subject: identities(&scan.subject) }
    }

    pub(super) fn answer(&self, finding: &Finding) -> EngineAnswer {
        let found = self.candidates.of(&finding.id);
        if found.is_empty() {
            return EngineAnswer::kept(EngineWhy::NoStatement);
        }
        let Some(package) = finding.package.purl.as_ref().map(Identifier::from) else {
            return EngineAnswer::unknown(EngineWhy::NoPackageUrl);
        };
        let about_package = |one: &Candidate<'_>| one.product(&package, None).is_some();
        let about_subject =
            |one: &Candidate<'_>| self.subject.iter().any(|name| one.product(name, Some(&package)).is_some());
        let about = found.iter().copied().filter(|one| about_package(one) || about_subject(one));
        let Some(last) = about.max_by(Candidate::order) else {
            return EngineAnswer::kept(EngineWhy::NoProductMatch);
        };
        let why = if about_package(&last) { EngineWhy::Package } else { EngineWhy::Image };
        EngineAnswer::ruled(last.at, last.statement.status, why)
    }
}
