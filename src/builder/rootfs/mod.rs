//! The files of an image: an in-memory tree that knows where each path comes from.
//!
//! Invariant: no path and no link leads out of the image, and nothing replaces what another source has put there unless
//! a rule of the distribution or the definition says so.

pub mod accounts;
pub mod archive_entries;
mod archive_tree;
mod artifacts;
mod base;
mod config_fragments;
mod content;
mod context;
mod fetched;
#[cfg(test)]
mod fixture;
mod installed;
pub mod limits;
mod node;
pub mod os_release;
mod ownership;
pub mod package_database;
pub mod packages;
mod parents;
mod path;
mod paths;
mod resolve;
mod selection;
mod spool;
pub mod synthesis;
mod transfer;
mod tree;
mod tree_writer;

pub use archive_tree::ArchiveFault;
pub use artifacts::{ArtifactError, ArtifactFault, add_artifact};
pub use base::{LayerEntry, LayerEntryKind, LayerError, LayerFault, add_layer, read_layer};
pub use config_fragments::{
    FragmentError, FragmentFault, FragmentRemark, FragmentVariable, Fragments, apply_fragment_paths,
    read_fragments,
};
pub use content::{Content, ContentReader, ContentStore};
pub use context::{Context, ContextError, ContextName, ContextNode, NoContext};
pub use fetched::{CheckoutEntry, CheckoutKind, Fetched, FetchedError, FetchedFault, Placement, add_fetched};
pub use installed::{Description, Installed, Shipped};
pub use node::{LinkGroup, Metadata, Node, NodeKind, Origin, SpecialKind};
pub use ownership::Ownership;
pub use path::{PathError, TreePath};
pub use paths::{PathEntryError, PathFault, PathRemark, PathRemarkKind, apply_paths};
pub use resolve::ResolveError;
pub use selection::{Selection, SelectionError};
pub use spool::{MemorySpool, Spool};
pub use transfer::{Change, Replaced, Transfer, TransferError, Transferred, transfer};
pub use tree::{NotInDirectory, Tree};
pub use tree_writer::WriteError;
