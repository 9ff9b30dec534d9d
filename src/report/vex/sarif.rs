//! SARIF 2.1.0 of the findings that remain: each is a result under the rule of its id.
//!
//! A suppressed finding is no result, since code scanning does not honour suppressions of open alerts. Its rule stays,
//! and so does an empty list of results: an upload without the list is refused and closes no alert.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::Serialize;

use super::row::Row;
use super::run::{AppliedRun, DecidedFinding, PlacedScan};
use super::verdict;
use super::warnings;
use crate::report::json::{around, element, text};
use crate::report::sarif_document::{Document, Fingerprints, Location, Message, Tool};
use crate::report::style::printable;
use crate::vex::{Finding, Fix, Severity};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool<Rule>,
    #[serde(skip_serializing_if = "Option::is_none")]
    automation_details: Option<AutomationDetails>,
    invocations: [Invocation; 1],
    /// Empty: the results are inserted one by one.
    results: [(); 0],
    properties: RunProperties,
}

/// What the results are about, so that those of several runs in one file are kept apart.
#[derive(Serialize)]
struct AutomationDetails {
    id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    exit_code: u8,
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Message,
}

#[derive(Serialize)]
struct RunProperties {
    verdict: &'static str,
    findings: usize,
    suppressed: usize,
    remaining: usize,
}

/// A vulnerability of a finding, suppressed or not.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    short_description: Message,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<RuleProperties>,
}

#[derive(Serialize)]
struct RuleProperties {
    /// The order of alerts on GitHub: a number from 0.0 to 10.0.
    #[serde(rename = "security-severity")]
    security_severity: &'static str,
    tags: [&'static str; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult {
    rule_id: String,
    rule_index: usize,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    partial_fingerprints: BTreeMap<&'static str, String>,
    properties: ResultProperties,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultProperties {
    severity: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixed_versions: Vec<String>,
    gate: Vec<&'static str>,
}

/// The rules of all findings, with their positions.
#[derive(Default)]
struct Rules {
    rules: Vec<(String, Severity)>,
    positions: BTreeMap<String, usize>,
}

/// The results of a run that GitHub accepts. Of more, it accepts none.
const RESULTS: usize = 25_000;
/// Indentation of a run, and of a result in it.
const RUN: usize = 4;
const RESULT: usize = 8;

/// Renders the document, which ends with a line feed.
pub(super) fn sarif(run: &AppliedRun<'_>) -> String {
    document(&[run_text(run, None, true)])
}

/// A document of these runs.
pub(in crate::report) fn document(runs: &[String]) -> String {
    let document = text(&Document::of([(); 0]));
    let (before, after) = around(&document, "runs", !runs.is_empty());
    [before, runs.concat(), after].concat()
}

/// One run as an element of the list of runs. `category` keeps its alerts apart from those of other runs.
pub(in crate::report) fn run_text(run: &AppliedRun<'_>, category: Option<&str>, is_first: bool) -> String {
    let remaining: Vec<(PlacedScan<'_>, DecidedFinding<'_>)> = run
        .scans()
        .flat_map(|scan| scan.findings(run.result).map(move |found| (scan, found)))
        .filter(|(_, found)| !found.is_suppressed())
        .collect();
    let (listed, left_out) = most_severe(remaining, RESULTS);
    let mut rules = Rules::default();
    match left_out {
        0 => run.findings().for_each(|found| rules.add(found.finding)),
        _ => listed.iter().for_each(|(_, found)| rules.add(found.finding)),
    }
    let mut results = String::new();
    let mut fingerprints = Fingerprints::default();
    for (scan, found) in &listed {
        let fingerprint = fingerprints.next(&[&found.finding.id, &package_name(found)]);
        let result = SarifResult::new(found, scan, fingerprint, &rules, run);
        results.push_str(&element(&result, RESULT, results.is_empty()));
    }
    let counts = run.counts();
    let left_out = (left_out > 0).then(|| Notification {
        level: "warning",
        message: Message::new(&format!(
            "{} left out, the least severe first: GitHub accepts {RESULTS} results of a run",
            if left_out == 1 { "1 finding is".to_owned() } else { format!("{left_out} findings are") }
        )),
    });
    let run = Run {
        tool: Tool::with_rules(rules.rendered()),
        automation_details: category.map(|id| AutomationDetails { id: id.to_owned() }),
        invocations: [Invocation {
            execution_successful: run.incomplete.is_empty(),
            exit_code: run.exit().code(),
            tool_execution_notifications: notifications(run).into_iter().chain(left_out).collect(),
        }],
        results: [],
        properties: RunProperties {
            verdict: verdict::kind(run).id(),
            findings: counts.findings,
            suppressed: counts.suppressed,
            remaining: counts.remaining(),
        },
    };
    let run = element(&run, RUN, is_first);
    let (before, after) = around(&run, "results", !results.is_empty());
    [before, results, after].concat()
}

/// The most severe findings, in their order, and how many others there are.
fn most_severe<'a>(
    mut found: Vec<(PlacedScan<'a>, DecidedFinding<'a>)>,
    bound: usize,
) -> (Vec<(PlacedScan<'a>, DecidedFinding<'a>)>, usize) {
    let left_out = found.len().saturating_sub(bound);
    if left_out > 0 {
        found.sort_by_key(|(_, found)| (found.causes.is_empty(), Reverse(found.finding.severity)));
        found.truncate(bound);
        found.sort_by_key(|(_, found)| found.position);
    }
    (found, left_out)
}

/// What a reader must know besides the results: problems of sources, warnings, and what was not scanned.
fn notifications(run: &AppliedRun<'_>) -> Vec<Notification> {
    let incomplete = run.incomplete.iter().map(|problem| ("error", printable(&problem.message)));
    let problems = run.problems.iter().map(|problem| ("warning", printable(&problem.message)));
    let problems = incomplete.chain(problems);
    let unscanned = run.scans().filter_map(|scan| {
        let cause = scan.applied.scan.not_scanned.as_ref()?;
        Some(("warning", printable(&format!("not scanned: {}: {cause}", scan.name()))))
    });
    let warned = warnings::lines(run).into_iter().map(|line| ("note", printable(&line)));
    let left_out = verdict::remarks(run).into_iter().map(|line| ("note", line));
    let all = problems.chain(unscanned).chain(warned).chain(left_out);
    all.map(|(level, text)| Notification { level, message: Message::new(&text) }).collect()
}

impl Rules {
    fn add(&mut self, finding: &Finding) {
        match self.positions.get(&finding.id).and_then(|at| self.rules.get_mut(*at)) {
            Some((_, severity)) => *severity = (*severity).max(finding.severity),
            None => {
                self.positions.insert(finding.id.clone(), self.rules.len());
                self.rules.push((finding.id.clone(), finding.severity));
            }
        }
    }

