//! Policies that are unknown for one cause. Text for people has one note for all of them; documents have each.

use super::folded::FoldedResult;
use crate::diagnostic::{Diagnostic, Remedy};
use crate::evidence::Outcome;
use crate::policy::facts::UnknownKind;
use crate::policy::rego::{UnknownReason, Verdict};

/// The results, those together that are unknown for one cause, in the order of the first of each.
pub(super) fn by_cause<'r, 'a>(folded: &'r [FoldedResult<'a>]) -> Vec<Vec<&'r FoldedResult<'a>>> {
    let mut groups: Vec<(Option<Diagnostic>, Vec<&FoldedResult<'_>>)> = Vec::new();
    for one in folded {
        let cause = cause(one);
        let is_same = |(known, group): &&mut (Option<Diagnostic>, Vec<&FoldedResult<'_>>)| {
            let images = group.first().map(|first| &first.images);
            cause.is_some() && *known == cause && images == Some(&one.images)
        };
        match groups.iter_mut().find(is_same) {
            Some((_, group)) => group.push(one),
            None => groups.push((cause, vec![one])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// The note about several policies that are unknown for one cause, and what it is about.
pub(super) fn note(group: &[&FoldedResult<'_>]) -> Option<(Diagnostic, String)> {
    let first = group.first().filter(|_| group.len() > 1)?;
    let names: Vec<&str> = group.iter().map(|folded| folded.policy.name()).collect();
    let scope = format!("{} policies of {}", group.len(), first.images);
    Some((cause(first)?.fact("policies", names.join(", ")), scope))
}

/// Why a result is unknown, without what only this policy asked. `None` if no other policy can share the cause.
fn cause(folded: &FoldedResult<'_>) -> Option<Diagnostic> {
    let result = folded.result;
    let shown = result.check.shown().filter(|_| result.check.outcome() == Outcome::Unknown)?;
    let message = match result.evaluation.as_ref().map(|evaluation| &evaluation.verdict) {
        // It was stopped, by something else than a limit of its own.
        None | Some(Verdict::Unknown(UnknownReason::FindingsNotGiven)) => shown.message.clone(),
        // What is not recorded is missing for one reason, whatever each policy asked for.
        Some(Verdict::Unknown(UnknownReason::Unanswered { cause, .. })) => match cause.kind {
            UnknownKind::NotRecorded { .. } => {
                "the file does not hold the facts that they ask for".to_owned()
            }
            _ => cause.text.clone(),
        },
        Some(_) => return None,
    };
    let of_policy = |remedy: &&Remedy| !matches!(remedy, Remedy::FollowPolicy { .. });
    let remedies = shown.remedies.iter().filter(of_policy).cloned().collect();
    Some(Diagnostic { remedies, ..Diagnostic::new(shown.code, message) })
}
