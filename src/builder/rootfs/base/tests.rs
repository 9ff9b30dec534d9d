#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use proptest::prelude::*;

use super::super::archive_entries::ArchiveError;
use super::super::node::{LinkGroup, Metadata, Node, NodeKind, Origin, SpecialKind};
use super::super::path::TreePath;
use super::super::spool::MemorySpool;
use super::super::tree::{NotInDirectory, Tree};
use super::*;

const EPOCH: i64 = 1_700_000_000;

fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

/// An entry: `a/` is a directory, `a -> b` a symbolic link, `a => b` a hard link, `-a` a whiteout, `-a/*` an opaque one,
/// `a = text` a file. Behind `!` is the mode.
fn entry(line: &str) -> LayerEntry {
    let (line, mode) = line.split_once(" ! ").unwrap_or((line, "644"));
    let metadata = Metadata::of_root(u16::from_str_radix(mode, 8).unwrap(), 1_000);
    let node = |name: &str, kind| LayerEntry::Node { path: path(name), metadata: metadata.clone(), kind };
    if let Some(hidden) = line.strip_prefix('-') {
        return match hidden.strip_suffix("/*").or_else(|| hidden.strip_suffix('*')) {
            Some(directory) => LayerEntry::Opaque(path(directory)),
            None => LayerEntry::Whiteout(path(hidden)),
        };
    }
    if let Some((name, target)) = line.split_once(" -> ") {
        return node(name, LayerEntryKind::Symlink(target.to_owned()));
    }
    if let Some((name, target)) = line.split_once(" => ") {
        return node(name, LayerEntryKind::HardLink(path(target)));
    }
    if let Some((name, text)) = line.split_once(" = ") {
        return node(name, LayerEntryKind::File(text.into()));
    }
    match line.strip_prefix("dev:") {
        Some(name) => node(name, LayerEntryKind::Special(SpecialKind::Character { major: 1, minor: 3 })),
        None => node(line, LayerEntryKind::Directory),
    }
}

fn built(layers: &[&[&str]]) -> Result<Tree, LayerError> {
    let mut tree = Tree::new(EPOCH);
    for (position, layer) in layers.iter().enumerate() {
        add_layer(&mut tree, layer.iter().map(|line| entry(line)), Origin::Base(position), EPOCH)?;
    }
    Ok(tree)
}

/// One line for each node but the root, without metadata.
fn lines(tree: &Tree) -> Vec<String> {
    let line = |(path, node): (&TreePath, &Node)| match &node.kind {
        NodeKind::Directory => format!("{}/", path.as_str()),
        NodeKind::File { content, .. } => {
            format!("{} = {}", path.as_str(), String::from_utf8_lossy(&content.read_all().unwrap()))
        }
        NodeKind::Symlink { target } => format!("{} -> {target}", path.as_str()),
        NodeKind::Special(_) => format!("dev:{}", path.as_str()),
    };
    tree.iter().skip(1).map(line).collect()
}

fn tree(layers: &[&[&str]]) -> Vec<String> {
    lines(&built(layers).unwrap())
}

fn fault(layers: &[&[&str]]) -> LayerFault {
    built(layers).unwrap_err().cause
}

#[test]
fn a_whiteout_removes_what_lower_layers_have() {
    let lower: &[&str] = &["etc/a = 1", "etc/b = 2", "opt/x/one = 3", "opt/y = 4"];
    for (upper, expected) in [
        (&["-etc/a"][..], &["etc/", "etc/b = 2", "opt/", "opt/x/", "opt/x/one = 3", "opt/y = 4"][..]),
        (&["-opt/x"], &["etc/", "etc/a = 1", "etc/b = 2", "opt/", "opt/y = 4"]),
        (&["-opt"], &["etc/", "etc/a = 1", "etc/b = 2"]),
        (&["-opt/*"], &["etc/", "etc/a = 1", "etc/b = 2", "opt/"]),
        (&["-*"], &[]),
        (&["-*", "new = 1"], &["new = 1"]),
        // What names nothing removes nothing.
        (&["-etc/c", "-opt/*"], &["etc/", "etc/a = 1", "etc/b = 2", "opt/"]),
    ] {
        assert_eq!(tree(&[lower, upper]), expected, "{upper:?}");
    }
}

