//! The repository of a definition on disk, from which `paths` copies files.
//!
//! Invariant: nothing outside of the repository is read, by a link neither.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use super::limits::CONTEXT_FILE;
use crate::builder::files::Repository;
use crate::builder::rootfs::{Context, ContextError, ContextName, ContextNode};
use crate::diagnostic::IoCause;
use crate::registry::open_nonblocking;

impl Context for Repository {
    fn open(&self, path: &str) -> Result<ContextNode, ContextError> {
        let Self::At(root) = self else { return Err(ContextError::NoRepository) };
        let failed = |error: &io::Error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ContextError::Missing,
            _ => ContextError::Unreadable(IoCause(error).to_string()),
        };
        let root = root.canonicalize().map_err(|error| failed(&error))?;
        let found = root.join(path).canonicalize().map_err(|error| failed(&error))?;
        if !found.starts_with(&root) {
            return Err(ContextError::Outside);
        }
        let file = open_nonblocking(&found).map_err(|error| failed(&error))?;
        let metadata = file.metadata().map_err(|error| failed(&error))?;
        if metadata.is_dir() {
            return Ok(ContextNode::Directory(names(&found).map_err(|error| failed(&error))?));
        }
        if !metadata.is_file() {
            return Err(ContextError::Unreadable("it is not a regular file".to_owned()));
        }
        let mut bytes = Vec::new();
        file.take(CONTEXT_FILE + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
        if bytes.len() as u64 > CONTEXT_FILE {
            return Err(ContextError::Unreadable(format!("it has more than {CONTEXT_FILE} bytes")));
        }
        Ok(ContextNode::File { content: bytes.into(), is_executable: is_executable(&metadata) })
    }
}

fn names(directory: &Path) -> io::Result<Vec<ContextName>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let text = |text: std::ffi::OsString| {
            let shown = text.to_string_lossy().into_owned();
            text.into_string().map_err(|_| io::Error::other(format!("the name `{shown}` is not UTF-8")))
        };
        let target = match entry.file_type()?.is_symlink() {
            true => Some(text(fs::read_link(entry.path())?.into_os_string())?),
            false => None,
        };
        names.push(ContextName { name: text(entry.file_name())?, target });
    }
    Ok(names)
}

#[cfg(unix)]
fn is_executable(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o100 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &fs::Metadata) -> bool {
    false
}
