//! Checks layers that are written, by rule: an engine that loads an image proves little about it.

use std::io::Read;

use crate::builder::rootfs::{Tree, TreePath};

/// Compares the layers of an image with its tree, one after the other.
#[derive(Debug)]
pub struct LayerCheck<'a> {
    tree: &'a Tree,
}

/// What is wrong with a layer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayerFault {
    /// It is not a tar archive of the form that this program writes.
    #[error("the layer cannot be read: {0}")]
    Archive(String),
}

impl<'a> LayerCheck<'a> {
    /// A check against this tree.
    pub fn new(tree: &'a Tree) -> Self {
        Self { tree }
    }

    /// Checks the next layer, uncompressed.
    ///
    /// # Errors
    ///
    /// The first [`LayerFault`].
    pub fn layer(&mut self, archive: impl Read) -> Result<(), LayerFault> {
        todo!()
    }

    /// Checks that the layers have everything that is in the tree and does not come from an extended image.
    ///
    /// # Errors
    ///
    /// [`LayerFault`] with the first path that is in no layer.
    pub fn finish(self) -> Result<(), LayerFault> {
        todo!()
    }
}
