//! Writes a policy bundle to a file or a directory.
//!
//! It appears whole: it is written under another name first. What exists is replaced only if the user asks for it, and a
//! directory with content never.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::super::output_file::{cannot_write, write_file, write_new_file};
use super::super::printer::{Data, Printer};
use crate::diagnostic::{Code, Diagnostic, Remedy};
use crate::trust_store::policy_bundle::PolicyBundle;

/// Where a bundle is written.
pub(super) struct BundleOutput {
    path: PathBuf,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    NewFile,
    AnyFile,
    Directory,
}

impl BundleOutput {
    /// Checks that `path` can be written, before anything is fetched. With `force` an existing file is replaced.
    ///
    /// # Errors
    ///
    /// `output/exists` if something is there.
    pub(super) fn check(path: PathBuf, force: bool) -> Result<Self, Diagnostic> {
        let name = path.to_string_lossy();
        let is_archive = [".tar.gz", ".tgz"].iter().any(|end| name.ends_with(end));
        let kind = match (is_archive, force) {
            (true, true) => Kind::AnyFile,
            (true, false) => Kind::NewFile,
            (false, _) => Kind::Directory,
        };
        let is_free = match kind {
            Kind::AnyFile => !path.is_dir(),
            Kind::NewFile => path.symlink_metadata().is_err(),
            Kind::Directory => path.symlink_metadata().is_err() || is_empty(&path),
        };
        if is_free { Ok(Self { path, kind }) } else { Err(exists(&path, kind)) }
    }

    /// Writes the bundle.
    ///
    /// # Errors
    ///
    /// `output/write`, and `output/exists` if something is there now.
    pub(super) fn write(&self, bundle: &PolicyBundle, printer: &Printer) -> Result<(), Diagnostic> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => exists(&self.path, self.kind),
            _ => cannot_write(&self.path, &error),
        };
        match self.kind {
            Kind::AnyFile => {
                let archive = bundle.to_tar_gz().map_err(failed)?;
                write_file(&self.path, Data::Raw(&archive), printer)
            }
            Kind::NewFile => write_new_file(&self.path, &bundle.to_tar_gz().map_err(failed)?).map_err(failed),
            Kind::Directory => self.write_directory(bundle).map_err(failed),
        }
    }

    fn write_directory(&self, bundle: &PolicyBundle) -> io::Result<()> {
        let parent =
            self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        parent.metadata()?;
        let whole = tempfile::Builder::new().prefix(".dhi-").tempdir_in(parent)?;
        let content = whole.path().join("content");
        fs::create_dir(&content)?;
        for file in bundle.files() {
            // The path stays in the bundle: it was checked when the bundle was read.
            let path = content.join(file.path);
            fs::create_dir_all(path.parent().unwrap_or(&content))?;
            fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .open(&path)?
                .write_all(file.text.as_bytes())?;
        }
        // Some systems rename to no existing directory. This one is empty, else the error stops it.
        match fs::remove_dir(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::rename(&content, &self.path)
    }
}

fn is_empty(directory: &Path) -> bool {
    fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_none())
}

fn exists(path: &Path, kind: Kind) -> Diagnostic {
    let path = path.display();
    let (what, text) = match kind {
        Kind::NewFile => ("exists already", "name another file, or replace it with `--force`"),
        Kind::AnyFile => ("is a directory", "name a file"),
        Kind::Directory => ("exists already and is not an empty directory", "name a new directory"),
    };
    Diagnostic::new(Code::OUTPUT_EXISTS, format!("`{path}` {what}"))
        .remedy(Remedy::ChangeCommandLine { text: text.to_owned() })
}
