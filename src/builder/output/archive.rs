//! An archive that is an OCI layout and a Docker archive at once: engines from Docker 20.10 on, podman and skopeo read it.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use serde::Serialize;

use super::error::OutputError;
use super::manifest::Document;
use crate::builder::layers::{ContentFault, END_MARK, EntryKind, TarEntry, write_content};
use crate::oci::reference::{RemoteName, Tag};
use crate::oci::{Descriptor, Digest, Hasher, Manifest, media_type};

/// How many bytes of a blob are in memory at once.
const BUFFER: usize = 128 * 1024;
/// The annotation with the whole name of an image, which containerd reads.
const CONTAINERD_NAME: &str = "io.containerd.image.name";
/// The annotation with the name of an image inside a layout.
const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// A blob of an archive.
pub struct Blob<'a> {
    /// The digest of the bytes.
    pub digest: Digest,
    /// The number of bytes.
    pub size: u64,
    /// The bytes.
    pub reader: Box<dyn Read + 'a>,
}

/// The image that engines without support of layouts load.
#[derive(Clone, Copy, Debug)]
pub struct ArchiveImage<'a> {
    /// The configuration.
    pub config: Digest,
    /// The layers, lowest first.
    pub layers: &'a [Descriptor],
}

/// What is in an archive.
#[derive(Clone, Copy, Debug)]
pub struct Archive<'a> {
    /// The index, or the manifest, that the archive is about.
    pub root: &'a Document,
    /// The names that it is loaded under.
    pub names: &'a [(RemoteName, Tag)],
    /// The lists of referrers, each with the name of its fallback tag.
    pub referrers: &'a [Descriptor],
    /// The image of one platform, for engines without support of layouts.
    pub image: ArchiveImage<'a>,
    /// The time of all entries, in seconds since 1970.
    pub epoch: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IndexFile {
    schema_version: u8,
    media_type: &'static str,
    manifests: Vec<Descriptor>,
}

/// One image of `manifest.json`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DockerImage {
    config: String,
    repo_tags: Vec<String>,
    layers: Vec<String>,
}

impl Archive<'_> {
    /// Writes the archive with these blobs and the root. Their order does not matter, and each digest is written once.
    ///
    /// # Errors
    ///
    /// [`OutputError`] if a blob is absent, has other bytes or cannot be read, and for errors of `to`.
    pub fn write(&self, blobs: Vec<Blob<'_>>, to: &mut impl Write) -> Result<(), OutputError> {
        let root = Blob {
            digest: self.root.digest,
            size: self.root.bytes.len() as u64,
            reader: Box::new(self.root.bytes.as_slice()),
        };
        let mut by_digest: BTreeMap<Digest, Blob<'_>> = BTreeMap::from([(root.digest, root)]);
        for blob in blobs {
            by_digest.entry(blob.digest).or_insert(blob);
        }
        if let Some(absent) = self.named()?.into_iter().find(|digest| !by_digest.contains_key(digest)) {
            return Err(OutputError::Absent(absent));
        }
        let mut writer = ArchiveWriter { to, epoch: self.epoch, buffer: vec![0; BUFFER] };
        writer.directory("blobs")?;
        let mut folder = None;
        for blob in by_digest.into_values() {
            let algorithm = blob.digest.algorithm();
            if folder.replace(algorithm) != Some(algorithm) {
                writer.directory(&format!("blobs/{algorithm}"))?;
            }
            writer.blob(blob)?;
        }
        writer.json("index.json", &self.index())?;
        writer.json("manifest.json", &[self.docker_image()])?;
        writer.json("oci-layout", &BTreeMap::from([("imageLayoutVersion", "1.0.0")]))?;
        writer.finish()
    }

    /// The blobs that the documents name. What is below the manifests of an index is only known of `image`.
    fn named(&self) -> Result<Vec<Digest>, OutputError> {
        let root = Manifest::parse(&self.root.bytes, Some(self.root.media_type))
            .map_err(|error| OutputError::Json(error.to_string()))?;
        let below = match root {
            Manifest::Index(index) => index.manifests,
            Manifest::Image(image) => image.layers.into_iter().chain([image.config]).collect(),
        };
        let docker = self.image.layers.iter().chain(&below).map(|descriptor| descriptor.digest);
        Ok(docker.chain([self.image.config]).collect())
    }

    /// One entry for each name. containerd reads the whole name, others the tag.
    fn index(&self) -> IndexFile {
        let unnamed = self.root.descriptor();
        let named = self.names.iter().map(|(name, tag)| {
            let mut entry = unnamed.clone();
            entry.annotations = BTreeMap::from([
                (CONTAINERD_NAME.to_owned(), full_name(name, tag)),
                (REF_NAME.to_owned(), tag.as_str().to_owned()),
            ]);
            entry
        });
        let mut manifests: Vec<Descriptor> = named.collect();
        if manifests.is_empty() {
            manifests.push(unnamed);
        }
        manifests.extend(self.referrers.iter().cloned());
        IndexFile { schema_version: 2, media_type: media_type::OCI_INDEX, manifests }
    }

    fn docker_image(&self) -> DockerImage {
        DockerImage {
            config: blob_path(&self.image.config),
            repo_tags: self.names.iter().map(|(name, tag)| full_name(name, tag)).collect(),
            layers: self.image.layers.iter().map(|layer| blob_path(&layer.digest)).collect(),
        }
    }
}

