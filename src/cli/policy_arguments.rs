//! The policy flags: the policy, what the index and its signature need, exceptions, and the base.

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::base::BaseArguments;
use super::error_pages::CATALOGUE;
use super::session::{FilePurpose, Session};
use super::verifier::with_option_names;
use super::vsa_input::AcceptArguments;
use crate::diagnostic::{Code, Diagnostic};
use crate::gate::VerifierBuilder;
use crate::policy::{BuiltIn, Exceptions};

#[derive(Debug, Args)]
#[command(next_help_heading = "Policy")]
pub(super) struct PolicyArguments {
    /// Require a signature of the index itself
    #[arg(long)]
    pub(super) require_index_signature: bool,

    /// What must hold (`dhi help policies`)
    ///
    /// By default `dhi-or-dhi-based`; `attested` with `--predicate-type`.
    #[arg(long, value_enum)]
    policy: Option<PolicyName>,

    /// Require the signed annotation KEY=VALUE, as `cosign sign -a` writes it (repeatable; with `--policy signed`)
    #[arg(long, value_name = "KEY=VALUE", visible_alias = "annotations", value_parser = annotation)]
    require_annotation: Vec<(String, String)>,

    /// File of excused findings
    ///
    /// FILE is a YAML list of `{image, check, reason, expires}`.
    #[arg(long, value_name = "FILE")]
    exceptions: Option<String>,

    /// Findings of the policy are only warnings before this day
    #[arg(long, value_name = "DATE", value_parser = date)]
    enforce_from: Option<Date>,

    #[command(flatten)]
    pub(super) base: BaseArguments,

    #[command(flatten)]
    pub(super) accept: AcceptArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PolicyName {
    /// Only signatures and attestations: every one must verify, and each platform or its index must have one
    Attested,
    /// Only the signature of the referenced object, as `cosign verify` checks it; no attestation is judged
    Signed,
    /// The former name of `attested`.
    #[value(hide = true)]
    None,
    /// Each platform is a hardened image, or built on one (see `dhi base`)
    DhiOrDhiBased,
}

impl PolicyArguments {
    /// Reads everything that the flags name, and adds it to `builder`, which has the selection already.
    ///
    /// # Errors
    ///
    /// `usage/arguments` for a flag without effect, `policy/exceptions` for a file that cannot be used.
    pub(super) async fn add_to<R, T>(
        &self,
        builder: VerifierBuilder,
        session: &Session<'_, R, T>,
    ) -> Result<VerifierBuilder, Diagnostic> {
        let mut builder = self.base.add_to(builder);
        if let Some(name) = self.policy {
            builder = builder.policy(match name {
                PolicyName::Attested | PolicyName::None => BuiltIn::Attested,
                PolicyName::Signed => BuiltIn::Signed,
                PolicyName::DhiOrDhiBased => BuiltIn::DhiOrDhiBased,
            });
        }
        if self.policy == Some(PolicyName::None) {
            session.printer.note("the policy `none` is now named `attested`: write `--policy attested`");
        }
        if self.require_index_signature {
            builder = builder.require_index_signature();
        }
        for (key, value) in &self.require_annotation {
            builder = builder.require_annotation(key, value);
        }
        if let Some(day) = self.enforce_from {
            let midnight = day.to_zoned(TimeZone::UTC).map_err(|error| {
                Diagnostic::new(Code::USAGE_ARGUMENTS, format!("`--enforce-from`: {error}"))
            })?;
            builder = builder.enforce_from(midnight.timestamp());
        }
        builder.check().map_err(|error| with_option_names(&error))?;
        if let Some(file) = &self.exceptions {
            let (source, bytes) = session.read(file, FilePurpose::Exceptions).await?;
            builder = builder.read_exceptions(Exceptions::from_yaml(&bytes, &source.to_string(), CATALOGUE)?);
        }
        Ok(builder.accept(self.accept.read(session).await?))
    }
}

fn date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "expected a date such as `2026-12-31`".to_owned())
}

fn annotation(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected `KEY=VALUE`".to_owned()),
    }
}
