//! The files of an image: an in-memory tree that knows where each path comes from.
//!
//! Invariant: no path and no link leads out of the image, and nothing replaces what another source has put there unless
//! a rule of the distribution or the definition says so.

pub mod accounts;
mod content;
#[cfg(test)]
mod fixture;
mod installed;
pub mod limits;
mod node;
pub mod os_release;
pub mod package_database;
mod path;
mod resolve;
pub mod synthesis;
mod tree;
mod tree_writer;

pub use content::{Content, ContentReader, ContentStore};
pub use installed::{Description, Installed, Shipped};
pub use node::{LinkGroup, Metadata, Node, NodeKind, Origin, SpecialKind};
pub use path::{PathError, TreePath};
pub use resolve::ResolveError;
pub use tree::{NotInDirectory, Tree};
pub use tree_writer::WriteError;
