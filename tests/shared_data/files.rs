//! Cases over whole files, and over single values of other formats.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use dhi::vex::engines::grype::newest_first;
use dhi::vex::scan_report::{self, vulnerability_of_rule};
use dhi::vex::{Document, ImageFacts, Outcome, Scan, Statement, Vulnerability, decide};
use serde_json::{Value, json};

use crate::apply;
use crate::case::{Case, Failure, expect};
use crate::levels::only;

pub(crate) fn run(case: &Case, data: &Path) -> Result<(), Failure> {
    if let Some(dates) = &case.input_dates {
        let times: Vec<_> = dates.iter().map(|date| date.parse().ok()).collect();
        return only(case, &[("order", json!(newest_first(&times)))]);
    }
    if let Some(analysis) = &case.analysis {
        return only(case, &[("status", json!(status_of(analysis)?))]);
    }
    if let Some(rules) = &case.rule_ids {
        for (name, expected) in &case.expected {
            let found = match name.as_str() {
                "vexctl" => rules.iter().map(|rule| vexctl_id(rule)).collect::<Vec<_>>(),
                "dhi" => rules.iter().map(|rule| Some(vulnerability_of_rule(rule))).collect(),
                _ => return Err(Failure::Wrong(format!("`{name}` is not understood"))),
            };
            expect(name, expected, &json!({"ids": found}))?;
        }
        return Ok(());
    }
    let mut documents = Vec::new();
    let mut reports = Vec::new();
    for name in case.input("files", &case.files)? {
        let bytes = read(name, data)?;
        if name.contains("/sarif/") {
            reports.push(bytes);
        } else {
            documents.push(apply::read_one(&bytes)?);
        }
    }
    match reports.as_slice() {
        [] => apply::run(case, documents),
        [report] => filter(case, report, &documents),
        _ => Err(Failure::Wrong("several reports are not understood".to_owned())),
    }
}

/// The state of CycloneDX as a status.
fn status_of(analysis: &Value) -> Result<Option<&'static str>, Failure> {
    let document = apply::read(&json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "vulnerabilities": [{
            "id": "CVE-1",
            "analysis": analysis,
            "affects": [{"ref": "pkg:npm/table@1.0.0"}],
        }],
    }))?;
    Ok(document.statements.first().map(|statement| statement.status.as_str()))
}

/// The number of results before and after, by vexctl and by our rules.
fn filter(case: &Case, report: &Bytes, documents: &[Document]) -> Result<(), Failure> {
    let (_, scans) = scan_report::read(report.clone(), "the report").map_err(|error| error.to_string())?;
    let before: usize = scans.iter().map(|scan| scan.findings.len()).sum();
    let statements = apply::trusted(documents.to_vec());
    for (name, expected) in &case.expected {
        let after = match name.as_str() {
            "vexctl" => left_by_vexctl(report, documents)?,
            other => {
                let rules = apply::rules(apply::profile(other)?);
                let kept = |scan: &Scan| {
                    let decisions = decide::decide(scan, &ImageFacts::default(), &statements, &rules);
                    decisions.iter().filter(|decision| decision.outcome == Outcome::Kept).count()
                };
                scans.iter().map(kept).sum()
            }
        };
        expect(name, expected, &json!({"results_before": before, "results_after": after}))?;
    }
    Ok(())
}

/// What `vexctl filter` leaves of a SARIF report (5d61136c). Each document is applied alone: the oldest statement about
/// the vulnerability decides, whatever its product.
fn left_by_vexctl(report: &Bytes, documents: &[Document]) -> Result<usize, Failure> {
    let report: Value = serde_json::from_slice(report).map_err(|error| error.to_string())?;
    let runs = report["runs"].as_array().into_iter().flatten();
    let results = runs.flat_map(|run| run["results"].as_array().into_iter().flatten());
    let mut rules: Vec<&str> = results.map(|result| result["ruleId"].as_str().unwrap_or_default()).collect();
    for document in documents {
        let mut statements: Vec<&Statement> = document.statements.iter().collect();
        statements.sort_by_key(|statement| (statement.vulnerability.name.clone(), statement.timestamp));
        rules.retain(|rule| {
            let id = vexctl_id(rule);
            let first = statements.iter().find(|one| id.is_some_and(|id| names(&one.vulnerability, id)));
            !first.is_some_and(|statement| statement.status.suppresses())
        });
    }
    Ok(rules.len())
}

