//! The output of `dhi attest list`: each attestation with a line about its content and its signers.
//!
//! The content of an attestation is shown only if it verified.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Serialize;

use super::columns::{Cell, Tone, columns};
use super::item::skipped;
use super::json::{DiagnosticJson, ListedReasonJson, NotJudgedJson, SignatureJson, more, not_judged_json};
use super::local_image::LocalImageJson;
use super::tree::{self, ObjectJson, hints};
use super::{HintTexts, Style};
use crate::attestation::{describe_statement, short_title};
use crate::diagnostic::ToDiagnostic as _;
use crate::evidence::{
    AttestationEvidence, Attested, BuildRecord, BuildStatement, CheckSubject, Evidence, Failure,
    IndexEvidence, ListedReason, ListedReferrer, PlatformEvidence, ReferrerTree, not_judged,
};
use crate::oci::Digest;

type Judged<'a> = (&'a AttestationEvidence, Result<&'a Attested, Cow<'a, Failure>>);

/// The attestations about one object: an image, or the index.
struct Section<'a> {
    label: String,
    digest: Digest,
    judged: Vec<Judged<'a>>,
    listed: &'a [ListedReferrer],
    failures: &'a [Failure],
    not_checked: Vec<&'a Failure>,
    /// Unsigned statements of builders, of the requested types.
    from_build: Vec<BuildStatement<'a>>,
    /// Whether all referrers of the object were listed.
    is_listed: bool,
    /// The text if no attestation was judged.
    none: &'static str,
}

impl<'a> Section<'a> {
    /// The section of the index. `None` if it has neither attestations nor failures.
    fn index(evidence: &'a Evidence) -> Option<Self> {
        let IndexEvidence { listed, failures, .. } = &evidence.about_index;
        let not_checked: Vec<&Failure> = evidence.about_index.unread_sources().collect();
        if evidence.about_index.is_empty() && failures.is_empty() && not_checked.is_empty() {
            return None;
        }
        Some(Self {
            label: "index".to_owned(),
            digest: evidence.root.digest,
            judged: evidence.about_index.judged(evidence.root.digest).collect(),
            listed,
            failures,
            not_checked,
            from_build: Vec::new(),
            is_listed: failures.is_empty() && evidence.about_index.unknown_lists.is_empty(),
            none: "no attestations that were judged",
        })
    }

    fn image(platform: &'a PlatformEvidence, evidence: &'a Evidence) -> Self {
        let is_empty = evidence.about_index.is_empty();
        Self {
            label: platform.label(),
            digest: platform.digest,
            judged: platform.judged(evidence.root.digest).collect(),
            listed: &platform.listed,
            failures: &platform.failures,
            not_checked: platform.unread_sources().collect(),
            from_build: statements(platform, evidence),
            is_listed: platform.failures.is_empty() && platform.unknown_lists.is_empty(),
            none: if is_empty { "no attestations" } else { "no attestations except those about the index" },
        }
    }

    fn verified(&self) -> usize {
        self.judged.iter().filter(|(_, outcome)| outcome.is_ok()).count()
    }
}

/// The index and all images.
fn sections(evidence: &Evidence) -> Vec<Section<'_>> {
    let images = evidence.platforms.iter().map(|platform| Section::image(platform, evidence));
    Section::index(evidence).into_iter().chain(images).collect()
}

/// The table of the index and all platforms. The last line counts all of them.
pub fn list(evidence: &Evidence, style: Style, texts: &impl HintTexts) -> String {
    let sections = sections(evidence);
    let several = sections.len() > 1;
    let mut blocks: Vec<String> = sections
        .iter()
        .flat_map(|section| {
            let head = several.then(|| {
                let label = style.text(&section.label);
                style.lines(&format!("{}  {}", style.strong(&label), section.digest.short()), 2)
            });
            let table = (!section.judged.is_empty()).then(|| table(&section.judged, style));
            let notes = notes(section, style);
            let count = several.then(|| count(std::slice::from_ref(section), evidence, style));
            let below = notes + &count.unwrap_or_default();
            head.into_iter().chain(table).chain((!below.is_empty()).then_some(below))
        })
        .collect();
    // An index entry that is shown with the attestations of an image needs no separate line.
    let shown: BTreeSet<Digest> = evidence
        .platforms
        .iter()
        .flat_map(|image| evidence.build_records(image))
        .map(|record| record.digest)
        .collect();
    let mut entries = not_judged(evidence);
    entries.retain(|check| !matches!(&check.subject, CheckSubject::Entry(entry) if shown.contains(entry)));
    let not_judged: String = skipped(&entries).map(|line| style.lines(&style.text(&line), 2)).collect();
    blocks.push(not_judged + &hints(evidence, texts, style) + &count(&sections, evidence, style));
    blocks.join("\n")
}

/// What an attestation is signed by, or why it failed.
fn signed(outcome: &Result<&Attested, Cow<'_, Failure>>) -> Cell {
    match outcome {
        Ok(attested) => format!("{}, log {}", names(attested), attested.signature().log().as_str()).into(),
        Err(failure) => Cell::new(failure.code().as_str(), Tone::Bad),
    }
}

