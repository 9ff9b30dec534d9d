//! Two images side by side: what is proven about each, their configuration, files and packages.
//!
//! Invariant: a fact that cannot be read is unknown, with the reason, and never an empty list. Layers are read as a tree
//! of metadata in memory; nothing of an image is executed or written to disk.

mod error;
mod image;
mod layer;
mod package_databases;
mod permissions;
mod programs;
mod runtime;
mod sboms;
mod tree;
mod user;

pub use error::{EntryError, Error, LayerError, Unexamined, UnknownUser};
pub use image::examine;

#[cfg(test)]
mod tests;
