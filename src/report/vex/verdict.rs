//! The verdict over all reports in one line, and what a reader of that line must know.

use std::collections::BTreeSet;

use super::run::AppliedRun;
use super::sources::uses;
use super::wording::count;
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
    let head = format!("{of} {verb}");
    let result = run.result;
    let gate = if result.is_set {
        let verb = if result.counting.len() == 1 { "counts" } else { "count" };
        let number =
            if result.counting.is_empty() { "none".to_owned() } else { result.counting.len().to_string() };
        format!("; {number} {verb} ({})", conditions(run.gate))
    } else {
        String::new()
    };
    let not_scanned = match counts.not_scanned {
        0 => String::new(),
        1 => "; 1 subject was not scanned".to_owned(),
        subjects => format!("; {subjects} subjects were not scanned"),
    };
    let incomplete = if run.incomplete.is_empty() { "" } else { "; the result is incomplete" };
    head + &gate + &not_scanned + incomplete
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

/// What the gate left out, in words.
pub(in crate::report) fn remarks(run: &AppliedRun<'_>) -> Vec<String> {
    let GateResult { in_baseline, without_fix, without_severity, not_scanned, is_set, .. } = run.result;
    let not_counted = [
        (*without_severity, "without a known severity, which is below every threshold"),
        (*without_fix, "for which the report names no fixed version"),
        (*in_baseline, "in the baseline"),
    ];
    let left_out = not_counted.into_iter().filter(|(number, _)| *number > 0);
    let left_out = left_out.map(|(number, what)| format!("not counted: {} {what}", count(number, "finding")));
    let unscanned = (*not_scanned > 0 && *is_set).then(|| "what was not scanned passes no gate".to_owned());
    left_out.chain(unscanned).collect()
}
