//! The referrers of an object as a tree: kind, verification result and signers of each.

use std::fmt;

use serde::Serialize;

use super::json::{DiagnosticJson, ListedReasonJson, SignatureJson};
use super::{HintTexts, Style};
use crate::attestation::{VSA_TYPE, short_title};
use crate::diagnostic::{Remedy, ToDiagnostic as _};
use crate::evidence::{
    AttestationEvidence, Attested, BuildRecord, Evidence, Failure, ListedReason, ListedReferrer,
    PlatformEvidence, ReferrerKind, ReferrerNode, ReferrerTree,
};
use crate::oci::Digest;
use crate::trust::SignatureFacts;

/// The verification result of a referrer.
enum ReferrerState<'a> {
    /// It verified; these are its signatures.
    Verified(Vec<&'a SignatureFacts>),
    /// It failed.
    Failed(Failure),
    /// It was not judged, for this reason.
    NotJudged(NotJudgedReason<'a>),
}

/// Why a referrer is not judged.
enum NotJudgedReason<'a> {
    /// A listed attestation.
    Listed(&'a ListedReason),
    /// A signature without any signature in it.
    Empty,
    /// A build record.
    BuildRecord,
    /// Neither a signature nor an attestation.
    NoAttestation,
    /// An attestation that is not about a judged image.
    OtherObject,
}

impl<'a> NotJudgedReason<'a> {
    fn json(&self) -> ListedReasonJson<'a> {
        let id = match self {
            Self::Listed(reason) => return ListedReasonJson::new(reason),
            Self::Empty => "no-signature",
            Self::BuildRecord => "build-record",
            Self::NoAttestation => "no-attestation",
            Self::OtherObject => "other-object",
        };
        ListedReasonJson::of(id, self.to_string())
    }
}

/// The text for people.
impl fmt::Display for NotJudgedReason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Listed(reason) => return reason.fmt(f),
            Self::Empty => "it contains no signature",
            Self::BuildRecord => BuildRecord::MARK,
            Self::NoAttestation => "not an attestation",
            Self::OtherObject => "it is not about a judged image",
        })
    }
}

/// The tree of all objects.
pub fn tree(evidence: &Evidence, objects: &[ReferrerTree], style: Style, texts: &impl HintTexts) -> String {
    let blocks = objects.iter().map(|object| {
        let mut out = format!(
            "{}  {}\n",
            style.strong(&style.text(&name(evidence, object.digest))),
            object.digest.short()
        );
        let in_index = records(evidence, object.digest)
            .filter(|record| object.referrers.iter().all(|referrer| referrer.digest != record.digest));
        let in_index: Vec<&BuildRecord> = in_index.collect();
        if object.referrers.is_empty() && object.failures.is_empty() && in_index.is_empty() {
            out.push_str("  no referrers\n");
        }
        lines(&mut out, evidence, object.digest, (&object.referrers, &object.failures), 1, style);
        for record in in_index {
            let (digest, mark) = (record.digest.short(), BuildRecord::MARK);
            out.push_str(&style.lines(&format!("  record  {digest}  {mark}, an entry of the index"), 6));
            statements(&mut out, record, 2, style);
        }
        out
    });
    blocks.collect::<Vec<_>>().join("\n") + &hints(evidence, texts, style)
}

fn lines(
    out: &mut String,
    evidence: &Evidence,
    subject: Digest,
    (referrers, failures): (&[ReferrerNode], &[Failure]),
    level: usize,
    style: Style,
) {
    let indent = "  ".repeat(level);
    // Further below than the next level, so that a line that continues is not taken for a referrer.
    let hanging = indent.len() + 4;
    for referrer in referrers {
        let (kind, state) = (kind_name(evidence, subject, referrer), state(evidence, subject, referrer));
        let title = title(evidence, subject, referrer);
        let title = if title.is_empty() { title } else { format!("{}  ", style.text(&title)) };
        let result = match state {
            ReferrerState::Verified(signers) => {
                let signers = signers
                    .iter()
                    .map(|facts| format!("{}, log {}", facts.signer().name(), facts.log().as_str()));
                format!("verified: {}", signers.collect::<Vec<_>>().join("; "))
            }
            ReferrerState::Failed(failure) => {
                format!("{}: {}", failure.code(), failure.to_diagnostic().message)
            }
            ReferrerState::NotJudged(reason) => format!("not judged: {reason}"),
        };
        let line = format!("{indent}{kind}  {title}{}  {}", referrer.digest.short(), style.text(&result));
        out.push_str(&style.lines(&line, hanging));
        if let Some(record) = record(evidence, subject, referrer.digest) {
            statements(out, record, level + 1, style);
        }
        let below = (referrer.referrers.as_slice(), referrer.failures.as_slice());
        lines(out, evidence, referrer.digest, below, level + 1, style);
    }
    for failure in failures {
        let message = style.text(&failure.to_diagnostic().message);
        out.push_str(&style.lines(&format!("{indent}not listed: {}: {message}", failure.code()), hanging));
    }
}

