//! Reads a file of cases: a list in YAML or JSON.
//!
//! Members that are not known are errors with their line, so that no expectation is passed over.

use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use super::described;
use super::error::Error;
use crate::diagnostic::closest;
use crate::policy::facts::ImageFacts;
use crate::policy::json_value::json_value;
use crate::policy::rego::{Evaluation, Verdict};
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
    let reader = Reader { text, origin };
    let [document] = documents.as_slice() else {
        return Err(reader.wrong(1, "a file of cases is one YAML or JSON document"));
    };
    let items = document.root().and_then(|root| root.items().map(Iterator::collect::<Vec<_>>));
    let Some(items) = items.filter(|items| !items.is_empty()) else {
        return Err(reader.wrong(document.line, "a file of cases is a list with at least one case"));
    };
    let mut cases: Vec<Case> = Vec::new();
    for item in items {
        let case = reader.case(item)?;
        if let Some(first) = cases.iter().find(|known| known.name == case.name) {
            let cause = format!("the case `{}` is also at line {}", case.name, first.line);
            return Err(reader.wrong(case.line, cause));
        }
        cases.push(case);
    }
    Ok(cases)
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    text: &'a str,
    origin: &'a str,
}

impl<'a> Reader<'a> {
    fn wrong(self, line: usize, cause: impl Into<String>) -> Error {
        Error::Case { origin: self.origin.to_owned(), line, cause: cause.into() }
    }

    fn case(self, item: Value<'a>) -> Result<Case, Error> {
        self.check_members(item, "a case", &MEMBERS)?;
        let required = |name: &str| {
            item.get(name).ok_or_else(|| self.wrong(item.line(), format!("a case has no member `{name}`")))
        };
        let name = self.text(required("name")?, "name")?.to_owned();
        let expect = required("expect")?;
        let known = [Expected::Pass, Expected::Fail, Expected::Unknown];
        let expected = known.into_iter().find(|known| expect.scalar() == Some(known.as_str()));
        let expected = expected
            .ok_or_else(|| self.wrong(expect.line(), "`expect` is not `pass`, `fail` or `unknown`"))?;
        let optional = |name: &str| -> Result<Option<String>, Error> {
            item.get(name).map(|value| Ok(self.text(value, name)?.to_owned())).transpose()
        };
        let violations = item.get("violations").map(|value| self.violations(value)).transpose()?;
        if let (Expected::Pass, Some([_, ..])) = (expected, violations.as_deref()) {
            return Err(self.wrong(item.line(), "a policy that passes has no violations"));
        }
        Ok(Case {
            name,
            line: item.line(),
            policy: optional("policy")?,
            config: self.object(item.get("config"), "config")?,
            effective_time: self.time(item.get("effective_time"))?,
            facts: self.facts(item)?,
            expect: expected,
            violations,
        })
    }

    fn facts(self, item: Value<'a>) -> Result<CaseFacts, Error> {
        let members = (item.get("facts"), item.get("facts_from"), item.get("input"));
        match members {
            (None, Some(file), None) => Ok(CaseFacts::From(self.text(file, "facts_from")?.to_owned())),
            (Some(facts), None, None) => {
                let json = self.json(facts)?;
                let facts = described::facts(&json).map_err(|cause| self.wrong(facts.line(), cause))?;
                Ok(CaseFacts::Given(Box::new(facts)))
            }
            (None, None, Some(input)) => {
                let json = self.json(input)?;
                let facts = described::of_input(&json).map_err(|cause| self.wrong(input.line(), cause))?;
                Ok(CaseFacts::Given(Box::new(facts)))
            }
            _ => {
                let cause = "a case has exactly one of `facts`, `facts_from` and `input`";
                Err(self.wrong(item.line(), cause))
            }
        }
    }

    fn violations(self, value: Value<'a>) -> Result<Vec<ExpectedViolation>, Error> {
        let Some(items) = value.items() else {
            return Err(self.wrong(value.line(), "`violations` is not a list"));
        };
        let violation = |item: Value<'a>| {
            if let Some(message) = item.text() {
                return Ok(ExpectedViolation { message: Some(message.to_owned()), detail: Map::new() });
            }
            self.check_members(item, "a violation", &["message", "detail"])?;
            let message = item.get("message").map(|text| self.text(text, "message")).transpose()?;
            let detail = self.object(item.get("detail"), "detail")?;
            Ok(ExpectedViolation { message: message.map(str::to_owned), detail })
        };
        items.map(violation).collect()
    }

    fn check_members(self, value: Value<'a>, what: &str, known: &[&str]) -> Result<(), Error> {
        let Some(members) = value.entries() else {
            return Err(self.wrong(value.line(), format!("{what} is not a mapping")));
        };
        for (name, member) in members {
            if !known.contains(&name) {
                let meant = closest(name, known.iter().copied());
                let meant =
                    meant.map_or_else(|| format!("known: {}", known.join(", ")), |near| format!("`{near}`?"));
                return Err(self.wrong(member.line(), format!("unknown member `{name}` of {what}, {meant}")));
            }
        }
        Ok(())
    }

    fn text(self, value: Value<'a>, name: &str) -> Result<&'a str, Error> {
        let text = value.text().filter(|text| !text.is_empty());
        text.ok_or_else(|| self.wrong(value.line(), format!("`{name}` is not a text")))
    }

    fn time(self, value: Option<Value<'a>>) -> Result<Option<Timestamp>, Error> {
        let Some(value) = value else { return Ok(None) };
        let time = value.scalar().and_then(|text| text.parse().ok());
        time.map(Some).ok_or_else(|| self.wrong(value.line(), "`effective_time` is not an RFC 3339 time"))
    }

    fn object(self, value: Option<Value<'a>>, name: &str) -> Result<Map<String, Json>, Error> {
        let Some(value) = value else { return Ok(Map::new()) };
        match self.json(value)? {
            Json::Object(members) => Ok(members),
            _ => Err(self.wrong(value.line(), format!("`{name}` is not a mapping"))),
        }
    }

    fn json(self, value: Value<'a>) -> Result<Json, Error> {
        json_value(value, self.text).map_err(|(line, cause)| self.wrong(line, cause))
    }
}
