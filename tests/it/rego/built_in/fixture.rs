//! The statements of a fixture, which have the form of real ones. One fact is changed at a time, and each policy that
//! reads the statement decides as it must.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dhi::evidence::PolicyInput;
use dhi::policy::facts::ImageFacts;
use dhi::policy::rego::{BUILT_IN, Evaluation, Verdict};
use dhi::trust::LogPolicy;
use dhi::verify::{BaseOptions, KeepStatements, Options, base, verify};
use dhi::{Limits, Registries};
use serde_json::{Value, json};

use super::facts::{
    CYCLONEDX, Facts, SCAN, SCOUT_PROVENANCE, SCOUT_SBOM, SECRETS, SLSA, SLSA_V02, SPDX, TESTS, VIRUS, VSA,
};
use super::{Fail, Pass, Row, run, table};
use crate::mutations::mutants::{self, Change};
use crate::support::env::trust;

/// The first image of the fixture, verified.
static FACTS: LazyLock<Facts> = LazyLock::new(|| {
    let reference = "oci:fixtures/python:3.13".parse().unwrap();
    let options =
        Options { keep_statements: KeepStatements::All, keep_documents: true, ..Options::of(&reference) };
    let (registry, trust) = (Registries::open(Limits::default()).unwrap(), trust(LogPolicy::Require));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (evidence, base) = runtime.block_on(async {
        let evidence = verify(&registry, &reference, &trust, &options).await.unwrap();
        let base = base(&registry, &evidence, &trust, &BaseOptions::default()).await;
        (evidence, base)
    });
    let (key, _) = evidence.images().next().unwrap();
    let needed = PolicyInput { base: Some(&base), ..PolicyInput::default() };
    let facts = ImageFacts::of(&evidence, key, &needed).unwrap();
    Facts(serde_json::to_value(facts).unwrap())
});

/// The settings with which the fixture passes.
fn config(policy: &str) -> Value {
    match policy {
        "provenance-source" => json!({
            "builders": ["https://example.org/*"],
            "repositories": ["https://github.com/docker-hardened-images/*"],
        }),
        "no-shell-or-package-manager" => json!({"allowed_packages": ["dpkg"]}),
        _ => json!({}),
    }
}

/// Changes the text of the malware report.
fn report(facts: &mut Facts, change: fn(&str) -> String) {
    let report = &mut facts.predicate(VIRUS)["scanner"]["report"];
    let text = String::from_utf8(STANDARD.decode(report.as_str().unwrap()).unwrap()).unwrap();
    *report = json!(STANDARD.encode(change(&text)));
}

/// Changes the definition of the image.
fn definition(facts: &mut Facts, from: &str, to: &str) {
    let definition = &mut facts.predicate(SCOUT_PROVENANCE)["source_map"]["dockerfile"];
    let text = String::from_utf8(STANDARD.decode(definition.as_str().unwrap()).unwrap()).unwrap();
    assert!(text.contains(from), "{text}");
    *definition = json!(STANDARD.encode(text.replace(from, to)));
}

fn vulnerability(facts: &mut Facts) -> &mut Value {
    &mut facts.predicate(SCAN)[0]["vulnerabilities"][0]
}

fn remove(value: &mut Value, member: &str) {
    value.as_object_mut().unwrap().remove(member).unwrap();
}

