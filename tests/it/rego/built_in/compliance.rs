//! Policies about compliance: STIG scores, FIPS modules and the end of life.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::facts::{FIPS, Facts, SCOUT_PROVENANCE, STIG};
use super::{Fail, Pass, check, run, table, table_of_attestation};

#[test]
fn each_stig_profile_needs_the_score() {
    let predicate = json!([
        {"name": "first", "summary": {"defaultScore": 100, "maxDefaultScore": 100}},
        {"name": "second", "summary": {"defaultScore": 60, "maxDefaultScore": 60}},
    ]);
    let facts = Facts::new().with(STIG, predicate);
    table_of_attestation("stig-score", STIG, &facts);
    table(
        "stig-score",
        &json!({}),
        &facts,
        &[
            ("no profiles", |facts| *facts.predicate(STIG) = json!([]), Fail("no profiles")),
            (
                "the second profile",
                |facts| facts.predicate(STIG)[1]["summary"]["defaultScore"] = json!(58.5),
                Fail("`second` has a score of 97.5%, below 100%"),
            ),
            (
                "the first profile",
                |facts| facts.predicate(STIG)[0]["summary"]["defaultScore"] = json!(0),
                Fail("`first` has a score of 0%,"),
            ),
            (
                "the maximum is 0",
                |facts| {
                    facts.predicate(STIG)[0]["summary"] = json!({"defaultScore": 0, "maxDefaultScore": 0});
                },
                Fail("`first` has no valid score"),
            ),
            (
                "above the maximum",
                |facts| facts.predicate(STIG)[0]["summary"]["defaultScore"] = json!(101),
                Fail("`first` has no valid score"),
            ),
            (
                "both negative",
                |facts| {
                    facts.predicate(STIG)[0]["summary"] = json!({"defaultScore": -5, "maxDefaultScore": -5});
                },
                Fail("`first` has no valid score"),
            ),
            (
                "a text",
                |facts| facts.predicate(STIG)[0]["summary"]["defaultScore"] = json!("100"),
                Fail("`first` has no valid score"),
            ),
            ("no summary", |facts| facts.predicate(STIG)[1] = json!({}), Fail("no valid score")),
        ],
    );
    let mut lower = facts.clone();
    lower.predicate(STIG)[1]["summary"]["defaultScore"] = json!(57);
    check("target", &run("stig-score", &json!({"target_score": 95}), &lower), Pass);
    check("target", &run("stig-score", &json!({"target_score": 96}), &lower), Fail("95%, below 96%"));
    // A label switches nothing off.
    let mut without = facts;
    without.label("com.docker.dhi.compliance", None);
    without.remove(STIG);
    check("no label", &run("stig-score", &json!({}), &without), Fail("no STIG scan"));
}

