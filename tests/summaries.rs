//! Descriptions of the predicates in the fixtures and of real documents.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine;
use dhi::attestation::{Description, describe, describe_statement, short_title};
use dhi::report::{self, Style};
use dhi::trust::Statement;
use serde_json::Value;
use serde_json::value::RawValue;

fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All statements of a layout, those in Sigstore bundles too.
fn statements(layout: &str) -> Vec<Statement> {
    let folder = project().join("fixtures").join(layout).join("blobs/sha256");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let bytes = fs::read(file).unwrap();
        let Ok(document) = serde_json::from_slice::<Value>(&bytes) else { continue };
        let bytes = match document.pointer("/dsseEnvelope/payload").and_then(Value::as_str) {
            Some(payload) => base64::engine::general_purpose::STANDARD.decode(payload).unwrap(),
            None => bytes,
        };
        let is_statement = document.get("predicateType").is_some() || document.get("dsseEnvelope").is_some();
        if is_statement {
            found.push(Statement::parse(&bytes).unwrap());
        }
    }
    found
}

/// Every text stays in its place, and a page in its bounds.
fn check(summary: &Description, what: &str) -> String {
    assert!(!summary.line.is_empty() && summary.line.chars().count() <= 201, "{what}: {}", summary.line);
    let terminal = Style { width: Some(80), ..Style::default() };
    let page = report::page(summary, terminal);
    for line in page.lines().skip(1) {
        // A digest or URI in a fact stays whole.
        let longest = line.split("  ").map(|part| part.trim().chars().count()).max().unwrap_or(0);
        assert!(line.chars().count() <= 80 || longest > 40, "{what}: {line}");
        assert_eq!(line, line.trim_end(), "{what}");
    }
    for table in &summary.page.tables {
        assert!(table.rows.len() <= dhi::attestation::limits::SUMMARY_ROWS, "{what}");
        assert!(table.rows.iter().all(|row| row.len() == table.header.len()), "{what}");
    }
    page
}

#[test]
fn fixtures() {
    for layout in ["python", "chart", "log-shape-2", "bundles"] {
        // Predicates of several platforms may say the same.
        let mut pages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for statement in statements(layout) {
            let page = check(&describe_statement(&statement), &statement.predicate_type);
            assert!(!page.contains("unknown shape"), "{}", statement.predicate_type);
            pages.entry(statement.predicate_type).or_default().insert(page);
        }
        assert!(!pages.is_empty(), "{layout}");
        let mut text = String::new();
        for (predicate_type, pages) in pages {
            for page in pages {
                text.push_str(&format!("==== {}\n{page}\n", short_title(&predicate_type)));
            }
        }
        insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(format!("summary-{layout}"), text);
        });
    }
}

fn shared(folder: &str) -> Vec<PathBuf> {
    let path = project().join("../shared/data").join(folder);
    let Ok(entries) = fs::read_dir(&path) else {
        // Not by `eprintln!`, which the test runner keeps to itself when the test passes.
        let absent = Path::new("../shared/data").join(folder);
        let test = std::thread::current().name().unwrap_or_default().to_owned();
        let _ = writeln!(std::io::stderr(), "skipped: there is no {}, so not run: {test}", absent.display());
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn real(file: &Path, predicate_type: &str) -> (Description, Value) {
    let text = fs::read_to_string(file).unwrap();
    let raw: Box<RawValue> = serde_json::from_str(&text).unwrap();
    let summary = describe(predicate_type, &raw);
    check(&summary, &file.display().to_string());
    (summary, serde_json::from_str(&text).unwrap())
}

#[test]
fn real_vex_documents() {
    for file in [shared("vex/dhi-2025-10"), shared("vex/dhi-2026")].concat() {
        if !file.to_string_lossy().ends_with(".vex.json") {
            continue;
        }
        let (summary, document) = real(&file, "https://openvex.dev/ns/v0.2.0");
        let count = |status: &str| {
            let statements = document["statements"].as_array().unwrap();
            statements.iter().filter(|statement| statement["status"] == status).count()
        };
        let words = ["not_affected", "fixed", "affected", "under_investigation"];
        let parts = words.iter().filter(|word| count(word) > 0);
        let parts: Vec<String> =
            parts.map(|word| format!("{} {}", count(word), word.replace('_', " "))).collect();
        assert!(summary.line.ends_with(&format!(": {}", parts.join(", "))), "{}", summary.line);
    }
}

#[test]
fn real_cyclonedx_documents() {
    for file in shared("scans/cyclonedx") {
        let (summary, document) = real(&file, "https://cyclonedx.org/bom/v1.6");
        let mut open: Vec<&Value> = document["components"].as_array().into_iter().flatten().collect();
        let mut packages = 0;
        while let Some(component) = open.pop() {
            packages += usize::from(component["type"] != "file" && component["type"] != "operating-system");
            open.extend(component["components"].as_array().into_iter().flatten());
        }
        assert!(summary.line.starts_with(&format!("{packages} package")), "{packages}: {}", summary.line);
    }
}
