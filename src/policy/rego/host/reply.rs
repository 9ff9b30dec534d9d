//! The reply of a host function: the value that the policy gets, and the kind of answer that is recorded.

use regorus::Value;

use super::questions::Questions;
use crate::policy::facts::UnknownCause;
use crate::policy::rego::evaluation::{Answer, Question};

/// The number of characters of a text argument that are shown.
const SHOWN: usize = 200;

/// The reply to one call.
pub(super) struct Reply {
    value: Value,
    answer: Answer,
}

impl Reply {
    /// An answer from verified facts.
    pub(super) fn given(value: Value) -> Self {
        Self { value, answer: Answer::Given }
    }

    /// The image has no such data.
    pub(super) fn absent() -> Self {
        Self { value: Value::Null, answer: Answer::Absent }
    }

    /// The user can give such data, and did not.
    pub(super) fn not_given() -> Self {
        Self { value: Value::Null, answer: Answer::NotGiven }
    }

    /// The facts do not answer it.
    pub(super) fn unanswered(cause: impl Into<UnknownCause>) -> Self {
        let cause = cause.into();
        Self { value: error(&cause.text), answer: Answer::None(cause) }
    }

    /// The answer is `value`, and one part of it is missing.
    pub(super) fn partial(value: Value, cause: UnknownCause) -> Self {
        Self { value, answer: Answer::None(cause) }
    }

    /// The data in it, or `None` and the reply if there is none.
    pub(super) fn data(self) -> Result<Value, Self> {
        match self.answer {
            Answer::Given => Ok(self.value),
            Answer::Absent | Answer::NotGiven | Answer::None(_) => Err(self),
        }
    }

    /// The value, and the cause if it is not answered.
    pub(super) fn into_parts(self) -> (Value, Option<UnknownCause>) {
        match self.answer {
            Answer::None(cause) => (self.value, Some(cause)),
            Answer::Given | Answer::Absent | Answer::NotGiven => (self.value, None),
        }
    }
}

/// Records a question with its answer, once, and returns the value.
pub(super) fn ask(questions: &Questions, call: String, reply: Reply) -> Value {
    questions.add(Question { call, answer: reply.answer });
    reply.value
}

/// The call as text. Objects and long texts are shortened.
pub(super) fn call(name: &str, arguments: &[Value]) -> String {
    let arguments: Vec<String> = arguments.iter().map(shown).collect();
    format!("{name}({})", arguments.join(", "))
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => match text.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
            None => format!("{text:?}"),
        },
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(_) | Value::Set(_) => "{…}".to_owned(),
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        other => other.to_string(),
    }
}

/// `{"error": cause}`.
pub(super) fn error(cause: &str) -> Value {
    let mut value = Value::new_object();
    if let Ok(members) = value.as_object_mut() {
        members.insert(Value::from("error"), Value::from(cause));
    }
    value
}

/// The text of the argument at `position`, counted from 0.
pub(super) fn text(arguments: &[Value], position: usize) -> Result<&str, Reply> {
    let text = arguments.get(position).and_then(|value| value.as_string().ok());
    text.map(|text| &**text)
        .ok_or_else(|| Reply::unanswered(format!("argument {} is not a text", position.saturating_add(1))))
}
