//! The JSON document of `dhi base`, with the schema `docs/schemas/base-2.json`, and the answer for one platform, which
//! is also part of the document of `dhi verify`.

use std::collections::BTreeSet;

use serde::Serialize;

use super::entries::{NotJudgedJson, not_judged_json};
use super::proofs::{DiagnosticJson, SignatureJson, SignerJson};
use super::text::text;
use crate::evidence::{
    Base, BaseAnswer, BaseProof, Candidate, CandidateOrigin, CandidateOutcome, Conclusion, Evidence,
    Hardened, PlatformBase, PlatformEvidence, VerifiedAttestation, VerifierResult,
};
use crate::report::HintTexts;
use crate::report::local_image::LocalImageJson;
use crate::trust::SignedName;

/// Version of the schema.
const SCHEMA_VERSION: u32 = 2;

/// The JSON document, which ends with a line feed.
pub fn base_json(evidence: &Evidence, proof: &BaseProof, texts: &dyn HintTexts) -> String {
    text(&Document {
        schema_version: SCHEMA_VERSION,
        reference: evidence.asked().to_string(),
        digest: evidence.root.digest.to_string(),
        local_image: LocalImageJson::of(evidence),
        answer: proof.answer(),
        verdict: Conclusion::of(proof.exit()).kind().id(),
        exit_code: proof.exit().code(),
        platforms: proof
            .platforms
            .iter()
            .map(|platform| PlatformJson::new(platform, evidence, texts))
            .collect(),
        failures: proof.failures.iter().map(|diagnostic| DiagnosticJson::of(diagnostic, texts)).collect(),
        registries: &proof.registries,
        not_judged: not_judged_json(evidence),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    reference: String,
    digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    local_image: Option<LocalImageJson<'a>>,
    answer: &'static str,
    verdict: &'static str,
    exit_code: u8,
    platforms: Vec<PlatformJson<'a>>,
    failures: Vec<DiagnosticJson>,
    registries: &'a [String],
    not_judged: Vec<NotJudgedJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlatformJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<String>,
    digest: String,
    #[serde(flatten)]
    answer: AnswerJson<'a>,
}

/// The answer for one platform.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AnswerJson<'a> {
    answer: &'static str,
    exit_code: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    hardened: Option<HardenedJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<BaseJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<DiagnosticJson>,
    candidates: Vec<CandidateJson<'a>>,
    verification_summaries: Vec<SummaryJson<'a>>,
}

impl<'a> PlatformJson<'a> {
    fn new(platform: &'a PlatformBase, evidence: &Evidence, texts: &dyn HintTexts) -> Self {
        let image = evidence.platforms.get(platform.key.position);
        Self {
            platform: image.and_then(PlatformEvidence::named_platform).map(ToString::to_string),
            digest: platform.key.digest.to_string(),
            answer: AnswerJson::new(platform, texts),
        }
    }
}

impl<'a> AnswerJson<'a> {
    pub(super) fn new(platform: &'a PlatformBase, texts: &dyn HintTexts) -> Self {
        let (hardened, base) = match &platform.answer {
            BaseAnswer::Dhi(hardened) => (Some(HardenedJson::new(hardened)), None),
            BaseAnswer::DhiBased(base) => (None, Some(BaseJson::new(base))),
            _ => (None, None),
        };
        Self {
            answer: platform.answer.as_str(),
            exit_code: platform.answer.exit().code(),
            hardened,
            base,
            failure: platform.answer.diagnostic().map(|diagnostic| DiagnosticJson::new(&diagnostic, texts)),
            candidates: platform
                .candidates
                .iter()
                .map(|candidate| CandidateJson::new(candidate, texts))
                .collect(),
            verification_summaries: platform.summaries.iter().map(SummaryJson::new).collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HardenedJson<'a> {
    by_docker: bool,
    signers: Vec<SignerJson<'a>>,
    signed_names: Vec<&'a str>,
    attestations: Vec<AttestationJson<'a>>,
}

impl<'a> HardenedJson<'a> {
    fn new(hardened: &'a Hardened) -> Self {
        Self {
            by_docker: hardened.by_docker,
            signers: signers(hardened),
            signed_names: hardened.names.iter().map(SignedName::as_str).collect(),
            attestations: hardened.attestations.iter().map(AttestationJson::new).collect(),
        }
    }
}

/// The signers of the attestations, each once.
fn signers(hardened: &Hardened) -> Vec<SignerJson<'_>> {
    let mut seen = BTreeSet::new();
    let signers = hardened.attestations.iter().map(|attestation| attestation.signature.signer());
    signers.filter(|signer| seen.insert(signer.id())).map(SignerJson::new).collect()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AttestationJson<'a> {
    digest: String,
    predicate_type: &'a str,
    form: &'static str,
    found_in: String,
    signature: SignatureJson<'a>,
}

impl<'a> AttestationJson<'a> {
    fn new(attestation: &'a VerifiedAttestation) -> Self {
        Self {
            digest: attestation.attestation.to_string(),
            predicate_type: &attestation.predicate_type,
            form: attestation.form.as_str(),
            found_in: attestation.found_in.to_string(),
            signature: SignatureJson::new(&attestation.signature),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BaseJson<'a> {
    reference: String,
    digest: String,
    manifest: String,
    platform: String,
    layers: usize,
    layers_of_image: usize,
    chain_id: String,
    last_layer: String,
    last_diff_id: String,
    proof: &'static str,
    #[serde(flatten)]
    hardened: HardenedJson<'a>,
}

impl<'a> BaseJson<'a> {
    fn new(base: &'a Base) -> Self {
        Self {
            reference: base.reference.to_string(),
            digest: base.digest.to_string(),
            manifest: base.manifest.to_string(),
            platform: base.platform.to_string(),
            layers: base.boundary.layers,
            layers_of_image: base.child_layers,
            chain_id: base.boundary.chain_id.to_string(),
            last_layer: base.boundary.last_layer.to_string(),
            last_diff_id: base.boundary.last_diff_id.to_string(),
            proof: base.proof.as_str(),
            hardened: HardenedJson::new(&base.hardened),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CandidateJson<'a> {
    named: &'a str,
    named_by: Vec<&'static str>,
    origins: Vec<OriginJson>,
    depth: usize,
    result: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    layers: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<DiagnosticJson>,
}

impl<'a> CandidateJson<'a> {
    fn new(candidate: &'a Candidate, texts: &dyn HintTexts) -> Self {
        let proved = match &candidate.outcome {
            CandidateOutcome::Proved(base) => Some(base),
            _ => None,
        };
        Self {
            named: &candidate.named,
            named_by: candidate.origins.iter().map(CandidateOrigin::as_str).collect(),
            origins: candidate.origins.iter().map(OriginJson::new).collect(),
            depth: candidate.depth,
            result: candidate.outcome.as_str(),
            message: candidate.outcome.to_string(),
            layers: proved.map(|base| base.boundary.layers),
            proof: proved.map(|base| base.proof.as_str()),
            failure: candidate.outcome.diagnostic().map(|diagnostic| DiagnosticJson::new(&diagnostic, texts)),
        }
    }
}

/// The source that names a candidate.
#[derive(Serialize)]
struct OriginJson {
    by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
}

impl OriginJson {
    fn new(origin: &CandidateOrigin) -> Self {
        let (of, at) = match origin {
            CandidateOrigin::Flag => (None, None),
            CandidateOrigin::Provenance { attestation, path } => {
                (Some(attestation.to_string()), path.map(|path| path.to_string()))
            }
            CandidateOrigin::Annotation { name, of } | CandidateOrigin::Label { name, of } => {
                (Some(of.to_string()), Some((*name).to_owned()))
            }
            CandidateOrigin::Alias { copy } => (Some(copy.to_string()), None),
        };
        Self { by: origin.as_str(), of, at }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SummaryJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    verifier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<&'a str>,
    result: &'a str,
    levels: &'a [String],
    attestation: String,
    counts: bool,
}

impl<'a> SummaryJson<'a> {
    fn new(summary: &'a VerifierResult) -> Self {
        Self {
            verifier: summary.verifier.as_deref(),
            time: summary.time.as_deref(),
            result: &summary.result,
            levels: &summary.levels,
            attestation: summary.attestation.to_string(),
            counts: summary.rejection.is_none(),
        }
    }
}
