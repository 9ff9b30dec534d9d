//! Policies that read one report: malware, secrets and tests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::facts::{Facts, SECRETS, TESTS, VIRUS};
use super::{Fail, Pass, table, table_of_attestation};

const SUMMARY: &str = "\n----------- SCAN SUMMARY -----------\nKnown viruses: 8700000\nEngine version: 1.4.2\n\
    Scanned directories: 900\nScanned files: 4242\nInfected files: 0\nData scanned: 120.00 MB\nTime: 31.2 sec\n\
    Start Date: 2026:04:12 02:36:19\n";

fn report(facts: &mut Facts, text: &str) {
    facts.predicate(VIRUS)["scanner"]["report"] = json!(STANDARD.encode(text));
}

#[test]
fn malware_in_any_summary_is_found() {
    let predicate = json!({"scanner": {"uri": "clamav/clamav:stable", "report": STANDARD.encode(SUMMARY)}});
    let facts = Facts::new().with(VIRUS, predicate);
    table_of_attestation("no-malware", VIRUS, &facts);
    table(
        "no-malware",
        &json!({}),
        &facts,
        &[
            (
                "infected",
                |facts| report(facts, &SUMMARY.replace("files: 0", "files: 1")),
                Fail("`Infected files: 1`"),
            ),
            (
                "infected in the second summary",
                |facts| report(facts, &format!("{SUMMARY}{}", SUMMARY.replace("files: 0", "files: 2"))),
                Fail("`Infected files: 2`"),
            ),
            ("clean twice", |facts| report(facts, &format!("{SUMMARY}{SUMMARY}")), Pass),
            ("clean with CRLF", |facts| report(facts, &SUMMARY.replace('\n', "\r\n")), Pass),
            (
                "infected with CRLF",
                |facts| report(facts, &SUMMARY.replace("files: 0", "files: 3").replace('\n', "\r\n")),
                Fail("`Infected files: 3`"),
            ),
            (
                "infected with CR",
                |facts| report(facts, &SUMMARY.replace("files: 0", "files: 3").replace('\n', "\r")),
                Fail("`Infected files: 3`"),
            ),
            (
                "infected without a space",
                |facts| report(facts, &SUMMARY.replace("Infected files: 0", "INFECTED FILES:12")),
                Fail("`Infected files: 12`"),
            ),
            (
                "infected is no number",
                |facts| report(facts, &SUMMARY.replace("files: 0", "files: ")),
                Fail("Infected"),
            ),
            ("no summary", |facts| report(facts, &SUMMARY.replace("Infected", "Other")), Fail("no line")),
            ("empty report", |facts| report(facts, ""), Fail("no line")),
            (
                "a file beside a clean summary",
                |facts| report(facts, &format!("/app/x: Win.Test.EICAR_HDB-1 FOUND\n{SUMMARY}")),
                Fail("eicar_hdb-1 found"),
            ),
            (
                "no file was scanned",
                |facts| report(facts, &SUMMARY.replace("files: 4242", "files: 0")),
                Fail("read no file"),
            ),
            (
                "no virus signatures",
                |facts| report(facts, &SUMMARY.replace("viruses: 8700000", "viruses: 0")),
                Fail("no virus signatures"),
            ),
            (
                "not base64",
                |facts| facts.predicate(VIRUS)["scanner"]["report"] = json!("Infected files: 0"),
                Fail("cannot be read"),
            ),
            (
                "a scan with errors",
                |facts| {
                    report(
                        facts,
                        &SUMMARY.replace("Infected files: 0", "Infected files: 0\nTotal errors: 5"),
                    );
                },
                Fail("`Total errors: 5`"),
            ),
            (
                "no errors",
                |facts| {
                    report(
                        facts,
                        &SUMMARY.replace("Infected files: 0", "Infected files: 0\nTotal errors: 0"),
                    );
                },
                Pass,
            ),
            (
                "a message of the scanner",
                |facts| report(facts, &format!("LibClamAV Error: cli_loaddb: no database\n{SUMMARY}")),
                Fail("libclamav error"),
            ),
            (
                "a file that was not read",
                |facts| report(facts, &format!("/app/x: Can't open file ERROR\n{SUMMARY}")),
                Fail("can't open file error"),
            ),
            ("only a count", |facts| report(facts, "Infected files: 0\n"), Fail("no line `Scanned files:`")),
            (
                "another space in a second count",
                |facts| report(facts, &format!("{SUMMARY}Infected\u{a0}files:\u{a0}3\n")),
                Fail("`Infected files: 3`"),
            ),
            ("no report", |facts| facts.predicate(VIRUS)["scanner"] = json!({}), Fail("cannot be read")),
            (
                "infected in base64 with line breaks",
                |facts| {
                    let encoded = STANDARD.encode(SUMMARY.replace("files: 0", "files: 4"));
                    let (first, second) = encoded.split_at(76);
                    facts.predicate(VIRUS)["scanner"]["report"] = json!(format!("{first}\r\n{second}\n"));
                },
                Fail("`Infected files: 4`"),
            ),
            (
                "clean in base64 with line breaks",
                |facts| {
                    let encoded = STANDARD.encode(SUMMARY);
                    let (first, second) = encoded.split_at(76);
                    facts.predicate(VIRUS)["scanner"]["report"] = json!(format!("{first}\n{second}\n"));
                },
                Pass,
            ),
        ],
    );
}

