//! An installed scanner: how it is found, which version it is, and one scan of one image.

mod access;
mod command;
mod find;
mod kind;
mod version;

use std::path::PathBuf;

use bytes::Bytes;
use jiff::Timestamp;

pub use access::Access;
use kind::ScannerKind;

use super::error::Error;
use super::hardened_distribution::{self, Base};
use super::image::{Form, ScanTarget};
use super::limits::{SCAN_TIME, SCANNER_MESSAGES};
use super::running::{Bounds, Broken, Ended, run};
use crate::diagnostic::{Code, Diagnostic, IoCause};
use crate::limits::Exceeded;
use crate::vex::limits::REPORT;
use crate::vex::scan_report::{self, ScanReport};
use crate::vex::{Scan, ScannedKind};

/// A scanner that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanner {
    kind: ScannerKind,
    program: PathBuf,
    version: String,
    /// The time of its vulnerability database, if its version names it.
    database: Option<Timestamp>,
}

/// The report of a scan.
#[derive(Clone, Debug)]
pub struct ScannedReport {
    /// The report as the scanner wrote it.
    pub report: ScanReport,
    /// Its scans. Each is about the image that the scanner got.
    pub scans: Vec<Scan>,
    /// The time of the vulnerability database, if the scanner names it.
    pub database: Option<Timestamp>,
    /// What a reader of the findings should know.
    pub problems: Vec<Diagnostic>,
    /// Why findings may be missing.
    pub incomplete: Vec<Diagnostic>,
}

