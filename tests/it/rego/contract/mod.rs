//! The contract of Docker's local policies: policies that use each construct of Docker's nine run unmodified, with the
//! documented verdicts. Where Docker's answer is a false pass, the row says so, and the built-in policy of that purpose
//! decides otherwise.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dhi::policy::rego::{Evaluation, ImageValues, RegoPolicy, Settings, evaluate};
use serde_json::{Value, json};

use super::built_in::facts::{
    FIPS, Facts, OTHER, SCAN, SECRETS, SLSA, SLSA_V02, SPDX, STIG, TESTS, VEX, VIRUS,
};
use super::built_in::{Expected, Fail, Pass, Unknown, check, run as built_in};

const FILES: [(&str, &str); 9] = [
    ("fixable", include_str!("fixable.rego")),
    ("high-profile", include_str!("high-profile.rego")),
    ("malware", include_str!("malware.rego")),
    ("secrets", include_str!("secrets.rego")),
    ("shell", include_str!("shell.rego")),
    ("signed", include_str!("signed.rego")),
    ("stig", include_str!("stig.rego")),
    ("tests", include_str!("tests.rego")),
    ("user", include_str!("user.rego")),
];

fn run_with(name: &str, config: &Value, facts: &Facts) -> Evaluation {
    let (_, source) = FILES.iter().find(|(file, _)| *file == name).unwrap();
    let policy = RegoPolicy::parse(&format!("{name}.rego"), source).unwrap();
    let policy = policy.with_config(config.as_object().unwrap().clone());
    let settings = Settings { now: "2026-11-30T12:00:00Z".parse().unwrap(), prints: false, bindings: true };
    evaluate(&policy, &ImageValues::new(facts.to_facts()), &settings)
}

#[track_caller]
fn decides(name: &str, facts: &Facts, expected: Expected) {
    check(name, &run_with(name, &json!({}), facts), expected);
}

fn changed(facts: &Facts, change: impl FnOnce(&mut Facts)) -> Facts {
    let mut changed = facts.clone();
    change(&mut changed);
    changed
}

#[test]
fn the_default_user_by_labels_and_names() {
    let facts = Facts::new();
    decides("user", &facts, Pass);
    decides("user", &changed(&facts, |facts| facts.user(None)), Fail("no user"));
    decides("user", &changed(&facts, |facts| facts.user(Some("root"))), Fail("the user \"root\""));
    // A false pass: the built-in policy fails.
    let zero = changed(&facts, |facts| facts.user(Some("0")));
    decides("user", &zero, Pass);
    check("user", &built_in("non-root", &json!({}), &zero), Fail("`0`"));
    // Both accept the label that Docker signed. Only Docker's accepts it from others.
    for version in ["3.13-dev", "8-sdk-debian13"] {
        let development = changed(&facts, |facts| {
            facts.user(None);
            facts.label("com.docker.dhi.version", Some(version));
        });
        decides("user", &development, Pass);
        check("user", &built_in("non-root", &json!({}), &development), Fail("no user"));
        let signed = development.with(SLSA, json!({}));
        check("user", &built_in("non-root", &json!({}), &signed), Pass);
    }
    let package = changed(&facts, |facts| {
        facts.user(None);
        facts.0["name"] = json!("dhi/pkg-curl");
    });
    decides("user", &package, Pass);
}

#[test]
fn malware_by_the_first_line() {
    let report = |text: &str| json!({"scanner": {"report": STANDARD.encode(text)}});
    let facts = Facts::new().with(VIRUS, report("Infected files: 0\n"));
    decides("malware", &facts, Pass);
    let of = |text: &str| changed(&facts, |facts| *facts.predicate(VIRUS) = report(text));
    decides("malware", &of("Infected files: 2\n"), Fail("2 infected files"));
    // False passes: the built-in policy fails.
    for text in ["Infected files: 0\nInfected files: 1\n", "nothing\n", "Infected files: 1\r\nTime: 1\r\n"] {
        decides("malware", &of(text), Pass);
        check(text, &built_in("no-malware", &json!({}), &of(text)), Fail("nfected"));
    }
    let absent = changed(&facts, |facts| facts.remove(VIRUS));
    let evaluation = run_with("malware", &json!({}), &absent);
    check("malware", &evaluation, Fail("no scan"));
    assert_eq!(evaluation.violations.len(), 2);
    decides("malware", &facts.based(), Unknown);
}

