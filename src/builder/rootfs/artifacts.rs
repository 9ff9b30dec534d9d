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

/// Copies the files of an artifact into a tree. `image` holds the files of its image: see [`super::add_layer`].
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing)]

    use super::*;
    use crate::builder::definition;
    use crate::builder::rootfs::{Change, LayerEntry, LayerEntryKind, Metadata, add_layer};

    const EPOCH: i64 = 1_700_000_000;

    fn path(text: &str) -> TreePath {
        TreePath::parse(text).unwrap()
    }

    fn artifact(more: &str) -> Artifact {
        let text = format!("contents:\n  artifacts:\n    - {{name: dhi.io/a:1{more}}}\n");
        let read = definition::read(&text, "test.yaml").unwrap();
        read.definition.contents.unwrap().artifacts.into_iter().next().unwrap()
    }

    /// An image of two layers: the second one removes `usr/share/doc` and replaces `usr/bin/tool`.
    fn image() -> Tree {
        let mut tree = Tree::new(EPOCH);
        let file = |name: &str, text: &str| LayerEntry::Node {
            path: path(name),
            metadata: Metadata { uid: 7, gid: 7, ..Metadata::of_root(0o755, 1_000) },
            kind: LayerEntryKind::File(text.into()),
        };
        let lower = [file("usr/bin/tool", "old"), file("usr/share/doc/a", "a"), file("etc/passwd", "x")];
        add_layer(&mut tree, lower, Origin::Base(0), EPOCH).unwrap();
        let upper = [LayerEntry::Whiteout(path("usr/share/doc")), file("usr/bin/tool", "new")];
        add_layer(&mut tree, upper, Origin::Base(1), EPOCH).unwrap();
        tree
    }

    fn names(tree: &Tree) -> Vec<&str> {
        tree.iter().skip(1).map(|(path, _)| path.as_str()).collect()
    }

    #[test]
    fn the_files_of_the_finished_image_are_copied() {
        let mut tree = Tree::new(EPOCH);
        let all = artifact(", uid: 0, gid: 0, excludes: [etc/passwd]");
        let done = add_artifact(&mut tree, &all, &image(), "dhi.io/a@sha256:1", EPOCH).unwrap();
        assert_eq!(done, Transferred::default());
        // Nothing is left of what a whiteout removed, nor the whiteout.
        assert_eq!(names(&tree), ["etc", "usr", "usr/bin", "usr/bin/tool", "usr/share"]);
        let tool = tree.get(&path("usr/bin/tool")).unwrap();
        assert_eq!(tool.content().unwrap().read_all().unwrap().as_ref(), b"new");
        assert_eq!((tool.metadata.uid, tool.metadata.gid, tool.metadata.mtime), (0, 0, 1_000));
        assert_eq!(tool.origin.as_ref(), &Origin::Artifact("dhi.io/a@sha256:1".to_owned()));
    }

    #[test]
    fn a_later_artifact_wins_and_is_reported() {
        let mut tree = Tree::new(EPOCH);
        let one = artifact(", includes: [usr/bin/**, nothing]");
        let done = add_artifact(&mut tree, &one, &image(), "first", EPOCH).unwrap();
        assert_eq!(done.unmatched, ["nothing"]);
        let done = add_artifact(&mut tree, &artifact(", includes: [usr], uid: 0"), &image(), "second", EPOCH)
            .unwrap();
        let replaced: Vec<String> = done
            .replaced
            .iter()
            .map(|one| format!("{} {} {} {:?}", one.path, one.before, one.after, one.change))
            .collect();
        assert_eq!(replaced, ["/usr/bin/tool artifact `first` artifact `second` Metadata"]);
        assert_eq!(done.replaced[0].change, Change::Metadata);
    }

    #[test]
    fn an_error_names_artifact_and_place() {
        let wrong = artifact(", includes: [../etc]");
        let error = add_artifact(&mut Tree::new(EPOCH), &wrong, &image(), "image", EPOCH).unwrap_err();
        assert_eq!(error.to_string(), "the artifact `image`: the pattern `../etc` leads upwards");
        assert_eq!(error.range, wrong.range);
        let mut tree = Tree::new(EPOCH);
        add_artifact(&mut tree, &artifact(", includes: [usr/bin/tool]"), &image(), "image", EPOCH).unwrap();
        let mut other = Tree::new(EPOCH);
        let directory = LayerEntry::Node {
            path: path("usr/bin/tool"),
            metadata: Metadata::of_root(0o755, 1),
            kind: LayerEntryKind::Directory,
        };
        add_layer(&mut other, [directory], Origin::Base(0), EPOCH).unwrap();
        let error = add_artifact(&mut tree, &artifact(""), &other, "other", EPOCH).unwrap_err();
        assert!(matches!(error.cause, ArtifactFault::Transfer(TransferError::Conflict { .. })));
    }
}
