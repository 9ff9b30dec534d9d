//! Of several verification summaries by one verifier the newest counts, so that an old pass never answers for a
//! newer failure; what cannot be put in order is a failure.

use std::collections::BTreeMap;

use super::platform::PlatformEvidence;
use crate::attestation::{PredicateFacts, VSA_TYPE, VerificationSummary};
use crate::diagnostic::{Code, Diagnostic, ToDiagnostic};
use crate::oci::Digest;
use crate::trust::Role;

/// What one verifier said last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierResult {
    /// `verifier.id`; none where the summaries name nobody.
    pub verifier: Option<String>,
    /// When it was verified (RFC 3339).
    pub time: Option<String>,
    /// The result as written.
    pub result: String,
    /// The levels that were verified.
    pub levels: Vec<String>,
    /// Digest of the attestation.
    pub attestation: Digest,
    /// Why it does not count as passed.
    pub rejection: Option<VsaFailure>,
}

/// Why a verification summary does not count as passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VsaFailure {
    /// Digest of the attestation.
    pub attestation: Digest,
    /// `verifier.id`.
    pub verifier: Option<String>,
    /// What is wrong with it.
    pub cause: NotPassed,
}

/// What is wrong with a summary that does not count as passed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotPassed {
    /// It cannot be read.
    Unreadable(String),
    /// It does not say when it was made.
    NoTime,
    /// Another one of the same time has another result.
    Contradicted,
    /// It has this result.
    Result(String),
}

impl ToDiagnostic for VsaFailure {
    fn to_diagnostic(&self) -> Diagnostic {
        let cause = match &self.cause {
            NotPassed::Unreadable(cause) => format!("it cannot be read: {cause}"),
            NotPassed::NoTime => "it does not say when it was made (`timeVerified`)".to_owned(),
            NotPassed::Contradicted => "another one of the same time has another result".to_owned(),
            NotPassed::Result(result) => format!("its result is `{result}`"),
        };
        let what = format!("the verification summary does not count as passed: {cause}");
        let diagnostic =
            Diagnostic::new(Code::ATTEST_VSA, what).fact("attestation", self.attestation.short());
        self.verifier.iter().fold(diagnostic, |diagnostic, verifier| diagnostic.fact("verifier", verifier))
    }
}

/// What the verified summaries of the image, which the object `root` names, say, one entry for each verifier, in the order of their names. Only
/// those count whose signer answers the question.
pub fn verifier_results(platform: &PlatformEvidence, root: Digest) -> Vec<VerifierResult> {
    let mut by_verifier: BTreeMap<Option<String>, Vec<(Digest, &VerificationSummary)>> = BTreeMap::new();
    let mut unreadable = Vec::new();
    for (attestation, attested) in platform.verified(root) {
        let PredicateFacts::Vsa(parsed) = &attested.statement().predicate else { continue };
        if attested.statement().predicate_type != VSA_TYPE || attested.signature().role() != Role::Image {
            continue;
        }
        match parsed {
            Ok(summary) => {
                let said = by_verifier.entry(summary.verifier.clone()).or_default();
                said.push((attestation.digest, summary));
            }
            Err(cause) => unreadable.push(VerifierResult {
                verifier: None,
                time: None,
                result: String::new(),
                levels: Vec::new(),
                attestation: attestation.digest,
                rejection: Some(VsaFailure {
                    attestation: attestation.digest,
                    verifier: None,
                    cause: NotPassed::Unreadable(cause.clone()),
                }),
            }),
        }
    }
    let mut last: Vec<VerifierResult> = by_verifier.into_values().filter_map(|said| newest(&said)).collect();
    last.extend(unreadable);
    last
}

