//! What situations from bug reports must give in the tree of an image, against our answers.

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use serde_json::Value;

use super::apk_repository::{ApkFile, ApkPackage, gzip, header};
use super::{print, shared_data};
use dhi::builder::packages::apk::container::Signed;
use dhi::builder::packages::apk::pkginfo::PackageInfo;
use dhi::builder::packages::deb::container::{Container, ContainerError, ControlFiles};
use dhi::builder::rootfs::archive_entries::{EntryRules, read_entries};
use dhi::builder::rootfs::packages::{Merged, PackageTree};
use dhi::builder::rootfs::{MemorySpool, Node, NodeKind, Origin, Tree, TreePath};

/// The highest number of bytes of an archive here.
const MOST: u64 = 1 << 20;

/// What a situation must give. `None`, with a line of output, where the data are not there.
fn expected(situation: &str) -> Option<Value> {
    let path: PathBuf = shared_data().join("bugs-builder").join(situation).join("expected.json");
    if path.exists() {
        return Some(serde_json::from_slice(&fs::read(path).unwrap()).unwrap());
    }
    print(&format!("skipped: there is no {}", path.display()));
    None
}

/// An entry of `data.tar`.
struct File<'a> {
    name: &'a str,
    flag: u8,
    mode: u32,
    group: u32,
    /// The content, or the target of a link.
    content: &'a str,
}

const fn directory(name: &str) -> File<'_> {
    File { name, flag: b'5', mode: 0o755, group: 0, content: "" }
}

const fn file<'a>(name: &'a str, content: &'a str) -> File<'a> {
    File { name, flag: b'0', mode: 0o644, group: 0, content }
}

const fn link<'a>(name: &'a str, target: &'a str) -> File<'a> {
    File { name, flag: b'2', mode: 0o777, group: 0, content: target }
}

