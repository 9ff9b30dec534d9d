//! The output of `dhi base` for people: a table.

use std::fmt::Write;

use super::columns::columns;
use super::item::skipped;
use super::local_image;
use super::style::printable;
use super::table::{Severity, render_diagnostic};
use super::{HintTexts, Style};
use crate::diagnostic::ToDiagnostic as _;
use crate::evidence::{
    BaseAnswer, BaseProof, Candidate, CandidateOrigin, Conclusion, Evidence, Hardened, PlatformBase,
    not_judged,
};
use crate::trust::SignedName;

/// The table for people.
pub fn base(evidence: &Evidence, proof: &BaseProof, texts: &dyn HintTexts, style: Style) -> String {
    let mut out = String::new();
    let reference = printable(&evidence.asked().to_string());
    let _ = writeln!(out, "{}  {}\n", style.strong(&reference), evidence.root.digest.short());
    if let Some(line) = local_image::line(evidence) {
        let _ = writeln!(out, "{line}\n");
    }
    let rows = proof.platforms.iter().map(|platform| {
        vec![platform.label.clone(), platform.answer.as_str().to_owned(), proof_text(&platform.answer)]
    });
    out.push_str(&columns(["PLATFORM", "ANSWER", "PROOF"].map(str::to_owned), rows, None));
    let candidates: Vec<Vec<String>> = proof.platforms.iter().flat_map(candidate_rows).collect();
    if !candidates.is_empty() {
        out.push('\n');
        let header = ["PLATFORM", "CANDIDATE", "NAMED BY", "RESULT"].map(str::to_owned);
        out.push_str(&columns(header, candidates, None));
    }
    let summaries: Vec<Vec<String>> = proof.platforms.iter().flat_map(summary_rows).collect();
    if !summaries.is_empty() {
        out.push('\n');
        let header = ["PLATFORM", "VERIFIER", "RESULT", "LEVELS", "TIME"].map(str::to_owned);
        out.push_str(&columns(header, summaries, None));
    }
    out.push('\n');
    for platform in &proof.platforms {
        if let Some(found) = platform.answer.diagnostic() {
            out.push_str(&render_diagnostic(
                Severity::Error,
                &found,
                &[platform.label.as_str()],
                texts,
                style,
            ));
            out.push('\n');
        }
    }
    for found in &proof.failures {
        out.push_str(&render_diagnostic(Severity::Error, &found.to_diagnostic(), &[], texts, style));
        out.push('\n');
    }
    for line in skipped(&not_judged(evidence)) {
        let _ = writeln!(out, "{line}");
    }
    let word = style.conclusion(&Conclusion::of(proof.exit()));
    let _ = writeln!(out, "{word}  {}", proof.answer());
    out
}

fn proof_text(answer: &BaseAnswer) -> String {
    match answer {
        BaseAnswer::Dhi(hardened) => signed_by(hardened),
        BaseAnswer::DhiBased(base) => format!(
            "{}, layers 1 to {} of {} ({}), {}",
            base.reference,
            base.boundary.layers,
            base.child_layers,
            base.proof.as_str(),
            signed_by(&base.hardened)
        ),
        BaseAnswer::ClaimsOnly(cause) | BaseAnswer::NotDhi(cause) => cause.code().to_string(),
        BaseAnswer::Undetermined(gap) => gap.code().to_string(),
    }
}

fn signed_by(hardened: &Hardened) -> String {
    let names: Vec<&str> = hardened.names.iter().map(SignedName::as_str).collect();
    let by = hardened.signers.join(", ");
    match names.as_slice() {
        [] => format!("signed by {by}"),
        names => format!("signed by {by} as {}", names.join(", ")),
    }
}

fn candidate_rows(platform: &PlatformBase) -> impl Iterator<Item = Vec<String>> {
    platform.candidates.iter().map(|candidate| {
        vec![
            platform.label.clone(),
            candidate.shown(),
            origins(candidate).join(", "),
            candidate.outcome.as_str().to_owned(),
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
