//! Writes the files of a command. A file is written whole or not at all: a temporary file replaces it.
//!
//! New files have the permissions of the umask, an existing file keeps its own. Pipes and the summary of a GitHub
//! Actions step are written to directly.

use std::fs::Permissions;
use std::io::{self, Read};
use std::path::Path;

use tempfile::NamedTempFile;

use super::printer::{Data, Printer, copy};
use crate::diagnostic::{Code, Diagnostic, IoCause};
use crate::registry::write_remedy;

/// The permissions of a new file, before the umask.
pub(super) const READABLE: u32 = 0o666;

/// Writes a file whole.
pub(super) fn write_file(path: &Path, data: Data<'_>, printer: &Printer) -> Result<(), Diagnostic> {
    write_text(path, &mut &*printer.redacted(data))
}

/// Writes a new file whole.
///
/// # Errors
///
/// [`io::ErrorKind::AlreadyExists`] if something is there.
#[cfg(any(feature = "builder", feature = "rego"))]
pub(super) fn write_new_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = temporary(path, READABLE)?;
    io::Write::write_all(&mut file, bytes)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map(|_| ()).map_err(|error| error.error)
}

/// Writes a file whole; text is appended to the summary of a GitHub Actions step.
pub(super) fn write_result(path: &Path, text: &mut impl Read) -> Result<(), Diagnostic> {
    if is_step_summary(path) {
        return append(path, text).map_err(|error| cannot_write(path, &error));
    }
    write_text(path, text)
}

/// Checks that a file can be written, before the work whose result it gets.
///
/// # Errors
///
/// `usage/arguments`
#[cfg(feature = "rego")]
pub(super) fn check_writable(path: &Path) -> Result<(), Diagnostic> {
    writable(path).map_err(|error| {
        let what = format!("`{}` cannot be written: {}", path.display(), IoCause(&error));
        Diagnostic::new(Code::USAGE_ARGUMENTS, what).maybe_remedy(write_remedy(&error))
    })
}

#[cfg(feature = "rego")]
fn writable(path: &Path) -> io::Result<()> {
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        // A pipe, which a writer must not open twice, or the summary of a step, which has content already.
        Ok(metadata) if !metadata.is_file() || is_step_summary(path) => Ok(()),
        Ok(_) => temporary(&path.canonicalize()?, READABLE).map(drop),
        Err(_) => temporary(path, READABLE).map(drop),
    }
}

fn write_text(path: &Path, text: &mut impl Read) -> Result<(), Diagnostic> {
    replace(path, text).map_err(|error| cannot_write(path, &error))
}

/// Whether it is the file that GitHub Actions provides for the summary of each step. Other commands of the step write
/// to it too, so results are appended to it.
fn is_step_summary(path: &Path) -> bool {
    std::env::var_os("GITHUB_STEP_SUMMARY")
        .is_some_and(|summary| !summary.is_empty() && path == Path::new(&summary))
}

fn append(path: &Path, text: &mut impl Read) -> io::Result<()> {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    copy(text, &mut file)
}

/// The error for a file that cannot be written.
pub(super) fn cannot_write(path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::new(Code::OUTPUT_WRITE, format!("`{}` cannot be written: {}", path.display(), IoCause(error)))
        .maybe_remedy(write_remedy(error))
}

/// Writes a temporary file in the same directory and renames it, so no reader sees a partial result. A file that is not
/// regular, such as a pipe, is written to directly.
fn replace(path: &Path, text: &mut impl Read) -> io::Result<()> {
    let existing = path.metadata().ok();
    if existing.as_ref().is_some_and(|metadata| !metadata.is_file()) {
        let mut file = std::fs::OpenOptions::new().write(true).open(path)?;
        return copy(text, &mut file);
    }
    // A link is kept: the file that it names is replaced.
    let target = if existing.is_some() { path.canonicalize()? } else { path.to_owned() };
    let mut file = temporary(&target, READABLE)?;
    copy(text, &mut file)?;
    if let Some(existing) = existing {
        file.as_file().set_permissions(existing.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(&target).map(|_| ()).map_err(|error| error.error)
}

/// A temporary file in the directory of `path`, with these permissions less the umask.
pub(super) fn temporary(path: &Path, mode: u32) -> io::Result<NamedTempFile> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Without this check the error of a missing directory would show the name of the temporary file.
    directory.metadata()?;
    let mut builder = tempfile::Builder::new();
    if let Some(permissions) = permissions(mode) {
        builder.permissions(permissions);
    }
    builder.tempfile_in(directory)
}

#[cfg(unix)]
fn permissions(mode: u32) -> Option<Permissions> {
    Some(std::os::unix::fs::PermissionsExt::from_mode(mode))
}

#[cfg(not(unix))]
fn permissions(_: u32) -> Option<Permissions> {
    None
}
