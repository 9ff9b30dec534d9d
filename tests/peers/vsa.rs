//! Verification summaries: those by `dhi` are read by the real cosign, and those that cosign signs are accepted by
//! `dhi`.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::cosign::Key;
use crate::image::{Image, Recipe};
use crate::registry::{Kind, Registry};
use crate::support::peers::{PeerEnv, both, succeed};

const VSA: &str = "https://slsa.dev/verification_summary/v1";
const REVIEW: &str = "https://example.org/review/v1";
/// Two platforms, and nothing is attested of them.
const BARE: Recipe = Recipe { architectures: &["amd64", "arm64"], predicates: &[], ..Recipe::SMALL };

fn generate(env: &PeerEnv, name: &str) -> Key {
    succeed(&mut env.dhi(&["keys", "generate", "--output-key-prefix", env.path(name).to_str().unwrap()]));
    Key::of(env, name)
}

/// An image that a team attested, and the digest of its index.
fn attested(env: &PeerEnv, team: &Key, tagged: &str) -> String {
    let image = Image::pushed(env, BARE, tagged);
    let predicate = env.write("review.json", r#"{"approved":true}"#);
    let arguments = ["attest", "add", "--plain-http", "127.0.0.1", "--platform", "all", "--type", REVIEW];
    let mut command = env.dhi(&arguments);
    succeed(command.arg("--key").arg(&team.private).arg("--predicate").arg(predicate).arg(tagged));
    image.digest
}

fn verify(env: &PeerEnv, team: &Key, more: &[&str], tagged: &str) -> Command {
    let common = ["verify", "--plain-http", "127.0.0.1", "--policy", "attested", "--key", team.public()];
    env.dhi(&[&common[..], more, &[tagged]].concat())
}

/// Whether a summary by `key` is accepted.
fn is_taken(env: &PeerEnv, team: &Key, key: &Key, tagged: &str) -> bool {
    let accept = ["--accept-vsa", key.public(), "--max-age", "1h", "--format", "json"];
    let printed: Value = serde_json::from_str(&succeed(&mut verify(env, team, &accept, tagged))).unwrap();
    printed["images"][0]["kind"] == "verified-before"
}

fn cosign_verifies(env: &PeerEnv, key: &Key, reference: &str) -> bool {
    let mut cosign = env.peer("cosign3");
    cosign.args(["verify-attestation", "--allow-http-registry", "--insecure-ignore-tlog=true"]);
    let output = cosign.args(["--type", VSA, "--key", key.public(), reference]).output().unwrap();
    let text = both(&output);
    assert!(output.status.success() || !text.contains("panic"), "{text}");
    output.status.success()
}

fn goes_both_ways_in(kind: Kind) {
    let Some(env) = PeerEnv::with(&[kind.program(), "regctl", "cosign3"]) else { return };
    let registry = Registry::start(&env, kind);
    let (team, gate, unknown) = (generate(&env, "team"), generate(&env, "gate"), generate(&env, "unknown"));
    let private = gate.private.to_str().unwrap();

    let tagged = format!("{}/ours/api:1.0", registry.host);
    let index = attested(&env, &team, &tagged);
    succeed(&mut verify(&env, &team, &["--emit-vsa", "attach", "--vsa-key", private], &tagged));
    let by_digest = format!("{}/ours/api@{index}", registry.host);
    assert!(cosign_verifies(&env, &gate, &by_digest));
    assert!(!cosign_verifies(&env, &unknown, &by_digest));
    assert!(is_taken(&env, &team, &gate, &tagged));
    assert!(!is_taken(&env, &team, &unknown, &tagged));

    // The same words, signed by cosign.
    let tagged = format!("{}/theirs/api:1.0", registry.host);
    let index = attested(&env, &team, &tagged);
    let file = env.path("vsa.json");
    let emit = ["--emit-vsa", file.to_str().unwrap(), "--vsa-key", private];
    succeed(&mut verify(&env, &team, &emit, &tagged));
    let bundle: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let payload = STANDARD.decode(bundle["dsseEnvelope"]["payload"].as_str().unwrap()).unwrap();
    let statement: Value = serde_json::from_slice(&payload).unwrap();
    let predicate = env.write("predicate.json", &statement["predicate"].to_string());
    assert!(!is_taken(&env, &team, &gate, &tagged));
    let mut cosign = env.peer("cosign3");
    cosign.env("COSIGN_PASSWORD", "").args(["attest", "--yes", "--allow-http-registry", "--type", VSA]);
    cosign.args(["--use-signing-config=false", "--tlog-upload=false", "--new-bundle-format"]);
    cosign.arg("--key").arg(&gate.private).arg("--predicate").arg(predicate);
    succeed(cosign.arg(format!("{}/theirs/api@{index}", registry.host)));
    assert!(is_taken(&env, &team, &gate, &tagged));
    assert!(!is_taken(&env, &team, &unknown, &tagged));
}

#[test]
fn with_the_referrers_api() {
    goes_both_ways_in(Kind::OciRegistry);
}

#[test]
fn with_fallback_tags() {
    goes_both_ways_in(Kind::Distribution2);
}
