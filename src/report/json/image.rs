//! The result for one reference in a JSON document.

use serde::Serialize;

use super::attestations::{AboutIndexJson, AttestationJson, ListedJson};
use super::checks::CheckJson;
use super::proofs::{DiagnosticJson, SignatureJson, more};
use super::run::ExcusesJson;
use crate::evidence::{
    AcceptedVsa, BuildRecord, Claim, EntryReason, Evidence, Kind, PlatformEvidence, RootSignatureStatus,
    Verdict, VerdictSource,
};
use crate::oci::Repository;
use crate::report::local_image::LocalImageJson;
use crate::report::{HintTexts, Image};
use crate::trust::SignedName;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImageResult<'a> {
    reference: String,
    verdict: &'static str,
    exit_code: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    excused: Option<ExcusesJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<DiagnosticJson>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    found: Option<Found<'a>>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    summarized: Option<Summarized<'a>>,
}

/// The result of a summary as a word.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summarized<'a> {
    digest: String,
    media_type: &'a str,
    size: u64,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_seconds: Option<u64>,
    summary: SummaryJson<'a>,
    checks: Vec<CheckJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SummaryJson<'a> {
    attestation: String,
    verifier: &'a str,
    time_verified: String,
    policy_digest: String,
    proven: &'a str,
    log_policy: &'a str,
}

