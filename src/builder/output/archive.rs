//! An archive that is an OCI layout and a Docker archive at once: engines from Docker 20.10 on, podman and skopeo read it.

use std::io::{Read, Write};

use super::error::OutputError;
use super::manifest::Document;
use crate::oci::reference::{RemoteName, Tag};
use crate::oci::{Descriptor, Digest};

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
    /// The image of one platform, for engines without support of layouts.
    pub image: ArchiveImage<'a>,
    /// The time of all entries, in seconds since 1970.
    pub epoch: i64,
}

impl Archive<'_> {
    /// Writes the archive with these blobs and the root. The order of the blobs does not matter.
    ///
    /// # Errors
    ///
    /// [`OutputError`] if a blob is absent, has other bytes or cannot be read, and for errors of `to`.
    pub fn write(&self, blobs: Vec<Blob<'_>>, to: &mut impl Write) -> Result<(), OutputError> {
        todo!()
    }
}
