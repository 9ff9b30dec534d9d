//! Trees for tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::builder::rootfs::{LinkGroup, Metadata, Node, NodeKind, Origin, SpecialKind, Tree, TreePath};

/// The time of everything that has no other.
pub(super) const EPOCH: i64 = 1_700_000_000;

/// A generated tree.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) tree: Tree,
    /// The source package of some packages.
    pub(super) sources: BTreeMap<String, String>,
}

pub(super) fn tree() -> Tree {
    Tree::new(EPOCH)
}

pub(super) fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

pub(super) fn package(name: &str) -> Origin {
    Origin::Package { name: name.to_owned(), version: "1".to_owned() }
}

pub(super) fn node(kind: NodeKind, mode: u16, origin: Origin) -> Node {
    Node { metadata: Metadata::of_root(mode, EPOCH), kind, origin: origin.into() }
}

pub(super) fn file(content: &str, origin: Origin) -> Node {
    node(NodeKind::File { content: content.into(), link: None }, 0o644, origin)
}

pub(super) fn directory(mode: u16, origin: Origin) -> Node {
    node(NodeKind::Directory, mode, origin)
}

/// Puts a node, with the directories above it.
pub(super) fn put(tree: &mut Tree, at: &str, node: Node) {
    for parent in path(at).ancestors() {
        if tree.get(&parent).is_none() {
            tree.put(parent, directory(0o755, Origin::Implied)).unwrap();
        }
    }
    tree.put(path(at), node).unwrap();
}

/// Trees with nodes of each kind in directories of each origin, with hard links within a package and across.
///
/// No name or attribute has a line break, which the crate `tar` takes for the end of a record.
pub(super) fn any_tree() -> impl Strategy<Value = Made> {
    let name = prop_oneof![
        6 => "[a-c]{1,2}".boxed(),
        1 => Just("a-".to_owned()).boxed(),
        1 => "[!+.-][a-z ]".boxed(),
        1 => Just("ü=".to_owned()).boxed(),
        1 => "[xy]{90,110}".boxed(),
    ];
    let entry = (vec(name, 1..4), any_kind(), any_metadata(), any_origin());
    (vec(entry, 0..40), vec(0_u8..4, 6)).prop_map(|(entries, groups)| {
        let mut tree = tree();
        for (parts, kind, metadata, origin) in entries {
            let at = path(&parts.join("/"));
            let blocked =
                at.ancestors().iter().any(|above| tree.get(above).is_some_and(|node| !node.is_directory()));
            if !blocked && !tree.get(&at).is_some_and(Node::is_directory) {
                put(&mut tree, at.as_str(), Node { metadata, kind, origin: Arc::new(origin) });
            }
        }
        share_links(&mut tree);
        let sources =
            groups.iter().enumerate().map(|(at, group)| (format!("p{at}"), format!("source{group}")));
        Made { tree, sources: sources.collect() }
    })
}

fn any_kind() -> impl Strategy<Value = NodeKind> {
    let device = (0..4095_u32, 0..9_u32);
    prop_oneof![
        4 => ("[a-z]{0,9}", 0_usize..200).prop_map(|(text, times)| NodeKind::File {
            content: text.repeat(times).into(),
            link: None
        }),
        2 => (0_u32..3).prop_map(|group| NodeKind::File { content: "shared".into(), link: Some(LinkGroup(group)) }),
        2 => Just(NodeKind::Directory),
        1 => "(/|\\.\\./)?[a-zé]{1,120}".prop_map(|target| NodeKind::Symlink { target }),
        1 => device.clone().prop_map(|(major, minor)| NodeKind::Special(SpecialKind::Character { major, minor })),
        1 => device.prop_map(|(major, minor)| NodeKind::Special(SpecialKind::Block { major, minor })),
        1 => Just(NodeKind::Special(SpecialKind::Pipe)),
    ]
}

fn any_metadata() -> impl Strategy<Value = Metadata> {
    let id = prop_oneof![Just(0_u32), Just(65_532), Just(0o777_7777), Just(0o1000_0000), any::<u32>()];
    let mtime =
        prop_oneof![Just(0_i64), Just(EPOCH), Just(-1), Just(1 << 33), Just((1 << 33) - 1), any::<i64>()];
    let capability =
        prop_oneof![3 => Just(None), 1 => vec(11_u8.., 0..24).prop_map(|value| Some(value.into()))];
    (0_u16..0o10000, id.clone(), id, mtime, capability)
        .prop_map(|(mode, uid, gid, mtime, capability)| Metadata { mode, uid, gid, mtime, capability })
}

fn any_origin() -> impl Strategy<Value = Origin> {
    prop_oneof![
        4 => (0_u8..9).prop_map(|at| package(&format!("p{at}"))),
        1 => Just(package("base-files")),
        1 => Just(Origin::Artifact("node".to_owned())),
        1 => Just(Origin::Fetched("https://deb.example/f".to_owned())),
        1 => Just(Origin::Stage("build".to_owned())),
        1 => (0_usize..3).prop_map(Origin::Path),
        1 => Just(Origin::Synthesized { by: "package database".to_owned() }),
        1 => Just(Origin::Implied),
    ]
}

/// All names of a hard link have the metadata of the first.
fn share_links(tree: &mut Tree) {
    let mut first: BTreeMap<LinkGroup, Metadata> = BTreeMap::new();
    let links: Vec<(TreePath, LinkGroup)> = tree
        .iter()
        .filter_map(|(path, node)| match &node.kind {
            NodeKind::File { link: Some(link), .. } => Some((path.clone(), *link)),
            _ => None,
        })
        .collect();
    for (path, link) in links {
        let own = tree.get(&path).unwrap().metadata.clone();
        let shared = first.entry(link).or_insert(own).clone();
        tree.change(&path, |metadata| *metadata = shared);
    }
}