fn full_name(name: &RemoteName, tag: &Tag) -> String {
    format!("{}/{}:{}", name.host(), name.path(), tag.as_str())
}

fn blob_path(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm(), digest.hex())
}

/// Writes entries with one time, which belong to `root`.
struct ArchiveWriter<'a, W> {
    to: &'a mut W,
    epoch: i64,
    buffer: Vec<u8>,
}

impl<W: Write> ArchiveWriter<'_, W> {
    fn directory(&mut self, name: &str) -> Result<(), OutputError> {
        self.header(name, EntryKind::Directory, 0o755)
    }

    fn json(&mut self, name: &str, value: &impl Serialize) -> Result<(), OutputError> {
        let bytes = serde_json::to_vec(value).map_err(|error| OutputError::Json(error.to_string()))?;
        let size = bytes.len() as u64;
        self.header(name, EntryKind::File(size), 0o644)?;
        write_content(bytes.as_slice(), size, &mut self.buffer, self.to, |fault| match fault {
            ContentFault::Read(cause) | ContentFault::Write(cause) => OutputError::Write(cause),
        })
    }

    fn blob(&mut self, blob: Blob<'_>) -> Result<(), OutputError> {
        let Blob { digest, size, reader } = blob;
        self.header(&blob_path(&digest), EntryKind::File(size), 0o644)?;
        let mut content = Hashing { reader, hasher: digest.hasher() };
        write_content(&mut content, size, &mut self.buffer, self.to, |fault| match fault {
            ContentFault::Read(cause) => OutputError::Read { digest, cause },
            ContentFault::Write(cause) => OutputError::Write(cause),
        })?;
        let behind =
            content.read(&mut [0]).map_err(|error| OutputError::Read { digest, cause: error.to_string() })?;
        match behind == 0 && content.hasher.finish() == digest {
            true => Ok(()),
            false => Err(OutputError::Blob(digest)),
        }
    }

    fn header(&mut self, name: &str, kind: EntryKind<'_>, mode: u16) -> Result<(), OutputError> {
        let entry = TarEntry { name, kind, mode, uid: 0, gid: 0, mtime: self.epoch, capability: None };
        self.to.write_all(&entry.header()).map_err(|error| OutputError::Write(error.to_string()))
    }

    fn finish(self) -> Result<(), OutputError> {
        let end = self.to.write_all(&END_MARK).and_then(|()| self.to.flush());
        end.map_err(|error| OutputError::Write(error.to_string()))
    }
}

/// Hashes what is read.
struct Hashing<'a> {
    reader: Box<dyn Read + 'a>,
    hasher: Hasher,
}

impl Read for Hashing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.hasher.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