#[test]
fn fips_modules_need_active_certificates() {
    let predicate = json!([{
        "name": "OpenSSL FIPS Provider", "version": "3.1.2", "package": "pkg:dhi/openssl-provider-fips@3.1.2",
        "standard": "FIPS 140-3", "certification": "CMVP #4985", "status": "active", "sunsetDate": "2030-03-10",
    }]);
    let facts = Facts::new().with(FIPS, predicate);
    table_of_attestation("fips", FIPS, &facts);
    table(
        "fips",
        &json!({}),
        &facts,
        &[
            ("no modules", |facts| *facts.predicate(FIPS) = json!([]), Fail("lists no modules")),
            (
                "historical",
                |facts| facts.predicate(FIPS)[0]["status"] = json!("historical"),
                Fail("`historical`"),
            ),
            ("no status", |facts| facts.predicate(FIPS)[0]["status"] = json!(null), Fail("not active")),
            (
                "sunset",
                |facts| facts.predicate(FIPS)[0]["sunsetDate"] = json!("2026-11-30"),
                Fail("2026-11-30"),
            ),
            ("not sunset", |facts| facts.predicate(FIPS)[0]["sunsetDate"] = json!("2026-12-01"), Pass),
            (
                "no date",
                |facts| facts.predicate(FIPS)[0]["sunsetDate"] = json!("soon"),
                Fail("no valid sunset date"),
            ),
            (
                "null date",
                |facts| facts.predicate(FIPS)[0]["sunsetDate"] = json!(null),
                Fail("no valid sunset date"),
            ),
            (
                "no certificate",
                |facts| facts.predicate(FIPS)[0]["certification"] = json!(""),
                Fail("no certificate"),
            ),
            (
                "another standard",
                |facts| facts.predicate(FIPS)[0]["standard"] = json!("none"),
                Fail("by `none`"),
            ),
            (
                "the second module",
                |facts| {
                    let mut second = facts.predicate(FIPS)[0].clone();
                    second["name"] = json!("other");
                    second["status"] = json!("revoked");
                    facts.predicate(FIPS).as_array_mut().unwrap().push(second);
                },
                Fail("the module `other`"),
            ),
        ],
    );
    check("days", &run("fips", &json!({"min_days": 1300}), &facts), Fail("2030-03-10"));
    check("standards", &run("fips", &json!({"standards": ["FIPS 140-2"]}), &facts), Fail("FIPS 140-3"));
}

const LABEL: &str = "com.docker.dhi.date.end-of-life";

#[test]
fn the_end_of_life_is_read_from_proven_dates() {
    let facts = Facts::new();
    table(
        "end-of-life",
        &json!({}),
        &facts,
        &[
            (
                "reached",
                |facts| facts.label(LABEL, Some("2026-11-30")),
                Fail("the end of life is 2026-11-30"),
            ),
            ("tomorrow", |facts| facts.label(LABEL, Some("2026-12-01")), Pass),
            ("no date", |facts| facts.label(LABEL, None), Fail("no end-of-life date")),
            ("empty", |facts| facts.label(LABEL, Some("")), Fail("is no date")),
            ("no such day", |facts| facts.label(LABEL, Some("2029-02-30")), Fail("is no date")),
            ("other order", |facts| facts.label(LABEL, Some("31-10-2029")), Fail("is no date")),
            ("not proven", |facts| facts.0["standing"] = json!("not-dhi"), Fail("not proven")),
            ("unknown", |facts| facts.0["standing"] = json!("unknown"), Fail("not proven")),
            (
                "an earlier date in the definition",
                |facts| {
                    let definition = STANDARD.encode(
                        "name: x\ndates:\n  release: \"2024-10-07\"\n  end-of-life: \"2026-03-09\"\n",
                    );
                    let predicate = json!({"source_map": {"dockerfile": definition}});
                    *facts = facts.clone().with(SCOUT_PROVENANCE, predicate);
                },
                Fail("the end of life is 2026-03-09"),
            ),
        ],
    );
    let based = facts.clone().based();
    table(
        "end-of-life",
        &json!({}),
        &based,
        &[
            // The image can change its own labels. Those of the proven base count.
            ("own label", |facts| facts.label(LABEL, Some("2020-01-01")), Pass),
            (
                "base label",
                |facts| facts.0["base"]["labels"][LABEL] = json!("2020-01-01"),
                Fail("2020-01-01"),
            ),
            ("no base label", |facts| facts.0["base"]["labels"] = json!({}), Fail("no end-of-life date")),
        ],
    );
    let mut without = facts.clone();
    without.label(LABEL, None);
    check("allowed", &run("end-of-life", &json!({"allow_no_date": true}), &without), Pass);
    without.0["standing"] = json!("not-dhi");
    check("allowed", &run("end-of-life", &json!({"allow_no_date": true}), &without), Fail("not proven"));
    check("days", &run("end-of-life", &json!({"min_days": 1066}), &facts), Fail("2029-10-31"));
    check("days", &run("end-of-life", &json!({"min_days": 1065}), &facts), Pass);
}
