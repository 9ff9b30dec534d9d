//! The flags that say what must hold beside signatures.

use std::collections::BTreeSet;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::accept::AcceptArguments;
use super::base::BaseArguments;
use super::error_pages::CATALOGUE;
use super::printer::Printer;
use super::question::QuestionArguments;
use super::session::Session;
use crate::diagnostic::{Code, Diagnostic, Remedy};
use crate::gate::Acceptance;
use crate::policy::{BuiltIn, Exceptions, Use};
use crate::report::Excuse;

#[derive(Debug, Args)]
#[command(next_help_heading = "Policy")]
pub(super) struct PolicyArguments {
    /// Demand a signature of the index itself
    #[arg(long)]
    pub(super) require_index_signature: bool,

    /// The policy to decide by [default: dhi-or-dhi-based; attested with `--predicate-type`]
    #[arg(long, value_enum)]
    policy: Option<Name>,

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
    /// Signatures and attestations alone: every one must verify, and each platform must have one
    Attested,
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
    fn policy(&self, question: &QuestionArguments) -> BuiltIn {
        let default = if question.predicate_type.is_empty() { Name::DhiOrDhiBased } else { Name::Attested };
        match self.policy.unwrap_or(default) {
            Name::Attested | Name::None => BuiltIn::Attested,
            Name::DhiOrDhiBased => BuiltIn::DhiOrDhiBased,
        }
    }

    /// Reads everything that the flags name, for a run that asks `question`.
    pub(super) async fn read<R, T>(
        &self,
        question: &QuestionArguments,
        session: &Session<'_, R, T>,
    ) -> Result<Rules, Diagnostic> {
        if self.policy == Some(Name::None) {
            session.printer.note("the policy `none` is called `attested` now: write `--policy attested`");
        }
        let policy = self.policy(question);
        if policy == BuiltIn::Attested && (self.exceptions.is_some() || self.enforce_from.is_some()) {
            let remedy = match self.policy {
                Some(_) => Remedy::AskWithPolicy,
                None => Remedy::NamePolicy,
            };
            return Err(Diagnostic::new(
                Code::USAGE_ARGUMENTS,
                "without a policy there is nothing to excuse",
            )
            .remedy(remedy));
        }
        let exceptions = match &self.exceptions {
            Some(file) => {
                let (source, bytes) = session.read(file).await?;
                Exceptions::from_yaml(&bytes, &source.to_string(), CATALOGUE, Code::ADMIT_NOT_JUDGED)?
            }
            None => Exceptions::default(),
        };
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

impl Rules {
    /// What became of each exception, where those at `excused` were used. What excused nothing is said.
    pub(super) fn excuses(&self, excused: &BTreeSet<usize>, printer: &Printer) -> Vec<Excuse> {
        let excuses = self.exceptions.uses(excused, self.now).map(|(exception, outcome)| Excuse {
            image: exception.to_string(),
            check: exception.check,
            reason: exception.reason.clone(),
            expires: exception.expires.to_string(),
            outcome,
        });
        let excuses: Vec<Excuse> = excuses.collect();
        for excuse in excuses.iter().filter(|excuse| excuse.outcome != Use::Used) {
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
