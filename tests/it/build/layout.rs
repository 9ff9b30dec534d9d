//! Reads the layouts that builds write.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::PathBuf;

use dhi::oci::Digest;
use serde_json::Value;

/// The annotation with the name of an entry.
const NAME: &str = "org.opencontainers.image.ref.name";

/// A layout directory with one image, under the name `app`.
pub(super) struct BuiltLayout {
    directory: PathBuf,
}

/// A file, directory or link of an image.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Kind, mode, owner and group as `-0644 0:0`, then the target of a link.
    pub(super) shown: String,
    pub(super) content: Vec<u8>,
    pub(super) time: u64,
}

impl BuiltLayout {
    pub(super) fn open(directory: PathBuf) -> Self {
        let version = std::fs::read_to_string(directory.join("oci-layout")).unwrap();
        assert_eq!(version, r#"{"imageLayoutVersion":"1.0.0"}"#);
        Self { directory }
    }

    /// The entries of `index.json`.
    fn entries(&self) -> Vec<Value> {
        let bytes = std::fs::read(self.directory.join("index.json")).unwrap();
        let index: Value = serde_json::from_slice(&bytes).unwrap();
        index["manifests"].as_array().unwrap().clone()
    }

    /// The entry with a name.
    fn named(&self, name: &str) -> Option<Value> {
        self.entries().into_iter().find(|entry| entry["annotations"][NAME] == name)
    }

    /// The descriptor of the image's index.
    pub(super) fn root(&self) -> Value {
        self.named("app").unwrap()
    }

    /// The descriptor of the first platform's manifest.
    pub(super) fn manifest(&self) -> Value {
        self.json(&self.root())["manifests"][0].clone()
    }

    /// The file of a blob.
    pub(super) fn file(&self, descriptor: &Value) -> PathBuf {
        let hex = descriptor["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
        self.directory.join("blobs/sha256").join(hex)
    }

    /// A blob, which has the digest and the size of its descriptor.
    pub(super) fn blob(&self, descriptor: &Value) -> Vec<u8> {
        let bytes = std::fs::read(self.file(descriptor)).unwrap();
        assert_eq!(descriptor["digest"], Digest::of(&bytes).to_string());
        assert_eq!(descriptor["size"], bytes.len());
        bytes
    }

    pub(super) fn json(&self, descriptor: &Value) -> Value {
        serde_json::from_slice(&self.blob(descriptor)).unwrap()
    }

    /// The descriptors of what is attached to an object, by its fallback tag.
    pub(super) fn referrers(&self, descriptor: &Value) -> Vec<Value> {
        let tag = descriptor["digest"].as_str().unwrap().replace(':', "-");
        let list = self.named(&tag).map(|entry| self.json(&entry));
        list.map(|list| list["manifests"].as_array().unwrap().clone()).unwrap_or_default()
    }

    /// The predicate types of what is attached to the first platform, sorted.
    pub(super) fn predicate_types(&self) -> Vec<String> {
        let referrers = self.referrers(&self.manifest());
        let mut types: Vec<String> = referrers
            .iter()
            .filter_map(|one| one["annotations"]["in-toto.io/predicate-type"].as_str())
            .map(str::to_owned)
            .collect();
        types.sort();
        types
    }

    /// The names of all blobs.
    pub(super) fn blobs(&self) -> BTreeSet<String> {
        let entries = std::fs::read_dir(self.directory.join("blobs/sha256")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// The uncompressed layers of the first platform, lowest first.
    pub(super) fn layers(&self) -> Vec<Vec<u8>> {
        let manifest = self.json(&self.manifest());
        let layers = manifest["layers"].as_array().unwrap();
        let uncompressed = |layer: &Value| {
            let (bytes, kind) = (self.blob(layer), layer["mediaType"].as_str().unwrap());
            match kind.rsplit('+').next().unwrap() {
                "zstd" => zstd::stream::decode_all(bytes.as_slice()).unwrap(),
                "gzip" => {
                    let mut all = Vec::new();
                    flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut all).unwrap();
                    all
                }
                _ => panic!("{kind}"),
            }
        };
        layers.iter().map(uncompressed).collect()
    }

    /// The files of the first platform: its layers, applied in order.
    pub(super) fn tree(&self) -> BTreeMap<String, Node> {
        let mut tree = BTreeMap::new();
        for layer in self.layers() {
            let mut directories = BTreeSet::new();
            let mut names = BTreeSet::new();
            for entry in tar::Archive::new(layer.as_slice()).entries().unwrap() {
                let mut entry = entry.unwrap();
                let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
                let name = name.trim_end_matches('/');
                let name = name.strip_prefix("./").unwrap_or(name).to_owned();
                assert!(!name.contains(".wh.") && !name.contains("..") && !name.starts_with('/'), "{name}");
                assert!(names.insert(name.clone()), "{name} is there twice");
                if let Some((parent, _)) = name.rsplit_once('/') {
                    assert!(directories.contains(parent), "{name} comes before its directory");
                }
                let node = Node::read(&mut entry);
                if node.shown.starts_with('d') {
                    directories.insert(name.clone());
                }
                tree.insert(name, node);
            }
        }
        tree
    }

    /// The content of a file of the first platform.
    pub(super) fn text(&self, path: &str) -> String {
        let tree = self.tree();
        let node = tree.get(path).unwrap_or_else(|| panic!("{path} is not in {:?}", tree.keys()));
        String::from_utf8(node.content.clone()).unwrap()
    }
}

impl Node {
    fn read(entry: &mut tar::Entry<'_, &[u8]>) -> Self {
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        let header = entry.header();
        let kind = match header.entry_type() {
            tar::EntryType::Directory => 'd',
            tar::EntryType::Symlink => 'l',
            tar::EntryType::Regular => '-',
            other => panic!("{other:?}"),
        };
        let (mode, user, group) = (header.mode().unwrap(), header.uid().unwrap(), header.gid().unwrap());
        let target = entry.link_name_bytes().map(|target| String::from_utf8(target.into_owned()).unwrap());
        let target = target.map(|target| format!(" -> {target}")).unwrap_or_default();
        let time = header.mtime().unwrap();
        Self { shown: format!("{kind}{mode:04o} {user}:{group}{target}"), content, time }
    }
}
