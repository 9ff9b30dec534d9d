mod model;

use super::*;
use crate::builder::rootfs::content::Content;
use crate::builder::rootfs::node::{LinkGroup, Metadata, Node, NodeKind, Origin, SpecialKind};
use crate::builder::rootfs::path::TreePath;

const EPOCH: i64 = 1_735_689_600;
const MTIME: i64 = 1_700_000_000;

fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

fn entry(name: &str, kind: EntryKind, mode: u16) -> ArchiveEntry {
    ArchiveEntry {
        path: path(name),
        begins_with_dot: name.starts_with('.'),
        kind,
        metadata: Metadata::of_root(mode, MTIME),
        sha1: None,
    }
}

fn directory(name: &str) -> ArchiveEntry {
    entry(name, EntryKind::Directory, 0o755)
}

fn file(name: &str, content: &str) -> ArchiveEntry {
    entry(name, EntryKind::File(content.into()), 0o644)
}

fn link(name: &str, target: &str) -> ArchiveEntry {
    entry(name, EntryKind::Symlink(target.to_owned()), 0o777)
}

fn hard_link(name: &str, target: &str) -> ArchiveEntry {
    entry(name, EntryKind::HardLink(path(target)), 0o644)
}

/// A package before it is added.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "there are few")]
enum Added {
    Deb(String, Vec<ArchiveEntry>),
    Apk(PackageInfo, Vec<ArchiveEntry>),
}

/// A Debian package of version 1.0. `fields` are further fields, each with its line end.
fn deb(name: &str, fields: &str, entries: &[ArchiveEntry]) -> Added {
    let control = format!("Package: {name}\nVersion: 1.0\nArchitecture: amd64\n{fields}");
    Added::Deb(control, entries.to_vec())
}

fn apk(name: &str, change: impl FnOnce(&mut PackageInfo), entries: &[ArchiveEntry]) -> Added {
    let mut info = PackageInfo {
        name: name.to_owned(),
        version: "1.0-r0".to_owned(),
        architecture: "x86_64".to_owned(),
        ..PackageInfo::default()
    };
    change(&mut info);
    Added::Apk(info, entries.to_vec())
}

fn replacing(names: &[&str], priority: u32) -> impl Fn(&mut PackageInfo) + Clone {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    move |info| {
        info.replaces.clone_from(&names);
        info.replaces_priority = priority;
    }
}

/// The control files of a package, read from one.
fn control_files(control: &str) -> ControlFiles {
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(control.len() as u64);
    header.set_mode(0o644);
    tar.append_data(&mut header, "control", control.as_bytes()).unwrap();
    let mut deb = b"!<arch>\n".to_vec();
    for (name, content) in [
        ("debian-binary", b"2.0\n".to_vec()),
        ("control.tar", tar.into_inner().unwrap()),
        ("data.tar", vec![]),
    ] {
        let size = content.len();
        let header = format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 100_644);
        deb.extend(header.into_bytes());
        deb.extend(content);
    }
    let mut deb = std::io::Cursor::new(deb);
    let container = crate::builder::packages::deb::container::Container::read(&mut deb).unwrap();
    ControlFiles::read(&mut deb, &container).unwrap()
}

fn merge(packages: &[Added]) -> Result<Merged, MergeError> {
    let mut tree = PackageTree::new(EPOCH);
    for package in packages.iter().cloned() {
        match package {
            Added::Deb(control, entries) => tree.add_deb(control_files(&control), entries)?,
            Added::Apk(info, entries) => tree.add_apk(info, [7; 20], Vec::new(), entries)?,
        }
    }
    tree.finish()
}