/// What decides, with the right verdict after its change.
const TABLES: [(&str, &[Row]); 12] = [
    (
        "no-malware",
        &[
            ("CRLF", |facts| report(facts, |text| text.replace('\n', "\r\n")), Pass),
            (
                "infected",
                |facts| report(facts, |text| text.replace("Infected files: 0", "Infected files: 1")),
                Fail("`Infected files: 1`"),
            ),
            (
                "infected, CRLF",
                |facts| {
                    report(facts, |text| {
                        text.replace("Infected files: 0", "Infected files: 7").replace('\n', "\r\n")
                    });
                },
                Fail("`Infected files: 7`"),
            ),
            (
                "infected in a second summary",
                |facts| {
                    report(facts, |text| {
                        format!("{text}{}", text.replace("Infected files: 0", "Infected files: 2"))
                    });
                },
                Fail("`Infected files: 2`"),
            ),
            (
                "no file was read",
                |facts| report(facts, |text| text.replace("Scanned files: 39", "Scanned files: 0")),
                Fail("read no file"),
            ),
            (
                "no report",
                |facts| remove(&mut facts.predicate(VIRUS)["scanner"], "report"),
                Fail("cannot be read"),
            ),
            ("no scan", |facts| facts.remove(VIRUS), Fail("the image has no ")),
        ],
    ),
    (
        "no-secrets",
        &[
            (
                "a secret",
                |facts| {
                    *facts.predicate(SECRETS) =
                        json!([{"source": {"location": {"path": "/app/.env"}}, "findings": [{}]}]);
                },
                Fail("a secret in `/app/.env`"),
            ),
            ("null", |facts| *facts.predicate(SECRETS) = Value::Null, Fail("not an array")),
            ("no scan", |facts| facts.remove(SECRETS), Fail("the image has no ")),
        ],
    ),
    (
        "tests-passed",
        &[
            (
                "failed",
                |facts| facts.predicate(TESTS)["results"]["summary"]["failed"] = json!(1),
                Fail("1 of 3 tests failed"),
            ),
            (
                "a listed test failed",
                |facts| facts.predicate(TESTS)["results"]["tests"][0]["status"] = json!("failed"),
                Fail("has the status `failed`"),
            ),
            (
                "other",
                |facts| facts.predicate(TESTS)["results"]["summary"]["other"] = json!(1),
                Fail("did not end"),
            ),
            (
                "no summary",
                |facts| remove(&mut facts.predicate(TESTS)["results"], "summary"),
                Fail("no summary"),
            ),
            ("no tests", |facts| facts.remove(TESTS), Fail("the image has no ")),
        ],
    ),
    (
        "provenance-source",
        &[
            (
                "builder of v1",
                |facts| facts.predicate(SLSA)["runDetails"]["builder"]["id"] = json!("https://example.com/b"),
                Fail("the builder `https://example.com/b`"),
            ),
            (
                "builder of v0.2",
                |facts| facts.predicate(SLSA_V02)["builder"]["id"] = json!("https://example.com/b"),
                Fail("the builder `https://example.com/b`"),
            ),
            (
                "source of v1",
                |facts| {
                    facts.predicate(SLSA)["runDetails"]["metadata"]["buildkit_metadata"]["vcs"]["source"] =
                        json!("https://github.com/other/catalog.git");
                },
                Fail("the source repository `https://github.com/other/catalog"),
            ),
            (
                "source of v0.2",
                |facts| {
                    facts.predicate(SLSA_V02)["metadata"]["https://mobyproject.org/buildkit@v1#metadata"]["vcs"]
                        ["source"] = json!("https://github.com/other/catalog.git");
                },
                Fail("the source repository `https://github.com/other/catalog"),
            ),
            (
                "no source",
                |facts| remove(&mut facts.predicate(SLSA)["runDetails"]["metadata"], "buildkit_metadata"),
                Fail("names no source repository"),
            ),
        ],
    ),
    (
        "max-age",
        &[
            (
                "old by v1",
                |facts| {
                    facts.predicate(SLSA)["runDetails"]["metadata"]["finishedOn"] =
                        json!("2020-01-01T00:00:00Z");
                },
                Fail("2020-01-01T00:00:00Z"),
            ),
            (
                "old by v0.2",
                |facts| {
                    facts.predicate(SLSA_V02)["metadata"]["buildFinishedOn"] = json!("2020-01-01T00:00:00Z");
                },
                Fail("2020-01-01T00:00:00Z"),
            ),
            (
                "in the future",
                |facts| {
                    facts.predicate(SLSA)["runDetails"]["metadata"]["finishedOn"] =
                        json!("2027-01-01T00:00:00Z");
                },
                Fail("is in the future"),
            ),
        ],
    ),
    (
        "end-of-life",
        &[
            (
                "ended by the definition",
                |facts| definition(facts, "end-of-life: \"2030-10-31\"", "end-of-life: \"2026-11-30\""),
                Fail("the end of life is 2026-11-30"),
            ),
            (
                "ended by the label",
                |facts| facts.label("com.docker.dhi.date.end-of-life", Some("2026-11-30")),
                Fail("the end of life is 2026-11-30"),
            ),
            (
                "no date",
                |facts| definition(facts, "end-of-life: \"2030-10-31\"", "end-of-life: soon"),
                Fail("the end-of-life date `soon` is no date"),
            ),
        ],
    ),
    (
        "no-shell-or-package-manager",
        &[
            (
                "a package of SPDX",
                |facts| facts.predicate(SPDX)["packages"][1]["name"] = json!("bash"),
                Fail("the package `bash`"),
            ),
            (
                "a component of CycloneDX",
                |facts| facts.predicate(CYCLONEDX)["components"][0]["name"] = json!("busybox"),
                Fail("the package `busybox`"),
            ),
            (
                "an artifact of Scout",
                |facts| facts.predicate(SCOUT_SBOM)["artifacts"][0]["name"] = json!("apt"),
                Fail("the package `apt`"),
            ),
            (
                "no components",
                |facts| facts.predicate(CYCLONEDX)["components"] = json!([]),
                Fail("lists no packages"),
            ),
            ("no packages", |facts| remove(facts.predicate(SPDX), "packages"), Fail("lists no packages")),
        ],
    ),
    (
        "signed-attestations",
        &[
            (
                "failed summary",
                |facts| facts.predicate(VSA)["verificationResult"] = json!("FAILED"),
                Fail("PASSED"),
            ),
            ("no summary", |facts| facts.remove(VSA), Fail("the image has no attestation")),
            (
                "no provenance",
                |facts| {
                    facts.remove(SLSA);
                    facts.remove(SLSA_V02);
                },
                Fail("the image has no attestation"),
            ),
            (
                "unsigned",
                |facts| facts.attestation(VSA)["signers"] = json!([]),
                Fail("is signed as required"),
            ),
        ],
    ),
    (
        "dhi-or-dhi-based",
        &[
            (
                "failed summary",
                |facts| facts.predicate(VSA)["verificationResult"] = json!("FAILED"),
                Fail("not `PASSED`"),
            ),
            ("not hardened", |facts| facts.0["standing"] = json!("not-dhi"), Fail("no hardened image")),
            (
                "a failed attestation",
                |facts| {
                    facts.attestation(SECRETS)["status"] = json!({"outcome": "failed", "cause": "other key"});
                },
                Fail("did not verify: other key"),
            ),
        ],
    ),
    (
        "fixable-vulnerabilities",
        &[(
            "a fix",
            |facts| {
                let found = vulnerability(facts);
                found["source_id"] = json!("CVE-2026-1000");
                found["fixed_by"] = json!("9");
                found["cvss"] = json!({"score": "9.0", "severity": "HIGH"});
            },
            Fail("CVE-2026-1000"),
        )],
    ),
    (
        "high-profile-vulnerabilities",
        &[(
            "exploited",
            |facts| {
                let found = vulnerability(facts);
                found["source_id"] = json!("CVE-2026-1000");
                found["cisa_exploited"] = json!(true);
            },
            Fail("CVE-2026-1000"),
        )],
    ),
    (
        "non-root",
        &[
            ("root", |facts| facts.user(Some("root")), Fail("root")),
            ("no user", |facts| facts.user(None), Fail("no user")),
        ],
    ),
];