    fn position(&self, id: &str) -> usize {
        self.positions.get(id).copied().unwrap_or_default()
    }

    fn rendered(self) -> Vec<Rule> {
        let rules = self.rules.into_iter().map(|(id, severity)| Rule {
            short_description: Message::new(&printable(&id)),
            properties: security_severity(severity)
                .map(|security_severity| RuleProperties { security_severity, tags: ["security"] }),
            id,
        });
        rules.collect()
    }
}

/// A number in the range that GitHub shows as this severity.
fn security_severity(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Critical => Some("9.5"),
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("2.0"),
        Severity::Negligible => Some("0.1"),
        Severity::Unknown => None,
    }
}

impl SarifResult {
    fn new(
        found: &DecidedFinding<'_>,
        scan: &PlacedScan<'_>,
        fingerprint: String,
        rules: &Rules,
        run: &AppliedRun<'_>,
    ) -> Self {
        let (finding, row) = (found.finding, Row::new(found, run));
        let package = &finding.package;
        let subject = &scan.applied.scan.subject;
        let path = package.locations.first().map(|path| path.trim_start_matches('/'));
        let path = path.filter(|path| !path.is_empty()).unwrap_or(&subject.name);
        let path = if path.is_empty() { &scan.of.name } else { path };
        let purl = package.purl.as_ref().map(ToString::to_string);
        Self {
            rule_index: rules.position(&finding.id),
            rule_id: finding.id.clone(),
            level: match finding.severity {
                Severity::Critical | Severity::High => "error",
                Severity::Medium | Severity::Unknown => "warning",
                Severity::Low | Severity::Negligible => "note",
            },
            message: Message::new(&printable(&row.line())),
            locations: [Location::of_resource(path, purl.clone().unwrap_or_else(|| found.package()))],
            partial_fingerprints: BTreeMap::from([("primaryLocationLineHash", fingerprint)]),
            properties: ResultProperties {
                severity: finding.severity.id(),
                status: row.status,
                purl,
                fixed_versions: match &finding.fix {
                    Fix::Fixed(versions) => versions.clone(),
                    _ => Vec::new(),
                },
                gate: found.causes.iter().map(|cause| cause.id()).collect(),
            },
        }
    }
}

/// The name of the package of a finding, without its version: the fingerprint stays the same in another one.
fn package_name(found: &DecidedFinding<'_>) -> String {
    let package = &found.finding.package;
    let named = package.purl.as_ref().map(|purl| {
        [purl.kind(), purl.namespace().unwrap_or_default(), purl.name(), purl.subpath().unwrap_or_default()]
            .join("\0")
    });
    named.unwrap_or_else(|| package.name.clone())
}
