//! The state of reading one document: what was found, and how many values were visited.

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
    /// The index of the input.
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

    /// A search for the lines of parts of a scalar.
    pub(super) fn lines(&self, scalar: Value<'_>) -> Lines<'a> {
        Lines { rest: self.text.get(scalar.range()).unwrap_or_default(), line: scalar.line() }
    }

    /// A place outside of objects.
    pub(super) fn place(&self, at: Value<'_>) -> Place {
        Place::without_object(self.file, at.line(), self.document)
    }

    pub(super) fn wrong(&self, at: Value<'_>, cause: &str) -> Error {
        Error::Manifest { file: self.file.to_owned(), line: at.line(), cause: cause.to_owned() }
    }

    /// Counts a visited value. Aliases create more paths through a document than it has nodes, and longer ones than
    /// it is deep.
    ///
    /// # Errors
    ///
    /// [`Error::Exceeded`] if a limit is reached.
    pub(super) fn visit(&mut self, depth: usize) -> Result<(), Error> {
        self.visits += 1;
        self.check_limits()?;
        let exceeded = if self.visits > 2 * YAML_NODES {
            Exceeded::new("a document with its aliases", 2 * YAML_NODES, "values")
        } else if depth > 2 * YAML_DEPTH {
            Exceeded::new("a document with its aliases", 2 * YAML_DEPTH, "levels")
        } else {
            return Ok(());
        };
        Err(Error::Exceeded { file: self.file.to_owned(), exceeded })
    }

    /// Counts a text against the limit of searched texts. If it may not be searched, the run ends with an error at the
    /// next value.
    pub(super) fn count_searched(&mut self, text: &str) -> bool {
        self.found.count_searched(text)
    }

    /// Fails if a limit was reached.
    pub(super) fn check_limits(&self) -> Result<(), Error> {
        match self.found.exceeded() {
            Some(exceeded) => Err(Error::Exceeded { file: self.file.to_owned(), exceeded: exceeded.clone() }),
            None => Ok(()),
        }
    }

    /// Records `image` as a use by `object`.
    pub(super) fn image(
        &mut self,
        object: &Place,
        role: Role,
        container: Option<Value<'_>>,
        image: Value<'_>,
    ) -> Result<(), Error> {
        self.image_for(object, role, container, image, None)
    }

    /// Records `image` as a use by `object`, for one platform only.
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
            // Long texts are not searched for a login, so they are not shown.
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

/// Finds the lines of consecutive parts of a scalar, in one pass over its text.
pub(super) struct Lines<'a> {
    /// The text from the last part on.
    rest: &'a str,
    /// The line of the last part.
    line: usize,
}

impl Lines<'_> {
    /// The line of the next part. If it is written with escapes, the line of the previous part, or of the scalar.
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

/// Shortens a text that is only shown; two dots mark a cut. Repeated by aliases, or with each use of an object's
/// images, it would take unlimited memory.
pub(super) fn shown(text: &str) -> String {
    match text.char_indices().nth(CLAIMED_TEXT).and_then(|(end, _)| text.get(..end)) {
        Some(kept) => format!("{kept}.."),
        None => text.to_owned(),
    }
}

/// Parses an image as an engine does: layouts and archives are not images of a registry.
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
