use super::*;
use crate::builder::layers::test_tree::{EPOCH, directory, file, node, package, path, put, tree};
use crate::builder::layers::{Layering, PlannedLayer, plan, write_tar};
use crate::builder::rootfs::PathError;

/// A directory with a file of two names, a symbolic link and a device.
fn small() -> Tree {
    let mut tree = tree();
    let linked = NodeKind::File { content: "linked".into(), link: Some(LinkGroup(1)) };
    put(&mut tree, "d", directory(0o1777, package("a")));
    put(&mut tree, "d/f", node(linked.clone(), 0o644, package("a")));
    put(&mut tree, "d/g", node(linked, 0o644, package("a")));
    put(&mut tree, "l", node(NodeKind::Symlink { target: "d/f".to_owned() }, 0o777, package("a")));
    put(
        &mut tree,
        "z",
        node(NodeKind::Special(SpecialKind::Character { major: 1, minor: 3 }), 0o666, package("a")),
    );
    tree
}

fn layer(tree: &Tree) -> PlannedLayer {
    plan(tree, Layering::Squashed, &BTreeMap::new()).remove(0)
}

fn bytes(tree: &Tree, layer: &PlannedLayer) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_tar(tree, layer, &mut bytes).unwrap();
    bytes
}

fn check(tree: &Tree, layers: &[Vec<u8>]) -> Result<(), LayerFault> {
    let mut check = LayerCheck::new(tree);
    for layer in layers {
        check.layer(layer.as_slice())?;
    }
    check.finish()
}

