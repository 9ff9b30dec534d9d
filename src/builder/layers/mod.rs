//! Layers of an image: a finished tree is divided, written as tar, compressed and checked.
//!
//! Invariant: the bytes of a layer depend on the tree, the layering and the compression alone, and the layers applied
//! in order give the tree.

mod check;
mod compress;
mod error;
mod fault;
pub mod limits;
mod plan;
mod tar_entry;
mod tar_reader;

mod tar_writer;
#[cfg(test)]
mod test_tree;

pub use check::LayerCheck;
pub use compress::{Compression, LayerBlob, ZSTD_ANNOTATION, write_layer};
pub use error::LayerError;
pub use fault::LayerFault;
pub use plan::{Budget, Layering, Part, PlannedLayer, plan};

pub(in crate::builder) use tar_entry::{EntryKind, TarEntry};
pub use tar_writer::write_tar;
pub(in crate::builder) use tar_writer::{ContentFault, END_MARK, write_content};
