//! What hangs on an object, as a tree: each line says what it is, whether it verified and who signed it.

use std::fmt::Write;

use serde::Serialize;

use super::json::{DiagnosticJson, SignatureJson};
use super::style::printable;
use super::{Style, Words};
use crate::attestation::{VSA_TYPE, short_title};
use crate::diagnostic::{Remedy, ToDiagnostic as _};
use crate::evidence::{
    AttestationEvidence, Attested, BuildRecord, Evidence, Failure, ListedReferrer, ReferrerKind,
    ReferrerNode, ReferrerTree,
};
use crate::oci::Digest;
use crate::trust::SignatureFacts;

/// What came of something that hangs on an object.
enum State<'a> {
    /// It verified, and these signed it.
    Verified(Vec<&'a SignatureFacts>),
    /// It did not.
    Failed(Failure),
    /// It was not judged.
    NotJudged(String),
}

/// The tree of all objects.
pub fn tree(evidence: &Evidence, objects: &[ReferrerTree], style: Style, words: &impl Words) -> String {
    let blocks = objects.iter().map(|object| {
        let mut out = format!(
            "{}  {}\n",
            style.strong(&printable(&name(evidence, object.digest))),
            object.digest.short()
        );
        let in_index = records(evidence, object.digest)
            .filter(|record| object.referrers.iter().all(|hanging| hanging.digest != record.digest));
        let in_index: Vec<&BuildRecord> = in_index.collect();
        if object.referrers.is_empty() && object.failures.is_empty() && in_index.is_empty() {
            out.push_str("  nothing hangs on it\n");
        }
        lines(&mut out, evidence, object.digest, (&object.referrers, &object.failures), 1);
        for record in in_index {
            let (digest, mark) = (record.digest.short(), BuildRecord::MARK);
            let _ = writeln!(out, "  record  {digest}  {mark}, an entry of the index");
            statements(&mut out, record, "    ");
        }
        out
    });
    blocks.collect::<Vec<_>>().join("\n") + &hints(evidence, words)
}

fn lines(
    out: &mut String,
    evidence: &Evidence,
    on: Digest,
    (referrers, failures): (&[ReferrerNode], &[Failure]),
    level: usize,
) {
    let indent = "  ".repeat(level);
    for hanging in referrers {
        let (word, state) = (word(evidence, on, hanging), state(evidence, on, hanging));
        let title = title(evidence, on, hanging);
        let title = if title.is_empty() { title } else { format!("{}  ", printable(&title)) };
        let says = match state {
            State::Verified(signers) => {
                let signers = signers
                    .iter()
                    .map(|facts| format!("{}, log {}", facts.signer().name(), facts.log().as_str()));
                format!("verified: {}", signers.collect::<Vec<_>>().join("; "))
            }
            State::Failed(failure) => format!("{}: {}", failure.code(), failure.to_diagnostic().message),
            State::NotJudged(reason) => format!("not judged: {reason}"),
        };
        let _ = writeln!(out, "{indent}{word}  {title}{}  {}", hanging.digest.short(), printable(&says));
        if let Some(record) = record(evidence, on, hanging.digest) {
            statements(out, record, &"  ".repeat(level + 1));
        }
        lines(out, evidence, hanging.digest, (&hanging.referrers, &hanging.failures), level + 1);
    }
    for failure in failures {
        let diagnostic = failure.to_diagnostic();
        let _ = writeln!(out, "{indent}not listed: {}: {}", failure.code(), printable(&diagnostic.message));
    }
}

/// The records of the build of an image.
fn records(evidence: &Evidence, image: Digest) -> impl Iterator<Item = &BuildRecord> {
    let images = evidence.platforms.iter().filter(move |platform| platform.digest == image).take(1);
    images.flat_map(|platform| evidence.build_records(platform))
}

fn record(evidence: &Evidence, on: Digest, digest: Digest) -> Option<&BuildRecord> {
    records(evidence, on).find(|record| record.digest == digest)
}

