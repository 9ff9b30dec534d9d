//! Results of many images as one line each: verdict, reference, and the claim or the cause.

use super::style::printable;
use super::wrap::columns_of;
use super::{Image, Style};
use crate::evidence::{Check, Claim, Conclusion, Outcome};

/// The most columns of a reference. Longer ones push the rest of their line to the right.
const MAX_WIDTH: usize = 60;
/// The columns of the longest verdict, `unknown`.
const VERDICT_WIDTH: usize = 7;

/// The columns of the longest reference, so that each line is aligned with all others before these are known.
pub(super) fn reference_width(references: impl IntoIterator<Item = String>) -> usize {
    let widths = references.into_iter().map(|reference| columns_of(&printable(&reference)));
    widths.filter(|width| *width <= MAX_WIDTH).max().unwrap_or_default()
}

/// `fail     ghcr.io/acme/web:2  SPDX SBOM of linux/amd64: not signed by a trusted key`.
pub(super) fn line(image: &Image, reference_width: usize, style: Style) -> String {
    let (kind, reference) = (image.conclusion().kind(), style.text(&image.reference.to_string()));
    let pad = |width: usize, most: usize| " ".repeat(most.saturating_sub(width));
    let line = format!(
        "{}{}  {reference}{}  {}",
        style.verdict(kind),
        pad(kind.as_str().len(), VERDICT_WIDTH),
        pad(columns_of(&reference), reference_width),
        style.text(&message(image)),
    );
    style.lines(&line, VERDICT_WIDTH + 2)
}

/// What is proven, or the most severe cause why nothing is.
fn message(image: &Image) -> String {
    let verdict = match &image.result {
        Err(diagnostic) => return diagnostic.message.clone(),
        Ok((_, verdict)) => verdict,
    };
    let worst = verdict.checks.iter().filter(|check| check.counts()).rev().max_by_key(|check| check.exit());
    if let Some(check) = worst {
        return format!("{}: {}", check.scope, check.message);
    }
    passed(&verdict.claim, &image.conclusion(), &verdict.checks)
}

/// The claim of an image that passes, with its excuses and the number of warnings.
fn passed(claim: &Claim, conclusion: &Conclusion, checks: &[Check]) -> String {
    let mut text = claim.to_string();
    if let Some(excuses) = conclusion.excuses() {
        text = format!("{text}; {excuses}");
    }
    let warnings = checks.iter().filter(|check| check.outcome() == Outcome::Warn && check.excused.is_none());
    match warnings.count() {
        0 => text,
        1 => format!("{text}; 1 warning"),
        count => format!("{text}; {count} warnings"),
    }
}
