//! Evaluates in a thread of this process, with a stack of its own.
//!
//! A thread cannot be ended. One that is late has no result, and the engine stops it soon after.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::super::limits::EVALUATION_STACK;
use super::budget::Budget;
use crate::diagnostic::IoCause;
use crate::limits::Limits;
use crate::policy::facts::ImageFacts;
use crate::policy::rego::{Evaluation, ImageValues, RegoPolicy, Settings, Stopped, evaluate_within};

/// Evaluates each policy. Returns one result for each, in their order.
pub(super) async fn evaluate(
    policies: &[Arc<RegoPolicy>],
    facts: &ImageFacts,
    settings: &Settings,
    limits: &Limits,
) -> Vec<Result<Evaluation, Stopped>> {
    let budget = Budget::new(limits);
    let image = ImageValues::new(facts.clone());
    let mut results = Vec::new();
    while let Some(rest) = policies.get(results.len()..).filter(|rest| !rest.is_empty()) {
        if budget.is_spent() {
            results.extend(rest.iter().map(|_| Err(budget.exceeded())));
            break;
        }
        // Each thread gives at least one result.
        evaluate_in_one(rest, &image, settings, limits, &budget, &mut results).await;
    }
    results
}

/// Evaluates policies in one thread until one of them has no result. That one is the last result.
async fn evaluate_in_one(
    policies: &[Arc<RegoPolicy>],
    image: &ImageValues,
    settings: &Settings,
    limits: &Limits,
    budget: &Budget,
    results: &mut Vec<Result<Evaluation, Stopped>>,
) {
    let (sender, mut receiver) = mpsc::channel(1);
    let (all, image, settings) = (policies.to_vec(), image.clone(), settings.clone());
    // The timer below decides. This one ends the thread.
    let time = limits.policy_time.saturating_mul(2);
    let run = move || {
        for policy in all {
            // Nobody waits for the results of a thread that was late.
            if sender.blocking_send(evaluate_within(&policy, &image, &settings, time)).is_err() {
                break;
            }
        }
    };
    if let Err(error) = std::thread::Builder::new().stack_size(EVALUATION_STACK).spawn(run) {
        let cause = format!("the evaluation cannot be started: {}", IoCause(&error));
        results.push(Err(Stopped::Process(cause)));
        return;
    }
    for _ in policies {
        let stopped = match tokio::time::timeout(budget.of_one(), receiver.recv()).await {
            Ok(Some(evaluation)) => {
                results.push(Ok(evaluation));
                continue;
            }
            Ok(None) => Stopped::Process("the engine failed".to_owned()),
            Err(_) => budget.late(),
        };
        results.push(Err(stopped));
        return;
    }
}
