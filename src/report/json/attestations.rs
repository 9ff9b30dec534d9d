//! Attestations in the JSON document of `dhi verify`: those of an image, and those about the index.

use std::borrow::Cow;

use serde::Serialize;

use super::proofs::{CertificateJson, DiagnosticJson, SignatureJson, more};
use crate::evidence::{
    AttestationEvidence, Attested, Evidence, Failure, IndexEvidence, ListedReason, ListedReferrer,
};
use crate::report::HintTexts;

/// The attestations about the index.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AboutIndexJson<'a> {
    attestations: Vec<AttestationJson<'a>>,
    not_judged: Vec<ListedJson<'a>>,
    not_checked: Vec<DiagnosticJson>,
}

impl<'a> AboutIndexJson<'a> {
    /// `None` if the index has no attestations and no failures.
    pub(super) fn new(evidence: &'a Evidence, texts: &dyn HintTexts) -> Option<Self> {
        let IndexEvidence { listed, .. } = &evidence.about_index;
        let judged = evidence.about_index.judged(evidence.root.digest);
        let about = Self {
            attestations: judged
                .map(|(attestation, outcome)| AttestationJson::new(attestation, outcome, texts))
                .collect(),
            not_judged: listed.iter().map(ListedJson::new).collect(),
            not_checked: evidence
                .about_index
                .unread_sources()
                .map(|failure| DiagnosticJson::of(failure, texts))
                .collect(),
        };
        let is_empty =
            about.attestations.is_empty() && about.not_judged.is_empty() && about.not_checked.is_empty();
        (!is_empty).then_some(about)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AttestationJson<'a> {
    digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    predicate_type: Option<&'a str>,
    form: &'static str,
    found_in: String,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<SignatureJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    more_signatures: Vec<SignatureJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<StatementJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<DiagnosticJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StatementJson<'a> {
    #[serde(rename = "type")]
    statement_type: &'a str,
    size: u64,
    subjects: Vec<String>,
}

impl<'a> AttestationJson<'a> {
    pub(super) fn new(
        attestation: &'a AttestationEvidence,
        outcome: Result<&'a Attested, Cow<'a, Failure>>,
        texts: &dyn HintTexts,
    ) -> Self {
        let (attested, failure) = match outcome {
            Ok(attested) => (Some(attested), None),
            Err(failure) => (None, Some(failure)),
        };
        Self {
            digest: attestation.digest.to_string(),
            predicate_type: attestation.predicate_type.as_deref(),
            form: attestation.form.as_str(),
            found_in: attestation.found_in.to_string(),
            outcome: if attested.is_some() { "verified" } else { "failed" },
            signature: attested.map(|attested| SignatureJson::new(attested.signature())),
            more_signatures: attested.map(|attested| more(attested.signatures())).unwrap_or_default(),
            statement: attested.map(|attested| StatementJson {
                statement_type: &attested.statement().statement_type,
                size: attested.size(),
                subjects: attested.statement().subject_digests(),
            }),
            failure: failure.map(|failure| DiagnosticJson::of(failure.as_ref(), texts)),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListedJson<'a> {
    digest: String,
    artifact_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    predicate_type: Option<&'a str>,
    #[serde(flatten)]
    reason: ListedReasonJson<'a>,
}

impl<'a> ListedJson<'a> {
    pub(super) fn new(listed: &'a ListedReferrer) -> Self {
        Self {
            digest: listed.digest.to_string(),
            artifact_type: &listed.artifact_type,
            predicate_type: listed.predicate_type.as_deref(),
            reason: ListedReasonJson::new(&listed.reason),
        }
    }
}

/// Why a referrer is not judged: `reason` for programs, `message` for people, and the identity that its certificate
/// claims.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct ListedReasonJson<'a> {
    reason: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    claimed: Option<CertificateJson<'a>>,
}

impl<'a> ListedReasonJson<'a> {
    pub(in crate::report) fn new(reason: &'a ListedReason) -> Self {
        let claimed = match reason {
            ListedReason::OtherIdentity { identity, issuer } => Some(CertificateJson { identity, issuer }),
            _ => None,
        };
        Self { claimed, ..Self::of(reason.id(), reason.to_string()) }
    }

    /// A reason without a claimed identity.
    pub(in crate::report) fn of(reason: &'static str, message: String) -> Self {
        Self { reason, message, claimed: None }
    }
}
