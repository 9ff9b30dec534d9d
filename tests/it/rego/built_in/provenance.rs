//! Policies that read provenance: builder and source, and the age.

use serde_json::{Value, json};

use super::facts::{Facts, OTHER, SLSA, SLSA_V02};
use super::{Fail, Pass, Unknown, check, run, table};

const BUILDER: &str = "https://github.com/acme/workflows/.github/workflows/build.yml@refs/heads/main";

fn v1() -> Value {
    json!({
        "buildDefinition": {"externalParameters": {
            "configSource": {"uri": "https://github.com/acme/app.git#refs/heads/main", "path": "Dockerfile"},
        }},
        "runDetails": {
            "builder": {"id": BUILDER},
            "metadata": {
                "finishedOn": "2026-11-20T08:00:00Z",
                "buildkit_metadata": {"vcs": {"source": "https://github.com/acme/app", "revision": "4f1c"}},
            },
        },
    })
}

fn v02() -> Value {
    json!({
        "builder": {"id": BUILDER},
        "invocation": {"configSource": {"uri": "git+https://github.com/acme/app.git@refs/heads/main"}},
        "metadata": {"buildFinishedOn": "2026-11-20T08:00:00Z"},
    })
}

#[test]
fn the_builder_and_the_source_must_be_allowed() {
    let name = "provenance-source";
    let config =
        json!({"builders": ["https://github.com/acme/*"], "repositories": ["https://github.com/acme/*"]});
    let facts = Facts::new().with(SLSA, v1()).with(SLSA_V02, v02());
    table(
        name,
        &config,
        &facts,
        &[
            (
                "builder of v1",
                |facts| {
                    facts.predicate(SLSA)["runDetails"]["builder"]["id"] =
                        json!("https://github.com/acmex/y");
                },
                Fail("the builder `https://github.com/acmex/y`"),
            ),
            (
                "builder of v0.2",
                |facts| facts.predicate(SLSA_V02)["builder"]["id"] = json!("https://example.com"),
                Fail("the builder `https://example.com`"),
            ),
            (
                "no builder",
                |facts| facts.predicate(SLSA)["runDetails"]["builder"] = json!({}),
                Fail("names no builder"),
            ),
            (
                "empty builder",
                |facts| facts.predicate(SLSA_V02)["builder"]["id"] = json!(""),
                Fail("names no builder"),
            ),
            (
                "source of v1",
                |facts| {
                    facts.predicate(SLSA)["buildDefinition"]["externalParameters"]["configSource"]["uri"] =
                        json!("https://github.com/other/app.git#main");
                },
                Fail("the source repository `https://github.com/other/app`"),
            ),
            (
                "the repository of a checkout",
                |facts| {
                    facts.predicate(SLSA)["runDetails"]["metadata"]["buildkit_metadata"]["vcs"]["source"] =
                        json!("https://github.com/other/app");
                },
                Fail("`https://github.com/other/app`"),
            ),
            (
                "a workflow",
                |facts| {
                    facts.predicate(SLSA)["buildDefinition"]["externalParameters"]["workflow"] =
                        json!({"repository": "https://github.com/other/app"});
                },
                Fail("`https://github.com/other/app`"),
            ),
            (
                "source of v0.2",
                |facts| {
                    facts.predicate(SLSA_V02)["invocation"]["configSource"]["uri"] =
                        json!("git+https://github.com/other/app@refs/heads/main");
                },
                Fail("`https://github.com/other/app`"),
            ),
            (
                "a path that leaves the prefix",
                |facts| {
                    facts.predicate(SLSA_V02)["invocation"]["configSource"]["uri"] =
                        json!("https://github.com/acme/../other/app");
                },
                Fail("`https://github.com/acme/../other/app`"),
            ),
            (
                "no source",
                |facts| facts.predicate(SLSA_V02)["invocation"] = json!({}),
                Fail("names no source repository"),
            ),
            (
                "v0.2 is about another image",
                |facts| {
                    facts.attestation(SLSA_V02)["statement"]["subject"][0]["digest"]["sha256"] = json!(OTHER);
                },
                Fail("about another image"),
            ),
            ("no v0.2", |facts| facts.remove(SLSA_V02), Pass),
            (
                "none",
                |facts| {
                    facts.remove(SLSA);
                    facts.remove(SLSA_V02);
                },
                Fail("no provenance"),
            ),
            (
                "not verified",
                |facts| {
                    facts.remove(SLSA_V02);
                    facts.attestation(SLSA)["status"] = json!({"outcome": "not-judged", "cause": "x"});
                },
                Unknown,
            ),
            ("only the base has it", |facts| *facts = facts.clone().based(), Unknown),
        ],
    );
    check("settings", &run(name, &json!({}), &facts), Fail("no allowed builder and no allowed repository"));
    let exact = json!({"repositories": ["https://github.com/acme/app"]});
    check("exact", &run(name, &exact, &facts), Pass);
    check("star", &run(name, &json!({"builders": ["*/acme/*"]}), &facts), Fail("the setting `builders`"));
}

#[test]
fn the_age_is_that_of_the_build() {
    let facts = Facts::new().with(SLSA, v1());
    table(
        "max-age",
        &json!({}),
        &facts,
        &[
            (
                "old",
                |facts| {
                    facts.predicate(SLSA)["runDetails"]["metadata"]["finishedOn"] =
                        json!("2026-08-30T08:00:00Z");
                },
                Fail("more than 90 days ago"),
            ),
            (
                "in the future",
                |facts| {
                    facts.predicate(SLSA)["runDetails"]["metadata"]["finishedOn"] =
                        json!("2027-01-01T00:00:00Z");
                },
                Fail("in the future"),
            ),
            (
                "no time",
                |facts| facts.predicate(SLSA)["runDetails"]["metadata"] = json!({}),
                Fail("names no time"),
            ),
            (
                "no such time",
                |facts| facts.predicate(SLSA)["runDetails"]["metadata"]["finishedOn"] = json!("yesterday"),
                Fail("is no time"),
            ),
            (
                "an older v0.2",
                |facts| {
                    let mut predicate = v02();
                    predicate["metadata"]["buildFinishedOn"] = json!("2020-01-01T00:00:00Z");
                    *facts = facts.clone().with(SLSA_V02, predicate);
                },
                Fail("2020-01-01"),
            ),
            (
                "another image",
                |facts| {
                    facts.attestation(SLSA)["statement"]["subject"][0]["digest"]["sha256"] = json!(OTHER);
                },
                Fail("about another image"),
            ),
            ("none", |facts| facts.remove(SLSA), Fail("not proven")),
            (
                "the creation time",
                |facts| facts.0["config"]["document"]["created"] = json!("2020-01-01T00:00:00Z"),
                Pass,
            ),
            ("only the base has it", |facts| *facts = facts.clone().based(), Unknown),
        ],
    );
    check("days", &run("max-age", &json!({"days": 10}), &facts), Fail("more than 10 days ago"));
    check("days", &run("max-age", &json!({"days": 11}), &facts), Pass);
    let mut claimed = facts;
    claimed.remove(SLSA);
    let trust = json!({"trust_created": true});
    table(
        "max-age",
        &trust,
        &claimed,
        &[
            (
                "old",
                |facts| facts.0["config"]["document"]["created"] = json!("2026-01-01T00:00:00Z"),
                Fail("2026-01-01"),
            ),
            (
                "no time",
                |facts| {
                    facts.0["config"]["document"].as_object_mut().unwrap().remove("created");
                },
                Fail("names no creation time"),
            ),
        ],
    );
}