fn newest(said: &[(Digest, &VerificationSummary)]) -> Option<VerifierResult> {
    let undated = said.iter().find(|(_, summary)| summary.time.is_none());
    // What has no time may be the newest.
    let (attestation, summary) = match undated {
        Some(undated) => undated,
        None => said.iter().max_by_key(|(_, summary)| summary.time)?,
    };
    let twin = said.iter().find(|(_, other)| other.time == summary.time && other.result != summary.result);
    let cause = if undated.is_some() {
        Some(NotPassed::NoTime)
    } else if twin.is_some() {
        Some(NotPassed::Contradicted)
    } else if !summary.passed() {
        Some(NotPassed::Result(summary.result.clone()))
    } else {
        None
    };
    Some(VerifierResult {
        verifier: summary.verifier.clone(),
        time: summary.time.map(|time| time.to_string()),
        result: summary.result.clone(),
        levels: summary.levels.clone(),
        attestation: *attestation,
        rejection: cause.map(|cause| VsaFailure {
            attestation: *attestation,
            verifier: summary.verifier.clone(),
            cause,
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::base::tests::{platform, signed};

    fn vsa(verifier: &str, time: &str, result: &str) -> (&'static str, String) {
        let time = if time.is_empty() { String::new() } else { format!(r#""timeVerified":"{time}","#) };
        let predicate = format!(
            r#"{{"verifier":{{"id":"{verifier}"}},{time}"verificationResult":"{result}","verifiedLevels":["SLSA_BUILD_LEVEL_3"]}}"#
        );
        (VSA_TYPE, predicate)
    }

    /// Verifier and whether it passes.
    fn said(statements: &[(&'static str, String)]) -> Vec<(Option<String>, bool)> {
        let attestations = statements.iter().map(|(kind, predicate)| signed(kind, predicate, "dhi/python"));
        let said = verifier_results(&platform(attestations.collect()), Digest::of(b"index"));
        said.into_iter().map(|said| (said.verifier, said.rejection.is_none())).collect()
    }

    const OLD: &str = "2026-01-01T00:00:00Z";
    const NEW: &str = "2026-02-01T00:00:00Z";

    #[test]
    fn the_newest_of_one_verifier_counts() {
        let one = |passes| vec![(Some("https://v".to_owned()), passes)];
        let v = "https://v";
        assert_eq!(said(&[vsa(v, OLD, "PASSED")]), one(true));
        assert_eq!(said(&[vsa(v, OLD, "FAILED"), vsa(v, NEW, "PASSED")]), one(true));
        assert_eq!(said(&[vsa(v, NEW, "FAILED"), vsa(v, OLD, "PASSED")]), one(false));
        assert_eq!(said(&[vsa(v, NEW, "PASSED"), vsa(v, NEW, "PASSED")]), one(true));
        // Offsets are compared as times.
        assert_eq!(said(&[vsa(v, "2026-02-01T02:00:00+02:00", "FAILED"), vsa(v, NEW, "PASSED")]), one(false));
        for result in ["passed", "PASSED ", "", "SKIPPED"] {
            assert_eq!(said(&[vsa(v, NEW, result)]), one(false), "{result}");
        }
    }

    #[test]
    fn a_missing_time_and_a_contradiction_fail() {
        let one = |passes| vec![(Some("https://v".to_owned()), passes)];
        let v = "https://v";
        assert_eq!(said(&[vsa(v, "", "PASSED")]), one(false));
        assert_eq!(said(&[vsa(v, "yesterday", "PASSED")]), one(false));
        assert_eq!(said(&[vsa(v, "", "PASSED"), vsa(v, NEW, "PASSED")]), one(false));
        assert_eq!(said(&[vsa(v, NEW, "PASSED"), vsa(v, NEW, "FAILED")]), one(false));
    }

    #[test]
    fn verifiers_are_kept_apart_and_what_cannot_be_read_fails() {
        let found = said(&[vsa("https://b", NEW, "PASSED"), vsa("https://a", OLD, "FAILED")]);
        let names = |name: &str| Some(name.to_owned());
        assert_eq!(found, [(names("https://a"), false), (names("https://b"), true)]);
        assert_eq!(said(&[(VSA_TYPE, "{}".to_owned())]), [(None, false)]);
        assert_eq!(said(&[("https://spdx.dev/Document", "{}".to_owned())]), []);
    }
}
