//! Writes results to standard output and to files.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use super::output_file::write_file;
use super::printer::{Data, Printer, file_of};
use crate::diagnostic::{Code, Diagnostic, IoCause, Remedy};
use crate::registry::write_remedy;

/// Files that results are written to. Each can hold one result.
#[derive(Default)]
pub(super) struct OutputFiles(BTreeSet<PathBuf>);

impl OutputFiles {
    /// Adds a file.
    ///
    /// # Errors
    ///
    /// `usage/arguments` if another result goes to the same file.
    pub(super) fn add(&mut self, file: &Path) -> Result<(), Diagnostic> {
        let directory =
            file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // A file that does not exist has no canonical path, but its directory has one.
        let directory = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
        let whole = file.file_name().map_or_else(|| file.to_owned(), |name| directory.join(name));
        if self.0.insert(whole) {
            return Ok(());
        }
        let what = format!(
            "two results would be written to `{}`, and the last would replace the first",
            file.display()
        );
        let text = "write each result to a file of its own".to_owned();
        Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text }))
    }
}

/// Writes to standard output.
pub(super) fn write_data(data: Data<'_>, printer: &Printer) -> Result<(), Diagnostic> {
    printer.data(&mut &*printer.redacted(data)).map_err(|error| cannot_write_stdout(&error))
}

/// The error for standard output.
pub(super) fn cannot_write_stdout(error: &io::Error) -> Diagnostic {
    Diagnostic::new(Code::OUTPUT_WRITE, format!("standard output cannot be written: {}", IoCause(error)))
        .maybe_remedy(write_remedy(error))
}

/// Writes to `file`, or to standard output if there is none.
pub(super) fn write(file: Option<&Path>, data: Data<'_>, printer: &Printer) -> Result<(), Diagnostic> {
    match file_of(file) {
        Some(file) => write_file(file, data, printer),
        None => write_data(data, printer),
    }
}
