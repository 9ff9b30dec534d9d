//! Facts as members of `input.dhi`: names in snake case, and members that are absent where a fact is.
//!
//! `null` and `""` are true in Rego, so a fact that is missing is never written as one of them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::evidence::Finding;
use crate::policy::facts::{
    AttestationFacts, AttestationStatus, BaseFacts, ImageFacts, ImageKind, RootSignatureFacts, SignerFacts,
    Standing,
};

/// `input.dhi`.
#[derive(Serialize)]
pub(super) struct DhiValue<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    reference: &'a str,
    kind: ImageKind,
    standing: Standing,
    root: RootValue<'a>,
    attestations: Vec<AttestationValue<'a>>,
    /// Why there may be attestations that were not found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unread: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<BaseValue<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<FindingsValue<'a>>,
}

#[derive(Serialize)]
struct RootValue<'a> {
    digest: String,
    signature: &'static str,
    signers: Vec<SignerValue<'a>>,
}

#[derive(Serialize)]
struct AttestationValue<'a> {
    digest: String,
    image: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    predicate_type: Option<&'a str>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    signers: Vec<SignerValue<'a>>,
}

#[derive(Serialize)]
struct SignerValue<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<&'a str>,
    is_dhi: bool,
    is_image_signer: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_name: Option<&'a str>,
    log: &'a str,
}

#[derive(Serialize)]
struct BaseValue<'a> {
    reference: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    digest: String,
    proof: &'a str,
    layers: usize,
    labels: &'a BTreeMap<String, String>,
    attestations: Vec<AttestationValue<'a>>,
}

#[derive(Serialize)]
struct FindingsValue<'a> {
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scanned_at: Option<String>,
    all: Vec<FindingValue<'a>>,
}

#[derive(Serialize)]
struct FindingValue<'a> {
    id: &'a str,
    aliases: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<&'a str>,
    severity: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cvss_score: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    published_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    known_exploited: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vex_status: Option<&'a str>,
    suppressed: bool,
}

impl<'a> DhiValue<'a> {
    pub(super) fn new(facts: &'a ImageFacts) -> Self {
        let findings = facts.findings.as_ref();
        Self {
            reference: &facts.reference,
            kind: facts.kind,
            standing: facts.standing,
            root: RootValue::new(facts),
            attestations: facts.attestations.iter().map(AttestationValue::new).collect(),
            unread: facts.unread.iter().map(|cause| cause.text.as_str()).collect(),
            base: facts.base.as_ref().map(BaseValue::new),
            findings: findings.map(|findings| FindingsValue {
                source: &findings.source,
                scanned_at: findings.scanned_at.map(|time| time.to_string()),
                all: findings.all.iter().map(FindingValue::new).collect(),
            }),
        }
    }
}

impl<'a> RootValue<'a> {
    fn new(facts: &'a ImageFacts) -> Self {
        let (signature, signers): (_, &[SignerFacts]) = match &facts.root.signature {
            RootSignatureFacts::Signed(signers) => ("good", signers),
            RootSignatureFacts::Absent => ("absent", &[]),
            RootSignatureFacts::Unknown(_) => ("unknown", &[]),
            RootSignatureFacts::Failed(_) => ("failed", &[]),
        };
        let signers = signers.iter().map(SignerValue::new).collect();
        Self { digest: facts.root.digest.to_string(), signature, signers }
    }
}

impl<'a> AttestationValue<'a> {
    fn new(facts: &'a AttestationFacts) -> Self {
        let (status, cause) = match &facts.status {
            AttestationStatus::Verified => ("verified", None),
            AttestationStatus::Failed(cause) => ("failed", Some(cause.as_str())),
            AttestationStatus::NotJudged(cause) => ("not-judged", Some(cause.as_str())),
        };
        Self {
            digest: facts.digest.to_string(),
            image: &facts.image,
            predicate_type: facts.predicate_type.as_deref(),
            status,
            cause,
            signers: facts.signers.iter().map(SignerValue::new).collect(),
        }
    }
}

impl<'a> SignerValue<'a> {
    fn new(facts: &'a SignerFacts) -> Self {
        Self {
            name: &facts.name,
            key_id: facts.key_id.as_deref(),
            is_dhi: facts.is_dhi,
            is_image_signer: facts.is_image_signer,
            signed_name: facts.signed_name.as_deref(),
            log: &facts.log,
        }
    }
}

impl<'a> BaseValue<'a> {
    fn new(facts: &'a BaseFacts) -> Self {
        Self {
            reference: &facts.reference,
            name: facts.name.as_deref(),
            digest: facts.digest.to_string(),
            proof: &facts.proof,
            layers: facts.layers,
            labels: &facts.labels,
            attestations: facts.attestations.iter().map(AttestationValue::new).collect(),
        }
    }
}

impl<'a> FindingValue<'a> {
    fn new(finding: &'a Finding) -> Self {
        Self {
            id: &finding.id,
            aliases: &finding.aliases,
            purl: finding.purl.as_deref(),
            severity: &finding.severity,
            fixed_by: finding.fixed_by.as_deref().filter(|version| !version.is_empty()),
            cvss_score: score(finding),
            published_at: finding.published_at.map(|time| time.to_string()),
            known_exploited: finding.known_exploited,
            vex_status: finding.vex_status.as_deref(),
            suppressed: finding.suppressed,
        }
    }
}

/// The score as a number with the digits of the report. A text that is not a JSON number is none.
pub(super) fn score(finding: &Finding) -> Option<&RawValue> {
    let text = finding.cvss_score.as_deref()?;
    serde_json::from_str::<serde_json::Number>(text).ok()?;
    serde_json::from_str(text).ok()
}