#[test]
fn an_opaque_directory_keeps_what_its_own_layer_adds() {
    let lower: &[&str] = &["opt/x/one = 1", "opt/y = 2"];
    for upper in [
        &["-opt/*", "opt/x/new = 3", "opt/z = 4"][..],
        &["opt/z = 4", "opt/x", "opt/x/new = 3", "-opt/*"],
        &["opt/z = 4", "opt/x", "-opt/*", "opt/x/new = 3"],
    ] {
        assert_eq!(tree(&[lower, upper]), ["opt/", "opt/x/", "opt/x/new = 3", "opt/z = 4"], "{upper:?}");
    }
}

#[test]
fn a_layer_that_adds_and_hides_one_path_is_refused() {
    let lower: &[&str] = &["opt/x/one = 1", "opt/y = 2", "etc/passwd = old"];
    for upper in [
        // Some engines keep a directory only if an entry names it.
        &["opt/x/new = 1", "-opt/*"][..],
        &["opt/new/file = 1", "-opt/*"],
        &["-opt/*", "-opt/*"],
        &["-opt", "opt/x/new = 1"],
        &["opt/x/new = 1", "-opt"],
        &["etc/passwd = new", "-etc/passwd"],
        &["-etc/passwd", "etc/passwd = new"],
        &["-etc/passwd", "a = 1", "etc/passwd => a"],
    ] {
        assert_eq!(fault(&[lower, upper]), LayerFault::HiddenByOwnLayer, "{upper:?}");
    }
    assert_eq!(tree(&[&["a = 1"], &["-a"], &["a = 2"]]), ["a = 2"]);
}

#[test]
fn files_directories_and_links_replace_each_other() {
    let lower: &[&str] = &["a/file = 1", "b -> a", "c = 2"];
    assert_eq!(tree(&[lower, &["a = 3", "b", "c", "c/file = 4"]]), ["a = 3", "b/", "c/", "c/file = 4"]);
    let merged = built(&[lower, &["a ! 700"]]).unwrap();
    assert_eq!(lines(&merged), ["a/", "a/file = 1", "b -> a", "c = 2"]);
    let node = merged.get(&path("a")).unwrap();
    assert_eq!((node.metadata.mode, node.origin.as_ref()), (0o700, &Origin::Base(1)));
    assert_eq!(merged.get(&path("c")).unwrap().origin.as_ref(), &Origin::Base(0));
}

#[test]
fn an_entry_may_be_below_a_link_of_its_own_layer() {
    let own: &[&str] = &["usr/lib", "lib -> usr/lib", "lib/x = 1", "r -> /../usr/./lib/../lib", "r/y = 2"];
    let expected =
        ["lib -> usr/lib", "r -> /../usr/./lib/../lib", "usr/", "usr/lib/", "usr/lib/x = 1", "usr/lib/y = 2"];
    assert_eq!(tree(&[own]), expected);
    let lower: &[&str] = &["usr/lib", "lib -> usr/lib"];
    assert_eq!(fault(&[lower, &["lib/x = 1"]]), LayerFault::BelowLowerLink(path("lib")));
    assert_eq!(fault(&[lower, &["l -> lib/deep", "l/x = 1"]]), LayerFault::BelowLowerLink(path("lib")));
    assert_eq!(fault(&[lower, &["-lib/x"]]), LayerFault::BelowLowerLink(path("lib")));
    assert_eq!(fault(&[&["a -> b", "b -> a", "a/x = 1"]]), LayerFault::Loop);
    assert_eq!(fault(&[&["a = 1", "a/x = 1"]]), LayerFault::NotInDirectory(NotInDirectory(path("a"))));
}

#[test]
fn hard_links_share_their_metadata() {
    let metadata = |tree: &Tree, name: &str| {
        let node = tree.get(&path(name)).unwrap();
        (node.metadata.mode, node.link_group())
    };
    let one = built(&[&["a = 1 ! 755", "b => a ! 4755", "c => b ! 711"]]).unwrap();
    let group = Some(LinkGroup(0));
    assert_eq!(["a", "b", "c"].map(|name| metadata(&one, name)), [(0o711, group); 3]);
    // A later layer replaces one name only.
    let two = built(&[&["a = 1 ! 755", "b => a ! 755"], &["b = 2 ! 700"]]).unwrap();
    assert_eq!((metadata(&two, "a"), metadata(&two, "b")), ((0o755, group), (0o700, None)));
    // A file of a lower layer is copied, and leaves its other name.
    let three = built(&[&["a = 1 ! 755", "x => a ! 755"], &["b => a ! 4755"]]).unwrap();
    let new = Some(LinkGroup(1));
    let found = ["a", "b", "x"].map(|name| metadata(&three, name));
    assert_eq!(found, [(0o4755, new), (0o4755, new), (0o755, group)]);
    // A name that was replaced is another file.
    let four = built(&[&["a = 1", "b => a", "b = 2", "c => a ! 700"]]).unwrap();
    let found = ["a", "b", "c"].map(|name| metadata(&four, name));
    assert_eq!(found, [(0o700, group), (0o644, None), (0o700, group)]);
    assert_eq!(fault(&[&["b => a"]]), LayerFault::MissingTarget(path("a")));
    assert_eq!(fault(&[&["a = 1", "a => a"]]), LayerFault::MissingTarget(path("a")));
    assert!(built(&[&["d/x = 1", "d => d/x"]]).is_err());
    assert_eq!(fault(&[&["d", "b => d"]]), LayerFault::DirectoryTarget(path("d")));
    assert_eq!(tree(&[&["l -> x", "b => l"]]), ["b -> x", "l -> x"]);
}

