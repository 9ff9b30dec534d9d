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
use crate::policy::rego::{Error, Evaluation, RegoPolicy, Settings, Stopped};

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
    /// Bytes of one answer.
    pub(super) result: u64,
}

/// A policy as it is sent.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SentPolicy<'a> {
    origin: Cow<'a, str>,
    source: Cow<'a, str>,
    config: Cow<'a, Map<String, Value>>,
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
            digest: policy.identity().digest,
        }
    }

    /// The policy. `None` if what was sent is not the whole policy.
    pub(super) fn read(self) -> Result<Option<RegoPolicy>, Error> {
        let policy = RegoPolicy::parse(&self.origin, &self.source)?.with_config(self.config.into_owned());
        Ok((policy.identity().digest == self.digest).then_some(policy))
    }
}

impl Request<'_> {
    pub(super) fn settings(&self) -> Settings {
        Settings { now: self.now, prints: self.prints }
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
