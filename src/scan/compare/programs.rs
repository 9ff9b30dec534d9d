//! Shells and package managers among the files of an image. They are known by their file names: a program under
//! another name is not found.

use std::collections::BTreeMap;

use super::tree::{Content, Node, NodeId, Tree, path_text};
use crate::report::Program;

const SHELLS: [&str; 29] = [
    "ash",
    "bash",
    "bash-static",
    "busybox",
    "csh",
    "dash",
    "elvish",
    "es",
    "fish",
    "hush",
    "ksh",
    "ksh93",
    "loksh",
    "lksh",
    "mksh",
    "nu",
    "oksh",
    "osh",
    "pdksh",
    "posh",
    "pwsh",
    "rbash",
    "rc",
    "sash",
    "sh",
    "tcsh",
    "toybox",
    "xonsh",
    "zsh",
];

const PACKAGE_MANAGERS: [&str; 35] = [
    "apk",
    "apt",
    "apt-get",
    "aptitude",
    "brew",
    "cargo",
    "composer",
    "conda",
    "dnf",
    "dnf5",
    "dpkg",
    "emerge",
    "gem",
    "guix",
    "mamba",
    "microdnf",
    "micromamba",
    "nix",
    "nix-env",
    "npm",
    "opkg",
    "pacman",
    "pip",
    "pip3",
    "pipx",
    "pnpm",
    "poetry",
    "rpm",
    "snap",
    "tdnf",
    "uv",
    "xbps-install",
    "yarn",
    "yum",
    "zypper",
];

/// The programs of interest.
#[derive(Debug, Default)]
pub(super) struct Programs {
    shells: BTreeMap<String, Vec<String>>,
    package_managers: BTreeMap<String, Vec<String>>,
}

impl Programs {
    /// Adds the file or link `node` at `path`, whose last part is `name`.
    pub(super) fn add(&mut self, name: &[u8], path: &[u8], node: NodeId, tree: &Tree) {
        let Ok(name) = std::str::from_utf8(name) else { return };
        let list = if SHELLS.contains(&name) {
            &mut self.shells
        } else if PACKAGE_MANAGERS.contains(&versionless(name)) {
            &mut self.package_managers
        } else {
            return;
        };
        let file = match tree.node(node).map(|node| &node.content) {
            Some(Content::File(_)) => Some((node, path_text(path))),
            Some(Content::Link(_)) => tree.find(path).map(|found| {
                let names: Vec<&[u8]> = found.path.iter().map(|part| &**part).collect();
                (found.node, path_text(&[b"/".as_slice(), &names.join(&b'/')].concat()))
            }),
            _ => None,
        };
        let Some((file, path)) = file else { return };
        if tree.node(file).is_some_and(Node::is_executable_file) {
            let names = list.entry(path).or_default();
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
    }

    /// The shells, and the package managers.
    pub(super) fn into_lists(self) -> (Vec<Program>, Vec<Program>) {
        let list = |found: BTreeMap<String, Vec<String>>| {
            let programs = found.into_iter().map(|(path, mut names)| {
                names.sort();
                Program { path, names }
            });
            programs.collect()
        };
        (list(self.shells), list(self.package_managers))
    }
}

/// A name without the version at its end: `pip3.13` is `pip3`.
fn versionless(name: &str) -> &str {
    match name.split_once('.') {
        Some((before, version)) if version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => {
            before
        }
        _ => name,
    }
}
