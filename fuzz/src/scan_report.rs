//! Scanner reports.

use bytes::Bytes;
use dhi::vex::scan_report::{WriteOptions, read};
use dhi::vex::{AppliedReport, AppliedScan, Decision, ImageFacts, Outcome, Scan, StatementSet};

/// Moving a finding to another list nests it deeper, and a report must not become too deep to be read.
const DEPTH: usize = 90;

/// Without decisions a report is the same byte for byte. When all findings are suppressed, the written report has only
/// those whose suppression somebody rejected in it, and suppressing again changes nothing.
pub fn scan_report(data: &[u8]) {
    let text = Bytes::copy_from_slice(data);
    if depth(&text) > DEPTH {
        return;
    }
    let Some((unchanged, _)) = written(&text, Outcome::Kept, false) else { return };
    assert_eq!(unchanged, text);
    for drop in [false, true] {
        let Some((once, kept)) = written(&text, Outcome::Suppressed, drop) else { return };
        let (_, scans) = read(once.clone(), "once").unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(scans.iter().map(|scan| scan.findings.len()).sum::<usize>(), kept);
        assert_eq!(written(&once, Outcome::Suppressed, drop), Some((once, kept)));
    }
}

/// The report with one outcome for all findings, and how many are kept. `None`: it cannot be read, or not be written.
fn written(text: &Bytes, outcome: Outcome, drop: bool) -> Option<(Bytes, usize)> {
    let (report, scans) = read(text.clone(), "report").ok()?;
    let decision = Decision {
        outcome,
        ruling: None,
        reason: None,
        conflict: false,
        considered: Vec::new(),
        near_miss: None,
        warnings: Vec::new(),
    };
    let applied = |(at, scan): (usize, Scan)| {
        let mut decisions = vec![decision.clone(); scan.findings.len()];
        report.keep_rejected(at, &mut decisions);
        AppliedScan { scan, facts: ImageFacts::default(), decisions }
    };
    let result = AppliedReport {
        name: "report".to_owned(),
        scans: scans.into_iter().enumerate().map(applied).collect(),
    };
    let kept = result.scans.iter().map(|scan| scan.kept().count()).sum();
    let rewritten = report.rewrite(&result, &StatementSet::default(), &WriteOptions { drop }).ok()?;
    Some((rewritten.pieces().flatten().copied().collect(), kept))
}

/// The number of opening brackets, which is at least the depth.
fn depth(text: &[u8]) -> usize {
    let mut open = 0_usize;
    let mut deepest = 0;
    for byte in text {
        match byte {
            b'{' | b'[' => open += 1,
            b'}' | b']' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest
}