impl<'a> Summarized<'a> {
    fn new(accepted: &'a AcceptedVsa, verdict: &'a Verdict, texts: &dyn HintTexts) -> Self {
        let AcceptedVsa { root, verification, .. } = accepted;
        Self {
            digest: root.digest.to_string(),
            media_type: &root.media_type,
            size: root.size,
            kind: "verified-before",
            age_seconds: root.age.map(|age| age.as_secs()),
            summary: SummaryJson {
                attestation: accepted.attestation.to_string(),
                verifier: &accepted.verifier,
                time_verified: accepted.time.to_string(),
                policy_digest: accepted.policy.to_string(),
                proven: &verification.proven,
                log_policy: &verification.log_policy,
            },
            checks: verdict.checks.iter().map(|check| CheckJson::new(check, texts)).collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found<'a> {
    digest: String,
    media_type: &'a str,
    size: u64,
    kind: &'static str,
    signed_names: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    local_image: Option<LocalImageJson<'a>>,
    root_signature: RootSignatureJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    about_index: Option<AboutIndexJson<'a>>,
    platforms: Vec<PlatformJson<'a>>,
    set_aside: Vec<SetAsideJson>,
    checks: Vec<CheckJson<'a>>,
}

impl<'a> ImageResult<'a> {
    pub(crate) fn new(image: &'a Image, texts: &dyn HintTexts) -> Self {
        let (error, found, summarized) = match &image.result {
            Ok((VerdictSource::Evidence(evidence), verdict)) => {
                (None, Some(Found::new(evidence, verdict, texts)), None)
            }
            Ok((VerdictSource::Summary(accepted), verdict)) => {
                (None, None, Some(Summarized::new(accepted, verdict, texts)))
            }
            Err(diagnostic) => (Some(DiagnosticJson::new(diagnostic, texts)), None, None),
        };
        let conclusion = image.conclusion();
        Self {
            reference: image.reference.to_string(),
            verdict: conclusion.kind().id(),
            exit_code: image.exit().code(),
            excused: ExcusesJson::of(&conclusion),
            error,
            found,
            summarized,
        }
    }
}

impl<'a> Found<'a> {
    fn new(evidence: &'a Evidence, verdict: &'a Verdict, texts: &dyn HintTexts) -> Self {
        let (kind, names): (_, Vec<&SignedName>) = match &verdict.claim {
            Claim::HardenedImage(name) => ("docker-hardened-image", vec![name]),
            Claim::Customization(name) => ("customised-docker-hardened-image", vec![name]),
            Claim::Built(_) => ("built-on-docker-hardened-image", Vec::new()),
            Claim::Signed { names, .. } => ("signed", names.iter().collect()),
            Claim::NotProven(names) => ("not-proven", names.iter().collect()),
            Claim::Summarized { .. } => ("verified-before", Vec::new()),
        };
        Self {
            digest: evidence.root.digest.to_string(),
            media_type: &evidence.root.media_type,
            size: evidence.root.size,
            kind,
            signed_names: names.into_iter().map(SignedName::as_str).collect(),
            age_seconds: evidence.root.age.map(|age| age.as_secs()),
            local_image: LocalImageJson::of(evidence),
            root_signature: RootSignatureJson::new(evidence, texts),
            about_index: AboutIndexJson::new(evidence, texts),
            platforms: evidence
                .platforms
                .iter()
                .map(|platform| PlatformJson::new(platform, evidence, texts))
                .collect(),
            set_aside: evidence
                .set_aside
                .iter()
                .map(|entry| SetAsideJson {
                    digest: entry.digest.to_string(),
                    reason: EntryReason::BuildRecord.as_str(),
                })
                .collect(),
            checks: verdict.checks.iter().map(|check| CheckJson::new(check, texts)).collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RootSignatureJson<'a> {
    outcome: &'static str,
    found_in: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<SignatureJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    more_signatures: Vec<SignatureJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(rename = "problem")]
    diagnostic: Option<DiagnosticJson>,
}

impl<'a> RootSignatureJson<'a> {
    fn new(evidence: &'a Evidence, texts: &dyn HintTexts) -> Self {
        let signed = evidence.root_signature_status();
        let (outcome, signature, diagnostic) = match &signed {
            RootSignatureStatus::SignedBy(signatures) => {
                ("good", Some(SignatureJson::new(signatures.first())), None)
            }
            RootSignatureStatus::Absent => ("absent", None, None),
            RootSignatureStatus::Unknown(failure) => {
                ("unknown", None, Some(DiagnosticJson::of(*failure, texts)))
            }
            RootSignatureStatus::ListUnknown(unknown) => {
                ("unknown", None, Some(DiagnosticJson::of(&unknown.failure, texts)))
            }
            RootSignatureStatus::Failed(failure) => {
                ("failed", None, Some(DiagnosticJson::of(failure.as_ref(), texts)))
            }
        };
        let more_signatures = match &signed {
            RootSignatureStatus::SignedBy(signatures) => more(signatures),
            _ => Vec::new(),
        };
        let found_in = evidence.root_signature.found_in.to_string();
        Self { outcome, found_in, signature, more_signatures, diagnostic }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlatformJson<'a> {
    platform: String,
    digest: String,
    size: u64,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    searched: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_seconds: Option<u64>,
    attestations: Vec<AttestationJson<'a>>,
    not_judged: Vec<ListedJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    build_records: Vec<BuildRecordJson<'a>>,
    #[serde(rename = "problems")]
    failures: Vec<DiagnosticJson>,
    not_checked: Vec<DiagnosticJson>,
}

impl<'a> PlatformJson<'a> {
    fn new(platform: &'a PlatformEvidence, evidence: &'a Evidence, texts: &dyn HintTexts) -> Self {
        Self {
            platform: platform.label(),
            digest: platform.digest.to_string(),
            size: platform.size,
            kind: match platform.kind {
                Kind::Image => "image",
                Kind::Chart => "chart",
                Kind::Other => "other",
            },
            user: platform.config.as_ref().and_then(|config| config.user.as_deref()),
            searched: platform.searched.iter().map(Repository::to_string).collect(),
            age_seconds: platform.age.map(|age| age.as_secs()),
            attestations: platform
                .judged(evidence.root.digest)
                .map(|(attestation, outcome)| AttestationJson::new(attestation, outcome, texts))
                .collect(),
            not_judged: platform.listed.iter().map(ListedJson::new).collect(),
            build_records: evidence.build_records(platform).into_iter().map(BuildRecordJson::new).collect(),
            failures: platform.failures.iter().map(|failure| DiagnosticJson::of(failure, texts)).collect(),
            not_checked: platform
                .unread_sources()
                .map(|failure| DiagnosticJson::of(failure, texts))
                .collect(),
        }
    }
}

/// An unsigned build record.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BuildRecordJson<'a> {
    digest: String,
    found_in: String,
    signed: bool,
    statements: Vec<BuildStatementJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BuildStatementJson<'a> {
    digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    predicate_type: Option<&'a str>,
    size: u64,
}

impl<'a> BuildRecordJson<'a> {
    fn new(record: &'a BuildRecord) -> Self {
        Self {
            digest: record.digest.to_string(),
            found_in: record.found_in.to_string(),
            signed: false,
            statements: record
                .statements()
                .map(|statement| BuildStatementJson {
                    digest: statement.layer.digest.to_string(),
                    predicate_type: statement.predicate_type(),
                    size: statement.layer.size,
                })
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct SetAsideJson {
    digest: String,
    reason: &'static str,
}

/// An index entry that was not judged.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct NotJudgedJson {
    digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<String>,
    reason: &'static str,
}

pub(in crate::report) fn not_judged_json(evidence: &Evidence) -> Vec<NotJudgedJson> {
    let set_aside = evidence.set_aside.iter().map(|entry| NotJudgedJson {
        digest: entry.digest.to_string(),
        platform: None,
        reason: EntryReason::BuildRecord.as_str(),
    });
    let passed_over = evidence.passed_over.iter().map(|entry| NotJudgedJson {
        digest: entry.digest.to_string(),
        platform: Some(entry.platform.to_string()),
        reason: EntryReason::OtherPlatform.as_str(),
    });
    set_aside.chain(passed_over).collect()
}