/// Merges the packages in every order, which must give the same, and returns it.
fn merge_all(packages: &[Added]) -> Result<Merged, MergeError> {
    let normal = |packages: &[Added]| {
        merge(packages).map(|mut merged| {
            merged.installed.sort_by(|one, other| one.name.cmp(&other.name));
            // The first package that ships a directory is its origin.
            let directories: Vec<_> = merged
                .tree
                .iter()
                .filter(|(_, node)| node.is_directory())
                .map(|(at, _)| at.clone())
                .collect();
            for at in directories {
                let node = merged.tree.get(&at).unwrap().clone();
                merged.tree.put(at, Node { origin: Origin::Implied.into(), ..node }).unwrap();
            }
            merged
        })
    };
    let expected = normal(packages);
    for order in orders(packages.len()) {
        let packages: Vec<Added> = order.iter().map(|at| packages[*at].clone()).collect();
        let merged = normal(&packages);
        match (&merged, &expected) {
            (Err(one), Err(other)) => {
                assert_eq!(std::mem::discriminant(one), std::mem::discriminant(other));
            }
            _ => assert!(merged == expected, "{order:?}"),
        }
    }
    expected
}

fn orders(count: usize) -> Vec<Vec<usize>> {
    (0..count).fold(vec![vec![]], |orders, next| {
        let grown = |order: Vec<usize>| {
            (0..=order.len()).map(move |at| {
                let mut order = order.clone();
                order.insert(at, next);
                order
            })
        };
        orders.into_iter().flat_map(grown).collect()
    })
}

/// `PATH KIND` of every node: `d`, `f CONTENT`, `l TARGET`.
fn listing(tree: &Tree) -> Vec<String> {
    let line = |(path, node): (&TreePath, &Node)| match &node.kind {
        NodeKind::Directory => format!("{path} d"),
        NodeKind::File { content, .. } => {
            format!("{path} f {}", String::from_utf8_lossy(&content.read_all().unwrap()))
        }
        NodeKind::Symlink { target } => format!("{path} l {target}"),
        NodeKind::Special(_) => panic!("{path}"),
    };
    tree.iter().map(line).collect()
}

fn replaced(merged: &Merged) -> Vec<(&str, String, &str)> {
    let shipped = |installed: &'_ Installed| {
        let of = |shipped: &crate::builder::rootfs::installed::Shipped| {
            Some((shipped.path.to_string(), shipped.replaced_by.clone()?))
        };
        installed.shipped.iter().filter_map(of).collect::<Vec<_>>()
    };
    let mut all = Vec::new();
    for installed in &merged.installed {
        for (path, by) in shipped(installed) {
            let by = merged.installed.iter().find(|other| other.name == by).unwrap();
            all.push((installed.name.as_str(), path, by.name.as_str()));
        }
    }
    all
}

#[test]
fn directories_keep_the_first_metadata() {
    let other = |mode, mtime| {
        let mut directory = directory("etc/x");
        (directory.metadata.mode, directory.metadata.mtime) = (mode, mtime);
        directory
    };
    let merged = merge(&[
        deb("b", "", &[other(0o700, 1), file("etc/x/b", "b"), file("var/lib/y", "y")]),
        deb("a", "", &[other(0o755, 2)]),
        deb("c", "", &[directory("./"), directory("etc")]),
    ])
    .unwrap();
    let node = |at: &str| merged.tree.get(&path(at)).unwrap();
    assert_eq!(node("etc/x").metadata, Metadata::of_root(0o700, 1));
    assert!(
        matches!(&*node("etc/x").origin, Origin::Package { name, version } if name == "b" && version == "1.0")
    );
    assert_eq!(node("etc/x/b").metadata, Metadata::of_root(0o644, MTIME));
    // What nobody ships.
    assert_eq!(
        (&node("var").metadata, &*node("var").origin),
        (&Metadata::of_root(0o755, EPOCH), &Origin::Implied)
    );
    assert_eq!(node("var/lib").metadata, Metadata::of_root(0o755, EPOCH));
    // What is needed before it is shipped.
    assert_eq!(node("etc").metadata, Metadata::of_root(0o755, MTIME));
    assert_eq!(node("").metadata.mtime, MTIME);
}

