//! Reports of scanners through the command: what is suppressed, what remains and why, and what is written.

use serde_json::Value;

use super::situation::{Situation, assert_counts, ids, texts};

/// The one record of a finding in this package.
fn of_package<'a>(document: &'a Value, package: &str) -> &'a Value {
    let records = document["findings"].as_array().unwrap().iter();
    let found: Vec<&Value> = records.filter(|record| record["finding"]["package"] == package).collect();
    assert_eq!(found.len(), 1, "{package}");
    found[0]
}

fn is_suppressed(record: &Value) -> Value {
    Value::Bool(record["decision"] == "suppressed")
}

#[test]
fn csaf_reasons_count_for_the_products_that_they_name() {
    let Some(situation) = Situation::copy("16") else { return };
    let arguments = texts(&situation.expected["args"]);
    let document = situation.decisions(&arguments);
    for (package, expected) in situation.expected["findings"].as_object().unwrap() {
        let record = of_package(&document, package);
        assert_eq!(is_suppressed(record), expected["suppressed"], "{record:#}");
        for (member, found) in [
            ("justification", &record["justification"]),
            ("reason", &record["reason"]),
            ("status", &record["status"]),
            ("conflict", &record["conflict"]),
            ("impact_statement", &record["by"]["impactStatement"]),
            ("action_statement", &record["by"]["actionStatement"]),
        ] {
            let expected = &expected[member];
            assert!(expected.is_null() || found == expected, "{package}: {member}: {record:#}");
        }
    }
    assert_counts(&document, &situation.expected["counts"]);
    let lenient = situation.decisions(&[arguments.as_slice(), &["--lenient"]].concat());
    for package in ["delta", "echo", "foxtrot"] {
        assert_eq!(of_package(&lenient, package)["decision"], "suppressed");
    }
    assert_eq!(of_package(&lenient, "golf")["decision"], "kept");
}

#[test]
fn cyclonedx_statements_about_the_project_are_about_all_of_it() {
    let Some(situation) = Situation::copy("18") else { return };
    let arguments = texts(&situation.expected["args"]);
    let document = situation.decisions(&arguments);
    for expected in situation.expected["findings"].as_array().unwrap() {
        let records = document["findings"].as_array().unwrap().iter();
        let found: Vec<&Value> = records.filter(|record| record["finding"]["id"] == expected["id"]).collect();
        let components = expected["components"].as_array().map_or(1, Vec::len);
        assert_eq!(found.len(), components, "{expected}");
        for record in found {
            assert_eq!(is_suppressed(record), expected["suppressed"], "{record:#}");
            for (member, found) in [
                ("reason", &record["reason"]),
                ("status", &record["status"]),
                ("conflict", &record["conflict"]),
                ("impact_statement", &record["by"]["impactStatement"]),
            ] {
                let expected = &expected[member];
                assert!(expected.is_null() || found == expected, "{member}: {record:#}");
            }
        }
    }
    let written: Value = serde_json::from_str(&situation.dhi(&arguments).stdout).unwrap();
    let analysis = |id: &str| {
        let entries = written["vulnerabilities"].as_array().unwrap();
        entries.iter().find(|entry| entry["id"] == id).unwrap()["analysis"].clone()
    };
    let reached = analysis("CVE-2026-2802");
    assert_eq!(
        (&reached["state"], &reached["detail"]),
        (&"not_affected".into(), &"queue is switched off".into())
    );
    assert_eq!(reached["justification"], Value::Null);
    assert_eq!(analysis("CVE-2026-2804")["state"], "false_positive");
}

