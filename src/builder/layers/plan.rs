//! Divides a tree into layers.
//!
//! Invariant: each path is in one layer, with the directories above it, which are repeated with the metadata of the
//! finished tree. The names of a hard link are in one layer. A changed package changes its own layer, or the one that it
//! shares, and the top layer.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::error::LayerError;
use super::limits::LAYERS;
use crate::builder::rootfs::{Content, LinkGroup, Node, NodeKind, Origin, Tree, TreePath};

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

/// What a layer holds. The order is that of the layers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The packages that nearly every image has: the C library, certificates, time zones.
    Base,
    /// The packages that are built from one source package, by its name.
    Source(String),
    /// All other packages, with those of the base where the budget is small.
    Packages,
    /// What comes from other images.
    Artifacts,
    /// Fetched files and the outputs of stages, with everything below them where the budget is small.
    Files,
    /// Everything, or everything but [`Part::Top`].
    All,
    /// Accounts, paths, `os-release`, the package database and what maintainer scripts would have made.
    Top,
}

/// A layer that is not written yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedLayer {
    /// What it holds.
    pub part: Part,
    /// The paths of its entries with the directories above them, in ascending order, the root first.
    pub paths: Vec<TreePath>,
    /// The content of its files in bytes.
    pub size: u64,
}

/// The source packages of [`Part::Base`], of Debian and of Alpine.
const BASE_SOURCES: &[&str] = &[
    "alpine-base",
    "alpine-baselayout",
    "alpine-keys",
    "alpine-release",
    "base-files",
    "base-passwd",
    "ca-certificates",
    "glibc",
    "media-types",
    "musl",
    "netbase",
    "tzdata",
];

/// Divides a tree into layers, lowest first.
///
/// 1. What comes from a layer of the image that is extended is left out, since that layer stays. It is repeated where a
///    new name is a hard link to it.
/// 2. Packages go together by source package. `sources` has the source package of each package; a package that is not
///    there is its own.
/// 3. Where the budget is too small for a layer of each, the largest source packages keep their own layer, by the
///    number of bits of their size, so that small changes of size move nothing.
///
/// An empty tree gives one layer with the root alone.
pub fn plan(tree: &Tree, layering: Layering, sources: &BTreeMap<String, String>) -> Vec<PlannedLayer> {
    let mut groups = groups(tree, sources);
    if groups.is_empty() {
        groups.insert(Part::Top, Group { paths: vec![TreePath::ROOT], size: 0 });
    }
    match layering {
        Layering::Squashed => merge(&mut groups, |_| true, &Part::All),
        Layering::Layered(budget) => fit(&mut groups, budget.0),
    }
    groups.into_iter().map(|(part, group)| group.into_layer(part)).collect()
}

/// The paths that must be in one layer.
#[derive(Debug, Default)]
struct Group {
    paths: Vec<TreePath>,
    size: u64,
}

impl Group {
    fn into_layer(self, part: Part) -> PlannedLayer {
        let mut paths: BTreeSet<TreePath> = BTreeSet::new();
        for path in self.paths {
            insert_ancestors(&mut paths, &path);
            paths.insert(path);
        }
        PlannedLayer { part, paths: paths.into_iter().collect(), size: self.size }
    }
}

/// Adds the directories above `path`. What is above a directory of the set is in the set already.
fn insert_ancestors(paths: &mut BTreeSet<TreePath>, path: &TreePath) {
    let mut parent = path.parent();
    while let Some(directory) = parent {
        let next = directory.parent();
        if !paths.insert(directory) {
            return;
        }
        parent = next;
    }
}

/// Every new path by the part that it belongs to, but for directories that are repeated anyway.
fn groups(tree: &Tree, sources: &BTreeMap<String, String>) -> BTreeMap<Part, Group> {
    let links = linked(tree, sources);
    let mut groups: BTreeMap<Part, Group> = BTreeMap::new();
    let mut counted: BTreeSet<LinkGroup> = BTreeSet::new();
    let mut covered: BTreeSet<TreePath> = BTreeSet::new();
    let nodes: Vec<(&TreePath, &Node)> = tree.iter().collect();
    // What is in a directory comes before the directory here.
    for (path, node) in nodes.into_iter().rev() {
        let link = link_of(node);
        let part = link.and_then(|link| links.get(&link).cloned()).or_else(|| part_of(&node.origin, sources));
        let Some(part) = part else { continue };
        let has_layer = node.is_directory() && (covered.contains(path) || path.is_root());
        if has_layer {
            continue;
        }
        insert_ancestors(&mut covered, path);
        let group = groups.entry(part).or_default();
        group.paths.push(path.clone());
        if link.is_none_or(|link| counted.insert(link)) {
            group.size = group.size.saturating_add(node.content().map_or(0, Content::len));
        }
    }
    groups
}

