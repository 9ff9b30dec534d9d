//! Verification summaries that `dhi` writes, read by the real cosign, and such as cosign signed, taken by `dhi`.

use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::cosign::Key;
use crate::image::{Image, Recipe};
use crate::lab::{Lab, both, succeed};
use crate::registry::{Kind, Registry};

const VSA: &str = "https://slsa.dev/verification_summary/v1";
const REVIEW: &str = "https://example.org/review/v1";
/// Two platforms, and nothing is attested of them.
const BARE: Recipe = Recipe { architectures: &["amd64", "arm64"], predicates: &[], ..Recipe::SMALL };

/// `dhi` with an empty password.
fn dhi(lab: &Lab, arguments: &[&str]) -> Command {
    let mut command = lab.clean(Path::new(env!("CARGO_BIN_EXE_dhi")));
    command.env("COSIGN_PASSWORD", "").args(arguments);
    command
}

fn generate(lab: &Lab, name: &str) -> Key {
    succeed(&mut dhi(lab, &["keys", "generate", "--output-key-prefix", lab.path(name).to_str().unwrap()]));
    Key::of(lab, name)
}

/// An image that a team attested, and the digest of its index.
fn attested(lab: &Lab, team: &Key, tagged: &str) -> String {
    let image = Image::pushed(lab, BARE, tagged);
    let predicate = lab.write("review.json", r#"{"approved":true}"#);
    let arguments = ["attest", "add", "--plain-http", "127.0.0.1", "--platform", "all", "--type", REVIEW];
    let mut command = dhi(lab, &arguments);
    succeed(command.arg("--key").arg(&team.private).arg("--predicate").arg(predicate).arg(tagged));
    image.digest
}

fn verify(lab: &Lab, team: &Key, more: &[&str], tagged: &str) -> Command {
    let common = ["verify", "--plain-http", "127.0.0.1", "--policy", "attested", "--key", team.public()];
    dhi(lab, &[&common[..], more, &[tagged]].concat())
}

/// Whether the word of a summary by `key` is taken.
fn is_taken(lab: &Lab, team: &Key, key: &Key, tagged: &str) -> bool {
    let accept = ["--accept-vsa", key.public(), "--max-age", "1h", "--format", "json"];
    let printed: Value = serde_json::from_str(&succeed(&mut verify(lab, team, &accept, tagged))).unwrap();
    printed["images"][0]["kind"] == "verified-before"
}

fn cosign_verifies(lab: &Lab, key: &Key, reference: &str) -> bool {
    let mut cosign = lab.peer("cosign3");
    cosign.args(["verify-attestation", "--allow-http-registry", "--insecure-ignore-tlog=true"]);
    let output = cosign.args(["--type", VSA, "--key", key.public(), reference]).output().unwrap();
    let text = both(&output);
    assert!(output.status.success() || !text.contains("panic"), "{text}");
    output.status.success()
}

fn goes_both_ways_in(kind: Kind) {
    let Some(lab) = Lab::with(&[kind.program(), "regctl", "cosign3"]) else { return };
    let registry = Registry::start(&lab, kind);
    let (team, gate, stranger) = (generate(&lab, "team"), generate(&lab, "gate"), generate(&lab, "stranger"));
    let private = gate.private.to_str().unwrap();

    let tagged = format!("{}/ours/api:1.0", registry.host);
    let index = attested(&lab, &team, &tagged);
    succeed(&mut verify(&lab, &team, &["--emit-vsa", "attach", "--vsa-key", private], &tagged));
    let by_digest = format!("{}/ours/api@{index}", registry.host);
    assert!(cosign_verifies(&lab, &gate, &by_digest));
    assert!(!cosign_verifies(&lab, &stranger, &by_digest));
    assert!(is_taken(&lab, &team, &gate, &tagged));
    assert!(!is_taken(&lab, &team, &stranger, &tagged));

    // The same words, signed by cosign.
    let tagged = format!("{}/theirs/api:1.0", registry.host);
    let index = attested(&lab, &team, &tagged);
    let file = lab.path("vsa.json");
    let emit = ["--emit-vsa", file.to_str().unwrap(), "--vsa-key", private];
    succeed(&mut verify(&lab, &team, &emit, &tagged));
    let bundle: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let payload = STANDARD.decode(bundle["dsseEnvelope"]["payload"].as_str().unwrap()).unwrap();
    let statement: Value = serde_json::from_slice(&payload).unwrap();
    let predicate = lab.write("predicate.json", &statement["predicate"].to_string());
    assert!(!is_taken(&lab, &team, &gate, &tagged));
    let mut cosign = lab.peer("cosign3");
    cosign.env("COSIGN_PASSWORD", "").args(["attest", "--yes", "--allow-http-registry", "--type", VSA]);
    cosign.args(["--use-signing-config=false", "--tlog-upload=false", "--new-bundle-format"]);
    cosign.arg("--key").arg(&gate.private).arg("--predicate").arg(predicate);
    succeed(cosign.arg(format!("{}/theirs/api@{index}", registry.host)));
    assert!(is_taken(&lab, &team, &gate, &tagged));
    assert!(!is_taken(&lab, &team, &stranger, &tagged));
}

#[test]
fn with_the_referrers_api() {
    goes_both_ways_in(Kind::OciRegistry);
}

#[test]
fn with_fallback_tags() {
    goes_both_ways_in(Kind::Distribution2);
}
