//! Which of several applicable statements decides (R14), and what to know about the others (R16).
//!
//! Invariant: the outcome depends on sources, times and statuses only. Positions decide between equal statuses alone,
//! so the order of documents and statements changes the statement that is shown and never the outcome.

use jiff::Timestamp;

use super::fit::Fit;
use crate::vex::{Statement, StatementRef, Status, Warning};

/// A statement that applies to a finding.
#[derive(Clone, Debug)]
pub(super) struct Candidate<'a> {
    /// Where it is.
    pub(super) at: StatementRef,
    /// The statement.
    pub(super) statement: &'a Statement,
    /// The priority of its source.
    pub(super) priority: usize,
    /// How it applies.
    pub(super) fit: Fit,
}

/// By how much a status wins over others of the same time.
fn weight(status: Status) -> u8 {
    match status {
        Status::Affected => 4,
        Status::UnderInvestigation => 3,
        Status::Fixed => 2,
        Status::NotAffected => 1,
        Status::Unknown => 0,
    }
}

/// The statement that decides, and whether one of the same time and another status contradicts it. `None`: there are no
/// candidates.
///
/// 1. The source group of the lowest number that has a candidate.
/// 2. The newest effective time.
/// 3. `affected`, `under_investigation`, `fixed`, `not_affected`.
/// 4. The later source, then the later index.
pub(super) fn winner<'c, 'a>(
    candidates: &'c [Candidate<'a>],
    now: Timestamp,
) -> Option<(&'c Candidate<'a>, bool)> {
    let group = candidates.iter().map(|candidate| candidate.priority).min()?;
    let time = |candidate: &Candidate<'_>| candidate.statement.effective_time(now);
    let in_group = || candidates.iter().filter(|candidate| candidate.priority == group);
    let winner = in_group()
        .max_by_key(|candidate| (time(candidate), weight(candidate.statement.status), candidate.at))?;
    let conflict = in_group().any(|candidate| {
        time(candidate) == time(winner) && candidate.statement.status != winner.statement.status
    });
    Some((winner, conflict))
}

/// What to know about the candidates that did not win, and about times.
pub(super) fn warnings(winner: &Candidate<'_>, candidates: &[Candidate<'_>], now: Timestamp) -> Vec<Warning> {
    let suppresses = winner.statement.status.suppresses();
    let newest = |candidates: &mut dyn Iterator<Item = &Candidate<'_>>| {
        candidates
            .max_by_key(|candidate| (candidate.statement.effective_time(now), candidate.at))
            .map(|candidate| candidate.at)
    };
    let contrary =
        || candidates.iter().filter(|candidate| candidate.statement.status.suppresses() != suppresses);
    let older = newest(&mut contrary().filter(|candidate| {
        candidate.priority == winner.priority
            && candidate.statement.effective_time(now) < winner.statement.effective_time(now)
    }));
    let mut warnings = Vec::new();
    warnings.extend(older.map(|older| {
        if suppresses {
            Warning::ShadowedKeeping { older, newer: winner.at }
        } else {
            let inherited_time = !winner.statement.has_own_time;
            Warning::ShadowedSuppression { older, newer: winner.at, inherited_time }
        }
    }));
    let overruled = newest(&mut contrary().filter(|candidate| candidate.priority != winner.priority));
    warnings.extend(overruled.map(|statement| Warning::OverruledByPriority { statement }));
    let future = candidates.iter().filter(|candidate| candidate.statement.timestamp > Some(now));
    warnings.extend(future.map(|candidate| Warning::FutureTime { statement: candidate.at }));
    warnings
}
