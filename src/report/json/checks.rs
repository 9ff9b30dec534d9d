//! One check in a JSON document, with the object that it is about and the exception that excuses it.

use serde::Serialize;

use super::proofs::DiagnosticJson;
use crate::evidence::{Check, CheckSubject, Evidence, Excused, PlatformKey};
use crate::report::HintTexts;

#[derive(Serialize)]
pub(super) struct CheckJson<'a> {
    id: &'static str,
    subject: SubjectJson,
    outcome: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<DiagnosticJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    excused: Option<ExcusedJson<'a>>,
}

impl<'a> CheckJson<'a> {
    /// `evidence` is what was judged; `None` if a verification summary was accepted.
    pub(super) fn new(check: &'a Check, evidence: Option<&Evidence>, texts: &dyn HintTexts) -> Self {
        Self {
            id: check.kind.as_str(),
            subject: SubjectJson::new(&check.subject, evidence),
            outcome: check.outcome().as_str(),
            message: &check.message,
            failure: check.diagnostic.as_ref().map(|diagnostic| DiagnosticJson::new(diagnostic, texts)),
            excused: check.excused.as_ref().map(ExcusedJson::new),
        }
    }
}

/// The object that a check is about. `image` is the digest of the image manifest that it belongs to.
#[derive(Default, Serialize)]
struct SubjectJson {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
}

impl SubjectJson {
    fn new(subject: &CheckSubject, evidence: Option<&Evidence>) -> Self {
        let kind = |kind| Self { kind, ..Self::default() };
        let of_image = |kind, key: &PlatformKey| Self {
            kind,
            platform: platform_name(evidence, key),
            image: Some(key.digest.to_string()),
            ..Self::default()
        };
        match subject {
            CheckSubject::Root => kind("root"),
            CheckSubject::Platform(key) => of_image("image", key),
            CheckSubject::Attestation { platform, attestation } => {
                Self { digest: Some(attestation.to_string()), ..of_image("attestation", platform) }
            }
            CheckSubject::Search(key) => of_image("search", key),
            CheckSubject::Referrer { platform, referrer } => {
                Self { digest: Some(referrer.to_string()), ..of_image("referrer", platform) }
            }
            CheckSubject::IndexAttestation(digest) => {
                Self { digest: Some(digest.to_string()), ..kind("index-attestation") }
            }
            CheckSubject::IndexSearch => kind("index-search"),
            CheckSubject::IndexReferrer(digest) => {
                Self { digest: Some(digest.to_string()), ..kind("index-referrer") }
            }
            CheckSubject::Policy { platform, policy } => {
                Self { policy: Some(policy.clone()), ..of_image("policy", platform) }
            }
            CheckSubject::RequestedPlatform(platform) => {
                Self { platform: Some(platform.to_string()), ..kind("requested-platform") }
            }
            CheckSubject::Entry(digest) => {
                let passed_over = evidence.into_iter().flat_map(|evidence| &evidence.passed_over);
                let mut entries = passed_over.filter(|entry| entry.digest == *digest);
                let platform = entries.next().map(|entry| entry.platform.to_string());
                Self { platform, digest: Some(digest.to_string()), ..kind("entry") }
            }
            CheckSubject::OfSummary => kind("summary"),
            CheckSubject::PolicyOfSummary { policy } => {
                Self { policy: Some(policy.clone()), ..kind("summary") }
            }
        }
    }
}

/// The platform of an image of the evidence, if it has one.
fn platform_name(evidence: Option<&Evidence>, key: &PlatformKey) -> Option<String> {
    evidence?.platforms.get(key.position)?.named_platform().map(ToString::to_string)
}

/// The reason why a failure of the policy does not count.
#[derive(Serialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
enum ExcusedJson<'a> {
    Exception { reason: &'a str, expires: String },
    NotEnforced { from: String },
}

impl<'a> ExcusedJson<'a> {
    fn new(excused: &'a Excused) -> Self {
        match excused {
            Excused::Exception { reason, expires } => {
                Self::Exception { reason, expires: expires.to_string() }
            }
            Excused::NotEnforced { from } => Self::NotEnforced { from: from.to_string() },
        }
    }
}