/// One layer by the crate `tar`: name, type, content or target, and what else is changed.
fn foreign(entries: &[(&str, tar::EntryType, &str)], change: impl Fn(&mut tar::Header)) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, kind, text) in entries {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        let mode = if kind.is_dir() { 0o755 } else { 0o644 };
        header.set_mode(mode);
        header.set_mtime(EPOCH as u64);
        header.set_uid(0);
        header.set_gid(0);
        header.set_size(0);
        header.set_device_major(0).unwrap();
        header.set_device_minor(0).unwrap();
        let mut content = "";
        if kind.is_hard_link() || kind.is_symlink() {
            header.set_link_name(text).unwrap();
        } else {
            header.set_size(text.len() as u64);
            content = text;
        }
        change(&mut header);
        header.set_cksum();
        builder.append(&header, content.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn what_is_written_passes() {
    let tree = small();
    assert_eq!(check(&tree, &[bytes(&tree, &layer(&tree))]), Ok(()));
}

#[test]
fn names_and_attributes_may_hold_line_breaks() {
    let mut tree = tree();
    let mut node = file("x", package("a"));
    node.metadata.capability = Some(b"1\n\n9 a=b\n".as_slice().into());
    put(&mut tree, "ä\n19 path=z\n/b\n", node);
    assert_eq!(check(&tree, &[bytes(&tree, &layer(&tree))]), Ok(()));
}

/// A path, what differs there, and the change.
type Case = (&'static str, &'static str, fn(&mut Node));

#[test]
fn each_difference_from_the_tree_is_found() {
    let written = bytes(&small(), &layer(&small()));
    let cases: [Case; 11] = [
        ("d", "mode", |node| node.metadata.mode = 0o755),
        ("d", "time", |node| node.metadata.mtime += 1),
        ("d", "owner", |node| node.metadata.uid = 1),
        ("d/g", "owner", |node| node.metadata.gid = 1),
        ("d/g", "capability", |node| node.metadata.capability = Some(b"x".as_slice().into())),
        ("d/f", "type", |node| node.kind = NodeKind::Symlink { target: "x".to_owned() }),
        ("d/f", "content", |node| node.kind = NodeKind::File { content: "linkeD".into(), link: None }),
        ("d/f", "content", |node| {
            node.kind = NodeKind::File { content: "longer than it".into(), link: None }
        }),
        ("l", "target", |node| node.kind = NodeKind::Symlink { target: "d/g".to_owned() }),
        ("z", "device number", |node| {
            node.kind = NodeKind::Special(SpecialKind::Character { major: 1, minor: 5 });
        }),
        ("z", "type", |node| node.kind = NodeKind::Special(SpecialKind::Block { major: 1, minor: 3 })),
    ];
    for (at, what, change) in cases {
        let mut tree = small();
        let mut node = tree.get(&path(at)).unwrap().clone();
        change(&mut node);
        tree.put(path(at), node).unwrap();
        let found = check(&tree, std::slice::from_ref(&written));
        assert_eq!(found, Err(LayerFault::Differs { path: path(at), what }), "{at} {what}");
    }
    let mut more = small();
    put(&mut more, "e", file("x", package("a")));
    assert_eq!(check(&more, std::slice::from_ref(&written)), Err(LayerFault::Missing(path("e"))));
    assert_eq!(check(&tree(), std::slice::from_ref(&written)), Err(LayerFault::NotInTree(path("d"))));
    assert_eq!(check(&small(), &[written.clone(), written]), Err(LayerFault::NotLinked(path("d/f"))));
}

#[test]
fn entries_come_in_order_after_their_directory() {
    let tree = small();
    let whole = layer(&tree);
    let without = |left_out: &[&str]| {
        let mut layer = whole.clone();
        layer.paths.retain(|path| !left_out.contains(&path.as_str()));
        bytes(&tree, &layer)
    };
    assert_eq!(check(&tree, &[without(&["d"])]), Err(LayerFault::Parent(path("d/f"))));
    assert_eq!(check(&tree, &[without(&[""])]), Err(LayerFault::Parent(path("d"))));
    let mut swapped = whole.clone();
    swapped.paths.swap(4, 5);
    assert_eq!(check(&tree, &[bytes(&tree, &swapped)]), Err(LayerFault::Order(path("l"))));
    // A path in two layers, and a hard link whose names are in two.
    let only = |kept: &[&str]| {
        let mut layer = whole.clone();
        layer.paths.retain(|path| kept.contains(&path.as_str()));
        bytes(&tree, &layer)
    };
    let twice = [only(&["", "l"]), only(&["", "l"])];
    assert_eq!(check(&tree, &twice), Err(LayerFault::Twice(path("l"))));
    let apart = [only(&["", "d", "d/f"]), only(&["", "d", "d/g"])];
    assert_eq!(check(&tree, &apart), Err(LayerFault::NotLinked(path("d/g"))));
}

#[test]
fn names_that_delete_or_lead_out_are_refused() {
    use tar::EntryType::{Directory, Regular};
    let mut tree = tree();
    put(&mut tree, "opt/keep", file("", package("a")));
    for (name, kind) in
        [("opt/.wh.keep", Regular), ("opt/.wh..wh..opq", Regular), ("opt/.wh.dir/", Directory)]
    {
        let archive = foreign(&[("./", Directory, ""), ("opt/", Directory, ""), (name, kind, "")], |_| {});
        let found = check(&tree, &[archive]);
        assert!(matches!(found, Err(LayerFault::Path(PathError::Whiteout(_)))), "{name}: {found:?}");
    }
    let found = check(&tree, &[foreign(&[("./", Directory, ""), ("../x", Regular, "")], |_| {})]);
    assert!(matches!(found, Err(LayerFault::Path(PathError::Upwards(_)))), "{found:?}");
    for (name, kind) in
        [("/opt/", Directory), ("./opt/", Directory), ("opt", Directory), ("opt//", Directory)]
    {
        let found = check(&tree, &[foreign(&[("./", Directory, ""), (name, kind, "")], |_| {})]);
        assert_eq!(found, Err(LayerFault::Name(name.to_owned())));
    }
}

#[test]
fn hard_links_lead_to_an_earlier_file_of_the_layer() {
    use tar::EntryType::{Directory, Link, Regular};
    let mut tree = tree();
    let linked = NodeKind::File { content: "x".into(), link: Some(LinkGroup(1)) };
    put(&mut tree, "a", node(linked.clone(), 0o644, package("a")));
    put(&mut tree, "b", node(linked, 0o644, package("a")));
    put(&mut tree, "c", file("x", package("a")));
    let root = ("./", Directory, "");
    let found = |entries: &[_]| check(&tree, &[foreign(entries, |_| {})]);
    assert_eq!(found(&[root, ("a", Regular, "x"), ("b", Link, "a"), ("c", Regular, "x")]), Ok(()));
    assert_eq!(found(&[root, ("a", Link, "b")]), Err(LayerFault::Link(path("a"))));
    assert_eq!(found(&[root, ("a", Regular, "x"), ("b", Link, "c")]), Err(LayerFault::Link(path("b"))));
    assert_eq!(found(&[root, ("a", Regular, "x"), ("c", Link, "a")]), Err(LayerFault::Link(path("c"))));
    assert_eq!(
        found(&[root, ("a", Regular, "x"), ("b", Regular, "x")]),
        Err(LayerFault::NotLinked(path("b")))
    );
}

#[test]
fn an_archive_of_another_form_is_refused() {
    use tar::EntryType::Directory;
    let tree = tree();
    let good = foreign(&[("./", Directory, "")], |_| {});
    assert_eq!(check(&tree, std::slice::from_ref(&good)), Ok(()));
    let named = foreign(&[("./", Directory, "")], |header| {
        header.as_ustar_mut().unwrap().set_username("root").unwrap();
    });
    let mut pax = tar::Builder::new(Vec::new());
    pax.append_pax_extensions([("atime", b"1".as_slice())]).unwrap();
    let mut timed = pax.into_inner().unwrap();
    timed.truncate(1024);
    timed.extend(&good);
    let mut fraction = tar::Builder::new(Vec::new());
    fraction.append_pax_extensions([("mtime", b"1700000000.5".as_slice())]).unwrap();
    let mut fraction = fraction.into_inner().unwrap();
    fraction.truncate(1024);
    fraction.extend(&good);
    let mut behind = good.clone();
    behind.push(0);
    for (archive, expected) in [
        (named, "names of its owners"),
        (timed, "the extended header `atime`"),
        (fraction, "a time that is not in whole seconds"),
        (behind, "behind its end"),
        (good[..1024].to_vec(), "cut off"),
        (good[..700].to_vec(), "cut off"),
        (Vec::new(), "cut off"),
        ([&good[..1024], &good[..512]].concat(), "a block of zeros"),
        ([b"x", &good[1..]].concat(), "checksum"),
    ] {
        let found = check(&tree, &[archive]);
        assert!(
            matches!(&found, Err(LayerFault::Archive(cause)) if cause.contains(expected)),
            "{expected}: {found:?}"
        );
    }
}
