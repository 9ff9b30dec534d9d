//! Layers made by the tests, and what is found in them.

mod hostile;
mod layers;
mod permissions;

use super::error::LayerError;
use super::layer::LayersRead;
use super::tree::{Content, Tree};
use crate::oci::Digest;

const LIMIT: u64 = 1 << 20;

/// Writes one layer.
struct Layer(tar::Builder<Vec<u8>>);

impl Layer {
    fn new() -> Self {
        Self(tar::Builder::new(Vec::new()))
    }

    /// Adds an entry. `change` sets more of its header.
    fn entry(
        mut self,
        name: &str,
        kind: tar::EntryType,
        text: &[u8],
        change: impl FnOnce(&mut tar::Header),
    ) -> Self {
        let mut header = tar::Header::new_ustar();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        change(&mut header);
        header.set_cksum();
        self.0.append(&header, text).unwrap();
        self
    }

    fn file(self, name: &str) -> Self {
        self.text(name, "")
    }

    fn text(self, name: &str, text: &str) -> Self {
        self.entry(name, tar::EntryType::Regular, text.as_bytes(), |_| ())
    }

    /// A file with this mode and owner.
    fn owned(self, name: &str, mode: u32, (user, group): (u64, u64)) -> Self {
        self.entry(name, tar::EntryType::Regular, b"", |header| {
            header.set_mode(mode);
            header.set_uid(user);
            header.set_gid(group);
        })
    }

    fn program(self, name: &str) -> Self {
        self.owned(name, 0o755, (0, 0))
    }

    fn directory(self, name: &str, mode: u32, (user, group): (u64, u64)) -> Self {
        self.entry(name, tar::EntryType::Directory, b"", |header| {
            header.set_mode(mode);
            header.set_uid(user);
            header.set_gid(group);
        })
    }

    fn link(self, name: &str, target: &str) -> Self {
        self.entry(name, tar::EntryType::Symlink, b"", |header| set_target(header, target))
    }

    fn hard_link(self, name: &str, target: &str) -> Self {
        self.entry(name, tar::EntryType::Link, b"", |header| set_target(header, target))
    }

    fn bytes(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }
}

fn set_target(header: &mut tar::Header, target: &str) {
    header.as_mut_bytes()[157..157 + target.len()].copy_from_slice(target.as_bytes());
}

/// Applies layers.
fn read(layers: impl IntoIterator<Item = Layer>) -> Result<LayersRead, LayerError> {
    let mut read = LayersRead::default();
    for layer in layers {
        let bytes = layer.bytes();
        read.add(&bytes, Digest::of(&bytes), LIMIT)?;
    }
    Ok(read)
}

fn tree(layers: impl IntoIterator<Item = Layer>) -> Tree {
    read(layers).unwrap().tree
}

fn cause(layers: impl IntoIterator<Item = Layer>) -> String {
    read(layers).unwrap_err().to_string()
}

/// Every path of a tree in order. Directories end with a slash, links have their target.
fn paths(tree: &Tree) -> Vec<String> {
    fn add(tree: &Tree, at: usize, above: &str, all: &mut Vec<String>) {
        for (name, id, node) in tree.entries(at) {
            let path = format!("{above}{}", String::from_utf8_lossy(name));
            match &node.content {
                Content::Directory(_) => {
                    all.push(format!("{path}/"));
                    add(tree, id, &format!("{path}/"), all);
                }
                Content::Link(target) => all.push(format!("{path} -> {}", String::from_utf8_lossy(target))),
                Content::File(_) => all.push(path),
                Content::Device => all.push(format!("{path} (device)")),
            }
        }
    }
    let mut all = Vec::new();
    add(tree, super::tree::ROOT, "", &mut all);
    all
}
