//! The results of verification summaries that are attached to an image as attestations.
//!
//! Of several summaries by one verifier the newest counts, so that an old pass cannot hide a newer failure. Summaries
//! that cannot be ordered in time are a failure.

use std::collections::BTreeMap;

use super::platform::PlatformEvidence;
use crate::attestation::{PredicateFacts, VSA_TYPE, VerificationSummary};
use crate::diagnostic::{Code, Diagnostic, ToDiagnostic};
use crate::oci::Digest;
use crate::trust::Role;

/// The newest result of one verifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierResult {
    /// `verifier.id`, if the summary has one.
    pub verifier: Option<String>,
    /// The time of the verification (RFC 3339).
    pub time: Option<String>,
    /// The result as written in the summary.
    pub result: String,
    /// The levels that were verified.
    pub levels: Vec<String>,
    /// Digest of the attestation.
    pub attestation: Digest,
    /// Why it is not a pass.
    pub rejection: Option<VsaFailure>,
}

/// Why a verification summary is not a pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VsaFailure {
    /// Digest of the attestation.
    pub attestation: Digest,
    /// `verifier.id`.
    pub verifier: Option<String>,
    /// What is wrong with it.
    pub cause: NotPassed,
}

/// The reason why a summary is not a pass.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotPassed {
    /// It cannot be read.
    Unreadable(String),
    /// It has no time.
    NoTime,
    /// Another summary of the same time has another result.
    Contradicted,
    /// It has this result.
    Result(String),
}

impl ToDiagnostic for VsaFailure {
    fn to_diagnostic(&self) -> Diagnostic {
        let cause = match &self.cause {
            NotPassed::Unreadable(cause) => format!("it cannot be read: {cause}"),
            NotPassed::NoTime => "it has no time (`timeVerified`)".to_owned(),
            NotPassed::Contradicted => "another summary of the same time has another result".to_owned(),
            NotPassed::Result(result) => format!("its result is `{result}`"),
        };
        let what = format!("the verification summary is not a pass: {cause}");
        let diagnostic =
            Diagnostic::new(Code::ATTEST_VSA, what).fact("attestation", self.attestation.short());
        self.verifier.iter().fold(diagnostic, |diagnostic, verifier| diagnostic.fact("verifier", verifier))
    }
}

/// The newest result of each verifier in the verified summaries of the image, in the order of the verifiers' names.
/// `root` is the object that names the image. Only summaries by signers that count are read.
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
                let results = by_verifier.entry(summary.verifier.clone()).or_default();
                results.push((attestation.digest, summary));
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
    let mut last: Vec<VerifierResult> =
        by_verifier.into_values().filter_map(|results| newest(&results)).collect();
    last.extend(unreadable);
    last
}

fn newest(results: &[(Digest, &VerificationSummary)]) -> Option<VerifierResult> {
    let undated = results.iter().find(|(_, summary)| summary.time.is_none());
    // A summary without a time may be the newest.
    let (attestation, summary) = match undated {
        Some(undated) => undated,
        None => results.iter().max_by_key(|(_, summary)| summary.time)?,
    };
    let twin = results.iter().find(|(_, other)| other.time == summary.time && other.result != summary.result);
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
    fn results(statements: &[(&'static str, String)]) -> Vec<(Option<String>, bool)> {
        let attestations = statements.iter().map(|(kind, predicate)| signed(kind, predicate, "dhi/python"));
        let results = verifier_results(&platform(attestations.collect()), Digest::of(b"index"));
        results.into_iter().map(|results| (results.verifier, results.rejection.is_none())).collect()
    }

    const OLD: &str = "2026-01-01T00:00:00Z";
    const NEW: &str = "2026-02-01T00:00:00Z";

    #[test]
    fn the_newest_summary_of_one_verifier_counts() {
        let one = |passes| vec![(Some("https://v".to_owned()), passes)];
        let v = "https://v";
        assert_eq!(results(&[vsa(v, OLD, "PASSED")]), one(true));
        assert_eq!(results(&[vsa(v, OLD, "FAILED"), vsa(v, NEW, "PASSED")]), one(true));
        assert_eq!(results(&[vsa(v, NEW, "FAILED"), vsa(v, OLD, "PASSED")]), one(false));
        assert_eq!(results(&[vsa(v, NEW, "PASSED"), vsa(v, NEW, "PASSED")]), one(true));
        // Offsets are compared as times.
        assert_eq!(
            results(&[vsa(v, "2026-02-01T02:00:00+02:00", "FAILED"), vsa(v, NEW, "PASSED")]),
            one(false)
        );
        for result in ["passed", "PASSED ", "", "SKIPPED"] {
            assert_eq!(results(&[vsa(v, NEW, result)]), one(false), "{result}");
        }
    }

    #[test]
    fn a_missing_time_and_a_contradiction_fail() {
        let one = |passes| vec![(Some("https://v".to_owned()), passes)];
        let v = "https://v";
        assert_eq!(results(&[vsa(v, "", "PASSED")]), one(false));
        assert_eq!(results(&[vsa(v, "yesterday", "PASSED")]), one(false));
        assert_eq!(results(&[vsa(v, "", "PASSED"), vsa(v, NEW, "PASSED")]), one(false));
        assert_eq!(results(&[vsa(v, NEW, "PASSED"), vsa(v, NEW, "FAILED")]), one(false));
    }

    #[test]
    fn verifiers_are_separate_and_unreadable_summaries_fail() {
        let found = results(&[vsa("https://b", NEW, "PASSED"), vsa("https://a", OLD, "FAILED")]);
        let names = |name: &str| Some(name.to_owned());
        assert_eq!(found, [(names("https://a"), false), (names("https://b"), true)]);
        assert_eq!(results(&[(VSA_TYPE, "{}".to_owned())]), [(None, false)]);
        assert_eq!(results(&[("https://spdx.dev/Document", "{}".to_owned())]), []);
    }
}
