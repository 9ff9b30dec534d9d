//! Opens files without blocking on a named pipe.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens a file for reading. A named pipe is opened without waiting for a writer.
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

/// Opens a settings file that is read by default. A named pipe is an error, since it may never get a writer.
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