#[test]
fn base_files_comes_first() {
    let mut early = directory("srv");
    early.metadata.mode = 0o700;
    let merged = merge(&[deb("a", "", &[early]), deb("base-files", "", &[directory("srv")])]).unwrap();
    assert_eq!(merged.tree.get(&path("srv")).unwrap().metadata.mode, 0o755);
    let names: Vec<&str> = merged.installed.iter().map(|package| package.name.as_str()).collect();
    assert_eq!(names, ["base-files", "a"]);
}

#[test]
fn the_same_path_twice_is_an_error() {
    for (one, other) in [
        (file("etc/x", "same"), file("etc/x", "same")),
        (link("etc/x", "y"), link("etc/x", "y")),
        (file("etc/x", ""), link("etc/x", "y")),
    ] {
        let error = merge_all(&[deb("a", "", &[one]), deb("b", "", &[other])]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`/etc/x` is in `a` 1.0 and in `b` 1.0, and none of them replaces it in the other"
        );
    }
    let packages = [deb("a", "", &[directory("x/y"), file("x/z", "")]), deb("b", "", &[file("x", "")])];
    let error = merge_all(&packages).unwrap_err().to_string();
    assert!(error.ends_with("cannot be in the image, since `/x` of `b` 1.0 is not a directory"), "{error}");
    let error = merge(&[deb("a", "", &[]), deb("a", "", &[])]);
    assert!(matches!(error, Err(MergeError::Repeated(_))), "{error:?}");
}

#[test]
fn debian_replaces_needs_a_fitting_version() {
    for (fields, fits) in [
        ("Replaces: a\n", true),
        ("Replaces: x, a (<< 2)\n", true),
        ("Replaces: a (= 1.0)\n", true),
        ("Replaces: a:amd64\n", true),
        ("Replaces: a (<< 1.0)\n", false),
        ("Replaces: a:arm64\n", false),
        ("Replaces: virtual\n", false),
        ("Breaks: a\nConflicts: a\n", false),
    ] {
        let packages = [
            deb("a", "Provides: virtual\n", &[file("x", "a"), file("own", "a")]),
            deb("b", fields, &[file("x", "b")]),
        ];
        let merged = merge_all(&packages);
        if !fits {
            assert!(matches!(merged, Err(MergeError::Conflict { .. })), "{fields}: {merged:?}");
            continue;
        }
        let merged = merged.unwrap();
        assert_eq!(listing(&merged.tree), ["/ d", "/own f a", "/x f b"], "{fields}");
        assert_eq!(replaced(&merged), [("a", "/x".to_owned(), "b")]);
        let id = |name: &str| PackageVersion { name: name.to_owned(), version: "1.0".to_owned() };
        let remark = Remark::Replaced { path: path("x"), package: id("a"), by: id("b") };
        assert_eq!(merged.remarks, [remark]);
    }
    // Each replaces the other.
    let both = [deb("a", "Replaces: b\n", &[file("x", "a")]), deb("b", "Replaces: a\n", &[file("x", "b")])];
    assert_eq!(listing(&merge_all(&both).unwrap().tree), ["/ d", "/x f b"]);
    // A chain has an end; a circle has none.
    let three = |last: &str| {
        [
            deb("a", last, &[file("x", "a")]),
            deb("b", "Replaces: a\n", &[file("x", "b")]),
            deb("c", "Replaces: b\n", &[file("x", "c")]),
        ]
    };
    assert_eq!(listing(&merge_all(&three("")).unwrap().tree), ["/ d", "/x f c"]);
    assert!(matches!(merge_all(&three("Replaces: c\n")), Err(MergeError::Conflict { .. })));
    // Directories are not replaced.
    let directory = [deb("a", "", &[directory("x")]), deb("b", "Replaces: a\n", &[file("x", "b")])];
    assert!(matches!(merge_all(&directory), Err(MergeError::NotADirectory { .. })));
    let invalid = merge(&[deb("a", "Replaces: b (1.0)\n", &[])]);
    assert!(matches!(invalid, Err(MergeError::DebReplaces { .. })), "{invalid:?}");
    for control in ["Package: a\nVersion: 1\n", "Package: a\nArchitecture: all\n"] {
        let error = merge(&[Added::Deb(control.to_owned(), vec![])]);
        assert!(matches!(error, Err(MergeError::Field(_))), "{error:?}");
    }
}

