//! In-toto statements of versions 0.1 and 1 (in-toto attestation framework, "Statement layer").
//!
//! A statement has one meaning: a duplicate member, an unknown `_type` or an empty predicate type is an error. All
//! statements, in signed payloads and in layers of signed manifests, are read by this reader, and one rule decides
//! which objects a statement is about.
//!
//! Statements in bundles are parsed before their signatures are verified, so their lists are limited while they are
//! read.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;
use sigstore_verify::types::HashAlgorithm;

use super::limits::{SUBJECT_DIGESTS, SUBJECTS};
use super::{Artifact, Error, SignedPayload};
use crate::oci::media_type::{IN_TOTO, STATEMENT_TYPES};
use crate::oci::{Digest, hex, json};

/// Predicate type of cosign 3's image signatures: such a statement is a signature, not an attestation.
pub const COSIGN_SIGN: &str = "https://sigstore.dev/cosign/sign/v1";

/// Annotation that names the predicate type, on attestation manifests, their layers and referrers lists.
pub const PREDICATE_TYPE: &str = "in-toto.io/predicate-type";

/// An in-toto statement: subjects, and a predicate about them.
///
/// `P` is the predicate as written, or the part of it that is kept. A `Statement` is a claim: only a
/// [`SignedStatement`] proves that it is signed.
#[derive(Clone, Debug)]
pub struct Statement<P = RawPredicate> {
    /// `_type`.
    pub statement_type: String,
    /// The objects that it is about.
    pub subjects: Vec<Subject>,
    /// The type of the predicate, a URI.
    pub predicate_type: String,
    /// The predicate.
    pub predicate: P,
}

/// A predicate as written. It may have any shape, and may be absent.
pub type RawPredicate = Option<Box<RawValue>>;

/// One object that a statement is about.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Subject {
    /// A name for people. No check depends on it.
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
    /// Reads a statement.
    ///
    /// # Errors
    ///
    /// [`Error::Statement`] if it is not an in-toto statement, has a duplicate member at any depth, or too many
    /// subjects or digests.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let wire: Wire<'_> = json::parse(bytes, "statement").map_err(|error| match error {
            crate::oci::Error::Json { cause, .. } => unreadable(cause),
            other => unreadable(other.to_string()),
        })?;
        if !STATEMENT_TYPES.contains(&wire.statement_type.as_str()) {
            let cause = format!("`_type` is `{}`, which is not an in-toto statement", wire.statement_type);
            return Err(unreadable(cause));
        }
        if wire.predicate_type.is_empty() {
            return Err(unreadable("`predicateType` is empty".to_owned()));
        }
        Ok(Self {
            statement_type: wire.statement_type,
            subjects: subjects(&wire.subject)?,
            predicate_type: wire.predicate_type,
            predicate: wire.predicate,
        })
    }
}

impl<P> Statement<P> {
    /// Whether at least one subject is the object with this digest.
    pub fn is_about(&self, digest: &Digest) -> bool {
        self.names(&Artifact::of_digest(*digest))
    }

    fn names(&self, object: &Artifact<'_>) -> bool {
        let digest = object.digest();
        // Some statements name packages by SHA-512 alone, which can be compared if the bytes are available.
        let sha512 = object.hash(HashAlgorithm::Sha2512).map(|hash| ("sha512", hex::encode(&hash)));
        let known: Vec<_> = [(digest.algorithm(), digest.hex())].into_iter().chain(sha512).collect();
        self.subjects
            .iter()
            .any(|subject| known.iter().any(|(algorithm, hex)| subject.digest.get(*algorithm) == Some(hex)))
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

/// A signed statement about the object that was verified. Only [`Trust`](super::Trust) makes one.
#[derive(Clone, Debug)]
pub struct SignedStatement {
    bytes: Bytes,
    digest: Digest,
    statement: Statement,
    subject: Digest,
}

/// A parsed statement with its bytes, before its subjects are checked.
pub(super) struct ParsedStatement {
    bytes: Bytes,
    digest: Digest,
    statement: Statement,
}

impl ParsedStatement {
    /// Parses `bytes`. The caller guarantees that they have this digest.
    pub(super) fn parse(bytes: Bytes, digest: Digest) -> Result<Self, Error> {
        let statement = Statement::parse(&bytes)?;
        Ok(Self { bytes, digest, statement })
    }

    pub(super) fn statement(&self) -> &Statement {
        &self.statement
    }

    /// Checks that at least one subject is `object`. Other subjects are ignored.
    pub(super) fn about(self, object: &Artifact<'_>) -> Result<SignedStatement, Error> {
        let Self { bytes, digest, statement } = self;
        let subject = object.digest();
        if statement.names(object) {
            return Ok(SignedStatement { bytes, digest, statement, subject });
        }
        Err(Error::StatementSubject { subjects: statement.subject_digests(), expected: subject })
    }
}

impl SignedStatement {
    /// Reads the statement in an envelope's payload, and checks that it is about `object`.
    pub(super) fn of_payload(payload: &SignedPayload, object: &Artifact<'_>) -> Result<Self, Error> {
        if payload.payload_type != IN_TOTO {
            let cause = format!("its type is `{}`, not a statement", payload.payload_type);
            return Err(Error::Payload { cause });
        }
        let read = ParsedStatement::parse(payload.bytes.clone(), Digest::of(&payload.bytes));
        // As for any signed payload, the error is about the payload.
        read.and_then(|statement| statement.about(object)).map_err(|error| match error {
            Error::Statement { cause } => Error::Payload { cause },
            Error::StatementSubject { subjects, expected } => {
                Error::SubjectMismatch { signed: subjects.join(", "), expected }
            }
            other => other,
        })
    }

    /// The signed bytes.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The parsed statement.
    pub fn statement(&self) -> &Statement {
        &self.statement
    }

    /// The digest of the bytes.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The object that it is about: one of its subjects.
    pub fn subject(&self) -> Digest {
        self.subject
    }
}

fn unreadable(cause: String) -> Error {
    Error::Statement { cause }
}

/// Reads subjects one after another, so that a list over the limit is never in memory as a whole.
fn subjects(wire: &[&RawValue]) -> Result<Vec<Subject>, Error> {
    let too_many =
        |what: String, limit: usize| Err(unreadable(format!("{what} is over the limit of {limit}")));
    if wire.len() > SUBJECTS {
        return too_many(format!("its number of subjects, {},", wire.len()), SUBJECTS);
    }
    let mut subjects = Vec::with_capacity(wire.len());
    for raw in wire {
        let subject: Subject =
            serde_json::from_str(raw.get()).map_err(|error| unreadable(error.to_string()))?;
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
    fn malformed_and_ambiguous_statements_are_refused() {
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
