//! How Grype reads CSAF: the newest advisory first, and package URLs as text.

use jiff::Timestamp;

use crate::vex::engines::answer::{EngineAnswer, EngineWhy};
use crate::vex::engines::candidates::{Candidate, Candidates};
use crate::vex::{Finding, Identity, Product};

/// What Grype does with a finding when all documents are CSAF.
pub(super) fn answer(candidates: &Candidates<'_>, finding: &Finding) -> EngineAnswer {
    let found: Vec<_> = named(candidates, &finding.id).collect();
    if found.is_empty() {
        let other = finding.aliases.iter().any(|alias| named(candidates, alias).next().is_some());
        return EngineAnswer::kept(if other { EngineWhy::OtherId } else { EngineWhy::NoStatement });
    }
    let Some(package) = finding.package.purl.as_ref().map(ToString::to_string) else {
        return EngineAnswer::unknown(EngineWhy::NoPackageUrl);
    };
    let documents: Vec<_> = candidates.documents().collect();
    let times: Vec<_> = documents.iter().map(|(_, document)| document.timestamp).collect();
    for position in newest_first(&times) {
        let Some((source, _)) = documents.get(position) else { continue };
        let about_package = |one: &&&Candidate<'_>| {
            one.at.source == *source
                && one.statement.products.get().iter().any(|product| is(product, &package))
        };
        let mut matching = found.iter().filter(about_package);
        let Some(first) = matching.next() else { continue };
        let suppresses = first.statement.status.suppresses();
        return if matching.any(|one| one.statement.status.suppresses() != suppresses) {
            EngineAnswer::unknown(EngineWhy::RandomOrder)
        } else {
            EngineAnswer::ruled(first.at, first.statement.status, EngineWhy::Package)
        };
    }
    EngineAnswer::kept(EngineWhy::NoProductMatch)
}

/// The statements about a CVE. Other ids of a vulnerability are not looked at.
fn named<'a>(candidates: &'a Candidates<'a>, cve: &'a str) -> impl Iterator<Item = &'a Candidate<'a>> {
    candidates.of(cve).iter().filter(move |one| one.statement.vulnerability.name.as_deref() == Some(cve))
}

/// Whether a product has this text as its package URL. Relationships are not evaluated.
fn is(product: &Product, package: &str) -> bool {
    product.subcomponents.is_empty()
        && product.component.identities.iter().any(|identity| match identity {
            Identity::Purl { text, .. } | Identity::Text(text) => text == package,
            _ => false,
        })
}

/// The order in which Grype asks advisories, as positions: by `current_release_date`, the newest first, and those
/// without a valid one last, as given.
pub fn newest_first(times: &[Option<Timestamp>]) -> Vec<usize> {
    let mut order: Vec<_> = times.iter().copied().enumerate().collect();
    order.sort_by(|(_, one), (_, other)| other.cmp(one));
    order.into_iter().map(|(position, _)| position).collect()
}
