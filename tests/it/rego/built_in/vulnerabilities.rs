//! Policies about vulnerabilities, on given findings and on the attested scan.

use serde_json::{Value, json};

use super::facts::{DIGEST, Facts, OTHER, SCAN, VEX};
use super::{Fail, Pass, Unknown, check, run, table};

const PURL: &str = "pkg:deb/debian/openssl@3.5.1-1";

/// A finding that neither policy counts: it is fresh, and not well known.
fn given() -> Facts {
    let mut facts = Facts::new();
    facts.0["findings"] = json!({
        "image": format!("sha256:{DIGEST}"),
        "source": "grype 0.100.0",
        "scannedAt": "2026-11-30T10:00:00Z",
        "all": [{
            "id": "CVE-2026-1000", "aliases": ["GHSA-aaaa-bbbb-cccc"], "purl": PURL, "severity": "HIGH",
            "fixedBy": "3.5.2-1", "cvssScore": "9.0", "publishedAt": "2026-11-29T00:00:00Z",
            "knownExploited": false, "vexStatus": null, "suppressed": false,
        }],
    });
    facts
}

fn finding(facts: &mut Facts) -> &mut Value {
    &mut facts.0["findings"]["all"][0]
}

fn scanned() -> Facts {
    Facts::new().with(
        SCAN,
        json!([{
            "purl": PURL,
            "vulnerabilities": [{
                "source": "debian", "source_id": "CVE-2026-1000", "aliases": ["GHSA-aaaa-bbbb-cccc"],
                "fixed_by": "3.5.2-1", "published_at": "2026-11-29T00:00:00Z", "cisa_exploited": false,
                "cvss": {"score": "9.0", "severity": "HIGH"},
            }],
        }]),
    )
}

fn vulnerability(facts: &mut Facts) -> &mut Value {
    &mut facts.predicate(SCAN)[0]["vulnerabilities"][0]
}

#[test]
fn fixable_vulnerabilities_have_a_time_limit() {
    let name = "fixable-vulnerabilities";
    table(
        name,
        &json!({}),
        &given(),
        &[
            (
                "older than 7 days",
                |facts| finding(facts)["publishedAt"] = json!("2026-11-23T12:00:00Z"),
                Fail(
                    "CVE-2026-1000 of `pkg:deb/debian/openssl@3.5.1-1` is fixed in 3.5.2-1 and may stay at most 7 days",
                ),
            ),
            ("just in time", |facts| finding(facts)["publishedAt"] = json!("2026-11-23T12:00:01Z"), Pass),
            ("no time", |facts| finding(facts)["publishedAt"] = Value::Null, Fail("at most 7 days")),
            (
                "known to be exploited",
                |facts| finding(facts)["knownExploited"] = json!(true),
                Fail("at most 1 days"),
            ),
            (
                "exploited and suppressed",
                |facts| {
                    finding(facts)["knownExploited"] = json!(true);
                    finding(facts)["suppressed"] = json!(true);
                },
                Pass,
            ),
            (
                "old, without a fix",
                |facts| {
                    finding(facts)["publishedAt"] = Value::Null;
                    finding(facts)["fixedBy"] = Value::Null;
                },
                Pass,
            ),
            (
                "old, and not affected",
                |facts| {
                    finding(facts)["publishedAt"] = Value::Null;
                    finding(facts)["vexStatus"] = json!("not_affected");
                },
                Pass,
            ),
            (
                "old, and under investigation",
                |facts| {
                    finding(facts)["publishedAt"] = Value::Null;
                    finding(facts)["vexStatus"] = json!("under_investigation");
                },
                Fail("at most 7 days"),
            ),
            (
                "no package URL",
                |facts| {
                    finding(facts)["publishedAt"] = Value::Null;
                    finding(facts)["purl"] = Value::Null;
                },
                Fail("CVE-2026-1000"),
            ),
            (
                "medium",
                |facts| {
                    finding(facts)["severity"] = json!("MEDIUM");
                    finding(facts)["publishedAt"] = json!("2026-11-01T00:00:00Z");
                },
                Pass,
            ),
            ("no findings were given", |facts| facts.0["findings"] = Value::Null, Fail("no attested scan")),
            ("clean", |facts| facts.0["findings"]["all"] = json!([]), Pass),
        ],
    );
    let exploited = |kev: u32, high: u32| {
        let mut facts = given();
        finding(&mut facts)["knownExploited"] = json!(true);
        run(name, &json!({"kev_sla_days": kev, "slas": {"HIGH": high}}), &facts)
    };
    // The shorter time counts.
    check("both long", &exploited(9, 9), Pass);
    check("exploited", &exploited(1, 9), Fail("at most 1 days"));
    check("severity", &exploited(9, 1), Fail("at most 1 days"));
    let strict = json!({"slas": {"HIGH": 0}});
    check("types", &run(name, &json!({"slas": {"HIGH": 0}, "package_types": ["npm"]}), &given()), Pass);
    check(
        "types",
        &run(name, &json!({"slas": {"HIGH": 0}, "package_types": ["deb"]}), &given()),
        Fail("0 days"),
    );
    let mut no_purl = given();
    finding(&mut no_purl)["purl"] = Value::Null;
    check(
        "no type",
        &run(name, &json!({"slas": {"HIGH": 0}, "package_types": ["npm"]}), &no_purl),
        Fail("0 days"),
    );
    // A type that no package has would leave all findings out.
    for odd in ["", "*", "rpm ", "pkg:deb", "deb/"] {
        check(
            odd,
            &run(name, &json!({"package_types": [odd]}), &given()),
            Fail("the setting `package_types`"),
        );
    }
    check("slas", &run(name, &strict, &given()), Fail("0 days"));
    check("slas", &run(name, &json!({"slas": {"HIHG": 0}}), &given()), Fail("the setting `slas`"));
}

