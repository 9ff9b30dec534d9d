//! An image that was built, not stored yet.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::sync::Mutex;

use bytes::Bytes;

use super::publish_error::PublishError;
use crate::builder::layers::{Compression, LayerBlob};
use crate::builder::output::Document;
use crate::diagnostic::IoCause;
use crate::oci::{Digest, Platform};
use crate::registry::mutex::lock;

/// An image for all of its platforms.
#[derive(Debug)]
pub struct BuiltImage {
    /// The index.
    pub index: Document,
    /// The images in it, in the order of the index.
    pub platforms: Vec<BuiltPlatform>,
}

impl BuiltImage {
    /// What the user should know, each sentence once.
    pub fn remarks(&self) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        for text in self.platforms.iter().flat_map(|platform| &platform.remarks) {
            if !texts.contains(text) {
                texts.push(text.clone());
            }
        }
        texts
    }
}

/// The image of one platform.
#[derive(Debug)]
pub struct BuiltPlatform {
    /// The platform.
    pub platform: Platform,
    /// The manifest.
    pub manifest: Document,
    /// The configuration.
    pub config: Document,
    /// The layers, lowest first.
    pub layers: Vec<BuiltLayer>,
    /// How the layers are compressed.
    pub compression: Compression,
    /// What is attested about it.
    pub evidence: Vec<BuiltEvidence>,
    /// The number of its packages.
    pub packages: usize,
    /// The number of its files, directories and links.
    pub files: usize,
    /// What the user should know.
    pub remarks: Vec<String>,
}

/// A layer that was written.
#[derive(Debug)]
pub struct BuiltLayer {
    /// Digests and sizes.
    pub blob: LayerBlob,
    /// What it holds.
    pub holds: String,
    file: Mutex<File>,
}

/// A predicate about an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltEvidence {
    /// Its type, a URI.
    pub predicate_type: &'static str,
    /// The predicate as JSON.
    pub predicate: String,
}

impl BuiltLayer {
    pub(super) fn new(blob: LayerBlob, holds: String, file: File) -> Self {
        Self { blob, holds, file: Mutex::new(file) }
    }

    /// The compressed bytes, hashed again.
    ///
    /// # Errors
    ///
    /// [`PublishError::Layer`] if the file cannot be read, [`PublishError::Changed`] if it was changed meanwhile.
    pub fn bytes(&self) -> Result<Bytes, PublishError> {
        let failed = |error: io::Error| PublishError::Layer {
            digest: self.blob.digest,
            cause: IoCause(&error).to_string(),
        };
        let mut bytes = Vec::with_capacity(usize::try_from(self.blob.size).unwrap_or_default());
        let mut file = lock(&self.file);
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        file.read_to_end(&mut bytes).map_err(failed)?;
        let found = Digest::of(&bytes);
        if found != self.blob.digest {
            return Err(PublishError::Changed { expected: self.blob.digest, found });
        }
        Ok(bytes.into())
    }
}
