//! Host functions: questions that policies ask about the image, answered from its facts.

use std::sync::{Arc, Mutex, PoisonError};

use regorus::{Engine, Value};

use super::builtins::Offered;
use super::evaluation::{Answer, Question};
use crate::policy::facts::{AttestationStatus, ImageFacts};

/// The host functions, by name.
pub fn host_functions() -> impl Iterator<Item = Offered> {
    [Offered { name: "oci.referrer", arity: Some(1), about: "the verified attestation of a predicate type" }]
        .into_iter()
}

/// The document `input`.
pub(super) fn input(facts: &ImageFacts) -> serde_json::Value {
    let config = facts.config.as_ref();
    let mut inner = serde_json::Map::new();
    if let Some(user) = config.and_then(|config| config.user.as_ref()) {
        inner.insert("User".to_owned(), user.clone().into());
    }
    if let Some(config) = config {
        inner.insert("Labels".to_owned(), serde_json::json!(config.labels));
    }
    serde_json::json!({
        "source": {"image": {
            "digest": facts.digest,
            "name": facts.name,
            "config": {"config": inner},
        }},
    })
}

/// Adds the host functions to `engine`. Each question is recorded in `questions`.
pub(super) fn register(
    engine: &mut Engine,
    facts: &ImageFacts,
    questions: &Arc<Mutex<Vec<Question>>>,
) -> Result<(), String> {
    let (facts, questions) = (facts.clone(), questions.clone());
    let referrer = move |arguments: Vec<Value>| {
        let name = arguments.first().and_then(|name| name.as_string().ok());
        let found = facts.attestations.iter().find(|attestation| {
            attestation.predicate_type.as_deref() == name.map(|name| &**name)
                && attestation.status == AttestationStatus::Verified
        });
        let call = format!("oci.referrer({:?})", name.map_or("", |name| name));
        let answer = if found.is_some() { Answer::Given } else { Answer::Absent };
        questions.lock().unwrap_or_else(PoisonError::into_inner).push(Question { call, answer });
        let Some(found) = found else { return Ok(Value::Null) };
        let statement = found.statement.as_ref().map(|statement| statement.get());
        let text = format!(r#"{{"image":"{}","statement":{}}}"#, found.image, statement.unwrap_or("null"));
        Value::from_json_str(&text)
    };
    engine.add_extension("oci.referrer".to_owned(), 1, Box::new(referrer)).map_err(|error| error.to_string())
}
