//! Registries that report a missing list of referrers in different ways, or withhold it.

use super::TeamImage;
use super::tags::{attestation, signature};
use crate::support::env::{TestEnv, fixture};
use crate::support::registry::{InMemoryRegistry, Reply};

/// An image with a signature and an attestation under cosign's tags, in a registry without the referrers API.
fn under_tags() -> TeamImage {
    let team = TeamImage::new();
    team.registry.referrers_api(false);
    team.tag("sig", &[signature(&team, false)]);
    team.tag("att", &[attestation(&team, false)]);
    team
}

fn fallback_tag(team: &TeamImage) -> String {
    format!("sha256-{}", team.image.hex())
}

/// `dhi verify` by the default policy.
fn by_default(team: &TeamImage) -> crate::support::env::Run {
    let host = team.registry.host();
    team.env.dhi(&["verify", "--no-cache", "--plain-http", &host, &team.reference()])
}

/// Writes with a key of the team's own.
fn write(team: &TeamImage, words: &[&str]) -> crate::support::env::Run {
    let (host, key) = (team.registry.host(), team.env.file("own"));
    if !std::path::Path::new(&format!("{key}.key")).exists() {
        team.env.dhi(&["keys", "generate", "-o", &key]).assert(0, "own.pub");
    }
    let private = format!("{key}.key");
    let fixed = ["--no-cache", "--plain-http", &host, "--key", &private];
    team.env.dhi(&[words, &fixed, &[&team.reference()]].concat())
}

/// GitLab.
#[test]
fn a_fallback_tag_that_resolves_to_the_image_is_no_list() {
    let team = under_tags();
    team.registry.tag("acme/app", &fallback_tag(&team), &team.image);
    team.verify_keyed(&["--require-index-signature"]).assert(0, "pass");
    let unsigned = TeamImage::new();
    unsigned.registry.referrers_api(false);
    unsigned.registry.tag("acme/app", &fallback_tag(&unsigned), &unsigned.image);
    by_default(&unsigned).assert(1, "base/not-dhi");
    unsigned.verify_keyed(&[]).assert(3, "attest/none");
    // And can be written to.
    write(&unsigned, &["sign"]).assert(0, "acme/app@sha256:");
    let own = unsigned.env.file("own.pub");
    let signed = unsigned.verify(&["--key", &own, "--require-index-signature", "--format", "json"]);
    assert_eq!(signed.json()["images"][0]["rootSignature"]["outcome"], "good");
}

/// Artifactory, older Quays, and others.
#[test]
fn a_missing_referrers_api_is_recognised_by_its_status() {
    for status in [400, 405, 406, 501] {
        let team = under_tags();
        team.registry.no_referrers_api(status);
        team.verify_keyed(&["--require-index-signature"]).assert(0, "pass");
        by_default(&team).assert(1, "base/not-dhi");
        // Lists of hardened images are found under their tags.
        let registry = InMemoryRegistry::start();
        registry.serve_layout(&fixture("python"), "dhi/python");
        registry.no_referrers_api(status);
        let (env, host) = (TestEnv::new(), registry.host());
        env.verify(&["--plain-http", &host, &format!("{host}/dhi/python:3.13")]).assert(0, "pass");
        write(&team, &["sign"]).assert(0, "acme/app@sha256:");
    }
}

/// Artifactory answers 403 for tags that do not exist.
#[test]
fn a_refused_fallback_tag_is_unknown() {
    let team = under_tags();
    team.registry.no_such_tag(403);
    team.verify_keyed(&["--require-index-signature"]).assert(0, "pass");
    // A part of what may be there.
    let attested = TeamImage::new();
    attested.registry.referrers_api(false);
    attested.registry.no_such_tag(403);
    attested.tag("att", &[attestation(&attested, false)]);
    attested.verify_keyed(&[]).assert(0, "pass");
    attested.verify_keyed(&["--require-index-signature"]).assert(5, "registry/unauthorized");
    // Nothing: it is not called none, and no login is missing.
    let team = TeamImage::new();
    team.registry.referrers_api(false);
    team.registry.no_such_tag(403);
    for run in [team.verify_keyed(&[]), by_default(&team), team.list(&[])] {
        run.assert(5, "registry/unauthorized");
        let all = format!("{}{}", run.stdout, run.stderr);
        for wrong in ["attest/none", "no attestation", "docker login", "trust/unsigned", "  none "] {
            assert!(!all.contains(wrong), "{wrong}: {all}");
        }
        assert!(all.contains("hint: no login is missing"), "{all}");
    }
    // What is written is not put into a list that may be there and is not seen.
    let run = write(&team, &["sign"]);
    run.assert(5, "is stored, but not in the list of referrers of its subject");
    run.assert(5, "stored already");
    run.assert(5, "refused         a read of the list");
    assert!(
        !run.stderr.contains("refuses to store") && !run.stderr.contains("docker login"),
        "{}",
        run.stderr
    );
    assert_eq!(team.registry.tagged("acme/app", &fallback_tag(&team)), None);
}

/// A login that was accepted for the image is not asked for again.
#[test]
fn a_list_that_is_not_json_is_unknown() {
    let team = under_tags();
    let api = format!("/v2/acme/app/referrers/{}", team.image);
    team.registry.script(&api, Reply::html());
    team.verify_keyed(&["--require-index-signature"]).assert(0, "pass");
    by_default(&team).assert(6, "registry/unusable-answer");
    let bare = TeamImage::new();
    bare.registry.script(&format!("/v2/acme/app/referrers/{}", bare.image), Reply::html());
    for run in [bare.verify_keyed(&[]), by_default(&bare), bare.list(&[])] {
        run.assert(6, "registry/unusable-answer");
        assert!(!run.stdout.contains("attest/none"), "{}", run.stdout);
    }
}

/// HEAD only saves bytes.
#[test]
fn get_decides_whatever_head_answers() {
    for status in [400, 401, 403, 404, 405, 429, 501] {
        let registry = InMemoryRegistry::start();
        registry.serve_layout(&fixture("python"), "dhi/python");
        let (env, host) = (TestEnv::new(), registry.host());
        let verify = || env.verify(&["--plain-http", &host, &format!("{host}/dhi/python:3.13")]);
        verify().assert(0, "pass");
        let manifest = "/v2/dhi/python/manifests/3.13";
        registry.script(&format!("HEAD {manifest}"), Reply::json(status, "").header("Retry-After", "9999"));
        registry.clear_log();
        verify().assert(0, "pass");
        assert!(
            registry.lines().contains(&format!("GET {manifest} 200")),
            "{status}: {:?}",
            registry.lines()
        );
    }
}