/// The build records of an image.
fn records(evidence: &Evidence, image: Digest) -> impl Iterator<Item = &BuildRecord> {
    let images = evidence.platforms.iter().filter(move |platform| platform.digest == image).take(1);
    images.flat_map(|platform| evidence.build_records(platform))
}

fn record(evidence: &Evidence, subject: Digest, digest: Digest) -> Option<&BuildRecord> {
    records(evidence, subject).find(|record| record.digest == digest)
}

fn statements(out: &mut String, record: &BuildRecord, level: usize, style: Style) {
    let indent = "  ".repeat(level);
    for statement in record.statements() {
        let (title, digest) = (style.text(&statement.title()), statement.layer.digest.short());
        out.push_str(&style.lines(&format!("{indent}statement  {title}  {digest}"), indent.len() + 4));
    }
}

/// The image with this digest.
fn image(evidence: &Evidence, digest: Digest) -> Option<&PlatformEvidence> {
    evidence.platforms.iter().find(|platform| platform.digest == digest)
}

/// The name of an object: the index, the manifest, or a platform.
fn name(evidence: &Evidence, digest: Digest) -> String {
    match image(evidence, digest) {
        Some(platform) => platform.label(),
        None if evidence.root.is_index => "index".to_owned(),
        None => "manifest".to_owned(),
    }
}

type Judged<'a> = (&'a AttestationEvidence, Result<&'a Attested, Failure>);

/// The outcome of an attestation of `object`.
fn judged(evidence: &Evidence, object: Digest, attestation: Digest) -> Option<Judged<'_>> {
    let root = evidence.root.digest;
    let of_index = evidence.about_index.judged(root).filter(|_| object == root);
    let images = evidence.platforms.iter().filter(|platform| platform.digest == object || object == root);
    let mut all = of_index.chain(images.flat_map(|platform| platform.judged(root)));
    let (found, outcome) = all.find(|(known, _)| known.digest == attestation)?;
    Some((found, outcome.map_err(std::borrow::Cow::into_owned)))
}

/// Listed attestations of the index and of all images that were not judged.
fn all_listed(evidence: &Evidence) -> impl Iterator<Item = &ListedReferrer> {
    let images = evidence.platforms.iter().flat_map(|platform| &platform.listed);
    evidence.about_index.listed.iter().chain(images)
}

/// Hints on how to have listed attestations judged, one line for each remedy.
pub(super) fn hints(evidence: &Evidence, texts: &impl HintTexts, style: Style) -> String {
    let mut remedies: Vec<Remedy> = Vec::new();
    for remedy in all_listed(evidence).filter_map(|listed| listed.reason.remedy()) {
        if !remedies.contains(&remedy) {
            remedies.push(remedy);
        }
    }
    let line = |remedy: &Remedy| {
        style.lines(&format!("{} {}", style.hint("hint:"), style.text(&texts.remedy(remedy))), 6)
    };
    remedies.iter().map(line).collect()
}

fn listed(evidence: &Evidence, digest: Digest) -> Option<&ListedReferrer> {
    all_listed(evidence).find(|listed| listed.digest == digest)
}

fn kind_name(evidence: &Evidence, subject: Digest, referrer: &ReferrerNode) -> &'static str {
    match &referrer.kind {
        ReferrerKind::Signature(_) => "signature",
        ReferrerKind::Attestation(_)
            if predicate_type(evidence, subject, referrer).as_deref() == Some(VSA_TYPE) =>
        {
            "summary"
        }
        ReferrerKind::Attestation(_) => "attestation",
        ReferrerKind::Other if record(evidence, subject, referrer.digest).is_some() => "record",
        ReferrerKind::Other | ReferrerKind::Unread(_) => "referrer",
    }
}

/// The predicate type: that of the statement if it verified, else the claimed one.
fn predicate_type(evidence: &Evidence, subject: Digest, referrer: &ReferrerNode) -> Option<String> {
    let ReferrerKind::Attestation(claimed) = &referrer.kind else { return None };
    match judged(evidence, subject, referrer.digest) {
        Some((_, Ok(attested))) => Some(attested.statement().predicate_type.clone()),
        Some((found, Err(_))) => found.predicate_type.clone().or_else(|| claimed.clone()),
        None => claimed.clone(),
    }
}

