//! Where the findings of an image come from: a scanner, a report in a file, or the attested scan of the image.

use std::ffi::OsString;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::super::printer::Printer;
use super::super::vex::reports::{self, Report};
use super::super::vex::run::{Application, ApplyingArguments, subjects};
use super::super::vex::verifying::Opened;
use super::attested::attested_scan;
use super::directory::ScanDirectory;
use crate::diagnostic::{Code, Diagnostic, Remedy};
use crate::evidence::{Evidence, PlatformEvidence};
use crate::gate::vex::{Loaded, VexOptions};
use crate::oci::{Platform, Reference, Repository};
use crate::registry::Credentials;
use crate::report::{ComparedImage, FindingSource};
use crate::scan::compare::{Unexamined, examine};
use crate::scan::{Access, ScanTarget, Scanner, chosen_image};
use crate::vex::scan_report::ReportFormat;
use crate::vex::{Scan, ScannedKind};

/// The value of `--report` that means the attested scan.
pub(in crate::cli) const ATTESTATION: &str = "attestation";

#[derive(Debug, Args)]
#[command(next_help_heading = "Findings")]
pub(super) struct FindingArguments {
    /// Scanner: grype, trivy, or the path of one
    ///
    /// By default Grype, else Trivy, whichever is in `PATH`.
    #[arg(long, value_name = "SCANNER", value_parser = NonEmptyStringValueParser::new(), conflicts_with = "report")]
    scanner: Option<String>,

    /// Report of a scanner about the image, or `attestation`
    ///
    /// `attestation` is the verified vulnerability scan that is attached to the image. For several images, one report for
    /// each, in their order.
    #[arg(long, value_name = "REPORT", value_hint = clap::ValueHint::FilePath)]
    report: Vec<String>,
}

/// Where the findings of one image come from.
pub(super) enum Given {
    /// A scanner that is run.
    Scanner,
    /// A report that was read.
    Report(Box<Report>),
    /// The attested scan of the image.
    Attestation,
}

impl FindingArguments {
    /// Where the findings of each image come from. Reports are read.
    ///
    /// # Errors
    ///
    /// `usage/arguments` if not every image has a report, `vex/report` for one that cannot be read.
    pub(super) fn read(&self, images: usize) -> Result<Vec<Given>, Diagnostic> {
        if self.report.is_empty() {
            return Ok((0..images).map(|_| Given::Scanner).collect());
        }
        // One word is enough for all images.
        let only_attested = matches!(self.report.as_slice(), [only] if only == ATTESTATION);
        if only_attested {
            return Ok((0..images).map(|_| Given::Attestation).collect());
        }
        if self.report.len() != images {
            let what = format!("{images} images need as many reports, and {} are given", self.report.len());
            let text = "give `--report` once for each image, in their order".to_owned();
            return Err(
                Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text })
            );
        }
        let files: Vec<String> =
            self.report.iter().filter(|report| *report != ATTESTATION).cloned().collect();
        let mut read = reports::read_all(&files)?.into_iter();
        let given = self.report.iter().map(|report| match report.as_str() {
            ATTESTATION => Some(Given::Attestation),
            _ => read.next().map(|report| Given::Report(Box::new(report))),
        });
        Ok(given.flatten().collect())
    }
}

/// Finds the findings of images, and decides about them.
pub(super) struct Finder<'a> {
    applying: &'a ApplyingArguments,
    printer: &'a Printer,
    /// For the platform that is scanned: the one that the user names, or that of this machine.
    opened: Opened<'a>,
    /// For images without that platform, and reports that name none.
    for_all: Option<Opened<'a>>,
    scanner: Option<Scanner>,
    directory: &'a ScanDirectory,
}

type Found = (Loaded, Application, FindingSource);

impl<'a> Finder<'a> {
    /// Opens the registries, and finds the scanner if one is needed.
    ///
    /// # Errors
    ///
    /// The error of options that contradict each other, or `scan/no-scanner`.
    pub(super) async fn open(
        arguments: &FindingArguments,
        applying: &'a ApplyingArguments,
        given: &[Given],
        directory: &'a ScanDirectory,
        printer: &'a Printer,
    ) -> Result<Self, Diagnostic> {
        let scanner = if given.iter().any(|given| matches!(given, Given::Scanner)) {
            let path: OsString = std::env::var_os("PATH").unwrap_or_default();
            Some(Scanner::find(arguments.scanner.as_deref(), &path, directory.path()).await?)
        } else {
            None
        };
        let named = applying.sources.platform.clone();
        let opened = applying.verifying.open(&[named.unwrap_or_else(own_platform)], printer).await?;
        Ok(Self { applying, printer, opened, for_all: None, scanner, directory })
    }

