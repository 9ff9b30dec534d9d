//! The JSON document of verdicts. Its shape is `docs/schemas/verify-1.json`; a change that takes a
//! member away or changes its meaning gets a new `schemaVersion`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::json_attestations::{AboutIndexJson, AttestationJson, ListedJson};
pub(crate) use super::json_proofs::DiagnosticJson;
pub(super) use super::json_proofs::{SignatureJson, more};
use super::local_image::LocalImageJson;
use super::parts::Frame;
use super::style::acts;
use super::{AppliedException, Image, Run, Words};
use crate::evidence::{
    Accepted, BuildRecord, Check, Claim, Conclusion, EntryReason, Evidence, Excused, Kind, PlatformEvidence,
    RootSigned, Tally, Verdict, VerdictSource,
};
use crate::oci::Repository;
use crate::trust::{Role, SignedName, TrustedKey};

/// Version of the document's shape.
const SCHEMA_VERSION: u32 = 1;

/// One result as an element of the list of images.
pub(super) fn image(image: &Image, words: &dyn Words, first: bool) -> String {
    element(&ImageResult::new(image, words), IMAGES, first)
}

/// The document around the results, which ends in a line feed.
pub(super) fn frame(run: &Run<'_>, exceptions: &[AppliedException], tally: &Tally, any: bool) -> Frame {
    let conclusion = tally.conclusion();
    let document = Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool::this(),
        verdict: conclusion.word().id(),
        exit_code: tally.exit().code(),
        counts: Counts::new(tally),
        excused: ExcusesJson::of(&conclusion),
        policy: run.policy.as_str(),
        trust: Trusted::new(run),
        exceptions: exceptions
            .iter()
            .map(|excuse| ExceptionJson {
                image: &excuse.image,
                check: excuse.check.as_str(),
                reason: &excuse.reason,
                expires: &excuse.expires,
                outcome: excuse.outcome.as_str(),
            })
            .collect(),
        images: [],
    };
    let (before, after) = around(&text(&document), "images", any);
    Frame([before, String::new(), after])
}

/// Columns before an element of the list of images.
pub(crate) const IMAGES: usize = 4;

/// A value as the next element of a list whose elements stand so many columns in.
pub(crate) fn element<T: Serialize>(value: &T, columns: usize, first: bool) -> String {
    let start = format!("\n{:columns$}", "");
    // A line feed stands between values alone, never in a text.
    let lines = text(value).trim_end().replace('\n', &start);
    format!("{}{start}{lines}", if first { "" } else { "," })
}

/// What stands before and after the elements of the empty list `name` in a document; `any` where there will be some.
pub(crate) fn around(document: &str, name: &str, any: bool) -> (String, String) {
    // In a text the quotes around the name would be escaped.
    let list = format!("\"{name}\": [");
    let Some((before, after)) = document.split_once(&format!("{list}]")) else { return Default::default() };
    let line = before.rsplit('\n').next().unwrap_or_default();
    let end = if any { format!("\n{line}]") } else { "]".to_owned() };
    (format!("{before}{list}"), format!("{end}{after}"))
}

/// A document as text that ends in a line feed.
pub(crate) fn text<T: Serialize>(document: &T) -> String {
    let text = serde_json::to_string_pretty(document).unwrap_or_default();
    // JSON lets stand some characters that a terminal acts on. Outside of its texts there are none.
    let mut safe = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if c != '\n' && acts(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    safe.push('\n');
    safe
}

/// How many came to which conclusion.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Counts {
    images: usize,
    passed: usize,
    failed: usize,
    unknown: usize,
    not_judged: usize,
}

impl Counts {
    pub(crate) fn new(tally: &Tally) -> Self {
        Self {
            images: tally.images(),
            passed: tally.passed(),
            failed: tally.failed(),
            unknown: tally.unknown(),
            not_judged: tally.not_judged(),
        }
    }
}

/// What is excused of what passes.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExcusesJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    exceptions: Option<ExcusedUntil>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_enforced: Option<ExcusedUntil>,
}

#[derive(Serialize)]
struct ExcusedUntil {
    findings: usize,
    until: String,
}

