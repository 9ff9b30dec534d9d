//! Unsigned statements of a build (BuildKit's attestation manifests).
//!
//! One is printed only if there is no signed statement, nothing requires a proof, and every signed statement could be
//! seen. It is always marked as unsigned.

use std::collections::BTreeSet;
use std::path::Path;

use super::statement::{DigestPrefix, GetFormat, render};
use crate::cli::output::write;
use crate::cli::printer::Data;
use crate::cli::session::Session;
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic as _};
use crate::evidence::{BuildRecord, BuildStatement, Evidence, ListedReason, PlatformEvidence};
use crate::oci::Digest;
use crate::trust::{Error, Statement};
use crate::verify::unsigned_statement;

/// The selected unsigned statement.
pub(super) struct Unsigned<'a> {
    platform: &'a PlatformEvidence,
    statement: BuildStatement<'a>,
    /// Whether it was selected by digest, so that no signed statement matches.
    by_digest: bool,
}

/// Requirements that an unsigned statement cannot meet.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Demands {
    /// A flag requires a proof or a signer.
    pub(super) by_flags: bool,
    /// The image has the name of a hardened image, or a signed name is required.
    pub(super) by_name: bool,
}

impl<'a> Unsigned<'a> {
    /// Finds the statement in the build records of `platforms`. `None` if there is none.
    ///
    /// # Errors
    ///
    /// `usage/arguments` if several statements match.
    pub(super) fn find(
        evidence: &'a Evidence,
        platforms: &[&'a PlatformEvidence],
        digest_prefix: &DigestPrefix,
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
                    && (digest_prefix.matches(own) || digest_prefix.matches(record))
                    && known.insert((record, own))
            })
            .map(|(platform, statement)| Self { platform, statement, by_digest: digest_prefix.0.is_some() })
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

    /// Prints the statement, with a warning on standard error.
    ///
    /// # Errors
    ///
    /// `trust/unsigned` if a proof is required; an error if the statement is about another image or of another type.
    pub(super) async fn print(
        &self,
        evidence: &Evidence,
        session: &Session<'_>,
        demands: Demands,
        format: GetFormat,
        predicate: bool,
        output: Option<&Path>,
    ) -> Result<(), Diagnostic> {
        self.check_demands(evidence, demands)?;
        let what = self.description();
        let refused =
            |diagnostic: Diagnostic| diagnostic.fact("statement", self.statement.layer.digest).about(&what);
        let bytes = unsigned_statement(&session.registry, self.statement, &session.limits)
            .await
            .map_err(|failure| refused(failure.to_diagnostic()))?;
        let statement = self.read(&bytes).map_err(|error| refused(error.to_diagnostic()))?;
        session.printer.warning(&format!("{what} is {}", BuildRecord::MARK));
        if statement.subjects.is_empty() {
            session
                .printer
                .warning("it names no subject: only the unsigned build record links it to this image");
        }
        let bytes = render(&bytes, &statement, predicate, format, session.printer.style_of(output))?;
        let text = format!("{}\n\n{}", BuildRecord::MARK, String::from_utf8_lossy(&bytes));
        let data = match format {
            GetFormat::Raw => Data::Raw(&bytes),
            GetFormat::Table => Data::Text(&text),
        };
        write(output, data, session.printer)
    }

    /// Parses the statement, and checks that it is about this image and of the type that its record claims.
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
            let what = format!("{} is {}{why}", self.description(), BuildRecord::MARK);
            Diagnostic::new(Code::TRUST_UNSIGNED, what).fact("statement", digest)
        };
        let by_digest =
            || Remedy::GetUnsigned { reference: evidence.reference.to_string(), digest: digest.to_string() };
        if demands.by_flags {
            return Err(refused(", and a proof is required").remedy(by_digest()));
        }
        if self.by_digest {
            return Ok(());
        }
        if demands.by_name {
            return Err(refused(", and this image must be signed").remedy(by_digest()));
        }
        if let Some(failure) = self.platform.not_checked.first() {
            let cause = failure.to_diagnostic().message;
            let diagnostic = refused(", and a source that may have a signed one could not be queried");
            return Err(diagnostic.fact("not queried", cause).remedy(by_digest()));
        }
        if self.platform.listed.iter().any(|listed| may_be_signed(&listed.reason)) {
            let diagnostic = refused(", and a signed attestation of the image could not be verified");
            return Err(diagnostic.remedy(by_digest()));
        }
        Ok(())
    }

    fn description(&self) -> String {
        format!("{} of {}", self.statement.title(), self.platform.label())
    }
}

/// Whether an attestation that was not judged for this reason may be the signed statement of the requested type.
/// Attestations of other types are listed as `NotRequested`.
fn may_be_signed(reason: &ListedReason) -> bool {
    match reason {
        ListedReason::NotRequested
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
