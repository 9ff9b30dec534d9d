//! The test Sigstore instance against the real cosign: cosign agrees with the table of good and bad signatures, except
//! where the table states a difference.

use base64::Engine as _;
use dhi::oci::Digest;
use serde_json::{Value, json};

use crate::registry::{Kind, Registry};
use crate::support::peers::{PeerEnv, both};
use crate::support::test_sigstore::cases::{
    ARTIFACT, CONFIG, Case, Evidence, ExpectedSigner, Judge, PREDICATE_TYPE, cases,
};
use crate::support::test_sigstore::cosign::{Layer, TIMESTAMP};

/// All cases, judged by two workers. Returns those that differ from the table.
fn differences(judge: Judge, verdict: impl Fn(&Case) -> Option<(bool, String)> + Sync) -> Vec<String> {
    let cases = cases();
    let differs = |case: &Case| {
        let (passes, printed) = verdict(case)?;
        (passes != case.judged_by(judge)).then(|| format!("{case:?}, {judge:?}: {passes}: {printed}"))
    };
    std::thread::scope(|scope| {
        let halves = cases.chunks(cases.len().div_ceil(2));
        let workers: Vec<_> = halves
            .map(|cases| scope.spawn(|| cases.iter().filter_map(&differs).collect::<Vec<_>>()))
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}

#[test]
fn cosign_3_agrees_with_the_table_on_bundles() {
    let Some(env) = PeerEnv::with(&["cosign3"]) else { return };
    let wrong = differences(Judge::Cosign, |case| match &case.evidence {
        Evidence::Bundle(bundle) => Some(verify_bundle(&env, case, bundle)),
        Evidence::Layer(_) => None,
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The verdict of cosign 3 on a bundle, and what it printed.
pub(crate) fn verify_bundle(env: &PeerEnv, case: &Case, bundle: &str) -> (bool, String) {
    let parsed: Value = serde_json::from_str(bundle).unwrap_or_default();
    let file = |suffix: &str, content: &str| env.write(&format!("{}.{suffix}", case.name), content);
    let mut cosign = env.peer("cosign3");
    if parsed["dsseEnvelope"].is_object() && parsed["messageSignature"].is_null() {
        cosign.args(["verify-blob-attestation", "--type", &predicate_type(&parsed["dsseEnvelope"])]);
    } else {
        cosign.arg("verify-blob");
    }
    cosign.arg("--bundle").arg(file("bundle", bundle));
    cosign.arg("--trusted-root").arg(file("root", &case.trusted_root));
    demand(&mut cosign, env, case);
    // cosign checks timestamps only with a flag, and then requires one.
    if parsed["verificationMaterial"]["timestampVerificationData"].is_object() {
        cosign.arg("--use-signed-timestamps");
    }
    let artifact = file("artifact", "");
    std::fs::write(&artifact, &case.artifact).unwrap();
    let output = cosign.arg(&artifact).output().unwrap();
    (output.status.success(), both(&output))
}

/// What the verifier wants, as flags.
fn demand(cosign: &mut std::process::Command, env: &PeerEnv, case: &Case) {
    match &case.authority {
        ExpectedSigner::Key(pem) => cosign.arg("--key").arg(env.write(&format!("{}.pub", case.name), pem)),
        ExpectedSigner::Certificate { identity, issuer } => {
            cosign.args(["--certificate-identity", identity, "--certificate-oidc-issuer", issuer])
        }
    };
    if !case.log_demanded {
        cosign.arg("--insecure-ignore-tlog=true");
    }
}

/// cosign needs a flag with the predicate type.
fn predicate_type(envelope: &Value) -> String {
    let payload = envelope["payload"].as_str().unwrap_or_default();
    let payload = base64::engine::general_purpose::STANDARD.decode(payload).unwrap_or_default();
    let statement: Value = serde_json::from_slice(&payload).unwrap_or_default();
    statement["predicateType"].as_str().unwrap_or(PREDICATE_TYPE).to_owned()
}

#[test]
fn cosign_3_agrees_with_the_table_on_layers() {
    cosign_judges_layers(Judge::Cosign, "cosign3");
}

#[test]
fn cosign_2_agrees_with_the_table_on_layers() {
    cosign_judges_layers(Judge::Cosign2, "cosign2");
}

fn cosign_judges_layers(judge: Judge, program: &str) {
    let Some(env) = PeerEnv::with(&["refreg", "regctl", program]) else { return };
    let registry = Registry::start(&env, Kind::Ggcr);
    let wrong = differences(judge, |case| match &case.evidence {
        Evidence::Bundle(_) => None,
        Evidence::Layer(layer) => Some(verify_layer(&env, &registry, program, case, layer)),
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Pushes the image with its signature; the verdict of cosign, and what it printed.
fn verify_layer(
    env: &PeerEnv,
    registry: &Registry,
    program: &str,
    case: &Case,
    layer: &Layer,
) -> (bool, String) {
    let (directory, suffix) = (env.path(&format!("{}.layout", case.name)), suffix(layer));
    write_layout(&directory, layer);
    let repository = format!("{}/{}", registry.host, case.name);
    let image = Digest::of(ARTIFACT);
    let tag = format!("sha256-{}.{suffix}", image.hex());
    for tag in ["image", tag.as_str()] {
        env.copy(&format!("ocidir://{}:{tag}", directory.display()), &format!("{repository}:{tag}"));
    }

    let mut cosign = env.peer(program);
    match suffix {
        "att" => cosign.args(["verify-attestation", "--type", PREDICATE_TYPE]),
        _ => cosign.arg("verify"),
    };
    cosign.args(["--allow-http-registry", "--new-bundle-format=false", "--offline=true"]);
    demand(&mut cosign, env, case);
    trust(&mut cosign, env, case, program);
    if layer.annotations.contains_key(TIMESTAMP) {
        cosign.arg("--use-signed-timestamps");
    }
    let output = cosign.arg(format!("{repository}@{image}")).output().unwrap();
    (output.status.success(), both(&output))
}

/// cosign 3 takes the trusted root, cosign 2 wants its parts.
fn trust(cosign: &mut std::process::Command, env: &PeerEnv, case: &Case, program: &str) {
    let root = env.write(&format!("{}.root", case.name), &case.trusted_root);
    if program == "cosign3" {
        cosign.arg("--trusted-root").arg(root);
        return;
    }
    let root: Value = serde_json::from_str(&case.trusted_root).unwrap();
    let pem = |label: &str, der: &Value| {
        let lines = der.as_str().unwrap().as_bytes().chunks(64);
        let lines: Vec<_> = lines.map(|line| String::from_utf8(line.to_vec()).unwrap()).collect();
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
    };
    let chain = |authority: &Value| {
        let chain = authority["certChain"]["certificates"].as_array().unwrap();
        chain.iter().map(|one| pem("CERTIFICATE", &one["rawBytes"])).collect::<String>()
    };
    let key = |log: &Value| pem("PUBLIC KEY", &log["publicKey"]["rawBytes"]);
    let file = |suffix: &str, content: String| env.write(&format!("{}.{suffix}", case.name), &content);
    cosign.env("SIGSTORE_REKOR_PUBLIC_KEY", file("rekor", key(&root["tlogs"][0])));
    cosign.env("SIGSTORE_CT_LOG_PUBLIC_KEY_FILE", file("ctlog", key(&root["ctlogs"][0])));
    cosign.env("SIGSTORE_ROOT_FILE", file("fulcio", chain(&root["certificateAuthorities"][0])));
    let tsa = file("tsa", chain(&root["timestampAuthorities"][0]));
    cosign.arg("--timestamp-certificate-chain").arg(tsa);
}

/// What cosign puts after the digest in the tag.
fn suffix(layer: &Layer) -> &'static str {
    if layer.media_type.contains("dsse") { "att" } else { "sig" }
}

/// A layout with the image, and its signature under cosign's tag.
fn write_layout(directory: &std::path::Path, layer: &Layer) {
    const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    let blobs = directory.join("blobs/sha256");
    std::fs::create_dir_all(&blobs).unwrap();
    let blob = |media_type: &str, bytes: &[u8]| {
        let digest = Digest::of(bytes);
        std::fs::write(blobs.join(digest.hex()), bytes).unwrap();
        json!({"mediaType": media_type, "digest": digest.to_string(), "size": bytes.len()})
    };
    let tagged = |mut descriptor: Value, tag: &str| {
        descriptor["annotations"] = json!({"org.opencontainers.image.ref.name": tag});
        descriptor
    };
    let config = blob("application/vnd.oci.image.config.v1+json", CONFIG);
    let mut signature = blob(layer.media_type, &layer.payload);
    signature["annotations"] = Value::Object(layer.annotations.clone());
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config,
        "layers": [signature],
    });
    let tag = format!("sha256-{}.{}", Digest::of(ARTIFACT).hex(), suffix(layer));
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [
            tagged(blob(MANIFEST, ARTIFACT), "image"),
            tagged(blob(MANIFEST, manifest.to_string().as_bytes()), &tag),
        ],
    });
    std::fs::write(directory.join("index.json"), index.to_string()).unwrap();
    std::fs::write(directory.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
}
