//! Reads a file of cases: a list in YAML or JSON.
//!
//! Members that are not known are errors with their line, so that no expectation is passed over.

use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use super::described;
use super::error::Error;
use crate::policy::facts::ImageFacts;
use crate::policy::rego::{Evaluation, Verdict};
use crate::policy::values::{Values, Wrong};
use crate::yaml::{self, Value};

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name, unique in its file.
    pub name: String,
    /// The line of the file.
    pub line: usize,
    /// The Rego file, relative to the file of cases. `None`: the one beside it.
    pub policy: Option<String>,
    /// `data.config`.
    pub config: Map<String, Json>,
    /// `time.now_ns`. `None`: the time of the run.
    pub effective_time: Option<Timestamp>,
    /// The facts.
    pub facts: CaseFacts,
    /// The expected verdict.
    pub expect: Expected,
    /// All expected violations. `None`: they are not compared.
    pub violations: Option<Vec<ExpectedViolation>>,
}

/// The facts of a case.
#[derive(Clone, Debug)]
pub enum CaseFacts {
    /// Those of one image.
    Given(Box<ImageFacts>),
    /// A file with recorded facts, relative to the file of cases.
    From(String),
}

/// A verdict without its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It holds.
    Pass,
    /// It does not hold.
    Fail,
    /// It cannot be told.
    Unknown,
}

/// A violation that is expected.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedViolation {
    /// Its message. `None`: any.
    pub message: Option<String>,
    /// Members that its details must have.
    pub detail: Map<String, Json>,
}

impl Expected {
    /// The word in files of cases and in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
        }
    }

    /// The verdict of an evaluation.
    pub fn of(evaluation: &Evaluation) -> Self {
        match evaluation.verdict {
            Verdict::Pass => Self::Pass,
            Verdict::Fail => Self::Fail,
            Verdict::Unknown(_) => Self::Unknown,
        }
    }
}

/// The members of a case.
const MEMBERS: [&str; 9] =
    ["name", "policy", "config", "effective_time", "facts", "facts_from", "input", "expect", "violations"];

/// Reads the cases of the file `origin`.
///
/// # Errors
///
/// [`Error`], with the line.
pub fn read(text: &str, origin: &str) -> Result<Vec<Case>, Error> {
    let documents: Vec<yaml::Document> = yaml::documents(text, origin).collect::<Result<_, _>>()?;
    let cases = all(Values(text), &documents);
    cases.map_err(|wrong| {
        let (line, cause) = match wrong {
            Wrong::Value { line, cause } => (line, cause),
            Wrong::Member { line, name, of, closest: Some(closest) } => {
                (line, format!("`{name}` is not a member of {of}: did you mean `{closest}`?"))
            }
            Wrong::Member { line, name, of, closest: None } => {
                (line, format!("`{name}` is not a member of {of}"))
            }
        };
        Error::Case { origin: origin.to_owned(), line, cause }
    })
}

/// The cases of a file.
fn all(values: Values<'_>, documents: &[yaml::Document]) -> Result<Vec<Case>, Wrong> {
    let root = values.root(documents, "a file of cases")?;
    let items = root.items().map(Iterator::collect::<Vec<_>>).filter(|items| !items.is_empty());
    let items = items
        .ok_or_else(|| Wrong::value(root.line(), "a file of cases is an array with at least one case"))?;
    let mut cases: Vec<Case> = Vec::new();
    for item in items {
        let case = case(values, item)?;
        if let Some(first) = cases.iter().find(|known| known.name == case.name) {
            let cause = format!("the case `{}` is also at line {}", case.name, first.line);
            return Err(Wrong::value(case.line, cause));
        }
        cases.push(case);
    }
    Ok(cases)
}

fn case(values: Values<'_>, item: Value<'_>) -> Result<Case, Wrong> {
    values.members(item, "a case", &MEMBERS)?;
    let required = |name: &str| {
        item.get(name).ok_or_else(|| Wrong::value(item.line(), format!("a case has no member `{name}`")))
    };
    let name = values.text("name", required("name")?)?.to_owned();
    let expect = required("expect")?;
    let known = [Expected::Pass, Expected::Fail, Expected::Unknown];
    let expected = known.into_iter().find(|known| expect.scalar() == Some(known.as_str()));
    let expected =
        expected.ok_or_else(|| Wrong::value(expect.line(), "`expect` is not `pass`, `fail` or `unknown`"))?;
    let violations = item.get("violations").map(|value| violations(values, value)).transpose()?;
    if let (Expected::Pass, Some([_, ..])) = (expected, violations.as_deref()) {
        return Err(Wrong::value(item.line(), "a policy that passes has no violations"));
    }
    Ok(Case {
        name,
        line: item.line(),
        policy: text(values, item, "policy")?,
        config: object(values, item, "config")?,
        effective_time: item.get("effective_time").map(time).transpose()?,
        facts: facts(values, item)?,
        expect: expected,
        violations,
    })
}

fn facts(values: Values<'_>, item: Value<'_>) -> Result<CaseFacts, Wrong> {
    let at = |value: Value<'_>| {
        let line = value.line();
        move |cause: String| Wrong::value(line, cause)
    };
    match (item.get("facts"), item.get("facts_from"), item.get("input")) {
        (None, Some(file), None) => Ok(CaseFacts::From(values.text("facts_from", file)?.to_owned())),
        (Some(facts), None, None) => {
            let found = described::facts(&values.json(facts)?).map_err(at(facts))?;
            Ok(CaseFacts::Given(Box::new(found)))
        }
        (None, None, Some(input)) => {
            let found = described::of_input(&values.json(input)?).map_err(at(input))?;
            Ok(CaseFacts::Given(Box::new(found)))
        }
        _ => Err(Wrong::value(item.line(), "a case has exactly one of `facts`, `facts_from` and `input`")),
    }
}

fn violations(values: Values<'_>, value: Value<'_>) -> Result<Vec<ExpectedViolation>, Wrong> {
    let violation = |item: Value<'_>| {
        if let Some(message) = item.text() {
            return Ok(ExpectedViolation { message: Some(message.to_owned()), detail: Map::new() });
        }
        values.members(item, "a violation", &["message", "detail"])?;
        let (message, detail) = (text(values, item, "message")?, object(values, item, "detail")?);
        Ok(ExpectedViolation { message, detail })
    };
    values.items("violations", value)?.into_iter().map(violation).collect()
}

fn time(value: Value<'_>) -> Result<Timestamp, Wrong> {
    let time = value.scalar().and_then(|text| text.parse().ok());
    time.ok_or_else(|| Wrong::value(value.line(), "`effective_time` is not an RFC 3339 time"))
}

/// The text of a member, if there is one.
fn text(values: Values<'_>, item: Value<'_>, name: &str) -> Result<Option<String>, Wrong> {
    item.get(name).map(|value| Ok(values.text(name, value)?.to_owned())).transpose()
}

/// The object of a member. Without one, it is empty.
fn object(values: Values<'_>, item: Value<'_>, name: &str) -> Result<Map<String, Json>, Wrong> {
    let Some(value) = item.get(name) else { return Ok(Map::new()) };
    values.object(&format!("`{name}`"), value)
}
