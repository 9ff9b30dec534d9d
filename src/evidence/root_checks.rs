//! The checks on the object that a reference names: its signature, the platforms in it, and the image of a local engine.

use std::collections::BTreeSet;

use super::attestations;
use super::check::{Check, CheckKind, CheckSubject, Outcome};
use super::facts;
use super::reference::{EntryReason, Evidence, RootSigned};
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::oci::{Digest, quote_untrusted};

pub(super) fn root_signature(evidence: &Evidence, demanded: bool) -> Check {
    const KIND: CheckKind = CheckKind::RootSignature;
    const SUBJECT: CheckSubject = CheckSubject::Root;
    let scope = root_name(evidence);
    match evidence.root_signed() {
        RootSigned::By(signatures) => {
            let says = attestations::signed_by(signatures);
            let says = match evidence.root_signature.beside.len() {
                0 => says,
                1 => format!("{says}; another signature is not good"),
                beside => format!("{says}; {beside} other signatures are not good"),
            };
            Check::pass(KIND, SUBJECT, scope, says)
        }
        RootSigned::Absent => {
            let diagnostic = Diagnostic::new(Code::TRUST_UNSIGNED, "it has no signature of its own");
            match (demanded, evidence.root.is_index) {
                (true, _) => Check::noted(KIND, SUBJECT, scope, Outcome::Fail, diagnostic),
                (false, true) => Check::noted(
                    KIND,
                    SUBJECT,
                    scope,
                    Outcome::Warn,
                    diagnostic.remedy(Remedy::RequireIndexSignature),
                ),
                // Where there is no index the attestations hang on the very object that was asked for.
                (false, false) => {
                    Check::skipped(KIND, SUBJECT, scope, "no signature of its own, and none demanded")
                }
            }
        }
        RootSigned::Unknown(failure) if demanded => Check::failed(KIND, SUBJECT, scope, failure),
        RootSigned::Unknown(failure) => {
            Check::noted(KIND, SUBJECT, scope, Outcome::Warn, failure.to_diagnostic())
        }
        RootSigned::ListUnknown(unknown) if demanded => Check::failed(KIND, SUBJECT, scope, &unknown.failure),
        RootSigned::ListUnknown(unknown) => {
            Check::noted(KIND, SUBJECT, scope, Outcome::Warn, unknown.failure.to_diagnostic())
        }
        RootSigned::Failed(failure) => Check::failed(KIND, SUBJECT, scope, &failure),
    }
}

/// Whether the image of a local engine, where one was asked for, is what was judged.
pub(super) fn local_image(evidence: &Evidence) -> Option<Check> {
    let (kind, subject, scope) = (CheckKind::LocalImage, CheckSubject::Root, "local image");
    let local = evidence.local_image.as_ref()?;
    Some(match evidence.identified()? {
        Ok(by) => Check::pass(kind, subject, scope, evidence.identification(by))
            .with(facts::of_local(local, evidence)),
        Err(other) => Check::noted(kind, subject, scope, Outcome::Fail, other.to_diagnostic()),
    })
}

/// How the root is called in reports.
pub(super) fn root_name(evidence: &Evidence) -> &'static str {
    if evidence.root.is_index { attestations::INDEX } else { "manifest" }
}

/// Of several platforms that were asked for each must be there: one does not answer for another.
pub(super) fn missing_platforms(evidence: &Evidence) -> impl Iterator<Item = Check> {
    let missing = evidence.missing().filter(|_| !evidence.platforms.is_empty());
    missing.map(|asked| {
        let what = format!("there is no image for {asked}");
        let diagnostic =
            Diagnostic::new(Code::VERIFY_NO_SUCH_PLATFORM, what).fact("there", evidence.there().join(", "));
        let subject = CheckSubject::Asked(asked.clone());
        Check::noted(CheckKind::Platform, subject, &asked.to_string(), Outcome::Fail, diagnostic)
    })
}

pub(super) fn no_platform(evidence: &Evidence) -> Diagnostic {
    let asked: Vec<String> = evidence.asked_platforms.iter().map(ToString::to_string).collect();
    let what = match asked.as_slice() {
        [] => "there is no image to verify".to_owned(),
        asked => format!("there is no image for {}", asked.join(", ")),
    };
    let diagnostic = Diagnostic::new(Code::VERIFY_NO_SUCH_PLATFORM, what);
    if evidence.passed_over.is_empty() {
        diagnostic.fact("entries", "none that is an image")
    } else {
        let there: BTreeSet<String> =
            evidence.passed_over.iter().map(|entry| entry.platform.to_string()).collect();
        diagnostic.fact("there", there.into_iter().collect::<Vec<_>>().join(", "))
    }
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
