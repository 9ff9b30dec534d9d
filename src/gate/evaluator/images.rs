//! Evaluates the same policies for several images, one after the other.
//!
//! A policy that a limit stopped is not tried for the images after it, so one policy takes its time only once.

use std::sync::Arc;

use super::Evaluator;
use crate::limits::{Exceeded, Limits};
use crate::policy::facts::ImageFacts;
use crate::policy::rego::{Evaluation, RegoPolicy, Settings, Stopped};

/// Evaluations of policies for images.
pub struct ImageEvaluations<'a> {
    evaluator: &'a Evaluator,
    settings: &'a Settings,
    limits: &'a Limits,
    policies: &'a [Arc<RegoPolicy>],
    /// Which limit stopped each policy.
    stopped: Vec<Option<Exceeded>>,
}

impl<'a> ImageEvaluations<'a> {
    /// No policy is stopped yet.
    pub fn new(
        evaluator: &'a Evaluator,
        policies: &'a [Arc<RegoPolicy>],
        settings: &'a Settings,
        limits: &'a Limits,
    ) -> Self {
        Self { evaluator, settings, limits, policies, stopped: vec![None; policies.len()] }
    }

    /// Evaluates the policies for the image of `facts`, which results of later images name `label`. Returns one result
    /// for each policy, in their order.
    pub async fn evaluate(&mut self, label: &str, facts: &ImageFacts) -> Vec<Result<Evaluation, Stopped>> {
        let tried: Vec<Arc<RegoPolicy>> = self
            .policies
            .iter()
            .zip(&self.stopped)
            .filter(|(_, stopped)| stopped.is_none())
            .map(|(policy, _)| policy.clone())
            .collect();
        let results = if tried.is_empty() {
            Vec::new()
        } else {
            self.evaluator.evaluate(&tried, facts, self.settings, self.limits).await
        };
        let mut results = results.into_iter();
        let mut all = Vec::new();
        for stopped in &mut self.stopped {
            if let Some(exceeded) = stopped {
                all.push(Err(Stopped::Limit(exceeded.clone())));
                continue;
            }
            let none = || Err(Stopped::Process("the policy was not evaluated".to_owned()));
            let result = results.next().unwrap_or_else(none);
            if let Err(Stopped::Limit(exceeded)) = &result {
                let measured = format!("{} for {label}", exceeded.measured);
                *stopped = Some(Exceeded { measured, limit: exceeded.limit.clone() });
            }
            all.push(result);
        }
        all
    }
}
