//! The files of an image: an in-memory tree that knows where each path comes from.
//!
//! Invariant: no path and no link leads out of the image, and nothing replaces what another source has put there unless
//! a rule of the distribution or the definition says so.

pub mod archive_entries;
mod content;
mod installed;
pub mod limits;
mod node;
pub mod packages;
mod path;
mod resolve;
mod spool;
mod tree;

pub use content::{Content, ContentReader, ContentStore};
pub use installed::{Description, Installed, Shipped};
pub use node::{LinkGroup, Metadata, Node, NodeKind, Origin, SpecialKind};
pub use path::{PathError, TreePath};
pub use resolve::ResolveError;
pub use spool::{MemorySpool, Spool};
pub use tree::{NotInDirectory, Tree};
