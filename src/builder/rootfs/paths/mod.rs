//! Applies the entries of `paths` of a definition to a tree.
//!
//! Invariant: entries apply in their order, and none leads out of the image: links of the tree are followed inside it.
//!
//! What stands at a path already:
//!
//! * `directory` keeps a directory with everything in it and changes what the entry states; it follows a link.
//! * `file`, `emptyfile` and `symlink` replace a file or a link, and never a directory.
//! * `delete` removes a link itself, and a directory with everything in it.

mod applier;
mod copy;
mod error;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::context::Context;
use super::node::Origin;
use super::tree::Tree;
use crate::builder::definition::PathEntry;
use applier::Applier;

pub use error::{PathEntryError, PathFault, PathRemark, PathRemarkKind};

/// Applies the entries of `paths` of a definition that is resolved for one platform: conditions and platforms are not
/// looked at again. What is made is last changed at `epoch`, in seconds since 1970.
///
/// # Errors
///
/// [`PathEntryError`] for the first entry that cannot be applied. The tree is then changed in part.
pub fn apply_paths(
    tree: &mut Tree,
    entries: &[PathEntry],
    context: &dyn Context,
    epoch: i64,
) -> Result<Vec<PathRemark>, PathEntryError> {
    apply_entries(tree, entries, Origin::Path, context, epoch)
}

/// Applies entries. `origin` gives the origin of what the entry at a position makes.
pub(super) fn apply_entries(
    tree: &mut Tree,
    entries: &[PathEntry],
    origin: impl Fn(usize) -> Origin,
    context: &dyn Context,
    epoch: i64,
) -> Result<Vec<PathRemark>, PathEntryError> {
    let mut applier = Applier { tree, context, epoch, copied: 0 };
    let mut remarks = Vec::new();
    for (position, entry) in entries.iter().enumerate() {
        let (range, path) = (entry.range.clone(), entry.path.value.clone());
        match applier.apply(entry, &Arc::new(origin(position))) {
            Ok(None) => {}
            Ok(Some(kind)) => remarks.push(PathRemark { position, range, path, kind }),
            Err(cause) => return Err(PathEntryError { position, range, path, cause }),
        }
    }
    Ok(remarks)
}
