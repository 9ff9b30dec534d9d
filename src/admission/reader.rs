//! The state of reading one document: what was found, and how much was visited.

use super::found::{Found, ImageUse};
use super::limits::{IMAGE_TEXT, IMAGE_USES};
use super::uses::{Place, Role, Use};
use super::{Error, Input};
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::Exceeded;
use crate::oci::limits::CLAIMED_TEXT;
use crate::oci::reference::without_login;
use crate::oci::{Platform, Reference, Repository};
use crate::yaml::Value;
use crate::yaml::limits::{YAML_DEPTH, YAML_NODES};

/// Reads one document.
pub(super) struct Reader<'a> {
    pub(super) found: &'a mut Found,
    /// The number of the input.
    input: usize,
    file: &'a str,
    /// The whole input.
    text: &'a str,
    document: usize,
    visits: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(found: &'a mut Found, input: usize, of: &'a Input, document: usize) -> Self {
        Self { found, input, file: &of.file, text: &of.text, document, visits: 0 }
    }

    /// The lines of parts of a scalar.
    pub(super) fn lines(&self, scalar: Value<'_>) -> Lines<'a> {
        Lines { rest: self.text.get(scalar.range()).unwrap_or_default(), line: scalar.line() }
    }

    /// A place without object.
    pub(super) fn place(&self, at: Value<'_>) -> Place {
        Place::without_object(self.file, at.line(), self.document)
    }

    pub(super) fn wrong(&self, at: Value<'_>, cause: &str) -> Error {
        Error::Manifest { file: self.file.to_owned(), line: at.line(), cause: cause.to_owned() }
    }

    /// Aliases make more ways through a document than it has nodes, and longer ones than it is deep.
    pub(super) fn visit(&mut self, depth: usize) -> Result<(), Error> {
        self.visits += 1;
        self.within()?;
        let exceeded = if self.visits > 2 * YAML_NODES {
            Exceeded::new("a document with its aliases", 2 * YAML_NODES, "values")
        } else if depth > 2 * YAML_DEPTH {
            Exceeded::new("a document with its aliases", 2 * YAML_DEPTH, "levels")
        } else {
            return Ok(());
        };
        Err(Error::Exceeded { file: self.file.to_owned(), exceeded })
    }

    /// Whether a text may be searched too. If not, the run ends in an error at the next value.
    pub(super) fn searches(&mut self, text: &str) -> bool {
        self.found.searches(text)
    }

    /// An error if a bound was reached.
    pub(super) fn within(&self) -> Result<(), Error> {
        match self.found.exceeded() {
            Some(exceeded) => Err(Error::Exceeded { file: self.file.to_owned(), exceeded: exceeded.clone() }),
            None => Ok(()),
        }
    }

    /// Takes `image` as an image that `object` uses.
    pub(super) fn image(
        &mut self,
        object: &Place,
        role: Role,
        container: Option<Value<'_>>,
        image: Value<'_>,
    ) -> Result<(), Error> {
        self.image_for(object, role, container, image, None)
    }

    /// The same, of one platform alone.
    pub(super) fn image_for(
        &mut self,
        object: &Place,
        role: Role,
        container: Option<Value<'_>>,
        image: Value<'_>,
        platform: Option<Platform>,
    ) -> Result<(), Error> {
        let count = self.found.uses.len() + self.found.refused.len();
        if count >= IMAGE_USES {
            let exceeded = Exceeded::new("a run", IMAGE_USES, "uses of images");
            return Err(Error::Exceeded { file: self.file.to_owned(), exceeded });
        }
        let written = image.scalar().unwrap_or_default();
        let is_long = written.len() > IMAGE_TEXT;
        let used = Use {
            place: Place { line: image.line(), ..object.clone() },
            role,
            container: shown(container.and_then(Value::scalar).unwrap_or_default()),
            // A login in it is not looked for, so nothing of it is shown.
            written: if is_long { format!("{} bytes", written.len()) } else { written.to_owned() },
        };
        let read = match (image.text(), image.tag()) {
            (Some(_), _) if is_long => Err(Diagnostic::new(
                Code::ADMIT_IMAGE,
                format!("the image is a text of more than {IMAGE_TEXT} bytes"),
            )),
            (Some(text), _) => reference(text),
            (None, Some(tag)) => Err(Diagnostic::new(
                Code::ADMIT_IMAGE,
                format!("the image has the YAML tag `{}`", shown(tag)),
            )),
            (None, None) => {
                Err(Diagnostic::new(Code::ADMIT_IMAGE, "the image is not a text").remedy(Remedy::QuoteImage))
            }
        };
        match read {
            Ok(reference) => {
                let (input, range) = (self.input, image.range());
                self.found.uses.push(ImageUse { used, reference, platform, input, range });
            }
            Err(diagnostic) => {
                let written = shown(&without_login(&used.written));
                self.found.refused.push((Use { written, ..used }, diagnostic));
            }
        }
        Ok(())
    }
}

/// Finds on which lines parts of a scalar stand, one behind the other: many parts of a long text are found in one pass.
pub(super) struct Lines<'a> {
    /// What is written from the last part on.
    rest: &'a str,
    /// Of the last part.
    line: usize,
}

impl Lines<'_> {
    /// The line of the next part. Where it is written with escapes, that of the part before, or of the scalar.
    pub(super) fn of(&mut self, part: &str) -> usize {
        let goes_on = |c: char| c.is_ascii_alphanumeric() || "-_./:@".contains(c);
        let is_whole = |at: &(usize, &str)| {
            let behind = self.rest.get(at.0 + part.len()..).unwrap_or_default();
            !behind.starts_with(goes_on)
        };
        let found =
            self.rest.match_indices(part).find(is_whole).and_then(|(at, _)| self.rest.split_at_checked(at));
        let (before, rest) = found.unwrap_or_default();
        self.line += before.matches('\n').count();
        self.rest = rest;
        self.line
    }
}

/// A text that is only shown. One that is repeated by aliases, or with each use of an object's images, would take memory
/// without bound: it is cut, and two points say so.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(CLAIMED_TEXT).and_then(|(end, _)| text.get(..end)) {
        Some(kept) => format!("{kept}.."),
        None => text.to_owned(),
    }
}

/// The image as an engine reads it: what is a layout or an archive on a command line is none here.
fn reference(text: &str) -> Result<Reference, Diagnostic> {
    if ["$", "{{"].iter().any(|sign| text.contains(sign)) {
        return Err(Diagnostic::new(
            Code::ADMIT_IMAGE,
            format!("the variables of `{text}` are not filled in"),
        )
        .remedy(Remedy::CheckDeployed));
    }
    let reference: Reference = text.parse().map_err(|error: crate::oci::Error| error.to_diagnostic())?;
    match reference.repository {
        Repository::Remote(_) if !text.contains("://") => Ok(reference),
        _ => Err(Diagnostic::new(Code::ADMIT_IMAGE, format!("`{text}` is not an image of a registry"))),
    }
}
