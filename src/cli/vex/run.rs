//! One run that applies VEX to reports: everything that the flags name is read and verified, then each finding is
//! decided.

use std::sync::Arc;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use jiff::Timestamp;

use super::super::base::BaseArguments;
use super::super::hint_texts::CommandHints;
use super::super::printer::Printer;
use super::super::registry_options::RegistryArguments;
use super::super::selection::{reference, repository};
use super::super::session::Session;
use super::super::trust::TrustArguments;
use super::super::verifier::build;
use super::repo;
use super::reports::{self, Report};
use super::rules::RuleArguments;
use super::sources::{ImageArguments, SourceArguments};
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::gate::vex::{Effect, Loaded, Problem, ReportSubject, RepositoryLookup, VexOptions};
use crate::gate::{Verifier, VerifierBuilder};
use crate::oci::{Platform, Reference, Repository};
use crate::report::AppliedRun;
use crate::vex::decide::decide;
use crate::vex::scan_report::ScanReport;
use crate::vex::{Applied, AppliedReport, AppliedScan, Gate, GateResult, Rules, Scan, StatementSet};

/// The flags of every command that applies VEX to reports.
#[derive(Debug, Args)]
pub(in crate::cli) struct ApplyingArguments {
    #[command(flatten)]
    pub(in crate::cli) sources: SourceArguments,

    #[command(flatten)]
    rules: RuleArguments,

    /// Accept customizations of ORG
    ///
    /// An image that this organisation customized counts as a hardened image. Repeatable.
    #[arg(long, value_name = "ORG", visible_alias = "org", value_parser = NonEmptyStringValueParser::new())]
    namespace: Vec<String>,

    /// Require this name in the signed payloads, such as `dhi/python`
    #[arg(long, value_name = "NAME")]
    signed_name: Option<String>,

    /// Read attestations and signatures only from REPO
    #[arg(long, value_name = "REPO", value_parser = repository)]
    attestations: Option<Repository>,

    #[command(flatten)]
    base: BaseArguments,

    #[command(flatten)]
    trust: TrustArguments,

    #[command(flatten)]
    pub(in crate::cli) access: RegistryArguments,
}

/// Everything that a run needs to load VEX: what is trusted, and the registries.
pub(in crate::cli) struct Opened<'a> {
    /// What is trusted and what is verified.
    pub(in crate::cli) verifier: Verifier,
    /// The registries.
    pub(in crate::cli) session: Session<'a>,
    /// The time of the run.
    pub(in crate::cli) now: Timestamp,
    /// The VEX repositories that the user chose.
    repositories: Option<RepositoryLookup>,
}

/// The result of applying VEX to reports.
pub(in crate::cli) struct Application {
    /// The reports as read, in the order given.
    pub(in crate::cli) reports: Vec<ScanReport>,
    /// The decisions.
    pub(in crate::cli) applied: Applied,
    /// The rules.
    pub(in crate::cli) rules: Rules,
    /// What could not be used, and leaves the decisions as they are.
    problems: Vec<Diagnostic>,
    /// What could not be used, so that statements that change a decision, or findings, may be missing.
    incomplete: Vec<Diagnostic>,
}

impl ApplyingArguments {
    /// Reads the reports, loads and verifies VEX, and decides each finding.
    ///
    /// # Errors
    ///
    /// The error of an input that cannot be read, of a report about another image, or of an image that cannot be
    /// resolved. Everything else that could not be used is part of the result.
    pub(super) async fn apply(
        &self,
        image: &ImageArguments,
        files: &[String],
        printer: &Printer,
    ) -> Result<Application, Diagnostic> {
        let options = self.options(image.image.as_deref().map(reference).transpose()?);
        let opened = self.open(self.sources.platform.as_ref(), printer).await?;
        let read = {
            let files = files.to_vec();
            tokio::task::spawn_blocking(move || reports::read_all(&files))
        };
        // Reports and documents are large. Only the check of an image needs the reports first.
        let (reports, mut loaded) = if options.image.is_some() {
            let reports = joined(read.await)?;
            let loaded = opened.load(&options, &subjects(&reports)).await?;
            (reports, loaded)
        } else {
            let loaded = opened.load(&options, &[]).await;
            (joined(read.await)?, loaded?)
        };
        opened.add_repositories(&mut loaded, &options, &reports).await?;
        Ok(self.decided(reports, &mut loaded, opened.now))
    }

