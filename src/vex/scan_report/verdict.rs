//! What is written into a report about one finding.

use std::borrow::Cow;

use crate::vex::{AppliedScan, Decision, Justification, Outcome, Statement, StatementSet, Status};

/// What is written about one finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict<'a> {
    /// Whether the finding is suppressed.
    pub(super) is_suppressed: bool,
    /// The status of the statement that decided.
    pub(super) status: Status,
    /// Its justification.
    pub(super) justification: Option<Justification>,
    /// Whether its document calls the finding a false positive.
    pub(super) is_false_positive: bool,
    /// Its reason in words: the impact statement, or the notes on the status.
    pub(super) text: Option<&'a str>,
    /// What to do, in its words.
    pub(super) action: Option<&'a str>,
    /// The statement: `dhi: SOURCE#INDEX`.
    pub(super) label: String,
}

impl<'a> Verdict<'a> {
    /// The verdict about the finding at `index`. `None`: no statement decided about it.
    pub(super) fn of(scan: &AppliedScan, index: usize, statements: &'a StatementSet) -> Option<Self> {
        let decision: &Decision = scan.decisions.get(index)?;
        let is_suppressed = decision.outcome == Outcome::Suppressed;
        let ruling = decision.ruling.as_ref();
        if ruling.is_none() && !is_suppressed {
            return None;
        }
        let found = ruling.and_then(|ruling| Some((ruling, statements.get(ruling.statement)?)));
        let statement: Option<&'a Statement> = found.map(|(_, (_, statement))| statement);
        let words = |text: &'a Option<String>| text.as_deref().filter(|text| !text.trim().is_empty());
        Some(Self {
            is_suppressed,
            status: ruling.map_or(Status::NotAffected, |ruling| ruling.status),
            justification: ruling.and_then(|ruling| ruling.justification),
            is_false_positive: statement.is_some_and(|statement| statement.is_false_positive),
            text: statement
                .and_then(|this| words(&this.impact_statement).or_else(|| words(&this.status_notes))),
            action: statement.and_then(|this| words(&this.action_statement)),
            label: found.map_or_else(
                || "dhi".to_owned(),
                |(ruling, (document, _))| format!("dhi: {}#{}", document.source.name, ruling.statement.index),
            ),
        })
    }

    /// The justification and the reason in words, as `LABEL: TEXT`, or the one of them that is known.
    pub(super) fn reason(&self) -> Option<Cow<'a, str>> {
        match (self.justification, self.text) {
            (Some(justification), Some(text)) => {
                Some(Cow::Owned(format!("{}: {text}", justification.as_str())))
            }
            (Some(justification), None) => Some(Cow::Borrowed(justification.as_str())),
            (None, text) => text.map(Cow::Borrowed),
        }
    }
}
