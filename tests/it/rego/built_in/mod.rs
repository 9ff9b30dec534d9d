//! The built-in policies in Rego. For each there are facts with which it passes. Each fact that decides is changed, one
//! at a time, and the verdict must change to the right one.

mod compliance;
pub(crate) mod facts;
mod fixture;
mod images;
mod packages;
mod provenance;
mod reports;
mod vulnerabilities;

use std::collections::BTreeSet;

use dhi::policy::facts::RecordedFacts;
use dhi::policy::rego::{
    BUILT_IN, Evaluation, ImageValues, RegoPolicy, Settings, Verdict, built_in, evaluate,
};
use facts::Facts;
use serde_json::{Value, json};

use crate::support::env::project;

/// What a policy must decide.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Expected {
    Pass,
    /// It fails with a message that contains this text.
    Fail(&'static str),
    Unknown,
}

pub(crate) use Expected::{Fail, Pass, Unknown};

/// One changed fact: what it is, the change, and the verdict.
type Row = (&'static str, fn(&mut Facts), Expected);

pub(crate) fn run(name: &str, config: &Value, facts: &Facts) -> Evaluation {
    let policy = built_in(name).unwrap();
    let policy = RegoPolicy::parse(&format!("{name}.rego"), policy.source).unwrap();
    let policy = policy.with_config(config.as_object().unwrap().clone());
    let settings = Settings { now: "2026-11-30T12:00:00Z".parse().unwrap(), prints: false, bindings: true };
    evaluate(&policy, &ImageValues::new(facts.to_facts()), &settings)
}

/// What is wrong with the verdict.
fn wrong(label: &str, evaluation: &Evaluation, expected: Expected) -> Option<String> {
    let messages: Vec<&str> =
        evaluation.violations.iter().map(|violation| violation.message.as_str()).collect();
    let verdict = &evaluation.verdict;
    let is_right = match expected {
        Pass => verdict == &Verdict::Pass && messages.is_empty(),
        Fail(text) => verdict == &Verdict::Fail && messages.iter().any(|message| message.contains(text)),
        Unknown => matches!(verdict, Verdict::Unknown(_)),
    };
    (!is_right).then(|| format!("{label}: expected {expected:?}, found {verdict:?} {messages:?}"))
}

#[track_caller]
pub(crate) fn check(label: &str, evaluation: &Evaluation, expected: Expected) {
    assert_eq!(wrong(label, evaluation, expected), None);
}

/// Checks that the policy passes with `facts`, and the verdict after each change.
#[track_caller]
fn table(name: &str, config: &Value, facts: &Facts, rows: &[Row]) {
    let changed = rows.iter().map(|(label, change, expected)| {
        let mut changed = facts.clone();
        change(&mut changed);
        (*label, changed, *expected)
    });
    let all = std::iter::once(("unchanged", facts.clone(), Pass)).chain(changed);
    let wrong: Vec<String> = all
        .filter_map(|(label, facts, expected)| wrong(label, &run(name, config, &facts), expected))
        .collect();
    assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
}

/// Checks the changes of a policy that reads one attestation.
#[track_caller]
fn table_of_attestation(name: &str, predicate_type: &str, facts: &Facts) {
    let config = json!({});
    let changed = |change: &dyn Fn(&mut Facts)| {
        let mut changed = facts.clone();
        change(&mut changed);
        run(name, &config, &changed)
    };
    let label = |what: &str| format!("{name}: {what}");
    let absent = changed(&|facts| facts.remove(predicate_type));
    check(&label("absent"), &absent, Fail("the image has no "));
    for status in [
        json!({"outcome": "failed", "cause": "not signed by a trusted key"}),
        json!({"outcome": "not-judged", "cause": "no key was given"}),
    ] {
        let unverified = changed(&|facts| facts.attestation(predicate_type)["status"] = status.clone());
        check(&label("not verified"), &unverified, Unknown);
    }
    let other = changed(&|facts| {
        let subject = &mut facts.attestation(predicate_type)["statement"]["subject"];
        subject[0]["digest"]["sha256"] = json!(facts::OTHER);
    });
    check(&label("other subject"), &other, Fail("about another image"));
    let without_subject =
        changed(&|facts| facts.attestation(predicate_type)["statement"]["subject"] = json!([]));
    check(&label("without subject"), &without_subject, Fail("about another image"));
    for predicate in [Value::Null, json!({}), json!("x"), json!([{}]), json!([null]), json!(0)] {
        let evaluation = changed(&|facts| *facts.predicate(predicate_type) = predicate.clone());
        assert_eq!(evaluation.verdict, Verdict::Fail, "{name}: {predicate}: {:?}", evaluation.bindings);
        assert!(!evaluation.violations.is_empty(), "{name}: {predicate}: {:?}", evaluation.bindings);
    }
    let differing = changed(&|facts| {
        let mut second = facts.attestation(predicate_type).clone();
        second["statement"]["predicate"] = json!("another");
        facts.0["attestations"].as_array_mut().unwrap().push(second);
    });
    check(&label("several that differ"), &differing, Unknown);
    let based = run(name, &config, &facts.clone().based());
    check(&label("only the base has it"), &based, Unknown);
}

/// Facts about an image of which nothing is proven, in every form that they can have.
fn all_empty() -> Vec<Facts> {
    let mut all = Vec::new();
    for standing in ["not-dhi", "unknown"] {
        for config in [Facts::empty().0["config"].clone(), Value::Null] {
            for unread in [json!([]), json!(["the list of referrers was not read"])] {
                let mut facts = Facts::empty();
                facts.0["standing"] = json!(standing);
                facts.0["config"] = config.clone();
                facts.0["unread"] = unread;
                all.push(facts);
            }
        }
    }
    let input = json!({"source": {"image": {"digest": format!("sha256:{}", facts::DIGEST)}}});
    let recorded = RecordedFacts::read(input.to_string().as_bytes(), "input.json").unwrap();
    all.push(Facts(serde_json::to_value(&recorded.images()[0]).unwrap()));
    all
}

#[test]
fn no_built_in_policy_passes_on_empty_evidence() {
    let files = std::fs::read_dir(project().join("policies")).unwrap();
    let mut files: Vec<String> = files
        .filter_map(|file| Some(file.unwrap().file_name().to_str()?.strip_suffix(".rego")?.to_owned()))
        .collect();
    files.sort();
    let mut names: Vec<&str> = BUILT_IN.iter().map(|policy| policy.name).collect();
    names.sort_unstable();
    assert_eq!((files.len(), files), (15, names.iter().map(|name| (*name).to_owned()).collect()));
    for facts in all_empty() {
        for name in &names {
            let evaluation = run(name, &json!({}), &facts);
            assert_ne!(evaluation.verdict, Verdict::Pass, "{name}: {}", facts.0);
            let explained =
                !evaluation.violations.is_empty() || matches!(evaluation.verdict, Verdict::Unknown(_));
            assert!(explained, "{name}: {:?}", evaluation.bindings);
        }
    }
}

#[test]
fn a_policy_refuses_settings_that_it_does_not_know() {
    let facts = Facts::empty();
    let count = |name: &str, config: &Value| {
        let evaluation = run(name, config, &facts);
        let settings = evaluation.violations.iter().filter(|violation| {
            violation.message.starts_with("the setting `") && violation.detail["reason"] == "configuration"
        });
        settings.count()
    };
    for policy in BUILT_IN {
        assert_eq!(count(policy.name, &json!({"no_such": 1})), 1, "{}", policy.name);
        for key in policy.config {
            let default: Value = serde_json::from_str(key.default).unwrap();
            assert_eq!(count(policy.name, &json!({key.name: default})), 0, "{}: {}", policy.name, key.name);
            for wrong in [json!(null), json!("x"), json!([1]), json!({"x": "y"}), json!(-1)] {
                let label = format!("{}: {}: {wrong}", policy.name, key.name);
                assert_ne!(count(policy.name, &json!({key.name: wrong})), 0, "{label}");
            }
        }
    }
}

/// Whether the written default of each setting is the one that the policy uses.
#[test]
fn a_setting_has_the_default_that_is_written() {
    for policy in BUILT_IN {
        for key in policy.config {
            let default: Value = serde_json::from_str(key.default).unwrap();
            let bindings = run(policy.name, &json!({}), &Facts::empty()).bindings;
            assert_eq!(bindings[key.name], default, "{}: {}", policy.name, key.name);
        }
    }
}

#[test]
fn each_violation_tells_what_to_do() {
    let mut seen = BTreeSet::new();
    for policy in BUILT_IN {
        let evaluation = run(policy.name, &json!({}), &Facts::empty());
        for violation in evaluation.violations {
            let message = &violation.message;
            // Both are printed as lines of an error: the message, and a hint.
            let is_line = |text: &str| {
                !text.is_empty() && !text.starts_with(char::is_uppercase) && !text.ends_with('.')
            };
            assert!(violation.remediation.is_some_and(|text| is_line(&text)), "{message}");
            assert!(is_line(message) && !message.contains("%!"), "{message}");
            seen.insert(policy.name);
        }
    }
    assert!(seen.len() > 5, "{seen:?}");
    for policy in BUILT_IN {
        for line in policy.source.lines().filter(|line| line.contains("\"remediation\": ")) {
            let text = line.split_once("\"remediation\": ").unwrap().1;
            let text = text.trim_start_matches("sprintf(").trim_start_matches('"');
            assert!(text.starts_with(char::is_lowercase), "{}: {line}", policy.name);
            assert!(!text.contains(".\""), "{}: {line}", policy.name);
        }
    }
}

/// An image with all that the policies read, so that each rule about a setting is reached.
fn complete() -> Facts {
    let vulnerability = json!({
        "source_id": "CVE-2026-1000", "aliases": [], "fixed_by": "2", "cisa_exploited": true,
        "published_at": "2026-01-01T00:00:00Z", "cvss": {"score": 9.0, "severity": "HIGH"},
    });
    let purl = "pkg:deb/debian/bash@1";
    let provenance = json!({
        "buildDefinition": {"resolvedDependencies": [{"uri": "https://example.com/source.git"}]},
        "runDetails": {"builder": {"id": "https://example.com/builder"},
            "metadata": {"finishedOn": "2026-11-01T00:00:00Z"}},
    });
    let module = json!({
        "name": "OpenSSL", "standard": "FIPS 140-3", "certification": "CMVP #4985", "status": "active",
        "sunsetDate": "2030-03-10",
    });
    let mut facts = Facts::new()
        .with(facts::SPDX, json!({"packages": [{"name": "bash"}, {"name": "apt"}]}))
        .with(facts::SLSA, provenance)
        .with(facts::VSA, json!({"verificationResult": "PASSED"}))
        .with(facts::SCAN, json!([{"purl": purl, "vulnerabilities": [vulnerability]}]))
        .with(facts::STIG, json!([{"name": "x", "summary": {"defaultScore": 99, "maxDefaultScore": 100}}]))
        .with(facts::FIPS, json!([module]));
    facts.0["findings"] = json!({
        "image": format!("sha256:{}", facts::DIGEST), "source": "a scanner", "scannedAt": null,
        "all": [{
            "id": "CVE-2026-1000", "aliases": [], "purl": purl, "severity": "HIGH", "fixedBy": "2",
            "cvssScore": null, "publishedAt": "2026-01-01T00:00:00Z", "knownExploited": true,
            "vexStatus": null, "suppressed": false,
        }],
    });
    facts
}

#[test]
fn settings_of_wrong_types_are_violations() {
    let numbers = [json!(null), json!(true), json!("30"), json!([]), json!({}), json!(-1), json!(1e308)];
    let flags = [json!(null), json!("true"), json!(0), json!([]), json!({}), json!(1e308)];
    let lists = [json!(null), json!(true), json!("x"), json!({}), json!(0), json!([1]), json!([null])];
    let objects = [
        json!(null),
        json!("x"),
        json!([]),
        json!(1e308),
        json!({"HIGH": "30"}),
        json!({"HIGH": null}),
        json!({"HIGH": []}),
        json!({"HIGH": -1}),
        json!({"HIGH": 1e308}),
        json!({"high": 1}),
    ];
    let facts = complete();
    for policy in BUILT_IN {
        for key in policy.config {
            let default: Value = serde_json::from_str(key.default).unwrap();
            let wrong: &[Value] = match default {
                Value::Number(_) => &numbers,
                Value::Bool(_) => &flags,
                Value::Array(_) => &lists,
                _ => &objects,
            };
            for value in wrong {
                let label = format!("{}: {}: {value}", policy.name, key.name);
                let evaluation = run(policy.name, &json!({key.name: value}), &facts);
                check(&label, &evaluation, Fail("the setting `"));
            }
        }
    }
}