    /// The findings of one image with the decisions about them.
    ///
    /// # Errors
    ///
    /// Why its findings are not known.
    pub(super) async fn find(&mut self, reference: &Reference, given: Given) -> Result<Found, Diagnostic> {
        match given {
            Given::Report(report) => self.in_report(reference, *report).await,
            Given::Attestation => self.attested(reference).await,
            Given::Scanner => self.scanned(reference).await,
        }
    }

    async fn in_report(&mut self, reference: &Reference, report: Report) -> Result<Found, Diagnostic> {
        let source = FindingSource::File { name: report.name.clone() };
        check_subject(&report)?;
        let applying = self.applying;
        let reports = vec![report];
        // The report may be about any platform.
        let has_platform = applying.sources.platform.is_some();
        let opened = if has_platform { &self.opened } else { self.for_all().await? };
        let options = applying.options(Some(reference.clone()), opened)?;
        let mut loaded = opened.load(&options, &subjects(&reports)).await?;
        opened.add_repositories(&mut loaded, &options, &reports).await?;
        let application = self.applying.decided(reports, &mut loaded, self.opened.now);
        Ok((loaded, application, source))
    }

    async fn attested(&mut self, reference: &Reference) -> Result<Found, Diagnostic> {
        let (loaded, options, is_for_all) = self.load(reference).await?;
        let opened = self.opened_for(is_for_all);
        let (evidence, image) = chosen(&loaded)?;
        let registry = &opened.session.registry;
        let max_age = self.applying.sources.max_vex_age;
        let (proof, now) = (loaded.base_proof(), opened.now);
        let (report, attested) =
            attested_scan(&opened.verifier, registry, evidence, proof, image, max_age, now).await?;
        let source = FindingSource::Attestation {
            digest: attested.attestation,
            predicate_type: attested.predicate_type,
            signers: attested.signers,
            scanner: attested.scanner,
            time: attested.time,
        };
        let (loaded, mut application, source) = self.decided(loaded, &options, vec![report], source).await?;
        attested.incomplete.into_iter().for_each(|problem| application.add_incomplete(problem));
        Ok((loaded, application, source))
    }

    async fn scanned(&mut self, reference: &Reference) -> Result<Found, Diagnostic> {
        let Some(scanner) = self.scanner.clone() else {
            return Err(Diagnostic::new(Code::BUG_INTERNAL, "no scanner was looked for"));
        };
        let (loaded, options, is_for_all) = self.load(reference).await?;
        let opened = self.opened_for(is_for_all);
        let (evidence, image) = chosen(&loaded)?;
        let registry = &opened.session.registry;
        let (proof, base) = (loaded.base_proof(), loaded.base_image(image.digest));
        let target = ScanTarget::new(evidence, proof, image, base, registry, self.directory.path()).await?;
        let access = self.access(evidence).await?;
        let progress = self.printer.progress();
        progress.program(Some(format!("{} scans {reference}", scanner.name())));
        let scanned = scanner.scan(&target, &access).await;
        progress.program(None);
        let scanned = scanned?;
        let source = FindingSource::Scanner {
            name: scanner.name(),
            version: scanner.version().to_owned(),
            database: scanned.database,
        };
        let name = format!("{} {}", scanner.name(), scanner.version());
        let reports = vec![Report { name, report: scanned.report, scans: scanned.scans }];
        loaded.check(&subjects(&reports))?;
        let (loaded, mut application, source) = self.decided(loaded, &options, reports, source).await?;
        scanned.problems.into_iter().for_each(|problem| application.add_problem(problem));
        scanned.incomplete.into_iter().for_each(|problem| application.add_incomplete(problem));
        Ok((loaded, application, source))
    }

    async fn decided(
        &self,
        mut loaded: Loaded,
        options: &VexOptions,
        reports: Vec<Report>,
        source: FindingSource,
    ) -> Result<Found, Diagnostic> {
        // What the repositories are asked is known only after the scan.
        self.opened.add_repositories(&mut loaded, options, &reports).await?;
        let application = self.applying.decided(reports, &mut loaded, self.opened.now);
        Ok((loaded, application, source))
    }

