//! Writes decisions into a CycloneDX report.

use std::ops::Range;

use super::places::{Places, PropertiesPlace, VulnerabilityPlace};
use super::vulnerability::PROPERTY;
use crate::vex::scan_report::layout::{Layout, NewValue, Start};
use crate::vex::scan_report::parts::ObjectEnd;
use crate::vex::scan_report::pieces::{Edits, Piece};
use crate::vex::scan_report::verdict::Verdict;
use crate::vex::{AppliedReport, Justification, StatementSet, Status};

/// The edits that write the analysis of each vulnerability about which statements decided.
pub(in crate::vex::scan_report) fn write(
    places: &Places,
    text: &str,
    report: &AppliedReport,
    statements: &StatementSet,
) -> Edits {
    let mut edits = Edits::default();
    let Some(scan) = report.scans.first() else { return edits };
    let writer = Writer { text, layout: Layout::of(text) };
    for (place, span) in places.details.iter().zip(&places.vulnerabilities.spans) {
        let findings = place.first_finding..place.first_finding + place.findings;
        let verdicts: Vec<_> = findings.map(|index| Verdict::of(scan, index, statements)).collect();
        writer.write(&mut edits, place, span, &verdicts);
    }
    edits
}

struct Writer<'a> {
    text: &'a str,
    layout: Layout,
}

