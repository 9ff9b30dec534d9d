//! Statements from a build, which nobody signed. One is given only where nothing signed answers and nothing demands a
//! proof, never without the mark, and never where a signed one may be there that was not seen.

use std::collections::BTreeSet;
use std::path::Path;

use super::statement::{GetFormat, Wanted, render};
use crate::cli::output::write;
use crate::cli::printer::Data;
use crate::cli::session::Session;
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic as _};
use crate::evidence::{BuildRecord, BuildStatement, Evidence, ListedReason, PlatformEvidence};
use crate::oci::Digest;
use crate::trust::{Error, Statement};
use crate::verify::unsigned_statement;

/// The one statement from a build that is meant.
pub(super) struct Unsigned<'a> {
    platform: &'a PlatformEvidence,
    statement: BuildStatement<'a>,
    /// Whether its digest was given, so that no signed one can be meant.
    by_digest: bool,
}

/// What speaks against giving out something that nobody signed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Demands {
    /// A flag asks for a proof, or says who must have signed.
    pub(super) by_flags: bool,
    /// The name of the image is that of a hardened one, or a signed name is demanded.
    pub(super) by_name: bool,
}

impl<'a> Unsigned<'a> {
    /// Finds it among the build records of `platforms`. `None` where there is no such statement.
    pub(super) fn find(
        evidence: &'a Evidence,
        platforms: &[&'a PlatformEvidence],
        wanted: &Wanted,
    ) -> Result<Option<Self>, Diagnostic> {
        let mut known: BTreeSet<(Digest, Digest)> = BTreeSet::new();
        let found: Vec<Self> = platforms
            .iter()
            .flat_map(|platform| {
                evidence.build_records(platform).into_iter().map(move |record| (*platform, record))
            })
            .flat_map(|(platform, record)| record.statements().map(move |statement| (platform, statement)))
            .filter(|(_, statement)| {
                let (own, record) = (statement.layer.digest, statement.record.digest);
                statement.is_among(&evidence.predicate_types)
                    && (wanted.is(own) || wanted.is(record))
                    && known.insert((record, own))
            })
            .map(|(platform, statement)| Self { platform, statement, by_digest: wanted.0.is_some() })
            .collect();
        if found.len() > 1 {
            let what = format!("{} statements match, each {}", found.len(), BuildRecord::MARK);
            let diagnostic = found.iter().take(20).fold(
                Diagnostic::new(Code::USAGE_ARGUMENTS, what),
                |diagnostic, one| {
                    let (title, label) = (one.statement.title(), one.platform.label());
                    diagnostic.fact(&one.statement.layer.digest.short(), format_args!("{title} of {label}"))
                },
            );
            return Err(diagnostic.remedy(Remedy::NameAttestation));
        }
        Ok(found.into_iter().next())
    }

    /// Prints it, with the mark on standard error, unless something speaks against that.
    pub(super) async fn give(
        &self,
        evidence: &Evidence,
        session: &Session<'_>,
        demands: Demands,
        format: GetFormat,
        predicate: bool,
        output: Option<&Path>,
    ) -> Result<(), Diagnostic> {
        self.check_demands(evidence, demands)?;
        let what = self.called();
        let refused =
            |diagnostic: Diagnostic| diagnostic.fact("statement", self.statement.layer.digest).about(&what);
        let bytes = unsigned_statement(&session.registry, self.statement, &session.limits)
            .await
            .map_err(|failure| refused(failure.to_diagnostic()))?;
        let statement = self.read(&bytes).map_err(|error| refused(error.to_diagnostic()))?;
        session.printer.warning(&format!("{what} is {}: nobody vouches for it", BuildRecord::MARK));
        if statement.subjects.is_empty() {
            session
                .printer
                .warning("it names no subject, so nothing but the record says which image it is about");
        }
        let bytes = render(&bytes, &statement, predicate, format, session.printer.style_of(output))?;
        let text = format!("{}\n\n{}", BuildRecord::MARK, String::from_utf8_lossy(&bytes));
        let data = match format {
            GetFormat::Raw => Data::Raw(&bytes),
            GetFormat::Table => Data::Text(&text),
        };
        write(output, data, session.printer)
    }

    /// What it says, if it is about this image and of the type that its record claims.
    fn read(&self, bytes: &[u8]) -> Result<Statement, Error> {
        let statement = Statement::parse(bytes)?;
        if self.statement.predicate_type().is_some_and(|claimed| claimed != statement.predicate_type) {
            return Err(Error::PredicateType {
                stated: statement.predicate_type,
                claimed: self.statement.predicate_type().map(str::to_owned),
                signed: None,
            });
        }
        let expected = self.platform.digest;
        if !statement.subjects.is_empty() && !statement.is_about(&expected) {
            return Err(Error::StatementSubject { subjects: statement.subject_digests(), expected });
        }
        Ok(statement)
    }

    fn check_demands(&self, evidence: &Evidence, demands: Demands) -> Result<(), Diagnostic> {
        let digest = self.statement.layer.digest;
        let refused = |why: &str| {
            let what = format!("{} is {}{why}", self.called(), BuildRecord::MARK);
            Diagnostic::new(Code::TRUST_UNSIGNED, what).fact("statement", digest)
        };
        let by_digest =
            || Remedy::GetUnsigned { reference: evidence.reference.to_string(), digest: digest.to_string() };
        if demands.by_flags {
            return Err(refused(", and a proof was asked for").remedy(by_digest()));
        }
        if self.by_digest {
            return Ok(());
        }
        if demands.by_name {
            return Err(refused(", and this image must be signed").remedy(by_digest()));
        }
        if let Some(failure) = self.platform.not_checked.first() {
            let cause = failure.to_diagnostic().message;
            let diagnostic = refused(", and a signed one may be where it could not be looked for");
            return Err(diagnostic.fact("not asked", cause).remedy(by_digest()));
        }
        if self.platform.listed.iter().any(|listed| may_be_signed(&listed.reason)) {
            let diagnostic = refused(", and what is signed beside it could not be verified");
            return Err(diagnostic.remedy(by_digest()));
        }
        Ok(())
    }

    fn called(&self) -> String {
        format!("{} of {}", self.statement.title(), self.platform.label())
    }
}

/// Whether what was not judged for this reason may be the signed statement of the type that is asked for. What is of another
/// type was listed as not asked for.
fn may_be_signed(reason: &ListedReason) -> bool {
    match reason {
        ListedReason::NotAskedFor
        | ListedReason::Index
        | ListedReason::Signature
        | ListedReason::NoAttestation
        | ListedReason::NotStatements
        | ListedReason::BuildRecordOfOther
        | ListedReason::BundleOfOther
        | ListedReason::EnvelopeOfOther => false,
        ListedReason::BundleWithoutKey
        | ListedReason::EnvelopeWithoutKey
        | ListedReason::OtherKey
        | ListedReason::OtherIdentity { .. }
        | ListedReason::Unreadable(_) => true,
    }
}
