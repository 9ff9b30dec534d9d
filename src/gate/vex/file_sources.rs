//! The VEX documents in files, each with what its signature is worth.
//!
//! A signature counts only for the bytes that were read. An attestation counts only if a trusted signer signed exactly
//! its statement.

use std::collections::BTreeSet;
use std::path::Path;

use bytes::Bytes;

use super::error::Error;
use super::files::VexFile;
use super::json_lines::values;
use super::problem::Problem;
use crate::attestation::PredicateFacts;
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::Limits;
use crate::oci::Digest;
use crate::trust::{self, Artifact, Bundle, EnvelopeLayer, Quorum, SignedStatement, Trust, Verified};
use crate::vex::document::{self, Shape};
use crate::vex::{Document, LazyDigest, Source, SourceKind, SourceTrust, SourcedDocument, VerifiedBy};

/// The documents in `file`, and what is wrong with its signatures.
///
/// # Errors
///
/// [`Error::Document`] if the file is no VEX document.
pub(super) fn documents(
    file: &VexFile,
    trust: &Trust,
    limits: &Limits,
    problems: &mut Vec<Problem>,
) -> Result<Vec<SourcedDocument>, Error> {
    let name = format!("`{}`", file.name);
    let sourced = |document, trust, bytes: &Bytes| SourcedDocument {
        source: Source {
            name: file.name.clone(),
            kind: SourceKind::File,
            digest: LazyDigest::of(bytes.clone()),
            trust,
            priority: 0,
        },
        document,
    };
    if is_attestation(file) {
        let mut documents = Vec::new();
        for attestation in values(&file.content) {
            let (document, trust) = attested(&attestation, &name, trust, limits, problems)?;
            documents.push(sourced(document, trust, &attestation));
        }
        return Ok(documents);
    }
    // The documents are read first: an unreadable file is an error, signed or not.
    let documents = document::read(&file.content, &name)?;
    let trust = trust_of(file, &name, trust, limits, problems);
    Ok(documents.into_iter().map(|document| sourced(document, trust.clone(), &file.content)).collect())
}

/// The problem that nobody signed these files, for those of whose `documents` one is neither verified nor trusted by
/// the user. It is one problem for all files of a directory.
pub(super) fn unsigned(files: &[VexFile], documents: &[SourcedDocument]) -> Vec<Problem> {
    let unverified = documents.iter().map(|document| &document.source).filter(|source| {
        matches!(source.kind, SourceKind::File) && matches!(source.trust, SourceTrust::Unverified)
    });
    let unverified: BTreeSet<&str> = unverified.map(|source| source.name.as_str()).collect();
    let mut groups: Vec<(&Path, Vec<&VexFile>)> = Vec::new();
    for file in files.iter().filter(|file| unverified.contains(file.name.as_str())) {
        match groups.iter_mut().find(|(given, _)| *given == file.given) {
            Some((_, group)) => group.push(file),
            None => groups.push((&file.given, vec![file])),
        }
    }
    let problem = |(given, group): (&Path, Vec<&VexFile>)| {
        let is_unsigned = |file: &&&VexFile| file.signatures.is_empty() && !is_attestation(file);
        let unsigned: Vec<&str> = group.iter().filter(is_unsigned).map(|file| file.name.as_str()).collect();
        let first = *unsigned.first()?;
        let source = given.display().to_string();
        let diagnostic = |what: String| Diagnostic::new(Code::VEX_UNSIGNED, what);
        let trusted = |source: String| Remedy::TrustUnsignedSource { source };
        Some(Problem::not_used(if unsigned.iter().all(|name| *name == first) {
            diagnostic(format!("`{first}` is not signed")).remedy(trusted(first.to_owned()))
        } else {
            let what =
                format!("`{source}` has {} files that are not signed, such as `{first}`", unsigned.len());
            // Trust in the directory would include what others signed.
            diagnostic(what).maybe_remedy((unsigned.len() == group.len()).then(|| trusted(source)))
        }))
    };
    groups.into_iter().filter_map(problem).collect()
}

/// Whether a file has attestations, each with its own signature.
fn is_attestation(file: &VexFile) -> bool {
    matches!(document::shape(&file.content), Shape::Envelope | Shape::Bundle)
}

