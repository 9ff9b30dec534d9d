//! Divides a tree into layers.
//!
//! Invariant: each path is in one layer, with the directories above it, which are repeated with the metadata of the
//! finished tree. The names of a hard link are in one layer. A changed package changes its own layer, or the one that it
//! shares, and the top layer.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::error::LayerError;
use super::limits::LAYERS;
use crate::builder::rootfs::{LinkGroup, Node, NodeKind, Origin, Tree, TreePath};

/// How a tree is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layering {
    /// Into one layer.
    Squashed,
    /// Into at most as many layers.
    Layered(Budget),
}

/// The number of layers that an image may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Budget(usize);

/// What a layer holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Everything.
    All,
    /// The packages that hardly change: the C library, certificates, time zones.
    Base,
    /// The packages that are built from one source package, by its name.
    Source(String),
    /// All other packages.
    Packages,
    /// What comes from other images.
    Artifacts,
    /// Fetched files and the outputs of stages.
    Files,
    /// Accounts, paths, `os-release`, the package database and what maintainer scripts would have made.
    Top,
}

/// A layer that is not written yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedLayer {
    /// What it holds, in ascending order.
    pub parts: Vec<Part>,
    /// The paths of its entries with the directories above them, in ascending order, the root first.
    pub paths: Vec<TreePath>,
    /// The content of its files in bytes.
    pub size: u64,
}

/// Divides a tree into layers, lowest first.
///
/// 1. What comes from a layer of the image that is extended is left out, since that layer stays. It is repeated where a
///    new name is a hard link to it.
/// 2. Packages go together by source package. `sources` has the source package of each package; a package that is not
///    there is its own.
/// 3. Where the budget is too small for a layer of each, the largest source packages keep their own layer, by the
///    number of digits of their size, so that small changes of size move nothing.
///
/// An empty tree gives one layer with the root alone.
pub fn plan(tree: &Tree, layering: Layering, sources: &BTreeMap<String, String>) -> Vec<PlannedLayer> {
    todo!()
}