    /// Loads the VEX of the image for the platform; of all its platforms if it has none for this machine and the user
    /// names none. Returns the options, and whether it is of all.
    async fn load(&mut self, reference: &Reference) -> Result<(Loaded, VexOptions, bool), Diagnostic> {
        let options = self.applying.options(Some(reference.clone()), &self.opened)?;
        let loaded = self.opened.load(&options, &[]).await?;
        let has_image = loaded.evidence().is_some_and(|evidence| !evidence.platforms.is_empty());
        if has_image || self.applying.sources.platform.is_some() {
            return Ok((loaded, options, false));
        }
        let loaded = self.for_all().await?.load(&options, &[]).await?;
        Ok((loaded, options, true))
    }

    fn opened_for(&self, is_for_all: bool) -> &Opened<'a> {
        self.for_all.as_ref().filter(|_| is_for_all).unwrap_or(&self.opened)
    }

    /// What is compared of an image: of the platform that is scanned, or of the only one.
    ///
    /// # Errors
    ///
    /// If the reference cannot be resolved to one image.
    pub(super) async fn examine(&mut self, reference: &Reference) -> Result<ComparedImage, Diagnostic> {
        match self.opened.examine(reference).await {
            Err(Unexamined::NoImage(_)) if self.applying.sources.platform.is_none() => {
                Ok(self.for_all().await?.examine(reference).await?)
            }
            examined => Ok(examined?),
        }
    }

    /// What verifies images of all platforms.
    async fn for_all(&mut self) -> Result<&Opened<'a>, Diagnostic> {
        let opened = match self.for_all.take() {
            Some(opened) => opened,
            None => self.applying.verifying.open(&[], self.printer).await?,
        };
        Ok(self.for_all.insert(opened))
    }

    /// What the scanner may use.
    async fn access(&self, evidence: &Evidence) -> Result<Access, Diagnostic> {
        let arguments = &self.applying.verifying.access;
        let Repository::Remote(name) = &evidence.reference.repository else {
            let directory = self.directory.path().to_owned();
            return Ok(Access { directory, offline: arguments.offline, ..Access::default() });
        };
        if arguments.offline {
            let what = "a scanner needs the network for an image of a registry, and `--offline` forbids it";
            let text = "scan a layout: `oci:DIR`, or give a report with `--report FILE`".to_owned();
            return Err(
                Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(Remedy::ChangeCommandLine { text })
            );
        }
        let credentials = Credentials::load()?;
        let login = credentials.login_file(name, self.printer.secrets()).await?;
        let logins = login.map(|text| self.directory.write_login(&text)).transpose()?;
        Ok(Access {
            directory: self.directory.path().to_owned(),
            plain_http: arguments.plain_hosts()?,
            insecure: arguments.insecure_hosts()?,
            logins,
            offline: false,
        })
    }
}

impl Opened<'_> {
    async fn examine(&self, reference: &Reference) -> Result<ComparedImage, Unexamined> {
        examine(&self.verifier, &self.session.registry, reference, self.now).await
    }
}

/// Refuses a report about nothing, such as one of a cluster without images: no finding in it would be bound to the image,
/// and none would look like a pass.
fn check_subject(report: &Report) -> Result<(), Diagnostic> {
    let is_of_cluster = report.report.format() == ReportFormat::TrivyCluster;
    let is_subject = |scan: &Scan| !is_of_cluster || scan.subject.kind == ScannedKind::Image;
    if report.scans.iter().any(is_subject) {
        return Ok(());
    }
    let what = format!("`{}` is about no image: it has no scan of one", report.name);
    Err(Diagnostic::new(Code::VEX_REPORT, what))
}

/// The only image that can be scanned.
fn chosen(loaded: &Loaded) -> Result<(&Evidence, &PlatformEvidence), Diagnostic> {
    let Some(evidence) = loaded.evidence() else {
        return Err(Diagnostic::new(Code::BUG_INTERNAL, "no image was resolved"));
    };
    Ok((evidence, chosen_image(evidence)?))
}

/// The platform of this machine, as images name it.
fn own_platform() -> Platform {
    let architecture = std::env::consts::ARCH.to_owned();
    Platform { os: "linux".to_owned(), architecture, variant: None }.normalized()
}
