//! The result of one policy for one image, as a value that can be sent between processes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::limits::Exceeded;

/// The result of one policy for one image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evaluation {
    /// What was decided.
    pub verdict: Verdict,
    /// All violations, in the order of the engine.
    pub violations: Vec<Violation>,
    /// The whole document `data.docker.scout`.
    pub bindings: Value,
    /// What the policy printed: `file:line: text`.
    pub prints: Vec<String>,
    /// The questions that the policy asked host functions, each once, with the kind of answer.
    pub questions: Vec<Question>,
}

/// What a policy decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It holds.
    Pass,
    /// It does not hold.
    Fail,
    /// It cannot be told whether it holds.
    Unknown(UnknownReason),
}

/// Why it cannot be told whether a policy holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum UnknownReason {
    /// `pass` has no value.
    PassUndefined,
    /// `pass` is no boolean; its type.
    PassIsNot(String),
    /// A complete rule has two values; the message of the engine.
    Conflict(String),
    /// `violation` is no set; its type.
    ViolationsAreNot(String),
    /// A violation is no object with a message; its type.
    ViolationIsNot(String),
    /// The evaluation ended with an error; the message of the engine.
    Failed(String),
    /// A question had no answer; the question and the cause.
    Unanswered {
        /// The call, such as `oci.referrer("https://spdx.dev/Document")`.
        question: String,
        /// Why there is no answer.
        cause: String,
    },
    /// The policy passed although data that it asked for does not exist.
    PassWithout {
        /// The call.
        question: String,
    },
}

/// One violation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Violation {
    /// What is wrong.
    pub message: String,
    /// The object `detail`; `{}` if it is missing.
    pub detail: serde_json::Map<String, Value>,
    /// What can be done, if the policy tells.
    pub remediation: Option<String>,
}

/// A question that a policy asked a host function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    /// The call, such as `oci.referrer("https://spdx.dev/Document")`.
    pub call: String,
    /// The kind of answer.
    pub answer: Answer,
}

/// The kinds of answers of host functions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It was answered from verified facts.
    Given,
    /// The image has no such data.
    Absent,
    /// It cannot be answered; the cause.
    None(String),
}

/// An evaluation that was stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stopped {
    /// A limit was reached.
    Limit(Exceeded),
    /// The process that evaluates could not be started, or ended without an answer.
    Process(String),
}
