//! Layers are applied in order, with whiteouts, links and replaced files.

use super::*;

#[test]
fn a_whiteout_hides_what_lower_layers_have() {
    let lower = || Layer::new().file("etc/a").file("etc/b").file("opt/x/one").file("opt/x/two");
    for (upper, expected) in [
        (Layer::new().file("etc/.wh.a"), vec!["etc/", "etc/b", "opt/", "opt/x/", "opt/x/one", "opt/x/two"]),
        (Layer::new().file("opt/.wh.x"), vec!["etc/", "etc/a", "etc/b", "opt/"]),
        (Layer::new().file(".wh.opt"), vec!["etc/", "etc/a", "etc/b"]),
        (Layer::new().file("opt/x/.wh..wh..opq"), vec!["etc/", "etc/a", "etc/b", "opt/", "opt/x/"]),
        // What names nothing hides nothing.
        (
            Layer::new().file("etc/.wh.c").file("no/.wh.a").file("etc/.wh..wh.plnk"),
            vec!["etc/", "etc/a", "etc/b", "no/", "opt/", "opt/x/", "opt/x/one", "opt/x/two"],
        ),
    ] {
        assert_eq!(paths(&tree([lower(), upper])), expected);
    }
}

#[test]
fn an_opaque_directory_keeps_what_its_own_layer_adds() {
    let lower = || Layer::new().file("opt/x/one").file("opt/y");
    let opaque = |layer: Layer| layer.file("opt/.wh..wh..opq");
    for upper in [
        opaque(Layer::new()).file("opt/x/new").file("opt/z"),
        opaque(Layer::new().directory("opt/x", 0o755, (0, 0)).file("opt/x/new").file("opt/z")),
        opaque(Layer::new().file("opt/z").directory("opt/x", 0o755, (0, 0))).file("opt/x/new"),
    ] {
        assert_eq!(paths(&tree([lower(), upper])), ["opt/", "opt/x/", "opt/x/new", "opt/z"]);
    }
}

#[test]
fn a_layer_that_adds_and_hides_one_path_is_refused() {
    let lower = || Layer::new().file("opt/x/one").file("opt/y").text("etc/passwd", "old");
    for (upper, name) in [
        // Some engines keep a directory only if an entry names it.
        (Layer::new().file("opt/x/new").file("opt/.wh..wh..opq"), "opt/.wh..wh..opq"),
        (Layer::new().file("opt/.wh..wh..opq").file("opt/.wh..wh..opq"), "opt/.wh..wh..opq"),
        (Layer::new().file("opt/new/file").file("opt/.wh..wh..opq"), "opt/.wh..wh..opq"),
        (Layer::new().file(".wh.opt").file("opt/x/new"), "opt/x/new"),
        (Layer::new().file("opt/x/new").file(".wh.opt"), ".wh.opt"),
        (Layer::new().text("etc/passwd", "new").file("etc/.wh.passwd"), "etc/.wh.passwd"),
        (Layer::new().file("etc/.wh.passwd").text("etc/passwd", "new"), "etc/passwd"),
        (Layer::new().file("etc/.wh.passwd").file("a").hard_link("etc/passwd", "a"), "etc/passwd"),
    ] {
        assert_eq!(
            cause([lower(), upper]),
            format!("its entry `{name}` is added and hidden by one layer, which engines unpack differently")
        );
    }
    // In layers of their own both are clear.
    let replaced =
        tree([lower(), Layer::new().file("etc/.wh.passwd"), Layer::new().text("etc/passwd", "new")]);
    assert!(replaced.find(b"/etc/passwd").is_some());
}

#[test]
fn files_directories_and_links_replace_each_other() {
    let lower = || Layer::new().file("a/file").link("b", "a").file("c");
    let upper =
        Layer::new().file("a").directory("b", 0o700, (7, 8)).directory("c", 0o755, (0, 0)).file("c/file");
    assert_eq!(paths(&tree([lower(), upper])), ["a", "b/", "c/", "c/file"]);
    // A directory that exists keeps its entries and gets the new mode.
    let merged = tree([lower(), Layer::new().directory("./a/", 0o700, (7, 8))]);
    let found = merged.find(b"/a").unwrap();
    let node = merged.node(found.node).unwrap();
    assert_eq!((node.mode, node.user, node.group), (0o700, 7, 8));
    assert_eq!(paths(&merged), ["a/", "a/file", "b -> a", "c"]);
}

