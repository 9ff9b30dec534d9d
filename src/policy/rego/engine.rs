//! Evaluates one policy for one image in this process.
//!
//! A policy holds only if `pass` is `true`, there is no violation, and every question that it asked has an answer.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use regorus::Value;
use regorus::utils::limits::ExecutionTimerConfig;

use super::error::position;
use super::evaluation::{Answer, Evaluation, Question, UnknownReason, ValueType, Verdict, Violation};
use super::host::{ImageValues, InputReads, Questions};
use super::module::RegoPolicy;
use super::{builtins, host};

/// The document of a policy.
const DOCUMENT: &str = "data.docker.scout";

/// The messages of the engine for a complete rule with two values.
const CONFLICTS: [&str; 3] = [
    "rules should not produce multiple outputs",
    "complete rules should not produce multiple outputs",
    "rule conflicts with rule at",
];

/// How many steps the engine makes between two looks at the time.
const CHECKED: NonZeroU32 = NonZeroU32::MIN.saturating_add(1023);

/// The settings of an evaluation.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `time.now_ns`.
    pub now: Timestamp,
    /// Whether printed lines are kept.
    pub prints: bool,
    /// Whether the whole document of the policy is kept. It can have whole statements in it, so it is often larger than
    /// all else.
    pub bindings: bool,
}

/// Evaluates `policy` for `image`. There is no limit here: `gate` calls it in a process that has them.
pub fn evaluate(policy: &RegoPolicy, image: &ImageValues, settings: &Settings) -> Evaluation {
    evaluated(policy, image, settings, None)
}

/// The same, but the engine stops after this time. It does not stop within one call of a built-in function.
pub fn evaluate_within(
    policy: &RegoPolicy,
    image: &ImageValues,
    settings: &Settings,
    time: Duration,
) -> Evaluation {
    evaluated(policy, image, settings, Some(time))
}

fn evaluated(
    policy: &RegoPolicy,
    image: &ImageValues,
    settings: &Settings,
    time: Option<Duration>,
) -> Evaluation {
    let questions = Questions::default();
    let result = run(policy, image, settings, time, &questions);
    let questions = host::without_needless(questions.all());
    match result {
        Ok(Output { document, prints }) => decide(&document, settings.bindings, prints, questions),
        Err(Failed { reason, prints }) => Evaluation {
            verdict: Verdict::Unknown(reason),
            violations: Vec::new(),
            bindings: serde_json::Value::Null,
            prints,
            questions,
        },
    }
}

/// What an evaluation returned.
struct Output {
    document: Value,
    prints: Vec<String>,
}

/// An evaluation that ended with an error.
struct Failed {
    reason: UnknownReason,
    prints: Vec<String>,
}

/// Before anything was evaluated.
impl From<String> for Failed {
    fn from(cause: String) -> Self {
        Self { reason: UnknownReason::Failed(cause), prints: Vec::new() }
    }
}

fn run(
    policy: &RegoPolicy,
    image: &ImageValues,
    settings: &Settings,
    time: Option<Duration>,
    questions: &Questions,
) -> Result<Output, Failed> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let mut engine = policy.engine();
    // Otherwise the engine writes to standard error.
    engine.set_gather_prints(true);
    if let Some(limit) = time {
        engine.set_execution_timer_config(ExecutionTimerConfig { limit, check_interval: CHECKED });
    }
    let asked = questions.clone();
    let unanswered = move |call: &str, arguments: &[Value], cause: &str| {
        host::unanswered(&asked, call, arguments, cause);
    };
    builtins::register(&mut engine, settings.now, &(Arc::new(unanswered) as builtins::Unanswered))?;
    host::ask_for_members(image, &InputReads::of_source(policy.source()), questions);
    host::register(&mut engine, image, questions)?;
    // Always an object: policies read `data.config` with defaults, and `undefined` makes the whole call undefined.
    let config = serde_json::json!({ "config": policy.config() }).to_string();
    let config = Value::from_json_str(&config).map_err(|error| text(&error))?;
    engine.add_data(config).map_err(|error| text(&error))?;
    engine.set_input(image.input()?);
    let results = engine.eval_query(DOCUMENT.to_owned(), false);
    let prints = match settings.prints {
        true => engine.take_prints().unwrap_or_default().iter().map(|line| printed(policy, line)).collect(),
        false => Vec::new(),
    };
    match results {
        Ok(results) => {
            let value =
                results.result.into_iter().next().and_then(|result| result.expressions.into_iter().next());
            Ok(Output { document: value.map_or(Value::Undefined, |value| value.value), prints })
        }
        Err(error) => Err(Failed { reason: reason(policy, &error.to_string()), prints }),
    }
}

/// A printed line as Scout shows it: `name#line: text`. The engine writes `file:line: text`.
fn printed(policy: &RegoPolicy, line: &str) -> String {
    let rest = line.strip_prefix(policy.origin()).and_then(|rest| rest.strip_prefix(':'));
    let parts = rest.and_then(|rest| rest.split_once(':'));
    let parts = parts.and_then(|(number, text)| Some((policy.line(number.parse().ok()?), text)));
    parts.map_or_else(
        || line.to_owned(),
        |(number, text)| format!("{}#{number}:{text}", policy.metadata().name),
    )
}