#[test]
fn alpine_replaces_follows_priority_and_origin() {
    let none = |_: &mut PackageInfo| {};
    let origin = |info: &mut PackageInfo| info.origin = Some("o".to_owned());
    let replaces = |names: &'static [&str], priority| replacing(names, priority);
    let own: fn(&str, &str) -> ArchiveEntry = |name, content| file(name, content);
    for make in [own, link] {
        let one = |change: &dyn Fn(&mut PackageInfo)| apk("bundle", change, &[make("etc/cert", "stock")]);
        let two = |change: &dyn Fn(&mut PackageInfo)| apk("custom", change, &[make("etc/cert", "own")]);
        for (packages, owner) in [
            ([one(&none), two(&replaces(&["bundle"], 0))], Some("custom")),
            ([one(&replaces(&["custom"], 0)), two(&none)], Some("bundle")),
            ([one(&replaces(&["custom"], 10)), two(&replaces(&["bundle"], 5))], Some("bundle")),
            ([one(&replaces(&["custom"], 5)), two(&replaces(&["bundle"], 10))], Some("custom")),
            ([one(&replaces(&["custom"], 5)), two(&replaces(&["bundle"], 5))], Some("custom")),
            ([one(&none), two(&replaces(&["bundle<2"], 0))], Some("custom")),
            ([one(&none), two(&replaces(&["bundle>1.0-r0"], 0))], None),
            ([one(&origin), two(&origin)], Some("custom")),
            ([one(&origin), two(&none)], None),
            ([one(&none), two(&none)], None),
        ] {
            let merged = merge_all(&packages);
            let Some(owner) = owner else {
                let error = merged.unwrap_err().to_string();
                assert!(error.contains("`/etc/cert`"), "{error}");
                assert!(error.contains("`bundle` 1.0-r0") && error.contains("`custom` 1.0-r0"), "{error}");
                continue;
            };
            let merged = merged.unwrap();
            let node = merged.tree.get(&path("etc/cert")).unwrap();
            assert!(matches!(&*node.origin, Origin::Package { name, .. } if name == owner));
            let loser = if owner == "bundle" { "custom" } else { "bundle" };
            assert_eq!(replaced(&merged), [(loser, "/etc/cert".to_owned(), owner)]);
        }
    }
    let invalid = merge(&[apk("a", replacing(&["b="], 0), &[])]);
    assert!(matches!(invalid, Err(MergeError::ApkReplaces { .. })), "{invalid:?}");
    // Neither knows what the other distribution's words mean.
    let mixed =
        [deb("a", "Replaces: b\n", &[file("x", "")]), apk("b", replacing(&["a"], 0), &[file("x", "")])];
    assert!(matches!(merge_all(&mixed), Err(MergeError::Conflict { .. })));
}

#[test]
fn dotted_entries_of_alpine_are_left_out() {
    let entries = [file(".PKGINFO", ""), directory("./usr"), file("etc/.hidden", "x"), file("top", "t")];
    let merged = merge(&[apk("a", |_| {}, &entries)]).unwrap();
    assert_eq!(listing(&merged.tree), ["/ d", "/etc d", "/etc/.hidden f x", "/top f t"]);
    assert_eq!(merged.installed[0].shipped.len(), 2);
    let merged = merge(&[deb("a", "", &[file("./.hidden", "x")])]).unwrap();
    assert_eq!(listing(&merged.tree), ["/ d", "/.hidden f x"]);
}

