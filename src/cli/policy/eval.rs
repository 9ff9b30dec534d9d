//! `dhi policy eval`: evaluates policies for the images of one reference, or on recorded facts.
//!
//! An image is verified first, as `dhi verify` does it with the same flags, and policies in Rego are added to the policy
//! that decides. Recorded facts prove nothing, and every output says so.

mod findings;
mod given_options;
mod recorded;
pub(super) mod run;
mod verified;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::super::base::BaseArguments;
use super::super::location::location;
use super::super::named_policies::{self, NamedPolicies};
use super::super::printer::Printer;
use super::super::registry_options::RegistryArguments;
use super::super::selection::{parsed, repository};
use super::super::session::Session;
use super::super::trust::TrustArguments;
use super::output::OutputArguments;
use super::sources::SourceArguments;
use crate::diagnostic::{Diagnostic, Exit};
use crate::oci::{Platform, Repository};
use crate::policy::PolicySource;
use crate::policy::rego::RegoPolicy;
use crate::report::{Location, PolicyRun};
use given_options::GivenOptions;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Without a flag that names policies, the built-in ones are evaluated that need no settings and are about the image. \
The others are listed as not evaluated. An image is verified as `dhi verify` does it, and policies in Rego are added \
to `dhi-or-dhi-based`: they never pass an image that it fails.

Recorded facts are `-`, a path that ends in `.json`, or one that begins with `/`, `./` or `../`: the JSON of \
`dhi verify --facts`, or the `input` of a policy. They prove nothing.")]
pub(in crate::cli) struct Arguments {
    // First, since it looks at what the others take.
    #[command(flatten)]
    given: GivenOptions,

    /// Image: `NAME[:TAG][@DIGEST]`, `oci:DIR[:NAME]`, `archive:FILE[:NAME]` or `docker-daemon:NAME[:TAG]`; or recorded
    /// facts: a JSON file, or `-` for standard input
    #[arg(value_name = "REF|FACTS.json", add = super::super::completion::references())]
    target: String,

    /// Only this platform (repeatable; default: all)
    #[arg(long, value_name = "OS/ARCH[/VARIANT]", value_parser = parsed::<Platform>, value_delimiter = ',')]
    platform: Vec<Platform>,

    /// Accept customizations of ORG
    ///
    /// An image that this organisation customized counts as a hardened image. Repeatable.
    #[arg(long, value_name = "ORG", visible_alias = "org", value_parser = NonEmptyStringValueParser::new())]
    namespace: Vec<String>,

    /// Require this name in the signed payloads, such as `dhi/python`
    #[arg(long, value_name = "NAME")]
    signed_name: Option<String>,

    /// Read attestations and signatures of the image only from REPO
    #[arg(long, value_name = "REPO", value_parser = repository)]
    attestations: Option<Repository>,

    /// Policy by name, or Rego file (repeatable)
    ///
    /// `attested` or `signed` decide instead of `dhi-or-dhi-based`. `dhi policy list` lists the others.
    #[arg(long, value_name = "NAME|FILE", value_parser = NonEmptyStringValueParser::new(), help_heading = "Policies")]
    policy: Vec<String>,

    #[command(flatten)]
    sources: SourceArguments,

    /// Accepted as `docker scout policy` has it, without effect: the exit code is always 1 if a policy does not hold
    #[arg(long, short, help_heading = "Policies")]
    exit_code: bool,

    /// Report of a scanner about the image, or `attestation`, for policies about vulnerabilities (repeatable)
    ///
    /// `attestation` is the verified vulnerability scan that is attached to the image. The verified VEX of the image
    /// decides about the findings. A report must name the digest of the image.
    #[arg(long, value_name = "REPORT", value_hint = clap::ValueHint::FilePath, help_heading = "Policies")]
    report: Vec<String>,

    /// Add to `--format json` the whole document of each policy, with the statements in it
    #[arg(long, help_heading = "Output")]
    facts: bool,

    /// The file that names the image: SARIF results and GitHub annotations point to it
    #[arg(long, value_name = "FILE[:LINE]", value_parser = location, help_heading = "Output")]
    location: Option<Location>,

    /// Exit with 0 whatever policies decide
    ///
    /// Files that cannot be used, images that do not exist and bad proofs keep their exit codes.
    #[arg(long, help_heading = "Policies")]
    report_only: bool,

    #[command(flatten)]
    bases: BaseArguments,

    #[command(flatten)]
    trust: TrustArguments,

    #[command(flatten)]
    access: RegistryArguments,

    #[command(flatten)]
    output: OutputArguments,
}

impl Arguments {
    /// Reads the policies in Rego that `--policy` names.
    async fn read<R, T>(
        &self,
        named: &NamedPolicies,
        session: &Session<'_, R, T>,
    ) -> Result<Vec<(RegoPolicy, PolicySource)>, Diagnostic> {
        let mut policies = Vec::new();
        for name in &named.rego {
            policies.push(named_policies::read(name, session).await?);
        }
        Ok(policies)
    }

    /// Whether an output has the whole document of each policy.
    fn shows_bindings(&self) -> bool {
        self.facts || self.output.has_result_file()
    }

    /// Writes all outputs, and returns the exit code. Nothing is written if one has no place for the results.
    fn finish(&self, run: &PolicyRun<'_>, printer: &Printer) -> Result<Exit, Diagnostic> {
        self.output.check_images(run)?;
        let exit = if self.report_only { run.exit_without_results() } else { run.exit() };
        let failures = self.output.write(run, exit, printer);
        Ok(printer.report_failures(exit, failures))
    }
}