#[test]
fn secrets_are_found_and_only_an_array_is_clean() {
    let facts = Facts::new().with(SECRETS, json!([]));
    table_of_attestation("no-secrets", SECRETS, &facts);
    table(
        "no-secrets",
        &json!({}),
        &facts,
        &[
            (
                "a secret",
                |facts| {
                    *facts.predicate(SECRETS) = json!([{
                        "source": {"type": "file", "location": {"path": "/root/.aws/credentials"}},
                        "findings": [{"rule_id": "aws-secret-access-key", "severity": "CRITICAL"}],
                    }]);
                },
                Fail("a secret in `/root/.aws/credentials`"),
            ),
            ("without a place", |facts| *facts.predicate(SECRETS) = json!([{}]), Fail("an unnamed file")),
            ("null", |facts| *facts.predicate(SECRETS) = json!(null), Fail("is null and not an array")),
            ("an object", |facts| *facts.predicate(SECRETS) = json!({}), Fail("is object and not an array")),
            (
                "without a predicate",
                |facts| {
                    facts.attestation(SECRETS)["statement"].as_object_mut().unwrap().remove("predicate");
                },
                Fail("no predicate"),
            ),
        ],
    );
}

#[test]
fn tests_must_have_run_and_passed() {
    let predicate = json!({
        "reportFormat": "CTRF",
        "results": {
            "summary": {"tests": 3, "passed": 2, "failed": 0, "skipped": 1, "start": 1_749_216_533_u32},
            "tests": [
                {"name": "a", "status": "passed"},
                {"name": "b", "status": "passed"},
                {"name": "c", "status": "skipped"},
            ],
        },
    });
    let facts = Facts::new().with(TESTS, predicate);
    table_of_attestation("tests-passed", TESTS, &facts);
    fn summary(facts: &mut Facts) -> &mut serde_json::Value {
        &mut facts.predicate(TESTS)["results"]["summary"]
    }
    table(
        "tests-passed",
        &json!({}),
        &facts,
        &[
            ("failed", |facts| summary(facts)["failed"] = json!(1), Fail("1 of 3 tests failed")),
            ("failed is a text", |facts| summary(facts)["failed"] = json!("0"), Fail("no number `failed`")),
            ("failed is negative", |facts| summary(facts)["failed"] = json!(-1), Fail("no number `failed`")),
            (
                "passed is no integer",
                |facts| summary(facts)["passed"] = json!(1.5),
                Fail("no number `passed`"),
            ),
            (
                "without failed",
                |facts| {
                    summary(facts).as_object_mut().unwrap().remove("failed");
                },
                Fail("no number `failed`"),
            ),
            (
                "all listed tests are skipped",
                |facts| {
                    for test in facts.predicate(TESTS)["results"]["tests"].as_array_mut().unwrap() {
                        test["status"] = json!("skipped");
                    }
                },
                Fail("counts 2 tests as `passed`, and lists 0"),
            ),
            ("no summary", |facts| facts.predicate(TESTS)["results"] = json!({}), Fail("no summary")),
            ("the summary is a list", |facts| *summary(facts) = json!([]), Fail("no summary")),
            (
                "no tests",
                |facts| {
                    *summary(facts) = json!({"tests": 0, "passed": 0, "failed": 0, "skipped": 0});
                    facts.predicate(TESTS)["results"]["tests"] = json!([]);
                },
                Fail("no test was run"),
            ),
            (
                "all skipped",
                |facts| *summary(facts) = json!({"tests": 3, "passed": 0, "failed": 0, "skipped": 3}),
                Fail("no test was run"),
            ),
            (
                "counts differ",
                |facts| summary(facts)["tests"] = json!(4),
                Fail("counts 4 tests, and 3 results"),
            ),
            (
                "another number of tests is listed",
                |facts| {
                    facts.predicate(TESTS)["results"]["tests"].as_array_mut().unwrap().pop();
                },
                Fail("counts 3 tests, and lists 2"),
            ),
            (
                "a listed test failed",
                |facts| facts.predicate(TESTS)["results"]["tests"][1]["status"] = json!("failed"),
                Fail("the test `b` has the status `failed`"),
            ),
            (
                "a listed test has no known status",
                |facts| facts.predicate(TESTS)["results"]["tests"][1]["status"] = json!("other"),
                Fail("the test `b` has the status `other`"),
            ),
            (
                "tests did not end",
                |facts| {
                    *summary(facts) = json!({"tests": 3, "passed": 2, "failed": 0, "skipped": 0, "other": 1});
                },
                Fail("1 of 3 tests did not end"),
            ),
            (
                "only a summary",
                |facts| {
                    facts.predicate(TESTS)["results"].as_object_mut().unwrap().remove("tests");
                },
                Pass,
            ),
        ],
    );
}
