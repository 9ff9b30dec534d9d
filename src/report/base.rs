//! The output of `dhi base` for people: a table.

use super::columns::{Cell, Tone, columns, filled_columns};
use super::finding::{Severity, render_diagnostic};
use super::item::skipped;
use super::local_image;
use super::platform_rows::proof_in_words;
use super::table::object_line;
use super::{HintTexts, Style};
use crate::diagnostic::ToDiagnostic as _;
use crate::evidence::{
    BaseAnswer, BaseProof, Candidate, CandidateOrigin, CandidateOutcome, Conclusion, Evidence, Hardened,
    PlatformBase, not_judged,
};
use crate::trust::SignedName;

/// The table for people.
pub fn base(evidence: &Evidence, proof: &BaseProof, texts: &dyn HintTexts, style: Style) -> String {
    let mut sections = vec![object_line(evidence.asked(), evidence.root.digest, style)];
    sections.extend(local_image::line(evidence).map(|line| style.lines(&style.text(&line), 2)));
    let rows: Vec<[Cell; 5]> = proof.platforms.iter().map(answer_row).collect();
    sections.push(filled_columns(["PLATFORM", "ANSWER", "BASE", "LAYERS", "PROOF"], rows, 2, style));
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
            (Some(base.short_reference()), Some(layers), proof, Tone::Plain)
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
