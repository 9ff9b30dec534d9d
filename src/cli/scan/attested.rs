//! The attested scan of an image as a report.

use jiff::{SignedDuration, Timestamp};

use super::super::vex::reports::Report;
use crate::diagnostic::Diagnostic;
use crate::evidence::{BaseProof, Evidence, PlatformEvidence};
use crate::gate::Verifier;
use crate::oci::Digest;
use crate::registry::Registry;
use crate::scan::{attested_report, repo_digest};

/// Where an attested scan comes from.
pub(in crate::cli) struct AttestedSource {
    /// The digest of the manifest of the attestation.
    pub(in crate::cli) attestation: Digest,
    /// Its predicate type.
    pub(in crate::cli) predicate_type: String,
    /// Who signed it.
    pub(in crate::cli) signers: Vec<String>,
    /// The scanner that it names.
    pub(in crate::cli) scanner: Option<String>,
    /// When the scan was made, as it says.
    pub(in crate::cli) time: Option<Timestamp>,
    /// Why there may be a newer scan.
    pub(in crate::cli) incomplete: Vec<Diagnostic>,
}

/// The newest attested scan of `image`, as a report about it.
///
/// # Errors
///
/// Why there is none that counts.
pub(in crate::cli) async fn attested_scan(
    verifier: &Verifier,
    registry: &dyn Registry,
    evidence: &Evidence,
    proof: Option<&BaseProof>,
    image: &PlatformEvidence,
    max_age: Option<SignedDuration>,
    now: Timestamp,
) -> Result<(Report, AttestedSource), Diagnostic> {
    let found = attested_report(verifier, registry, evidence, image, max_age, now).await?;
    let mut scan = found.scan.scan;
    scan.subject.name = format!("{}@{}", evidence.reference.repository, image.digest);
    scan.subject.repo_digests = vec![repo_digest(evidence, proof, image)];
    scan.subject.architecture = image.named_platform().map(|platform| platform.architecture.clone());
    let name = format!("attested scan {}", found.attestation.short());
    let report = Report { name, report: found.scan.report, scans: vec![scan] };
    let source = AttestedSource {
        attestation: found.attestation,
        predicate_type: found.predicate_type,
        signers: found.signers,
        scanner: found.scan.scanner,
        time: found.scan.time,
        incomplete: found.incomplete,
    };
    Ok((report, source))
}
