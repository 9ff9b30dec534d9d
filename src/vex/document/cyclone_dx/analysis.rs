//! One entry of `vulnerabilities`: the vulnerability, its analysis, and what it affects.

use jiff::Timestamp;
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
    /// Whether it has one of these members. One that is no time is not replaced by the time of the document.
    pub(super) has_time: bool,
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
        self.has_time = time.is_some();
        self.time = time.and_then(|time| time.parse().ok());
        Ok(())
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
