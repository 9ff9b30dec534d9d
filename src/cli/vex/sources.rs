//! The flags that name where VEX comes from, and what of it may suppress findings.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use jiff::SignedDuration;

use super::super::duration::positive_duration;
use super::super::selection::parsed;
use crate::oci::Platform;

/// The scanned image, where a report is given.
#[derive(Debug, Args)]
#[command(next_help_heading = "VEX")]
pub(super) struct ImageArguments {
    /// The scanned image, whose VEX attestations apply
    ///
    /// They are fetched and verified, with those of the base image for packages that come from it.
    #[arg(long, value_name = "REF", add = super::super::completion::references())]
    pub(super) image: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "VEX")]
pub(in crate::cli) struct SourceArguments {
    /// Platform of the scanned image, if the report does not name it
    #[arg(long, value_name = "OS/ARCH[/VARIANT]", value_parser = parsed::<Platform>)]
    pub(in crate::cli) platform: Option<Platform>,

    /// VEX document, or directory of documents
    ///
    /// Repeatable. OpenVEX, CSAF, CycloneDX, and attestations of them. A document suppresses nothing unless it is signed by a
    /// trusted key (`FILE.sig` beside it, or an envelope or bundle), or named by `--trust-unsigned`.
    #[arg(long, value_name = "FILE|DIR", value_hint = clap::ValueHint::AnyPath)]
    pub(super) vex: Vec<PathBuf>,

    /// VEX repository of `dhi vex repo`, or `all`
    ///
    /// Repeatable. The documents that it lists for packages of the reports apply, if they are signed or if `--trust-unsigned`
    /// names the repository.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(super) vex_repo: Vec<String>,

    /// Accept unsigned documents of this source
    ///
    /// Repeatable. NAME is a file or directory as `--vex` names it, a VEX repository, or the name of a source in the output.
    /// Every output shows it.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(super) trust_unsigned: Vec<String>,

    /// Ignore documents older than this, such as `30d`
    ///
    /// The age of a document is that of its newest statement.
    #[arg(long, value_name = "DURATION", value_parser = positive_duration)]
    pub(in crate::cli) max_vex_age: Option<SignedDuration>,

    /// Sources in the order in which they decide: the first one with an applicable statement
    ///
    /// By default, the newest statement of all sources decides.
    #[arg(long, value_name = "SOURCE", value_delimiter = ',')]
    pub(super) source_priority: Vec<String>,
}
