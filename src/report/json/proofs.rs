//! The members that all JSON documents share: signatures and diagnostics.

use serde::Serialize;

use crate::diagnostic::{Diagnostic, ToDiagnostic};
use crate::report::HintTexts;
use crate::trust::{LogProof, Quorum, SignatureFacts, SignedName, Signer};

/// A signer: a key or the identity of a certificate.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct SignerJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<CertificateJson<'a>>,
}

impl<'a> SignerJson<'a> {
    pub(in crate::report) fn new(signer: &'a Signer) -> Self {
        let certificate = signer.issuer().map(|issuer| CertificateJson { identity: signer.name(), issuer });
        Self {
            key: certificate.is_none().then_some(signer.name()),
            key_id: signer.key_id().map(|id| id.to_string()),
            certificate,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::report) struct SignatureJson<'a> {
    #[serde(flatten)]
    signer: SignerJson<'a>,
    algorithm: &'static str,
    role: &'static str,
    form: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_name: Option<&'a str>,
    log: LogJson<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    times: Vec<TimeJson>,
}

impl<'a> SignatureJson<'a> {
    pub(in crate::report) fn new(facts: &'a SignatureFacts) -> Self {
        Self {
            signer: SignerJson::new(facts.signer()),
            algorithm: facts.algorithm(),
            role: facts.role().as_str(),
            form: facts.format().as_str(),
            signed_name: facts.signed_name().map(SignedName::as_str),
            log: LogJson::new(facts.log()),
            times: facts
                .times()
                .iter()
                .map(|proven| TimeJson { time: proven.time().to_string(), by: proven.source().as_str() })
                .collect(),
        }
    }
}

/// The signatures after the first.
pub(in crate::report) fn more(signatures: &Quorum) -> Vec<SignatureJson<'_>> {
    signatures.iter().skip(1).map(SignatureJson::new).collect()
}

#[derive(Serialize)]
pub(super) struct CertificateJson<'a> {
    pub(super) identity: &'a str,
    pub(super) issuer: &'a str,
}

#[derive(Serialize)]
struct TimeJson {
    time: String,
    by: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogJson<'a> {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    present: Option<bool>,
}

impl<'a> LogJson<'a> {
    fn new(log: &'a LogProof) -> Self {
        Self {
            state: log.as_str(),
            url: log.log(),
            index: log.index(),
            time: log.time().map(|time| time.to_string()),
            reason: log.cause(),
            present: log.skipped(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DiagnosticJson {
    code: &'static str,
    exit_code: u8,
    message: String,
    facts: Vec<DiagnosticFactJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

#[derive(Serialize)]
struct DiagnosticFactJson {
    name: String,
    value: String,
}

impl DiagnosticJson {
    pub(crate) fn new(diagnostic: &Diagnostic, texts: &dyn HintTexts) -> Self {
        let facts = diagnostic.facts.iter().cloned().map(|(name, value)| DiagnosticFactJson { name, value });
        Self {
            code: diagnostic.code.as_str(),
            exit_code: diagnostic.exit().code(),
            message: diagnostic.message.clone(),
            facts: facts.collect(),
            hint: texts.hint(diagnostic),
        }
    }

    /// Converts a failure.
    pub(in crate::report) fn of(failure: &impl ToDiagnostic, texts: &dyn HintTexts) -> Self {
        Self::new(&failure.to_diagnostic(), texts)
    }
}
