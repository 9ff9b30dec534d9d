//! VEX files that the real cosigns signed.

use std::path::Path;

use serde_json::{Value, json};

use crate::cosign::Key;
use crate::support::peers::{PeerEnv, both, succeed};

/// A report with one finding, and a statement that suppresses it.
fn write(env: &PeerEnv) {
    let purl = "pkg:npm/table@1.0.0";
    let report = json!({
        "matches": [{
            "vulnerability": {"id": "CVE-2026-1000", "severity": "High"},
            "artifact": {"name": "table", "version": "1.0.0", "type": "npm", "purl": purl},
        }],
        "source": {"type": "directory", "target": "."},
        "descriptor": {"name": "grype", "version": "0.110.0"},
    });
    let document = json!({
        "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.com/vex/1", "author": "x",
        "version": 1, "timestamp": "2026-01-01T00:00:00Z",
        "statements": [{
            "vulnerability": {"name": "CVE-2026-1000"}, "products": [{"@id": purl}], "status": "fixed",
        }],
    });
    env.write("report.json", &report.to_string());
    env.write("vex.json", &document.to_string());
}

/// The number of findings that `dhi` suppresses by the file, its exit code, and what it says.
fn suppressed(env: &PeerEnv, key: &Path) -> (usize, Option<i32>, String) {
    let arguments = ["vex", "apply", "report.json", "--vex", "vex.json", "--format", "json"];
    let output = env.dhi(&arguments).arg("--key").arg(key).output().unwrap();
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = result["findings"].as_array().unwrap();
    let suppressed = findings.iter().filter(|finding| finding["decision"] == "suppressed");
    (suppressed.count(), output.status.code(), both(&output))
}

/// The signature alone, as cosign 2 and 3 write it, and as cosign 2 writes its bytes.
#[test]
fn a_signature_that_cosign_writes_alone_counts() {
    let Some(env) = PeerEnv::with(&["cosign2", "cosign3"]) else { return };
    let (key, other) = (Key::generate(&env, "team"), Key::generate(&env, "other"));
    write(&env);
    let signature = env.path("vex.json.sig");
    let private = key.private.to_str().unwrap();
    let classic = ["sign-blob", "--key", private, "--tlog-upload=false", "--yes"];
    let of_cosign3 =
        [&classic[..], &["--use-signing-config=false", "--new-bundle-format=false", "vex.json"]].concat();
    for b64 in ["--b64=true", "--b64=false"] {
        let output = ["--output-signature", "vex.json.sig", b64, "vex.json"];
        succeed(env.peer("cosign2").args([&classic[..], &output].concat()));
        assert_eq!(suppressed(&env, &key.public).0, 1, "{b64}");
    }
    std::fs::write(&signature, succeed(env.peer("cosign3").args(of_cosign3))).unwrap();
    assert_eq!(suppressed(&env, &key.public).0, 1);
    let document = std::fs::read_to_string(env.path("vex.json")).unwrap();
    for (key, document) in [(&other, document.clone()), (&key, format!("{document}\n"))] {
        env.write("vex.json", &document);
        let (count, code, said) = suppressed(&env, &key.public);
        assert_eq!((count, code), (0, Some(0)));
        assert!(said.contains("trust/wrong-key"), "{said}");
    }
}

#[test]
fn a_bundle_that_cosign_writes_beside_a_file_counts() {
    let Some(env) = PeerEnv::with(&["cosign3"]) else { return };
    let (key, other) = (Key::generate(&env, "team"), Key::generate(&env, "other"));
    write(&env);
    let private = key.private.to_str().unwrap();
    let bundle = ["--use-signing-config=false", "--bundle", "vex.json.sig", "vex.json"];
    succeed(
        env.peer("cosign3")
            .args([&["sign-blob", "--key", private, "--tlog-upload=false", "--yes"], &bundle[..]].concat()),
    );
    assert_eq!(suppressed(&env, &key.public).0, 1);
    assert_eq!(suppressed(&env, &other.public).0, 0);
    let document = std::fs::read_to_string(env.path("vex.json")).unwrap();
    env.write("vex.json", &format!("{document}\n"));
    // The bundle has the digest of the file.
    let (count, code, said) = suppressed(&env, &key.public);
    assert_eq!((count, code), (0, Some(4)));
    assert!(said.contains("trust/subject-mismatch"), "{said}");
}
