//! Reads the reports that a command line names.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use bytes::Bytes;

use super::super::printer::STDOUT;
use crate::diagnostic::{Code, Diagnostic, Remedy};
use crate::limits::{ReadError, read_whole};
use crate::vex::Scan;
use crate::vex::limits::REPORT;
use crate::vex::scan_report::{self, ScanReport};

/// A report as read.
pub(in crate::cli) struct Report {
    /// Its name as the user gave it; `<stdin>` for standard input.
    pub(in crate::cli) name: String,
    /// Its text and where its findings are.
    pub(in crate::cli) report: ScanReport,
    /// What it reports.
    pub(in crate::cli) scans: Vec<Scan>,
}

/// Reads all reports. Nothing is written before all of them are read.
///
/// # Errors
///
/// `vex/report` for a file that cannot be read or is no report of a known scanner.
pub(in crate::cli) fn read_all(files: &[String]) -> Result<Vec<Report>, Diagnostic> {
    if files.iter().filter(|file| *file == STDOUT).count() > 1 {
        let text = "name `-` once".to_owned();
        let what = "standard input can be read only once";
        return Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text }));
    }
    files.iter().map(|file| read(file)).collect()
}

/// Reads one report.
pub(in crate::cli) fn read(file: &str) -> Result<Report, Diagnostic> {
    let (name, bytes) = if file == STDOUT {
        ("<stdin>".to_owned(), bytes(std::io::stdin().lock()))
    } else {
        let opened = File::open(Path::new(file)).map_err(ReadError::Failed);
        (file.to_owned(), opened.and_then(bytes))
    };
    let bytes = bytes.map_err(|error| cannot_read(&name, &error))?;
    let (report, scans) = scan_report::read(bytes, &name)?;
    Ok(Report { name, report, scans })
}

fn bytes(from: impl Read) -> Result<Bytes, ReadError> {
    read_whole(from, REPORT).map(Bytes::from)
}

fn cannot_read(name: &str, error: &ReadError) -> Diagnostic {
    Diagnostic::new(Code::VEX_REPORT, format!("`{name}` cannot be read: {error}"))
}