#[test]
fn secrets_and_tests() {
    let facts = Facts::new().with(SECRETS, json!([]));
    decides("secrets", &facts, Pass);
    decides("secrets", &changed(&facts, |facts| *facts.predicate(SECRETS) = json!([{}])), Fail("secrets"));
    decides("secrets", &changed(&facts, |facts| facts.remove(SECRETS)), Fail("no scan"));
    let none = changed(&facts, |facts| *facts.predicate(SECRETS) = Value::Null);
    decides("secrets", &none, Pass);
    check("secrets", &built_in("no-secrets", &json!({}), &none), Fail("not an array"));

    let summary =
        |failed: u32| json!({"results": {"summary": {"tests": 1, "passed": 1 - failed, "failed": failed}}});
    let facts = Facts::new().with(TESTS, summary(0));
    decides("tests", &facts, Pass);
    decides("tests", &changed(&facts, |facts| *facts.predicate(TESTS) = summary(1)), Fail("1 tests failed"));
    let other = changed(&facts, |facts| {
        facts.attestation(TESTS)["statement"]["subject"][0]["digest"]["sha256"] = json!(OTHER);
    });
    decides("tests", &other, Fail("other subject"));
    let empty = changed(&facts, |facts| *facts.predicate(TESTS) = json!({}));
    decides("tests", &empty, Pass);
    check("tests", &built_in("tests-passed", &json!({}), &empty), Fail("no summary"));
}

#[test]
fn signatures_by_the_host() {
    let facts = Facts::new().with(SPDX, json!({})).with(SLSA_V02, json!({}));
    decides("signed", &facts, Pass);
    let absent = run_with("signed", &json!({}), &Facts::empty());
    check("signed", &absent, Fail("no https://spdx.dev/Document"));
    assert_eq!(absent.violations.len(), 6);
    // Only the older version counts.
    let only_v1 = Facts::new().with(SPDX, json!({})).with(SLSA, json!({}));
    decides("signed", &only_v1, Fail("no https://slsa.dev/provenance/v0.2"));
    let other_key = changed(&facts, |facts| facts.attestation(SPDX)["signers"][0]["isDhi"] = json!(false));
    decides("signed", &other_key, Fail("https://spdx.dev/Document: "));
    let not_tried = changed(&other_key, |facts| facts.0["triedDhiKeys"] = json!([]));
    decides("signed", &not_tried, Unknown);
    let not_verified = changed(&facts, |facts| {
        facts.attestation(SPDX)["status"] = json!({"outcome": "failed", "cause": "wrong key"});
    });
    decides("signed", &not_verified, Unknown);
    decides("signed", &facts.based(), Unknown);
}

#[test]
fn shells_by_labels_and_references() {
    let package = |references: Value| json!({"packages": [{"name": "busybox", "externalRefs": references}]});
    let referenced = json!([{"referenceLocator": "pkg:apk/alpine/busybox@1"}]);
    let facts = changed(&Facts::new().with(SPDX, package(referenced)), |facts| {
        facts.label("com.docker.dhi.shell", Some(""));
    });
    decides("shell", &facts, Fail("busybox contradicts the label"));
    let built_in = |facts: &Facts| built_in("no-shell-or-package-manager", &json!({}), facts);
    check("shell", &built_in(&facts), Fail("busybox"));
    for pass in [
        changed(&facts, |facts| *facts.predicate(SPDX) = package(json!([]))),
        changed(&facts, |facts| facts.label("com.docker.dhi.shell", None)),
    ] {
        decides("shell", &pass, Pass);
        check("shell", &built_in(&pass), Fail("busybox"));
    }
    // Both accept the label that Docker signed. Only Docker's accepts it from others.
    let declared = changed(&facts, |facts| facts.label("com.docker.dhi.shell", Some("bash")));
    decides("shell", &declared, Pass);
    check("shell", &built_in(&declared), Pass);
    let by_others = changed(&declared, |facts| facts.attestation(SPDX)["signers"][0]["isDhi"] = json!(false));
    decides("shell", &by_others, Pass);
    check("shell", &built_in(&by_others), Fail("busybox"));
    // A pass without data is none.
    decides("shell", &changed(&facts, |facts| facts.remove(SPDX)), Unknown);
}

#[test]
fn stig_scores_by_label() {
    let scan = |score: f64| json!([{"summary": {"defaultScore": score, "maxDefaultScore": 100}}]);
    let facts = changed(&Facts::new().with(STIG, scan(97.5)).with(FIPS, json!([])), |facts| {
        facts.label("com.docker.dhi.compliance", Some("fips, stig,cis"));
    });
    decides("stig", &facts, Fail("the score is 97.50% of 100%"));
    check("stig", &run_with("stig", &json!({"target_score": 97}), &facts), Pass);
    decides("stig", &changed(&facts, |facts| *facts.predicate(STIG) = scan(100.0)), Pass);
    decides("stig", &changed(&facts, |facts| facts.remove(STIG)), Fail("no scan"));
    // The label of the image decides whether the policy applies.
    let no_label = changed(&facts, |facts| facts.label("com.docker.dhi.compliance", None));
    decides("stig", &no_label, Pass);
    check("stig", &built_in("stig-score", &json!({}), &no_label), Fail("97.5%"));
}