#[test]
fn links_into_usr_are_made_where_none_is_shipped() {
    let merged = merge_all(&[
        deb("base-files", "", &[directory("bin"), directory("lib"), directory("lib64")]),
        deb("tool", "", &[directory("bin"), file("bin/tool", "t"), link("bin/other", "tool")]),
        deb("sub", "", &[directory("lib/a"), file("lib/a/b", "b"), hard_link("usr/lib/c", "lib/a/b")]),
    ])
    .unwrap();
    let expected = [
        "/ d",
        "/bin l usr/bin",
        "/lib l usr/lib",
        "/lib64 l usr/lib64",
        "/usr d",
        "/usr/bin d",
        "/usr/bin/other l tool",
        "/usr/bin/tool f t",
        "/usr/lib d",
        "/usr/lib/a d",
        "/usr/lib/a/b f b",
        "/usr/lib/c f b",
        "/usr/lib64 d",
    ];
    assert_eq!(listing(&merged.tree), expected);
    let bin = merged.tree.get(&path("bin")).unwrap();
    assert_eq!(bin.metadata, Metadata::of_root(0o777, EPOCH));
    let tool = merged.installed.iter().find(|package| package.name == "tool").unwrap();
    let shipped: Vec<_> = tool.shipped.iter().map(|one| (one.path.to_string(), one.at.to_string())).collect();
    let pair = |path: &str, at: &str| (path.to_owned(), at.to_owned());
    assert_eq!(
        shipped,
        [pair("/bin", "/usr/bin"), pair("/bin/tool", "/usr/bin/tool"), pair("/bin/other", "/usr/bin/other")]
    );
    // Two names of one path.
    let twice = [deb("a", "", &[file("bin/x", "")]), deb("b", "", &[file("usr/bin/x", "")])];
    assert!(matches!(merge_all(&twice), Err(MergeError::Conflict { .. })));
    let aliases = merge(&[deb("a", "", &[file("bin/x", ""), file("usr/bin/x", "")])]);
    assert!(matches!(aliases, Err(MergeError::Aliases { .. })), "{aliases:?}");
    // Alpine has no such links.
    let alpine = merge(&[apk("a", |_| {}, &[file("bin/x", "x")])]).unwrap();
    assert_eq!(listing(&alpine.tree), ["/ d", "/bin d", "/bin/x f x"]);
}

#[test]
fn shipped_links_stay_and_lead_inside() {
    let base = [
        directory("./"),
        directory("usr/bin"),
        directory("usr/lib"),
        directory("usr/sbin"),
        link("bin", "usr/bin"),
        link("lib", "usr/lib"),
        link("sbin", "usr/sbin"),
        directory("run"),
        directory("var"),
        link("var/run", "/run"),
    ];
    let mut app = directory("var/run/app");
    (app.metadata.mode, app.metadata.gid) = (0o2755, 42);
    let mut tool = file("sbin/tool", "#!");
    tool.metadata.mode = 0o4755;
    let driver = [
        directory("lib"),
        directory("lib/y"),
        file("lib/y/mod", "m"),
        directory("var"),
        directory("var/run"),
        app,
        directory("sbin"),
        tool,
    ];
    let merged = merge_all(&[deb("base", "", &base), deb("driver", "", &driver)]).unwrap();
    let node = |at: &str| merged.tree.get(&path(at)).unwrap();
    assert_eq!(node("lib").link_target(), Some("usr/lib"));
    assert_eq!(node("var/run").link_target(), Some("/run"));
    assert!(node("usr/lib/y/mod").content().is_some());
    assert_eq!(node("usr/sbin/tool").metadata.mode, 0o4755);
    assert_eq!((node("run/app").metadata.mode, node("run/app").metadata.gid), (0o2755, 42));
    assert_eq!(node("run").metadata.mode, 0o755);
    let lib: Vec<_> = merged.tree.below(&path("lib")).collect();
    assert!(lib.is_empty(), "{lib:?}");
}

