//! One entry of `vulnerabilities`: the vulnerability, its analysis, and what it affects.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::borrow::Cow;

use super::bom::Affected;
use crate::vex::json_reader::{Fault, Reader};
use crate::vex::{Justification, Status, Vulnerability};

/// One entry as it is written.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) bom_ref: Option<String>,
    pub(super) vulnerability: Vulnerability,
    /// `None`: it assesses nothing.
    pub(super) state: Option<String>,
    justification: Option<String>,
    detail: Option<String>,
    responses: Vec<String>,
    recommendation: Option<String>,
    /// `lastUpdated`, else `firstIssued`.
    pub(super) time: Option<Timestamp>,
    /// The one of these members that is no time. See [`Entry::time_in`].
    pub(super) unreadable_time: Option<String>,
    pub(super) affected: Vec<Affected>,
}

/// The reason for a state, in the terms of OpenVEX.
#[derive(Debug, Default)]
pub(super) struct Reason {
    pub(super) justification: Option<Justification>,
    pub(super) unknown_justification: Option<String>,
    pub(super) impact_statement: Option<String>,
    pub(super) notes: Option<String>,
}

impl Entry {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let mut entry = Self::default();
        let members = ["bom-ref", "id", "references", "analysis", "affects", "recommendation"];
        reader.object(&members, |reader, name| match name {
            "bom-ref" => text(reader, &mut entry.bom_ref),
            "id" => text(reader, &mut entry.vulnerability.name),
            "references" => reader.optional_array(|reader| {
                reader.object(&["id"], |reader, _| {
                    let id = reader.optional_string()?.filter(|id| !id.is_empty());
                    entry.vulnerability.aliases.extend(id.map(Cow::into_owned));
                    Ok(())
                })
            }),
            "analysis" => entry.read_analysis(reader),
            "recommendation" => text(reader, &mut entry.recommendation),
            _ => reader.optional_array(|reader| {
                entry.affected.push(Affected::read(reader)?);
                Ok(())
            }),
        })?;
        Ok(entry)
    }

    fn read_analysis(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        let (mut first, mut last) = (None, None);
        let members = ["state", "justification", "detail", "response", "firstIssued", "lastUpdated"];
        reader.optional_object(&members, |reader, name| match name {
            "state" => text(reader, &mut self.state),
            "justification" => text(reader, &mut self.justification),
            "detail" => text(reader, &mut self.detail),
            "response" => {
                self.responses = reader.strings()?;
                Ok(())
            }
            "firstIssued" => text(reader, &mut first),
            _ => text(reader, &mut last),
        })?;
        let time = last.or(first);
        self.time = time.as_deref().and_then(|time| time.parse().ok().or_else(|| self.time_on_day(time)));
        self.unreadable_time = time.filter(|_| self.time.is_none());
        Ok(())
    }

    /// The time of a date without a time, or of one without an offset: for a status that suppresses the first moment of
    /// the day, and for others the last. So a statement that keeps is not older than one of the same day that suppresses.
    fn time_on_day(&self, text: &str) -> Option<Timestamp> {
        let day: Date = text.parse().ok()?;
        let time =
            if self.status().suppresses() { day.at(0, 0, 0, 0) } else { day.at(23, 59, 59, 999_999_999) };
        TimeZone::UTC.to_timestamp(time).ok()
    }

    /// The time that counts in a document of this time. A time that cannot be read makes a statement that suppresses
    /// the oldest, and any other as new as the document, or its newest statement: it never makes a finding disappear.
    pub(super) fn time_in(
        &self,
        document: Option<Timestamp>,
        newest: Option<Timestamp>,
    ) -> Option<Timestamp> {
        match &self.unreadable_time {
            Some(_) if self.status().suppresses() => None,
            Some(_) => newest,
            None => self.time.or(document),
        }
    }

    /// The status that the state means.
    pub(super) fn status(&self) -> Status {
        match self.state.as_deref() {
            Some("not_affected" | "false_positive") => Status::NotAffected,
            Some("resolved" | "resolved_with_pedigree") => Status::Fixed,
            Some("exploitable") => Status::Affected,
            Some("in_triage") => Status::UnderInvestigation,
            _ => Status::Unknown,
        }
    }

    /// Whether the state is `false_positive`, which is its own reason.
    pub(super) fn is_false_positive(&self) -> bool {
        self.state.as_deref() == Some("false_positive")
    }

    /// The reason in the terms of OpenVEX. `requires_…` has no label there, so its text is the impact statement.
    pub(super) fn reason(&self) -> Reason {
        let detail = self.detail.clone();
        if self.status() != Status::NotAffected {
            return Reason { notes: detail, ..Reason::default() };
        }
        let label = self.justification.as_deref();
        let justification = label.and_then(|label| match label {
            "code_not_present" => Some(Justification::VulnerableCodeNotPresent),
            "code_not_reachable" => Some(Justification::VulnerableCodeNotInExecutePath),
            "protected_by_compiler"
            | "protected_at_runtime"
            | "protected_at_perimeter"
            | "protected_by_mitigating_control" => Some(Justification::InlineMitigationsAlreadyExist),
            _ => None,
        });
        let requirement = label.filter(|label| {
            matches!(*label, "requires_configuration" | "requires_dependency" | "requires_environment")
        });
        let unknown = label.filter(|_| justification.is_none() && requirement.is_none());
        let impact = match (requirement, detail) {
            (Some(requirement), Some(detail)) => Some(format!("{requirement}: {detail}")),
            (requirement, detail) => detail.or_else(|| requirement.map(str::to_owned)),
        };
        Reason {
            justification,
            unknown_justification: unknown.map(str::to_owned),
            impact_statement: impact,
            notes: None,
        }
    }

    /// What to do about an exploitable vulnerability.
    pub(super) fn action(&self) -> Option<String> {
        if self.status() != Status::Affected {
            return None;
        }
        let responses = (!self.responses.is_empty()).then(|| self.responses.join(", "));
        self.recommendation.clone().or(responses)
    }
}

/// Reads a text. One that is empty counts as absent.
fn text(reader: &mut Reader<'_>, into: &mut Option<String>) -> Result<(), Fault> {
    *into = reader.optional_string()?.filter(|text| !text.trim().is_empty()).map(Cow::into_owned);
    Ok(())
}
