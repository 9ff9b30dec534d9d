//! A statement says one thing under one type: a member that stands twice, an unknown `_type` or an empty predicate
//! type is refused. Versions 0.1 and 1 (in-toto attestation framework, "Statement layer").

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::summary::{Summary, summarize};
use crate::error::{Explain, Id, Problem};
use crate::oci::{Digest, json};

const TYPES: [&str; 2] = ["https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1"];

/// A statement that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the statement cannot be read: {0}")]
pub struct Error(pub String);

impl Explain for Error {
    fn problem(&self) -> Problem {
        Problem::new(Id::AttestUnreadable, self.to_string())
    }
}

/// An in-toto statement: these subjects, said to have this predicate.
#[derive(Clone, Debug)]
pub struct Statement {
    /// `_type`.
    pub statement_type: String,
    /// What it is about.
    pub subjects: Vec<Subject>,
    /// The type of the predicate, a URI.
    pub predicate_type: String,
    /// The predicate as written. Any shape, even none, is normal here.
    pub predicate: Option<Box<RawValue>>,
}

/// One thing that a statement is about.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Subject {
    /// A name that nothing depends on.
    #[serde(default)]
    pub name: Option<String>,
    /// Algorithm to lower-case hex.
    #[serde(default)]
    pub digest: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    #[serde(rename = "_type")]
    statement_type: String,
    subject: Vec<Subject>,
    predicate_type: String,
    #[serde(default)]
    predicate: Option<Box<RawValue>>,
}

impl Statement {
    /// Reads a statement. A member that stands twice, at any depth, is an error.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let wire: Wire = json::parse(bytes, "statement").map_err(|error| match error {
            crate::oci::Error::Json { cause, .. } => Error(cause),
            other => Error(other.to_string()),
        })?;
        if !TYPES.contains(&wire.statement_type.as_str()) {
            return Err(Error(format!(
                "`_type` is `{}`, which is no in-toto statement",
                wire.statement_type
            )));
        }
        if wire.predicate_type.is_empty() {
            return Err(Error("`predicateType` is empty".to_owned()));
        }
        Ok(Self {
            statement_type: wire.statement_type,
            subjects: wire.subject,
            predicate_type: wire.predicate_type,
            predicate: wire.predicate,
        })
    }

    /// What the predicate says, for people.
    pub fn summary(&self) -> Summary {
        match &self.predicate {
            Some(predicate) => summarize(&self.predicate_type, predicate),
            None => Summary { line: "no predicate".to_owned(), ..Summary::default() },
        }
    }

    /// Whether at least one subject is the object with this digest.
    pub fn is_about(&self, digest: &Digest) -> bool {
        let hex = digest.hex();
        self.subjects.iter().any(|subject| subject.digest.get(digest.algorithm()) == Some(&hex))
    }

    /// The digests of all subjects as `algorithm:hex`, for messages.
    pub fn subject_digests(&self) -> Vec<String> {
        let digests = self.subjects.iter().flat_map(|subject| &subject.digest);
        let mut digests: Vec<String> = digests.map(|(algorithm, hex)| format!("{algorithm}:{hex}")).collect();
        digests.sort();
        digests.dedup();
        digests
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(subject: &str) -> String {
        format!(
            r#"{{"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://spdx.dev/Document","subject":{subject},"predicate":{{"a":1}}}}"#
        )
    }

    #[test]
    fn a_statement_is_about_the_digests_of_its_subjects() {
        let digest = Digest::of(b"");
        let text = statement(&format!(r#"[{{"name":"x","digest":{{"sha256":"{}"}}}}]"#, digest.hex()));
        let read = Statement::parse(text.as_bytes()).unwrap();
        assert!(read.is_about(&digest));
        assert!(!read.is_about(&Digest::of(b"other")));
        assert!(!Statement::parse(statement("[]").as_bytes()).unwrap().is_about(&digest));
        let upper = text.replace(&digest.hex(), &digest.hex().to_uppercase());
        assert!(!Statement::parse(upper.as_bytes()).unwrap().is_about(&digest));
    }

    #[test]
    fn what_is_not_one_statement_is_refused() {
        for text in [
            String::new(),
            "[]".to_owned(),
            statement("null"),
            statement("[]").replace("Statement/v0.1", "Statement/v9"),
            statement("[]").replace("https://spdx.dev/Document", ""),
            statement("[]").replace(r#""predicate":{"a":1}"#, r#""predicate":{"a":1,"a":2}"#),
            statement("[]").replace(r#""subject":[]"#, r#""subject":[],"subject":[]"#),
            format!("{} trailing", statement("[]")),
        ] {
            assert!(Statement::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}
