//! `dhi base`: tells whether an image is a hardened image or built on one, with the proof.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use super::hint_texts::CommandHints;
use super::output::{write, write_data};
use super::output_argument::file_or_stdout;
use super::printer::{Data, Printer, file_of};
use super::registry_options::RegistryArguments;
use super::selection::{image, parsed, reference, repository};
use super::trust::TrustArguments;
use super::verifier::build;
use crate::diagnostic::{Diagnostic, Exit};
use crate::evidence::Conclusion;
use crate::gate::{Verifier, VerifierBuilder};
use crate::oci::{Platform, Reference, Repository};
use crate::registry;
use crate::report;
use crate::verify::{self, Alias, verify};

#[derive(Debug, Args)]
#[command(after_long_help = "\
Answers: `dhi` and `dhi-based` exit with 0, `claims-only` and `not-dhi` with 1, `undetermined` with the \
code of what is missing (3, 5, 6). For several platforms the weakest answer and the most severe code \
count.")]
pub(super) struct Arguments {
    /// Image: `NAME[:TAG][@DIGEST]`, `oci:DIR[:NAME]`, `archive:FILE[:NAME]` or `docker-daemon:NAME[:TAG]`
    #[arg(value_name = "REF", add = super::completion::references())]
    reference: String,

    /// Only this platform (repeatable; default: all)
    #[arg(long, value_name = "OS/ARCH[/VARIANT]", value_parser = parsed::<Platform>, value_delimiter = ',')]
    platform: Vec<Platform>,

    /// Accept customizations of ORG
    ///
    /// An image that this organisation customized counts as a hardened image. Repeatable.
    #[arg(long, value_name = "ORG", visible_alias = "org", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    namespace: Vec<String>,

    /// Require this name in the signed payloads, such as `dhi/python`
    #[arg(long, value_name = "NAME")]
    signed_name: Option<String>,

    /// Read attestations and signatures of the image only from this repository
    #[arg(long, value_name = "REPO", value_parser = repository)]
    attestations: Option<Repository>,

    #[command(flatten)]
    candidates: BaseArguments,

    #[command(flatten)]
    trust: TrustArguments,

    #[command(flatten)]
    access: RegistryArguments,

    /// Format of the answer
    #[arg(long, value_enum, default_value_t = Format::Table, help_heading = "Output")]
    format: Format,

    /// Write to FILE instead of standard output
    #[arg(long, short, value_name = "FILE", value_parser = file_or_stdout::<Format>, help_heading = "Output")]
    output: Option<PathBuf>,
}

/// The flags that select candidates for the base and how layers are compared.
#[derive(Debug, Args)]
#[command(next_help_heading = "Base")]
pub(super) struct BaseArguments {
    /// Image that may be the base (repeatable)
    ///
    /// It is examined in addition to the images that the image names.
    #[arg(long, value_name = "REF", value_parser = image)]
    base: Vec<Reference>,

    /// Repository with copies of images of another (repeatable)
    #[arg(long, value_name = "COPY=ORIGINAL", value_parser = alias)]
    alias: Vec<Alias>,

    /// Registry that may be queried for bases
    ///
    /// It is queried in addition to the image's own registry and Docker's. Repeatable.
    #[arg(long, value_name = "HOST[:PORT]", value_parser = registry::parse_registry_host)]
    base_registry: Vec<String>,

    /// Accept the layer digests that the image declares if its layers are compressed differently than in the base
    #[arg(long)]
    accept_declared_layers: bool,

    /// Hash layers that are compressed differently
    ///
    /// The layers that are compressed differently than in the base are downloaded.
    #[arg(long)]
    verify_layers: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// For programs: docs/schemas/base-2.json
    Json,
}

fn alias(text: &str) -> Result<Alias, String> {
    let (copy, original) = text.split_once('=').ok_or("expected `COPY=ORIGINAL`")?;
    let (copy, original) = (repository(copy)?, repository(original)?);
    if copy == original {
        return Err("a repository cannot be a copy of itself".to_owned());
    }
    Ok(Alias { copy, original })
}

impl Arguments {
    /// Adds what is verified about the image to `builder`.
    fn add_to(&self, builder: VerifierBuilder) -> VerifierBuilder {
        let builder = self.platform.iter().cloned().fold(builder, VerifierBuilder::platform);
        let builder = self.namespace.iter().cloned().fold(builder, VerifierBuilder::namespace);
        let builder = self.signed_name.iter().cloned().fold(builder, VerifierBuilder::signed_name);
        self.attestations.iter().cloned().fold(builder, VerifierBuilder::attestations)
    }
}

impl BaseArguments {
    /// Adds the options of the base search to `builder`.
    pub(super) fn add_to(&self, builder: VerifierBuilder) -> VerifierBuilder {
        let builder = self.base.iter().cloned().fold(builder, VerifierBuilder::base);
        let aliases = self.alias.iter().cloned();
        let builder =
            aliases.fold(builder, |builder, Alias { copy, original }| builder.alias(copy, original));
        let builder = self.base_registry.iter().cloned().fold(builder, VerifierBuilder::base_registry);
        let builder = if self.accept_declared_layers { builder.accept_declared_layers() } else { builder };
        if self.verify_layers { builder.verify_layers() } else { builder }
    }
}

pub(super) async fn run(arguments: Arguments, printer: &Printer) -> Result<Exit, Diagnostic> {
    let Arguments { candidates, trust, format, .. } = &arguments;
    let reference = reference(&arguments.reference)?;
    let session = arguments.access.session(printer)?;
    let builder = Verifier::builder().limits(session.limits.clone()).progress(printer.progress().clone());
    let builder = trust.add_to(candidates.add_to(arguments.add_to(builder)), &session).await?;
    let verifier = build(builder)?;
    let session = session.with_trust(&verifier, Timestamp::now()).with_registry(&arguments.access)?;
    let (options, asked) = (verifier.options(&reference), verifier.base_options());
    let work = async {
        let evidence = verify(&session.registry, &reference, &session.trust, &options)
            .await
            .map_err(|error| error.diagnostic_for(&reference))?;
        let proof = verify::base(&session.registry, &evidence, &session.trust, &asked).await;
        Ok::<_, Diagnostic>((evidence, proof))
    };
    let output = arguments.output.as_deref();
    let (evidence, proof) = match work.await {
        Ok(found) => found,
        Err(diagnostic) => {
            let last = report::verdict(&reference, &Conclusion::of(diagnostic.exit()), printer.style());
            printer.diagnostic(&diagnostic);
            // This line replaces the last line of the table. Without an answer there is no JSON document.
            let written = match (format, file_of(output)) {
                (Format::Table, None) => write_data(Data::Text(&last), printer).err(),
                _ => None,
            };
            return Ok(printer.report_failures(diagnostic.exit(), written));
        }
    };
    let text = match format {
        Format::Table => report::base(&evidence, &proof, &CommandHints, printer.style_of(output)),
        Format::Json => report::base_json(&evidence, &proof, &CommandHints),
    };
    let data = match format {
        Format::Table => Data::Text(&text),
        Format::Json => Data::Json(&text),
    };
    // A failed write does not hide a more severe answer.
    Ok(printer.report_failures(proof.exit(), write(output, data, printer).err()))
}