#[test]
fn links_are_followed_within_the_tree() {
    let tree = tree([Layer::new()
        .text("usr/etc/passwd", "x")
        .link("etc", "/../../usr/lib/../etc")
        .directory("usr/lib", 0o755, (0, 0))
        .link("loop", "loop")
        .link("usr/passwd", "etc/passwd")]);
    for path in [&b"/etc/passwd"[..], b"usr/passwd", b"/../etc/./passwd", b"/usr/lib/../etc/passwd"] {
        let found = tree.find(path).unwrap();
        let names: Vec<_> =
            found.path.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        assert_eq!(names, ["usr", "etc", "passwd"], "{path:?}");
    }
    for path in [&b"/loop"[..], b"/none", b"/etc/passwd/x", b"/loop/x"] {
        assert!(tree.find(path).is_none(), "{path:?}");
    }
}

#[test]
fn an_entry_may_be_below_a_link_of_its_own_layer() {
    let found = tree([Layer::new().directory("usr/lib", 0o755, (0, 0)).link("lib", "usr/lib").file("lib/x")]);
    assert_eq!(paths(&found), ["lib -> usr/lib", "usr/", "usr/lib/", "usr/lib/x"]);
    let lower = Layer::new().directory("usr/lib", 0o755, (0, 0)).link("lib", "usr/lib");
    assert_eq!(
        cause([lower, Layer::new().file("lib/x")]),
        "its entry `lib/x` is below a symbolic link of a lower layer, which engines unpack differently"
    );
}

#[test]
fn hard_links_share_mode_and_owner() {
    let mode = |tree: &Tree, path: &str| tree.node(tree.find(path.as_bytes()).unwrap().node).unwrap().mode;
    let one = tree([Layer::new().program("a").entry("b", tar::EntryType::Link, b"", |header| {
        set_target(header, "a");
        header.set_mode(0o4755);
    })]);
    assert_eq!((mode(&one, "a"), mode(&one, "b")), (0o4755, 0o4755));
    // A later layer replaces one name only.
    let two =
        tree([Layer::new().program("a").hard_link("b", "./a"), Layer::new().owned("b", 0o4711, (0, 0))]);
    assert_eq!((mode(&two, "a"), mode(&two, "b")), (0o644, 0o4711));
    // A file of a lower layer gets the mode of its new name.
    let three = tree([
        Layer::new().program("a"),
        Layer::new().entry("b", tar::EntryType::Link, b"", |header| {
            set_target(header, "a");
            header.set_mode(0o4755);
        }),
    ]);
    assert_eq!((mode(&three, "a"), mode(&three, "b")), (0o4755, 0o4755));
    assert_eq!(
        cause([Layer::new().hard_link("b", "a")]),
        "its entry `b` is a hard link to a file that does not exist"
    );
    assert_eq!(
        cause([Layer::new().file("d/x").hard_link("b", "d")]),
        "its entry `b` is a hard link to a directory"
    );
}

#[test]
fn each_compression_gives_the_same_files() {
    let bytes = Layer::new().text("etc/passwd", "root:x:0:0:::\n").program("bin/sh").bytes();
    let digest = Digest::of(&bytes);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut gzip, &bytes).unwrap();
    for stored in
        [gzip.finish().unwrap(), zstd::stream::encode_all(bytes.as_slice(), 3).unwrap(), bytes.clone()]
    {
        let mut read = LayersRead::default();
        read.add(&stored, digest, LIMIT).unwrap();
        assert_eq!(paths(&read.tree), ["bin/", "bin/sh", "etc/", "etc/passwd"]);
        assert_eq!(read.stored, 14);
    }
}

#[test]
fn a_layer_may_lack_the_mark_at_its_end() {
    let bytes = Layer::new().file("a").bytes();
    for length in [512, 1024, 1536] {
        let cut = &bytes[..length];
        let mut read = LayersRead::default();
        read.add(cut, Digest::of(cut), LIMIT).unwrap();
        assert_eq!(paths(&read.tree), ["a"]);
    }
}
