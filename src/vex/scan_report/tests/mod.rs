//! Tests over whole reports, with decisions that are made here.

mod formats;
mod situations;
mod texts;
mod whole_reports;

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde_json::Value;

use super::{ReportFormat, Rewritten, WriteOptions, read};
use crate::oci::Digest;
use crate::vex::{
    AppliedReport, AppliedScan, Decision, Document, DocumentFormat, Error, Finding, Grade, ImageFacts,
    Inapplicable, Justification, Outcome, ProductGrade, Products, Ruling, Source, SourceKind, SourceTrust,
    SourcedDocument, Statement, StatementRef, StatementSet, Status, Validity, Vulnerability,
};

/// A folder of the shared data. Without it, a test says so and passes.
fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("../shared/data/{folder} is not here: nothing is tested");
    None
}

/// Every report in the shared data: `grype/x.json` and its text.
fn reports() -> Vec<(String, Bytes)> {
    let Some(folder) = shared("scans") else { return Vec::new() };
    let mut reports = Vec::new();
    for scanner in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
        for file in fs::read_dir(&scanner).unwrap().map(|entry| entry.unwrap().path()) {
            let name = file.strip_prefix(&folder).unwrap().to_string_lossy().into_owned();
            reports.push((name, Bytes::from(fs::read(&file).unwrap())));
        }
    }
    reports.sort();
    reports
}

fn statement(status: Status, justification: Option<Justification>, text: Option<&str>) -> Statement {
    Statement {
        id: None,
        vulnerability: Vulnerability::default(),
        status,
        justification,
        unknown_justification: None,
        impact_statement: text.map(str::to_owned),
        action_statement: (status == Status::Affected).then(|| "Upgrade to 9".to_owned()),
        status_notes: None,
        timestamp: None,
        has_own_time: false,
        is_false_positive: false,
        is_first_fixed: false,
        validity: Validity::Valid,
        products: Products::default(),
    }
}

/// One document with these statements, from `vex.json`.
fn statements_of(statements: Vec<Statement>) -> StatementSet {
    let document = Document {
        format: DocumentFormat::OpenVex,
        id: None,
        author: None,
        version: None,
        timestamp: None,
        subjects: None,
        statements,
        remarks: Vec::new(),
        context: None,
    };
    let source = Source {
        name: "vex.json".to_owned(),
        kind: SourceKind::File,
        digest: Digest::of(b"vex").into(),
        trust: SourceTrust::TrustedByUser,
        priority: 0,
    };
    StatementSet::new(vec![SourcedDocument { source, document }])
}

/// One statement of each kind. Its position is its number in the tests.
fn statements() -> StatementSet {
    let mut false_positive = statement(Status::NotAffected, None, None);
    false_positive.is_false_positive = true;
    statements_of(vec![
        statement(Status::NotAffected, Some(Justification::VulnerableCodeNotPresent), Some("not called")),
        statement(Status::Fixed, None, None),
        statement(Status::UnderInvestigation, None, Some("looking at \"it\"")),
        statement(Status::Affected, None, None),
        false_positive,
        statement(Status::NotAffected, None, Some("queue is switched off")),
    ])
}

/// The decision by a statement of [`statements`]; `None`: kept, and no statement applies.
fn decision(index: Option<usize>) -> Decision {
    let set = statements();
    let ruling = index.map(|index| {
        let statement = StatementRef { source: 0, index };
        let found = set.get(statement).unwrap().1;
        Ruling {
            statement,
            status: found.status,
            justification: found.justification,
            timestamp: None,
            product: String::new(),
            subcomponent: None,
            grade: Grade { product: ProductGrade::Scanned, component: None },
            equivalences: Vec::new(),
        }
    });
    let is_suppressed = ruling.as_ref().is_some_and(|ruling| ruling.status.suppresses());
    Decision {
        outcome: if is_suppressed { Outcome::Suppressed } else { Outcome::Kept },
        ruling,
        reason: None,
        conflict: false,
        considered: Vec::new(),
        near_miss: None,
        warnings: Vec::new(),
    }
}

/// The report after decisions: `decide` gives the number of the statement for each finding.
fn applied(text: &Bytes, drop: bool, decide: &dyn Fn(&Finding) -> Option<usize>) -> (Bytes, Rewritten) {
    let (report, scans) = read(text.clone(), "report.json").unwrap();
    let scans = scans.into_iter().map(|scan| {
        let decisions = scan.findings.iter().map(|finding| decision(decide(finding))).collect();
        AppliedScan { scan, facts: ImageFacts::default(), decisions }
    });
    let result = AppliedReport { name: "report.json".to_owned(), scans: scans.collect() };
    let rewritten = report.rewrite(&result, &statements(), &WriteOptions { drop }).unwrap();
    let bytes: Vec<u8> = rewritten.pieces().flatten().copied().collect();
    (Bytes::from(bytes), rewritten)
}

fn apply(text: &Bytes, decide: &dyn Fn(&Finding) -> Option<usize>) -> Bytes {
    applied(text, false, decide).0
}

fn value(text: &Bytes) -> Value {
    serde_json::from_slice(text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)).unwrap()
}

fn findings(text: &Bytes) -> Vec<Finding> {
    let (_, scans) = read(text.clone(), "report.json").unwrap();
    scans.into_iter().flat_map(|scan| scan.findings).collect()
}

fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value[member].as_array().map(Vec::as_slice).unwrap_or_default()
}
