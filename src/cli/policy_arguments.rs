//! The policy flags: the policy, what the index and its signature need, exceptions, and the base.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::base::BaseArguments;
use super::error_pages::CATALOGUE;
#[cfg(feature = "rego")]
use super::evaluator::evaluator;
use super::named_policies::NamedPolicies;
#[cfg(feature = "rego")]
use super::named_policies::{check_evaluated, read};
use super::session::{FilePurpose, Session};
use super::verifier::with_option_names;
use super::vsa_input::AcceptArguments;
#[cfg(feature = "rego")]
use crate::diagnostic::Remedy;
use crate::diagnostic::{Code, Diagnostic};
use crate::gate::VerifierBuilder;
use crate::policy::Exceptions;
#[cfg(feature = "rego")]
use crate::policy::PolicySet;
#[cfg(feature = "rego")]
use crate::policy::config::{ConfiguredBundle, PolicyConfig};
#[cfg(feature = "rego")]
use crate::report::quoted;

#[derive(Debug, Args)]
#[command(next_help_heading = "Policy")]
pub(super) struct PolicyArguments {
    /// Require a signature of the index itself
    #[arg(long)]
    pub(super) require_index_signature: bool,

    /// What must hold: policies, by name or file
    ///
    /// `dhi-or-dhi-based`, `attested`, `signed`, or policies in Rego. By default `dhi-or-dhi-based`; `attested` with
    /// `--predicate-type`. Policies in Rego are added to the one that decides, which is then `dhi-or-dhi-based` unless
    /// another is named. `dhi help policies` and `dhi policy list` have the names.
    #[arg(long, value_name = "NAME|FILE", value_parser = NonEmptyStringValueParser::new())]
    policy: Vec<String>,

    /// Settings of policies in Rego: JSON as Docker Scout reads it, or YAML
    #[cfg(feature = "rego")]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    policy_config: Option<String>,

    /// Require the signed annotation KEY=VALUE, as `cosign sign -a` writes it (repeatable; with `--policy signed`)
    #[arg(long, value_name = "KEY=VALUE", visible_alias = "annotations", value_parser = annotation)]
    require_annotation: Vec<(String, String)>,

    /// File of excused findings
    ///
    /// FILE is a YAML list of `{image, check, reason, expires}`, with `policy` for a finding of a policy in Rego.
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
        let named = NamedPolicies::of(&self.policy, session.printer)?;
        if let Some(policy) = named.deciding {
            builder = builder.policy(policy);
        }
        #[cfg(feature = "rego")]
        let mut builder = self.add_rego(builder, &named, session).await?;
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

    /// Reads the policies in Rego and their settings, and adds them to `builder`.
    #[cfg(feature = "rego")]
    async fn add_rego<R, T>(
        &self,
        mut builder: VerifierBuilder,
        named: &NamedPolicies,
        session: &Session<'_, R, T>,
    ) -> Result<VerifierBuilder, Diagnostic> {
        if named.rego.is_empty() {
            if self.policy_config.is_some() {
                let what = "`--policy-config` has no effect without a policy in Rego";
                let text = "name one with `--policy NAME`, or leave `--policy-config` out".to_owned();
                let remedy = Remedy::ChangeCommandLine { text };
                return Err(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(remedy));
            }
            return Ok(builder);
        }
        let mut policies = Vec::new();
        for name in &named.rego {
            policies.push(read(name, session).await?);
        }
        let mut set = PolicySet::new(policies)?;
        if let Some(file) = &self.policy_config {
            let (source, bytes) = session.read(file, FilePurpose::PolicyConfig).await?;
            // `Session::read` accepts nothing but UTF-8.
            let config = PolicyConfig::parse(&String::from_utf8_lossy(&bytes), &source.display())?;
            if let Some(bundle) = config.bundles().first() {
                return Err(names_bundle(file, bundle, config.origin()));
            }
            builder = builder.prints(config.debug());
            set = set.configured(&config)?;
        }
        check_evaluated(&set, set.not_evaluated().iter().map(|off| off.name.as_str()))?;
        let added = set.policies().iter().map(|selected| selected.policy.clone());
        Ok(added.fold(builder.evaluator(evaluator()?), VerifierBuilder::rego))
    }
}

/// Policies of bundles are evaluated by `dhi policy eval` only. A gate that passed without them would seem to have
/// evaluated them.
#[cfg(feature = "rego")]
fn names_bundle(file: &str, bundle: &ConfiguredBundle, origin: &str) -> Diagnostic {
    let what = format!(
        "{origin}, line {}: the policies of the bundle `{}` are not evaluated here",
        bundle.line, bundle.reference
    );
    let text = format!(
        "evaluate them with `dhi policy eval IMAGE --policy-config {}`, or fetch them with `dhi policy pull {} --output \
         DIR`, give each file with `--policy`, and leave `bundles` out",
        quoted(file),
        quoted(&bundle.reference.to_string()),
    );
    Diagnostic::new(Code::POLICY_CONFIG, what).remedy(Remedy::ChangeCommandLine { text })
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
