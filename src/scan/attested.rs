//! The vulnerability scan that is attested about an image, as its signers made it.

use jiff::Timestamp;

use super::error::Error;
use crate::attestation::PredicateSelector;
use crate::diagnostic::{Diagnostic, ToDiagnostic};
use crate::evidence::{Attested, Evidence, PlatformEvidence};
use crate::gate::Verifier;
use crate::oci::{Digest, Reference};
use crate::registry::{Registry, with_byte_budget};
use crate::verify::{KeepStatements, Options, Scope, verify};
use crate::vex::VerifiedBy;
use crate::vex::scan_report::{AttestedScan, is_scan, read_attested};

/// A verified attestation of a vulnerability scan.
#[derive(Clone, Debug)]
pub struct AttestedReport {
    /// The scan.
    pub scan: AttestedScan,
    /// The digest of the manifest of the attestation.
    pub attestation: Digest,
    /// Its predicate type.
    pub predicate_type: String,
    /// Who signed it.
    pub signers: Vec<String>,
    /// Others that nobody trusted signed.
    pub problems: Vec<Diagnostic>,
    /// Others that are bad or cannot be read, and why there may be a newer one.
    pub incomplete: Vec<Diagnostic>,
}

/// The newest vulnerability scan that is attested about `image`, which was verified as part of `known`. One that says
/// when it was made is preferred to one that does not.
///
/// # Errors
///
/// [`Error::NoAttestation`] if the image has none, [`Error::Attestation`] if one does not verify or it is unknown whether
/// there are more, [`Error::Report`] if none can be read.
pub async fn attested_report(
    verifier: &Verifier,
    registry: &dyn Registry,
    known: &Evidence,
    image: &PlatformEvidence,
    now: Timestamp,
) -> Result<AttestedReport, Error> {
    let reference = Reference { digest: Some(known.root.digest), ..known.reference.clone() };
    let options = verifier.options(&reference);
    let selected: Vec<PredicateSelector> =
        ["scout-vulnerabilities", "vuln"].into_iter().filter_map(PredicateSelector::parse).collect();
    let options = Options {
        predicate_types: selected.clone(),
        keep_statements: KeepStatements::OfTypes(selected),
        scope: Scope::ImagesAndIndex { counts: false },
        ..options
    };
    let trust = verifier.trust_at(now);
    let found = with_byte_budget(verify(registry, &reference, &trust, &options)).await;
    let found = found.map_err(|error| Error::Image { reference: Box::new(reference.clone()), error })?;
    let root = found.root.digest;
    let Some(image) = found.platforms.iter().find(|one| one.digest == image.digest) else {
        return Err(Error::NoAttestation { reference: known.reference.to_string(), image: image.digest });
    };
    let mut best: Option<AttestedReport> = None;
    let (mut unproven, mut refused) = (Vec::new(), Vec::new());
    for (attestation, outcome) in image.judged(root) {
        let claimed = attestation.predicate_type.as_deref();
        match outcome {
            Ok(attested) => match read(attestation.digest, attested) {
                Some(Err(error)) => refused.push(error.to_diagnostic()),
                Some(Ok(report)) if best.as_ref().is_none_or(|best| best.scan.time < report.scan.time) => {
                    best = Some(report);
                }
                Some(Ok(_)) | None => {}
            },
            Err(failure) if claimed.is_none_or(is_scan) => {
                let diagnostic = failure.to_diagnostic().fact("attestation", attestation.digest);
                let diagnostic = diagnostic.about("the attested vulnerability scan");
                if failure.is_only_unproven() {
                    unproven.push(diagnostic);
                } else {
                    refused.push(diagnostic);
                }
            }
            Err(_) => {}
        }
    }
    // What is not known must not look like none.
    let open = image.failures.iter().chain(image.unknown_lists.iter().map(|list| &list.failure));
    refused.extend(open.map(ToDiagnostic::to_diagnostic));
    match best {
        Some(best) => Ok(AttestedReport { problems: unproven, incomplete: refused, ..best }),
        None => Err(match refused.into_iter().chain(unproven).next() {
            Some(first) => Error::Attestation(Box::new(first)),
            None => Error::NoAttestation { reference: known.reference.to_string(), image: image.digest },
        }),
    }
}

/// The scan of a verified attestation. `None` if it is of another type.
fn read(attestation: Digest, attested: &Attested) -> Option<Result<AttestedReport, Error>> {
    let statement = attested.whole()?.statement();
    let predicate_type = &statement.predicate_type;
    is_scan(predicate_type).then_some(())?;
    let name = format!("the attested scan {}", attestation.short());
    let predicate = statement.predicate.as_ref().map_or("null", |predicate| predicate.get());
    Some(read_attested(predicate, predicate_type, &name).map_err(Error::Report).map(|scan| AttestedReport {
        scan,
        attestation,
        predicate_type: predicate_type.clone(),
        signers: VerifiedBy::of_quorum(attested.signatures()).signers().to_vec(),
        problems: Vec::new(),
        incomplete: Vec::new(),
    }))
}
