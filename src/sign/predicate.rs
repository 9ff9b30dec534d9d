//! Reads predicates and makes statements of them.
//!
//! A predicate is signed byte for byte as written. It is parsed strictly: a text that two parsers could interpret
//! differently is refused.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Error;
use crate::attestation::PredicateSelector;
use crate::diagnostic::Remedy;
use crate::limits::{Exceeded, Limits};
use crate::oci::{Digest, Encoding, json};
use crate::trust::{COSIGN_SIGN, Statement};

/// The `_type` of the statements in Docker's attestations.
const STATEMENT: &str = "https://in-toto.io/Statement/v0.1";

/// The URI of a predicate type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PredicateType(String);

impl PredicateType {
    /// The type for a statement, from a URI or short name.
    ///
    /// # Errors
    ///
    /// [`Error::PredicateType`] if it is not a URI, or is one that only signatures have.
    pub fn new(asked: &PredicateSelector) -> Result<Self, Error> {
        let wrong = |remedy: Remedy| Error::PredicateType { text: asked.to_string(), remedy };
        let Some(text) = asked.type_to_write() else {
            return Err(wrong(Remedy::GivePredicateUri { short: asked.to_string() }));
        };
        if text == COSIGN_SIGN {
            return Err(wrong(Remedy::SignInstead));
        }
        let has_scheme = text.split_once(':').is_some_and(|(scheme, rest)| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
                && !rest.is_empty()
        });
        if has_scheme && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self(text.to_owned()));
        }
        Err(wrong(Remedy::GivePredicateType { short: PredicateSelector::names().collect() }))
    }

    /// A type that this program writes, by its URI.
    pub fn of_uri(uri: &'static str) -> Self {
        Self(uri.to_owned())
    }

    /// The URI.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The content of a file to attest: a predicate or a whole statement.
#[derive(Debug)]
pub struct Document {
    origin: String,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Predicate(Box<RawValue>),
    /// A whole statement, with its bytes.
    Statement(Box<Statement>, Vec<u8>),
}

/// A statement about one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StatementText {
    pub(super) statement_type: String,
    pub(super) bytes: Vec<u8>,
}

impl Document {
    /// Parses a predicate (an object or list) or a statement. `origin` names the file in errors.
    ///
    /// # Errors
    ///
    /// [`Error::Predicate`] if it is not such JSON, [`Error::Limit`] if it is too long.
    pub fn parse(bytes: &[u8], origin: &str, limits: &Limits) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Marker {
            #[serde(rename = "_type")]
            statement_type: Option<serde_json::Value>,
            subject: Option<serde::de::IgnoredAny>,
        }
        let wrong = |cause: String| Error::Predicate {
            origin: origin.to_owned(),
            cause,
            remedy: Encoding::of(bytes).map(|encoding| encoding.remedy(origin)),
        };
        if bytes.len() as u64 > limits.statement {
            let what = format!("{origin} of {} or more bytes", bytes.len());
            return Err(Error::Limit(Exceeded::new(what, limits.statement, "bytes")));
        }
        let raw: Box<RawValue> = json::parse(bytes, "predicate").map_err(|error| match error {
            crate::oci::Error::Json { cause, .. } => wrong(cause),
            other => wrong(other.to_string()),
        })?;
        let is_statement = serde_json::from_str(raw.get())
            .is_ok_and(|marker: Marker| marker.statement_type.is_some() && marker.subject.is_some());
        let content = if is_statement {
            let statement = Statement::parse(bytes).map_err(|error| wrong(error.to_string()))?;
            Content::Statement(Box::new(statement), bytes.to_vec())
        } else if raw.get().starts_with(['{', '[']) {
            Content::Predicate(raw)
        } else {
            return Err(wrong("it is neither an object nor a list".to_owned()));
        };
        Ok(Self { origin: origin.to_owned(), content })
    }

    /// The statement with this predicate about `digest`, called `name`. If the document is a statement already, it must
    /// have this digest and predicate type, and its bytes are used unchanged.
    pub(super) fn statement_about(
        &self,
        name: &str,
        digest: &Digest,
        predicate_type: &PredicateType,
        limits: &Limits,
    ) -> Result<StatementText, Error> {
        let predicate = match &self.content {
            Content::Predicate(predicate) => predicate,
            Content::Statement(statement, bytes) => {
                let differs = |cause: String| Error::Statement { origin: self.origin.clone(), cause };
                if statement.predicate_type != predicate_type.as_str() {
                    return Err(differs(format!("its predicate type is `{}`", statement.predicate_type)));
                }
                if !statement.is_about(digest) {
                    return Err(differs(format!("it is not about {digest}")));
                }
                let statement_type = statement.statement_type.clone();
                return Ok(StatementText { statement_type, bytes: bytes.clone() });
            }
        };
        let text = statement_json(STATEMENT, name, &[digest], predicate_type.as_str(), predicate.get());
        if text.len() as u64 > limits.statement {
            let what = format!("statement of {} bytes", text.len());
            return Err(Error::Limit(Exceeded::new(what, limits.statement, "bytes")));
        }
        Ok(StatementText { statement_type: STATEMENT.to_owned(), bytes: text.into_bytes() })
    }
}