impl ExcusesJson {
    pub(crate) fn of(conclusion: &Conclusion) -> Option<Self> {
        let excuses = conclusion.excuses()?;
        Some(Self {
            exceptions: excuses
                .excepted()
                .map(|(findings, until)| ExcusedUntil { findings, until: until.to_string() }),
            not_enforced: excuses
                .not_enforced()
                .map(|(findings, until)| ExcusedUntil { findings, until: until.to_string() }),
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    tool: Tool,
    verdict: &'static str,
    exit_code: u8,
    counts: Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    excused: Option<ExcusesJson>,
    policy: &'static str,
    trust: Trusted<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    exceptions: Vec<ExceptionJson<'a>>,
    /// Written one by one.
    images: [(); 0],
}

#[derive(Serialize)]
pub(crate) struct Tool {
    name: &'static str,
    version: &'static str,
}

impl Tool {
    pub(crate) fn this() -> Self {
        Self { name: "dhi", version: env!("CARGO_PKG_VERSION") }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Trusted<'a> {
    keys: Vec<Key<'a>>,
    attestor_keys: Vec<Key<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    identities: Vec<Identity<'a>>,
    threshold: usize,
    trusted_root: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trusted_root_updated: Option<String>,
    log_policy: &'static str,
    certificate_log: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_time: Option<String>,
}

impl<'a> Trusted<'a> {
    pub(crate) fn new(run: &Run<'a>) -> Self {
        Self {
            keys: run.trust.keys.iter().map(|key| Key::new(key, Role::Image)).collect(),
            attestor_keys: run.trust.attestors.iter().map(|key| Key::new(key, Role::Attestor)).collect(),
            trusted_root: run.trust.root.origin(),
            trusted_root_updated: run.trust.root.update().map(|update| update.updated.to_string()),
            log_policy: run.trust.log.as_str(),
            identities: run
                .trust
                .identities
                .iter()
                .map(|rule| Identity {
                    identity: rule.identity().to_string(),
                    issuer: rule.issuer().to_string(),
                    claims: rule
                        .claims()
                        .iter()
                        .map(|(claim, value)| (claim.as_str(), value.as_str()))
                        .collect(),
                })
                .collect(),
            threshold: run.trust.threshold.get(),
            certificate_log: run.trust.sct.as_str(),
            effective_time: run.effective_time.map(|time| time.to_string()),
        }
    }
}

#[derive(Serialize)]
struct ExceptionJson<'a> {
    image: &'a str,
    check: &'static str,
    reason: &'a str,
    expires: &'a str,
    outcome: &'static str,
}

#[derive(Serialize)]
struct Identity<'a> {
    identity: String,
    issuer: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    claims: BTreeMap<&'static str, &'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Key<'a> {
    name: &'a str,
    id: String,
    algorithm: &'static str,
    role: &'static str,
    state: &'static str,
    origin: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vouched_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    added: Option<String>,
}

impl<'a> Key<'a> {
    pub(super) fn new(key: &'a TrustedKey, role: Role) -> Self {
        Self {
            name: &key.name,
            id: key.key.id().to_string(),
            algorithm: key.key.algorithm(),
            role: role.as_str(),
            state: key.state.as_str(),
            origin: &key.origin,
            not_before: key.window.not_before.map(|time| time.to_string()),
            not_after: key.window.not_after.map(|time| time.to_string()),
            vouched_by: key.endorsement().map(|admission| admission.endorser().to_string()),
            added: key.endorsement().map(|admission| admission.added().to_string()),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImageResult<'a> {
    reference: String,
    verdict: &'static str,
    exit_code: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    excused: Option<ExcusesJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<DiagnosticJson>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    found: Option<Found<'a>>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    summarized: Option<Summarized<'a>>,
}

/// The word of a summary.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summarized<'a> {
    digest: String,
    media_type: &'a str,
    size: u64,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_seconds: Option<u64>,
    summary: SummaryJson<'a>,
    checks: Vec<CheckJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SummaryJson<'a> {
    attestation: String,
    verifier: &'a str,
    time_verified: String,
    policy_digest: String,
    proven: &'a str,
    log_policy: &'a str,
}

impl<'a> Summarized<'a> {
    fn new(accepted: &'a Accepted, verdict: &'a Verdict, words: &dyn Words) -> Self {
        let Accepted { root, verification, .. } = accepted;
        Self {
            digest: root.digest.to_string(),
            media_type: &root.media_type,
            size: root.size,
            kind: "verified-before",
            age_seconds: root.age.map(|age| age.as_secs()),
            summary: SummaryJson {
                attestation: accepted.attestation.to_string(),
                verifier: &accepted.verifier,
                time_verified: accepted.time.to_string(),
                policy_digest: accepted.policy.to_string(),
                proven: &verification.proven,
                log_policy: &verification.log_policy,
            },
            checks: verdict.checks.iter().map(|check| CheckJson::new(check, words)).collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found<'a> {
    digest: String,
    media_type: &'a str,
    size: u64,
    kind: &'static str,
    signed_names: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    local_image: Option<LocalImageJson<'a>>,
    root_signature: RootSignatureJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    about_index: Option<AboutIndexJson<'a>>,
    platforms: Vec<PlatformJson<'a>>,
    set_aside: Vec<SetAsideJson>,
    checks: Vec<CheckJson<'a>>,
}

impl<'a> ImageResult<'a> {
    pub(crate) fn new(image: &'a Image, words: &dyn Words) -> Self {
        let (error, found, summarized) = match &image.result {
            Ok((VerdictSource::Evidence(evidence), verdict)) => {
                (None, Some(Found::new(evidence, verdict, words)), None)
            }
            Ok((VerdictSource::Summary(accepted), verdict)) => {
                (None, None, Some(Summarized::new(accepted, verdict, words)))
            }
            Err(diagnostic) => (Some(DiagnosticJson::new(diagnostic, words)), None, None),
        };
        let conclusion = image.conclusion();
        Self {
            reference: image.reference.to_string(),
            verdict: conclusion.word().id(),
            exit_code: image.exit().code(),
            excused: ExcusesJson::of(&conclusion),
            error,
            found,
            summarized,
        }
    }
}

impl<'a> Found<'a> {
    fn new(evidence: &'a Evidence, verdict: &'a Verdict, words: &dyn Words) -> Self {
        let (kind, names): (_, Vec<&SignedName>) = match &verdict.claim {
            Claim::HardenedImage(name) => ("docker-hardened-image", vec![name]),
            Claim::Customisation(name) => ("customised-docker-hardened-image", vec![name]),
            Claim::Built(_) => ("built-on-docker-hardened-image", Vec::new()),
            Claim::Signed { names, .. } => ("signed", names.iter().collect()),
            Claim::NotProven(names) => ("not-proven", names.iter().collect()),
            Claim::Summarized { .. } => ("verified-before", Vec::new()),
        };
        Self {
            digest: evidence.root.digest.to_string(),
            media_type: &evidence.root.media_type,
            size: evidence.root.size,
            kind,
            signed_names: names.into_iter().map(SignedName::as_str).collect(),
            age_seconds: evidence.root.age.map(|age| age.as_secs()),
            local_image: LocalImageJson::of(evidence),
            root_signature: RootSignatureJson::new(evidence, words),
            about_index: AboutIndexJson::new(evidence, words),
            platforms: evidence
                .platforms
                .iter()
                .map(|platform| PlatformJson::new(platform, evidence, words))
                .collect(),
            set_aside: evidence
                .set_aside
                .iter()
                .map(|entry| SetAsideJson {
                    digest: entry.digest.to_string(),
                    reason: EntryReason::BuildRecord.as_str(),
                })
                .collect(),
            checks: verdict.checks.iter().map(|check| CheckJson::new(check, words)).collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RootSignatureJson<'a> {
    outcome: &'static str,
    found_in: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<SignatureJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    more_signatures: Vec<SignatureJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(rename = "problem")]
    diagnostic: Option<DiagnosticJson>,
}

impl<'a> RootSignatureJson<'a> {
    fn new(evidence: &'a Evidence, words: &dyn Words) -> Self {
        let signed = evidence.root_signed();
        let (outcome, signature, diagnostic) = match &signed {
            RootSigned::By(signatures) => ("good", Some(SignatureJson::new(signatures.first())), None),
            RootSigned::Absent => ("absent", None, None),
            RootSigned::Unknown(failure) => ("unknown", None, Some(DiagnosticJson::of(*failure, words))),
            RootSigned::ListUnknown(unknown) => {
                ("unknown", None, Some(DiagnosticJson::of(&unknown.failure, words)))
            }
            RootSigned::Failed(failure) => {
                ("failed", None, Some(DiagnosticJson::of(failure.as_ref(), words)))
            }
        };
        let more_signatures = match &signed {
            RootSigned::By(signatures) => more(signatures),
            _ => Vec::new(),
        };
        let found_in = evidence.root_signature.found_in.to_string();
        Self { outcome, found_in, signature, more_signatures, diagnostic }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlatformJson<'a> {
    platform: String,
    digest: String,
    size: u64,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    searched: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_seconds: Option<u64>,
    attestations: Vec<AttestationJson<'a>>,
    not_judged: Vec<ListedJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    build_records: Vec<BuildRecordJson<'a>>,
    #[serde(rename = "problems")]
    failures: Vec<DiagnosticJson>,
    not_checked: Vec<DiagnosticJson>,
}

impl<'a> PlatformJson<'a> {
    fn new(platform: &'a PlatformEvidence, evidence: &'a Evidence, words: &dyn Words) -> Self {
        Self {
            platform: platform.label(),
            digest: platform.digest.to_string(),
            size: platform.size,
            kind: match platform.kind {
                Kind::Image => "image",
                Kind::Chart => "chart",
                Kind::Other => "other",
            },
            user: platform.config.as_ref().and_then(|config| config.user.as_deref()),
            searched: platform.searched.iter().map(Repository::to_string).collect(),
            age_seconds: platform.age.map(|age| age.as_secs()),
            attestations: platform
                .judged(evidence.root.digest)
                .map(|(attestation, outcome)| AttestationJson::new(attestation, outcome, words))
                .collect(),
            not_judged: platform.listed.iter().map(ListedJson::new).collect(),
            build_records: evidence.build_records(platform).into_iter().map(BuildRecordJson::new).collect(),
            failures: platform.failures.iter().map(|failure| DiagnosticJson::of(failure, words)).collect(),
            not_checked: platform.unasked().map(|failure| DiagnosticJson::of(failure, words)).collect(),
        }
    }
}

/// What a builder stored, which nobody signed.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BuildRecordJson<'a> {
    digest: String,
    found_in: String,
    signed: bool,
    statements: Vec<BuildStatementJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BuildStatementJson<'a> {
    digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    predicate_type: Option<&'a str>,
    size: u64,
}

impl<'a> BuildRecordJson<'a> {
    fn new(record: &'a BuildRecord) -> Self {
        Self {
            digest: record.digest.to_string(),
            found_in: record.found_in.to_string(),
            signed: false,
            statements: record
                .statements()
                .map(|statement| BuildStatementJson {
                    digest: statement.layer.digest.to_string(),
                    predicate_type: statement.predicate_type(),
                    size: statement.layer.size,
                })
                .collect(),
        }
    }
}

/// An entry of the index that was not judged.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NotJudgedJson {
    digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<String>,
    reason: &'static str,
}

pub(super) fn not_judged_json(evidence: &Evidence) -> Vec<NotJudgedJson> {
    let set_aside = evidence.set_aside.iter().map(|entry| NotJudgedJson {
        digest: entry.digest.to_string(),
        platform: None,
        reason: EntryReason::BuildRecord.as_str(),
    });
    let passed_over = evidence.passed_over.iter().map(|entry| NotJudgedJson {
        digest: entry.digest.to_string(),
        platform: Some(entry.platform.to_string()),
        reason: EntryReason::OtherPlatform.as_str(),
    });
    set_aside.chain(passed_over).collect()
}

#[derive(Serialize)]
struct SetAsideJson {
    digest: String,
    reason: &'static str,
}

#[derive(Serialize)]
struct CheckJson<'a> {
    id: &'static str,
    scope: &'a str,
    outcome: &'static str,
    says: &'a str,
    facts: Vec<FactJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(rename = "problem")]
    diagnostic: Option<DiagnosticJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    excused: Option<ExcusedJson<'a>>,
}

/// Why the "no" of a policy does not count.
#[derive(Serialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
enum ExcusedJson<'a> {
    Exception { reason: &'a str, expires: String },
    NotEnforced { from: String },
}

impl<'a> ExcusedJson<'a> {
    fn new(excused: &'a Excused) -> Self {
        match excused {
            Excused::Exception { reason, expires } => {
                Self::Exception { reason, expires: expires.to_string() }
            }
            Excused::NotEnforced { from } => Self::NotEnforced { from: from.to_string() },
        }
    }
}

impl<'a> CheckJson<'a> {
    fn new(check: &'a Check, words: &dyn Words) -> Self {
        Self {
            id: check.kind.as_str(),
            scope: &check.scope,
            outcome: check.outcome().as_str(),
            says: &check.message,
            facts: check.facts.iter().map(|(name, value)| FactJson { name, value }).collect(),
            diagnostic: check.shown().map(|diagnostic| DiagnosticJson::new(&diagnostic, words)),
            excused: check.excused.as_ref().map(ExcusedJson::new),
        }
    }
}

#[derive(Serialize)]
struct FactJson<'a> {
    name: &'a str,
    value: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_acts_on_nothing_in_a_document() {
        let evil = "a\u{9b}2J\u{202e}\u{2028}\u{7f}\n\"é\u{200b}\u{e0061}";
        let json = text(&[evil]);
        assert!(json.chars().all(|c| c == '\n' || !acts(c)), "{json}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), [evil]);
    }
}
