//! Reads tar archives, compressed by gzip or not compressed, without unpacking them to disk.

use std::io::Read;

use flate2::read::MultiGzDecoder;

use crate::archive::{StreamBounds, TarError, read_files};
use crate::limits::Exceeded;

/// Why an archive is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ArchiveError {
    /// It is damaged, of another format, or leads out of itself.
    Refused(String),
    /// It is over a limit.
    Limit(Exceeded),
}

impl From<TarError> for ArchiveError {
    fn from(error: TarError) -> Self {
        match error {
            TarError::Refused(cause) => Self::Refused(cause),
            TarError::Compressed { by, .. } => Self::Refused(format!("it is compressed by {by}")),
            TarError::Limit(exceeded) => Self::Limit(exceeded),
        }
    }
}

/// The error for an archive whose name ends with `end`.
pub(super) fn not_read(end: &str) -> ArchiveError {
    ArchiveError::Refused(format!("archives `*{end}` are not read, only `*.tar.gz` and `*.tar`"))
}

/// Calls `file` with the path, the size and the content of each file of `archive`, as [`read_files`] does. The first bytes
/// tell how it is compressed.
///
/// # Errors
///
/// [`ArchiveError`]. An archive with one unusable entry is refused whole.
pub(super) fn read_archive(
    archive: &[u8],
    bounds: &StreamBounds,
    file: impl FnMut(&str, u64, &mut dyn Read) -> Result<(), TarError>,
) -> Result<(), ArchiveError> {
    match archive {
        [0x1f, 0x8b, ..] => read_files(MultiGzDecoder::new(archive), bounds, file)?,
        [b'P', b'K', 3 | 5, 4 | 6, ..] => return Err(not_read(".zip")),
        [b'B', b'Z', b'h', ..] => return Err(not_read(".tar.bz2")),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => return Err(not_read(".tar.xz")),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => return Err(not_read(".tar.zst")),
        _ => read_files(archive, bounds, file)?,
    }
    Ok(())
}
