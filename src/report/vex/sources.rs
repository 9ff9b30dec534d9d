//! What each source of statements did in a run: how many findings it suppresses and keeps, who signed it, how old it is.
//!
//! A source that did nothing is listed too, with the reason: it has no statements, none is about a finding, or it may
//! not suppress.

use jiff::Timestamp;

use super::run::AppliedRun;
use super::wording::{count, mistrust};
use crate::vex::{Outcome, SourcedDocument};

/// A source, and what it did.
pub(in crate::report) struct SourceUse<'a> {
    /// The source and its document.
    pub(in crate::report) of: &'a SourcedDocument,
    /// The findings that it suppresses.
    pub(in crate::report) suppressed: usize,
    /// The findings that it keeps.
    pub(in crate::report) kept: usize,
    /// Whether one of its statements is about the vulnerability of a finding.
    pub(super) is_near: bool,
}

/// All sources, in their order.
pub(in crate::report) fn uses<'a>(run: &AppliedRun<'a>) -> Vec<SourceUse<'a>> {
    let documents = run.statements().documents().iter();
    let mut uses: Vec<SourceUse<'a>> =
        documents.map(|of| SourceUse { of, suppressed: 0, kept: 0, is_near: false }).collect();
    for found in run.findings() {
        let decision = found.decision;
        let considered = decision.considered.iter().map(|considered| considered.statement.source);
        let near = decision.near_miss.iter().map(|near| near.statement.source);
        for source in considered.chain(near) {
            if let Some(one) = uses.get_mut(source) {
                one.is_near = true;
            }
        }
        let ruling = decision.ruling.as_ref().and_then(|ruling| uses.get_mut(ruling.statement.source));
        if let Some(one) = ruling {
            one.is_near = true;
            match decision.outcome {
                Outcome::Suppressed => one.suppressed += 1,
                Outcome::Kept => one.kept += 1,
            }
        }
    }
    uses
}

impl SourceUse<'_> {
    /// The number of its statements.
    pub(in crate::report) fn statements(&self) -> usize {
        self.of.document.statements.len()
    }

    /// Why it did nothing, and what its reader remarked. Empty if there is nothing to say.
    pub(in crate::report) fn remarks(&self) -> Vec<String> {
        let mut remarks: Vec<String> = self.of.document.remarks.iter().map(ToString::to_string).collect();
        let mistrusted = mistrust(&self.of.source.trust);
        let is_unused = mistrusted.is_none() && !self.is_near && self.statements() > 0;
        remarks.extend(mistrusted);
        remarks.extend(is_unused.then(|| {
            let statements = count(self.statements(), "statement");
            format!("unused: of its {statements}, none is about a finding of the reports")
        }));
        remarks
    }
}

/// The days between two times, as whole days.
pub(super) fn age_in_days(then: Timestamp, now: Timestamp) -> i64 {
    now.duration_since(then).as_hours() / 24
}