/// The JSON of a statement with this predicate (JSON too) about all of `digests`, called `name`.
pub(super) fn statement_json(
    kind: &str,
    name: &str,
    digests: &[&Digest],
    predicate_type: &str,
    predicate: &str,
) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let name = quoted(name);
    let subjects = digests.iter().map(|digest| {
        format!(r#"{{"name":{name},"digest":{{"{}":"{}"}}}}"#, digest.algorithm(), digest.hex())
    });
    format!(
        r#"{{"_type":"{kind}","predicateType":{},"subject":[{}],"predicate":{predicate}}}"#,
        quoted(predicate_type),
        subjects.collect::<Vec<_>>().join(","),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits { statement: 400, ..Limits::default() }
    }

    fn read(text: &str) -> Result<Document, Error> {
        Document::parse(text.as_bytes(), "`p.json`", &limits())
    }

    fn kind(text: &str) -> PredicateType {
        PredicateType::new(&PredicateSelector::parse(text).unwrap()).unwrap()
    }

    #[test]
    fn a_predicate_is_kept_byte_for_byte() {
        let digest = Digest::of(b"image");
        let text = "{ \"b\" : 1.0,\n \"a\":1e3, \"c\":\"\\u0041\" }";
        let statement = read(&format!("\n {text} \n"))
            .unwrap()
            .statement_about("pkg:docker/a\"b", &digest, &kind("spdxjson"), &limits())
            .unwrap();
        let read = Statement::parse(&statement.bytes).unwrap();
        assert_eq!(read.predicate.as_ref().unwrap().get(), text);
        assert_eq!(read.predicate_type, "https://spdx.dev/Document");
        assert_eq!(read.subjects[0].name.as_deref(), Some("pkg:docker/a\"b"));
        assert!(read.is_about(&digest) && read.subjects.len() == 1);
        assert_eq!(read.statement_type, statement.statement_type);
    }

    #[test]
    fn ambiguous_or_too_long_predicates_are_refused() {
        for text in ["", "x", "1", "null", "\"text\"", r#"{"a":1,"a":1}"#, "{} {}", "\u{feff}{}"] {
            assert!(matches!(read(text), Err(Error::Predicate { .. })), "{text}");
        }
        assert!(read("[]").is_ok());
        assert!(matches!(read(&format!("[{}1]", "1,".repeat(300))), Err(Error::Limit(_))));
        // The predicate fits, the statement around it does not.
        let large = read(&format!("[{}1]", "1,".repeat(150))).unwrap();
        let statement = large.statement_about("x", &Digest::of(b""), &kind("openvex"), &limits());
        assert!(matches!(statement, Err(Error::Limit(_))), "{statement:?}");
    }

    #[test]
    fn a_statement_must_have_the_digest_and_predicate_type() {
        let digest = Digest::of(b"image");
        let statement =
            read("{}").unwrap().statement_about("x", &digest, &kind("openvex"), &limits()).unwrap();
        let whole = Document::parse(&statement.bytes, "`p.json`", &limits()).unwrap();
        assert_eq!(
            whole.statement_about("other", &digest, &kind("openvex"), &limits()),
            Ok(statement.clone())
        );
        for (digest, predicate_type) in [(digest, "vuln"), (Digest::of(b"other"), "openvex")] {
            let refused = whole.statement_about("x", &digest, &kind(predicate_type), &limits());
            assert!(matches!(refused, Err(Error::Statement { .. })), "{refused:?}");
        }
        let broken = String::from_utf8(statement.bytes).unwrap().replace("Statement/v0.1", "Statement/v9");
        assert!(matches!(read(&broken), Err(Error::Predicate { .. })));
    }

    #[test]
    fn predicate_types_are_uris_or_short_names() {
        assert_eq!(kind("slsaprovenance1").as_str(), "https://slsa.dev/provenance/v1");
        assert_eq!(kind("spdx").as_str(), "https://spdx.dev/Document");
        assert_eq!(kind("urn:example:x").as_str(), "urn:example:x");
        for text in ["custom", "https:", ":x", "https://a b", "1x:y", "a/b", COSIGN_SIGN] {
            let refused = PredicateType::new(&PredicateSelector::parse(text).unwrap());
            assert!(matches!(refused, Err(Error::PredicateType { .. })), "{text}");
        }
    }
}
