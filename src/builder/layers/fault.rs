//! What a check of layers finds.

use crate::builder::rootfs::{PathError, TreePath};

/// What is wrong with a layer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayerFault {
    /// It is not a tar archive of the form that this program writes.
    #[error("the layer has another form than expected: {0}")]
    Archive(String),
    /// A name that is no path of an image, or deletes files.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A path that is not written in its normal form.
    #[error("the name `{0}` is not in its normal form")]
    Name(String),
    /// An entry that comes twice, or before one with a lower path.
    #[error("`{0}` is not in the order of the paths")]
    Order(TreePath),
    /// A directory above an entry that is not in the layer.
    #[error("`{0}` comes without the directory that holds it")]
    Parent(TreePath),
    /// A hard link to what is not a file before it in the layer.
    #[error("`{0}` is a hard link to what is not a file before it in the layer")]
    Link(TreePath),
    /// Names of one file that are in two layers, or not linked.
    #[error("`{0}` is a hard link in the tree, and in the layers it is not linked to the other names")]
    NotLinked(TreePath),
    /// A path that the tree does not have.
    #[error("`{0}` is not in the tree")]
    NotInTree(TreePath),
    /// An entry that differs from the tree.
    #[error("`{path}` has another {what} than in the tree")]
    Differs {
        /// The path.
        path: TreePath,
        /// What differs: `mode`, `owner`, `time`, `capability`, `type`, `content`, `target` or `device number`.
        what: &'static str,
    },
    /// A path that is not a directory in two layers.
    #[error("`{0}` is in two layers")]
    Twice(TreePath),
    /// A path of the tree that no layer has.
    #[error("`{0}` is in no layer")]
    Missing(TreePath),
    /// Content of the tree that cannot be read.
    #[error("`{path}` cannot be read: {cause}")]
    Content {
        /// The path.
        path: TreePath,
        /// The message of its store.
        cause: String,
    },
}
