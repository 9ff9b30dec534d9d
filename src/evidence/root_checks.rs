//! Makes the checks on the object that a reference names: its signature, its platforms, and the image of a local
//! engine.

use std::collections::BTreeSet;

use super::attestations;
use super::check::{Check, CheckKind, CheckSubject, Outcome};
use super::facts;
use super::failure::Failure;
use super::reference::{EntryReason, Evidence, RootSignatureStatus};
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::oci::{Digest, quote_untrusted};
use crate::trust::Error;

/// The check on the root's signature. `required` is whether a missing signature is a failure.
pub(super) fn root_signature(evidence: &Evidence, required: bool) -> Check {
    const KIND: CheckKind = CheckKind::RootSignature;
    const SUBJECT: CheckSubject = CheckSubject::Root;
    let scope = root_name(evidence);
    match evidence.root_signature_status() {
        RootSignatureStatus::SignedBy(signatures) => {
            let message = attestations::signed_by(signatures);
            let message = match evidence.root_signature.other_failures.len() {
                0 => message,
                1 => format!("{message}; 1 other signature failed"),
                failed => format!("{message}; {failed} other signatures failed"),
            };
            Check::pass(KIND, SUBJECT, scope, message)
        }
        RootSignatureStatus::Absent => {
            let diagnostic = Diagnostic::new(Code::TRUST_UNSIGNED, "it is not signed");
            match (required, evidence.root.is_index) {
                (true, _) => Check::noted(KIND, SUBJECT, scope, Outcome::Fail, diagnostic),
                (false, true) => Check::noted(
                    KIND,
                    SUBJECT,
                    scope,
                    Outcome::Warn,
                    diagnostic.remedy(Remedy::RequireIndexSignature),
                ),
                // Without an index the attestations refer to the requested object itself.
                (false, false) => {
                    Check::skipped(KIND, SUBJECT, scope, "not signed, and no signature is required")
                }
            }
        }
        RootSignatureStatus::Unknown(failure) => {
            let diagnostic = match failure {
                // The key of an attestor does not count for the root.
                Failure::Trust(Error::WrongKey { .. }) => {
                    failure.to_diagnostic().remedy(Remedy::GiveKeyOfSignature)
                }
                _ => failure.to_diagnostic(),
            };
            let outcome = if required { Outcome::of_failed(failure.is_open()) } else { Outcome::Warn };
            Check::noted(KIND, SUBJECT, scope, outcome, diagnostic)
        }
        RootSignatureStatus::ListUnknown(unknown) if required => {
            Check::failed(KIND, SUBJECT, scope, &unknown.failure)
        }
        RootSignatureStatus::ListUnknown(unknown) => {
            Check::noted(KIND, SUBJECT, scope, Outcome::Warn, unknown.failure.to_diagnostic())
        }
        RootSignatureStatus::Failed(failure) => Check::failed(KIND, SUBJECT, scope, &failure),
    }
}

/// The check that the image of a local engine, if one was requested, is one of the judged images.
pub(super) fn local_image(evidence: &Evidence) -> Option<Check> {
    let (kind, subject, scope) = (CheckKind::LocalImage, CheckSubject::Root, "local image");
    let local = evidence.local_image.as_ref()?;
    Some(match evidence.identified()? {
        Ok(by) => Check::pass(kind, subject, scope, evidence.identification(by))
            .with(facts::of_local(local, evidence)),
        Err(other) => Check::noted(kind, subject, scope, Outcome::Fail, other.to_diagnostic()),
    })
}

/// The name of the root in reports.
pub(super) fn root_name(evidence: &Evidence) -> &'static str {
    if evidence.root.is_index { attestations::INDEX } else { "manifest" }
}

/// A failed check for each requested platform that does not exist. One platform does not replace another.
pub(super) fn missing_platforms(evidence: &Evidence) -> impl Iterator<Item = Check> {
    let missing = evidence.missing_platforms().filter(|_| !evidence.platforms.is_empty());
    missing.map(|requested| {
        let what = format!("there is no image for {requested}");
        let diagnostic = Diagnostic::new(Code::VERIFY_NO_SUCH_PLATFORM, what)
            .fact("available", evidence.available_platforms().join(", "))
            .maybe_remedy(choose_platform(evidence.available_platforms().first()));
        let subject = CheckSubject::RequestedPlatform(requested.clone());
        Check::noted(CheckKind::Platform, subject, &requested.to_string(), Outcome::Fail, diagnostic)
    })
}

/// What is wrong if there is no image to verify.
pub(super) fn no_platform(evidence: &Evidence) -> Diagnostic {
    let requested: Vec<String> = evidence.requested_platforms.iter().map(ToString::to_string).collect();
    let what = match requested.as_slice() {
        [] => "there is no image to verify".to_owned(),
        requested => format!("there is no image for {}", requested.join(", ")),
    };
    let diagnostic = Diagnostic::new(Code::VERIFY_NO_SUCH_PLATFORM, what);
    if evidence.passed_over.is_empty() {
        diagnostic.fact("entries", "none that is an image")
    } else {
        let available: BTreeSet<String> =
            evidence.passed_over.iter().map(|entry| entry.platform.to_string()).collect();
        let available: Vec<String> = available.into_iter().collect();
        diagnostic.fact("available", available.join(", ")).maybe_remedy(choose_platform(available.first()))
    }
}

fn choose_platform(available: Option<&String>) -> Option<Remedy> {
    available.map(|platform| Remedy::ChoosePlatform { platform: platform.clone() })
}

/// A skipped check for each entry of the index that was not judged, with the reason.
pub fn not_judged(evidence: &Evidence) -> Vec<Check> {
    let skipped = |scope: &str, reason: EntryReason, digest: Digest| {
        Check::skipped(CheckKind::Platform, CheckSubject::Entry(digest), scope, reason.as_str())
            .with(vec![("entry", digest.to_string())])
    };
    let set_aside = evidence.set_aside.iter();
    let set_aside =
        set_aside.map(|entry| skipped(&entry.digest.short(), EntryReason::BuildRecord, entry.digest));
    let passed_over = evidence.passed_over.iter().map(|entry| {
        skipped(&quote_untrusted(&entry.platform.to_string()), EntryReason::OtherPlatform, entry.digest)
    });
    set_aside.chain(passed_over).collect()
}
