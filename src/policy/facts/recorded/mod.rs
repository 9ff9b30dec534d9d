//! Facts that were read from a file.
//!
//! Anyone can edit a file, so they prove nothing: they can be evaluated, and no verdict, check or summary is made of
//! them.

mod error;
mod policy_input;
mod unresolved;
mod verify_document;

use serde::Deserialize;
use serde_json::value::RawValue;

pub use error::Error;
pub use unresolved::Unresolved;

use super::image::ImageFacts;
use crate::oci::json;

/// Facts about images as a file records them.
///
/// They are no evidence:
///
/// ```compile_fail,E0308
/// use dhi::evidence::{PolicyInput, Requirements, judge};
///
/// let recorded = dhi::policy::facts::RecordedFacts::read(b"{}", "facts.json").unwrap();
/// judge(&recorded, &Requirements::default(), &dhi::BuiltIn::Attested, &[], &PolicyInput::default());
/// ```
#[derive(Clone, Debug)]
pub struct RecordedFacts {
    images: Vec<ImageFacts>,
    unresolved: Vec<Unresolved>,
}

/// The members by which the kind of file is known.
#[derive(Deserialize)]
struct Kind<'a> {
    #[serde(borrow)]
    images: Option<&'a RawValue>,
    #[serde(borrow)]
    source: Option<&'a RawValue>,
}

impl RecordedFacts {
    /// Reads one of these files:
    ///
    /// * the JSON document of a verification. What it does not hold is unknown;
    /// * the document `input` of a policy. Only `source.image` is read, and no attestations are known.
    ///
    /// # Errors
    ///
    /// [`Error`] if it is something else, is not strict JSON, or exceeds a limit.
    pub fn read(bytes: &[u8], origin: &str) -> Result<Self, Error> {
        let wrong = |cause: String| Error { origin: origin.to_owned(), cause };
        let kind: Kind<'_> = json::parse(bytes, "it").map_err(|error| wrong(error.to_string()))?;
        let read = match (kind.images, kind.source) {
            (Some(_), None) => verify_document::read(bytes),
            (None, Some(source)) => policy_input::read(bytes, source).map(|facts| (vec![facts], Vec::new())),
            _ => Err("it has neither `images` of a verification nor `source` of a policy's input".to_owned()),
        };
        let (images, unresolved) = read.map_err(wrong)?;
        if images.is_empty() && unresolved.is_empty() {
            return Err(wrong("it has no images".to_owned()));
        }
        Ok(Self { images, unresolved })
    }

    /// The facts about each image.
    pub fn images(&self) -> &[ImageFacts] {
        &self.images
    }

    /// The references without facts.
    pub fn unresolved(&self) -> &[Unresolved] {
        &self.unresolved
    }
}
