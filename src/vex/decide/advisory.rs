//! Findings under the id of an advisory over several vulnerabilities (R10).
//!
//! Invariant: a statement about one of the vulnerabilities never suppresses the finding. It is suppressed by a statement
//! on the advisory itself, or when each vulnerability is assessed and suppressed.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::Timestamp;

use super::assessed;
use super::judgement::Judgement;
use super::precedence::{self, Candidate};
use crate::vex::matching::closeness;
use crate::vex::{Considered, Inapplicable, StatementRef};

/// The judgement over an advisory: `own` by the statements on the advisory, `parts` by those on each vulnerability.
pub(super) fn combine<'a>(own: Judgement<'a>, parts: Vec<Judgement<'a>>, now: Timestamp) -> Judgement<'a> {
    let all_suppressed = !parts.is_empty() && parts.iter().all(Judgement::suppresses);
    let some_suppressed = parts.iter().any(Judgement::suppresses);
    let winners: Vec<Candidate<'a>> = parts.iter().filter_map(|part| part.winner.clone()).collect();
    let keeping: Vec<Candidate<'a>> =
        winners.iter().filter(|winner| !winner.statement.status.suppresses()).cloned().collect();
    if let Some(own_winner) = own.winner.clone() {
        // What keeps a part, and is newer, withdraws what was said about the whole.
        let candidates: Vec<Candidate<'a>> = std::iter::once(own_winner).chain(keeping).collect();
        return decided_by(own, parts, &candidates, None, now);
    }
    if all_suppressed {
        return decided_by(own, parts, &winners, Some(Inapplicable::AllBundledCvesAssessed), now);
    }
    let reason = some_suppressed.then_some(Inapplicable::AdvisoryNotAssessed);
    decided_by(own, parts, &keeping, reason, now)
}

/// The judgement by these candidates, with all that was found about the advisory and its parts.
fn decided_by<'a>(
    own: Judgement<'a>,
    parts: Vec<Judgement<'a>>,
    candidates: &[Candidate<'a>],
    reason: Option<Inapplicable>,
    now: Timestamp,
) -> Judgement<'a> {
    let decided = precedence::winner(candidates, now);
    let winner = decided.map(|(winner, _)| winner.clone());
    let at = winner.as_ref().map(|winner| winner.at);
    let mut merged = Judgement { winner, reason, ..Judgement::default() };
    let mut misses = Vec::new();
    let mut all: BTreeMap<StatementRef, Considered> = BTreeMap::new();
    for judgement in std::iter::once(own).chain(parts) {
        let is_decisive = at.is_some() && judgement.winner.as_ref().map(|winner| winner.at) == at;
        merged.conflict |= is_decisive && judgement.conflict;
        for considered in judgement.considered {
            match all.entry(considered.statement) {
                // A statement that applies to one part applies.
                Entry::Occupied(mut other) if other.get().inapplicable.is_some() => {
                    other.insert(considered);
                }
                Entry::Occupied(_) => {}
                Entry::Vacant(free) => {
                    free.insert(considered);
                }
            }
        }
        let warnings = judgement.warnings.into_iter().filter(|warning| !merged.warnings.contains(warning));
        let warnings: Vec<_> = warnings.collect();
        merged.warnings.extend(warnings);
        misses.extend(judgement.near_miss.map(|miss| (miss, judgement.reason)));
    }
    merged.considered = assessed::to_show(all.into_values().collect(), at);
    if !merged.suppresses() {
        let closest =
            misses.into_iter().min_by_key(|(miss, _)| Reverse((closeness(&miss.part), miss.statement)));
        let found = closest.map(|(miss, reason)| {
            merged.near_miss = Some(miss);
            reason
        });
        if merged.winner.is_none() && merged.reason.is_none() {
            merged.reason = found.flatten().or(Some(Inapplicable::NoStatement));
        }
    }
    merged
}