/// The reason in an error text of the engine. All of them are unknown, so the text decides only what is shown.
fn reason(policy: &RegoPolicy, text: &str) -> UnknownReason {
    let (line, cause) = position(text);
    let line = line.map(|line| policy.line(line));
    let at = line.map(|line| format!("line {line}: ")).unwrap_or_default();
    let is_conflict = CONFLICTS.iter().any(|conflict| cause.starts_with(conflict));
    let message = format!("{at}{cause}");
    if is_conflict { UnknownReason::Conflict(message) } else { UnknownReason::Failed(message) }
}

fn decide(document: &Value, keep: bool, prints: Vec<String>, questions: Vec<Question>) -> Evaluation {
    let (violations, mut odd) = violations(member(document, "violation"));
    let pass = member(document, "pass");
    let wrong_pass = match pass {
        Value::Bool(_) | Value::Undefined => None,
        other => Some(UnknownReason::PassIsNot(type_of(other))),
    };
    let no_pass = (*pass == Value::Undefined).then_some(UnknownReason::PassUndefined);
    let unanswered = questions.iter().find_map(|question| match &question.answer {
        Answer::None(cause) => {
            Some(UnknownReason::Unanswered { question: question.call.clone(), cause: cause.clone() })
        }
        Answer::Given | Answer::Absent | Answer::NotGiven => None,
    });
    let absent = questions.iter().find_map(|question| match question.answer {
        Answer::Absent => Some(UnknownReason::PassWithout { question: question.call.clone() }),
        Answer::NotGiven => Some(UnknownReason::FindingsNotGiven),
        Answer::Given | Answer::None(_) => None,
    });
    // A `pass` of another type is wrong with every answer. A question without an answer can be the cause of the rest.
    let verdict = if let Some(reason) = wrong_pass.or(unanswered).or(no_pass).or_else(|| odd.pop()) {
        Verdict::Unknown(reason)
    } else if !violations.is_empty() || *pass != Value::Bool(true) {
        Verdict::Fail
    } else if let Some(absent) = absent {
        Verdict::Unknown(absent)
    } else {
        Verdict::Pass
    };
    // A value that JSON cannot hold is not shown. The verdict does not depend on it.
    let bindings = match keep {
        true => serde_json::to_value(document).unwrap_or_default(),
        false => only_pass(pass),
    };
    Evaluation { verdict, violations, bindings, prints, questions }
}

/// The document with `pass` alone.
fn only_pass(pass: &Value) -> serde_json::Value {
    let value = match pass {
        Value::Undefined => return serde_json::json!({}),
        value => serde_json::to_value(value).unwrap_or_default(),
    };
    serde_json::json!({ "pass": value })
}

/// The violations, and why the first that is none is none.
fn violations(found: &Value) -> (Vec<Violation>, Vec<UnknownReason>) {
    let items: Vec<&Value> = match found {
        Value::Set(items) => items.iter().collect(),
        Value::Array(items) => items.iter().collect(),
        other => return (Vec::new(), vec![UnknownReason::ViolationsAreNot(type_of(other))]),
    };
    let (mut violations, mut odd) = (Vec::new(), Vec::new());
    for item in items.into_iter().rev() {
        match violation(item) {
            Ok(violation) => violations.push(violation),
            Err(reason) => odd.push(reason),
        }
    }
    violations.reverse();
    (violations, odd)
}

fn violation(item: &Value) -> Result<Violation, UnknownReason> {
    let wrong = |member: &str, found: &Value, expected: ValueType| UnknownReason::ViolationMember {
        member: member.to_owned(),
        found: type_of(found),
        expected,
    };
    if type_of(item) != ValueType::Object {
        return Err(UnknownReason::ViolationIsNot(type_of(item)));
    }
    let message = match member(item, "message") {
        Value::String(message) => (**message).to_owned(),
        other => return Err(wrong("message", other, ValueType::String)),
    };
    let detail = match member(item, "detail") {
        Value::Undefined => serde_json::Map::new(),
        found => match serde_json::to_value(found) {
            Ok(serde_json::Value::Object(detail)) if type_of(found) == ValueType::Object => detail,
            _ => return Err(wrong("detail", found, ValueType::Object)),
        },
    };
    let remediation = match member(item, "remediation") {
        Value::Undefined => None,
        Value::String(text) => Some((**text).to_owned()),
        other => return Err(wrong("remediation", other, ValueType::String)),
    };
    Ok(Violation { message, detail, remediation })
}

/// A member of an object. Of anything else it is undefined.
fn member<'a>(value: &'a Value, name: &str) -> &'a Value {
    &value[name]
}

fn type_of(value: &Value) -> ValueType {
    match value {
        Value::Undefined => ValueType::Undefined,
        Value::Null => ValueType::Null,
        Value::Bool(_) => ValueType::Boolean,
        Value::Number(_) => ValueType::Number,
        Value::String(_) => ValueType::String,
        Value::Array(_) => ValueType::Array,
        Value::Set(_) => ValueType::Set,
        Value::Object(_) => ValueType::Object,
    }
}
