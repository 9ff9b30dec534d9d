//! Evaluates in a thread of this process.

use std::sync::Arc;

use crate::limits::Limits;
use crate::policy::facts::ImageFacts;
use crate::policy::rego::{Evaluation, RegoPolicy, Settings, Stopped, evaluate as evaluate_one};

/// Evaluates each policy.
pub(super) async fn evaluate(
    policies: &[Arc<RegoPolicy>],
    facts: &ImageFacts,
    settings: &Settings,
    _: &Limits,
) -> Vec<Result<Evaluation, Stopped>> {
    let (policies, facts, settings) = (policies.to_vec(), facts.clone(), settings.clone());
    let count = policies.len();
    let run = move || policies.iter().map(|policy| Ok(evaluate_one(policy, &facts, &settings))).collect();
    let ended = tokio::task::spawn_blocking(run).await;
    ended.unwrap_or_else(|error| vec![Err(Stopped::Process(error.to_string())); count])
}
