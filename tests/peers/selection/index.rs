//! Indexes whose images have numbers, in a label and in the file `/id`, so that a test sees which one an engine
//! selected.

use std::fmt;
use std::io::{Read, Write};
use std::net::TcpStream;

use dhi::oci::Digest;
use fastrand::Rng;
use serde_json::{Value, json};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// Entries in their order.
#[derive(Debug)]
pub(super) struct Index(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    /// What it claims: `os/architecture[/variant]`, or `-` for nothing.
    named: String,
    /// Where it is an index.
    inner: Option<Index>,
}

/// An image that was pushed.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) number: String,
    pub(super) digest: String,
}

impl Index {
    /// Reads `linux/amd64 -(linux/386 -)`.
    pub(super) fn parse(text: &str) -> Self {
        let mut rest = text;
        let index = Self::read(&mut rest);
        assert!(rest.is_empty(), "{text}");
        index
    }

    fn read(rest: &mut &str) -> Self {
        let mut entries = Vec::new();
        loop {
            *rest = rest.trim_start();
            let end = rest.find([' ', '(', ')']).unwrap_or(rest.len());
            let (named, after) = rest.split_at(end);
            if named.is_empty() {
                return Self(entries);
            }
            *rest = after;
            let inner = rest.strip_prefix('(').map(|inside| {
                let mut inside = inside;
                let inner = Self::read(&mut inside);
                *rest = inside.strip_prefix(')').unwrap();
                inner
            });
            entries.push(Entry { named: named.to_owned(), inner });
        }
    }

    pub(super) fn generate(random: &mut Rng) -> Self {
        Self::generated(random, 0)
    }

    fn generated(random: &mut Rng, depth: usize) -> Self {
        let length = random.usize(1..=4 - depth);
        let entries = (0..length).map(|_| {
            let inner = (depth < 2 && random.u8(..5) == 0).then(|| Self::generated(random, depth + 1));
            Entry { named: platform(random), inner }
        });
        Self(entries.collect())
    }

    /// Whether an entry names Linux and the architecture of `asked`.
    pub(super) fn names_one_near(&self, asked: &str) -> bool {
        let near: Vec<&str> = asked.split('/').take(2).collect();
        self.0.iter().any(|entry| match &entry.inner {
            Some(inner) => inner.names_one_near(asked),
            None => entry.named.split('/').take(2).collect::<Vec<_>>() == near,
        })
    }

    /// Pushes it as `NAME:1`.
    pub(super) fn push(&self, host: &str, name: &str) -> Vec<Leaf> {
        let mut leaves = Vec::new();
        let index = self.pushed(host, name, "linux/amd64", &mut leaves);
        put(host, &format!("/v2/{name}/manifests/1"), INDEX, &index);
        leaves
    }

    fn pushed(&self, host: &str, name: &str, around: &str, leaves: &mut Vec<Leaf>) -> Vec<u8> {
        let mut entries = Vec::new();
        for entry in &self.0 {
            let built_for = if entry.named == "-" { around } else { &entry.named };
            let (media_type, bytes) = match &entry.inner {
                Some(inner) => (INDEX, inner.pushed(host, name, built_for, leaves)),
                None => (MANIFEST, image(host, name, built_for, leaves)),
            };
            let digest = Digest::of(&bytes).to_string();
            put(host, &format!("/v2/{name}/manifests/{digest}"), media_type, &bytes);
            let mut descriptor = json!({ "mediaType": media_type, "digest": digest, "size": bytes.len() });
            if entry.named != "-" {
                descriptor["platform"] = to_json(&entry.named);
            }
            entries.push(descriptor);
        }
        json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": entries }).to_string().into_bytes()
    }
}

/// As [`Index::parse`] reads it.
impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, entry) in self.0.iter().enumerate() {
            let space = if number == 0 { "" } else { " " };
            write!(f, "{space}{}", entry.named)?;
            if let Some(inner) = &entry.inner {
                write!(f, "({inner})")?;
            }
        }
        Ok(())
    }
}

/// What an entry could claim; now and then it is no platform that anything runs on.
fn platform(random: &mut Rng) -> String {
    const OS: [&str; 12] = [
        "linux",
        "linux",
        "linux",
        "linux",
        "linux",
        "linux",
        "Linux",
        "LINUX",
        "windows",
        "unknown",
        "l\u{130}nux",
        "",
    ];
    const ARCHITECTURE: [&str; 15] = [
        "amd64", "amd64", "amd64", "386", "arm64", "arm64", "arm", "arm", "s390x", "AMD64", "x86_64",
        "aarch64", "i386", "armhf", "",
    ];
    const VARIANT: [&str; 12] = ["", "", "", "", "v1", "v2", "v3", "v5", "v6", "v7", "v8", "V7"];
    if random.u8(..8) == 0 {
        return "-".to_owned();
    }
    let pick = |random: &mut Rng, list: &[&'static str]| list[random.usize(..list.len())];
    let (os, architecture) = (pick(random, &OS), pick(random, &ARCHITECTURE));
    match pick(random, &VARIANT) {
        "" => format!("{os}/{architecture}"),
        variant => format!("{os}/{architecture}/{variant}"),
    }
}

fn to_json(named: &str) -> Value {
    let parts: Vec<&str> = named.split('/').collect();
    let mut platform = json!({ "os": parts[0], "architecture": parts[1] });
    if let Some(variant) = parts.get(2) {
        platform["variant"] = (*variant).into();
    }
    platform
}

/// Pushes the blobs of an image; its manifest.
fn image(host: &str, name: &str, built_for: &str, leaves: &mut Vec<Leaf>) -> Vec<u8> {
    let number = format!("leaf-{}", leaves.len());
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(number.len() as u64);
    header.set_mode(0o644);
    tar.append_data(&mut header, "id", number.as_bytes()).unwrap();
    let layer = tar.into_inner().unwrap();
    let mut config = to_json(built_for);
    config["config"] = json!({ "Labels": { "leaf": number }, "Cmd": ["/id"] });
    config["rootfs"] = json!({ "type": "layers", "diff_ids": [Digest::of(&layer).to_string()] });
    let blob = |media_type: &str, bytes: &[u8]| {
        let digest = Digest::of(bytes).to_string();
        request(
            host,
            "POST",
            &format!("/v2/{name}/blobs/uploads/?digest={digest}"),
            "application/octet-stream",
            bytes,
        );
        json!({ "mediaType": media_type, "digest": digest, "size": bytes.len() })
    };
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": blob(CONFIG, config.to_string().as_bytes()),
        "layers": [blob(LAYER, &layer)],
    });
    let bytes = manifest.to_string().into_bytes();
    leaves.push(Leaf { number, digest: Digest::of(&bytes).to_string() });
    bytes
}

fn put(host: &str, path: &str, media_type: &str, bytes: &[u8]) {
    request(host, "PUT", path, media_type, bytes);
}

/// One request to a registry on this machine, which must take it.
fn request(host: &str, method: &str, path: &str, media_type: &str, bytes: &[u8]) {
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        bytes.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{method} {path}: {answer}");
}
