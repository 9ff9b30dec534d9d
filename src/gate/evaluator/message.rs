//! The messages between the program and its evaluator process.
//!
//! The request is one JSON document. Each answer is a line of JSON, one for each policy, in the order of the request.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::limits::Exceeded;
use crate::oci::Digest;
use crate::policy::rego::{AppliesTo, Error, Evaluation, RegoPolicy, Settings, Stopped};

/// What to evaluate.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request<'a> {
    /// The version of the program that asks.
    pub(super) version: Cow<'a, str>,
    /// The policies.
    pub(super) policies: Vec<SentPolicy<'a>>,
    /// The facts about one image.
    #[serde(borrow)]
    pub(super) facts: &'a RawValue,
    /// `time.now_ns`.
    pub(super) now: Timestamp,
    /// Whether printed lines are kept.
    pub(super) prints: bool,
    /// Whether whole documents of policies are kept.
    pub(super) bindings: bool,
    /// Bytes of one answer.
    pub(super) result: u64,
    /// How many policies are evaluated at once.
    pub(super) threads: usize,
}

/// A policy as it is sent.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SentPolicy<'a> {
    origin: Cow<'a, str>,
    source: Cow<'a, str>,
    config: Cow<'a, Map<String, Value>>,
    /// It is part of the identity.
    applies_to: AppliesTo,
    /// The digest of its identity.
    digest: Digest,
}

/// The result of one policy.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Answer {
    /// It was evaluated.
    Evaluated(Box<Evaluation>),
    /// Its result is over a limit.
    Exceeded {
        /// What exceeds it.
        measured: String,
        /// The limit with its unit.
        limit: String,
    },
    /// It was not evaluated, and why.
    Failed(String),
}

impl<'a> SentPolicy<'a> {
    pub(super) fn of(policy: &'a RegoPolicy) -> Self {
        Self {
            origin: policy.origin().into(),
            source: policy.source().into(),
            config: Cow::Borrowed(policy.config()),
            applies_to: policy.applies_to(),
            digest: policy.identity().digest,
        }
    }

    /// The policy. `None` if what was sent is not the whole policy.
    pub(super) fn read(self) -> Result<Option<RegoPolicy>, Error> {
        let policy = RegoPolicy::parse(&self.origin, &self.source)?;
        let policy = policy.with_config(self.config.into_owned()).about(self.applies_to);
        Ok((policy.identity().digest == self.digest).then_some(policy))
    }
}

impl Request<'_> {
    pub(super) fn settings(&self) -> Settings {
        Settings { now: self.now, prints: self.prints, bindings: self.bindings }
    }
}

impl From<Answer> for Result<Evaluation, Stopped> {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Evaluated(evaluation) => Ok(*evaluation),
            Answer::Exceeded { measured, limit } => Err(Stopped::Limit(Exceeded { measured, limit })),
            Answer::Failed(cause) => Err(Stopped::Process(cause)),
        }
    }
}

impl From<Exceeded> for Answer {
    fn from(exceeded: Exceeded) -> Self {
        let Exceeded { measured, limit } = exceeded;
        Self::Exceeded { measured, limit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::rego::BUILT_IN;

    #[test]
    fn each_built_in_policy_arrives_as_it_was_sent() {
        for built_in in BUILT_IN {
            let config = serde_json::json!({"a": [1, 9.0]}).as_object().cloned().unwrap();
            let policy = RegoPolicy::parse(built_in.name, built_in.source).unwrap();
            let policy = policy.with_config(config).about(built_in.applies_to);
            let text = serde_json::to_string(&SentPolicy::of(&policy)).unwrap();
            let sent: SentPolicy<'_> = serde_json::from_str(&text).unwrap();
            let read = sent.read().unwrap().map(|policy| policy.identity());
            assert_eq!(read, Some(policy.identity()), "{}", built_in.name);
        }
    }
}
