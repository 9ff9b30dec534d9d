use std::io;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::builder::layers::test_tree::{Made, any_tree, file, node, package, path, put, tree};
use crate::builder::layers::{Layering, plan};
use crate::builder::rootfs::{Content, ContentStore, Origin};

fn squashed(tree: &Tree) -> PlannedLayer {
    plan(tree, Layering::Squashed, &BTreeMap::new()).remove(0)
}

fn written(tree: &Tree) -> Result<Vec<u8>, LayerError> {
    let mut bytes = Vec::new();
    write_tar(tree, &squashed(tree), &mut bytes).map(|()| bytes)
}

/// Gives `available` bytes, and fails behind them.
struct Store {
    available: u64,
}

impl ContentStore for Store {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        if offset + buffer.len() as u64 > self.available {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        for (at, byte) in (offset..).zip(buffer) {
            *byte = (at % 251) as u8;
        }
        Ok(())
    }
}

fn stored(available: u64, length: u64) -> Node {
    let content = Content::Stored { store: Arc::new(Store { available }), offset: 0, length };
    node(NodeKind::File { content, link: None }, 0o644, package("a"))
}

/// Name, mode, owner, group, time, capability, and kind with content.
type Found = (String, u16, u64, u64, i64, Option<Vec<u8>>, String);

/// What the crate `tar` finds.
fn read_by_tar(bytes: &[u8]) -> Vec<Found> {
    let mut archive = tar::Archive::new(bytes);
    let mut found = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let (mut mtime, mut capability) = (entry.header().mtime().unwrap() as i64, None);
        for record in entry.pax_extensions().unwrap().into_iter().flatten() {
            let record = record.unwrap();
            match record.key().unwrap() {
                "mtime" => mtime = record.value().unwrap().parse().unwrap(),
                "SCHILY.xattr.security.capability" => capability = Some(record.value_bytes().to_vec()),
                _ => {}
            }
        }
        let link = entry.link_name_bytes().map(|name| String::from_utf8(name.into_owned()).unwrap());
        let device = (entry.header().device_major().unwrap(), entry.header().device_minor().unwrap());
        let mut content = String::new();
        entry.read_to_string(&mut content).unwrap();
        let kind = format!("{:?} {link:?} {device:?} {content}", entry.header().entry_type());
        found.push((
            String::from_utf8(entry.path_bytes().into_owned()).unwrap(),
            entry.header().mode().unwrap() as u16,
            entry.header().uid().unwrap(),
            entry.header().gid().unwrap(),
            mtime,
            capability,
            kind,
        ));
    }
    found
}

/// The same from the tree.
fn expected(tree: &Tree) -> Vec<Found> {
    use tar::EntryType;
    let mut links: BTreeMap<LinkGroup, String> = BTreeMap::new();
    let mut of = |path: &TreePath, node: &Node| {
        let none = (Some(0), Some(0));
        let (kind, link, device, content) = match &node.kind {
            NodeKind::Directory => (EntryType::Directory, None, none, String::new()),
            NodeKind::File { content, link } => match link.and_then(|link| links.get(&link)) {
                Some(first) => (EntryType::Link, Some(first.clone()), none, String::new()),
                None => {
                    links.extend(link.map(|link| (link, path.as_str().to_owned())));
                    let content = String::from_utf8(content.read_all().unwrap().to_vec()).unwrap();
                    (EntryType::Regular, None, none, content)
                }
            },
            NodeKind::Symlink { target } => (EntryType::Symlink, Some(target.clone()), none, String::new()),
            NodeKind::Special(special) => {
                let (kind, major, minor) = match *special {
                    SpecialKind::Character { major, minor } => (EntryType::Char, major, minor),
                    SpecialKind::Block { major, minor } => (EntryType::Block, major, minor),
                    SpecialKind::Pipe => (EntryType::Fifo, 0, 0),
                };
                (kind, None, (Some(major), Some(minor)), String::new())
            }
        };
        format!("{kind:?} {link:?} {device:?} {content}")
    };
    tree.iter()
        .map(|(path, node)| {
            let name = if path.is_root() { "." } else { path.as_str() };
            let slash = if node.is_directory() { "/" } else { "" };
            let metadata = &node.metadata;
            let ids = (u64::from(metadata.uid), u64::from(metadata.gid));
            let capability = metadata.capability.as_deref().map(<[u8]>::to_vec);
            let name = format!("{name}{slash}");
            (name, metadata.mode, ids.0, ids.1, metadata.mtime, capability, of(path, node))
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn another_reader_finds_the_tree(made in any_tree()) {
        let Made { tree, .. } = made;
        prop_assert_eq!(read_by_tar(&written(&tree).unwrap()), expected(&tree));
    }

    #[test]
    fn the_size_of_the_buffer_changes_nothing(made in any_tree(), size in 1_usize..2000) {
        let Made { tree, .. } = made;
        let mut bytes = Vec::new();
        write_with_buffer(&tree, &squashed(&tree), &mut vec![0; size], &mut bytes).unwrap();
        prop_assert!(bytes == written(&tree).unwrap());
    }
}

#[test]
fn stored_content_is_read_in_pieces() {
    let mut tree = tree();
    let length = 3 * BUFFER as u64 + 7;
    put(&mut tree, "a", stored(length, length));
    let bytes = written(&tree).unwrap();
    let mut archive = tar::Archive::new(bytes.as_slice());
    let mut content = Vec::new();
    archive.entries().unwrap().nth(1).unwrap().unwrap().read_to_end(&mut content).unwrap();
    assert_eq!(content.len() as u64, length);
    assert!(content.iter().zip(0_u64..).all(|(byte, at)| u64::from(*byte) == at % 251));
}

#[test]
fn a_file_that_became_shorter_is_an_error() {
    let mut tree = tree();
    put(&mut tree, "a", stored(400, 500));
    let error = written(&tree).unwrap_err();
    assert!(matches!(&error, LayerError::Content { path: at, .. } if *at == path("a")), "{error}");
}

#[test]
fn what_an_archive_cannot_hold_is_an_error() {
    for target in ["", "a\0b"] {
        let mut tree = tree();
        put(&mut tree, "l", node(NodeKind::Symlink { target: target.to_owned() }, 0o777, Origin::Path(0)));
        assert_eq!(written(&tree), Err(LayerError::Target(path("l"))));
    }
    for (major, minor) in [(2_097_152, 0), (0, 2_097_152)] {
        let mut tree = tree();
        let device = NodeKind::Special(SpecialKind::Block { major, minor });
        put(&mut tree, "d", node(device, 0o600, Origin::Path(0)));
        assert_eq!(written(&tree), Err(LayerError::Device { path: path("d"), major, minor }));
    }
    let layer = squashed(&{
        let mut tree = tree();
        put(&mut tree, "a", file("x", package("a")));
        tree
    });
    assert_eq!(write_tar(&tree(), &layer, &mut Vec::new()), Err(LayerError::Absent(path("a"))));
}

#[test]
fn errors_of_the_output_are_reported() {
    let mut tree = tree();
    put(&mut tree, "a", file("content", package("a")));
    for length in [0, 600, 1100, 2000, 2559] {
        let mut bytes = vec![0; length];
        let result = write_tar(&tree, &squashed(&tree), &mut bytes.as_mut_slice());
        assert!(matches!(result, Err(LayerError::Write(_))), "{length}: {result:?}");
    }
}
