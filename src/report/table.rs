//! The table for people: the first line answers the question, the table is the evidence, the last line is the
//! verdict. 80 columns where the names allow it.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::columns::columns;
use super::item::{findings, skipped};
use super::style::printable;
use super::{Image, Run, Style, Words};
use crate::diagnostic::{Diagnostic, ToDiagnostic as _};
use crate::evidence::{
    Accepted, Attested, Basis, Evidence, Outcome, PlatformEvidence, Root, RootSigned, Verdict,
};
use crate::oci::Digest;
use crate::policy::BuiltIn;

/// One result as a block of its own; `explain` adds the facts that decided each check.
pub(crate) fn image(image: &Image, run: &Run<'_>, explain: bool, style: Style) -> String {
    let mut out = String::new();
    let reference = printable(&image.reference.to_string());
    match &image.result {
        Err(error) => {
            out.push_str(&problem(Severity::Error, error, &[], run.words, style));
            let _ = writeln!(out, "\n{}  {reference}", style.bad("fail"));
        }
        Ok((basis, verdict)) => {
            let digest = basis.root().digest.short();
            let _ = writeln!(
                out,
                "{}  {digest}  {}\n",
                style.strong(&reference),
                printable(&verdict.headline.to_string())
            );
            match basis {
                Basis::Evidence(evidence) => out.push_str(&rows(evidence)),
                Basis::Summary(accepted) => out.push_str(&accepted_rows(accepted)),
            }
            out.push('\n');
            if explain {
                out.push_str(&explanation(verdict, style));
            }
            problems(&mut out, verdict, run.words, style);
            if let Some(age) = age(basis.root(), basis.platforms()) {
                let _ = writeln!(out, "note: {age}\n");
            }
            let word = if verdict.exit == crate::diagnostic::Exit::Pass {
                style.good("pass")
            } else {
                style.bad("fail")
            };
            let _ = writeln!(out, "{word}  {}", policy(run.policy));
            let left_out = run.left_out().into_iter().map(|what| format!("not checked: {what}"));
            for line in left_out.chain(skipped(&verdict.checks)) {
                let _ = writeln!(out, "{line}");
            }
        }
    }
    out
}

/// The policy and what it demands.
pub(crate) fn policy(policy: BuiltIn) -> &'static str {
    match policy {
        BuiltIn::Attested => "policy attested: signatures and attestations only",
        BuiltIn::Signed => "policy signed: the signature alone",
        BuiltIn::DhiOrDhiBased => {
            "policy dhi-or-dhi-based: every platform must be a hardened image or built on one"
        }
    }
}

/// What a passing result leaves to say: warnings, and what was not checked. Empty if there is nothing.
pub(crate) fn remarks(image: &Image, run: &Run<'_>, style: Style) -> String {
    let mut out = String::new();
    if let Ok((basis, verdict)) = &image.result {
        problems(&mut out, verdict, run.words, style);
        if let Some(age) = age(basis.root(), basis.platforms()) {
            let _ = writeln!(out, "note: {age}\n");
        }
        let left_out = run.left_out().into_iter().map(|what| format!("not checked: {what}"));
        for line in left_out.chain(skipped(&verdict.checks)) {
            let _ = writeln!(out, "{line}");
        }
    }
    if !out.is_empty() {
        out.insert_str(0, &format!("{}\n", style.strong(&printable(&image.reference.to_string()))));
    }
    out
}

fn rows(evidence: &Evidence) -> String {
    let name = if evidence.root.is_index { "index" } else { "manifest" };
    let (says, key, log) = match evidence.root_signed() {
        RootSigned::By(signatures) => {
            let names: Vec<&str> = signatures.iter().map(|facts| facts.signer().name()).collect();
            ("signature".to_owned(), names.join(", "), signatures.first().log().as_str().to_owned())
        }
        RootSigned::Absent => ("no signature".to_owned(), "-".to_owned(), "-".to_owned()),
        RootSigned::Unknown(_) => ("signature of others".to_owned(), "unknown".to_owned(), "-".to_owned()),
        RootSigned::Failed(failure) => {
            (format!("failed: {}", failure.code()), "-".to_owned(), "-".to_owned())
        }
    };
    let root = evidence.root.digest;
    let mut rows = vec![with_index(vec![name.to_owned(), says, key, log], evidence)];
    for platform in &evidence.platforms {
        let verified: Vec<&Attested> = platform.verified(root).map(|(_, attested)| attested).collect();
        rows.push(vec![platform.label(), counts(platform, root), keys(&verified), logs(&verified)]);
    }
    columns(["PLATFORM", "ATTESTATIONS", "KEY", "LOG"].map(str::to_owned), rows, None)
}