#[test]
fn the_attested_scan_is_read_without_findings() {
    let name = "fixable-vulnerabilities";
    table(
        name,
        &json!({}),
        &scanned(),
        &[
            (
                "old",
                |facts| vulnerability(facts)["published_at"] = json!("2026-01-01T00:00:00Z"),
                Fail("at most 7 days"),
            ),
            (
                "no such time",
                |facts| vulnerability(facts)["published_at"] = json!("soon"),
                Fail("at most 7 days"),
            ),
            (
                "exploited",
                |facts| vulnerability(facts)["cisa_exploited"] = json!(true),
                Fail("at most 1 days"),
            ),
            ("exploited is null", |facts| vulnerability(facts)["cisa_exploited"] = Value::Null, Pass),
            (
                "empty fix",
                |facts| {
                    vulnerability(facts)["published_at"] = Value::Null;
                    vulnerability(facts)["fixed_by"] = json!("");
                },
                Pass,
            ),
            (
                "no CVSS",
                |facts| {
                    vulnerability(facts)["published_at"] = json!("2026-01-01T00:00:00Z");
                    vulnerability(facts).as_object_mut().unwrap().remove("cvss");
                },
                Fail("at most 30 days"),
            ),
            ("no scan", |facts| facts.remove(SCAN), Fail("no attested scan")),
            ("not a list", |facts| *facts.predicate(SCAN) = json!({}), Unknown),
            (
                "no list of vulnerabilities",
                |facts| *facts.predicate(SCAN) = json!([{"purl": PURL}]),
                Fail("not a list"),
            ),
            ("no name", |facts| vulnerability(facts)["source_id"] = Value::Null, Unknown),
            (
                "another image",
                |facts| {
                    facts.attestation(SCAN)["statement"]["subject"][0]["digest"]["sha256"] = json!(OTHER);
                },
                Fail("about another image"),
            ),
            ("only the base has it", |facts| *facts = facts.clone().based(), Unknown),
        ],
    );
    let statement = |status: &str, product: &str| json!({"vulnerability": {"name": "CVE-2026-1000"}, "status": status, "products": [{"@id": product}]});
    let with_vex = |statements: Vec<Value>| {
        let mut facts = scanned().with(VEX, json!({"statements": statements}));
        vulnerability(&mut facts)["published_at"] = json!("2026-01-01T00:00:00Z");
        run(name, &json!({}), &facts)
    };
    check("VEX", &with_vex(vec![statement("not_affected", PURL)]), Pass);
    check("VEX", &with_vex(vec![statement("affected", PURL)]), Fail("CVE-2026-1000"));
    check("VEX", &with_vex(vec![statement("not_affected", "pkg:deb/debian/zlib@1")]), Fail("CVE-2026-1000"));
    let both = vec![statement("not_affected", PURL), statement("affected", PURL)];
    check("VEX", &with_vex(both), Fail("CVE-2026-1000"));
}