fn names(vulnerability: &Vulnerability, id: &str) -> bool {
    let own = vulnerability.name.iter().chain(&vulnerability.iri).chain(&vulnerability.aliases);
    own.into_iter().any(|known| known == id)
}

/// The id that vexctl takes from a rule. Only that of a CVE is cut; rules of other schemes are left alone.
fn vexctl_id(rule: &str) -> Option<&str> {
    let rule = rule.trim();
    match rule.split('-').next() {
        Some("CVE") => {
            let mut numbers = rule.split('-').skip(1);
            let (year, number) = (numbers.next()?, numbers.next()?);
            let digits = number.bytes().take_while(u8::is_ascii_digit).count();
            let is_year = !year.is_empty() && year.bytes().all(|byte| byte.is_ascii_digit());
            (is_year && digits > 0).then(|| &rule[.."CVE-".len() + year.len() + 1 + digits])
        }
        Some("GHSA" | "GO" | "PRISMA" | "RHSA" | "RUSTSEC" | "SNYK") => Some(rule),
        _ => None,
    }
}

/// A file that a case names. The names are those of the place where the cases were made.
fn read(name: &str, data: &Path) -> Result<Bytes, Failure> {
    let rest = name.strip_prefix("samples/").unwrap_or(name);
    let (folder, below) = rest.split_once('/').unwrap_or(("", rest));
    let path: PathBuf = match folder {
        "openvex" => data.join("vex").join(below),
        "csaf" => data.join("vex/csaf").join(below),
        _ => data.join("scans").join(rest),
    };
    match std::fs::read(&path) {
        Ok(bytes) => Ok(bytes.into()),
        Err(_) if rest == "csaf/trivy-csaf-relationships.json" => {
            Ok(serde_json::to_vec(&csaf_with_relationship()).unwrap().into())
        }
        Err(error) => Err(Failure::Skipped(format!("{name} cannot be read: {error}"))),
    }
}

/// The parts that decide of `pkg/vex/testdata/csaf-relationships.json` of aquasecurity/trivy (Apache-2.0), which the
/// data do not have.
fn csaf_with_relationship() -> Value {
    let product = |name: &str, version: &str| {
        json!({
            "category": "product_version",
            "name": version,
            "product": {
                "name": format!("{name} {version}"),
                "product_id": format!("{name}-{version}"),
                "product_identification_helper": {
                    "purl": format!("pkg:golang/github.com/aquasecurity/{name}@{version}"),
                },
            },
        })
    };
    let together = "go-direct1-v2.0.0-go-transitive-v4.0.0";
    json!({
        "document": {
            "category": "csaf_vex",
            "csaf_version": "2.0",
            "tracking": {"current_release_date": "2024-01-04T17:17:25+01:00"},
        },
        "product_tree": {
            "branches": [product("go-direct1", "v2.0.0"), product("go-transitive", "v4.0.0")],
            "relationships": [{
                "category": "default_component_of",
                "product_reference": "go-transitive-v4.0.0",
                "relates_to_product_reference": "go-direct1-v2.0.0",
                "full_product_name": {"product_id": together, "name": "go-direct1 uses go-transitive"},
            }],
        },
        "vulnerabilities": [{
            "cve": "CVE-2024-0001",
            "flags": [{"label": "vulnerable_code_cannot_be_controlled_by_adversary", "product_ids": [together]}],
            "product_status": {"known_not_affected": [together]},
        }],
    })
}
