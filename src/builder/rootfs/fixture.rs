//! Packages and files for the tests of this module.

use std::io::Cursor;

use super::content::Content;
use super::installed::{Description, Installed, Shipped};
use super::node::{Metadata, Node, NodeKind, Origin};
use super::path::TreePath;
use super::tree::Tree;
use crate::builder::packages::deb::container::{Container, ControlFiles};

pub(super) fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

fn put(tree: &mut Tree, at: &str, mode: u16, kind: NodeKind) {
    let at = path(at);
    let node = |mode, kind| Node {
        metadata: Metadata::of_root(mode, 1),
        kind,
        origin: Origin::Package { name: "p".to_owned(), version: "1".to_owned() }.into(),
    };
    for parent in at.ancestors() {
        if tree.get(&parent).is_none() {
            tree.put(parent, node(0o755, NodeKind::Directory)).unwrap();
        }
    }
    tree.put(at, node(mode, kind)).unwrap();
}

pub(super) fn put_directory(tree: &mut Tree, at: &str, mode: u16) {
    put(tree, at, mode, NodeKind::Directory);
}

pub(super) fn put_file(tree: &mut Tree, at: &str, text: &str) {
    put(tree, at, 0o644, NodeKind::File { content: text.into(), link: None });
}

pub(super) fn put_link(tree: &mut Tree, at: &str, target: &str) {
    put(tree, at, 0o777, NodeKind::Symlink { target: target.to_owned() });
}

/// The text of a file of the tree.
pub(super) fn text(tree: &Tree, at: &str) -> String {
    let content: &Content = tree.get(&path(at)).unwrap().content().unwrap();
    String::from_utf8(content.read_all().unwrap().to_vec()).unwrap()
}

/// A Debian package with these control files besides `control`, or with that one in its place.
pub(super) fn deb(name: &str, files: &[(&str, &str)]) -> Installed {
    let control = format!(
        "Package: {name}\nVersion: 1-1\nArchitecture: amd64\nMaintainer: A <a@example.org>\nDescription: a\n b\n"
    );
    let mut archive = tar::Builder::new(Vec::new());
    let own = files.iter().find(|(name, _)| *name == "control");
    let control = ("control", own.map_or(control.as_str(), |(_, text)| text));
    for (name, text) in files.iter().copied().filter(|(name, _)| *name != "control").chain([control]) {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    let archive = archive.into_inner().unwrap();
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, content) in
        [("debian-binary", b"2.0\n".as_slice()), ("control.tar", &archive), ("data.tar", b"")]
    {
        let header = format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 100_644, content.len());
        bytes.extend(header.into_bytes());
        bytes.extend(content);
    }
    let mut file = Cursor::new(bytes);
    let container = Container::read(&mut file).unwrap();
    Installed {
        name: name.to_owned(),
        version: "1-1".to_owned(),
        architecture: "amd64".to_owned(),
        description: Description::Deb(ControlFiles::read(&mut file, &container).unwrap()),
        shipped: Vec::new(),
    }
}

/// Adds paths that the package ships. Those that end in `/` are directories.
pub(super) fn ship(package: &mut Installed, paths: &[&str]) {
    package.shipped.extend(paths.iter().map(|text| Shipped {
        path: path(text),
        at: path(text),
        is_directory: text.ends_with('/'),
        sha1: None,
        replaced_by: None,
    }));
}
