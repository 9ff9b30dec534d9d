//! Writes decisions into a Trivy report.

use std::ops::Range;
use std::sync::Arc;

use super::Places;
use super::result::{MemberPlace, ResultPlace};
use crate::vex::scan_report::layout::{Layout, NewValue, Start};
use crate::vex::scan_report::parts::list_of;
use crate::vex::scan_report::pieces::{Edits, Piece};
use crate::vex::scan_report::verdict::Verdict;
use crate::vex::{AppliedReport, AppliedScan, StatementSet};

/// The edits that move suppressed findings.
pub(in crate::vex::scan_report) fn write(
    places: &Places,
    text: &str,
    report: &AppliedReport,
    statements: &StatementSet,
) -> Edits {
    let mut edits = Edits::default();
    let layout = Layout::of(text);
    for (results, scan) in places.0.iter().zip(&report.scans) {
        for place in results {
            write_result(&mut edits, place, text, &layout, scan, statements);
        }
    }
    edits
}

fn write_result(
    edits: &mut Edits,
    place: &ResultPlace,
    text: &str,
    layout: &Layout,
    scan: &AppliedScan,
    statements: &StatementSet,
) {
    let Some(vulnerabilities) = &place.vulnerabilities else { return };
    let Some(list) = &vulnerabilities.list else { return };
    let mut is_moved = vec![false; list.spans.len()];
    let mut moved = Vec::new();
    for (index, (span, is_moved)) in list.spans.iter().zip(&mut is_moved).enumerate() {
        let verdict = Verdict::of(scan, place.first_finding + index, statements);
        if let Some(verdict) = verdict.filter(|verdict| verdict.is_suppressed) {
            *is_moved = true;
            moved.push(modified_finding(text, span, layout, &verdict));
        }
    }
    if moved.is_empty() {
        return;
    }
    let is_emptied = is_moved.iter().all(|is_moved| *is_moved);
    if !is_emptied {
        list.remove(edits, |index| is_moved.get(index) == Some(&true));
    }
    let start = Start::of(text, vulnerabilities.start);
    match (&place.modified, is_emptied) {
        (Some(modified), _) => {
            if is_emptied {
                let is_list = |span: &Range<usize>| span.start == vulnerabilities.start;
                place.members.remove(edits, |index| place.members.spans.get(index).is_some_and(is_list));
            }
            append(edits, modified, text, layout, moved);
        }
        (None, true) => {
            let mut member = vec![Piece::New(format!("\"ExperimentalModifiedFindings\"{}", layout.colon()))];
            member.extend(list_of(layout, start, moved));
            edits.put(vulnerabilities.start..vulnerabilities.value.end, member);
        }
        (None, false) => {
            let lead = format!(",{}\"ExperimentalModifiedFindings\"{}", layout.next(start), layout.colon());
            let mut member = vec![Piece::New(lead)];
            member.extend(list_of(layout, start, moved));
            edits.put(vulnerabilities.value.end..vulnerabilities.value.end, member);
        }
    }
}

fn append(edits: &mut Edits, member: &MemberPlace, text: &str, layout: &Layout, moved: Vec<Vec<Piece>>) {
    let start = Start::of(text, member.start);
    match &member.list {
        Some(list) => list.append(edits, text, layout, start, moved),
        None => edits.put(member.value.clone(), list_of(layout, start, moved)),
    }
}

/// A finding with the status that VEX gives it. It is one level deeper than before.
fn modified_finding(text: &str, span: &Range<usize>, layout: &Layout, verdict: &Verdict<'_>) -> Vec<Piece> {
    let start = Start::of(text, span.start);
    let statement = match (verdict.justification, verdict.text) {
        (Some(justification), _) => justification.as_str(),
        (None, text) => text.unwrap_or_default(),
    };
    let mut lead = format!("{{{}", layout.line_in(start));
    for (name, value) in [
        ("Type", "vulnerability"),
        ("Status", verdict.status.as_str()),
        ("Statement", statement),
        ("Source", verdict.label.as_str()),
    ] {
        lead.push_str(&layout.member(name, &NewValue::text(value), start));
        lead.push(',');
        lead.push_str(&layout.next_in(start));
    }
    lead.push_str("\"Finding\"");
    lead.push_str(layout.colon());
    vec![
        Piece::New(lead),
        Piece::Indented(span.clone(), Arc::from(layout.unit())),
        Piece::New(format!("{}}}", start.line_end())),
    ]
}
