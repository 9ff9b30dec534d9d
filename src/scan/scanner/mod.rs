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
use super::hardened_distribution::{self, Base, Labelled};
use super::image::{Form, ScanTarget};
use super::layout;
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
    /// its base distribution, and the packages are mapped back. Unless it is proven what that distribution is, the result
    /// is incomplete.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] if the scanner fails, [`Error::Report`] if what it prints is no report, [`Error::Failed`] too if
    /// the report is about another image than it got, or is no report of this scanner.
    pub async fn scan(&self, target: &ScanTarget, access: &Access) -> Result<ScannedReport, Error> {
        let (mut scanned, messages) = self.scan_as(target, access, None).await?;
        if !scanned.scans.iter().any(is_unknown) {
            return Ok(scanned);
        }
        let Some(Labelled { base, is_proven }) = target.labelled.clone() else {
            let what = format!(
                "{} knows no distribution of the image, so findings in packages of an operating system may be missing",
                self.title()
            );
            let diagnostic = Diagnostic::new(Code::SCAN_DISTRIBUTION, what);
            // An image without an operating system has no distribution either.
            match target.claims_hardened
                || says_unknown(&messages)
                || scanned.scans.iter().any(has_unknown_packages)
            {
                true => scanned.incomplete.push(diagnostic),
                false => scanned.problems.push(diagnostic),
            }
            return Ok(scanned);
        };
        let named: Vec<String> = scanned.scans.iter().filter_map(hardened_release).collect();
        let (mut scanned, messages) = self.scan_as(target, access, Some(&base)).await?;
        let what = format!(
            "{} does not know the distribution of the image, which was scanned as {}",
            self.title(),
            base.name()
        );
        let diagnostic = Diagnostic::new(Code::SCAN_DISTRIBUTION, what);
        let cause = if !is_proven {
            Some(
                "anyone can write the label that names it, and nothing proves that the image is hardened"
                    .to_owned(),
            )
        } else if let Some(other) = named.iter().find(|release| !base.is_release(release)) {
            Some(format!("the image itself names the release {other}"))
        } else if scanned.scans.iter().any(is_unknown) || says_unknown(&messages) {
            Some("it does not know that one either".to_owned())
        } else if scanned.scans.iter().any(|scan| hardened_distribution::has_other_packages(scan, &base)) {
            Some("it found packages of another distribution".to_owned())
        } else {
            None
        };
        match cause {
            Some(cause) => scanned.incomplete.push(diagnostic.fact("cause", cause)),
            None => scanned.problems.push(diagnostic),
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
        // What a scanner unpacks is removed with its directory, even if it is killed.
        let temporary = directory.join("temporary");
        layout::make(&temporary).await?;
        let mut command = command::of_program(&self.program, directory);
        command.env("TMPDIR", &temporary);
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
        let format = report.format();
        if format != self.kind.format() {
            let cause = format!("it prints {format} in place of {}", self.kind.format());
            return Err(self.failed(&cause, &messages));
        }
        // Nothing would be bound to the image.
        if scans.is_empty() {
            return Err(self.failed("its report is about nothing", &messages));
        }
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

/// What Trivy calls the distribution of packages if it recognises none.
const NONE: &str = "none";

/// Whether the scanner recognised no distribution, or one that it has no data for.
fn is_unknown(scan: &Scan) -> bool {
    let distribution = scan.subject.distribution.as_ref();
    distribution.is_none_or(|(name, _)| matches!(name.as_str(), "" | NONE | hardened_distribution::ID))
}

/// Whether the scanner found packages of a distribution that it did not recognise.
fn has_unknown_packages(scan: &Scan) -> bool {
    scan.subject.distribution.as_ref().is_some_and(|(name, _)| name == NONE)
}

/// The release of `dhi` that the scanner read in the image.
fn hardened_release(scan: &Scan) -> Option<String> {
    let (name, release) = scan.subject.distribution.as_ref()?;
    (name == hardened_distribution::ID && !release.is_empty()).then(|| release.clone())
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
