//! The rules by which a statement that Grype found hides a finding, or brings a hidden one back.
//!
//! A VEX file on the command line adds a rule for `not_affected` and one for `fixed`; the setting `vex-add` adds one for each of its
//! statuses. The configuration of a user may have narrower ones.

use crate::vex::{DocumentFormat, Justification, Statement, Status};

/// A rule with a VEX status. Its conditions on packages have no effect in Grype.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoreRule {
    /// The id of the vulnerability, if it is about one only.
    pub vulnerability: Option<String>,
    /// The status of the statement.
    pub status: Status,
    /// The justification of the statement, if it is about one only.
    pub justification: Option<Justification>,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RuleEffect {
    /// It hides a finding.
    Ignore,
    /// It brings back a finding that another rule hides.
    Augment,
}

impl IgnoreRule {
    /// What a rule with this status does.
    pub fn effect(&self) -> RuleEffect {
        if self.status.suppresses() { RuleEffect::Ignore } else { RuleEffect::Augment }
    }

    /// The rules that a VEX file on the command line adds.
    pub fn defaults() -> [Self; 2] {
        [Status::NotAffected, Status::Fixed].map(|status| Self {
            vulnerability: None,
            status,
            justification: None,
        })
    }

    fn applies(&self, statement: &Statement, format: DocumentFormat) -> bool {
        let vulnerability = &statement.vulnerability;
        let named = self.vulnerability.as_ref().is_none_or(|id| {
            vulnerability.iri.as_ref() == Some(id)
                || vulnerability.name.as_ref() == Some(id)
                || vulnerability.aliases.contains(id)
        });
        // For CSAF, the justification is not looked at.
        let justified = format == DocumentFormat::Csaf
            || statement.status != Status::NotAffected
            || self.justification.is_none()
            || self.justification == statement.justification;
        self.status == statement.status && named && justified
    }
}

/// The first rule that applies to a statement. Without any rule, Grype makes one of the statement.
pub fn matching_rule(
    rules: &[IgnoreRule],
    statement: &Statement,
    format: DocumentFormat,
) -> Option<IgnoreRule> {
    if statement.status == Status::Unknown {
        return None;
    }
    if rules.is_empty() {
        let vulnerability = statement.vulnerability.iri.clone();
        return Some(IgnoreRule {
            vulnerability,
            status: statement.status,
            justification: statement.justification,
        });
    }
    rules.iter().find(|rule| rule.applies(statement, format)).cloned()
}
