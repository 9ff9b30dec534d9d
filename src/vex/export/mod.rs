//! The decisions of a run as an OpenVEX document with which a scanner decides the same ([`Target`]).
//!
//! A statement is written for each finding that a statement decided: only that one, with a time of its own, since
//! scanners choose differently among several. The document is read again and given to the model of the scanner.
//! Invariant: as far as the model tells, the scanner suppresses no finding that this run kept. What cannot be written so
//! is left out, and listed.

mod naming;
mod scout;
mod statement;
mod target;

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;

use super::engines::{self, EngineAnswer, EngineOutcome};
use super::written_open_vex::{WrittenDocument, WrittenStatement};
use super::{
    Applied, AppliedScan, Decision, Finding, LazyDigest, Outcome, Ruling, Scan, Source, SourceKind,
    SourceTrust, SourcedDocument, StatementSet, document,
};
use crate::oci::Digest;
use naming::Named;
use statement::Content;
use target::Precision;
pub use target::Target;

/// A document for a scanner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Its text.
    pub text: String,
    /// How many statements it has.
    pub statements: usize,
    /// The suppressed findings that the scanner will report.
    pub lacking: Vec<Lacking>,
}

/// A suppressed finding that the scanner will report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lacking {
    /// The id of the vulnerability.
    pub id: String,
    /// The package, as the report names it.
    pub package: String,
    /// Why.
    pub why: LackingWhy,
}

/// Why a suppressed finding cannot be part of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LackingWhy {
    /// The report has no package URL for the package.
    NoPackageUrl,
    /// The scanner cannot tell it from a finding that is kept.
    Ambiguous,
    /// The scanner does not match the statement.
    NoMatch,
}

/// A finding that a statement decided.
struct Draft<'a> {
    scan: usize,
    finding: usize,
    found: &'a Finding,
    decision: &'a Decision,
    ruling: &'a Ruling,
    precision: Precision,
}

impl Draft<'_> {
    fn suppresses(&self) -> bool {
        self.decision.outcome == Outcome::Suppressed
    }
}

/// Writes the decisions for a scanner. `time` is that of the document, and of statements without a time.
pub fn export(applied: &Applied, target: Target, author: &str, time: Timestamp) -> Exported {
    let scans: Vec<&AppliedScan> = applied.reports.iter().flat_map(|report| &report.scans).collect();
    // The scanner names packages in its own form.
    let own: Vec<Scan> = scans.iter().map(|one| naming::in_form_of(target, &one.scan)).collect();
    let mut drafts: Vec<Draft<'_>> = scans.iter().enumerate().flat_map(|(at, one)| drafts(at, one)).collect();
    if target == Target::Scout {
        leave_out_covering(&mut drafts, &scans);
    }
    // Each turn names packages more exactly, so there are at most twice as many as drafts.
    loop {
        let written = written(&mut drafts, &own, target);
        let (text, origins) = text(&written, &drafts, applied, author, time);
        let answers = answers(target, &own, &scans, &text);
        if !refine(&mut drafts, &scans, &answers, &origins) {
            let lacking = lacking(&drafts, &answers);
            return Exported { text, statements: origins.len(), lacking };
        }
    }
}

/// Leaves out the statements for Scout that would suppress findings which are kept: they name source packages.
fn leave_out_covering(drafts: &mut [Draft<'_>], scans: &[&AppliedScan]) {
    let mut kept = scout::KeptFindings::default();
    for one in scans {
        let decided = one.decided().filter(|(_, decision)| decision.outcome == Outcome::Kept);
        decided.for_each(|(finding, _)| kept.add(&one.scan, finding));
    }
    for draft in drafts.iter_mut().filter(|draft| draft.suppresses()) {
        let scan = scans.get(draft.scan).map(|one| &one.scan);
        if scan.is_some_and(|scan| kept.are_covered_by(scan, draft.found)) {
            draft.precision = Precision::Nothing;
        }
    }
}

fn drafts(scan: usize, one: &AppliedScan) -> impl Iterator<Item = Draft<'_>> {
    one.decided().enumerate().filter_map(move |(finding, (found, decision))| {
        let ruling = decision.ruling.as_ref()?;
        let precision = Precision::Version;
        Some(Draft { scan, finding, found, decision, ruling, precision })
    })
}