#[test]
fn files_of_another_system_are_kept_or_named() {
    let Some(situation) = Situation::copy("20") else { return };
    for row in situation.expected["rows"].as_array().unwrap() {
        let arguments = texts(&row["args"]);
        let run = situation.dhi(&arguments);
        assert_eq!(Value::from(run.code), row["exit"], "{}{}", run.stdout, run.stderr);
        for word in texts(&row["stderr_has"]) {
            assert!(run.stderr.contains(word), "`{word}` is missing: {}", run.stderr);
        }
        if run.code != 0 {
            assert_eq!(run.stdout, "");
            assert!(!run.stderr.contains("expected value"), "{}", run.stderr);
            continue;
        }
        let document = situation.decisions(&arguments);
        assert_eq!(ids(&document, "suppressed"), texts(&row["suppressed"]));
        assert_eq!(ids(&document, "kept"), texts(&row["remain"]));
        let before = String::from_utf8(situation.read(arguments[2])).unwrap();
        assert!(run.stdout.starts_with('\u{feff}') && before.starts_with('\u{feff}'));
        assert_eq!(run.stdout.matches('\n').count(), run.stdout.matches("\r\n").count());
        let lines: Vec<&str> = run.stdout.split("\r\n").collect();
        let gone = before.split("\r\n").filter(|line| !lines.contains(line)).count();
        assert!(gone < 10, "{gone} lines are gone");
    }
}

#[test]
fn each_image_of_a_cluster_is_judged_by_itself() {
    let Some(situation) = Situation::copy("22") else { return };
    let expected = &situation.expected;
    let arguments = texts(&expected["args"]);
    let run = situation.dhi(&arguments);
    assert_eq!(Value::from(run.code), expected["exit"], "{}", run.stderr);
    assert!(
        run.stderr.contains("shop/CronJob/night") && run.stderr.contains("not scanned"),
        "{}",
        run.stderr
    );
    let document = situation.decisions(&arguments);
    assert_counts(&document, &expected["counts"]);
    assert_eq!(document["counts"]["notScanned"], 1);
    let resource = |record: &Value| {
        let scan = usize::try_from(record["scan"].as_u64().unwrap()).unwrap();
        document["reports"][0]["scans"][scan]["subject"]["resource"].clone()
    };
    for expected in expected["findings"].as_array().unwrap() {
        let mut records = document["findings"].as_array().unwrap().iter();
        let record = records.find(|record| {
            record["finding"]["id"] == expected["id"] && resource(record) == expected["resource"]
        });
        let record = record.unwrap();
        assert_eq!(is_suppressed(record), expected["suppressed"], "{record:#}");
        let near_miss = &expected["near_miss"];
        assert!(near_miss.is_null() || record["near_miss"]["part"] == *near_miss, "{record:#}");
    }
    let before: Value = serde_json::from_slice(&situation.read("report.json")).unwrap();
    let written: Value = serde_json::from_str(&run.stdout).unwrap();
    let changed = |at: usize| before["Resources"][at] != written["Resources"][at];
    assert_eq!([0, 1, 2, 3].map(changed), [false, true, false, false]);
    let moved = &written["Resources"][1]["Results"][0]["ExperimentalModifiedFindings"];
    assert_eq!(moved[0]["Finding"]["VulnerabilityID"], "CVE-2026-3201");
}

#[test]
fn names_of_osv_scanner_are_packages() {
    let Some(situation) = Situation::copy("24") else { return };
    let expected = &situation.expected;
    let arguments = texts(&expected["args"]);
    let run = situation.dhi(&arguments);
    assert_eq!(Value::from(run.code), expected["exit"], "{}", run.stderr);
    let document = situation.decisions(&arguments);
    assert_eq!(ids(&document, "kept"), texts(&expected["remain"]));
    for (name, purl) in expected["purls"].as_object().unwrap() {
        let purl = purl.as_str().unwrap().split(' ').next().unwrap();
        let mut records = document["findings"].as_array().unwrap().iter();
        let record = records.find(|record| record["finding"]["package"] == **name).unwrap();
        assert_eq!(record["finding"]["purl"], purl);
    }
    let counts = &document["counts"];
    assert_eq!([&counts["findings"], &counts["suppressed"]].map(Value::as_u64), [Some(7), Some(6)]);
}

