//! Evaluates one policy for one image in this process.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use regorus::{Engine, Value};

use super::builtins;
use super::error::Error;
use super::evaluation::{Evaluation, Question, UnknownReason, Verdict, Violation};
use super::host;
use super::module::RegoPolicy;
use crate::policy::facts::ImageFacts;

/// The document of a policy.
const DOCUMENT: &str = "data.docker.scout";

/// The settings of an evaluation.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `time.now_ns`.
    pub now: Timestamp,
    /// Whether printed lines are kept.
    pub prints: bool,
}

/// Checks that `source` is Rego.
pub(super) fn check(origin: &str, source: &str) -> Result<(), Error> {
    let mut engine = Engine::new();
    engine
        .add_policy(origin.to_owned(), source.to_owned())
        .map(|_| ())
        .map_err(|error| Error::Syntax { origin: origin.to_owned(), cause: error.to_string() })
}

/// Evaluates `policy` for the image of `facts`. There is no limit here: `gate` calls it in a process that has them.
pub fn evaluate(policy: &RegoPolicy, facts: &ImageFacts, settings: &Settings) -> Evaluation {
    let questions = Arc::new(Mutex::new(Vec::new()));
    let result = run(policy, facts, settings, &questions);
    let questions: Vec<Question> = questions.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match result {
        Ok((document, prints)) => decide(document, prints, questions),
        Err(cause) => Evaluation {
            verdict: Verdict::Unknown(UnknownReason::Failed(cause)),
            violations: Vec::new(),
            bindings: serde_json::Value::Null,
            prints: Vec::new(),
            questions,
        },
    }
}

fn run(
    policy: &RegoPolicy,
    facts: &ImageFacts,
    settings: &Settings,
    questions: &Arc<Mutex<Vec<Question>>>,
) -> Result<(serde_json::Value, Vec<String>), String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let mut engine = Engine::new();
    engine.set_gather_prints(settings.prints);
    engine
        .add_policy(policy.origin().to_owned(), policy.source().to_owned())
        .map_err(|error| text(&error))?;
    builtins::register(&mut engine, settings.now).map_err(|error| text(&error))?;
    host::register(&mut engine, facts, questions).map_err(|error| text(&error))?;
    let config = serde_json::json!({ "config": policy.config() }).to_string();
    engine
        .add_data(Value::from_json_str(&config).map_err(|error| text(&error))?)
        .map_err(|error| text(&error))?;
    let input = host::input(facts).to_string();
    engine.set_input(Value::from_json_str(&input).map_err(|error| text(&error))?);
    let results = engine.eval_query(DOCUMENT.to_owned(), false).map_err(|error| text(&error))?;
    let value = results.result.first().and_then(|result| result.expressions.first());
    let document =
        value.map_or(Ok(serde_json::Value::Null), |expression| serde_json::to_value(&expression.value));
    let prints = engine.take_prints().map_err(|error| text(&error))?;
    Ok((document.map_err(|error| text(&error))?, prints))
}

fn decide(document: serde_json::Value, prints: Vec<String>, questions: Vec<Question>) -> Evaluation {
    let violations: Vec<Violation> = Vec::new();
    let verdict = match document.get("pass") {
        Some(serde_json::Value::Bool(true)) => Verdict::Pass,
        Some(serde_json::Value::Bool(false)) => Verdict::Fail,
        _ => Verdict::Unknown(UnknownReason::PassUndefined),
    };
    Evaluation { verdict, violations, bindings: document, prints, questions }
}
