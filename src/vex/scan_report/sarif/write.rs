//! Writes decisions into a SARIF report.

use std::borrow::Cow;
use std::ops::Range;

use super::places::{Places, STATEMENT, Suppression, SuppressionStatus, SuppressionsPlace};
use crate::vex::scan_report::layout::{Layout, NewValue, Start};
use crate::vex::scan_report::parts::ObjectEnd;
use crate::vex::scan_report::pieces::Edits;
use crate::vex::scan_report::verdict::Verdict;
use crate::vex::{AppliedReport, StatementSet, Status};

/// The edits that mark suppressed results, or remove them, and how many suppressions of others are set to accepted.
pub(in crate::vex::scan_report) fn write(
    places: &Places,
    text: &str,
    report: &AppliedReport,
    statements: &StatementSet,
    is_dropping: bool,
) -> (Edits, usize) {
    let mut edits = Edits::default();
    let mut overruled = 0;
    let layout = Layout::of(text);
    for (run, scan) in places.0.iter().zip(&report.scans) {
        let mut is_dropped = vec![false; run.details.len()];
        let results = run.details.iter().zip(&run.results.spans).zip(&mut is_dropped);
        for ((place, span), is_dropped) in results {
            let verdict = place.finding.and_then(|index| Verdict::of(scan, index, statements));
            let Some(verdict) = verdict else { continue };
            if place.suppressions.as_ref().is_some_and(SuppressionsPlace::is_rejected) {
                continue;
            }
            if verdict.is_suppressed && is_dropping {
                *is_dropped = true;
                continue;
            }
            let Some(mut entry) = entry(&verdict) else { continue };
            if verdict.is_suppressed {
                let others = place.suppressions.iter().flat_map(SuppressionsPlace::open_others);
                entry.overruled = others.clone().next().map(|(entry, _)| entry.status);
                for (_, value) in others {
                    edits.replace(value, "\"accepted\"".to_owned());
                    overruled += 1;
                }
            }
            match &place.suppressions {
                Some(suppressions) => add(&mut edits, suppressions, text, &layout, &entry),
                None => {
                    let end = ObjectEnd::of(text, span.clone());
                    let list = NewValue::List(vec![entry.value()]);
                    edits.insert(end.at(), end.member(&layout, "suppressions", &list));
                }
            }
        }
        if is_dropped.contains(&true) {
            run.results.remove(&mut edits, |index| is_dropped.get(index) == Some(&true));
        }
    }
    (edits, overruled)
}

/// An entry that this program writes.
#[derive(Debug)]
struct Entry<'a> {
    status: SuppressionStatus,
    justification: Cow<'a, str>,
    statement: &'a str,
    /// The status of an older entry that is set to accepted.
    overruled: Option<SuppressionStatus>,
}

/// The entry for a verdict. `None`: nothing is written for an affected package.
fn entry<'a>(verdict: &'a Verdict<'_>) -> Option<Entry<'a>> {
    let status = match (verdict.is_suppressed, verdict.status) {
        (true, _) => SuppressionStatus::Accepted,
        (false, Status::UnderInvestigation) => SuppressionStatus::UnderReview,
        (false, _) => return None,
    };
    let label = match (verdict.justification, verdict.is_false_positive) {
        (Some(justification), _) => justification.as_str(),
        (None, true) => "false_positive",
        (None, false) => verdict.status.as_str(),
    };
    let justification = match verdict.text {
        Some(text) => Cow::Owned(format!("{label}: {text}")),
        None => Cow::Borrowed(label),
    };
    Some(Entry { status, justification, statement: &verdict.label, overruled: None })
}

impl SuppressionsPlace {
    /// The entry that this program wrote. It is replaced by a new one.
    fn own(&self) -> Option<usize> {
        self.entries.iter().position(|entry| entry.statement.is_some())
    }

    /// The other entries that are under review, with the values of their status. They would keep the result open
    /// (SARIF 2.1.0, 3.27.23).
    fn open_others(&self) -> impl Iterator<Item = (&Suppression, Range<usize>)> + Clone {
        let own = self.own();
        let others = self.entries.iter().enumerate().filter(move |(index, _)| Some(*index) != own);
        let open = others.filter(|(_, entry)| entry.status == SuppressionStatus::UnderReview);
        open.filter_map(|(_, entry)| Some((entry, entry.status_value.clone()?)))
    }
}

impl Entry<'_> {
    fn value(&self) -> NewValue<'_> {
        let mut properties = vec![(STATEMENT, NewValue::text(self.statement))];
        properties.extend(self.overruled.map(|status| ("overruled", NewValue::text(status.as_str()))));
        NewValue::Object(vec![
            ("kind", NewValue::text("external")),
            ("status", NewValue::text(self.status.as_str())),
            ("justification", NewValue::text(&*self.justification)),
            ("properties", NewValue::Object(properties)),
        ])
    }

    fn is_equal(&self, other: &Suppression) -> bool {
        other.status == self.status
            && other.justification.as_deref() == Some(&*self.justification)
            && other.statement.as_deref() == Some(self.statement)
    }
}

/// Adds an entry to those that the result has. An older entry of this program is replaced.
fn add(edits: &mut Edits, place: &SuppressionsPlace, text: &str, layout: &Layout, entry: &Entry<'_>) {
    let spans = place.list.as_ref().map(|list| list.spans.as_slice()).unwrap_or_default();
    let own = place.own().and_then(|index| Some((place.entries.get(index)?, spans.get(index)?)));
    match (own, spans.last()) {
        (Some((own, _)), _) if entry.is_equal(own) => {}
        (Some((_, span)), _) => {
            edits.replace(span.clone(), layout.value(&entry.value(), Start::of(text, span.start)));
        }
        (None, Some(last)) => {
            let start = Start::of(text, last.start);
            let value = layout.value(&entry.value(), start);
            edits.insert(last.end, format!(",{}{value}", layout.next(start)));
        }
        (None, None) => {
            let list = NewValue::List(vec![entry.value()]);
            edits.replace(place.value.clone(), layout.value(&list, Start::of(text, place.start)));
        }
    }
}