fn title(evidence: &Evidence, subject: Digest, referrer: &ReferrerNode) -> String {
    match &referrer.kind {
        ReferrerKind::Signature(_) => String::new(),
        ReferrerKind::Attestation(_) => {
            predicate_type(evidence, subject, referrer).map_or_else(String::new, |kind| short_title(&kind))
        }
        ReferrerKind::Other | ReferrerKind::Unread(_) => referrer.artifact_type.clone(),
    }
}

fn state<'a>(evidence: &'a Evidence, subject: Digest, referrer: &'a ReferrerNode) -> ReferrerState<'a> {
    match &referrer.kind {
        ReferrerKind::Signature(tried) => {
            let good: Vec<&SignatureFacts> = tried.iter().filter_map(|tried| tried.as_ref().ok()).collect();
            match (good.is_empty(), tried.iter().find_map(|tried| tried.as_ref().err())) {
                (false, _) => ReferrerState::Verified(good),
                (true, Some(failure)) => ReferrerState::Failed(failure.clone()),
                (true, None) => ReferrerState::NotJudged(NotJudgedReason::Empty),
            }
        }
        ReferrerKind::Unread(failure) => ReferrerState::Failed(failure.clone()),
        ReferrerKind::Other if record(evidence, subject, referrer.digest).is_some() => {
            ReferrerState::NotJudged(NotJudgedReason::BuildRecord)
        }
        ReferrerKind::Other => ReferrerState::NotJudged(NotJudgedReason::NoAttestation),
        ReferrerKind::Attestation(_) => {
            match (judged(evidence, subject, referrer.digest), listed(evidence, referrer.digest)) {
                (Some((_, Ok(attested))), _) => {
                    ReferrerState::Verified(attested.signatures().iter().collect())
                }
                (Some((_, Err(failure))), _) => ReferrerState::Failed(failure),
                (None, Some(listed)) => ReferrerState::NotJudged(NotJudgedReason::Listed(&listed.reason)),
                (None, None) => ReferrerState::NotJudged(NotJudgedReason::OtherObject),
            }
        }
    }
}

/// An object in the JSON document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ObjectJson<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<String>,
    digest: String,
    referrers: Vec<ReferrerJson<'a>>,
    failures: Vec<DiagnosticJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReferrerJson<'a> {
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
    failure: Option<DiagnosticJson>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    reason: Option<ListedReasonJson<'a>>,
    referrers: Vec<Self>,
    failures: Vec<DiagnosticJson>,
}

pub(super) fn objects<'a>(
    evidence: &'a Evidence,
    objects: &'a [ReferrerTree],
    texts: &dyn HintTexts,
) -> Vec<ObjectJson<'a>> {
    let object = |object: &'a ReferrerTree| {
        let image = image(evidence, object.digest);
        ObjectJson {
            kind: match image {
                Some(_) => "image",
                None if evidence.root.is_index => "index",
                None => "manifest",
            },
            platform: image.and_then(PlatformEvidence::named_platform).map(ToString::to_string),
            digest: object.digest.to_string(),
            referrers: nodes(evidence, object.digest, &object.referrers, texts),
            failures: failures(&object.failures, texts),
        }
    };
    objects.iter().map(object).collect()
}

fn nodes<'a>(
    evidence: &'a Evidence,
    subject: Digest,
    referrers: &'a [ReferrerNode],
    texts: &dyn HintTexts,
) -> Vec<ReferrerJson<'a>> {
    let node = |referrer: &'a ReferrerNode| {
        let (state, signers, failure, reason) = match state(evidence, subject, referrer) {
            ReferrerState::Verified(signers) => ("verified", signers, None, None),
            ReferrerState::Failed(failure) => {
                ("failed", Vec::new(), Some(DiagnosticJson::of(&failure, texts)), None)
            }
            ReferrerState::NotJudged(reason) => ("not-judged", Vec::new(), None, Some(reason.json())),
        };
        ReferrerJson {
            kind: kind_name(evidence, subject, referrer),
            digest: referrer.digest.to_string(),
            artifact_type: &referrer.artifact_type,
            predicate_type: predicate_type(evidence, subject, referrer),
            found_in: referrer.found_in.to_string(),
            state,
            signatures: signers.into_iter().map(SignatureJson::new).collect(),
            failure,
            reason,
            referrers: nodes(evidence, referrer.digest, &referrer.referrers, texts),
            failures: failures(&referrer.failures, texts),
        }
    };
    referrers.iter().map(node).collect()
}

fn failures(failures: &[Failure], texts: &dyn HintTexts) -> Vec<DiagnosticJson> {
    failures.iter().map(|failure| DiagnosticJson::of(failure, texts)).collect()
}