#[test]
fn each_deciding_fact_of_a_fixture_changes_the_verdict() {
    for (policy, rows) in TABLES {
        table(policy, &config(policy), &FACTS, rows);
    }
}

/// The verdict in a word, and whether it passes.
fn outcome(evaluation: &Evaluation) -> &'static str {
    match evaluation.verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Unknown(_) => "unknown",
    }
}

/// Every place of every statement is changed, and taken away. The snapshot lists those that decide.
#[test]
fn the_deciding_places_of_statements_are_those_that_are_known() {
    let types: Vec<String> = FACTS.0["attestations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attestation| attestation["predicateType"].as_str().unwrap().to_owned())
        .collect();
    let unchanged: Vec<(&str, Evaluation)> =
        BUILT_IN.iter().map(|policy| (policy.name, run(policy.name, &config(policy.name), &FACTS))).collect();
    let mut text = String::new();
    for predicate_type in types {
        let call = format!("\"{predicate_type}\"");
        let asks = |evaluation: &Evaluation| {
            evaluation.questions.iter().any(|question| question.call.contains(&call))
        };
        let asking: Vec<&(&str, Evaluation)> =
            unchanged.iter().filter(|(_, evaluation)| asks(evaluation)).collect();
        let statement = FACTS.clone().attestation(&predicate_type)["statement"].clone();
        let mut places = BTreeSet::new();
        for mutant in mutants::all(&statement) {
            let is_made = matches!(mutant.change, Change::Changed | Change::Dropped);
            // Of a list the first element stands for all.
            if !is_made || !places.insert((mutant.place(), mutant.change)) {
                continue;
            }
            let mut facts = FACTS.clone();
            facts.attestation(&predicate_type)["statement"] =
                serde_json::from_str(&mutant.apply(&statement)).unwrap();
            for (policy, before) in &asking {
                let (before, after) = (outcome(before), outcome(&run(policy, &config(policy), &facts)));
                assert!(
                    after != "pass" || before == "pass",
                    "{policy}: {} {:?}",
                    mutant.place(),
                    mutant.change
                );
                if after != before {
                    let place = mutant.place();
                    let _ = writeln!(text, "{policy}: {predicate_type} {place} {:?}: {after}", mutant.change);
                }
            }
        }
    }
    insta::assert_snapshot!(text);
}