fn tar(files: &[File<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for File { name, flag, mode, group, content } in files {
        let (target, content) = if *flag == b'2' { (*content, "") } else { ("", *content) };
        bytes.extend(header(name, *flag, content.len(), *mode, (0, *group), target));
        bytes.extend(content.as_bytes());
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

/// The members of a package file.
fn deb_members(name: &str, files: &[File<'_>]) -> Vec<(String, Vec<u8>)> {
    let control = format!("Package: {name}\nVersion: 1.0\nArchitecture: all\n");
    vec![
        ("debian-binary".to_owned(), b"2.0\n".to_vec()),
        ("control.tar.gz".to_owned(), gzip(&tar(&[file("./control", &control)]))),
        ("data.tar.gz".to_owned(), gzip(&tar(files))),
    ]
}

fn ar(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, content) in members {
        let size = content.len();
        bytes.extend(format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{size:<10}`\n", 0, 0, 0, 100_644).into_bytes());
        bytes.extend(content);
        bytes.resize(bytes.len().next_multiple_of(2), b'\n');
    }
    bytes
}

fn add_deb(tree: &mut PackageTree, package: &[u8]) -> Result<(), String> {
    let mut package = Cursor::new(package);
    let container = Container::read(&mut package).map_err(|error| error.to_string())?;
    let control = ControlFiles::read(&mut package, &container).unwrap();
    let data = container.data.reader(&mut package, MOST).unwrap();
    let entries =
        read_entries(data, &EntryRules::PACKAGE, &mut MemorySpool).map_err(|error| error.to_string())?;
    tree.add_deb(control, entries).map_err(|error| error.to_string())
}

fn debs(packages: &[(&str, &[File<'_>])]) -> Result<Merged, String> {
    let mut tree = PackageTree::new(0);
    for (name, files) in packages {
        add_deb(&mut tree, &ar(&deb_members(name, files)))?;
    }
    tree.finish().map_err(|error| error.to_string())
}

fn apks(packages: &[ApkPackage]) -> Result<Merged, String> {
    let mut tree = PackageTree::new(0);
    for package in packages {
        let members = package.members();
        let bytes = [members.control, members.data].concat();
        let signed = Signed::split(&bytes).unwrap();
        let package = signed.package().unwrap();
        let info = PackageInfo::parse(package.pkginfo().unwrap()).unwrap();
        let data = package.unpacked_data(MOST);
        let entries = read_entries(data, &EntryRules::PACKAGE, &mut MemorySpool).unwrap();
        tree.add_apk(info, package.identity(), Vec::new(), entries).unwrap();
    }
    tree.finish().map_err(|error| error.to_string())
}

fn node<'a>(tree: &'a Tree, path: &str) -> &'a Node {
    tree.get(&TreePath::parse(path).unwrap()).unwrap_or_else(|| panic!("there is no {path}"))
}

/// Compares nodes with the list `tree` of a situation.
fn check_tree(tree: &Tree, expected: &Value) {
    for entry in expected["tree"].as_array().unwrap() {
        let path = entry["path"].as_str().unwrap();
        let node = node(tree, path);
        let kind = match &node.kind {
            NodeKind::Directory => "directory",
            NodeKind::File { .. } => "file",
            NodeKind::Symlink { .. } => "link",
            NodeKind::Special(_) => "special",
        };
        assert_eq!(kind, entry["type"].as_str().unwrap(), "{path}");
        for (key, value) in entry.as_object().unwrap() {
            let is_right = match key.as_str() {
                "path" | "type" => true,
                "link" => node.link_target() == value.as_str(),
                "mode" => format!("{:04o}", node.metadata.mode) == format!("{:0>4}", value.as_str().unwrap()),
                "uid" => Some(u64::from(node.metadata.uid)) == value.as_u64(),
                "gid" => Some(u64::from(node.metadata.gid)) == value.as_u64(),
                other => panic!("{path} has an unknown expectation {other}"),
            };
            assert!(is_right, "{path}: {key} is not {value}, but {:?}", node.metadata);
        }
    }
}

fn check_text(error: &str, expected: &Value) {
    for text in expected["error"]["text_has"].as_array().unwrap() {
        assert!(error.contains(text.as_str().unwrap()), "{error} has no {text}");
    }
}

#[test]
fn paths_of_two_alpine_packages() {
    let Some(expected) = expected("07-apk-replaces") else { return };
    let file: fn(&str, &str) -> ApkFile = ApkFile::file;
    for make in [file, ApkFile::link] {
        let package = |name: &str, content: &str, replaces: &[&str], priority| {
            let mut package = ApkPackage::new(name, "1.0-r0");
            package.files = vec![ApkFile::directory("etc"), ApkFile::directory("etc/ssl")];
            package.files.push(make("etc/ssl/cert.pem", content));
            package.replaces = replaces.iter().map(|name| (*name).to_owned()).collect();
            package.replaces_priority = priority;
            package
        };
        let of_origin = |mut package: ApkPackage| {
            package.origin = "o".to_owned();
            package
        };
        let (stock, own) = ("certs/stock", "certs/custom");
        for (situation, packages) in [
            ("replaces", [package("bundle", stock, &[], None), package("custom", own, &["bundle"], None)]),
            (
                "reverse-name-order",
                [package("zbundle", stock, &[], None), package("custom", own, &["zbundle"], None)],
            ),
            (
                "both-with-priority",
                [
                    package("bundle", stock, &["custom"], Some(10)),
                    package("custom", own, &["bundle"], Some(5)),
                ],
            ),
            (
                "same-origin",
                [
                    of_origin(package("bundle", stock, &[], None)),
                    of_origin(package("custom", own, &[], None)),
                ],
            ),
            ("none", [package("bundle", stock, &[], None), package("custom", own, &[], None)]),
        ] {
            let expected = &expected[situation];
            for packages in [packages.clone(), {
                let [one, other] = packages;
                [other, one]
            }] {
                let merged = apks(&packages);
                let Some(winner) = expected["winner"].as_str() else {
                    check_text(&merged.unwrap_err(), expected);
                    continue;
                };
                let merged = merged.unwrap();
                let node = node(&merged.tree, "etc/ssl/cert.pem");
                assert!(
                    matches!(&*node.origin, Origin::Package { name, .. } if name == winner),
                    "{situation}"
                );
                for package in &merged.installed {
                    let shipped = package.shipped.iter().find(|one| one.path.name() == "cert.pem").unwrap();
                    assert_eq!(shipped.replaced_by.is_none(), package.name == winner, "{situation}");
                    assert!(shipped.sha1.is_some());
                }
                assert_eq!(merged.remarks.len(), 1);
            }
        }
    }
}

#[test]
fn members_beside_those_of_a_package() {
    let Some(expected) = expected("09-signed-deb-member") else { return };
    let files =
        || [directory("./"), directory("./usr/"), directory("./usr/share/"), file("./usr/share/x", "hi\n")];
    let package = |name: &str| {
        let mut members = deb_members(name, &files());
        let signature = ("_gpgorigin".to_owned(), b"signature\n".to_vec());
        let other = ("extra.txt".to_owned(), b"x\n".to_vec());
        match name {
            "sig-end" => members.push(signature),
            "sig-before-control" => members.insert(1, signature),
            "sig-between" => members.insert(2, signature),
            "unknown-end" => members.push(other),
            "unknown-between" => members.insert(2, other),
            "slash" => members.iter_mut().for_each(|(name, _)| name.push('/')),
            other => panic!("{other} is unknown"),
        }
        ar(&members)
    };
    for name in expected["read"].as_array().unwrap() {
        let mut tree = PackageTree::new(0);
        add_deb(&mut tree, &package(name.as_str().unwrap())).unwrap();
        check_tree(&tree.finish().unwrap().tree, &expected);
    }
    let refused = expected["refused"].as_object().unwrap();
    assert!(!refused.is_empty());
    for name in refused.keys() {
        let error = Container::read(&mut Cursor::new(package(name))).unwrap_err();
        // Whoever reads the file adds the name of the package.
        assert_eq!(error, ContainerError::Member { member: "extra.txt".to_owned() });
    }
}

#[test]
fn paths_behind_links() {
    let Some(expected) = expected("11-directory-over-link") else { return };
    let base = [
        directory("./"),
        directory("./usr/"),
        directory("./usr/bin/"),
        directory("./usr/lib/"),
        directory("./usr/sbin/"),
        link("./bin", "usr/bin"),
        link("./lib", "usr/lib"),
        link("./sbin", "usr/sbin"),
        directory("./run/"),
        directory("./var/"),
        link("./var/run", "/run"),
    ];
    let driver = [
        directory("./"),
        directory("./lib/"),
        directory("./lib/y/"),
        file("./lib/y/mod", "m"),
        directory("./var/"),
        directory("./var/run/"),
        File { mode: 0o2755, group: 42, ..directory("./var/run/app/") },
        directory("./sbin/"),
        File { mode: 0o4755, ..file("./sbin/tool", "#!/bin/sh\n") },
    ];
    let packages: [(&str, &[File<'_>]); 2] = [("base", &base), ("driver", &driver)];
    let [one, other] = packages;
    for packages in [packages, [other, one]] {
        let merged = debs(&packages).unwrap();
        check_tree(&merged.tree, &expected);
        for path in expected["layer_has_not"].as_array().unwrap() {
            let path = TreePath::parse(path.as_str().unwrap()).unwrap();
            assert!(!merged.tree.get(&path).is_some_and(Node::is_directory), "{path}");
        }
        let installed = merged.installed.iter().find(|package| package.name == "driver").unwrap();
        let shipped: Vec<String> = installed.shipped.iter().map(|one| one.path.to_string()).collect();
        for path in expected["database"]["driver"].as_array().unwrap() {
            assert!(shipped.iter().any(|one| Some(one.as_str()) == path.as_str()), "{path}");
        }
    }
}

#[test]
fn names_that_delete_files() {
    let Some(expected) = expected("23-whiteout-names") else { return };
    for (situation, files) in [
        ("file", vec![file("./opt/.wh.keep", "data"), file("./opt/keep", "k")]),
        ("opaque", vec![file("./opt/.wh..wh..opq", ""), file("./opt/keep", "k")]),
        ("directory", vec![directory("./opt/.wh.dir/"), file("./opt/.wh.dir/x", "x")]),
        ("bare", vec![file("./opt/.wh.", "")]),
    ] {
        let error = debs(&[("keeps", &files)]).unwrap_err();
        // Whoever reads the file adds the name of the package.
        check_text(&format!("keeps: {error}"), &expected[situation]);
    }
    let merged = debs(&[("keeps", &[file("./opt/.whatever", "1"), file("./opt/x.wh.y", "1")])]).unwrap();
    for path in expected["fine"]["tree"].as_array().unwrap() {
        assert!(node(&merged.tree, path.as_str().unwrap()).content().is_some());
    }
}

#[test]
fn times_of_files_of_packages() {
    let Some(expected) = expected("25-compiled-python") else { return };
    let expected = &expected["tree"][0];
    let (path, mtime) = (expected["path"].as_str().unwrap(), expected["mtime"].as_i64().unwrap());
    let source = "x = 1\n";
    let time = u32::try_from(mtime).unwrap().to_le_bytes();
    let size = u32::try_from(source.len()).unwrap().to_le_bytes();
    for (recorded, is_stale) in [(time, false), (1_735_689_600_u32.to_le_bytes(), true)] {
        let compiled = [&[0xf3, 0x0d, b'\r', b'\n', 0, 0, 0, 0][..], &recorded, &size, b"code"].concat();
        let mut archive = tar::Builder::new(Vec::new());
        let name = path.trim_start_matches('/');
        let folder = name.strip_suffix("mod.py").unwrap();
        for (name, content) in [
            (name, source.as_bytes()),
            (&format!("{folder}__pycache__/mod.cpython-313.pyc"), compiled.as_slice()),
        ] {
            let mut header = tar::Header::new_ustar();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            header.set_mtime(u64::try_from(mtime).unwrap());
            archive.append_data(&mut header, name, content).unwrap();
        }
        let archive = archive.into_inner().unwrap();
        // Neither an earlier nor a later epoch changes it.
        for epoch in [0, 1_735_689_600] {
            let mut tree = PackageTree::new(epoch);
            let entries = read_entries(&*archive, &EntryRules::PACKAGE, &mut MemorySpool).unwrap();
            let info = PackageInfo { name: "py-mod".to_owned(), ..PackageInfo::default() };
            tree.add_apk(info, [0; 20], Vec::new(), entries).unwrap();
            let merged = tree.finish().unwrap();
            assert_eq!(node(&merged.tree, path).metadata.mtime, mtime);
            assert_eq!(node(&merged.tree, folder).metadata.mtime, epoch);
            assert_eq!(merged.remarks.len(), usize::from(is_stale));
        }
    }
}