fn statements(out: &mut String, record: &BuildRecord, indent: &str) {
    for statement in record.statements() {
        let (title, digest) = (printable(&statement.title()), statement.layer.digest.short());
        let _ = writeln!(out, "{indent}statement  {title}  {digest}");
    }
}

/// How an object is called: the index, the manifest, or a platform.
fn name(evidence: &Evidence, digest: Digest) -> String {
    let of_platform = evidence.platforms.iter().find(|platform| platform.digest == digest);
    match of_platform {
        Some(platform) => platform.label(),
        None if evidence.root.is_index => "index".to_owned(),
        None => "manifest".to_owned(),
    }
}

type Judged<'a> = (&'a AttestationEvidence, Result<&'a Attested, Failure>);

/// What the evidence says of an attestation of `object`.
fn judged(evidence: &Evidence, object: Digest, attestation: Digest) -> Option<Judged<'_>> {
    let root = evidence.root.digest;
    let of_index = evidence.about_index.judged(root).filter(|_| object == root);
    let images = evidence.platforms.iter().filter(|platform| platform.digest == object || object == root);
    let mut all = of_index.chain(images.flat_map(|platform| platform.judged(root)));
    let (found, outcome) = all.find(|(known, _)| known.digest == attestation)?;
    Some((found, outcome.map_err(std::borrow::Cow::into_owned)))
}

/// What was listed and not judged, of the index and of all images.
fn all_listed(evidence: &Evidence) -> impl Iterator<Item = &ListedReferrer> {
    let images = evidence.platforms.iter().flat_map(|platform| &platform.listed);
    evidence.about_index.listed.iter().chain(images)
}

/// How to have judged what was only listed: a line for each remedy.
pub(super) fn hints(evidence: &Evidence, words: &impl Words) -> String {
    let mut remedies: Vec<Remedy> = Vec::new();
    for remedy in all_listed(evidence).filter_map(|listed| listed.reason.remedy()) {
        if !remedies.contains(&remedy) {
            remedies.push(remedy);
        }
    }
    remedies.iter().fold(String::new(), |lines, remedy| lines + "hint: " + &words.remedy(remedy) + "\n")
}

fn listed(evidence: &Evidence, digest: Digest) -> Option<&ListedReferrer> {
    all_listed(evidence).find(|listed| listed.digest == digest)
}

fn word(evidence: &Evidence, on: Digest, hanging: &ReferrerNode) -> &'static str {
    match &hanging.kind {
        ReferrerKind::Signature(_) => "signature",
        ReferrerKind::Attestation(_)
            if predicate_type(evidence, on, hanging).as_deref() == Some(VSA_TYPE) =>
        {
            "summary"
        }
        ReferrerKind::Attestation(_) => "attestation",
        ReferrerKind::Other if record(evidence, on, hanging.digest).is_some() => "record",
        ReferrerKind::Other | ReferrerKind::Unread(_) => "referrer",
    }
}

/// The predicate type: of what verified that of its statement.
fn predicate_type(evidence: &Evidence, on: Digest, hanging: &ReferrerNode) -> Option<String> {
    let ReferrerKind::Attestation(claimed) = &hanging.kind else { return None };
    match judged(evidence, on, hanging.digest) {
        Some((_, Ok(attested))) => Some(attested.statement().predicate_type.clone()),
        Some((found, Err(_))) => found.predicate_type.clone().or_else(|| claimed.clone()),
        None => claimed.clone(),
    }
}

fn title(evidence: &Evidence, on: Digest, hanging: &ReferrerNode) -> String {
    match &hanging.kind {
        ReferrerKind::Signature(_) => String::new(),
        ReferrerKind::Attestation(_) => {
            predicate_type(evidence, on, hanging).map_or_else(String::new, |kind| short_title(&kind))
        }
        ReferrerKind::Other | ReferrerKind::Unread(_) => hanging.artifact_type.clone(),
    }
}

