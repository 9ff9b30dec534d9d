//! One run that applies VEX to reports: everything that the flags name is read and verified, then each finding is
//! decided.

use std::sync::Arc;

use clap::Args;
use jiff::Timestamp;

use super::super::hint_texts::CommandHints;
use super::super::printer::Printer;
use super::super::selection::reference;
use super::repo;
use super::reports::{self, Report};
use super::rules::RuleArguments;
use super::sources::{ImageArguments, SourceArguments};
use super::verifying::{Opened, VerifyingArguments};
use crate::diagnostic::{Code, Diagnostic, Exit};
use crate::gate::vex::{Effect, Loaded, Problem, ReportSubject, RepositoryLookup, VexOptions};
use crate::oci::Reference;
use crate::report::{AppliedRun, ImageEvidence, Shown};
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

    #[command(flatten)]
    pub(in crate::cli) verifying: VerifyingArguments,
}

/// The result of applying VEX to reports.
pub(in crate::cli) struct Application {
    /// The reports as read, in the order given.
    pub(in crate::cli) reports: Vec<ScanReport>,
    /// The decisions.
    pub(in crate::cli) applied: Applied,
    /// The rules.
    pub(in crate::cli) rules: Rules,
    /// What was loaded, if the caller does not have it.
    loaded: Option<Loaded>,
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
        let opened = self.verifying.open(self.sources.platform.as_slice(), printer).await?;
        let options = self.options(image.image.as_deref().map(reference).transpose()?, &opened)?;
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
        let application = self.decided(reports, &mut loaded, opened.now);
        Ok(Application { loaded: Some(loaded), ..application })
    }

    /// Which VEX is loaded for an image.
    ///
    /// # Errors
    ///
    /// The error of the list of repositories, and of a name that is not in it.
    pub(in crate::cli) fn options(
        &self,
        image: Option<Reference>,
        opened: &Opened<'_>,
    ) -> Result<VexOptions, Diagnostic> {
        let SourceArguments { vex, trust_unsigned, max_vex_age, source_priority, .. } = &self.sources;
        Ok(VexOptions {
            image,
            paths: vex.clone(),
            repositories: self.repositories(opened)?,
            trust_unsigned: trust_unsigned.clone(),
            max_age: *max_vex_age,
            priority: source_priority.clone(),
            assume_hardened: self.rules.assume_dhi,
        })
    }

    /// The VEX repositories that the user chose. `None`: none.
    fn repositories(&self, opened: &Opened<'_>) -> Result<Option<RepositoryLookup>, Diagnostic> {
        let repositories = repo::chosen(&self.sources.vex_repo, &opened.session.limits)?;
        if repositories.is_empty() {
            return Ok(None);
        }
        let copies = Arc::new(self.verifying.access.vex_repositories(&opened.session)?);
        let profile = self.rules.rules(opened.now).profile;
        Ok(Some(RepositoryLookup { copies, repositories, profile }))
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
}

/// The reports that another thread read.
fn joined<E>(read: Result<Result<Vec<Report>, Diagnostic>, E>) -> Result<Vec<Report>, Diagnostic> {
    read.unwrap_or_else(|_| Err(Diagnostic::new(Code::BUG_INTERNAL, "the reader of reports ended")))
}

/// What each scan says it is about.
pub(in crate::cli) fn subjects(reports: &[Report]) -> Vec<ReportSubject<'_>> {
    let scans = reports.iter().flat_map(|report| report.scans.iter().map(move |scan| (report, scan)));
    scans.map(|(report, scan)| ReportSubject { report: &report.name, subject: &scan.subject }).collect()
}

/// Decides each finding of the reports by the statements that were loaded.
pub(in crate::cli) fn decided(reports: Vec<Report>, loaded: &mut Loaded, rules: Rules) -> Application {
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
        loaded: None,
        problems: diagnostics(problems),
        incomplete: diagnostics(incomplete),
    }
}

impl Application {
    /// The result with a gate, as renderers read it.
    pub(in crate::cli) fn run<'a>(
        &'a self,
        gate: &'a Gate,
        result: &'a GateResult,
        shown: Shown<'a>,
    ) -> AppliedRun<'a> {
        AppliedRun {
            applied: &self.applied,
            rules: &self.rules,
            gate,
            result,
            shown,
            problems: &self.problems,
            incomplete: &self.incomplete,
            texts: &CommandHints,
        }
    }

    /// What was found about the image whose VEX was loaded.
    pub(super) fn image(&self) -> Option<ImageEvidence<'_>> {
        let loaded = self.loaded.as_ref()?;
        Some(ImageEvidence { evidence: loaded.evidence()?, base: loaded.base_proof() })
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
