//! A statement says one thing under one type: a member that stands twice, an unknown `_type` or an empty predicate
//! type is refused. Versions 0.1 and 1 (in-toto attestation framework, "Statement layer").
//!
//! Statements in bundles are looked at before any signature, so their lists are bounded while they are read.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::inputs::{Inputs, images, is_provenance};
use super::limits::{SUBJECT_DIGESTS, SUBJECTS};
use super::summary::{Summary, summarize};
use super::vsa::{VSA, VerificationSummary};
use crate::diagnostic::{Code, Diagnostic, ToDiagnostic};
use crate::oci::media_type::STATEMENT_TYPES;
use crate::oci::{Digest, json};

/// A statement that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the statement cannot be read: {0}")]
pub struct Error(pub String);

impl ToDiagnostic for Error {
    fn to_diagnostic(&self) -> Diagnostic {
        Diagnostic::new(Code::ATTEST_UNREADABLE, self.to_string())
    }
}

/// An in-toto statement: these subjects, said to have this predicate.
///
/// A statement is read with its predicate as written. A verdict needs little of that, so what is kept of a verified
/// one is a `Statement<PredicateFacts>`, whatever size the predicate has.
#[derive(Clone, Debug)]
pub struct Statement<P = Written> {
    /// `_type`.
    pub statement_type: String,
    /// What it is about.
    pub subjects: Vec<Subject>,
    /// The type of the predicate, a URI.
    pub predicate_type: String,
    /// What it says about them.
    pub predicate: P,
}

/// A predicate as written. Any shape, even none, is normal here.
pub type Written = Option<Box<RawValue>>;

/// What checks read of a predicate.
#[derive(Clone, Debug)]
pub enum PredicateFacts {
    /// Provenance: the images among the inputs of the build.
    Provenance(Inputs),
    /// A verification summary, or why it cannot be read.
    Summary(Result<Box<VerificationSummary>, String>),
    /// Any other type: nothing.
    Other,
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
struct Wire<'a> {
    #[serde(rename = "_type")]
    statement_type: String,
    #[serde(borrow)]
    subject: Vec<&'a RawValue>,
    predicate_type: String,
    #[serde(default)]
    predicate: Option<Box<RawValue>>,
}

impl Statement {
    /// Reads a statement. A member that stands twice, at any depth, is an error.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let wire: Wire<'_> = json::parse(bytes, "statement").map_err(|error| match error {
            crate::oci::Error::Json { cause, .. } => Error(cause),
            other => Error(other.to_string()),
        })?;
        if !STATEMENT_TYPES.contains(&wire.statement_type.as_str()) {
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
            subjects: subjects(&wire.subject)?,
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

    /// The statement without its predicate, of which only what checks read is kept.
    pub fn facts(&self) -> Statement<PredicateFacts> {
        let predicate = match self.predicate_type.as_str() {
            VSA => PredicateFacts::Summary(match &self.predicate {
                Some(predicate) => VerificationSummary::parse(predicate).map(Box::new),
                None => Err("it has no predicate".to_owned()),
            }),
            kind if is_provenance(kind) => PredicateFacts::Provenance(images(self)),
            _ => PredicateFacts::Other,
        };
        Statement {
            statement_type: self.statement_type.clone(),
            subjects: self.subjects.clone(),
            predicate_type: self.predicate_type.clone(),
            predicate,
        }
    }
}

impl<P> Statement<P> {
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

/// Reads subjects one after another, so that what is too long is never whole in memory.
fn subjects(wire: &[&RawValue]) -> Result<Vec<Subject>, Error> {
    let too_many = |what: String, limit: usize| Err(Error(format!("{what} is over the limit of {limit}")));
    if wire.len() > SUBJECTS {
        return too_many(format!("its number of subjects, {},", wire.len()), SUBJECTS);
    }
    let mut subjects = Vec::with_capacity(wire.len());
    for raw in wire {
        let subject: Subject = serde_json::from_str(raw.get()).map_err(|error| Error(error.to_string()))?;
        if subject.digest.len() > SUBJECT_DIGESTS {
            let what = format!("the number of digests of a subject, {},", subject.digest.len());
            return too_many(what, SUBJECT_DIGESTS);
        }
        subjects.push(subject);
    }
    Ok(subjects)
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
    fn subjects_and_their_digests_are_bounded() {
        let subjects = |count: usize| statement(&format!("[{}]", vec!["{}"; count].join(",")));
        assert_eq!(Statement::parse(subjects(SUBJECTS).as_bytes()).unwrap().subjects.len(), SUBJECTS);
        let error = Statement::parse(subjects(SUBJECTS + 1).as_bytes()).unwrap_err().to_string();
        assert!(error.contains("its number of subjects, 1025, is over the limit of 1024"), "{error}");
        let digests = |count: usize| {
            let digests: Vec<String> = (0..count).map(|number| format!(r#""{number}":"""#)).collect();
            statement(&format!(r#"[{{"digest":{{{}}}}}]"#, digests.join(",")))
        };
        assert!(Statement::parse(digests(SUBJECT_DIGESTS).as_bytes()).is_ok());
        assert!(Statement::parse(digests(SUBJECT_DIGESTS + 1).as_bytes()).is_err());
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