#[test]
fn devices_stay_and_the_root_is_a_directory() {
    assert_eq!(tree(&[&["dev:dev/null"]]), ["dev/", "dev:dev/null"]);
    assert_eq!(built(&[&[" ! 700"]]).unwrap().get(&TreePath::ROOT).unwrap().metadata.mode, 0o700);
    assert_eq!(fault(&[&["/ = 1"]]), LayerFault::Root);
    assert_eq!(fault(&[&["-/"]]), LayerFault::Root);
}

/// A tar archive of members: name, type, content or target.
fn archive(members: &[(&str, tar::EntryType, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, kind, text) in members {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        header.set_mtime(1_000);
        header.set_uid(0);
        header.set_gid(0);
        let is_file = *kind == tar::EntryType::Regular;
        if !is_file {
            header.as_old_mut().linkname[..text.len()].copy_from_slice(text.as_bytes());
        }
        header.set_size(if is_file { text.len() as u64 } else { 0 });
        header.set_cksum();
        builder.append(&header, if is_file { text.as_bytes() } else { b"" }).unwrap();
    }
    builder.into_inner().unwrap()
}

fn read(members: &[(&str, tar::EntryType, &str)]) -> Result<Vec<LayerEntry>, ArchiveError> {
    read_layer(archive(members).as_slice(), &mut MemorySpool)
}

#[test]
fn whiteouts_are_read_from_their_names() {
    use tar::EntryType;
    let members = [
        ("./a/", EntryType::Directory, ""),
        ("a/.wh.b", EntryType::Regular, ""),
        (".wh.c", EntryType::Regular, ""),
        ("a/.wh..wh..opq", EntryType::Regular, ""),
        (".wh..wh..opq", EntryType::Regular, ""),
        (".wh..wh.plnk/", EntryType::Directory, ""),
        ("a/.wh.d/", EntryType::Directory, ""),
        ("/f", EntryType::Regular, "text"),
        ("f", EntryType::Regular, "again"),
        ("l", EntryType::Symlink, "../x"),
        ("h", EntryType::Link, "/f"),
        ("null", EntryType::Char, ""),
    ];
    let read = read(&members).unwrap();
    let expected = ["a", "-a/b", "-c", "-a/*", "-*", "-a/d", "f = text", "f = again", "l -> ../x", "h => f"];
    let expected: Vec<LayerEntry> = expected.iter().map(|line| entry(line)).collect();
    assert_eq!(read[..read.len() - 1], expected);
    let special = LayerEntryKind::Special(SpecialKind::Character { major: 0, minor: 0 });
    assert!(matches!(&read[read.len() - 1], LayerEntry::Node { kind, .. } if *kind == special));
}

#[test]
fn whiteouts_without_a_name_and_escapes_are_refused() {
    use tar::EntryType::Regular;
    for name in ["a/.wh.", ".wh..", ".wh...", "a/.wh.b/c", "../a", "a/../.wh.b", "a/../../b"] {
        assert!(read(&[(name, Regular, "")]).is_err(), "{name}");
    }
}

/// The simplest way to apply layers: each path is looked at alone. It knows no links. `None` if a whiteout or an entry is
/// below a file of the layers below.
fn reference(layers: &[Vec<String>]) -> Option<Vec<String>> {
    use std::collections::BTreeMap;
    let mut all: BTreeMap<String, Option<String>> = BTreeMap::new();
    let is_below = |path: &str, above: &str| above.is_empty() || path.starts_with(&format!("{above}/"));
    for layer in layers {
        let adds: Vec<&String> = layer.iter().filter(|line| !line.starts_with('-')).collect();
        for line in layer.iter().filter_map(|line| line.strip_prefix('-')) {
            match line.strip_suffix("/*") {
                Some(directory) => all.retain(|path, _| !is_below(path, directory)),
                None => all.retain(|path, _| path != line && !is_below(path, line)),
            }
            let directory = line.strip_suffix("/*").or_else(|| Some(line.rsplit_once('/')?.0));
            let parts: Vec<&str> =
                directory.unwrap_or_default().split('/').filter(|part| !part.is_empty()).collect();
            for end in 1..=parts.len() {
                let parent = parts[..end].join("/");
                match all.get(&parent) {
                    Some(Some(_)) => return None,
                    _ => all.insert(parent, None),
                };
            }
        }
        for line in adds {
            let (path, text) = match line.split_once(" = ") {
                Some((path, text)) => (path.to_owned(), Some(text.to_owned())),
                None => (line.clone(), None),
            };
            let parts: Vec<&str> = path.split('/').collect();
            for end in 1..parts.len() {
                let parent = parts[..end].join("/");
                match all.get(&parent) {
                    Some(Some(_)) => return None,
                    _ => all.insert(parent, None),
                };
            }
            if text.is_some() {
                all.retain(|other, _| !is_below(other, &path));
            }
            all.insert(path, text);
        }
    }
    let mut lines: Vec<(TreePath, String)> = Vec::new();
    for (name, text) in all {
        let line = text.map_or_else(|| format!("{name}/"), |text| format!("{name} = {text}"));
        lines.push((path(&name), line));
    }
    lines.sort();
    Some(lines.into_iter().map(|(_, line)| line).collect())
}

/// Whether a layer adds something at or below a path that it removes.
fn hides_itself(layer: &[String]) -> bool {
    let hidden: Vec<&str> = layer.iter().filter_map(|line| line.strip_prefix('-')).collect();
    let added = layer.iter().filter(|line| !line.starts_with('-'));
    let mut names = added.filter_map(|line| line.split(" = ").next());
    names.any(|name| hidden.iter().any(|hidden| format!("{name}/").starts_with(&format!("{hidden}/"))))
}

/// Whether all that a layer removes comes before what it adds.
fn is_hidden_first(layer: &[String]) -> bool {
    layer.iter().skip_while(|line| line.starts_with('-')).all(|line| !line.starts_with('-'))
}

fn any_layer() -> impl Strategy<Value = Vec<String>> {
    let name = prop::collection::vec(prop::sample::select(vec!["a", "b", "c", "a-b"]), 1..4);
    let line = (name, 0..6_u8, 0..9_u8).prop_map(|(name, kind, text)| {
        let name = name.join("/");
        match kind {
            0 => format!("-{name}"),
            1 => format!("-{name}/*"),
            2 => name,
            _ => format!("{name} = {text}"),
        }
    });
    // What is below a file of the same layer is refused or not by the order of both.
    let is_ordered = |layer: &Vec<String>| {
        let files =
            layer.iter().filter_map(|line| line.split_once(" = ")).map(|(file, _)| format!("{file}/"));
        let names: Vec<&str> = layer.iter().map(|line| line.trim_start_matches('-')).collect();
        files.into_iter().all(|file| names.iter().all(|name| !name.starts_with(&file)))
    };
    prop::collection::vec(line, 0..8).prop_filter("below a file", is_ordered)
}

proptest! {
    /// A layer that is accepted gives the tree of the reference, in which whiteouts come before what the layer adds.
    #[test]
    fn layers_give_the_tree_of_a_reference(layers in prop::collection::vec(any_layer(), 1..5)) {
        let borrowed: Vec<Vec<&str>> =
            layers.iter().map(|layer| layer.iter().map(String::as_str).collect()).collect();
        let borrowed: Vec<&[&str]> = borrowed.iter().map(Vec::as_slice).collect();
        match built(&borrowed) {
            Ok(tree) => {
                if let Some(expected) = reference(&layers) {
                    prop_assert_eq!(lines(&tree), expected);
                }
            }
            Err(LayerError { cause: LayerFault::HiddenByOwnLayer, .. }) => {}
            Err(error) => {
                // A file that an entry is below may only be removed later.
                let is_refused = layers.iter().any(|layer| hides_itself(layer) || !is_hidden_first(layer))
                    || reference(&layers).is_none();
                prop_assert!(is_refused, "{}", error);
            }
        }
    }
}
