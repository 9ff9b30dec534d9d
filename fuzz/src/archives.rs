//! Archives of packages, and layers of images.

use std::collections::BTreeMap;

use dhi::builder::layers::{Budget, LayerCheck, Layering, plan, write_tar};
use dhi::builder::rootfs::archive_entries::{EntryKind, EntryRules, read_entries};
use dhi::builder::rootfs::{MemorySpool, NodeKind, Origin, Tree, TreePath, add_layer, read_layer};

/// Entries of a package and the targets of their hard links lie below the root, and have no more content than the archive
/// has bytes.
pub fn package_archive(data: &[u8]) {
    let Ok(entries) = read_entries(data, &EntryRules::PACKAGE, &mut MemorySpool) else { return };
    let is_below = |path: &TreePath| {
        assert_eq!(TreePath::parse(path.as_str()).as_ref(), Ok(path));
        assert!(path.parts().all(|part| !part.is_empty() && part != "." && part != ".."));
    };
    let mut content = 0;
    for entry in &entries {
        is_below(&entry.path);
        match &entry.kind {
            EntryKind::File(file) => content += file.len(),
            // Whether it is a file of the package is checked when packages are merged.
            EntryKind::HardLink(target) => is_below(target),
            EntryKind::Special(_) => panic!("a package has a device"),
            EntryKind::Directory | EntryKind::Symlink(_) => {}
        }
    }
    assert!(content <= data.len() as u64);
}

/// The layers that are written for the files of a layer satisfy the rules for layers, in one layer and in several, and
/// give the same files when they are read.
pub fn layer(data: &[u8]) {
    let Some(tree) = tree([data]) else { return };
    for layering in [Layering::Squashed, Layering::Layered(Budget::default())] {
        let written: Vec<Vec<u8>> = plan(&tree, layering, &BTreeMap::new())
            .iter()
            .map(|layer| {
                let mut bytes = Vec::new();
                write_tar(&tree, layer, &mut bytes).unwrap();
                bytes
            })
            .collect();
        let mut check = LayerCheck::new(&tree);
        for layer in &written {
            check.layer(layer.as_slice()).unwrap();
        }
        check.finish().unwrap();
        let again = tree_of(&written);
        assert_eq!(shown(&again), shown(&tree));
    }
}

fn tree_of(layers: &[Vec<u8>]) -> Tree {
    tree(layers.iter().map(Vec::as_slice)).unwrap()
}

/// The files of some layers, which come from an image that is copied. `None` if one is refused.
fn tree<'a>(layers: impl IntoIterator<Item = &'a [u8]>) -> Option<Tree> {
    let mut tree = Tree::new(0);
    for layer in layers {
        let entries = read_layer(layer, &mut MemorySpool).ok()?;
        add_layer(&mut tree, entries, Origin::Artifact("image".to_owned()), 0).ok()?;
    }
    Some(tree)
}

/// Every path with what an engine makes there. Names of one file have the first of them.
fn shown(tree: &Tree) -> Vec<String> {
    let mut first = BTreeMap::new();
    let line = |(path, node): (&TreePath, &dhi::builder::rootfs::Node)| {
        let kind = match &node.kind {
            NodeKind::File { content, link } => {
                let same = link.map(|group| first.entry(group).or_insert_with(|| path.clone()).clone());
                format!("file {:?} {same:?}", content.read_all().unwrap())
            }
            kind => format!("{kind:?}"),
        };
        format!("{path} {:?} {kind}", node.metadata)
    };
    tree.iter().map(line).collect()
}
