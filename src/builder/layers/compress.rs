//! Compresses layers, and computes their digests on the way.
//!
//! Invariant: the bytes do not depend on the number of threads, on the sizes of the pieces in which the archive
//! arrives, or on the machine.
//!
//! Zstandard runs in the calling thread: with workers it gives other bytes, and as many layers as there are processors
//! can be written at once.

use std::io::{self, Write};

use flate2::GzBuilder;
use flate2::write::GzEncoder;

use super::error::LayerError;
use super::plan::PlannedLayer;
use super::tar_writer::write_tar;
use crate::builder::rootfs::Tree;
use crate::oci::{Descriptor, Digest, Hasher};

/// How many bytes of the archive the compression library is given at once.
const PIECE: usize = 128 * 1024;
/// The usual level of gzip.
const GZIP_LEVEL: u32 = 6;
/// The usual level of Zstandard.
const ZSTD_LEVEL: i32 = 3;
/// "Unknown" of RFC 1952, 2.3.1.
const UNKNOWN_SYSTEM: u8 = 255;

/// The annotation of the entry of an index whose image has zstd layers. Without it skopeo rewrites the index when it
/// copies it. The value is `true`.
pub const ZSTD_ANNOTATION: &str = "io.github.containers.compression.zstd";

/// How layers are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// With gzip, which every engine reads.
    Gzip,
    /// With Zstandard.
    Zstd,
}

/// A layer that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerBlob {
    /// The media type (OCI image specification, `layer.md`).
    pub media_type: &'static str,
    /// The digest of the compressed bytes.
    pub digest: Digest,
    /// The digest of the archive.
    pub diff_id: Digest,
    /// The number of compressed bytes.
    pub size: u64,
    /// The number of bytes of the archive.
    pub uncompressed_size: u64,
}

impl LayerBlob {
    /// The descriptor in a manifest.
    pub fn descriptor(&self) -> Descriptor {
        Descriptor::bare(self.media_type, self.digest, self.size)
    }
}

/// Writes a layer in one pass, from the contents of the tree to the compressed bytes.
///
/// # Errors
///
/// [`LayerError`], see [`super::write_tar`].
pub fn write_layer(
    tree: &Tree,
    layer: &PlannedLayer,
    compression: Compression,
    to: &mut impl Write,
) -> Result<LayerBlob, LayerError> {
    let mut encoder = LayerEncoder::new(compression, to)?;
    write_tar(tree, layer, &mut encoder)?;
    encoder.finish()
}

/// Compresses an archive that is written to it, and computes both digests.
struct LayerEncoder<W: Write> {
    compression: Compression,
    piece: Vec<u8>,
    diff_id: Counted<Encoder<Counted<W>>>,
}

/// The compression library.
enum Encoder<W: Write> {
    None(W),
    Gzip(GzEncoder<W>),
    Zstd(zstd::Encoder<'static, W>),
}

impl<W: Write> LayerEncoder<W> {
    fn new(compression: Compression, to: W) -> Result<Self, LayerError> {
        let encoder = Encoder::new(compression, Counted::new(to))
            .map_err(|error| LayerError::Compression(error.to_string()))?;
        Ok(Self { compression, piece: Vec::with_capacity(PIECE), diff_id: Counted::new(encoder) })
    }

    /// Writes what is left.
    fn finish(mut self) -> Result<LayerBlob, LayerError> {
        self.write_piece().map_err(|error| LayerError::write(&error))?;
        let archive = self.diff_id;
        let mut compressed = archive.to.finish().map_err(|error| LayerError::write(&error))?;
        compressed.flush().map_err(|error| LayerError::write(&error))?;
        Ok(LayerBlob {
            media_type: self.compression.media_type(),
            digest: compressed.hasher.finish(),
            diff_id: archive.hasher.finish(),
            size: compressed.count,
            uncompressed_size: archive.count,
        })
    }

    fn write_piece(&mut self) -> io::Result<()> {
        self.diff_id.write_all(&self.piece)?;
        self.piece.clear();
        Ok(())
    }
}

/// Compression libraries promise nothing about input that arrives in pieces of other sizes, so all are of one size.
impl<W: Write> Write for LayerEncoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.piece.len() == PIECE {
            self.write_piece()?;
        }
        let taken = bytes.get(..PIECE - self.piece.len()).unwrap_or(bytes);
        self.piece.extend_from_slice(taken);
        Ok(taken.len())
    }

    /// Nothing: a flush would change the bytes.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: Write> Encoder<W> {
    fn new(compression: Compression, to: W) -> io::Result<Self> {
        Ok(match compression {
            Compression::None => Self::None(to),
            Compression::Gzip => {
                let header = GzBuilder::new().mtime(0).operating_system(UNKNOWN_SYSTEM);
                Self::Gzip(header.write(to, flate2::Compression::new(GZIP_LEVEL)))
            }
            Compression::Zstd => {
                let mut encoder = zstd::Encoder::new(to, ZSTD_LEVEL)?;
                encoder.include_checksum(true)?;
                Self::Zstd(encoder)
            }
        })
    }

    fn finish(self) -> io::Result<W> {
        match self {
            Self::None(to) => Ok(to),
            Self::Gzip(encoder) => encoder.finish(),
            Self::Zstd(encoder) => encoder.finish(),
        }
    }
}

impl<W: Write> Write for Encoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::None(to) => to.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
            Self::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Hashes and counts what is written.
struct Counted<W> {
    to: W,
    hasher: Hasher,
    count: u64,
}

impl<W> Counted<W> {
    fn new(to: W) -> Self {
        Self { to, hasher: Hasher::sha256(), count: 0 }
    }
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.hasher.update(bytes.get(..written).unwrap_or_default());
        self.count = self.count.saturating_add(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl Compression {
    /// The media type of a layer (OCI image specification, `layer.md`).
    pub fn media_type(self) -> &'static str {
        match self {
            Self::None => "application/vnd.oci.image.layer.v1.tar",
            Self::Gzip => "application/vnd.oci.image.layer.v1.tar+gzip",
            Self::Zstd => "application/vnd.oci.image.layer.v1.tar+zstd",
        }
    }
}

#[cfg(test)]
mod tests;