impl Writer<'_> {
    /// Writes the verdicts about one vulnerability: those about its components, in order.
    fn write(
        &self,
        edits: &mut Edits,
        place: &VulnerabilityPlace,
        span: &Range<usize>,
        verdicts: &[Option<Verdict<'_>>],
    ) {
        let Some(first) = verdicts.first() else { return };
        if verdicts.iter().all(|verdict| verdict == first) {
            if let Some(verdict) = first {
                self.write_analysis(edits, place, span, verdict);
            }
            return;
        }
        // The components that stay together in an entry: those that are kept, and those of each suppressing statement.
        let mut suppressed: Vec<(&Verdict<'_>, Vec<usize>)> = Vec::new();
        let mut kept = Vec::new();
        for (index, verdict) in verdicts.iter().enumerate() {
            match verdict.as_ref().filter(|verdict| verdict.is_suppressed) {
                None => kept.push(index),
                Some(verdict) => match suppressed.iter_mut().find(|(other, _)| *other == verdict) {
                    Some((_, group)) => group.push(index),
                    None => suppressed.push((verdict, vec![index])),
                },
            }
        }
        let mut groups = suppressed.into_iter();
        let staying =
            if kept.is_empty() { groups.next().map(|(verdict, group)| (Some(verdict), group)) } else { None };
        // Kept components with different statements share an entry, which then has none of them.
        let common = kept.first().and_then(|index| verdicts.get(*index)?.as_ref());
        let common = common
            .filter(|common| kept.iter().all(|index| verdicts.get(*index) == Some(&Some((*common).clone()))));
        let (verdict, group) = staying.unwrap_or((common, kept));
        if group.len() < verdicts.len()
            && let Some(affects) = &place.affects
        {
            affects.remove(edits, |index| !group.contains(&index));
        }
        if let Some(verdict) = verdict {
            self.write_analysis(edits, place, span, verdict);
        }
        let copies = groups.flat_map(|(verdict, group)| self.copy(place, span, verdict, &group)).collect();
        edits.put(span.end..span.end, copies);
    }

    /// A further entry for the components in `group`, behind a comma. It has no `bom-ref`, which must be unique.
    fn copy(
        &self,
        place: &VulnerabilityPlace,
        span: &Range<usize>,
        verdict: &Verdict<'_>,
        group: &[usize],
    ) -> Vec<Piece> {
        let mut edits = Edits::default();
        if let Some(bom_ref) = place.bom_ref {
            place.members.remove(&mut edits, |index| index == bom_ref);
        }
        if let Some(affects) = &place.affects {
            affects.remove(&mut edits, |index| !group.contains(&index));
        }
        self.write_analysis(&mut edits, place, span, verdict);
        let mut pieces = vec![Piece::New(format!(",{}", self.layout.next(Start::of(self.text, span.start))))];
        pieces.extend(edits.pieces(span.clone()));
        pieces
    }

    fn write_analysis(
        &self,
        edits: &mut Edits,
        place: &VulnerabilityPlace,
        span: &Range<usize>,
        verdict: &Verdict<'_>,
    ) {
        let wanted = analysis(verdict);
        let properties = properties(verdict);
        let mut appended = Vec::new();
        match &place.analysis {
            Some(analysis) if !self.is_null(&analysis.value) => {
                let mut missing = Vec::new();
                for (name, value) in wanted {
                    match analysis.known.iter().find(|(known, ..)| *known == name) {
                        None => missing.push((name, value)),
                        Some((_, span, known)) => {
                            // What the author of the report wrote about a finding that is kept stays.
                            let may_replace = name == "state" || verdict.is_suppressed;
                            let is_equal =
                                matches!(&value, NewValue::Text(text) if Some(&**text) == known.as_deref());
                            if may_replace && !is_equal && !matches!(value, NewValue::List(_)) {
                                edits.replace(
                                    span.clone(),
                                    self.layout.value(&value, Start::of(self.text, span.start)),
                                );
                            }
                        }
                    }
                }
                self.append(edits, analysis.value.clone(), &missing);
            }
            Some(analysis) => {
                let value =
                    self.layout.value(&NewValue::Object(wanted), Start::of(self.text, analysis.start));
                edits.replace(analysis.value.clone(), value);
            }
            None => appended.push(("analysis", NewValue::Object(wanted))),
        }
        match &place.properties {
            Some(place) => {
                let mut missing = Vec::new();
                for (name, value) in properties {
                    match place.own.iter().find(|(own, ..)| *own == name) {
                        None => missing.push(property(name, value)),
                        Some((_, _, known)) if known.as_deref() == Some(value) => {}
                        Some((_, span, _)) => {
                            let value =
                                self.layout.value(&NewValue::text(value), Start::of(self.text, span.start));
                            edits.replace(span.clone(), value);
                        }
                    }
                }
                self.append_properties(edits, place, missing);
            }
            None => {
                let all = properties.into_iter().map(|(name, value)| property(name, value)).collect();
                appended.push(("properties", NewValue::List(all)));
            }
        }
        self.append(edits, span.clone(), &appended);
    }

    fn is_null(&self, value: &Range<usize>) -> bool {
        self.text.get(value.clone()) == Some("null")
    }

    /// Adds members at the end of an object.
    fn append(&self, edits: &mut Edits, object: Range<usize>, members: &[(&'static str, NewValue<'_>)]) {
        let end = ObjectEnd::of(self.text, object);
        let mut text = String::new();
        for (index, (name, value)) in members.iter().enumerate() {
            if index == 0 {
                text.push_str(&end.lead(&self.layout));
            } else {
                text.push(',');
                text.push_str(&self.layout.next(end.start()));
            }
            text.push_str(&self.layout.member(name, value, end.start()));
        }
        if !text.is_empty() {
            edits.insert(end.at(), text);
        }
    }

    fn append_properties(&self, edits: &mut Edits, place: &PropertiesPlace, missing: Vec<NewValue<'_>>) {
        if missing.is_empty() {
            return;
        }
        match place.list.as_ref().and_then(|list| list.spans.last()) {
            Some(last) => {
                let start = Start::of(self.text, last.start);
                for value in &missing {
                    let value = self.layout.value(value, start);
                    edits.insert(last.end, format!(",{}{value}", self.layout.next(start)));
                }
            }
            None => {
                let list = self.layout.value(&NewValue::List(missing), Start::of(self.text, place.start));
                edits.replace(place.value.clone(), list);
            }
        }
    }
}

/// The members of `analysis` for a verdict.
fn analysis<'a>(verdict: &'a Verdict<'_>) -> Vec<(&'static str, NewValue<'a>)> {
    let state = match verdict.status {
        _ if verdict.is_false_positive => "false_positive",
        Status::Fixed => "resolved",
        Status::Affected => "exploitable",
        Status::UnderInvestigation => "in_triage",
        _ => "not_affected",
    };
    let mut members = vec![("state", NewValue::text(state))];
    members.extend(verdict.justification.map(|label| ("justification", NewValue::text(nearest(label)))));
    let action = verdict.action.filter(|_| verdict.status == Status::Affected);
    let is_update = action.map(str::to_ascii_lowercase);
    if is_update.is_some_and(|action| action.contains("update") || action.contains("upgrade")) {
        members.push(("response", NewValue::List(vec![NewValue::text("update")])));
    }
    let detail = match (verdict.reason(), action) {
        (Some(reason), Some(action)) => Some(format!("{reason}\n{action}").into()),
        (reason, action) => reason.or(action.map(Into::into)),
    };
    members.extend(detail.map(|detail| ("detail", NewValue::Text(detail))));
    members
}

/// The justification of CycloneDX that is nearest to one of OpenVEX. `requires_environment` stands for code that an
/// adversary cannot control, for which CycloneDX has no label.
fn nearest(justification: Justification) -> &'static str {
    match justification {
        Justification::ComponentNotPresent | Justification::VulnerableCodeNotPresent => "code_not_present",
        Justification::VulnerableCodeNotInExecutePath => "code_not_reachable",
        Justification::VulnerableCodeCannotBeControlledByAdversary => "requires_environment",
        Justification::InlineMitigationsAlreadyExist => "protected_by_mitigating_control",
    }
}

/// The properties that name the statement and its own label.
fn properties<'a>(verdict: &'a Verdict<'_>) -> Vec<(String, &'a str)> {
    let mut properties = vec![(format!("{PROPERTY}statement"), verdict.label.as_str())];
    let label = verdict.justification.map(Justification::as_str);
    properties.extend(label.map(|label| (format!("{PROPERTY}justification"), label)));
    properties
}

fn property<'a>(name: String, value: &'a str) -> NewValue<'a> {
    NewValue::Object(vec![("name", NewValue::text(name)), ("value", NewValue::text(value))])
}