/// The statements to write: the drafts that share a name, by this name. Drafts with one name and different outcomes are
/// named more exactly, and not written if that does not help.
fn written(drafts: &mut [Draft<'_>], own: &[Scan], target: Target) -> BTreeMap<Named, Vec<usize>> {
    loop {
        let mut by_name: BTreeMap<Named, Vec<usize>> = BTreeMap::new();
        for (at, draft) in drafts.iter().enumerate() {
            let scan = own.get(draft.scan);
            let name = scan.and_then(|scan| {
                let found = scan.findings.get(draft.finding)?;
                naming::name(target, scan, found, draft.precision)
            });
            if let Some(name) = name {
                by_name.entry(name).or_default().push(at);
            }
        }
        let of = |at: &usize| drafts.get(*at).map(Draft::suppresses);
        let contradicting: Vec<usize> = by_name
            .values()
            .filter(|same| same.iter().any(|at| of(at) != same.first().and_then(of)))
            .flatten()
            .copied()
            .collect();
        if contradicting.is_empty() {
            return by_name;
        }
        for at in contradicting {
            if let Some(draft) = drafts.get_mut(at) {
                draft.precision = draft.precision.next();
            }
        }
    }
}

/// The text of the document, and the drafts of each of its statements.
fn text(
    written: &BTreeMap<Named, Vec<usize>>,
    drafts: &[Draft<'_>],
    applied: &Applied,
    author: &str,
    time: Timestamp,
) -> (String, Vec<Vec<usize>>) {
    let mut contents: Vec<(Content, &Vec<usize>)> = Vec::new();
    for (name, same) in written {
        let first = same.first().and_then(|at| drafts.get(*at));
        let content = first.and_then(|draft| Content::of(draft.ruling, &applied.statements, name, time));
        contents.extend(content.map(|content| (content, same)));
    }
    let document = |id: &str| {
        let ids: Vec<String> = (1..=contents.len()).map(|number| format!("{id}#{number}")).collect();
        let statements: Vec<WrittenStatement<'_>> = contents
            .iter()
            .zip(&ids)
            .map(|((content, _), own)| content.statement((!id.is_empty()).then_some(own.as_str())))
            .collect();
        let statements = statements.iter().map(WrittenStatement::value).collect();
        WrittenDocument { id, author, timestamp: time, statements }.text()
    };
    let digest = Digest::of(document("").as_bytes());
    let text = document(&format!("https://openvex.dev/docs/public/vex-{}", digest.hex()));
    (text, contents.into_iter().map(|(_, same)| same.clone()).collect())
}

/// What the model of the scanner answers with the document, for each scan and finding. `None`: there is no model.
fn answers(
    target: Target,
    own: &[Scan],
    scans: &[&AppliedScan],
    text: &str,
) -> Option<Vec<Vec<EngineAnswer>>> {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    let source = Source {
        name: "export".to_owned(),
        kind: SourceKind::File,
        digest: LazyDigest::of(bytes.clone()),
        trust: SourceTrust::TrustedByUser,
        priority: 0,
    };
    let read = document::read(&bytes, "the exported document").unwrap_or_default();
    let sourced = read.into_iter().map(|document| SourcedDocument { source: source.clone(), document });
    let statements = StatementSet::new(sourced.collect());
    let answers = own.iter().zip(scans).map(|(scan, one)| {
        let answers = engines::answers(scan, &one.facts, &statements).into_iter();
        answers.map(|answer| if target == Target::Grype { answer.grype } else { answer.trivy }).collect()
    });
    (target != Target::Scout).then(|| answers.collect())
}

/// Names those drafts more exactly by which the scanner would decide otherwise. Returns whether there are any.
fn refine(
    drafts: &mut [Draft<'_>],
    scans: &[&AppliedScan],
    answers: &Option<Vec<Vec<EngineAnswer>>>,
    origins: &[Vec<usize>],
) -> bool {
    let mut wrong: Vec<usize> = Vec::new();
    for (one, answers) in scans.iter().zip(answers.iter().flatten()) {
        for ((_, decision), answer) in one.decided().zip(answers) {
            let suppressed = decision.outcome == Outcome::Suppressed;
            if suppressed != (answer.outcome == EngineOutcome::Suppressed) {
                wrong.extend(answer.by.and_then(|by| origins.get(by.index)).into_iter().flatten());
            }
        }
    }
    let mut changed = false;
    for at in wrong {
        if let Some(draft) = drafts.get_mut(at).filter(|draft| draft.precision != Precision::Nothing) {
            draft.precision = draft.precision.next();
            changed = true;
        }
    }
    changed
}

fn lacking(drafts: &[Draft<'_>], answers: &Option<Vec<Vec<EngineAnswer>>>) -> Vec<Lacking> {
    let mut lacking = Vec::new();
    for draft in drafts.iter().filter(|draft| draft.suppresses()) {
        let answer = answers.as_ref().and_then(|answers| answers.get(draft.scan)?.get(draft.finding));
        let is_written = draft.precision != Precision::Nothing;
        let why = match draft.found.package.purl {
            None => LackingWhy::NoPackageUrl,
            Some(_) if !is_written => LackingWhy::Ambiguous,
            Some(_) if answer.is_none_or(|answer| answer.outcome == EngineOutcome::Suppressed) => continue,
            Some(_) => LackingWhy::NoMatch,
        };
        let package = draft.found.package.name.clone();
        lacking.push(Lacking { id: draft.found.id.clone(), package, why });
    }
    lacking
}

#[cfg(test)]
mod tests;
