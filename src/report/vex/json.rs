//! The JSON document of `dhi vex apply`, with the schema `docs/schemas/vex-apply-1.json`.
//!
//! Each finding has an explanation record. Its members are named as in the specification of the records.

use serde::Serialize;

use super::record::{Record, signers};
use super::run::{AppliedRun, Counts, PlacedScan};
use super::sources::{SourceUse, age_in_days, uses};
use super::verdict;
use crate::report::json::{DiagnosticJson, around, element, text};
use crate::vex::{
    DocumentFormat, Gate, GateResult, Scanned, ScannedKind, Severity, SourceKind, SourceTrust, Status,
    engines,
};

/// Version of the schema.
pub(super) const SCHEMA_VERSION: u32 = 1;
/// Indentation of a finding.
const FINDINGS: usize = 4;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema_version: u32,
    tool: Tool,
    verdict: &'static str,
    exit_code: u8,
    counts: CountsJson,
    gate: GateJson,
    rules: RulesJson,
    sources: Vec<SourceJson<'a>>,
    reports: Vec<ReportJson<'a>>,
    problems: Vec<DiagnosticJson>,
    /// Empty: the findings are inserted one by one.
    findings: [(); 0],
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CountsJson {
    findings: usize,
    suppressed: usize,
    remaining: usize,
    suppressed_before: usize,
    not_scanned: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GateJson {
    is_set: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    fail_on: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fail_on_status: Vec<&'static str>,
    only_fixed: bool,
    counting: usize,
    without_severity: usize,
    without_fix: usize,
    in_baseline: usize,
    unbound: usize,
    suppressed_before: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RulesJson {
    profile: &'static str,
    lenient: bool,
    require_verified: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SourceJson<'a> {
    name: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    attestation: Option<String>,
    document: String,
    format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    trust: &'static str,
    signers: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    newest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    age_days: Option<i64>,
    statements: usize,
    suppresses: usize,
    keeps: usize,
    remarks: Vec<String>,
}

#[derive(Serialize)]
struct ReportJson<'a> {
    name: &'a str,
    scans: Vec<ScanJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ScanJson<'a> {
    subject: SubjectJson<'a>,
    counts: CountsJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_scanned: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SubjectJson<'a> {
    kind: &'static str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
    /// Whether the report names no digest.
    unbound: bool,
    digests: &'a [String],
    tags: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    architecture: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    distribution: Option<String>,
}

/// Renders the document, which ends with a line feed.
pub(super) fn json(run: &AppliedRun<'_>) -> String {
    let document = text(&Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: "dhi", version: env!("CARGO_PKG_VERSION") },
        verdict: verdict::kind(run).id(),
        exit_code: run.exit().code(),
        counts: CountsJson::new(run.counts()),
        gate: GateJson::new(run.gate, run.result),
        rules: RulesJson {
            profile: run.rules.profile.id(),
            lenient: run.rules.lenient,
            require_verified: run.rules.require_verified,
        },
        sources: uses(run).iter().map(|one| SourceJson::new(one, run)).collect(),
        reports: reports(run),
        problems: run
            .incomplete
            .iter()
            .chain(run.problems)
            .map(|problem| DiagnosticJson::new(problem, run.texts))
            .collect(),
        findings: [],
    });
    let findings = findings(run);
    let (before, after) = around(&document, "findings", !findings.is_empty());
    [before, findings, after].concat()
}

/// The records of all findings.
fn findings(run: &AppliedRun<'_>) -> String {
    let mut out = String::new();
    for scan in run.scans() {
        let answers = engines::answers(&scan.applied.scan, &scan.applied.facts, run.statements());
        for (found, engines) in scan.findings(run.result).zip(&answers) {
            let record = Record::new(&found, engines, run);
            out.push_str(&element(&record, FINDINGS, out.is_empty()));
        }
    }
    out
}

