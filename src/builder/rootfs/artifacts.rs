//! Files of images that a definition copies (`contents.artifacts`).

use std::ops::Range;

use super::node::Origin;
use super::ownership::Ownership;
use super::path::TreePath;
use super::selection::{Selection, SelectionError};
use super::transfer::{Transfer, TransferError, Transferred, transfer};
use super::tree::Tree;
use crate::builder::definition::Artifact;

/// An artifact that cannot be copied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the artifact `{reference}`: {cause}")]
pub struct ArtifactError {
    /// The bytes of the definition that hold the artifact.
    pub range: Range<usize>,
    /// The image.
    pub reference: String,
    /// The cause.
    pub cause: ArtifactFault,
}

/// Why an artifact cannot be copied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArtifactFault {
    /// `includes` or `excludes`.
    #[error("{0}")]
    Selection(#[from] SelectionError),
    /// A file.
    #[error("{0}")]
    Transfer(#[from] TransferError),
}

/// Copies the files of an artifact into a tree. `image` holds the files of its image: see [`super::apply_layer`].
/// `reference` is the image as it was resolved. `epoch` is in seconds since 1970.
///
/// # Errors
///
/// [`ArtifactError`]. The tree is then changed in part.
pub fn add_artifact(
    tree: &mut Tree,
    artifact: &Artifact,
    image: &Tree,
    reference: &str,
    epoch: i64,
) -> Result<Transferred, ArtifactError> {
    let failed =
        |cause| ArtifactError { range: artifact.range.clone(), reference: reference.to_owned(), cause };
    let texts = |texts: &'_ [crate::builder::definition::Text]| -> Vec<String> {
        texts.iter().map(|text| text.value.clone()).collect()
    };
    let (includes, excludes) = (texts(&artifact.includes), texts(&artifact.excludes));
    let selection = Selection::new(includes.iter().map(String::as_str), excludes.iter().map(String::as_str))
        .map_err(|error| failed(error.into()))?;
    let plan = Transfer {
        from: image,
        selection: &selection,
        target: TreePath::ROOT,
        ownership: Ownership {
            uid: artifact.uid.as_ref().map(|uid| uid.value),
            gid: artifact.gid.as_ref().map(|gid| gid.value),
            mode: None,
        },
        origin: Origin::Artifact(reference.to_owned()),
        epoch,
    };
    transfer(tree, &plan).map_err(|error| failed(error.into()))
}
