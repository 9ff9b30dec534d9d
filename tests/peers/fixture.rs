//! The fixtures, pushed to a registry: the verdicts are those of the layout directories.

use crate::cosign::Form;
use crate::image::SPDX;
use crate::registry::{Kind, Registry};
use crate::support::peers::PeerEnv;
use crate::verify::{ATTESTED_ONLY, Verdict, verify};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");

fn by_fixture_key(env: &PeerEnv, arguments: &[&str]) -> Verdict {
    let (key, root) = (format!("{FIXTURES}/keys/fixture.pub"), format!("{FIXTURES}/trusted_root.json"));
    verify(env, &[&["--key", &key, "--trusted-root", &root], arguments].concat())
}

#[test]
fn fixtures_verify_from_registries() {
    let Some(env) = PeerEnv::with(&["refreg", "docker-registry", "regctl"]) else { return };
    for kind in [Kind::Ggcr, Kind::Distribution2] {
        let registry = Registry::start(&env, kind);
        for (layout, tag, count, form, policy) in [
            ("python", "3.13", 30, Form::SimpleSigning, &[][..]),
            ("chart", "1.42.0", 10, Form::SimpleSigning, &[]),
            ("bundles", "1.4", 4, Form::Bundle, &ATTESTED_ONLY),
        ] {
            let copy = format!("{}/{layout}:{tag}", registry.host);
            env.copy(&format!("ocidir://{FIXTURES}/{layout}:{tag}"), &copy);
            by_fixture_key(&env, &[policy, &[&copy]].concat()).passes(count, form);
        }
    }
}

#[test]
fn platform_and_predicate_type_narrow_the_checks() {
    let Some(env) = PeerEnv::with(&["refreg", "regctl"]) else { return };
    let registry = Registry::start(&env, Kind::OciRegistry);
    let repository = format!("{}/mirror/python", registry.host);
    let tagged = format!("{repository}:3.13");
    env.copy(&format!("ocidir://{FIXTURES}/python:3.13"), &tagged);

    let whole = by_fixture_key(&env, &["--require-tlog", "--signed-name", "dhi/python", &tagged]);
    whole.passes(30, Form::SimpleSigning);
    let logged = whole.verified(|one| one["signature"]["log"]["state"].as_str().unwrap().to_owned());
    assert_eq!(logged["proven"], 30, "{whole}");

    let digest = whole.image()["digest"].as_str().unwrap();
    let by_digest = format!("{repository}@{digest}");
    let by_both = format!("{tagged}@{digest}");
    by_fixture_key(&env, &[&by_digest]).passes(30, Form::SimpleSigning);
    by_fixture_key(&env, &[&by_both]).passes(30, Form::SimpleSigning);

    let one = by_fixture_key(&env, &["--platform", "linux/arm64", &tagged]);
    one.passes(15, Form::SimpleSigning);
    // A platform manifest by its own digest; its signatures are those of its attestations.
    let platform = one.image()["platforms"][0]["digest"].as_str().unwrap();
    by_fixture_key(&env, &[&format!("{repository}@{platform}")]).attestations_are(15, Form::SimpleSigning);

    by_fixture_key(&env, &["--predicate-type", SPDX, &tagged]).passes(2, Form::SimpleSigning);
    by_fixture_key(&env, &["--predicate-type", SPDX, "--platform", "linux/amd64", &tagged])
        .passes(1, Form::SimpleSigning);
    by_fixture_key(&env, &["--platform", "linux/s390x", &tagged]).ends(3, &["verify/no-such-platform"]);
    by_fixture_key(&env, &["--predicate-type", "https://docker.com/dhi/fips/v0.1", &tagged])
        .ends(3, &["attest/predicate-missing"]);
}
