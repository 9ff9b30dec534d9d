//! The files of an image or of an archive by path: type, mode, owner, target and content.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use dhi::oci::Digest;
use serde_json::Value;

/// Files whose content the tests read, by their beginning. Of all others the digest is enough.
const READ: [&str; 4] =
    ["etc/shadow", "etc/ca-certificates.conf", "var/lib/dpkg/status", "var/lib/dpkg/info/"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    kind: tar::EntryType,
    /// Links have none.
    mode: Option<u32>,
    owner: (u64, u64),
    pub(super) target: Option<String>,
    digest: Option<Digest>,
}

pub(super) struct Tree {
    pub(super) nodes: BTreeMap<String, Node>,
    contents: BTreeMap<String, String>,
}

/// A stanza of the database of packages.
pub(super) type Stanza = BTreeMap<String, String>;

impl Tree {
    pub(super) fn of_tar(archive: impl Read) -> Self {
        let mut tree = Self { nodes: BTreeMap::new(), contents: BTreeMap::new() };
        for entry in tar::Archive::new(archive).entries().unwrap() {
            let mut entry = entry.unwrap();
            let at = name(&entry.path().unwrap());
            let header = entry.header().clone();
            let target = entry.link_name().unwrap().map(|target| target.to_str().unwrap().to_owned());
            if header.entry_type().is_hard_link() {
                let same = tree.nodes[&name(Path::new(&target.unwrap()))].clone();
                tree.nodes.insert(at, same);
                continue;
            }
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            let node = Node {
                kind: header.entry_type(),
                mode: target.is_none().then(|| header.mode().unwrap()),
                owner: (header.uid().unwrap(), header.gid().unwrap()),
                target,
                digest: header.entry_type().is_file().then(|| Digest::of(&content)),
            };
            if READ.iter().any(|start| at.starts_with(start)) {
                tree.contents.insert(at.clone(), String::from_utf8_lossy(&content).into_owned());
            }
            tree.nodes.insert(at, node);
        }
        tree
    }

    /// The tree of the only image in a layout, which has one layer.
    pub(super) fn of_layout(layout: &Path) -> Self {
        let blob = |descriptor: &Value| {
            let digest = descriptor["digest"].as_str().unwrap();
            layout.join("blobs").join(digest.replace(':', "/"))
        };
        let first = |file: &Path| -> Value {
            let index: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
            index["manifests"][0].clone()
        };
        let index = first(&layout.join("index.json"));
        let manifest = std::fs::read(blob(&first(&blob(&index)))).unwrap();
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        let layers = manifest["layers"].as_array().unwrap();
        assert_eq!(layers.len(), 1, "{manifest}");
        Self::of_tar(flate2::read::MultiGzDecoder::new(std::fs::File::open(blob(&layers[0])).unwrap()))
    }

    pub(super) fn digest(&self, at: &str) -> String {
        self.nodes[at].digest.as_ref().unwrap().to_string()
    }

    /// The content of a file that the tests read.
    pub(super) fn content(&self, at: &str) -> Option<&str> {
        self.contents.get(at).map(String::as_str)
    }

    /// The packages in the database of dpkg, or in the directory for scanners.
    pub(super) fn packages(&self) -> BTreeMap<String, Stanza> {
        let is_list = |at: &str| {
            at == "var/lib/dpkg/status"
                || (at.starts_with("var/lib/dpkg/status.d/") && !at.ends_with(".md5sums"))
        };
        let lists = self.contents.iter().filter(|(at, _)| is_list(at));
        let all = lists.flat_map(|(_, text)| text.split("\n\n")).filter(|text| !text.trim().is_empty());
        all.map(stanza).map(|stanza| (stanza["Package"].clone(), stanza)).collect()
    }

    /// What packages brought, by the lists of dpkg, and by the names of these. `is_wanted`: of which packages.
    pub(super) fn brought(&self, is_wanted: impl Fn(&str) -> bool) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        for (at, text) in &self.contents {
            let Some(file) = at.strip_prefix("var/lib/dpkg/info/") else { continue };
            let Some((stem, extension)) = file.rsplit_once('.') else { continue };
            if is_wanted(stem.split(':').next().unwrap()) {
                paths.insert(at.clone());
                if extension == "list" {
                    paths.extend(text.lines().map(|line| name(Path::new(line.trim_start_matches('/')))));
                }
            }
        }
        paths
    }
}

fn name(path: &Path) -> String {
    let path = path.to_str().unwrap();
    path.strip_prefix("./").unwrap_or(path).trim_end_matches('/').to_owned()
}

fn stanza(text: &str) -> Stanza {
    let mut fields = Stanza::new();
    let mut last = String::new();
    for line in text.lines() {
        if line.starts_with(' ') {
            let value = fields.get_mut(&last).unwrap();
            value.push('\n');
            value.push_str(line);
        } else {
            let (field, value) = line.split_once(':').unwrap();
            field.clone_into(&mut last);
            fields.insert(last.clone(), value.trim().to_owned());
        }
    }
    fields
}
