//! Reads the uncompressed bytes of a layer. The caller bounds how many it reads.

use std::io::{self, Read};

use super::limits::ZSTD_WINDOW;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// A reader of the uncompressed bytes. The first bytes tell the compression, as for container engines.
///
/// # Errors
///
/// If the decoder cannot be made. A broken layer is an error of the reader.
pub(crate) fn decompressed(bytes: &[u8]) -> io::Result<Box<dyn Read + '_>> {
    if bytes.starts_with(&GZIP) {
        // Several gzip members in a row are one stream.
        return Ok(Box::new(flate2::bufread::MultiGzDecoder::new(bytes)));
    }
    if bytes.starts_with(&ZSTD) {
        let mut decoder = zstd::stream::read::Decoder::with_buffer(bytes)?;
        decoder.window_log_max(ZSTD_WINDOW.ilog2())?;
        return Ok(Box::new(decoder));
    }
    Ok(Box::new(bytes))
}
