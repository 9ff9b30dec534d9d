//! The result of one policy for one image, as a value that can be sent between processes.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::applies_to::NotApplicable;
use crate::limits::Exceeded;
use crate::policy::facts::UnknownCause;

/// The result of one policy for one image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evaluation {
    /// What was decided.
    pub verdict: Verdict,
    /// All violations, in the order of the engine. Those that are not understood are only in the whole document.
    pub violations: Vec<Violation>,
    /// The document `data.docker.scout`: the whole one if it is kept ([`Settings`](super::Settings)), else `pass` alone.
    pub bindings: Value,
    /// What the policy printed: `name#line: text`.
    pub prints: Vec<String>,
    /// The questions that the policy asked host functions, and the calls of built-in functions that OPA answers and
    /// `builtins` does not; each once, with the kind of answer.
    pub questions: Vec<Question>,
}

impl Evaluation {
    /// Whether `pass` is `true` although there are violations, which count.
    pub fn passes_beside_violations(&self) -> bool {
        !self.violations.is_empty() && self.bindings.get("pass") == Some(&Value::Bool(true))
    }
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum UnknownReason {
    /// `pass` has no value.
    #[error("pass is undefined")]
    PassUndefined,
    /// `pass` is no boolean; its type.
    #[error("pass is {0}, not true or false")]
    PassIsNot(ValueType),
    /// `pass` has two values; the message of the engine.
    #[error("pass has two values: {0}")]
    Conflict(String),
    /// `violation` is no set or array; its type.
    #[error("violation is {0}, not a set")]
    ViolationsAreNot(ValueType),
    /// A violation is no object; its type.
    #[error("a violation is {0}, not an object")]
    ViolationIsNot(ValueType),
    /// A member of a violation has another type than that of the contract.
    #[error("the {member} of a violation is {found}, not {expected}")]
    ViolationMember {
        /// The member.
        member: String,
        /// Its type.
        found: ValueType,
        /// The type that it must have.
        expected: ValueType,
    },
    /// The evaluation ended with an error; the message of the engine.
    #[error("the evaluation failed: {0}")]
    Failed(String),
    /// A question had no answer.
    #[error("`{question}` has no answer: {cause}")]
    Unanswered {
        /// The call, such as `oci.referrer("https://spdx.dev/Document")`.
        question: String,
        /// Why there is no answer.
        cause: UnknownCause,
    },
    /// The policy passed although data that it asked for does not exist.
    #[error("it passes without the data that it reads: `{question}` is null")]
    PassWithout {
        /// The call.
        question: String,
    },
    /// The policy passed although it reads findings and none are given.
    #[error("it passes without the findings that it reads: none are given")]
    FindingsNotGiven,
}

/// The types of Rego values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueType {
    /// No value.
    Undefined,
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// A set.
    Set,
    /// An object.
    Object,
}

/// With its article.
impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Undefined => "undefined",
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Set => "a set",
            Self::Object => "an object",
        })
    }
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

/// A question that a policy asked a function.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Question {
    /// The call, such as `oci.referrer("https://spdx.dev/Document")`.
    pub call: String,
    /// The kind of answer.
    pub answer: Answer,
}

/// The kinds of answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// It was answered from verified facts.
    Given,
    /// The image has no such data.
    Absent,
    /// No findings are given.
    NotGiven,
    /// It cannot be answered; the cause.
    None(UnknownCause),
}

/// An evaluation without a result.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stopped {
    /// The policy is not about such an image, and was not evaluated.
    NotApplicable(NotApplicable),
    /// A limit was reached.
    Limit(Exceeded),
    /// The process that evaluates could not be started, or ended without an answer.
    Process(String),
}