#[test]
fn contents_behind_other_links_are_refused() {
    let behind = [directory("data"), file("data/x", "x")];
    for (links, is_fine) in [
        (vec![link("data", "srv")], false),
        (vec![link("data", "srv"), directory("srv")], true),
        (vec![link("data", "srv"), file("srv/other", "")], true),
        (vec![link("data", "../../../srv"), directory("srv")], true),
        (vec![link("data", "srv"), file("srv", "")], false),
        (vec![link("data", "one"), link("one", "/srv"), directory("srv")], true),
        (vec![link("data", "/"), directory("./")], true),
    ] {
        let packages = [deb("links", "", &links), deb("data", "", &behind)];
        match (merge_all(&packages), is_fine) {
            (Ok(merged), true) => assert!(merged.tree.resolve(&path("data/x")).is_ok()),
            (Err(MergeError::BehindLink { path: at, link, .. }), false) => {
                assert_eq!((at, link), (path("data"), path("data")));
            }
            (other, _) => panic!("{links:?}: {other:?}"),
        }
    }
    // A directory that exists only because of what is behind the link does not count.
    let packages = [deb("links", "", &[link("data", "srv")]), deb("data", "", &[file("data/a/b", "")])];
    assert!(matches!(merge_all(&packages), Err(MergeError::BehindLink { .. })));
    for (one, other) in [("b", "a"), ("a", "b"), ("a/x", "b/x")] {
        let packages =
            [deb("links", "", &[link("a", one), link("b", other)]), deb("data", "", &[file("a/x", "")])];
        assert!(merge_all(&packages).is_err(), "{one} {other}");
    }
}

#[test]
fn links_behind_links_find_their_place() {
    let merged = merge_all(&[
        deb("one", "", &[link("lib", "usr/lib"), directory("usr/lib"), directory("opt/deep/er")]),
        deb("two", "", &[link("lib/sub", "../../opt/deep"), file("lib/sub/er/x", "x")]),
        deb("three", "", &[link("usr/lib/sub/er/up", ".."), file("lib/sub/er/up/y", "y")]),
    ])
    .unwrap();
    let files: Vec<String> = listing(&merged.tree).into_iter().filter(|line| line.contains(" f ")).collect();
    assert_eq!(files, ["/opt/deep/er/x f x", "/opt/deep/y f y"]);
    assert_eq!(merged.tree.get(&path("opt/deep/er/up")).unwrap().link_target(), Some(".."));
    assert_eq!(merged.tree.get(&path("usr/lib/sub")).unwrap().link_target(), Some("../../opt/deep"));
}

#[test]
fn hard_links_share_a_group() {
    let mut original = file("usr/bin/perl", "perl");
    original.metadata.mode = 0o755;
    original.sha1 = Some([1; 20]);
    let merged = merge_all(&[
        apk(
            "a",
            |_| {},
            &[original, hard_link("usr/bin/perl5", "usr/bin/perl"), hard_link("a", "usr/bin/perl5")],
        ),
        apk("b", |_| {}, &[file("b", "b"), hard_link("c", "b"), file("alone", "")]),
    ])
    .unwrap();
    let group = |at: &str| match &merged.tree.get(&path(at)).unwrap().kind {
        NodeKind::File { link, .. } => *link,
        other => panic!("{other:?}"),
    };
    for (at, expected) in [
        ("a", Some(LinkGroup(0))),
        ("usr/bin/perl", Some(LinkGroup(0))),
        ("usr/bin/perl5", Some(LinkGroup(0))),
        ("b", Some(LinkGroup(1))),
        ("c", Some(LinkGroup(1))),
        ("alone", None),
    ] {
        assert_eq!(group(at), expected, "{at}");
    }
    // The names of one file have one metadata and checksum.
    assert_eq!(merged.tree.get(&path("a")).unwrap().metadata.mode, 0o755);
    assert_eq!(merged.installed[0].shipped[2].sha1, Some([1; 20]));
    // A group of which one name is left is none.
    let merged = merge_all(&[
        deb("a", "", &[file("x", "x"), hard_link("y", "x")]),
        deb("b", "Replaces: a\n", &[file("x", "other")]),
    ])
    .unwrap();
    assert_eq!(listing(&merged.tree), ["/ d", "/x f other", "/y f x"]);
    let NodeKind::File { link, .. } = &merged.tree.get(&path("y")).unwrap().kind else { panic!() };
    assert_eq!(*link, None);
}

