//! The vulnerability scan that is attested about an image, as its signers made it.
//!
//! Invariant: a scan counts as the newest only if everything that may be a newer one was read and verified. Otherwise it
//! is named what may be missing.

use jiff::{SignedDuration, Timestamp};

use super::error::Error;
use crate::attestation::PredicateSelector;
use crate::diagnostic::{Code, Diagnostic, ToDiagnostic};
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
/// when it was made is preferred to one that does not. With `max_age`, it must say so, and be no older.
///
/// # Errors
///
/// [`Error::NoAttestation`] if the image has none, [`Error::Attestation`] if none verifies or it is unknown whether there
/// are any, [`Error::Report`] if none can be read, [`Error::OldAttestation`] if the newest is too old.
pub async fn attested_report(
    verifier: &Verifier,
    registry: &dyn Registry,
    known: &Evidence,
    image: &PlatformEvidence,
    max_age: Option<SignedDuration>,
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
    let mut scans = Vec::new();
    let (mut unproven, mut refused) = (Vec::new(), Vec::new());
    for (attestation, outcome) in image.judged(root) {
        let claimed = attestation.predicate_type.as_deref();
        match outcome {
            Ok(attested) => match read(attestation.digest, attested) {
                Some(Err(error)) => refused.push(error.to_diagnostic()),
                Some(Ok(report)) => scans.push(report),
                None => {}
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
    let Some(mut report) = newest(scans) else {
        return Err(match refused.into_iter().chain(unproven).next() {
            Some(first) => Error::Attestation(Box::new(first)),
            None => Error::NoAttestation { reference: known.reference.to_string(), image: image.digest },
        });
    };
    let time = report.scan.time;
    if let Some(max_age) = max_age
        && time.is_none_or(|time| now.duration_since(time) > max_age)
    {
        return Err(Error::OldAttestation { attestation: report.attestation, time, max_age });
    }
    report.incomplete.extend(refused);
    report.problems = unproven;
    Ok(report)
}

/// The newest scan. Of several without a time, nothing tells which one it is.
fn newest(scans: Vec<AttestedReport>) -> Option<AttestedReport> {
    let without_time = scans.iter().filter(|report| report.scan.time.is_none()).count();
    let mut best: Option<AttestedReport> = None;
    for report in scans {
        if best.as_ref().is_none_or(|best| best.scan.time < report.scan.time) {
            best = Some(report);
        }
    }
    let mut best = best?;
    if best.scan.time.is_none() && without_time > 1 {
        let what =
            format!("nothing tells which of {without_time} attested vulnerability scans is the newest");
        best.incomplete.push(Diagnostic::new(Code::SCAN_OLD, what).fact("attestation", best.attestation));
    }
    Some(best)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A scan whose attestation has the digest of this name.
    fn report(name: &str, time: Option<&str>) -> AttestedReport {
        let predicate = match time {
            Some(time) => {
                format!(r#"{{"scanner":{{"result":[]}},"metadata":{{"scanFinishedOn":"{time}"}}}}"#)
            }
            None => r#"{"scanner":{"result":[]}}"#.to_owned(),
        };
        let predicate_type = "https://in-toto.io/attestation/vulns/v0.2";
        AttestedReport {
            scan: read_attested(&predicate, predicate_type, name).unwrap(),
            attestation: Digest::of(name.as_bytes()),
            predicate_type: predicate_type.to_owned(),
            signers: Vec::new(),
            problems: Vec::new(),
            incomplete: Vec::new(),
        }
    }

    #[test]
    fn the_newest_scan_counts() {
        let [old, new] = ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"];
        for names in [["old", "new", "none"], ["none", "new", "old"], ["new", "none", "old"]] {
            let scans = names.map(|name| match name {
                "old" => report(name, Some(old)),
                "new" => report(name, Some(new)),
                _ => report(name, None),
            });
            let best = newest(scans.into()).unwrap();
            assert_eq!(best.attestation, Digest::of(b"new"));
            assert!(best.incomplete.is_empty());
        }
        assert!(newest(Vec::new()).is_none());
    }

    #[test]
    fn of_scans_without_a_time_none_is_the_newest() {
        let one = newest(vec![report("one", None)]).unwrap();
        assert!(one.incomplete.is_empty());
        let two = newest(vec![report("one", None), report("two", None)]).unwrap();
        assert_eq!(two.incomplete.iter().map(|problem| problem.code).collect::<Vec<_>>(), [Code::SCAN_OLD]);
    }
}