/// A finding in an attested scan, beside a VEX document that names it.
fn scanned(found: Value, status: &str, product: &str) -> Facts {
    let purl = "pkg:deb/debian/openssl@3.5.1-1?os_name=debian";
    let statement = json!({
        "vulnerability": {"name": "CVE-2026-1000"}, "status": status, "products": [{"@id": product}],
        "timestamp": "2026-11-01T00:00:00Z", "justification": "vulnerable_code_not_present",
    });
    let vex = json!({
        "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.com/vex", "author": "example",
        "timestamp": "2026-11-01T00:00:00Z", "version": 1, "statements": [statement],
    });
    Facts::new()
        .with(SCAN, json!([{"purl": purl, "vulnerabilities": Value::Array(vec![found])}]))
        .with(
            SPDX,
            json!({"packages": [{"name": "openssl", "externalRefs": [{
                "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl,
            }]}]}),
        )
        .with(VEX, vex)
}

#[test]
fn fixable_vulnerabilities_by_age() {
    let old = json!({
        "source_id": "CVE-2026-1000", "fixed_by": "3.5.2-1", "published_at": "2026-01-01T00:00:00Z",
        "cvss": {"score": 9.0, "severity": "HIGH"},
    });
    let of = |change: fn(&mut Value), status: &str| {
        let mut found = old.clone();
        change(&mut found);
        scanned(found, status, "pkg:deb/debian/openssl@3.5.1-1?os_name=debian")
    };
    decides("fixable", &of(|_| {}, "affected"), Fail("CVE-2026-1000 in pkg:deb/debian/openssl@3.5.1-1"));
    decides("fixable", &of(|_| {}, "not_affected"), Pass);
    decides("fixable", &of(|_| {}, "under_investigation"), Pass);
    decides("fixable", &of(|found| found["published_at"] = json!("2026-11-29T00:00:00Z"), "affected"), Pass);
    let exploited = of(
        |found| {
            found["published_at"] = json!("2026-11-29T00:00:00Z");
            found["cisa_exploited"] = json!(true);
        },
        "affected",
    );
    decides("fixable", &exploited, Fail("CVE-2026-1000"));
    let unfixed = of(|found| drop(found.as_object_mut().unwrap().remove("fixed_by")), "affected");
    decides("fixable", &unfixed, Pass);
    // A false pass: a time that cannot be read is no breach there.
    let no_time = of(|found| found["published_at"] = json!("soon"), "affected");
    decides("fixable", &no_time, Pass);
    check("fixable", &built_in("fixable-vulnerabilities", &json!({}), &no_time), Fail("CVE-2026-1000"));
    let config = json!({"package_types": ["npm"]});
    check("types", &run_with("fixable", &config, &of(|_| {}, "affected")), Pass);
    let config = json!({"slas": {"HIGH": 1000}});
    check("slas", &run_with("fixable", &config, &of(|_| {}, "affected")), Pass);
    let detail = &run_with("fixable", &json!({}), &of(|_| {}, "affected")).violations[0].detail;
    assert_eq!(detail["cvssScore"], "9.0");
    // A pass without data is none.
    decides("fixable", &changed(&of(|_| {}, "affected"), |facts| facts.remove(SCAN)), Unknown);
}

#[test]
fn high_profile_vulnerabilities_by_name() {
    let found = json!({
        "source_id": "CVE-2026-1000", "aliases": ["CVE-2024-3094"], "cvss": {"score": 9.0, "severity": "HIGH"},
    });
    let facts = Facts::new()
        .with(SCAN, json!([{"purl": "pkg:deb/debian/xz@5", "vulnerabilities": Value::Array(vec![found])}]));
    let of = |change: fn(&mut Value)| {
        changed(&facts, |facts| change(&mut facts.predicate(SCAN)[0]["vulnerabilities"][0]))
    };
    decides("high-profile", &facts, Fail("CVE-2026-1000 in pkg:deb/debian/xz@5"));
    decides("high-profile", &of(|found| found["aliases"] = json!([])), Pass);
    let exploited = |found: &mut Value| {
        found["aliases"] = json!([]);
        found["cisa_exploited"] = json!(true);
    };
    decides("high-profile", &of(exploited), Fail("CVE-2026-1000"));
    check("KEV", &run_with("high-profile", &json!({"include_cisa_kev": false}), &of(exploited)), Pass);
    let ignored = json!({"ignored_cves": ["CVE-2026-1000"]});
    check("ignored", &run_with("high-profile", &ignored, &facts), Pass);
    decides("high-profile", &changed(&facts, |facts| facts.remove(SCAN)), Unknown);
}
