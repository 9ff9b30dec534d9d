//! The list of attestations: what each says, and who vouches for it. Nothing of one is shown before it is verified.

use std::borrow::Cow;
use std::fmt::Write;

use serde::Serialize;

use super::columns::columns;
use super::item::skipped;
use super::json::{NotJudgedJson, ProblemJson, SignatureJson, more, not_judged_json};
use super::style::printable;
use super::{Style, Words};
use crate::attestation::{short_title, summary_of};
use crate::diagnostic::ToDiagnostic as _;
use crate::evidence::{Attested, Evidence, Failure, Listed, ListedReason, PlatformEvidence, not_judged};
use crate::oci::Digest;

/// Columns that the table may fill.
const WIDTH: usize = 80;

/// The table of all platforms.
pub fn list(evidence: &Evidence, style: Style) -> String {
    let several = evidence.platforms.len() > 1;
    let blocks: Vec<String> = evidence
        .platforms
        .iter()
        .map(|image| platform(image, evidence.root.digest, several, style))
        .collect();
    let not_judged = skipped(&not_judged(evidence)).fold(String::new(), |lines, line| lines + &line + "\n");
    blocks.join("\n") + &not_judged
}

fn signed(outcome: &Result<&Attested, Cow<'_, Failure>>) -> String {
    match outcome {
        Ok(attested) => format!("{}, log {}", names(attested), attested.signature().log().as_str()),
        Err(failure) => failure.code().as_str().to_owned(),
    }
}

fn platform(platform: &PlatformEvidence, root: Digest, named: bool, style: Style) -> String {
    let mut out = String::new();
    if named {
        let label = printable(&platform.label());
        let _ = writeln!(out, "{}  {}\n", style.strong(&label), platform.digest.short());
    }
    let mut states: Vec<String> = platform.judged(root).map(|(_, outcome)| signed(&outcome)).collect();
    states.dedup();
    // One signer and one log state for all go below the table.
    let alike = states.len() <= 1;
    if !platform.attestations.is_empty() {
        out.push_str(&table(platform, root, alike));
        out.push('\n');
    }
    let verified = platform.verified(root).count();
    let all = platform.attestations.len();
    let sources: Vec<String> = {
        let mut sources: Vec<String> =
            platform.attestations.iter().map(|attestation| attestation.found_in.to_string()).collect();
        sources.sort();
        sources.dedup();
        sources
    };
    let found = if sources.is_empty() {
        String::new()
    } else {
        format!(", found in {}", printable(&sources.join(", ")))
    };
    let noun = if all == 1 { "attestation" } else { "attestations" };
    let _ = match (states.as_slice(), verified) {
        ([], _) if !platform.problems.is_empty() => writeln!(out, "attestations could not be listed"),
        ([], _) => writeln!(out, "no attestations"),
        ([state], _) if verified == all => {
            writeln!(out, "{all} {noun}, {}: {}{found}", style.good("all verified"), printable(state))
        }
        ([state], 0) => {
            writeln!(out, "{all} {noun}, {}: {}{found}", style.bad("none verified"), printable(state))
        }
        _ => writeln!(out, "{all} {noun}, {}{found}", style.bad(&format!("{verified} verified"))),
    };
    let asked_for = |listed: &&Listed| listed.reason != ListedReason::NotAskedFor;
    for listed in platform.listed.iter().filter(asked_for) {
        let what = listed.predicate_type.as_deref().unwrap_or(&listed.artifact_type);
        let _ = writeln!(
            out,
            "not judged: {}  {}: {}",
            listed.digest.short(),
            printable(&short_title(what)),
            printable(&listed.reason.to_string())
        );
    }
    let others = platform.listed.len() - platform.listed.iter().filter(asked_for).count();
    if others > 0 {
        let _ = writeln!(out, "{others} of other types were not asked for");
    }
    out
}

