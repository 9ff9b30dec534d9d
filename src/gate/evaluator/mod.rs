//! Evaluates policies in Rego within limits.
//!
//! A policy is a program that others wrote. It cannot change what a verdict is made of: it receives facts and returns
//! a result. Limits on time, memory and stack hold in a process of its own, which has no other input, no environment
//! and no open files. A policy that reaches a limit has no result, and the other policies have theirs.

mod budget;
mod child;
mod images;
mod in_process;
mod message;
mod process;
mod resources;

use std::path::PathBuf;
use std::sync::Arc;

pub use child::serve;
pub use images::ImageEvaluations;
use tokio::sync::Semaphore;

use super::limits::EVALUATIONS_AT_ONCE;
use crate::limits::Limits;
use crate::policy::facts::ImageFacts;
use crate::policy::rego::{Evaluation, NotApplicable, RegoPolicy, Settings, Stopped};

/// Where policies in Rego are evaluated.
///
/// Clones share the bound of evaluations at once.
#[derive(Clone, Debug)]
pub struct Evaluator {
    place: Place,
    at_once: Arc<Semaphore>,
}

#[derive(Clone, Debug)]
enum Place {
    /// Processes of this program.
    Program(PathBuf),
    /// A thread of this process.
    InProcess,
}

impl Evaluator {
    /// Evaluates in processes of the command `dhi` at `path`, with all limits. The command itself gives its own path.
    ///
    /// On systems other than Unix a process has the time limit only.
    pub fn program(path: impl Into<PathBuf>) -> Self {
        Self::new(Place::Program(path.into()))
    }

    /// Evaluates in a thread of this process, with the time limit only.
    ///
    /// Only for policies that the caller trusts: one that takes all memory, or recurses without end, ends this process.
    pub fn in_process() -> Self {
        Self::new(Place::InProcess)
    }

    fn new(place: Place) -> Self {
        Self { place, at_once: Arc::new(Semaphore::new(EVALUATIONS_AT_ONCE)) }
    }

    /// Evaluates `policies` for the image of `facts`. Returns one result for each policy, in their order.
    pub async fn evaluate(
        &self,
        policies: &[Arc<RegoPolicy>],
        facts: &ImageFacts,
        settings: &Settings,
        limits: &Limits,
    ) -> Vec<Result<Evaluation, Stopped>> {
        let excluded = policies.iter().map(|policy| policy.applies_to().excludes(facts));
        let excluded: Vec<Option<NotApplicable>> = excluded.collect();
        let of_both = policies.iter().zip(&excluded);
        let applying: Vec<_> =
            of_both.filter(|(_, excluded)| excluded.is_none()).map(|(policy, _)| policy.clone()).collect();
        let results = if applying.is_empty() {
            Vec::new()
        } else {
            self.evaluate_all(&applying, facts, settings, limits).await
        };
        let mut results = results.into_iter();
        let result = |excluded: Option<NotApplicable>| match excluded {
            Some(reason) => Err(Stopped::NotApplicable(reason)),
            None => results.next().unwrap_or_else(|| Err(Stopped::Process("no result".to_owned()))),
        };
        excluded.into_iter().map(result).collect()
    }

    async fn evaluate_all(
        &self,
        policies: &[Arc<RegoPolicy>],
        facts: &ImageFacts,
        settings: &Settings,
        limits: &Limits,
    ) -> Vec<Result<Evaluation, Stopped>> {
        // The semaphore is never closed; an evaluation without a permit would still be within its own limits.
        let _permit = self.at_once.acquire().await.ok();
        match &self.place {
            Place::InProcess => in_process::evaluate(policies, facts, settings, limits).await,
            Place::Program(program) => process::evaluate(program, policies, facts, settings, limits).await,
        }
    }
}