/// What the signatures beside a file are worth.
fn trust_of(
    file: &VexFile,
    name: &str,
    trust: &Trust,
    limits: &Limits,
    problems: &mut Vec<Problem>,
) -> SourceTrust {
    let (mut verified, mut failed) = (Vec::new(), Vec::new());
    for signature in &file.signatures {
        match trust.verify_signature_file(&signature.content, &file.content, limits) {
            Ok(good) => verified.push(good),
            Err(error) => failed.push((signature.name.as_str(), error)),
        }
    }
    if !verified.is_empty() {
        if let Some(signed) = trust.quorum(Digest::of(&file.content), &verified) {
            return SourceTrust::Verified(VerifiedBy::of_quorum(signed.signatures()));
        }
        let facts: Vec<_> = verified.iter().map(Verified::facts).collect();
        failed.push((name, trust.threshold_error(&facts)));
    }
    let worst = failed.into_iter().min_by_key(|(_, error)| error.rank());
    // A file without a signature is a problem only if the user does not trust it: see `unsigned`.
    let Some((signature, error)) = worst else { return SourceTrust::Unverified };
    let is_unreadable = matches!(error.meaning(), trust::ErrorMeaning::Unreadable);
    let remedy = is_unreadable
        .then(|| Remedy::SignFileWithBundle { signature: signature.to_owned(), file: file.name.clone() });
    refused(&error, signature, remedy, problems)
}

/// The trust in a source whose signature does not count. A bad proof is never lifted by the user's trust; a signature by
/// others, or in a form that is not read, is worth nothing.
fn refused(
    error: &trust::Error,
    what: &str,
    remedy: Option<Remedy>,
    problems: &mut Vec<Problem>,
) -> SourceTrust {
    use trust::ErrorMeaning::{Absent, OtherIdentity, OtherKey, TooFew, Unreadable};
    let diagnostic = error.to_diagnostic();
    let cause = format!("{}: {}", diagnostic.code, diagnostic.message);
    let diagnostic = diagnostic.about(what).maybe_remedy(remedy);
    match error.meaning() {
        Absent | OtherKey | OtherIdentity | TooFew | Unreadable => {
            problems.push(Problem::not_used(diagnostic));
            SourceTrust::Unverified
        }
        _ => {
            problems.push(Problem::incomplete(diagnostic));
            SourceTrust::Failed { cause }
        }
    }
}

/// The document in an envelope or a bundle, and what its signature is worth.
fn attested(
    attestation: &Bytes,
    name: &str,
    trust: &Trust,
    limits: &Limits,
    problems: &mut Vec<Problem>,
) -> Result<(Document, SourceTrust), Error> {
    let unverified = document::read(attestation, name)?.into_iter().next().ok_or_else(|| Error::File {
        path: name.trim_matches('`').to_owned(),
        cause: "it has no document".to_owned(),
    })?;
    // The statement is verified for an object that it names itself. Whether that is the scanned image is decided for
    // each report.
    let subjects = unverified.subjects.iter().flatten();
    let Some(subject) = subjects.filter_map(|subject| subject.parse::<Digest>().ok()).next() else {
        let what = format!("{name} is an attestation that names no subject by a digest");
        problems.push(Problem::not_used(Diagnostic::new(Code::VEX_UNSIGNED, what)));
        return Ok((unverified, SourceTrust::Unverified));
    };
    match signed(attestation, subject, trust, limits) {
        Ok((statement, quorum)) => {
            let document = document::of_statement(&statement, name)?;
            Ok((document, SourceTrust::Verified(VerifiedBy::of_quorum(&quorum))))
        }
        Err(error) => Ok((unverified, refused(&error, name, None, problems))),
    }
}

/// The statement in an envelope or bundle, with its signers.
fn signed(
    attestation: &Bytes,
    subject: Digest,
    trust: &Trust,
    limits: &Limits,
) -> Result<(Bytes, Quorum), trust::Error> {
    let object = Artifact::of_digest(subject);
    let statements: Vec<Verified<SignedStatement>> = match document::shape(attestation) {
        Shape::Bundle => vec![trust.verify_attestation_file(&Bundle::parse(attestation, limits)?, object)?],
        _ => {
            let envelope = EnvelopeLayer {
                envelope: attestation,
                log_entry: None,
                certificate: None,
                chain: None,
                timestamp: None,
            };
            trust.verify_envelope(envelope, object, limits)?
        }
    };
    let statements = statements.into_iter().map(|statement| ((), statement.reduce::<PredicateFacts>(true)));
    let mut failed = trust::Error::Unsigned;
    for ((), counted) in trust.count_enveloped(statements.collect()) {
        match counted {
            Ok(attested) => {
                if let Some(whole) = attested.whole() {
                    return Ok((whole.bytes().clone(), attested.signatures().clone()));
                }
            }
            Err(error) => failed = error,
        }
    }
    Err(failed)
}