fn state<'a>(evidence: &'a Evidence, on: Digest, hanging: &'a ReferrerNode) -> State<'a> {
    match &hanging.kind {
        ReferrerKind::Signature(tried) => {
            let good: Vec<&SignatureFacts> = tried.iter().filter_map(|tried| tried.as_ref().ok()).collect();
            match (good.is_empty(), tried.iter().find_map(|tried| tried.as_ref().err())) {
                (false, _) => State::Verified(good),
                (true, Some(failure)) => State::Failed(failure.clone()),
                (true, None) => State::NotJudged("it holds no signature".to_owned()),
            }
        }
        ReferrerKind::Unread(failure) => State::Failed(failure.clone()),
        ReferrerKind::Other if record(evidence, on, hanging.digest).is_some() => {
            State::NotJudged(BuildRecord::MARK.to_owned())
        }
        ReferrerKind::Other => State::NotJudged("not an attestation".to_owned()),
        ReferrerKind::Attestation(_) => {
            match (judged(evidence, on, hanging.digest), listed(evidence, hanging.digest)) {
                (Some((_, Ok(attested))), _) => State::Verified(attested.signatures().iter().collect()),
                (Some((_, Err(failure))), _) => State::Failed(failure),
                (None, Some(listed)) => State::NotJudged(listed.reason.to_string()),
                (None, None) => State::NotJudged("it is about no image that was judged".to_owned()),
            }
        }
    }
}

/// An object in the JSON document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ObjectJson<'a> {
    object: String,
    digest: String,
    referrers: Vec<HangingJson<'a>>,
    #[serde(rename = "problems")]
    failures: Vec<DiagnosticJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HangingJson<'a> {
    kind: &'static str,
    digest: String,
    artifact_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    predicate_type: Option<String>,
    found_in: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    signatures: Vec<SignatureJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(rename = "problem")]
    diagnostic: Option<DiagnosticJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    referrers: Vec<Self>,
    #[serde(rename = "problems")]
    failures: Vec<DiagnosticJson>,
}

pub(super) fn objects<'a>(
    evidence: &'a Evidence,
    objects: &'a [ReferrerTree],
    words: &dyn Words,
) -> Vec<ObjectJson<'a>> {
    let object = |object: &'a ReferrerTree| ObjectJson {
        object: name(evidence, object.digest),
        digest: object.digest.to_string(),
        referrers: nodes(evidence, object.digest, &object.referrers, words),
        failures: failures(&object.failures, words),
    };
    objects.iter().map(object).collect()
}

fn nodes<'a>(
    evidence: &'a Evidence,
    on: Digest,
    referrers: &'a [ReferrerNode],
    words: &dyn Words,
) -> Vec<HangingJson<'a>> {
    let node = |hanging: &'a ReferrerNode| {
        let (state, signers, diagnostic, reason) = match state(evidence, on, hanging) {
            State::Verified(signers) => ("verified", signers, None, None),
            State::Failed(failure) => ("failed", Vec::new(), Some(DiagnosticJson::of(&failure, words)), None),
            State::NotJudged(reason) => ("not-judged", Vec::new(), None, Some(reason)),
        };
        HangingJson {
            kind: word(evidence, on, hanging),
            digest: hanging.digest.to_string(),
            artifact_type: &hanging.artifact_type,
            predicate_type: predicate_type(evidence, on, hanging),
            found_in: hanging.found_in.to_string(),
            state,
            signatures: signers.into_iter().map(SignatureJson::new).collect(),
            diagnostic,
            reason,
            referrers: nodes(evidence, hanging.digest, &hanging.referrers, words),
            failures: failures(&hanging.failures, words),
        }
    };
    referrers.iter().map(node).collect()
}

fn failures(failures: &[Failure], words: &dyn Words) -> Vec<DiagnosticJson> {
    failures.iter().map(|failure| DiagnosticJson::of(failure, words)).collect()
}