#[test]
fn both_copies_of_a_finding_move_and_old_entries_stay() {
    let Some(situation) = Situation::copy("25") else { return };
    let apply = |report: &str, vex: &str| {
        situation.dhi(&["vex", "apply", report, "--vex", vex, "--trust-unsigned", vex])
    };
    let pair = |entry: &Value| (entry["vulnerability"]["id"].clone(), entry["artifact"]["id"].clone());
    for row in situation.expected["rows"].as_array().unwrap() {
        let vex = row["vex"].as_str().unwrap();
        let once = apply("report.json", vex);
        let written: Value = serde_json::from_str(&once.stdout).unwrap();
        let kept: Vec<Value> =
            written["matches"].as_array().unwrap().iter().map(|entry| pair(entry).0).collect();
        assert_eq!(Value::from(kept), row["matches"]);
        let ignored: Vec<Value> = written["ignoredMatches"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| Value::from(vec![pair(entry).0, pair(entry).1]))
            .collect();
        assert_eq!(Value::from(ignored), row["ignored"]);
        situation.write("once.json", &once.stdout);
        assert!(apply("once.json", vex).stdout == once.stdout, "{vex}: twice differs from once");
    }
    let written: Value = serde_json::from_str(&apply("report.json", "vex-table.json").stdout).unwrap();
    let moved = &written["ignoredMatches"][1]["appliedIgnoreRules"];
    assert_eq!(*moved, Value::from(vec![situation.expected["rule"].clone()]));
    let before: Value = serde_json::from_slice(&situation.read("report.json")).unwrap();
    assert_eq!(written["ignoredMatches"][0], before["ignoredMatches"][0]);
    let vex = ["--vex", "vex-table.json", "--trust-unsigned", "vex-table.json"];
    let counts = &situation.expected["counts"]["vex-table.json"];
    let document = situation.decisions(&[&["vex", "apply", "report.json"], vex.as_slice()].concat());
    assert_eq!(document["counts"]["findings"], counts["findings"]);
    assert_eq!(document["counts"]["suppressed"], counts["suppressed"]);
    assert_eq!(document["counts"]["remaining"], counts["remain"]);
    assert_eq!(document["counts"]["suppressedBefore"], counts["ignored_before"]);
}

#[test]
fn sarif_is_marked_or_dropped() {
    let Some(situation) = Situation::copy("27") else { return };
    for row in situation.expected["rows"].as_array().unwrap() {
        let vex = row["vex"].as_str().unwrap();
        let drop: &[&str] = if row["mode"] == "drop" { &["--drop"] } else { &[] };
        let apply = ["vex", "apply", "report.sarif.json", "--vex", vex, "--trust-unsigned", vex];
        let run = situation.dhi(&[apply.as_slice(), drop].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        let written: Value = serde_json::from_str(&run.stdout).unwrap();
        let (rules, results) =
            (&written["runs"][0]["tool"]["driver"]["rules"], &written["runs"][0]["results"]);
        let results = results.as_array().unwrap();
        assert_eq!(rules.as_array().unwrap().len(), 3);
        if row["mode"] == "drop" {
            let kept: Vec<Value> = results.iter().map(|result| result["ruleId"].clone()).collect();
            assert_eq!(Value::from(kept), row["results"]);
            let indices: Vec<Value> = results.iter().map(|result| result["ruleIndex"].clone()).collect();
            assert!(row["ruleIndex"].is_null() || Value::from(indices) == row["ruleIndex"]);
        } else {
            assert_eq!(Value::from(results.len()), row["results"]);
            let is_open = |suppression: &Value| {
                matches!(suppression["status"].as_str(), Some("underReview" | "rejected"))
            };
            let is_suppressed = |result: &Value| {
                let list = result["suppressions"].as_array();
                list.is_some_and(|list| !list.is_empty() && !list.iter().any(is_open))
            };
            let suppressed: Vec<Value> =
                (0..results.len()).filter(|at| is_suppressed(&results[*at])).map(Value::from).collect();
            assert_eq!(Value::from(suppressed), row["suppressed"], "{vex}");
            if let Some(expected) = row["suppression"].as_object() {
                for (member, value) in expected {
                    assert_eq!(results[0]["suppressions"][0][member], *value);
                }
            }
        }
    }
}
