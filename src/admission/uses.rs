//! Where an image is used: the place in the manifests, and what runs it.

use std::fmt::{self, Write};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use crate::diagnostic::{Code, Diagnostic, Remedy};
use crate::policy::Exceptions;
use crate::report::Location;

/// A place in the manifests.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// As the user wrote it, or found below the directory that he wrote; `-` for standard input.
    pub file: String,
    /// Beginning with 1.
    pub line: usize,
    /// The number of the document in the file, beginning with 1.
    pub document: usize,
    /// `Deployment`; `service`, `job` or `model` for Compose; or nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// Where one is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Of the object.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
}

impl Place {
    /// One that belongs to no object.
    pub(super) fn without_object(file: &str, line: usize, document: usize) -> Self {
        let (kind, name) = (String::new(), String::new());
        Self { file: file.to_owned(), line, document, kind, namespace: None, name }
    }

    /// As the renderers for pipelines show it.
    pub(super) fn location(&self) -> Location {
        Location { file: self.file.clone(), line: self.line }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)?;
        if !self.kind.is_empty() {
            write!(f, " {}", self.kind)?;
        }
        match (&self.namespace, self.name.as_str()) {
            (_, "") => Ok(()),
            (Some(namespace), name) => write!(f, " {namespace}/{name}"),
            (None, name) => write!(f, " {name}"),
        }
    }
}

/// One use of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Use {
    /// Where the image stands.
    #[serde(flatten)]
    pub place: Place,
    /// What runs it.
    pub role: Role,
    /// The name of the container or volume; empty if it has none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub container: String,
    /// The image as it is written.
    pub written: String,
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place, self.role.word())?;
        if self.container.is_empty() { Ok(()) } else { write!(f, " {}", self.container) }
    }
}

/// What runs or mounts an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// `containers`, or a Compose service or job.
    Container,
    /// `initContainers`, or what runs before a Compose service.
    InitContainer,
    /// `ephemeralContainers`.
    EphemeralContainer,
    /// An image that is mounted.
    Volume,
    /// `image` anywhere else in an object of a kind that is not known.
    Field,
}

impl Role {
    fn word(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::InitContainer => "init container",
            Self::EphemeralContainer => "ephemeral container",
            Self::Volume => "volume",
            Self::Field => "image",
        }
    }
}

/// Something in the manifests that may name images and was not judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NotJudged {
    /// Where it stands.
    #[serde(flatten)]
    pub place: Place,
    /// What it is, why it was not judged, and by what that is excused.
    pub reason: String,
    /// What the manifest says there, as an exception can name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The last day on which an exception excuses it, so that it is no failure where all must be judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excused_until: Option<Date>,
}

impl NotJudged {
    /// Has the exception for its text excuse it, if there is one that counts at `now`, and gives its place in the file.
    pub fn excuse(&mut self, exceptions: &Exceptions, now: Timestamp) -> Option<usize> {
        let (place, exception) = exceptions.of_text(self.text.as_deref()?, now)?;
        let _ = write!(self.reason, "; excused until {}: {}", exception.expires, exception.reason);
        self.excused_until = Some(exception.expires);
        Some(place)
    }

    /// As the renderers for pipelines show it. It is an error where everything must be judged.
    pub(super) fn diagnostic(&self, strict: bool) -> Diagnostic {
        Self::diagnostic_of(self.reason.clone(), strict)
    }

    /// What is to be said of one or more of them.
    pub(super) fn diagnostic_of(what: String, strict: bool) -> Diagnostic {
        let diagnostic = Diagnostic::new(Code::ADMIT_NOT_JUDGED, what);
        if strict { diagnostic.remedy(Remedy::AllowNotJudged) } else { diagnostic }
    }
}
