//! The policy flags: the policy, what the index and its signature need, exceptions, and the base.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::base::BaseArguments;
use super::error_pages::CATALOGUE;
use super::printer::Printer;
use super::selection::SelectionArguments;
use super::session::{FilePurpose, Session};
use super::trust::TrustArguments;
use super::vsa_input::AcceptArguments;
use crate::diagnostic::{Code, Diagnostic, Remedy};
use crate::gate::Acceptance;
use crate::policy::{BuiltIn, ExceptionStatus, Exceptions};
use crate::report::AppliedException;

#[derive(Debug, Args)]
#[command(next_help_heading = "Policy")]
pub(super) struct PolicyArguments {
    /// Require a signature of the index itself
    #[arg(long)]
    pub(super) require_index_signature: bool,

    /// The policy to decide by [default: dhi-or-dhi-based; attested with `--predicate-type`]
    #[arg(long, value_enum)]
    policy: Option<PolicyName>,

    /// Require the signed annotation KEY=VALUE, as `cosign sign -a` writes it (repeatable; with `--policy signed`)
    #[arg(long, value_name = "KEY=VALUE", visible_alias = "annotations", value_parser = annotation)]
    require_annotation: Vec<(String, String)>,

    /// File of excused findings of the policy: a YAML list of `{image, check, reason, expires}`
    #[arg(long, value_name = "FILE")]
    exceptions: Option<String>,

    /// Findings of the policy are only warnings before this day
    #[arg(long, value_name = "DATE")]
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

/// The settings of the flags, with the files that they name.
pub(super) struct PolicySettings {
    pub(super) policy: BuiltIn,
    pub(super) exceptions: Exceptions,
    pub(super) enforce_from: Option<Timestamp>,
    pub(super) now: Timestamp,
    pub(super) accept: Option<Acceptance>,
}

impl PolicyArguments {
    /// The policy that decides about `selection`. If predicate types are selected, the default is `attested`: the whole
    /// image is not judged.
    fn policy(&self, selection: &SelectionArguments) -> BuiltIn {
        let default = if selection.predicate_type.is_empty() {
            PolicyName::DhiOrDhiBased
        } else {
            PolicyName::Attested
        };
        match self.policy.unwrap_or(default) {
            PolicyName::Attested | PolicyName::None => BuiltIn::Attested,
            PolicyName::Signed => BuiltIn::Signed,
            PolicyName::DhiOrDhiBased => BuiltIn::DhiOrDhiBased,
        }
    }

    /// The annotations that the signature of the root must have.
    pub(super) fn root_annotations(&self) -> BTreeMap<String, String> {
        self.require_annotation.iter().cloned().collect()
    }

    /// The error for a flag that has no effect with this policy: its user expects another check.
    fn without_effect(
        &self,
        policy: BuiltIn,
        selection: &SelectionArguments,
        trust: &TrustArguments,
    ) -> Option<Diagnostic> {
        let wrong = |what: &str, remedy| Some(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(remedy));
        match policy {
            BuiltIn::Attested | BuiltIn::Signed if self.enforce_from.is_some() => {
                Some(self.nothing_to_excuse(policy))
            }
            BuiltIn::Signed if !selection.predicate_type.is_empty() => wrong(
                "`--predicate-type` is about attestations, and the policy `signed` judges none",
                Remedy::AskForAttestations,
            ),
            BuiltIn::Signed if !selection.platform.is_empty() => wrong(
                "`--platform` has no effect with the policy `signed`: the signature of an index covers all platforms",
                Remedy::NameOneImage,
            ),
            BuiltIn::Signed if trust.gives_attestor_keys() => wrong(
                "`--attestor-key` is for attestations, and the policy `signed` judges none",
                Remedy::GiveKeyOfSignature,
            ),
            BuiltIn::Attested | BuiltIn::DhiOrDhiBased if !self.require_annotation.is_empty() => wrong(
                "`--require-annotation` is about the signature that the policy `signed` checks",
                Remedy::AskForSignature,
            ),
            BuiltIn::Signed if self.root_annotations().len() < self.require_annotation.len() => {
                wrong("`--require-annotation` gives one key twice", Remedy::GiveEachOnce)
            }
            _ => None,
        }
    }

    fn nothing_to_excuse(&self, policy: BuiltIn) -> Diagnostic {
        let what = format!("the policy `{}` has no findings that can be excused", policy.as_str());
        let remedy = if self.policy.is_some() { Remedy::AskWithPolicy } else { Remedy::NamePolicy };
        Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(remedy)
    }

    /// Reads everything that the flags name, for a run about `selection`.
    ///
    /// # Errors
    ///
    /// `usage/arguments` for a flag without effect, `policy/exceptions` for a file that cannot be used.
    pub(super) async fn read<R, T>(
        &self,
        selection: &SelectionArguments,
        trust: &TrustArguments,
        session: &Session<'_, R, T>,
    ) -> Result<PolicySettings, Diagnostic> {
        if self.policy == Some(PolicyName::None) {
            session.printer.note("the policy `none` is now named `attested`: write `--policy attested`");
        }
        let policy = self.policy(selection);
        if let Some(diagnostic) = self.without_effect(policy, selection, trust) {
            return Err(diagnostic);
        }
        let exceptions = match &self.exceptions {
            Some(file) => {
                let (source, bytes) = session.read(file, FilePurpose::Exceptions).await?;
                Exceptions::from_yaml(&bytes, &source.to_string(), CATALOGUE, Code::ADMIT_NOT_JUDGED)?
            }
            None => Exceptions::default(),
        };
        // Exceptions for texts of manifests apply with every policy.
        if policy != BuiltIn::DhiOrDhiBased && exceptions.are_about_images() {
            return Err(self.nothing_to_excuse(policy));
        }
        let enforce_from = self
            .enforce_from
            .map(|day| day.to_zoned(TimeZone::UTC))
            .transpose()
            .map_err(|error| Diagnostic::new(Code::USAGE_ARGUMENTS, format!("`--enforce-from`: {error}")))?
            .map(|day| day.timestamp());
        let accept = self.accept.read(session).await?;
        Ok(PolicySettings { policy, exceptions, enforce_from, now: Timestamp::now(), accept })
    }
}

fn annotation(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected `KEY=VALUE`".to_owned()),
    }
}

impl PolicySettings {
    /// The status of each exception, given the indexes of those that were used. Prints a note for each that was not used.
    pub(super) fn applied_exceptions(
        &self,
        excused: &BTreeSet<usize>,
        printer: &Printer,
    ) -> Vec<AppliedException> {
        let exceptions =
            self.exceptions.uses(excused, self.now).map(|(exception, outcome)| AppliedException {
                image: exception.to_string(),
                check: exception.check,
                reason: exception.reason.clone(),
                expires: exception.expires.to_string(),
                outcome,
            });
        let exceptions: Vec<AppliedException> = exceptions.collect();
        for exception in exceptions.iter().filter(|exception| exception.outcome != ExceptionStatus::Used) {
            printer.note(&format!(
                "the exception for `{}` ({}) of {} is {}",
                exception.image,
                exception.check,
                self.exceptions.origin(),
                exception.outcome.as_str()
            ));
        }
        exceptions
    }
}
