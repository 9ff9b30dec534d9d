//! The verdict over all reports in one line, and what a reader of that line must know.

use std::collections::BTreeSet;

use super::run::{AppliedRun, PlacedScan};
use super::sources::uses;
use super::wording::count;
use crate::diagnostic::Remedy;
use crate::evidence::{Conclusion, ConclusionKind};
use crate::vex::{Gate, GateResult, Severity, SourceTrust};

/// The conclusion of the run.
pub(in crate::report) fn kind(run: &AppliedRun<'_>) -> ConclusionKind {
    Conclusion::of(run.exit()).kind()
}

/// `2 of 4 remaining findings count (severity high or above); 37 findings, 33 suppressed`.
pub(in crate::report) fn counts(run: &AppliedRun<'_>) -> String {
    let counts = run.counts();
    let remaining = counts.remaining();
    let of = format!("{} of {}", remaining, count(counts.findings, "finding"));
    let verb = if remaining == 1 { "remains" } else { "remain" };
    let not_shown = match run.not_shown().count() {
        0 => String::new(),
        1 => ", 1 is not shown".to_owned(),
        number => format!(", {number} are not shown"),
    };
    let head = format!("{of} {verb}{not_shown}");
    let result = run.result;
    let gate = if result.is_set {
        let verb = if result.counting.len() == 1 { "counts" } else { "count" };
        let number =
            if result.counting.is_empty() { "none".to_owned() } else { result.counting.len().to_string() };
        format!("; {number} {verb} ({})", conditions(run.gate))
    } else {
        "; no gate is set".to_owned()
    };
    let unbound = match result.unbound {
        0 => String::new(),
        1 => "; 1 report is not proven to be about the image".to_owned(),
        reports => format!("; {reports} reports are not proven to be about the image"),
    };
    let listed = match result.suppressed_before {
        0 => String::new(),
        entries => format!("; {} suppressed in a report without proof", count_entries(entries)),
    };
    let not_scanned = match counts.not_scanned {
        0 => String::new(),
        1 => "; 1 subject was not scanned".to_owned(),
        subjects => format!("; {subjects} subjects were not scanned"),
    };
    let incomplete = if run.incomplete.is_empty() { "" } else { "; the result is incomplete" };
    head + &gate + &unbound + &listed + &not_scanned + incomplete
}

fn count_entries(entries: usize) -> String {
    if entries == 1 { "1 entry is".to_owned() } else { format!("{entries} entries are") }
}

/// What makes the gate fail besides findings, since nothing proves it: its name, and what it is.
pub(in crate::report) fn unproven(run: &AppliedRun<'_>) -> Vec<(&'static str, String)> {
    run.scans().flat_map(|scan| unproven_of(&scan, run)).collect()
}

/// The same of one scan.
pub(in crate::report) fn unproven_of(
    scan: &PlacedScan<'_>,
    run: &AppliedRun<'_>,
) -> Vec<(&'static str, String)> {
    let gate = run.gate;
    let is_unbound = gate.require_verified && scan.applied.is_unbound();
    let entries =
        if gate.require_verified && !gate.accepts_listed { scan.applied.scan.suppressed_before } else { 0 };
    let listed = (entries > 0).then(|| {
        let text = format!("{}: {} suppressed without proof", scan.name(), count_entries(entries));
        ("suppressed in the report", text)
    });
    is_unbound.then(|| ("image of the report", unbound(scan))).into_iter().chain(listed).collect()
}

fn unbound(scan: &PlacedScan<'_>) -> String {
    format!(
        "{}: the report names no digest that proves which image it is about; that it is about the verified image is what \
         you state",
        scan.name()
    )
}

/// What a finding must be to count: `severity high or above, with a fix`.
fn conditions(gate: &Gate) -> String {
    let severity = gate.fail_on.map(|threshold| match threshold {
        Severity::Unknown => "any severity".to_owned(),
        Severity::Critical => "severity critical".to_owned(),
        threshold => format!("severity {} or above", threshold.id()),
    });
    let statuses = gate.fail_on_status.iter().map(|status| format!("status {}", status.as_str()));
    let verified = gate.require_verified.then(|| "suppressed without proof".to_owned());
    let any: Vec<String> = severity.into_iter().chain(statuses).chain(verified).collect();
    let fix = if gate.only_fixed { ", with a fixed version" } else { "" };
    any.join(" or ") + fix
}

/// `33 suppressed by 2 documents that dhi-2 signed, 0 by documents that are not verified`.
pub(in crate::report) fn suppressed_by(run: &AppliedRun<'_>) -> Option<String> {
    let uses = uses(run);
    let mut signers = BTreeSet::new();
    let (mut signed, mut documents, mut unsigned) = (0, 0, 0);
    for one in uses.iter().filter(|one| one.suppressed > 0) {
        match &one.of.source.trust {
            SourceTrust::Verified(by) => {
                signed += one.suppressed;
                documents += 1;
                signers.extend(by.signers());
            }
            _ => unsigned += one.suppressed,
        }
    }
    if signed + unsigned == 0 {
        return None;
    }
    let by = match documents {
        0 => "0 suppressed by verified documents".to_owned(),
        _ => {
            let names: Vec<&str> = signers.iter().map(|signer| signer.as_str()).collect();
            let documents = count(documents, "document");
            format!("{signed} suppressed by {documents} that {} signed", names.join(", "))
        }
    };
    Some(format!("{by}, {unsigned} by documents that are not verified"))
}

/// What is not shown, what the gate left out, and what nothing proves, in words.
pub(in crate::report) fn remarks(run: &AppliedRun<'_>) -> Vec<String> {
    let GateResult { in_baseline, without_fix, without_severity, not_scanned, is_set, .. } = run.result;
    let remaining = run.counts().remaining();
    let is_blind = *without_severity > 0 && *without_severity == remaining;
    let others = run.not_shown().filter(|found| !run.shown.has_severity(found)).count();
    let unfixed = run.not_shown().count() - others;
    let not_shown = [
        (others, "not shown, and counted", "of severities that were not asked for"),
        (unfixed, "neither shown nor counted", "for which the report names no fixed version"),
    ];
    let without_fix = if run.shown.only_fixed { 0 } else { *without_fix };
    let not_counted = [
        (
            if is_blind { 0 } else { *without_severity },
            "without a known severity, which is below every threshold",
        ),
        (without_fix, "for which the report names no fixed version"),
        (*in_baseline, "in the baseline"),
    ];
    let not_counted = not_counted.map(|(number, what)| (number, "not counted", what));
    let left_out = not_shown.into_iter().chain(not_counted).filter(|(number, ..)| *number > 0);
    let left_out = left_out.map(|(number, how, what)| format!("{how}: {} {what}", count(number, "finding")));
    let unscanned = (*not_scanned > 0 && *is_set).then(|| "what was not scanned passes no gate".to_owned());
    let blind = is_blind.then(|| {
        let hint = run.texts.remedy(&Remedy::CountUnknownSeverities);
        format!(
            "warning: no finding that remains has a known severity, so none reaches the threshold; {hint}"
        )
    });
    let unbound = run.scans().filter(|scan| scan.applied.is_unbound()).map(|scan| unbound(&scan));
    left_out.chain(unscanned).chain(blind).chain(unbound).collect()
}