/// An attested scan with a vulnerability that both policies count, and a report that lists nothing.
fn attested_and_given() -> Facts {
    let mut facts = scanned();
    vulnerability(&mut facts)["published_at"] = json!("2026-01-01T00:00:00Z");
    vulnerability(&mut facts)["cisa_exploited"] = json!(true);
    facts.0["findings"] = given().0["findings"].clone();
    facts.0["findings"]["all"] = json!([]);
    facts
}

#[test]
fn no_report_replaces_the_signed_scan() {
    for name in ["fixable-vulnerabilities", "high-profile-vulnerabilities"] {
        let decided = |label: &str, change: &dyn Fn(&mut Facts), expected: &[(&str, &str)]| {
            let mut facts = attested_and_given();
            change(&mut facts);
            let evaluation = run(name, &json!({}), &facts);
            let details = evaluation.violations.iter().map(|violation| &violation.detail);
            let found = details.map(|detail| {
                (detail["vulnerability"].as_str().unwrap(), detail["source"].as_str().unwrap())
            });
            let mut found: Vec<(&str, &str)> = found.collect();
            found.sort_unstable();
            assert_eq!(found, expected, "{name}: {label}: {:?}", evaluation.verdict);
            let verdict = if expected.is_empty() { Pass } else { Fail("CVE-") };
            check(label, &evaluation, verdict);
        };
        let list = |facts: &mut Facts, id: &str, vex: Option<&str>| {
            let mut found = finding(&mut given()).clone();
            found["id"] = json!(id);
            found["knownExploited"] = json!(true);
            found["publishedAt"] = json!("2026-01-01T00:00:00Z");
            found["vexStatus"] = json!(vex);
            found["suppressed"] = json!(vex == Some("not_affected"));
            facts.0["findings"]["all"].as_array_mut().unwrap().push(found);
        };
        decided("an empty report", &|_| {}, &[("CVE-2026-1000", "attested scan")]);
        decided(
            "both list it",
            &|facts| list(facts, "CVE-2026-1000", None),
            &[("CVE-2026-1000", "attested scan, grype 0.100.0")],
        );
        decided(
            "only the report lists it",
            &|facts| {
                *facts.predicate(SCAN) = json!([]);
                list(facts, "CVE-2026-1000", None);
            },
            &[("CVE-2026-1000", "grype 0.100.0")],
        );
        decided(
            "each lists another",
            &|facts| list(facts, "CVE-2026-2000", None),
            &[("CVE-2026-1000", "attested scan"), ("CVE-2026-2000", "grype 0.100.0")],
        );
        // Verified VEX suppresses a finding of both.
        decided("VEX", &|facts| list(facts, "CVE-2026-1000", Some("not_affected")), &[]);
        decided(
            "VEX about another",
            &|facts| list(facts, "CVE-2026-2000", Some("not_affected")),
            &[("CVE-2026-1000", "attested scan")],
        );
        // A member of the attested scan does not make it a report.
        decided(
            "an attested member",
            &|facts| facts.predicate(SCAN)[0]["given_by"] = json!("grype 0.100.0"),
            &[("CVE-2026-1000", "attested scan")],
        );

        let verdict = |change: &dyn Fn(&mut Facts)| {
            let mut facts = attested_and_given();
            change(&mut facts);
            run(name, &json!({}), &facts)
        };
        let failed = json!({"outcome": "failed", "cause": "not signed by a trusted key"});
        check("failed", &verdict(&|facts| facts.attestation(SCAN)["status"] = failed.clone()), Unknown);
        let unread = |facts: &mut Facts| {
            facts.remove(SCAN);
            facts.0["unread"] = json!(["no answer"]);
        };
        check("unread", &verdict(&unread), Unknown);
        check("unreadable", &verdict(&|facts| *facts.predicate(SCAN) = json!({})), Unknown);
        let other = |facts: &mut Facts| {
            facts.attestation(SCAN)["statement"]["subject"][0]["digest"]["sha256"] = json!(OTHER);
        };
        check("other image", &verdict(&other), Fail("about another image"));
        // Anyone can attach a scan with an unknown signature. The report is read then.
        let judged = json!({"outcome": "not-judged", "cause": "no key was given"});
        check("not judged", &verdict(&|facts| facts.attestation(SCAN)["status"] = judged.clone()), Pass);
    }
}

