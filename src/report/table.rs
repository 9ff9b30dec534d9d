//! The output of `dhi verify` for people: first the reference and the claim, then the evidence as a table, then failures
//! and warnings, last the verdict.

use std::fmt::Display;
use std::time::Duration;

use super::finding::{Severity, render_diagnostic};
use super::folding::{Detail, FoldedFindings};
use super::item::skipped;
use super::local_image;
use super::platform_rows;
use super::{Image, RequestedReference, Run, Style};
use crate::evidence::{Conclusion, Outcome, PlatformEvidence, Root, Verdict, VerdictSource};
use crate::oci::{Digest, Reference, Repository};

/// Which parts of a result its block has, besides the claim, the evidence and the skipped checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlockParts {
    /// The findings; `None` if they are shown elsewhere.
    pub(super) findings: Option<Detail>,
    /// The facts that decided each check.
    pub(super) explanation: bool,
    /// The verdict, as the last line.
    pub(super) verdict: bool,
}

/// Renders one result as a block.
pub(crate) fn image(image: &Image, run: &Run<'_>, parts: BlockParts, style: Style) -> String {
    let conclusion = image.conclusion();
    let last = verdict(&image.reference, &conclusion, style);
    let mut sections = Vec::new();
    match &image.result {
        Err(error) => {
            if parts.findings.is_some() {
                sections.push(render_diagnostic(Severity::Error, error, &[], run.texts, style));
            }
            sections.push(last);
        }
        Ok((basis, verdict)) => {
            let mut head = match &image.reference {
                RequestedReference::Reference(reference) => {
                    object_line(reference, basis.root().digest, style)
                }
                RequestedReference::Malformed(text) => style.lines(&style.strong(&style.text(text)), 2),
            };
            head.push_str(&style.lines(&style.text(&verdict.claim.with(&conclusion)), 2));
            sections.push(head);
            let local = basis.evidence().and_then(local_image::line);
            sections.extend(local.map(|line| style.lines(&style.text(&line), 2)));
            sections.push(match basis {
                VerdictSource::Evidence(evidence) => {
                    platform_rows::table(evidence, image.base.as_ref(), verdict, style)
                }
                VerdictSource::Summary(accepted) => platform_rows::of_summary(accepted, style),
            });
            if parts.explanation {
                sections.extend(explanation(verdict, style));
            }
            sections.extend(parts.findings.into_iter().flat_map(|detail| found(verdict, detail, run, style)));
            sections.extend(notes(image, basis, verdict, run, style));
            sections.extend(parts.verdict.then_some(last));
        }
    }
    sections.join("\n")
}

/// The line of an object: its reference with its whole digest, which pulls exactly it.
pub(super) fn object_line(reference: &Reference, digest: Digest, style: Style) -> String {
    style.lines(&style.strong(&style.text(&object(reference, digest))), 2)
}

/// The reference of an object with its whole digest.
pub(super) fn object(reference: &Reference, digest: Digest) -> String {
    match &reference.repository {
        // The digest is that of the registry that the engine pulled from.
        Repository::Local(_) => format!("{reference}  {digest}"),
        _ => Reference { digest: Some(digest), ..reference.clone() }.to_string(),
    }
}

/// The verdict about one reference as a line: `unknown  NAME`.
pub fn verdict(reference: &impl Display, conclusion: &Conclusion, style: Style) -> String {
    let reference = style.text(&reference.to_string());
    style.lines(&format!("{}  {reference}", style.conclusion(conclusion)), 2)
}

/// Failures and warnings.
fn found(verdict: &Verdict, detail: Detail, run: &Run<'_>, style: Style) -> Vec<String> {
    let mut findings = FoldedFindings::new(detail);
    findings.add_checks(0, "", &verdict.checks);
    findings.blocks(false, run.texts, style).collect()
}

/// The age of cached data, and skipped checks.
fn notes(
    image: &Image,
    basis: &VerdictSource,
    verdict: &Verdict,
    run: &Run<'_>,
    style: Style,
) -> Vec<String> {
    let mut sections = Vec::new();
    let age = age(basis.root(), basis.platforms());
    sections.extend(age.map(|age| style.lines(&style.text(&format!("note: {age}")), 2)));
    let by_option = run.skipped_checks().into_iter().map(|what| format!("not checked: {what}"));
    let without_own = platform_rows::without_own_attestations(basis, image.base.as_ref());
    let lines = by_option.chain(without_own).chain(skipped(&verdict.checks));
    let not_checked: String = lines.map(|line| style.lines(&style.text(&line), 2)).collect();
    sections.extend((!not_checked.is_empty()).then_some(not_checked));
    sections
}

/// Every check with its facts: first the facts of its diagnostic, which decided, then their sources.
fn explanation(verdict: &Verdict, style: Style) -> Vec<String> {
    let explained = verdict.checks.iter().map(|check| {
        let word = check.outcome().as_str();
        let word = match check.outcome() {
            Outcome::Pass => style.good(word),
            Outcome::Fail => style.bad(word),
            Outcome::Warn | Outcome::Unknown => style.warning(word),
            Outcome::Skip => word.to_owned(),
        };
        let (scope, message) = (style.text(&check.scope), style.text(&check.message));
        let head = style.lines(&format!("{word}  {}  {scope}: {message}", check.kind.as_str()), 2);
        let shown = check.shown();
        let found = shown.iter().flat_map(|diagnostic| {
            let id = ("error", diagnostic.code.as_str());
            let facts = diagnostic.facts.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            // A shortened digest is omitted if the full one follows below.
            let cut = |(name, value): &(&str, &str)| {
                check.facts.iter().any(|(whole, long)| whole == name && long.starts_with(value))
            };
            std::iter::once(id).chain(facts.filter(move |fact| !cut(fact)))
        });
        head + &style.facts(found.chain(check.facts.iter().map(|(name, value)| (*name, value.as_str()))))
    });
    explained.collect()
}

/// A note with the age of tags and lists that come from the cache.
pub fn age(root: &Root, platforms: &[PlatformEvidence]) -> Option<String> {
    oldest(root, platforms).map(age_note)
}

/// The highest age of tags and lists that come from the cache.
pub(super) fn oldest(root: &Root, platforms: &[PlatformEvidence]) -> Option<Duration> {
    platforms.iter().filter_map(|platform| platform.age).chain(root.age).max()
}

/// A note with this age.
pub(super) fn age_note(age: Duration) -> String {
    let minutes = age.as_secs() / 60;
    let age = match minutes {
        0 => "under a minute".to_owned(),
        1..120 => format!("up to {minutes} min"),
        120..2880 => format!("up to {} h", minutes / 60),
        _ => format!("up to {} days", minutes / 1440),
    };
    format!("tags and lists of attestations are from the cache, {age} old")
}