impl Scanner {
    /// Its name: `grype`, `trivy`.
    pub fn name(&self) -> &'static str {
        self.kind.as_str()
    }

    /// Its version.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Its name with its version, as messages name it.
    fn title(&self) -> String {
        format!("{} {}", self.name(), self.version)
    }

    /// Scans an image. If the scanner does not know the distribution of a hardened image, the image is scanned again as
    /// its base distribution, and the packages are mapped back.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] if the scanner fails, [`Error::Report`] if what it prints is no report, [`Error::Failed`] too if
    /// the report is about another image than it got.
    pub async fn scan(&self, target: &ScanTarget, access: &Access) -> Result<ScannedReport, Error> {
        let (mut scanned, messages) = self.scan_as(target, access, None).await?;
        if !scanned.scans.iter().any(is_unknown) {
            return Ok(scanned);
        }
        let Some(base) = Base::of_label(target.hardened_distribution.as_ref()) else {
            let what = format!(
                "{} knows no distribution of the image, so findings in packages of an operating system may be missing",
                self.title()
            );
            let diagnostic = Diagnostic::new(Code::SCAN_DISTRIBUTION, what);
            // An image without an operating system has no distribution either.
            match target.claims_hardened || says_unknown(&messages) {
                true => scanned.incomplete.push(diagnostic),
                false => scanned.problems.push(diagnostic),
            }
            return Ok(scanned);
        };
        (scanned, _) = self.scan_as(target, access, Some(&base)).await?;
        let what = format!(
            "{} does not know the distribution of the image, which was scanned as {}",
            self.title(),
            base.name()
        );
        match scanned.scans.iter().any(is_unknown) {
            true => scanned.incomplete.push(Diagnostic::new(Code::SCAN_DISTRIBUTION, what)),
            false => scanned.problems.push(Diagnostic::new(Code::SCAN_DISTRIBUTION, what)),
        }
        for scan in &mut scanned.scans {
            hardened_distribution::map_back(scan, &base);
        }
        Ok(scanned)
    }

    async fn scan_as(
        &self,
        target: &ScanTarget,
        access: &Access,
        base: Option<&Base>,
    ) -> Result<(ScannedReport, Vec<u8>), Error> {
        let directory = &access.directory;
        let empty = directory.join("empty.yaml");
        let written = tokio::fs::write(&empty, b"").await;
        written.map_err(|error| Error::Write {
            path: empty.display().to_string(),
            cause: IoCause(&error).to_string(),
        })?;
        let mut command = command::of_program(&self.program, directory);
        command::set_environment(&mut command, self.kind, target, access);
        command.args(command::arguments(self.kind, target, access, base, &empty));
        let bounds = Bounds { output: REPORT, messages: SCANNER_MESSAGES, time: SCAN_TIME };
        let Ended { status, output, messages } = self.ended(run(&mut command, bounds).await)?;
        if !status.success() {
            return Err(self.failed(&format!("it ends with {status}"), &messages));
        }
        let name = format!("the report of {}", self.title());
        let output = Bytes::from(output);
        let database = version::database_of_report(self.kind, &output).or(self.database);
        let (report, mut scans) = scan_report::read(output, &name)?;
        for scan in &mut scans {
            self.bind(scan, target)?;
        }
        let (problems, incomplete) = (Vec::new(), Vec::new());
        Ok((ScannedReport { report, scans, database, problems, incomplete }, messages))
    }

    /// Checks that a scan is about the image that the scanner got, and gives it the name of the image if it read a copy.
    fn bind(&self, scan: &mut Scan, target: &ScanTarget) -> Result<(), Error> {
        let subject = &mut scan.subject;
        let named = subject.manifest_digest.iter().chain(&subject.repo_digests).map(|text| {
            let digest = text.rsplit('@').next().unwrap_or_default();
            digest.parse().ok() == Some(target.digest)
        });
        // Trivy computes the image ID alone of what it reads from a file.
        let config = target.config.map(|config| config.to_string());
        let has_config = config.is_some() && subject.image_id == config;
        let is_bound = match self.kind {
            ScannerKind::Grype => named.clone().any(|is_it| is_it),
            ScannerKind::Trivy => named.clone().any(|is_it| is_it) || (named.count() == 0 && has_config),
        };
        if !is_bound {
            let cause = format!("its report is about another image than {}", target.digest);
            return Err(self.failed(&cause, &[]));
        }
        if let Form::Layout(_) = target.form {
            subject.kind = ScannedKind::Image;
            subject.name.clone_from(&target.reference);
            subject.repo_digests = vec![target.repo_digest.clone()];
        }
        Ok(())
    }

    fn ended(&self, ended: Result<Ended, Broken>) -> Result<Ended, Error> {
        ended.map_err(|broken| match broken {
            Broken::Failed(cause) => self.failed(&cause, &[]),
            Broken::TooLong(bound) => Error::Exceeded {
                scanner: self.title(),
                exceeded: Exceeded::new("the size of its report", bound, "bytes"),
            },
        })
    }

    fn failed(&self, cause: &str, messages: &[u8]) -> Error {
        Error::Failed { scanner: self.title(), cause: cause.to_owned(), messages: last_lines(messages) }
    }
}

/// Whether the scanner recognised no distribution, or one that it has no data for.
fn is_unknown(scan: &Scan) -> bool {
    scan.subject.distribution.as_ref().is_none_or(|(name, _)| name.is_empty() || name == "dhi")
}

/// Whether a scanner says that it could not match packages, since it does not know their distribution. It can only make a
/// result less certain.
fn says_unknown(messages: &[u8]) -> bool {
    let text = String::from_utf8_lossy(messages);
    ["unable to determine the os distribution", "distro type could not be determined"]
        .iter()
        .any(|known| text.to_ascii_lowercase().contains(known))
}

/// The lines of messages that are shown.
const SHOWN_LINES: usize = 8;
/// The characters of a line that are shown.
const SHOWN_CHARACTERS: usize = 400;

/// The last lines that are not empty, each cut.
fn last_lines(messages: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(messages);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let first = lines.len().saturating_sub(SHOWN_LINES);
    let shown = lines.iter().skip(first);
    shown.map(|line| line.chars().take(SHOWN_CHARACTERS).collect()).collect()
}
