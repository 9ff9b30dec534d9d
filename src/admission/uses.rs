//! The model of a use of an image: its place in the manifests, and its role there.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::diagnostic::{Code, Diagnostic, Remedy};
use crate::policy::Exceptions;
use crate::report::Location;

/// The name of standard input among files.
pub(super) const STDIN: &str = "-";

/// A place in the manifests.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The path as the user wrote it, or a path below a given directory; `-` for standard input.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// The number of the document in the file, counted from 1.
    pub document: usize,
    /// The kind, such as `Deployment`; `service`, `job` or `model` for Compose; empty without an object.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The namespace, if the manifest names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The name of the object.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
}

impl Place {
    /// A place outside of objects.
    pub(super) fn without_object(file: &str, line: usize, document: usize) -> Self {
        let (kind, name) = (String::new(), String::new());
        Self { file: file.to_owned(), line, document, kind, namespace: None, name }
    }

    /// The file for people: `<stdin>` for standard input.
    fn shown_file(&self) -> &str {
        if self.file == STDIN { "<stdin>" } else { &self.file }
    }

    /// The location for pipeline formats. Standard input has none.
    pub(super) fn location(&self) -> Option<Location> {
        (self.file != STDIN).then(|| Location { file: self.file.clone(), line: self.line })
    }
}

/// `deploy/api.yaml:31 Deployment/shop/api`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.shown_file(), self.line)?;
        let namespace = self.namespace.as_deref().unwrap_or_default();
        let parts = [self.kind.as_str(), namespace, self.name.as_str()];
        let object: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        if object.is_empty() { Ok(()) } else { write!(f, " {}", object.join("/")) }
    }
}

/// One use of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Use {
    /// The place of the image.
    #[serde(flatten)]
    pub place: Place,
    /// The role of the image.
    pub role: Role,
    /// The name of the container or volume; empty if it has none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub container: String,
    /// The image as it is written.
    pub written: String,
}

/// `deploy/api.yaml:31 Deployment/api (init container web)`.
impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.place.fmt(f)?;
        match (self.role.word(), self.container.as_str()) {
            ("", "") => Ok(()),
            ("", word) | (word, "") => write!(f, " ({word})"),
            (role, name) => write!(f, " ({role} {name})"),
        }
    }
}

/// The part of an object that runs or mounts an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// An item of `containers`, or a Compose service or job.
    Container,
    /// An item of `initContainers`, or a hook that runs before a Compose service.
    InitContainer,
    /// An item of `ephemeralContainers`.
    EphemeralContainer,
    /// A mounted image.
    Volume,
    /// A member `image` anywhere else in an object of an unknown kind.
    Field,
}

impl Role {
    /// The word for people; empty for an ordinary container.
    fn word(self) -> &'static str {
        match self {
            Self::Container => "",
            Self::InitContainer => "init container",
            Self::EphemeralContainer => "ephemeral container",
            Self::Volume => "volume",
            Self::Field => "image",
        }
    }
}

/// A part of the manifests that may name images and was not judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotJudged {
    /// Its place.
    pub place: Place,
    /// What it is, and why it was not judged.
    pub reason: String,
    /// The text in the manifest, by which an exception names it.
    pub text: Option<String>,
    /// The exception that excuses it. Then it is not a failure, even if everything must be judged.
    pub exception: Option<TextException>,
}

/// The exception that excuses a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TextException {
    /// Its reason.
    pub reason: String,
    /// The last day on which it counts.
    #[serde(serialize_with = "day")]
    pub expires: Date,
}

fn day<S: serde::Serializer>(day: &Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}

impl NotJudged {
    /// Applies the exception for its text that is valid at `now`, if there is one, and returns the index of the
    /// exception.
    pub fn excuse(&mut self, exceptions: &Exceptions, now: Timestamp) -> Option<usize> {
        let (place, exception) = exceptions.of_text(self.text.as_deref()?, now)?;
        self.exception = Some(TextException { reason: exception.reason.clone(), expires: exception.expires });
        Some(place)
    }

    /// The reason, and the exception that excuses it, for people.
    pub(super) fn message(&self) -> String {
        match &self.exception {
            Some(TextException { reason, expires }) => {
                format!("{}; excused until {expires}: {reason}", self.reason)
            }
            None => self.reason.clone(),
        }
    }

    /// The diagnostic for pipeline formats. With `strict` it has the hint on how to accept the part.
    pub(super) fn diagnostic(&self, strict: bool) -> Diagnostic {
        Self::diagnostic_of(self.message(), strict)
    }

    /// The diagnostic for one or more parts.
    pub(super) fn diagnostic_of(what: String, strict: bool) -> Diagnostic {
        let diagnostic = Diagnostic::new(Code::ADMIT_NOT_JUDGED, what);
        if strict { diagnostic.remedy(Remedy::AllowNotJudged) } else { diagnostic }
    }
}