#[test]
fn high_profile_vulnerabilities_are_found() {
    let name = "high-profile-vulnerabilities";
    table(
        name,
        &json!({}),
        &given(),
        &[
            (
                "listed",
                |facts| finding(facts)["id"] = json!("CVE-2021-44228"),
                Fail("is a high-profile vulnerability"),
            ),
            ("in lower case", |facts| finding(facts)["id"] = json!("cve-2021-44228"), Fail("high-profile")),
            ("alias", |facts| finding(facts)["aliases"] = json!(["CVE-2024-3094"]), Fail("high-profile")),
            (
                "exploited",
                |facts| finding(facts)["knownExploited"] = json!(true),
                Fail("is known to be exploited"),
            ),
            (
                "exploited, without a fix",
                |facts| {
                    finding(facts)["knownExploited"] = json!(true);
                    finding(facts)["fixedBy"] = Value::Null;
                },
                Fail("is known to be exploited"),
            ),
            (
                "listed and suppressed",
                |facts| {
                    finding(facts)["id"] = json!("CVE-2021-44228");
                    finding(facts)["suppressed"] = json!(true);
                },
                Pass,
            ),
            ("no findings were given", |facts| facts.0["findings"] = Value::Null, Fail("no attested scan")),
        ],
    );
    table(
        name,
        &json!({}),
        &scanned(),
        &[
            (
                "listed",
                |facts| vulnerability(facts)["source_id"] = json!("CVE-2024-3094"),
                Fail("high-profile"),
            ),
            (
                "alias",
                |facts| vulnerability(facts)["aliases"] = json!(["CVE-2024-3094"]),
                Fail("high-profile"),
            ),
            (
                "exploited",
                |facts| vulnerability(facts)["cisa_exploited"] = json!(true),
                Fail("known to be exploited"),
            ),
            (
                "exploited, without CVSS",
                |facts| {
                    vulnerability(facts)["cisa_exploited"] = json!(true);
                    vulnerability(facts).as_object_mut().unwrap().remove("cvss");
                },
                Fail("known to be exploited"),
            ),
            ("no scan", |facts| facts.remove(SCAN), Fail("no attested scan")),
        ],
    );
    let mut exploited = given();
    finding(&mut exploited)["knownExploited"] = json!(true);
    check("off", &run(name, &json!({"include_cisa_kev": false}), &exploited), Pass);
    check("ignored", &run(name, &json!({"ignored_cves": ["cve-2026-1000"]}), &exploited), Pass);
    check("cves", &run(name, &json!({"cves": ["CVE-2026-1000"]}), &given()), Fail("high-profile"));
}
