//! The flags that tell how an image and its VEX are verified, and what is opened for it.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use jiff::Timestamp;

use super::super::base::BaseArguments;
use super::super::printer::Printer;
use super::super::registry_options::RegistryArguments;
use super::super::selection::repository;
use super::super::session::Session;
use super::super::trust::TrustArguments;
use super::super::verifier::build;
use super::reports::Report;
use crate::diagnostic::Diagnostic;
use crate::gate::vex::{Loaded, ReportSubject, VexOptions};
use crate::gate::{Verifier, VerifierBuilder};
use crate::oci::{Platform, Repository};

/// The flags of every command that loads the VEX of an image.
#[derive(Debug, Args)]
pub(in crate::cli) struct VerifyingArguments {
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
    pub(super) trust: TrustArguments,

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
}

impl VerifyingArguments {
    /// Reads what is trusted, and opens the registries. Only images for `platforms` are verified; without any, all are.
    ///
    /// # Errors
    ///
    /// The error of a file that cannot be read, or of options that contradict each other.
    pub(in crate::cli) async fn open<'a>(
        &self,
        platforms: &[Platform],
        printer: &'a Printer,
    ) -> Result<Opened<'a>, Diagnostic> {
        let now = self.trust.effective_time.unwrap_or_else(Timestamp::now);
        let session = self.access.session(printer)?;
        let builder = Verifier::builder()
            .limits(session.limits.clone())
            .offline(session.is_offline())
            .progress(printer.progress().clone());
        let builder = platforms.iter().cloned().fold(builder, VerifierBuilder::platform);
        let builder = self.namespace.iter().cloned().fold(builder, VerifierBuilder::namespace);
        let builder = self.signed_name.iter().cloned().fold(builder, VerifierBuilder::signed_name);
        let builder = self.attestations.iter().cloned().fold(builder, VerifierBuilder::attestations);
        let verifier = build(self.trust.add_to(self.base.add_to(builder), &session).await?)?;
        let session = session.with_trust(&verifier, now).with_registry(&self.access)?;
        Ok(Opened { verifier, session, now })
    }
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
        Ok(self.verifier.load_vex(&self.session.registry, options, reports, self.now).await?)
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
        let scans = reports.iter().flat_map(|report| &report.scans);
        Ok(self.verifier.add_vex_repositories(loaded, options, scans, self.now).await?)
    }
}
