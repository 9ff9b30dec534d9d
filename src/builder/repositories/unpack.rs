//! Unpacks indexes, within bounds of size and memory.

use std::io::{self, Read};

use super::limits::{INDEX_MEMORY, PACKAGE_INDEX};
use crate::diagnostic::IoCause;
use crate::limits::{Exceeded, ReadError, read_whole};

/// How an index is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    /// `.xz`
    Xz,
    /// `.gz`
    Gzip,
    /// `.zst`
    Zstd,
    /// Not at all.
    None,
}

/// Why an index cannot be unpacked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnpackError {
    /// The data is damaged.
    #[error("it cannot be unpacked: {0}")]
    Damaged(String),
    /// It is larger than such files may be.
    #[error("{0}")]
    Limit(#[from] Exceeded),
}

impl Packing {
    /// All, the smallest files first.
    pub(super) const ALL: [Self; 4] = [Self::Xz, Self::Zstd, Self::Gzip, Self::None];

    /// What the name of a file ends with.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Xz => ".xz",
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
            Self::None => "",
        }
    }

    /// Unpacks a whole file.
    pub(super) fn unpack(self, bytes: &[u8]) -> Result<Vec<u8>, UnpackError> {
        let damaged = |error: io::Error| UnpackError::Damaged(error.to_string());
        match self {
            Self::Xz => {
                let stream =
                    liblzma::stream::Stream::new_stream_decoder(INDEX_MEMORY, liblzma::stream::CONCATENATED);
                let stream = stream.map_err(|error| UnpackError::Damaged(error.to_string()))?;
                whole(liblzma::read::XzDecoder::new_stream(bytes, stream))
            }
            Self::Gzip => whole(flate2::read::MultiGzDecoder::new(bytes)),
            Self::Zstd => whole(zstd::stream::read::Decoder::new(bytes).map_err(damaged)?),
            Self::None => whole(bytes),
        }
    }
}

fn whole(reader: impl Read) -> Result<Vec<u8>, UnpackError> {
    read_whole(reader, PACKAGE_INDEX).map_err(|error| match error {
        ReadError::TooLong(bound) => Exceeded::new("the unpacked index", bound, "bytes").into(),
        ReadError::Failed(error) => UnpackError::Damaged(IoCause(&error).to_string()),
    })
}
