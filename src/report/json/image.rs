//! The result for one reference in a JSON document.

use std::collections::BTreeMap;

use serde::Serialize;

use super::attestations::{AboutIndexJson, AttestationJson, ListedJson};
use super::base::AnswerJson;
use super::checks::CheckJson;
use super::proofs::{DiagnosticJson, SignatureJson, more};
use super::run::ExcusesJson;
use crate::evidence::{
    AcceptedVsa, BaseProof, BuildRecord, Claim, EntryReason, Evidence, Kind, PlatformBase, PlatformEvidence,
    PlatformKey, PolicyInput, RootSignatureStatus, Verdict, VerdictSource,
};
use crate::oci::Repository;
use crate::policy::facts::ImageFacts;
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
    message: &'a str,
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
                message: &verification.proven,
                log_policy: &verification.log_policy,
            },
            checks: verdict.checks.iter().map(|check| CheckJson::new(check, None, texts)).collect(),
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
                (None, Some(Found::new(evidence, image.base.as_ref(), verdict, texts)), None)
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
    fn new(
        evidence: &'a Evidence,
        base: Option<&'a BaseProof>,
        verdict: &'a Verdict,
        texts: &dyn HintTexts,
    ) -> Self {
        let (kind, names): (_, Vec<&SignedName>) = match &verdict.claim {
            Claim::HardenedImage(name) => ("docker-hardened-image", vec![name]),
            Claim::Customization(name) => ("customized-docker-hardened-image", vec![name]),
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
                .images()
                .map(|(key, platform)| {
                    let facts = recorded(evidence, key, base);
                    let base = base.and_then(|base| base.platforms.iter().find(|one| one.key == key));
                    PlatformJson::new(platform, base, facts, evidence, texts)
                })
                .collect(),
            set_aside: evidence
                .set_aside
                .iter()
                .map(|entry| SetAsideJson {
                    digest: entry.digest.to_string(),
                    reason: EntryReason::BuildRecord.id(),
                })
                .collect(),
            checks: verdict.checks.iter().map(|check| CheckJson::new(check, Some(evidence), texts)).collect(),
        }
    }
}

/// The facts that policies read, if the documents were kept for them.
fn recorded(evidence: &Evidence, key: PlatformKey, base: Option<&BaseProof>) -> Option<ImageFacts> {
    evidence.root.document.as_ref()?;
    let needed = PolicyInput { base, ..PolicyInput::default() };
    ImageFacts::of(evidence, key, &needed).map(ImageFacts::compact)
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
    failure: Option<DiagnosticJson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    other_failures: Vec<DiagnosticJson>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<&'a str, &'a str>,
}

impl<'a> RootSignatureJson<'a> {
    fn new(evidence: &'a Evidence, texts: &dyn HintTexts) -> Self {
        let signed = evidence.root_signature_status();
        let (outcome, signature, failure) = match &signed {
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
        let good = match &signed {
            RootSignatureStatus::SignedBy(signatures) => Some(*signatures),
            _ => None,
        };
        let required = evidence.root_signature_rule.annotations.keys();
        let annotation = |name: &'a String| Some((name.as_str(), good?.first().annotation(name)?));
        let other_failures = evidence.root_signature.other_failures.iter();
        Self {
            outcome,
            found_in: evidence.root_signature.found_in.to_string(),
            signature,
            more_signatures: good.map(more).unwrap_or_default(),
            failure,
            other_failures: other_failures.map(|failure| DiagnosticJson::of(failure, texts)).collect(),
            annotations: required.filter_map(annotation).collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlatformJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<String>,
    digest: String,
    size: u64,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<&'a BTreeMap<String, String>>,
    searched: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<AnswerJson<'a>>,
    attestations: Vec<AttestationJson<'a>>,
    not_judged: Vec<ListedJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    build_records: Vec<BuildRecordJson<'a>>,
    failures: Vec<DiagnosticJson>,
    not_checked: Vec<DiagnosticJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<ImageFacts>,
}

impl<'a> PlatformJson<'a> {
    fn new(
        platform: &'a PlatformEvidence,
        base: Option<&'a PlatformBase>,
        facts: Option<ImageFacts>,
        evidence: &'a Evidence,
        texts: &dyn HintTexts,
    ) -> Self {
        Self {
            platform: platform.named_platform().map(ToString::to_string),
            digest: platform.digest.to_string(),
            size: platform.size,
            kind: match platform.kind {
                Kind::Image => "image",
                Kind::Chart => "chart",
                Kind::Other => "other",
            },
            user: platform.config.as_ref().and_then(|config| config.user.as_deref()),
            labels: platform.config.as_ref().map(|config| &config.labels),
            searched: platform.searched.iter().map(Repository::to_string).collect(),
            age_seconds: platform.age.map(|age| age.as_secs()),
            base: base.map(|base| AnswerJson::new(base, texts)),
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
            facts,
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