    /// Reads what is trusted, and opens the registries. Only images for `platform` are verified.
    ///
    /// # Errors
    ///
    /// The error of a file that cannot be read, or of options that contradict each other.
    pub(in crate::cli) async fn open<'a>(
        &self,
        platform: Option<&Platform>,
        printer: &'a Printer,
    ) -> Result<Opened<'a>, Diagnostic> {
        let now = self.trust.effective_time.unwrap_or_else(Timestamp::now);
        let session = self.access.session(printer)?;
        let builder = Verifier::builder()
            .limits(session.limits.clone())
            .offline(session.is_offline())
            .progress(printer.progress().clone());
        let builder = platform.into_iter().cloned().fold(self.add_to(builder), VerifierBuilder::platform);
        let verifier = build(self.trust.add_to(builder, &session).await?)?;
        let chosen = repo::chosen(&self.sources.vex_repo, &session.limits)?;
        let repositories = if chosen.is_empty() {
            None
        } else {
            let copies = Arc::new(self.access.vex_repositories(&session)?);
            let profile = self.rules.rules(now).profile;
            Some(RepositoryLookup { copies, repositories: chosen, profile })
        };
        let session = session.with_trust(&verifier, now).with_registry(&self.access)?;
        Ok(Opened { verifier, session, now, repositories })
    }

    /// Which VEX is loaded for an image.
    pub(in crate::cli) fn options(&self, image: Option<Reference>) -> VexOptions {
        let SourceArguments { vex, trust_unsigned, max_vex_age, source_priority, .. } = &self.sources;
        VexOptions {
            image,
            paths: vex.clone(),
            repositories: None,
            trust_unsigned: trust_unsigned.clone(),
            max_age: *max_vex_age,
            priority: source_priority.clone(),
            assume_hardened: self.rules.assume_dhi,
        }
    }

    /// Whether suppressions without proof fail the gate.
    pub(in crate::cli) fn requires_verified(&self) -> bool {
        self.rules.rules(Timestamp::UNIX_EPOCH).require_verified
    }

    /// Decides each finding of the reports.
    pub(in crate::cli) fn decided(
        &self,
        reports: Vec<Report>,
        loaded: &mut Loaded,
        now: Timestamp,
    ) -> Application {
        decided(reports, loaded, self.rules.rules(now))
    }

    /// Adds what is verified about the image to `builder`.
    fn add_to(&self, builder: VerifierBuilder) -> VerifierBuilder {
        let builder = self.namespace.iter().cloned().fold(builder, VerifierBuilder::namespace);
        let builder = self.signed_name.iter().cloned().fold(builder, VerifierBuilder::signed_name);
        let builder = self.attestations.iter().cloned().fold(builder, VerifierBuilder::attestations);
        self.base.add_to(builder)
    }
}

/// The reports that another thread read.
fn joined<E>(read: Result<Result<Vec<Report>, Diagnostic>, E>) -> Result<Vec<Report>, Diagnostic> {
    read.unwrap_or_else(|_| Err(Diagnostic::new(Code::BUG_INTERNAL, "the reader of reports ended")))
}

