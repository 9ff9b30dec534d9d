//! The output of `dhi base`: a table for people, and the JSON document `docs/schemas/base-1.json`.

use serde::Serialize;

use super::columns::{Cell, Tone, columns, filled_columns};
use super::item::skipped;
use super::json::{DiagnosticJson, NotJudgedJson, SignatureJson, not_judged_json, text};
use super::local_image::{self, LocalImageJson};
use super::platform_rows::proof_in_words;
use super::table::{Severity, pinned, render_diagnostic};
use super::{HintTexts, Style};
use crate::diagnostic::ToDiagnostic as _;
use crate::evidence::{
    Base, BaseAnswer, BaseProof, Candidate, CandidateOrigin, CandidateOutcome, Conclusion, Evidence,
    Hardened, PlatformBase, VerifiedAttestation, VerifierResult, not_judged,
};
use crate::trust::SignedName;

const SCHEMA_VERSION: u32 = 1;

/// The table for people.
pub fn base(evidence: &Evidence, proof: &BaseProof, texts: &dyn HintTexts, style: Style) -> String {
    let mut sections = vec![pinned(evidence.asked(), evidence.root.digest, style)];
    sections.extend(local_image::line(evidence).map(|line| style.lines(&style.text(&line), 2)));
    let rows: Vec<[Cell; 5]> = proof.platforms.iter().map(answer_row).collect();
    sections.push(filled_columns(["PLATFORM", "ANSWER", "BASE", "LAYERS", "PROOF"], &rows, 2, style));
    let candidates: Vec<Vec<Cell>> = proof.platforms.iter().flat_map(candidate_rows).collect();
    if !candidates.is_empty() {
        sections.push(columns(["PLATFORM", "CANDIDATE", "NAMED BY", "RESULT"], candidates, style));
    }
    let summaries: Vec<Vec<String>> = proof.platforms.iter().flat_map(summary_rows).collect();
    if !summaries.is_empty() {
        sections.push(columns(["PLATFORM", "VERIFIER", "RESULT", "LEVELS", "TIME"], summaries, style));
    }
    let of_platforms = proof.platforms.iter().filter_map(|platform| {
        let found = platform.answer.diagnostic()?;
        Some(render_diagnostic(Severity::Error, &found, &[platform.label.as_str()], texts, style))
    });
    sections.extend(of_platforms);
    let unanswered = proof.failures.iter();
    sections.extend(
        unanswered.map(|found| render_diagnostic(Severity::Error, &found.to_diagnostic(), &[], texts, style)),
    );
    let not_checked: String =
        skipped(&not_judged(evidence)).map(|line| style.lines(&style.text(&line), 2)).collect();
    sections.extend((!not_checked.is_empty()).then_some(not_checked));
    let word = style.conclusion(&Conclusion::of(proof.exit()));
    sections.push(style.lines(&format!("{word}  {}", proof.answer()), 2));
    sections.join("\n")
}

/// The answer about one image; of an image that is built on another one also the base and its share of the layers.
fn answer_row(platform: &PlatformBase) -> [Cell; 5] {
    let answer = platform.answer.as_str();
    let (on, layers, proof, tone) = match &platform.answer {
        BaseAnswer::Dhi(hardened) => (None, None, signed_by(hardened), Tone::Plain),
        BaseAnswer::DhiBased(base) => {
            let layers = format!("{} of {}", base.boundary.layers, base.child_layers);
            let proof = format!("{}, {}", proof_in_words(base, platform), signed_by(&base.hardened));
            (Some(base.reference.to_string()), Some(layers), proof, Tone::Plain)
        }
        BaseAnswer::ClaimsOnly(cause) | BaseAnswer::NotDhi(cause) => {
            (None, None, cause.code().to_string(), Tone::Bad)
        }
        BaseAnswer::Undetermined(gap) => (None, None, gap.code().to_string(), Tone::Warning),
    };
    [
        platform.label.as_str().into(),
        Cell::new(answer, tone),
        on.unwrap_or_default().into(),
        layers.unwrap_or_default().into(),
        Cell::new(proof, tone),
    ]
}