fn table(platform: &PlatformEvidence, root: Digest, alike: bool) -> String {
    let rows: Vec<[String; 5]> = platform
        .judged(root)
        .map(|(attestation, outcome)| {
            let (says, size) = match &outcome {
                Ok(attested) => (says(attested), size(attested.size())),
                Err(_) => ("not verified, so not shown".to_owned(), "-".to_owned()),
            };
            [
                cut_title(&printable(&attestation.title())),
                printable(&says),
                size,
                printable(&signed(&outcome)),
                attestation.digest.hex().chars().take(12).collect(),
            ]
        })
        .collect();
    let width =
        |index: usize| rows.iter().filter_map(|row| row.get(index)).map(|cell| cell.chars().count()).max();
    let used: usize =
        [0, 2, 4].into_iter().chain((!alike).then_some(3)).filter_map(width).map(|width| width + 2).sum();
    let room = WIDTH.saturating_sub(used + 4).max(20);

    let pick = |row: [String; 5]| -> Vec<String> {
        row.into_iter().enumerate().filter(|(index, _)| *index != 3 || !alike).map(|(_, cell)| cell).collect()
    };
    let header = ["PREDICATE", "SAYS", "SIZE", "SIGNED", "DIGEST"].map(str::to_owned);
    let rows = rows
        .into_iter()
        .map(|[title, says, size, signed, digest]| pick([title, cut(&says, room), size, signed, digest]));
    columns(pick(header), rows, None)
}

/// The first `width` characters; two points say that there is more.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(2)).collect();
    format!("{}..", kept.trim_end())
}

/// A title of at most 24 characters. Of a URI the end tells more than the beginning.
fn cut_title(text: &str) -> String {
    const TITLE: usize = 24;
    let count = text.chars().count();
    if count <= TITLE || !text.contains("://") {
        return cut(text, TITLE);
    }
    let kept: String = text.chars().skip(count - (TITLE - 2)).collect();
    format!("..{kept}")
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
    platforms: Vec<PlatformJson<'a>>,
    not_judged: Vec<NotJudgedJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlatformJson<'a> {
    platform: String,
    digest: String,
    attestations: Vec<AttestationJson<'a>>,
    problems: Vec<ProblemJson>,
    not_checked: Vec<ProblemJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AttestationJson<'a> {
    digest: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    predicate_type: Option<&'a str>,
    title: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found_in: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<SignatureJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    more_signatures: Vec<SignatureJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<ProblemJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// What the predicate says in a line, where the statement was kept.
fn says(attested: &Attested) -> String {
    attested.whole().map_or_else(|| "-".to_owned(), |signed| summary_of(signed.statement()).line)
}

/// Who signed, one after the other.
fn names(attested: &Attested) -> String {
    attested.signatures().iter().map(|facts| facts.signer().name()).collect::<Vec<_>>().join(", ")
}

/// The JSON document, `docs/schemas/attest-list-1.json`.
pub fn list_json(evidence: &Evidence, words: &dyn Words) -> String {
    let platforms = evidence.platforms.iter().map(|platform| {
        let judged = platform.judged(evidence.root.digest).map(|(attestation, outcome)| {
            let (attested, failure) = match outcome {
                Ok(attested) => (Some(attested), None),
                Err(failure) => (None, Some(failure)),
            };
            AttestationJson {
                digest: attestation.digest.to_string(),
                predicate_type: attestation.predicate_type.as_deref(),
                title: attestation.title(),
                state: if attested.is_some() { "verified" } else { "failed" },
                form: Some(attestation.form.as_str()),
                found_in: Some(attestation.found_in.to_string()),
                summary: attested.map(says),
                size: attested.map(Attested::size),
                signature: attested.map(|attested| SignatureJson::new(attested.signature())),
                more_signatures: attested.map(|attested| more(attested.signatures())).unwrap_or_default(),
                problem: failure.map(|failure| ProblemJson::of(failure.as_ref(), words)),
                reason: None,
            }
        });
        let listed = platform.listed.iter().map(|listed| AttestationJson {
            digest: listed.digest.to_string(),
            predicate_type: listed.predicate_type.as_deref(),
            title: short_title(listed.predicate_type.as_deref().unwrap_or(&listed.artifact_type)),
            state: "not-judged",
            form: None,
            found_in: None,
            summary: None,
            size: None,
            signature: None,
            more_signatures: Vec::new(),
            problem: None,
            reason: Some(listed.reason.to_string()),
        });
        PlatformJson {
            platform: platform.label(),
            digest: platform.digest.to_string(),
            attestations: judged.chain(listed).collect(),
            problems: platform.problems.iter().map(|failure| ProblemJson::of(failure, words)).collect(),
            not_checked: platform.unasked().map(|failure| ProblemJson::of(failure, words)).collect(),
        }
    });
    super::json::text(&Document {
        schema_version: 1,
        reference: evidence.reference.to_string(),
        digest: evidence.root.digest.to_string(),
        platforms: platforms.collect(),
        not_judged: not_judged_json(evidence),
    })
}
