//! The table of `dhi verify` for people: first the claim, then the evidence as a table, then failures and warnings,
//! last the verdict. It fits 80 columns unless names are long.

use std::collections::BTreeMap;
use std::fmt::{Display, Write};
use std::time::Duration;

use super::columns::columns;
use super::folding::{Detail, FoldedFindings};
use super::item::skipped;
use super::local_image;
use super::style::printable;
use super::{HintTexts, Image, Run, Style};
use crate::diagnostic::{Diagnostic, ToDiagnostic as _};
use crate::evidence::{
    AcceptedVsa, Conclusion, Evidence, Outcome, PlatformEvidence, Root, RootSignatureStatus, Verdict,
    VerdictSource,
};
use crate::oci::Digest;
use crate::trust::Quorum;

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

impl BlockParts {
    /// The findings.
    pub(crate) const FINDINGS: Self =
        Self { findings: Some(Detail::Short), explanation: false, verdict: false };
}

/// Renders one result as a block.
pub(crate) fn image(image: &Image, run: &Run<'_>, parts: BlockParts, style: Style) -> String {
    let reference = printable(&image.reference.to_string());
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
            let digest = basis.root().digest.short();
            let proven = printable(&verdict.claim.with(&conclusion));
            sections.push(format!("{}  {digest}  {proven}\n", style.strong(&reference)));
            let local = basis.evidence().and_then(local_image::line);
            sections.extend(local.map(|line| format!("{line}\n")));
            sections.push(match basis {
                VerdictSource::Evidence(evidence) => rows(evidence),
                VerdictSource::Summary(accepted) => accepted_rows(accepted),
            });
            if parts.explanation {
                sections.extend(explanation(verdict, style));
            }
            sections.extend(parts.findings.into_iter().flat_map(|detail| found(verdict, detail, run, style)));
            sections.extend(notes(basis, verdict, run));
            sections.extend(parts.verdict.then_some(last));
        }
    }
    sections.join("\n")
}

/// The verdict about one reference as a line: `unknown  NAME`.
pub fn verdict(reference: &impl Display, conclusion: &Conclusion, style: Style) -> String {
    format!("{}  {}\n", style.conclusion(conclusion), printable(&reference.to_string()))
}

/// The warnings and skipped checks of a passing result. Empty if there are none.
pub(crate) fn remarks(image: &Image, run: &Run<'_>, style: Style) -> String {
    let Ok((basis, verdict)) = &image.result else { return String::new() };
    let mut sections = found(verdict, Detail::Short, run, style);
    sections.extend(notes(basis, verdict, run));
    if sections.is_empty() {
        return String::new();
    }
    format!("{}\n{}", style.strong(&printable(&image.reference.to_string())), sections.join("\n"))
}

/// Failures and warnings.
fn found(verdict: &Verdict, detail: Detail, run: &Run<'_>, style: Style) -> Vec<String> {
    let mut findings = FoldedFindings::new(detail);
    findings.add_checks(0, "", &verdict.checks);
    findings.blocks(false, run.texts, style).collect()
}

/// The age of cached data, and skipped checks.
fn notes(basis: &VerdictSource, verdict: &Verdict, run: &Run<'_>) -> Vec<String> {
    let mut sections = Vec::new();
    sections.extend(age(basis.root(), basis.platforms()).map(|age| format!("note: {age}\n")));
    let by_option = run.skipped_checks().into_iter().map(|what| format!("not checked: {what}"));
    let not_checked: String =
        by_option.chain(skipped(&verdict.checks)).map(|line| format!("{line}\n")).collect();
    sections.extend((!not_checked.is_empty()).then_some(not_checked));
    sections
}

fn rows(evidence: &Evidence) -> String {
    let root = evidence.root.digest;
    let mut rows = vec![root_row(evidence)];
    for platform in &evidence.platforms {
        let verified: Vec<&Quorum> =
            platform.verified(root).map(|(_, attested)| attested.signatures()).collect();
        rows.push(vec![platform.label(), counts(platform, root), keys(&verified), logs(&verified)]);
    }
    columns(["PLATFORM", "ATTESTATIONS", "KEY", "LOG"].map(str::to_owned), rows, None)
}

fn accepted_rows(accepted: &AcceptedVsa) -> String {
    let rows = vec![vec![
        accepted.attestation.short(),
        printable(&accepted.signer),
        format!("{:.0}", accepted.time),
        accepted.verification.log_policy.clone(),
    ]];
    columns(["SUMMARY", "SIGNED BY", "VERIFIED", "LOG POLICY"].map(str::to_owned), rows, None)
}

fn counts(platform: &PlatformEvidence, root: Digest) -> String {
    let verified = platform.verified(root).count();
    let failed = platform.attestations.len() - verified;
    let mut parts = numbers(verified, failed, 0);
    if !platform.failures.is_empty() {
        parts.push("image failed".to_owned());
    }
    parts.extend(numbers(0, 0, platform.listed.len()));
    match (parts.is_empty(), platform.unknown_lists.is_empty()) {
        (true, true) => "none".to_owned(),
        (true, false) => "unknown".to_owned(),
        (false, _) => parts.join(", "),
    }
}