#[test]
fn hard_links_to_anything_else_are_refused() {
    let other = deb("other", "", &[file("etc/shadow", "secret"), directory("etc/d"), link("esc", "etc")]);
    let mut stated = hard_link("y", "x");
    stated.sha1 = Some([2; 20]);
    for entries in [
        vec![hard_link("x", "etc/shadow")],
        vec![hard_link("x", "missing")],
        vec![hard_link("x", "esc/shadow")],
        vec![link("l", "etc/shadow"), hard_link("x", "l")],
        vec![link("l", "y"), file("y", ""), hard_link("x", "l")],
        vec![hard_link("x", "y"), file("y", "later")],
        vec![hard_link("x", "x")],
        vec![directory("d"), hard_link("x", "d")],
    ] {
        let error = merge_all(&[deb("bad", "", &entries), other.clone()]);
        assert!(matches!(error, Err(MergeError::HardLink { .. })), "{entries:?}: {error:?}");
    }
    let error = merge_all(&[apk("bad", |_| {}, &[file("x", ""), stated])]);
    assert!(matches!(error, Err(MergeError::HardLinkChecksum { .. })), "{error:?}");
    // Through a link to its own file.
    let own = [file("etc/own", "own"), hard_link("x", "esc/own")];
    assert!(merge_all(&[deb("good", "", &own), other]).is_ok());
}

#[test]
fn devices_of_packages_are_refused() {
    let pipe = entry("x", EntryKind::Special(SpecialKind::Pipe), 0o644);
    assert!(matches!(merge(&[deb("a", "", &[pipe])]), Err(MergeError::Special { .. })));
}

#[test]
fn paths_that_get_too_long_are_refused() {
    let deep = "d/".repeat(200);
    let merged = merge_all(&[
        deb("a", "", &[link("l", &deep), directory(&deep)]),
        deb("b", "", &[file(&format!("l/{}x", "e/".repeat(100)), "")]),
    ]);
    assert!(matches!(merged, Err(MergeError::Path { .. })), "{merged:?}");
}

#[test]
fn stale_bytecode_is_reported() {
    let header = |format: u16, flags: u32, mtime: i64, size: u32| {
        let mtime = u32::try_from(mtime).unwrap();
        let numbers = [flags.to_le_bytes(), mtime.to_le_bytes(), size.to_le_bytes()].concat();
        [format.to_le_bytes().to_vec(), b"\r\n".to_vec(), numbers, b"code".to_vec()].concat()
    };
    for (name, bytes, is_stale) in [
        ("m/__pycache__/mod.cpython-313.pyc", header(3571, 0, MTIME, 4), false),
        ("m/__pycache__/mod.cpython-313.opt-2.pyc", header(3571, 0, MTIME, 4), false),
        ("m/mod.pyc", header(3571, 0, MTIME, 4), false),
        ("m/__pycache__/mod.cpython-313.pyc", header(3571, 0, MTIME + 1, 4), true),
        ("m/__pycache__/mod.cpython-313.opt-1.pyc", header(3571, 0, MTIME, 5), true),
        ("m/mod.pyc", header(3571, 0, 0, 4), true),
        // Matched by hash, of another source, of Python 2, too short, not compiled at all.
        ("m/mod.pyc", header(3571, 1, 0, 0), false),
        ("m/other.pyc", header(3571, 0, 0, 0), false),
        ("m/mod.pyc", header(62211, 0, 0, 0), false),
        ("m/mod.pyc", header(3571, 0, 0, 0)[..15].to_vec(), false),
        ("m/mod.pyc", vec![b'x'; 100], false),
    ] {
        let compiled = entry(name, EntryKind::File(Content::from(bytes)), 0o644);
        let merged = merge(&[apk("a", |_| {}, &[file("m/mod.py", "pass"), compiled])]).unwrap();
        let remark = Remark::StaleBytecode { path: path(name), source: path("m/mod.py") };
        assert_eq!(merged.remarks, if is_stale { vec![remark] } else { vec![] }, "{name}");
    }
}
