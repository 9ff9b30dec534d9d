//! Signatures and attestations that cosign makes for an index. `--policy signed` agrees with `cosign verify`, and
//! `attested` with `cosign verify-attestation`.

use crate::cosign::{Form, Key, attest, sign_and_attest_in_tags};
use crate::image::{Image, Recipe, SLSA};
use crate::registry::{Kind, Registry};
use crate::support::peers::{PeerEnv, succeed};
use crate::verify::verify;

/// Two platforms about which nothing is said.
const BARE: Recipe = Recipe { name: "team/api", architectures: &["amd64", "arm64"], predicates: &[] };

#[test]
fn cosign_attestations_of_an_index_count_for_its_platforms() {
    let Some(env) = PeerEnv::with(&["refreg", "regctl", "cosign2", "cosign3"]) else { return };
    let (registry, key) = (Registry::start(&env, Kind::Ggcr), Key::generate(&env, "team"));
    let image = Image::build(&env, BARE);
    for in_tags in [false, true] {
        let repository = format!("{}/team/api-{in_tags}", registry.host);
        let reference = format!("{repository}@{}", image.digest);
        image.push(&env, &format!("{repository}:1.0"));
        let by = |flags: &[&str]| verify(&env, &[&["--key", key.public()], flags, &[&reference]].concat());
        by(&["--policy", "attested"]).ends(3, &["attest/none"]);
        if in_tags {
            sign_and_attest_in_tags(&env, &key, SLSA, &reference);
        } else {
            attest(&env, &key, SLSA, &repository, &image.digest);
        }
        by(&["--policy", "attested"]).ends(0, &[]);
        by(&["--predicate-type", SLSA]).ends(0, &[]);
        by(&["--predicate-type", "https://spdx.dev/Document"]).ends(3, &["attest/predicate-missing"]);
        // It proves no hardened image: the one that its labels name would have to, and is not to be had here.
        by(&[]).ends(6, &["registry/unreachable"]);
        let mut peer = env.peer(if in_tags { "cosign2" } else { "cosign3" });
        peer.args([
            "verify-attestation",
            "--insecure-ignore-tlog=true",
            "--allow-http-registry",
            "--type",
            SLSA,
        ]);
        succeed(peer.args(["--key", key.public()]).arg(&reference));
    }
}

#[test]
fn signed_agrees_with_cosign_verify() {
    let Some(env) = PeerEnv::with(&["refreg", "regctl", "cosign2", "cosign3"]) else { return };
    let (registry, key) = (Registry::start(&env, Kind::Ggcr), Key::generate(&env, "team"));
    let other = Key::generate(&env, "other");
    let image = Image::build(&env, BARE);
    for form in Form::BOTH {
        let repository = format!("{}/team/{}", registry.host, form.word());
        let reference = format!("{repository}@{}", image.digest);
        image.push(&env, &format!("{repository}:1.0"));
        let by = |key: &Key, flags: &[&str]| {
            let fixed = ["--policy", "signed", "--key", key.public()];
            verify(&env, &[&fixed[..], flags, &[&reference]].concat())
        };
        by(&key, &[]).ends(3, &["trust/unsigned"]);
        succeed(form.command(&env, &key).args(["-a", "stage=prod", &reference]));
        assert!(form.verifies(&env, &key, "sha256", &reference));
        by(&key, &[]).ends(0, &[]);
        by(&key, &["--require-annotation", "stage=prod"]).ends(0, &[]);
        by(&key, &["--require-annotation", "stage=test"]).ends(4, &["trust/annotation"]);
        assert!(!form.verifies(&env, &other, "sha256", &reference));
        by(&other, &[]).ends(4, &["trust/wrong-key"]);
        // Its name is that of another repository, and no name is required.
        by(&key, &["--signed-name", "team/other"]).ends(4, &["trust/signed-name"]);
    }
}