fn accepted_rows(accepted: &Accepted) -> String {
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
    if !platform.problems.is_empty() {
        parts.push("image failed".to_owned());
    }
    parts.extend(numbers(0, 0, platform.listed.len()));
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

/// The row of the root, with what is attested about the index as a whole.
fn with_index(row: Vec<String>, evidence: &Evidence) -> Vec<String> {
    let about = &evidence.about_index;
    let verified: Vec<&Attested> =
        about.verified(evidence.root.digest).map(|(_, attested)| attested).collect();
    let counts = numbers(verified.len(), about.attestations.len() - verified.len(), about.listed.len());
    let also = ["".to_owned(), counts.join(", "), keys(&verified), logs(&verified)];
    let cells = row.into_iter().zip(also).map(|(own, also)| match (own.as_str(), also.as_str()) {
        (_, "" | "-") => own,
        ("-", _) => also,
        _ if own == also => own,
        _ => format!("{own}, {also}"),
    });
    cells.collect()
}

/// How many verified, failed and were not judged.
fn numbers(verified: usize, failed: usize, listed: usize) -> Vec<String> {
    let counts = [(verified, "verified"), (failed, "failed"), (listed, "not judged")];
    counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect()
}

fn keys(verified: &[&Attested]) -> String {
    let mut keys: Vec<&str> = Vec::new();
    for attested in verified {
        for facts in attested.signatures().iter() {
            if !keys.contains(&facts.signer().name()) {
                keys.push(facts.signer().name());
            }
        }
    }
    if keys.is_empty() { "-".to_owned() } else { keys.join(", ") }
}

fn logs(verified: &[&Attested]) -> String {
    let mut logs: BTreeMap<&str, usize> = BTreeMap::new();
    for attested in verified {
        *logs.entry(attested.signature().log().as_str()).or_default() += 1;
    }
    // Proven first, then what is weaker.
    let order = ["proven", "unknown", "absent", "skipped"];
    let parts: Vec<String> =
        order.iter().filter_map(|state| logs.get(state).map(|count| format!("{count} {state}"))).collect();
    if parts.is_empty() { "-".to_owned() } else { parts.join(", ") }
}

/// Failures and warnings.
fn problems(out: &mut String, verdict: &Verdict, words: &dyn Words, style: Style) {
    for found in findings(&verdict.checks) {
        let severity = Severity::of(found.outcome);
        out.push_str(&problem(severity, &found.problem, &found.scopes, words, style));
        out.push('\n');
    }
}

/// Every check with what it looked at: first the facts of the problem, which decided, then where they come from.
fn explanation(verdict: &Verdict, style: Style) -> String {
    let mut out = String::new();
    for check in &verdict.checks {
        let word = check.outcome().as_str();
        let word = match check.outcome() {
            Outcome::Pass => style.good(word),
            Outcome::Fail | Outcome::Unknown => style.bad(word),
            Outcome::Warn => style.warning(word),
            Outcome::Skip => word.to_owned(),
        };
        let (scope, says) = (printable(&check.scope), printable(&check.says));
        let _ = writeln!(out, "{word}  {}  {scope}: {says}", check.kind.as_str());
        let shown = check.shown();
        let found = shown.iter().flat_map(|problem| {
            let id = ("error", problem.code.as_str());
            let facts = problem.facts.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            // A digest that is whole below is not shown cut here.
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
        out.push('\n');
    }
    out
}

/// Whether a problem decides.
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

/// One failure or warning: what is wrong with which things (`scopes`, may be empty), the facts, the hint.
pub fn problem(
    severity: Severity,
    problem: &Diagnostic,
    scopes: &[&str],
    words: &dyn Words,
    style: Style,
) -> String {
    let mut out = String::new();
    let head = match severity {
        Severity::Error => style.bad(&format!("error[{}]", problem.code)),
        Severity::Warning => style.warning(&format!("warning[{}]", problem.code)),
    };
    let what = printable(&problem.what);
    let _ = match scopes {
        [] => writeln!(out, "{head}: {what}"),
        [scope] => writeln!(out, "{head}: {}: {what}", printable(scope)),
        several => writeln!(out, "{head}: {} times: {what}", several.len()),
    };
    let names = problem.facts.iter().map(|(name, _)| name.len());
    let width = names.chain((scopes.len() > 1).then_some("where".len())).max().unwrap_or(0);
    for (name, value) in &problem.facts {
        let _ = writeln!(out, "  {:width$}  {}", printable(name), printable(value));
    }
    if let [first, rest @ ..] = scopes
        && !rest.is_empty()
    {
        let _ = writeln!(out, "  {:width$}  {} and {} more", "where", printable(first), rest.len());
    }
    if let Some(hint) = words.hint(problem) {
        let _ = writeln!(out, "  {} {}", style.hint("hint:"), printable(&hint));
    }
    out
}

/// Answers that come from the cache say how old they are.
pub fn age(root: &Root, platforms: &[PlatformEvidence]) -> Option<String> {
    let ages = platforms.iter().filter_map(|platform| platform.age).chain(root.age);
    let minutes = ages.max()?.as_secs() / 60;
    let age = match minutes {
        0 => "less than a minute".to_owned(),
        1..120 => format!("{minutes} min"),
        120..2880 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1440),
    };
    Some(format!("tags and lists of attestations are from the cache, up to {age} old"))
}
