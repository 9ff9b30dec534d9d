//! Why facts are unknown, so that a result tells what can be done about it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why something is unknown: a text for people, and what can be done about it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct UnknownCause {
    /// The kind of cause. What can be done depends on it.
    pub kind: UnknownKind,
    /// The cause in words.
    pub text: String,
}

/// The kinds of causes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum UnknownKind {
    /// The file of recorded facts does not hold it.
    NotRecorded {
        /// The reference whose facts they are. `None`: the file names none.
        reference: Option<String>,
    },
    /// No trusted signer signed the attestation.
    NotJudged,
    /// An attestation, or a source of attestations, could not be read or did not verify.
    NotVerified {
        /// The reference of the image.
        reference: String,
    },
    /// Several attestations differ.
    Several {
        /// The reference of the image.
        reference: String,
    },
    /// Only the base of the image has it.
    OfBase {
        /// The reference of the image.
        reference: String,
    },
    /// The signatures were not tried with a key of Docker.
    KeyNotTried,
    /// The question is not one that facts answer.
    Question,
}

/// As documents have it: a text alone if nothing else is known.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Cause { kind: UnknownKind, text: String },
}

impl UnknownCause {
    /// A cause of this kind.
    pub fn new(kind: UnknownKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }

    /// The facts were not recorded for `reference`.
    pub fn not_recorded(reference: Option<&str>, text: impl Into<String>) -> Self {
        let reference = reference.filter(|reference| !reference.is_empty()).map(str::to_owned);
        Self::new(UnknownKind::NotRecorded { reference }, text)
    }

    /// What the cause makes unknown: `WHAT: CAUSE`. The kind is `kind` unless it was not recorded.
    #[must_use]
    pub fn makes(&self, what: &str, kind: UnknownKind) -> Self {
        let kind = match &self.kind {
            recorded @ UnknownKind::NotRecorded { .. } => recorded.clone(),
            _ => kind,
        };
        Self { kind, text: format!("{what}: {}", self.text) }
    }
}

impl fmt::Display for UnknownCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<String> for UnknownCause {
    fn from(text: String) -> Self {
        Self { kind: UnknownKind::Question, text }
    }
}

impl From<&str> for UnknownCause {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Written> for UnknownCause {
    fn from(written: Written) -> Self {
        match written {
            Written::Text(text) => text.into(),
            Written::Cause { kind, text } => Self { kind, text },
        }
    }
}

impl From<UnknownCause> for Written {
    fn from(UnknownCause { kind, text }: UnknownCause) -> Self {
        match kind {
            UnknownKind::Question => Self::Text(text),
            kind => Self::Cause { kind, text },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_read_as_it_is_written() {
        let question: UnknownCause = "argument 1 is not a text".into();
        let recorded = UnknownCause::not_recorded(Some("dhi.io/python:3.13"), "it is not recorded");
        for (cause, json) in [
            (question, r#""argument 1 is not a text""#),
            (
                recorded,
                r#"{"kind":{"not-recorded":{"reference":"dhi.io/python:3.13"}},"text":"it is not recorded"}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&cause).unwrap(), json);
            assert_eq!(serde_json::from_str::<UnknownCause>(json).unwrap(), cause);
        }
    }

    #[test]
    fn what_is_not_recorded_stays_so() {
        let kind = UnknownKind::NotJudged;
        let recorded = UnknownCause::not_recorded(Some(""), "x");
        assert_eq!(recorded.kind, UnknownKind::NotRecorded { reference: None });
        let made = recorded.makes("not all is known", kind.clone());
        assert_eq!((made.kind, made.text.as_str()), (recorded.kind, "not all is known: x"));
        assert_eq!(UnknownCause::from("x").makes("y", kind.clone()).kind, kind);
    }
}
