//! The flags of `dhi build`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::builder::definition::TargetPlatform;
use crate::cli::definition::init::keyword;
use crate::cli::registry_options::RegistryArguments;

#[derive(Debug, Args)]
#[command(after_long_help = "\
The image is made without a daemon and without root: nothing of it is executed. Packages are those of the lock \
(`FILE.lock`), which is made if it is not there; see `dhi help definition lock`. The same definition and lock give the \
same digest, on any machine.

Without `--key`, attestations are attached unsigned, and `dhi verify` does not accept them as proof. Definitions with \
build stages (`contents.builds`) are refused. docs/build.md has the details.")]
pub(in crate::cli) struct Arguments {
    /// Definition: a file, `-` for standard input, or an `https` URL
    ///
    /// With `--file`, it is the root of the repository of the definition.
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath, required_unless_present = "file")]
    pub(super) definition: Option<String>,

    /// Definition, as in `docker buildx build`
    #[arg(long, short, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(super) file: Option<String>,

    /// Build for these platforms only (repeatable, or separated by commas)
    #[arg(long, value_name = "PLATFORM", value_delimiter = ',', value_parser = keyword::<TargetPlatform>())]
    pub(super) platform: Vec<TargetPlatform>,

    /// Set a variable of the definition (repeatable)
    #[arg(long, value_name = "NAME=VALUE", alias = "build-arg")]
    pub(super) arg: Vec<String>,

    /// Root of the repository of the definition, whose files it uses
    ///
    /// By default, the root is looked for above the definition.
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub(super) context: Option<PathBuf>,

    #[command(flatten)]
    pub(super) lock: LockArguments,

    #[command(flatten)]
    pub(super) output: OutputArguments,

    #[command(flatten)]
    pub(super) evidence: EvidenceArguments,

    #[command(flatten)]
    pub(super) access: RegistryArguments,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Lock")]
pub(super) struct LockArguments {
    /// Lock file instead of `FILE.lock`
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(super) lock: Option<PathBuf>,

    /// Use the lock as it is, and fail if it does not fit
    ///
    /// Without this flag, a lock that is missing or does not fit is made, and written.
    #[arg(long, conflicts_with_all = ["update", "substitute"])]
    pub(super) locked: bool,

    /// Move packages to the newest versions first
    #[arg(long)]
    pub(super) update: bool,

    /// Replace repositories and packages as FILE says (YAML)
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(super) substitute: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArguments {
    /// Name of the image (repeatable): `NAME[:TAG]`
    #[arg(long, short, value_name = "REF")]
    pub(super) tag: Vec<String>,

    /// Write the image (repeatable): `oci:DIR[:NAME]`, `archive:FILE`, or the form of buildx
    #[arg(long, short, value_name = "DEST")]
    pub(super) output: Vec<String>,

    /// Push the image to the registries of its names
    #[arg(long)]
    pub(super) push: bool,

    /// Load the image into the engine of this machine
    #[arg(long)]
    pub(super) load: bool,

    /// Compress layers so, instead of as the definition says
    #[arg(long, value_enum)]
    pub(super) compression: Option<CompressionChoice>,

    /// Write the digest and the names of the image to FILE (JSON)
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(super) metadata_file: Option<PathBuf>,

    /// Build twice, in different conditions, and compare the digests
    #[arg(long, conflicts_with_all = ["output", "push", "load", "metadata_file"])]
    pub(super) check_reproducible: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Evidence")]
pub(super) struct EvidenceArguments {
    /// Sign with this private key: FILE, `env://VAR` or `exec:PROGRAM`
    ///
    /// The password of a key is read from `COSIGN_PASSWORD`.
    #[arg(long, value_name = "KEY")]
    pub(super) key: Option<String>,

    /// Attach an SBOM in SPDX and in CycloneDX
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true,
        default_value_t = true, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub(super) sbom: bool,

    /// Attach SLSA provenance of this version
    #[arg(long, value_enum, value_name = "VERSION", num_args = 0..=1, require_equals = true,
        default_value_t = ProvenanceChoice::V1, default_missing_value = "v1")]
    pub(super) provenance: ProvenanceChoice,
}

/// The compression of layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CompressionChoice {
    /// Which every engine and registry reads
    Gzip,
    /// Smaller and faster
    Zstd,
}

/// The provenance that is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ProvenanceChoice {
    /// SLSA provenance v1
    #[value(aliases = ["true", "mode=max", "mode=min"])]
    V1,
    /// SLSA provenance v0.2
    #[value(name = "v0.2")]
    V02,
    /// None
    #[value(name = "false")]
    No,
}
