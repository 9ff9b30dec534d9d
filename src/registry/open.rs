//! Files are opened without waiting for another program.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens a file to be read, without waiting for the other end of a pipe.
pub(crate) fn open_nonblocking(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    options.open(path)
}

/// Opens a file of settings that is read unasked. A named pipe is refused: nobody may ever write to it.
pub(crate) fn open_settings(path: &Path) -> io::Result<File> {
    let file = open_nonblocking(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if file.metadata()?.file_type().is_fifo() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a named pipe"));
        }
    }
    Ok(file)
}