/// The signer and log state that all these attestations have.
fn shared(judged: &[&Judged<'_>]) -> Option<Cell> {
    let mut states: Vec<Cell> = judged.iter().map(|(_, outcome)| signed(outcome)).collect();
    states.dedup();
    match states.as_slice() {
        [state] => Some(state.clone()),
        _ => None,
    }
}

/// The line with the number of attestations and how many of them verified.
fn count(sections: &[Section<'_>], evidence: &Evidence, style: Style) -> String {
    let judged: Vec<&Judged<'_>> = sections.iter().flat_map(|section| &section.judged).collect();
    let (all, verified) = (judged.len(), sections.iter().map(Section::verified).sum::<usize>());
    if all == 0 {
        let is_listed = sections.iter().all(|section| section.is_listed);
        let from_build = sections.iter().any(|section| !section.from_build.is_empty());
        let text = match (is_listed, from_build, sections) {
            (false, ..) => "attestations could not be listed",
            (true, true, _) => "no signed attestations",
            (true, false, [section]) => section.none,
            (true, false, _) => "no attestations",
        };
        return style.lines(text, 2);
    }
    let state = match (verified, all) {
        (verified, all) if verified == all => style.good("all verified"),
        (0, _) => style.bad("none verified"),
        (verified, _) => style.bad(&format!("{verified} verified")),
    };
    let by = shared(&judged).map_or_else(String::new, |by| format!(": {}", style.text(by.text())));
    let found = found_elsewhere(&judged, evidence);
    let found = if found.is_empty() { found } else { format!(", found in {}", style.text(&found)) };
    let noun = if all == 1 { "attestation" } else { "attestations" };
    style.lines(&format!("{all} {noun}, {state}{by}{found}"), 2)
}

/// The repositories that hold the attestations, unless it is that of the image alone.
fn found_elsewhere(judged: &[&Judged<'_>], evidence: &Evidence) -> String {
    let found: BTreeSet<String> =
        judged.iter().map(|(attestation, _)| attestation.found_in.to_string()).collect();
    let own = evidence.reference.repository.to_string();
    let found: Vec<String> = found.into_iter().collect();
    if found == [own] { String::new() } else { found.join(", ") }
}

/// What was found and not judged.
fn notes(section: &Section<'_>, style: Style) -> String {
    let mut out = String::new();
    for statement in &section.from_build {
        let (digest, title) = (statement.layer.digest.short(), style.text(&statement.title()));
        let line = format!("{}: {digest}  {title}, {}", BuildRecord::MARK, size(statement.layer.size));
        out.push_str(&style.lines(&line, 2));
    }
    let title = |listed: &ListedReferrer| {
        style.text(&short_title(listed.predicate_type.as_deref().unwrap_or(&listed.artifact_type)))
    };
    let (others, listed): (Vec<&ListedReferrer>, Vec<&ListedReferrer>) =
        section.listed.iter().partition(|listed| listed.reason == ListedReason::NotRequested);
    for listed in listed {
        let (digest, reason) = (listed.digest.short(), style.text(&listed.reason.to_string()));
        out.push_str(&style.lines(&format!("not judged: {digest}  {}: {reason}", title(listed)), 2));
    }
    if !others.is_empty() {
        let mut titles: Vec<String> = Vec::new();
        for title in others.iter().map(|listed| title(listed)) {
            if !titles.contains(&title) {
                titles.push(title);
            }
        }
        let (count, titles) = (others.len(), titles.join(", "));
        let (noun, was) = if count == 1 { ("type", "was") } else { ("types", "were") };
        out.push_str(&style.lines(&format!("{count} of other {noun} {was} not requested: {titles}"), 2));
    }
    out
}

/// Unsigned statements of builders, of the requested types.
fn statements<'a>(platform: &'a PlatformEvidence, evidence: &'a Evidence) -> Vec<BuildStatement<'a>> {
    let records = evidence.build_records(platform);
    let statements = records.into_iter().flat_map(BuildRecord::statements);
    statements.filter(|statement| statement.is_among(&evidence.predicate_types)).collect()
}

/// One row for each attestation. A signer and log state that all of them have is in the line that counts them.
fn table(judged: &[Judged<'_>], style: Style) -> String {
    let alike = shared(&judged.iter().collect::<Vec<_>>()).is_some();
    let pick = |row: [Cell; 5]| -> Vec<Cell> {
        let cells = row.into_iter().enumerate();
        cells.filter(|(index, _)| *index != 3 || !alike).map(|(_, cell)| cell).collect()
    };
    let rows = judged.iter().map(|(attestation, outcome)| {
        let (summary, size) = match outcome {
            Ok(attested) => (summary_line(attested).into(), size(attested.size())),
            Err(_) => (Cell::new("not verified, so not shown", Tone::Bad), "-".to_owned()),
        };
        let digest: String = attestation.digest.hex().chars().take(12).collect();
        pick([attestation.title().into(), summary, Cell::whole(size), signed(outcome), digest.into()])
    });
    columns(pick(["PREDICATE", "SUMMARY", "SIZE", "SIGNED BY", "DIGEST"].map(Cell::from)), rows, style)
}

/// Bytes for people.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..10_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        10_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    reference: String,
    digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    about_index: Option<AboutIndexJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    local_image: Option<LocalImageJson<'a>>,
    platforms: Vec<PlatformJson<'a>>,
    not_judged: Vec<NotJudgedJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tree: Option<Vec<ObjectJson<'a>>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AboutIndexJson<'a> {
    attestations: Vec<AttestationJson<'a>>,
    failures: Vec<DiagnosticJson>,
    not_checked: Vec<DiagnosticJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlatformJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    platform: Option<String>,
    digest: String,
    attestations: Vec<AttestationJson<'a>>,
    failures: Vec<DiagnosticJson>,
    not_checked: Vec<DiagnosticJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AttestationJson<'a> {
    digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    predicate_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_type: Option<&'a str>,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found_in: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<SignatureJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    more_signatures: Vec<SignatureJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<DiagnosticJson>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    reason: Option<ListedReasonJson<'a>>,
    /// The manifest that contains it.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<String>,
}

/// The summary line of the predicate; `-` if the statement was not kept.
fn summary_line(attested: &Attested) -> String {
    attested.whole().map_or_else(|| "-".to_owned(), |signed| describe_statement(signed.statement()).line)
}

/// The names of all signers.
fn names(attested: &Attested) -> String {
    attested.signatures().iter().map(|facts| facts.signer().name()).collect::<Vec<_>>().join(", ")
}

/// The JSON document, `docs/schemas/attest-list-2.json`; with the tree if `objects` are given.
pub fn list_json(evidence: &Evidence, objects: Option<&[ReferrerTree]>, texts: &dyn HintTexts) -> String {
    let failures = |failures: &[Failure]| -> Vec<DiagnosticJson> {
        failures.iter().map(|failure| DiagnosticJson::of(failure, texts)).collect()
    };
    let not_checked = |section: &Section<'_>| -> Vec<DiagnosticJson> {
        section.not_checked.iter().map(|failure| DiagnosticJson::of(*failure, texts)).collect()
    };
    let about_index = Section::index(evidence).map(|index| AboutIndexJson {
        failures: failures(index.failures),
        not_checked: not_checked(&index),
        attestations: attestations(index, texts),
    });
    let platforms = evidence.platforms.iter().map(|platform| {
        let image = Section::image(platform, evidence);
        PlatformJson {
            platform: platform.named_platform().map(ToString::to_string),
            digest: image.digest.to_string(),
            failures: failures(image.failures),
            not_checked: not_checked(&image),
            attestations: attestations(image, texts),
        }
    });
    super::json::text(&Document {
        schema_version: 2,
        reference: evidence.asked().to_string(),
        digest: evidence.root.digest.to_string(),
        about_index,
        local_image: LocalImageJson::of(evidence),
        platforms: platforms.collect(),
        not_judged: not_judged_json(evidence),
        tree: objects.map(|objects| tree::objects(evidence, objects, texts)),
    })
}

fn attestations<'a>(section: Section<'a>, texts: &dyn HintTexts) -> Vec<AttestationJson<'a>> {
    let judged = section.judged.into_iter().map(|(attestation, outcome)| {
        let (attested, failure) = match outcome {
            Ok(attested) => (Some(attested), None),
            Err(failure) => (None, Some(failure)),
        };
        AttestationJson {
            digest: attestation.digest.to_string(),
            predicate_type: attestation.predicate_type.as_deref(),
            artifact_type: None,
            state: if attested.is_some() { "verified" } else { "failed" },
            form: Some(attestation.form.as_str()),
            found_in: Some(attestation.found_in.to_string()),
            message: attested.map(summary_line),
            size: attested.map(Attested::size),
            signature: attested.map(|attested| SignatureJson::new(attested.signature())),
            more_signatures: attested.map(|attested| more(attested.signatures())).unwrap_or_default(),
            failure: failure.map(|failure| DiagnosticJson::of(failure.as_ref(), texts)),
            reason: None,
            record: None,
        }
    });
    let from_build = section.from_build.into_iter().map(|statement| AttestationJson {
        digest: statement.layer.digest.to_string(),
        predicate_type: statement.predicate_type(),
        artifact_type: None,
        state: "unsigned",
        form: Some("build-record"),
        found_in: Some(statement.record.found_in.to_string()),
        message: None,
        size: Some(statement.layer.size),
        signature: None,
        more_signatures: Vec::new(),
        failure: None,
        reason: None,
        record: Some(statement.record.digest.to_string()),
    });
    let listed = section.listed.iter().map(|listed| AttestationJson {
        digest: listed.digest.to_string(),
        predicate_type: listed.predicate_type.as_deref(),
        artifact_type: Some(&listed.artifact_type),
        state: "not-judged",
        form: None,
        found_in: None,
        message: None,
        size: None,
        signature: None,
        more_signatures: Vec::new(),
        failure: None,
        reason: Some(ListedReasonJson::new(&listed.reason)),
        record: None,
    });
    judged.chain(from_build).chain(listed).collect()
}