/// The part of each hard link, the highest of its names. Links that only an extended image has are not there.
fn linked(tree: &Tree, sources: &BTreeMap<String, String>) -> BTreeMap<LinkGroup, Part> {
    let mut links: BTreeMap<LinkGroup, Part> = BTreeMap::new();
    for (_, node) in tree.iter() {
        let (Some(link), Some(part)) = (link_of(node), part_of(&node.origin, sources)) else { continue };
        match links.get_mut(&link) {
            Some(highest) if *highest >= part => {}
            Some(highest) => *highest = part,
            None => {
                links.insert(link, part);
            }
        }
    }
    links
}

fn link_of(node: &Node) -> Option<LinkGroup> {
    match &node.kind {
        NodeKind::File { link, .. } => *link,
        _ => None,
    }
}

/// The part of what has this origin. `None` for what an extended image has.
fn part_of(origin: &Origin, sources: &BTreeMap<String, String>) -> Option<Part> {
    Some(match origin {
        Origin::Base(_) => return None,
        Origin::Package { name, .. } => {
            let source = sources.get(name).unwrap_or(name);
            match BASE_SOURCES.contains(&source.as_str()) {
                true => Part::Base,
                false => Part::Source(source.clone()),
            }
        }
        Origin::Artifact(_) => Part::Artifacts,
        Origin::Fetched(_) | Origin::Stage(_) => Part::Files,
        Origin::Synthesized { .. }
        | Origin::Accounts
        | Origin::OsRelease
        | Origin::Path(_)
        | Origin::Implied => Part::Top,
    })
}

/// Merges groups until there are at most `budget`.
fn fit(groups: &mut BTreeMap<Part, Group>, budget: usize) {
    if groups.len() <= budget {
        return;
    }
    let is_source = |part: &Part| matches!(part, Part::Source(_));
    let others = groups.keys().filter(|part| !is_source(part)).count();
    // One layer is for the packages without their own.
    let own = largest(groups, budget.saturating_sub(others + 1));
    merge(groups, |part| is_source(part) && !own.contains(part), &Part::Packages);
    for (one, other) in [(Part::Artifacts, Part::Files), (Part::Base, Part::Packages)] {
        if groups.len() > budget && groups.contains_key(&one) && groups.contains_key(&other) {
            merge(groups, |part| *part == one || *part == other, &other);
        }
    }
    if groups.len() > budget {
        merge(groups, |part| *part != Part::Top, &Part::All);
    }
    if groups.len() > budget {
        merge(groups, |_| true, &Part::All);
    }
}

/// The largest groups of source packages: by the number of bits of their size, then by name.
fn largest(groups: &BTreeMap<Part, Group>, count: usize) -> BTreeSet<Part> {
    let sources = groups.iter().filter(|(part, _)| matches!(part, Part::Source(_)));
    let mut by_size: Vec<(Reverse<u32>, &Part)> =
        sources.map(|(part, group)| (Reverse(u64::BITS - group.size.leading_zeros()), part)).collect();
    by_size.sort();
    by_size.into_iter().take(count).map(|(_, part)| part.clone()).collect()
}

/// Puts the groups of some parts into one.
fn merge(groups: &mut BTreeMap<Part, Group>, is_merged: impl Fn(&Part) -> bool, into: &Part) {
    let parts: Vec<Part> = groups.keys().filter(|part| is_merged(part)).cloned().collect();
    let mut whole = Group::default();
    for part in parts {
        let group = groups.remove(&part).unwrap_or_default();
        whole.paths.extend(group.paths);
        whole.size = whole.size.saturating_add(group.size);
    }
    if !whole.paths.is_empty() {
        groups.insert(into.clone(), whole);
    }
}

impl Default for Budget {
    /// 8.
    fn default() -> Self {
        Self(8)
    }
}

impl TryFrom<usize> for Budget {
    type Error = LayerError;

    fn try_from(layers: usize) -> Result<Self, LayerError> {
        if (1..=LAYERS).contains(&layers) { Ok(Self(layers)) } else { Err(LayerError::Budget(layers)) }
    }
}

impl Default for Layering {
    fn default() -> Self {
        Self::Layered(Budget::default())
    }
}

/// What the history of the image says about the layer. The text is part of the configuration's digest.
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Base => f.write_str("base packages"),
            Self::Source(source) => write!(f, "packages of {source}"),
            Self::Packages => f.write_str("packages"),
            Self::Artifacts => f.write_str("artifacts"),
            Self::Files => f.write_str("files"),
            Self::All => f.write_str("all files"),
            Self::Top => f.write_str("accounts, paths and package database"),
        }
    }
}

#[cfg(test)]
mod tests;
