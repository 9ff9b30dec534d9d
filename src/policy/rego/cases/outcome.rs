//! Compares results of evaluations: with what a case expects, and with those of changed facts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::mutants::Mutant;
use super::reader::{Case, Expected, ExpectedViolation};
use crate::policy::rego::{Evaluation, Verdict, Violation};

/// What is not as a case expects it.
#[derive(Clone, Debug, PartialEq)]
pub enum Mismatch {
    /// Another verdict; the violations, or the reason, of the one that was found.
    Verdict {
        /// What is expected.
        expected: Expected,
        /// What was found.
        found: Expected,
        /// Why, in one line.
        because: String,
    },
    /// A violation that is expected and was not found.
    MissingViolation(ExpectedViolation),
    /// A violation that is not expected.
    OtherViolation(Violation),
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verdict { expected, found, because } => {
                write!(f, "expected {}, found {}", expected.as_str(), found.as_str())?;
                if because.is_empty() { Ok(()) } else { write!(f, ": {because}") }
            }
            Self::MissingViolation(violation) => {
                let message = violation.message.as_deref().unwrap_or("any message");
                let detail = serde_json::Value::Object(violation.detail.clone());
                write!(f, "no such violation: {message}, detail {detail}")
            }
            Self::OtherViolation(violation) => {
                let detail = serde_json::Value::Object(violation.detail.clone());
                write!(f, "a violation that is not expected: {}, detail {detail}", violation.message)
            }
        }
    }
}

/// What is not as `case` expects it. Empty if the case holds.
pub fn mismatches(case: &Case, evaluation: &Evaluation) -> Vec<Mismatch> {
    let found = Expected::of(evaluation);
    let mut mismatches = Vec::new();
    if found != case.expect {
        let because = match &evaluation.verdict {
            Verdict::Unknown(reason) => reason.to_string(),
            _ => evaluation.violations.iter().map(|one| one.message.as_str()).collect::<Vec<_>>().join("; "),
        };
        mismatches.push(Mismatch::Verdict { expected: case.expect, found, because });
    }
    let Some(expected) = &case.violations else { return mismatches };
    let mut left: Vec<&Violation> = evaluation.violations.iter().collect();
    for expected in expected {
        match left.iter().position(|violation| is_expected(expected, violation)) {
            Some(at) => {
                left.remove(at);
            }
            None => mismatches.push(Mismatch::MissingViolation(expected.clone())),
        }
    }
    mismatches.extend(left.into_iter().cloned().map(Mismatch::OtherViolation));
    mismatches
}

fn is_expected(expected: &ExpectedViolation, found: &Violation) -> bool {
    let has_message = expected.message.as_ref().is_none_or(|message| *message == found.message);
    has_message && expected.detail.iter().all(|(name, value)| found.detail.get(name) == Some(value))
}

/// What the changes of facts showed about one policy, over all its cases.
#[derive(Clone, Debug, Default)]
pub struct Sensitivity {
    /// Each fact that was changed.
    facts: BTreeMap<String, Changed>,
    /// The cases that pass and keep the verdict whatever is changed.
    insensitive: BTreeSet<String>,
    /// The number of changes that were tried.
    pub tried: usize,
    /// The number of changes over the limit.
    pub left_out: usize,
}

/// What the changes of one fact showed.
#[derive(Clone, Copy, Debug, Default)]
struct Changed {
    /// A change had another result.
    matters: bool,
    /// The policy asks for the fact or reads it.
    is_read: bool,
}

impl Sensitivity {
    /// Adds the results of one case: that of its own facts, and those of changed ones, each with its change.
    ///
    /// A result that was stopped by a limit differs from all others.
    pub fn add<'a>(
        &mut self,
        case: &Case,
        own: &Evaluation,
        changed: impl IntoIterator<Item = (&'a Mutant, Option<&'a Evaluation>)>,
        left_out: usize,
    ) {
        let verdict = Expected::of(own);
        let mut has_other_verdict = false;
        for (mutant, evaluation) in changed {
            self.tried += 1;
            let is_same = evaluation.is_some_and(|found| {
                Expected::of(found) == verdict
                    && found.violations == own.violations
                    && found.bindings == own.bindings
            });
            has_other_verdict |= evaluation.is_none_or(|found| Expected::of(found) != verdict);
            let fact = self.facts.entry(mutant.fact.clone()).or_default();
            fact.matters |= !is_same;
            fact.is_read |= mutant.is_read;
        }
        self.left_out += left_out;
        if verdict == Expected::Pass && !has_other_verdict {
            self.insensitive.insert(case.name.clone());
        }
    }

    /// The facts that the policy asks for or reads, and whose changes had the same result in each case.
    pub fn ignored(&self) -> impl Iterator<Item = &str> {
        let ignored = self.facts.iter().filter(|(_, changed)| changed.is_read && !changed.matters);
        ignored.map(|(fact, _)| fact.as_str())
    }

    /// The facts of which a change had another result in some case.
    pub fn read(&self) -> impl Iterator<Item = &str> {
        self.facts.iter().filter(|(_, changed)| changed.matters).map(|(fact, _)| fact.as_str())
    }

    /// The cases that pass whatever is changed.
    pub fn insensitive(&self) -> impl Iterator<Item = &str> {
        self.insensitive.iter().map(String::as_str)
    }
}
