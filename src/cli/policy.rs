//! The flags that say what must hold beside signatures.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::base::BaseArguments;
use super::error_pages::CATALOGUE;
use super::printer::Printer;
use super::selection::SelectionArguments;
use super::session::{Read, Session};
use super::trust::TrustArguments;
use super::vsa_input::AcceptArguments;
use crate::diagnostic::{Code, Diagnostic, Remedy};
use crate::gate::Acceptance;
use crate::policy::{BuiltIn, ExceptionStatus, Exceptions};
use crate::report::AppliedException;

#[derive(Debug, Args)]
#[command(next_help_heading = "Policy")]
pub(super) struct PolicyArguments {
    /// Demand a signature of the index itself
    #[arg(long)]
    pub(super) require_index_signature: bool,

    /// The policy to decide by [default: dhi-or-dhi-based; attested with `--predicate-type`]
    #[arg(long, value_enum)]
    policy: Option<Name>,

    /// Demand that the signature itself says KEY=VALUE, as `cosign sign -a` writes it (repeatable; with `--policy signed`)
    #[arg(long, value_name = "KEY=VALUE", visible_alias = "annotations", value_parser = annotation)]
    require_annotation: Vec<(String, String)>,

    /// Findings of the policy that are excused: a YAML list of `{image, check, reason, expires}`
    #[arg(long, value_name = "FILE")]
    exceptions: Option<String>,

    /// Until this day findings of the policy are only warnings
    #[arg(long, value_name = "DATE")]
    enforce_from: Option<Date>,

    #[command(flatten)]
    pub(super) base: BaseArguments,

    #[command(flatten)]
    pub(super) accept: AcceptArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Name {
    /// Signatures and attestations alone: every one must verify, and each platform or its index must have one
    Attested,
    /// The signature of what the reference names, as `cosign verify` asks for it; no attestation is judged
    Signed,
    /// The former name of `attested`.
    #[value(hide = true)]
    None,
    /// Each platform is a hardened image, or built on one (see `dhi base`)
    DhiOrDhiBased,
}

/// What the flags say, with the files that they name.
pub(super) struct Rules {
    pub(super) policy: BuiltIn,
    pub(super) exceptions: Exceptions,
    pub(super) enforce_from: Option<Timestamp>,
    pub(super) now: Timestamp,
    pub(super) accept: Option<Acceptance>,
}

impl PolicyArguments {
    /// The policy that decides about `question`. One that asks for certain attestations alone is not about the
    /// whole image, unless a policy is given.
    fn policy(&self, question: &SelectionArguments) -> BuiltIn {
        let default = if question.predicate_type.is_empty() { Name::DhiOrDhiBased } else { Name::Attested };
        match self.policy.unwrap_or(default) {
            Name::Attested | Name::None => BuiltIn::Attested,
            Name::Signed => BuiltIn::Signed,
            Name::DhiOrDhiBased => BuiltIn::DhiOrDhiBased,
        }
    }

    /// What the signature of the root must say.
    pub(super) fn root_annotations(&self) -> BTreeMap<String, String> {
        self.require_annotation.iter().cloned().collect()
    }

    /// The flag that would change nothing, where there is one: whoever gives it expects another question.
    fn without_effect(
        &self,
        policy: BuiltIn,
        question: &SelectionArguments,
        trust: &TrustArguments,
    ) -> Option<Diagnostic> {
        let wrong = |what: &str, remedy| Some(Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(remedy));
        match policy {
            BuiltIn::Attested | BuiltIn::Signed if self.enforce_from.is_some() => {
                Some(self.nothing_to_excuse(policy))
            }
            BuiltIn::Signed if !question.predicate_type.is_empty() => wrong(
                "`--predicate-type` is about attestations, and the policy `signed` judges none",
                Remedy::AskForAttestations,
            ),
            BuiltIn::Signed if !question.platform.is_empty() => wrong(
                "`--platform` changes nothing for the policy `signed`: a signature of an index is one of all that is in it",
                Remedy::NameOneImage,
            ),
            BuiltIn::Signed if trust.gives_attestor_keys() => wrong(
                "`--attestor-key` is for attestations, and the policy `signed` judges none",
                Remedy::GiveKeyOfSignature,
            ),
            BuiltIn::Attested | BuiltIn::DhiOrDhiBased if !self.require_annotation.is_empty() => wrong(
                "`--require-annotation` is about the signature that the policy `signed` asks for",
                Remedy::AskForSignature,
            ),
            BuiltIn::Signed if self.root_annotations().len() < self.require_annotation.len() => {
                wrong("`--require-annotation` demands one key twice", Remedy::GiveEachOnce)
            }
            _ => None,
        }
    }

    fn nothing_to_excuse(&self, policy: BuiltIn) -> Diagnostic {
        let what = format!("the policy `{}` finds nothing that may be excused", policy.as_str());
        let remedy = if self.policy.is_some() { Remedy::AskWithPolicy } else { Remedy::NamePolicy };
        Diagnostic::new(Code::USAGE_ARGUMENTS, what).remedy(remedy)
    }

    /// Reads everything that the flags name, for a run that asks `question`.
    pub(super) async fn read<R, T>(
        &self,
        question: &SelectionArguments,
        trust: &TrustArguments,
        session: &Session<'_, R, T>,
    ) -> Result<Rules, Diagnostic> {
        if self.policy == Some(Name::None) {
            session.printer.note("the policy `none` is called `attested` now: write `--policy attested`");
        }
        let policy = self.policy(question);
        if let Some(diagnostic) = self.without_effect(policy, question, trust) {
            return Err(diagnostic);
        }
        let exceptions = match &self.exceptions {
            Some(file) => {
                let (source, bytes) = session.read(file, Read::Exceptions).await?;
                Exceptions::from_yaml(&bytes, &source.to_string(), CATALOGUE, Code::ADMIT_NOT_JUDGED)?
            }
            None => Exceptions::default(),
        };
        // Texts of manifests are nothing that a policy judges.
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
        Ok(Rules { policy, exceptions, enforce_from, now: Timestamp::now(), accept })
    }
}

fn annotation(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected `KEY=VALUE`".to_owned()),
    }
}

impl Rules {
    /// What became of each exception, where those at `excused` were used. What excused nothing is said.
    pub(super) fn excuses(&self, excused: &BTreeSet<usize>, printer: &Printer) -> Vec<AppliedException> {
        let excuses = self.exceptions.uses(excused, self.now).map(|(exception, outcome)| AppliedException {
            image: exception.to_string(),
            check: exception.check,
            reason: exception.reason.clone(),
            expires: exception.expires.to_string(),
            outcome,
        });
        let excuses: Vec<AppliedException> = excuses.collect();
        for excuse in excuses.iter().filter(|excuse| excuse.outcome != ExceptionStatus::Used) {
            printer.note(&format!(
                "the exception for `{}` ({}) of {} is {}",
                excuse.image,
                excuse.check,
                self.exceptions.origin(),
                excuse.outcome.as_str()
            ));
        }
        excuses
    }
}
