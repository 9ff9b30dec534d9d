//! The example for sigstore-conformance, on the bundles of the table and on those of the reference library.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dhi::oci::Digest;
use serde_json::Value;

use crate::sources::source;
use crate::support::env::DHI;
use crate::support::test_sigstore::cases::{Case, Evidence, ExpectedSigner, SUBJECT_BY_SHA512, cases};

/// What `cargo test` builds beside the command.
fn example() -> PathBuf {
    let path = Path::new(DHI).with_file_name("examples").join("sigstore_conformance");
    assert!(
        path.exists(),
        "`cargo build --example sigstore_conformance` first: `cargo test` does it by itself"
    );
    path
}

/// The arguments in the order in which the suite gives them.
fn verify(bundle: &Path, authority: &ExpectedSigner, root: &[&str], artifact: &str) -> Output {
    let mut command = Command::new(example());
    command.arg("verify-bundle").arg("--bundle").arg(bundle);
    match authority {
        ExpectedSigner::Key(path) => command.arg("--key").arg(path),
        ExpectedSigner::Certificate { identity, issuer } => {
            command.args(["--certificate-identity", identity, "--certificate-oidc-issuer", issuer])
        }
    };
    command.args(root).arg(artifact).output().unwrap()
}

/// Whether it said yes; a no must come with a reason, and nothing else is an answer.
fn answer(output: &Output) -> bool {
    assert!(output.stdout.is_empty(), "{output:?}");
    match output.status.code() {
        Some(0) => true,
        Some(1) if !output.stderr.is_empty() => false,
        _ => panic!("{output:?}"),
    }
}

#[test]
fn the_conformance_example_accepts_only_good_bundles() {
    let home = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = home.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let mut wrong = Vec::new();
    for case in cases() {
        let Evidence::Bundle(bundle) = &case.evidence else { continue };
        let authority = match &case.authority {
            ExpectedSigner::Key(pem) => ExpectedSigner::Key(file("key.pub", pem.as_bytes())),
            certificate @ ExpectedSigner::Certificate { .. } => certificate.clone(),
        };
        let bundle = file("bundle.sigstore.json", bundle.as_bytes());
        let root = file("trusted_root.json", case.trusted_root.as_bytes());
        let artifact = file("artifact", &case.artifact);
        let digest = Digest::of(&case.artifact).to_string();
        for (form, artifact) in [("file", &artifact), ("digest", &digest)] {
            let output = verify(bundle.as_ref(), &authority, &["--trusted-root", &root], artifact);
            if answer(&output) != deserves(&case, form) {
                wrong.push(format!("{case:?}, {form}: {output:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The suite has no question without a log. SHA-256 cannot tell whether SHA-512 is of the same bytes.
fn deserves(case: &Case, form: &str) -> bool {
    case.is_good() && case.log_demanded && !(case.name == SUBJECT_BY_SHA512 && form == "digest")
}

#[test]
fn the_example_needs_either_a_key_or_an_identity() {
    for arguments in [
        &["--key", "k", "--certificate-identity", "i", "--certificate-oidc-issuer", "u"][..],
        &["--key", "k", "--certificate-oidc-issuer", "u"],
        &["--certificate-identity", "i"],
        &["--certificate-oidc-issuer", "u"],
        &[],
    ] {
        let output = Command::new(example())
            .args(["verify-bundle", "--bundle", "b"])
            .args(arguments)
            .arg("artifact")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
    }
}

/// What real signers made: folder and file in the crate's `test_data`, SAN and issuer, root, and the verdict.
const BEACON: (&str, &str) = (
    "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main",
    "https://token.actions.githubusercontent.com",
);

#[test]
fn bundles_of_the_reference_library_get_their_verdict() {
    let data = source("sigstore-verify").join("test_data");
    let by = |(identity, issuer): (&str, &str)| ExpectedSigner::Certificate {
        identity: identity.to_owned(),
        issuer: issuer.to_owned(),
    };
    let key = ExpectedSigner::Key(data.join("managed-key/key.pub").to_str().unwrap().to_owned());
    let own_root = data.join("invalid-ct-key_fail/trusted_root.json").to_str().unwrap().to_owned();
    let own_root = ["--trusted-root", own_root.as_str()];
    let public: &[&str] = &[];
    let staging: &[&str] = &["--staging"];
    let rows: [(&str, &ExpectedSigner, &[&str], bool); 8] = [
        ("managed-key/bundle.sigstore.json", &key, public, true),
        ("managed-key/bundle.sigstore.json", &by(BEACON), public, false),
        ("invalid-ct-key_fail/bundle.sigstore.json", &by(BEACON), public, true),
        ("invalid-ct-key_fail/bundle.sigstore.json", &by(BEACON), &own_root, false),
        ("invalid-ct-key_fail/bundle.sigstore.json", &by(BEACON), staging, false),
        ("bundles/bundle_no_cert_v1.txt.sigstore", &by(BEACON), staging, false),
        ("bundles/bundle_no_log_entry.txt.sigstore", &by(BEACON), staging, false),
        ("bundles/dsse-2sigs.sigstore.json", &by(BEACON), public, false),
    ];
    for (name, authority, root, good) in rows {
        let path = data.join(name);
        let output = verify(&path, authority, root, &signed_digest(&path));
        assert_eq!(answer(&output), good, "{name} {root:?}: {output:?}");
    }
}

/// The digest in the bundle itself: the question here is the signer, not the content.
fn signed_digest(path: &Path) -> String {
    let bundle: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let decoded = |text: &Value| STANDARD.decode(text.as_str().unwrap()).unwrap();
    let hex = match &bundle["messageSignature"]["messageDigest"]["digest"] {
        Value::Null => {
            let statement: Value =
                serde_json::from_slice(&decoded(&bundle["dsseEnvelope"]["payload"])).unwrap();
            statement["subject"][0]["digest"]["sha256"].as_str().unwrap_or(&"0".repeat(64)).to_owned()
        }
        digest => dhi::oci::hex::encode(&decoded(digest)),
    };
    format!("sha256:{hex}")
}