fn reports<'a>(run: &AppliedRun<'a>) -> Vec<ReportJson<'a>> {
    let mut reports: Vec<ReportJson<'a>> = run
        .applied
        .reports
        .iter()
        .map(|report| ReportJson { name: &report.name, scans: Vec::new() })
        .collect();
    for scan in run.scans() {
        if let Some(report) = reports.get_mut(scan.report) {
            report.scans.push(ScanJson::new(&scan));
        }
    }
    reports
}

impl CountsJson {
    fn new(counts: Counts) -> Self {
        Self {
            findings: counts.findings,
            suppressed: counts.suppressed,
            remaining: counts.remaining(),
            suppressed_before: counts.suppressed_before,
            not_scanned: counts.not_scanned,
        }
    }
}

impl GateJson {
    fn new(gate: &Gate, result: &GateResult) -> Self {
        Self {
            is_set: result.is_set,
            fail_on: gate.fail_on.map(Severity::id),
            fail_on_status: gate.fail_on_status.iter().copied().map(Status::as_str).collect(),
            only_fixed: gate.only_fixed,
            counting: result.counting.len(),
            without_severity: result.without_severity,
            without_fix: result.without_fix,
            in_baseline: result.in_baseline,
            unbound: result.unbound,
            suppressed_before: result.suppressed_before,
        }
    }
}

impl<'a> SourceJson<'a> {
    fn new(one: &SourceUse<'a>, run: &AppliedRun<'a>) -> Self {
        let (source, document) = (&one.of.source, &one.of.document);
        let newest = document.newest_time(run.rules.now);
        let (kind, attestation) = match &source.kind {
            SourceKind::File => ("file", None),
            SourceKind::Image { attestation } => ("image", Some(attestation)),
            SourceKind::Base { attestation } => ("base", Some(attestation)),
            SourceKind::Repository => ("repository", None),
        };
        let (trust, cause) = match &source.trust {
            SourceTrust::Verified(_) => ("verified", None),
            SourceTrust::TrustedByUser => ("trusted-by-user", None),
            SourceTrust::Unverified => ("unverified", None),
            SourceTrust::Failed { cause } => ("failed", Some(cause.as_str())),
            SourceTrust::TooOld { .. } => ("too-old", None),
        };
        Self {
            name: &source.name,
            kind,
            attestation: attestation.map(ToString::to_string),
            document: source.digest.get().to_string(),
            format: match document.format {
                DocumentFormat::OpenVex => "openvex",
                DocumentFormat::OpenVexOld => "openvex-0.0.1",
                DocumentFormat::Csaf => "csaf",
                DocumentFormat::CycloneDx => "cyclonedx",
            },
            id: document.id.as_deref(),
            author: document.author.as_deref(),
            version: document.version.as_deref(),
            trust,
            signers: signers(&source.trust),
            cause,
            newest: newest.map(|time| time.to_string()),
            age_days: newest.map(|time| age_in_days(time, run.rules.now)),
            statements: one.statements(),
            suppresses: one.suppressed,
            keeps: one.kept,
            remarks: one.remarks(),
        }
    }
}

impl<'a> ScanJson<'a> {
    fn new(scan: &PlacedScan<'a>) -> Self {
        let of = &scan.applied.scan;
        Self {
            subject: SubjectJson::new(&of.subject),
            counts: CountsJson::new(scan.counts()),
            not_scanned: of.not_scanned.as_deref(),
        }
    }
}

impl<'a> SubjectJson<'a> {
    fn new(subject: &'a Scanned) -> Self {
        Self {
            kind: match subject.kind {
                ScannedKind::Image => "image",
                ScannedKind::Files => "files",
                ScannedKind::Sbom => "sbom",
                ScannedKind::Unknown => "unknown",
            },
            name: &subject.name,
            resource: subject.resource.as_deref(),
            unbound: subject.repo_digests.is_empty(),
            digests: &subject.repo_digests,
            tags: &subject.tags,
            architecture: subject.architecture.as_deref(),
            distribution: subject.distribution.as_ref().map(|(name, release)| format!("{name} {release}")),
        }
    }
}
