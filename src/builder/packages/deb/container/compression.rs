//! Compression of the archives in a package.

use std::fmt;
use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use liblzma::read::XzDecoder;
use liblzma::stream::Stream;

use super::error::ContainerError;
use super::limits::DECOMPRESSOR_MEMORY;

/// How an archive is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// gzip.
    Gzip,
    /// xz.
    Xz,
    /// Zstandard.
    Zstd,
}

impl Compression {
    /// The compression of `control.tar` or `data.tar` with this ending. `None` if this program does not read it.
    pub(super) fn of_extension(extension: &str) -> Option<Self> {
        match extension {
            "" => Some(Self::None),
            ".gz" => Some(Self::Gzip),
            ".xz" => Some(Self::Xz),
            ".zst" => Some(Self::Zstd),
            _ => None,
        }
    }

    /// A reader of the decompressed bytes, of which there may be at most `limit`. It holds at most
    /// [`DECOMPRESSOR_MEMORY`] for xz and zstd.
    ///
    /// # Errors
    ///
    /// [`ContainerError::Read`] if the decompressor cannot be made. The reader itself ends with an error of the kind
    /// [`io::ErrorKind::FileTooLarge`] if there is more than `limit`, and with other kinds for damaged data.
    pub fn reader<'a>(
        self,
        compressed: impl Read + 'a,
        limit: u64,
    ) -> Result<impl Read + 'a, ContainerError> {
        let reader: Box<dyn Read + 'a> = match self {
            Self::None => Box::new(compressed),
            Self::Gzip => Box::new(MultiGzDecoder::new(compressed)),
            Self::Xz => {
                let stream = Stream::new_stream_decoder(DECOMPRESSOR_MEMORY, liblzma::stream::CONCATENATED);
                Box::new(XzDecoder::new_stream(
                    compressed,
                    stream.map_err(|error| ContainerError::read(&error.into()))?,
                ))
            }
            Self::Zstd => {
                let mut decoder =
                    zstd::Decoder::new(compressed).map_err(|error| ContainerError::read(&error))?;
                let window = DECOMPRESSOR_MEMORY.ilog2();
                decoder.window_log_max(window).map_err(|error| ContainerError::read(&error))?;
                Box::new(decoder)
            }
        };
        Ok(Bounded { reader, left: limit })
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
        })
    }
}

/// A reader that fails where there is more than it may give.
struct Bounded<R> {
    reader: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.left == 0 {
            // One byte more tells the end from the limit.
            return match self.reader.read(&mut [0])? {
                0 => Ok(0),
                _ => Err(io::ErrorKind::FileTooLarge.into()),
            };
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.reader.read(buffer.get_mut(..most).unwrap_or_default())?;
        self.left = self.left.saturating_sub(read as u64);
        Ok(read)
    }
}
