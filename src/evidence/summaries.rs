//! Of several verification summaries by one verifier the newest counts, so that an old pass never answers for a
//! newer failure; what cannot be put in order is a failure.

use std::collections::BTreeMap;

use super::platform::PlatformEvidence;
use crate::attestation::{PredicateFacts, VSA, VerificationSummary};
use crate::diagnostic::{Code, Diagnostic};
use crate::oci::Digest;
use crate::trust::Role;

/// What one verifier said last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summarized {
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
    pub problem: Option<Diagnostic>,
}

/// What the verified summaries of the image say, one entry for each verifier, in the order of their names. Only
/// those count whose signer answers the question.
pub fn summaries(platform: &PlatformEvidence) -> Vec<Summarized> {
    let mut by_verifier: BTreeMap<Option<String>, Vec<(Digest, &VerificationSummary)>> = BTreeMap::new();
    let mut unreadable = Vec::new();
    for (attestation, attested) in platform.verified() {
        let PredicateFacts::Summary(parsed) = &attested.statement().predicate else { continue };
        if attested.statement().predicate_type != VSA || attested.signature().role != Role::Image {
            continue;
        }
        match parsed {
            Ok(summary) => {
                let said = by_verifier.entry(summary.verifier.clone()).or_default();
                said.push((attestation.digest, summary));
            }
            Err(cause) => unreadable.push(Summarized {
                verifier: None,
                time: None,
                result: String::new(),
                levels: Vec::new(),
                attestation: attestation.digest,
                problem: Some(problem(&format!("it cannot be read: {cause}"), attestation.digest)),
            }),
        }
    }
    let mut last: Vec<Summarized> = by_verifier.into_values().filter_map(|said| newest(&said)).collect();
    last.extend(unreadable);
    last
}

fn newest(said: &[(Digest, &VerificationSummary)]) -> Option<Summarized> {
    let undated = said.iter().find(|(_, summary)| summary.time.is_none());
    // What has no time may be the newest.
    let (attestation, summary) = match undated {
        Some(undated) => undated,
        None => said.iter().max_by_key(|(_, summary)| summary.time)?,
    };
    let twin = said.iter().find(|(_, other)| other.time == summary.time && other.result != summary.result);
    let cause = if undated.is_some() {
        Some("it does not say when it was made (`timeVerified`)".to_owned())
    } else if twin.is_some() {
        Some("another one of the same time has another result".to_owned())
    } else if !summary.passed() {
        Some(format!("its result is `{}`", summary.result))
    } else {
        None
    };
    Some(Summarized {
        verifier: summary.verifier.clone(),
        time: summary.time.map(|time| time.to_string()),
        result: summary.result.clone(),
        levels: summary.levels.clone(),
        attestation: *attestation,
        problem: cause.map(|cause| match &summary.verifier {
            Some(verifier) => problem(&cause, *attestation).fact("verifier", verifier),
            None => problem(&cause, *attestation),
        }),
    })
}

fn problem(cause: &str, attestation: Digest) -> Diagnostic {
    Diagnostic::new(Code::ATTEST_VSA, format!("the verification summary does not count as passed: {cause}"))
        .fact("attestation", attestation.short())
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
        (VSA, predicate)
    }

    /// Verifier and whether it passes.
    fn said(statements: &[(&'static str, String)]) -> Vec<(Option<String>, bool)> {
        let attestations = statements.iter().map(|(kind, predicate)| signed(kind, predicate, "dhi/python"));
        let said = summaries(&platform(attestations.collect()));
        said.into_iter().map(|said| (said.verifier, said.problem.is_none())).collect()
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
        assert_eq!(said(&[(VSA, "{}".to_owned())]), [(None, false)]);
        assert_eq!(said(&[("https://spdx.dev/Document", "{}".to_owned())]), []);
    }
}