fn signed_by(hardened: &Hardened) -> String {
    let names: Vec<&str> = hardened.names.iter().map(SignedName::as_str).collect();
    let by = hardened.signers.join(", ");
    match names.as_slice() {
        [] => format!("signed by {by}"),
        names => format!("signed by {by} as {}", names.join(", ")),
    }
}

fn candidate_rows(platform: &PlatformBase) -> impl Iterator<Item = Vec<Cell>> {
    platform.candidates.iter().map(|candidate| {
        let tone = match candidate.outcome {
            CandidateOutcome::Proved(_) => Tone::Plain,
            _ => Tone::Warning,
        };
        vec![
            platform.label.as_str().into(),
            candidate.shown().into(),
            origins(candidate).join(", ").into(),
            Cell::new(candidate.outcome.as_str(), tone),
        ]
    })
}

fn origins(candidate: &Candidate) -> Vec<&'static str> {
    candidate.origins.iter().map(CandidateOrigin::as_str).collect()
}

fn summary_rows(platform: &PlatformBase) -> impl Iterator<Item = Vec<String>> {
    platform.summaries.iter().map(|summary| {
        let or_dash = |text: Option<&String>| text.cloned().unwrap_or_else(|| "-".to_owned());
        vec![
            platform.label.clone(),
            or_dash(summary.verifier.as_ref()),
            summary.result.clone(),
            summary.levels.join(", "),
            or_dash(summary.time.as_ref()),
        ]
    })
}

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
        platforms: proof.platforms.iter().map(|platform| PlatformJson::new(platform, texts)).collect(),
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
    #[serde(rename = "problems")]
    failures: Vec<DiagnosticJson>,
    registries: &'a [String],
    not_judged: Vec<NotJudgedJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlatformJson<'a> {
    platform: &'a str,
    digest: String,
    answer: &'static str,
    exit_code: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    hardened: Option<HardenedJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<BaseJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(rename = "problem")]
    diagnostic: Option<DiagnosticJson>,
    candidates: Vec<CandidateJson<'a>>,
    verification_summaries: Vec<SummaryJson<'a>>,
}

impl<'a> PlatformJson<'a> {
    fn new(platform: &'a PlatformBase, texts: &dyn HintTexts) -> Self {
        let (hardened, base) = match &platform.answer {
            BaseAnswer::Dhi(hardened) => (Some(HardenedJson::new(hardened)), None),
            BaseAnswer::DhiBased(base) => (None, Some(BaseJson::new(base))),
            _ => (None, None),
        };
        Self {
            platform: &platform.label,
            digest: platform.key.digest.to_string(),
            answer: platform.answer.as_str(),
            exit_code: platform.answer.exit().code(),
            hardened,
            base,
            diagnostic: platform
                .answer
                .diagnostic()
                .map(|diagnostic| DiagnosticJson::new(&diagnostic, texts)),
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
    signers: &'a [String],
    signed_names: Vec<&'a str>,
    attestations: Vec<AttestationJson<'a>>,
}

impl<'a> HardenedJson<'a> {
    fn new(hardened: &'a Hardened) -> Self {
        Self {
            by_docker: hardened.by_docker,
            signers: &hardened.signers,
            signed_names: hardened.names.iter().map(SignedName::as_str).collect(),
            attestations: hardened.attestations.iter().map(AttestationJson::new).collect(),
        }
    }
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
    #[serde(rename = "says")]
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    layers: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(rename = "problem")]
    diagnostic: Option<DiagnosticJson>,
}

impl<'a> CandidateJson<'a> {
    fn new(candidate: &'a Candidate, texts: &dyn HintTexts) -> Self {
        let proved = match &candidate.outcome {
            CandidateOutcome::Proved(base) => Some(base),
            _ => None,
        };
        Self {
            named: &candidate.named,
            named_by: origins(candidate),
            origins: candidate.origins.iter().map(OriginJson::new).collect(),
            depth: candidate.depth,
            result: candidate.outcome.as_str(),
            message: candidate.outcome.to_string(),
            layers: proved.map(|base| base.boundary.layers),
            proof: proved.map(|base| base.proof.as_str()),
            diagnostic: candidate
                .outcome
                .diagnostic()
                .map(|diagnostic| DiagnosticJson::new(&diagnostic, texts)),
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