/// The row of the root, with the attestations about the index.
fn root_row(evidence: &Evidence) -> Vec<String> {
    let name = if evidence.root.is_index { "index" } else { "manifest" };
    let about = &evidence.about_index;
    let verified: Vec<&Quorum> =
        about.verified(evidence.root.digest).map(|(_, attested)| attested.signatures()).collect();
    let signed = evidence.root_signature_status();
    let (state, signatures, key) = match &signed {
        RootSignatureStatus::SignedBy(signatures) => ("signature".to_owned(), Some(*signatures), "-"),
        RootSignatureStatus::Absent => ("no signature".to_owned(), None, "-"),
        RootSignatureStatus::Unknown(_) => ("signed by an unknown key".to_owned(), None, "unknown"),
        RootSignatureStatus::ListUnknown(_) => ("unknown".to_owned(), None, "-"),
        RootSignatureStatus::Failed(failure) => (format!("failed: {}", failure.code()), None, "-"),
    };
    let counts = numbers(verified.len(), about.attestations.len() - verified.len(), about.listed.len());
    let state = std::iter::once(state).chain(counts).collect::<Vec<_>>().join(", ");
    let all: Vec<&Quorum> = signatures.into_iter().chain(verified.iter().copied()).collect();
    let key = if all.is_empty() { key.to_owned() } else { keys(&all) };
    let log = match (signatures, verified.as_slice()) {
        (Some(signatures), []) => signatures.first().log().as_str().to_owned(),
        _ => logs(&all),
    };
    vec![name.to_owned(), state, key, log]
}

/// The counts of verified, failed and not judged attestations; zero counts are omitted.
fn numbers(verified: usize, failed: usize, listed: usize) -> Vec<String> {
    let counts = [(verified, "verified"), (failed, "failed"), (listed, "not judged")];
    counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect()
}

fn keys(verified: &[&Quorum]) -> String {
    let mut keys: Vec<&str> = Vec::new();
    for signatures in verified {
        for facts in signatures.iter() {
            if !keys.contains(&facts.signer().name()) {
                keys.push(facts.signer().name());
            }
        }
    }
    if keys.is_empty() { "-".to_owned() } else { keys.join(", ") }
}

fn logs(verified: &[&Quorum]) -> String {
    let mut logs: BTreeMap<&str, usize> = BTreeMap::new();
    for signatures in verified {
        *logs.entry(signatures.first().log().as_str()).or_default() += 1;
    }
    // From the strongest state to the weakest.
    let order = ["proven", "unknown", "absent", "skipped"];
    let parts: Vec<String> =
        order.iter().filter_map(|state| logs.get(state).map(|count| format!("{count} {state}"))).collect();
    if parts.is_empty() { "-".to_owned() } else { parts.join(", ") }
}

/// Every check with its facts: first the facts of its diagnostic, which decided, then their sources.
fn explanation(verdict: &Verdict, style: Style) -> Vec<String> {
    let explained = verdict.checks.iter().map(|check| {
        let mut out = String::new();
        let word = check.outcome().as_str();
        let word = match check.outcome() {
            Outcome::Pass => style.good(word),
            Outcome::Fail => style.bad(word),
            Outcome::Warn | Outcome::Unknown => style.warning(word),
            Outcome::Skip => word.to_owned(),
        };
        let (scope, message) = (printable(&check.scope), printable(&check.message));
        let _ = writeln!(out, "{word}  {}  {scope}: {message}", check.kind.as_str());
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
        let facts: Vec<(&str, &str)> =
            found.chain(check.facts.iter().map(|(name, value)| (*name, value.as_str()))).collect();
        let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        for (name, value) in facts {
            let _ = writeln!(out, "  {:width$}  {}", printable(name), printable(value));
        }
        out
    });
    explained.collect()
}

/// Whether a diagnostic decides the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It does.
    Error,
    /// It does not.
    Warning,
}

impl Severity {
    pub(super) fn of(outcome: Outcome) -> Self {
        if outcome == Outcome::Warn { Self::Warning } else { Self::Error }
    }
}

/// Renders one failure or warning: the message with its objects (`scopes`, may be empty), the facts, the hint.
pub fn render_diagnostic(
    severity: Severity,
    diagnostic: &Diagnostic,
    scopes: &[&str],
    texts: &dyn HintTexts,
    style: Style,
) -> String {
    let mut out = String::new();
    let head = match severity {
        Severity::Error => style.bad(&format!("error[{}]", diagnostic.code)),
        Severity::Warning => style.warning(&format!("warning[{}]", diagnostic.code)),
    };
    let what = style.text(&diagnostic.message);
    let _ = match scopes {
        [] => writeln!(out, "{head}: {what}"),
        [scope] => writeln!(out, "{head}: {}: {what}", style.text(scope)),
        several => writeln!(out, "{head}: {what} ({} objects)", several.len()),
    };
    let names = diagnostic.facts.iter().map(|(name, _)| name.len());
    let width = names.chain((scopes.len() > 1).then_some("objects".len())).max().unwrap_or(0);
    for (name, value) in &diagnostic.facts {
        let _ = writeln!(out, "  {:width$}  {}", style.text(name), style.text(value));
    }
    if let [first, rest @ ..] = scopes
        && !rest.is_empty()
    {
        let _ = writeln!(out, "  {:width$}  {} and {} more", "objects", style.text(first), rest.len());
    }
    if let Some(hint) = texts.hint(diagnostic) {
        let _ = writeln!(out, "  {} {}", style.hint("hint:"), style.text(&hint));
    }
    out
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
