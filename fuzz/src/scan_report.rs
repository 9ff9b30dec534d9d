//! Scanner reports.

use bytes::Bytes;
use dhi::vex::scan_report::{WriteOptions, read};
use dhi::vex::{AppliedReport, AppliedScan, Decision, ImageFacts, Outcome, Scan, StatementSet};

/// Moving a finding to another list nests it deeper, and a report must not become too deep to be read.
const DEPTH: usize = 90;

/// Without decisions a report is the same byte for byte. When all findings are suppressed, the written report has none,
/// and suppressing again changes nothing.
pub fn scan_report(data: &[u8]) {
    let text = Bytes::copy_from_slice(data);
    if depth(&text) > DEPTH {
        return;
    }
    let Some(unchanged) = written(&text, Outcome::Kept, false) else { return };
    assert_eq!(unchanged, text);
    for drop in [false, true] {
        let Some(once) = written(&text, Outcome::Suppressed, drop) else { return };
        let (_, scans) = read(once.clone(), "once").unwrap_or_else(|error| panic!("{error}"));
        assert!(scans.iter().all(|scan| scan.findings.is_empty()));
        assert_eq!(written(&once, Outcome::Suppressed, drop), Some(once));
    }
}

/// The report with one outcome for all findings. `None`: it cannot be read, or not be written.
fn written(text: &Bytes, outcome: Outcome, drop: bool) -> Option<Bytes> {
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
    let applied = |scan: Scan| {
        let decisions = vec![decision.clone(); scan.findings.len()];
        AppliedScan { scan, facts: ImageFacts::default(), decisions }
    };
    let result = AppliedReport { name: "report".to_owned(), scans: scans.into_iter().map(applied).collect() };
    let rewritten = report.rewrite(&result, &StatementSet::default(), &WriteOptions { drop }).ok()?;
    Some(rewritten.pieces().flatten().copied().collect())
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