impl Opened<'_> {
    /// Loads and verifies VEX, without what VEX repositories list.
    ///
    /// # Errors
    ///
    /// The error of a document that cannot be read, of a report about another image, or of an image that cannot be
    /// resolved.
    pub(in crate::cli) async fn load(
        &self,
        options: &VexOptions,
        reports: &[ReportSubject<'_>],
    ) -> Result<Loaded, Diagnostic> {
        let options = self.with_repositories(options);
        Ok(self.verifier.load_vex(&self.session.registry, &options, reports, self.now).await?)
    }

    /// Adds what VEX repositories list for packages of these reports.
    ///
    /// # Errors
    ///
    /// The error of a key that cannot be used.
    pub(in crate::cli) async fn add_repositories(
        &self,
        loaded: &mut Loaded,
        options: &VexOptions,
        reports: &[Report],
    ) -> Result<(), Diagnostic> {
        let options = self.with_repositories(options);
        let scans = reports.iter().flat_map(|report| &report.scans);
        Ok(self.verifier.add_vex_repositories(loaded, &options, scans, self.now).await?)
    }

    fn with_repositories(&self, options: &VexOptions) -> VexOptions {
        VexOptions { repositories: self.repositories.clone(), ..options.clone() }
    }
}

/// What each scan says it is about.
pub(in crate::cli) fn subjects(reports: &[Report]) -> Vec<ReportSubject<'_>> {
    let scans = reports.iter().flat_map(|report| report.scans.iter().map(move |scan| (report, scan)));
    scans.map(|(report, scan)| ReportSubject { report: &report.name, subject: &scan.subject }).collect()
}

fn decided(reports: Vec<Report>, loaded: &mut Loaded, rules: Rules) -> Application {
    let statements = StatementSet::new(std::mem::take(&mut loaded.documents));
    let mut texts = Vec::new();
    let mut applied = Vec::new();
    for Report { name, report, scans } in reports {
        let decide = |(index, mut scan): (usize, Scan)| {
            loaded.set_origins(&scan.subject, scan.findings.iter_mut().map(|finding| &mut finding.package));
            let facts = loaded.facts(&scan.subject);
            let mut decisions = decide(&scan, &facts, &statements, &rules);
            report.keep_rejected(index, &mut decisions);
            AppliedScan { scan, facts, decisions }
        };
        let scans = scans.into_iter().enumerate().map(decide).collect();
        texts.push(report);
        applied.push(AppliedReport { name, scans });
    }
    let (incomplete, problems): (Vec<Problem>, Vec<Problem>) = std::mem::take(&mut loaded.problems)
        .into_iter()
        .partition(|problem| problem.effect == Effect::Incomplete);
    let diagnostics =
        |problems: Vec<Problem>| problems.into_iter().map(|problem| problem.diagnostic).collect();
    let applied = Applied { reports: applied, statements };
    Application {
        reports: texts,
        applied,
        rules,
        problems: diagnostics(problems),
        incomplete: diagnostics(incomplete),
    }
}

impl Application {
    /// The result with a gate, as renderers read it.
    pub(in crate::cli) fn run<'a>(&'a self, gate: &'a Gate, result: &'a GateResult) -> AppliedRun<'a> {
        AppliedRun {
            applied: &self.applied,
            rules: &self.rules,
            gate,
            result,
            problems: &self.problems,
            incomplete: &self.incomplete,
            texts: &CommandHints,
        }
    }

    /// Adds what a reader of the findings should know.
    pub(in crate::cli) fn add_problem(&mut self, problem: Diagnostic) {
        self.problems.push(problem);
    }

    /// Adds why findings may be missing.
    pub(in crate::cli) fn add_incomplete(&mut self, problem: Diagnostic) {
        self.incomplete.push(problem);
    }

    /// What could not be used, as people read it.
    pub(super) fn diagnostics(&self) -> impl Iterator<Item = &Diagnostic> {
        self.incomplete.iter().chain(&self.problems)
    }

    /// The exit code, if statements that change a decision may be missing.
    pub(super) fn exit(&self) -> Exit {
        self.incomplete.iter().map(Diagnostic::exit).max().unwrap_or(Exit::Pass)
    }
}
