//! The default policy `dhi-or-dhi-based`: the base proof decides where an image has no attestation of its own, and
//! excuses nothing else. Exceptions excuse failures of the policy and nothing else.

use dhi::oci::{Digest, media_type};
use serde_json::{Value, json};

use crate::snapshots::snapshot;
use crate::support::env::{ATTESTED_ONLY, KEY, ROOT, Run, TestEnv, fixture, read};
use crate::support::registry::InMemoryRegistry;

const PYTHON: &str = "oci:fixtures/python:3.13";
const SPDX: &str = "https://spdx.dev/Document";

/// An unsigned image without claims.
pub(crate) fn bare(env: &TestEnv) -> String {
    image(env, "bare", &[], &json!({}), &json!({}))
}

/// An unsigned image of these layers, each a diff_id and a descriptor, and one of its own.
pub(crate) fn image(
    env: &TestEnv,
    name: &str,
    below: &[(Value, Value)],
    labels: &Value,
    annotations: &Value,
) -> String {
    let directory = env.path(name);
    let write = |bytes: &str| {
        let digest = Digest::of(bytes.as_bytes());
        let path = directory.join("blobs/sha256");
        std::fs::create_dir_all(&path).unwrap();
        std::fs::write(path.join(digest.hex()), bytes).unwrap();
        json!({ "digest": digest.to_string(), "size": bytes.len() })
    };
    let mut layer = write("a layer");
    layer["mediaType"] = "application/vnd.oci.image.layer.v1.tar".into();
    let all = [below, &[(layer["digest"].clone(), layer)]].concat();
    let (diff_ids, layers): (Vec<Value>, Vec<Value>) = all.into_iter().unzip();
    let config = json!({
        "os": "linux", "architecture": "amd64",
        "config": { "Labels": labels },
        "rootfs": { "type": "layers", "diff_ids": diff_ids },
    });
    let mut config = write(&config.to_string());
    config["mediaType"] = media_type::OCI_CONFIG.into();
    let manifest = json!({
        "schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST, "config": config, "layers": layers,
        "annotations": annotations,
    });
    let mut entry = write(&manifest.to_string());
    entry["mediaType"] = media_type::OCI_MANIFEST.into();
    entry["annotations"] = json!({ "org.opencontainers.image.ref.name": "1" });
    let index = json!({ "schemaVersion": 2, "manifests": [entry] });
    std::fs::write(directory.join("index.json"), index.to_string()).unwrap();
    std::fs::write(directory.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
    format!("oci:{}:1", directory.display())
}

/// diff_ids and layers of the fixture for linux/amd64.
pub(crate) fn fixture_layers() -> Vec<(Value, Value)> {
    let blob = |descriptor: &Value| -> Value {
        let digest = descriptor["digest"].as_str().unwrap().trim_start_matches("sha256:");
        serde_json::from_str(&read(format!("fixtures/python/blobs/sha256/{digest}"))).unwrap()
    };
    let layout: Value = serde_json::from_str(&read("fixtures/python/index.json")).unwrap();
    let index = blob(&layout["manifests"][0]);
    let manifests = index["manifests"].as_array().unwrap();
    let manifest = blob(manifests.iter().find(|entry| entry["platform"]["architecture"] == "amd64").unwrap());
    let config = blob(&manifest["config"]);
    let diff_ids = config["rootfs"]["diff_ids"].as_array().unwrap().iter().cloned();
    diff_ids.zip(manifest["layers"].as_array().unwrap().iter().cloned()).collect()
}

fn decide(env: &TestEnv, more: &[&str]) -> Run {
    env.verify(&[&["--base", "oci:fixtures/python:3.13"], more].concat())
}

/// The policy in the result of a run.
fn policy_of(run: &Run) -> String {
    run.json()["policy"].as_str().unwrap().to_owned()
}

#[test]
fn dhi_or_dhi_based_is_the_default_policy() {
    let env = TestEnv::new();
    let one = ["--predicate-type", SPDX];
    let based = ["--policy", "dhi-or-dhi-based"];
    for (flags, policy) in [
        (vec![], "dhi-or-dhi-based"),
        (one.to_vec(), "attested"),
        (ATTESTED_ONLY.to_vec(), "attested"),
        ([one, based].concat(), "dhi-or-dhi-based"),
        ([one, ATTESTED_ONLY].concat(), "attested"),
        (based.to_vec(), "dhi-or-dhi-based"),
    ] {
        let json = [&["--format", "json"], flags.as_slice()].concat();
        let run = env.verify(&[json.as_slice(), &[PYTHON]].concat());
        assert_eq!((run.code, policy_of(&run).as_str()), (0, policy), "{flags:?}");
        // Manifests are decided about alike, whatever is in them.
        let manifest = env.path("none.yaml");
        std::fs::write(&manifest, "apiVersion: v1\nkind: ConfigMap\n").unwrap();
        let check = [&["admit", "check", "--key", KEY], json.as_slice(), &[manifest.to_str().unwrap()]];
        assert_eq!(policy_of(&env.dhi(&check.concat())), policy, "{flags:?}");
    }
}

#[test]
fn policy_none_means_attested_with_a_note() {
    let env = TestEnv::new();
    let run = env.verify(&["--policy", "none", "--format", "json", PYTHON]);
    assert_eq!((run.code, policy_of(&run).as_str()), (0, "attested"));
    assert!(run.stderr.contains("write `--policy attested`"), "{}", run.stderr);
}

/// An image that its team signs and does not describe: what to do is said where it is denied.
#[test]
fn signatures_by_a_custom_key_alone_do_not_pass() {
    let env = TestEnv::new();
    let bare = bare(&env);
    let file = |name: &str| env.file(name);
    let dhi = |arguments: &[&str]| env.dhi(arguments);
    env.generate_key("team");
    std::fs::write(file("predicate.json"), "{}").unwrap();
    let attest = |kind: &str| {
        let named = ["--sign-container-identity", "registry.example.com/acme/api"];
        let (key, predicate) = (file("team.key"), file("predicate.json"));
        let what = ["attest", "add", "--key", &key, "--file", &predicate, "--predicate-type", kind, &bare];
        dhi(&[&what[..], &named].concat()).assert(0, "stored");
    };
    let key = file("team.pub");
    let verify = |more: &[&str]| {
        let run = env.dhi(&[&["verify", "--key", &key], more, &[&bare]].concat());
        let hide = |text: &str| text.replace(env.home().to_str().unwrap(), "HOME");
        Run { code: run.code, stdout: hide(&run.stdout), stderr: hide(&run.stderr) }
    };
    attest(SPDX);
    let denied = verify(&["--format", "json"]);
    assert_eq!((denied.code, denied.ids()), (1, vec!["base/not-dhi".to_owned()]), "{}", denied.stdout);
    let denied = verify(&[]);
    denied.assert(1, "it is signed, but has no SLSA provenance");
    denied.assert(1, "; `--policy attested` checks only signatures and attestations");
    verify(&ATTESTED_ONLY).assert(0, "signed by team");
    verify(&["--predicate-type", SPDX]).assert(0, "signed by team");
    attest("https://slsa.dev/provenance/v1");
    verify(&[]).assert(0, "pass  1 of 1 image passes dhi-or-dhi-based");
    // An image with a failed summary gets no hint to a weaker check.
    let failed = json!({
        "verifier": { "id": "https://acme.test/verifier" }, "timeVerified": "2026-09-01T00:00:00Z",
        "resourceUri": "registry.example.com/acme/api", "policy": { "uri": "https://acme.test/policy" },
        "verificationResult": "FAILED", "verifiedLevels": [],
    });
    std::fs::write(file("predicate.json"), failed.to_string()).unwrap();
    attest("https://slsa.dev/verification_summary/v1");
    let denied = verify(&[]);
    denied.assert(1, "error[attest/vsa]");
    assert!(!denied.stdout.contains("--policy attested"), "{}", denied.stdout);
}

#[test]
fn a_copy_without_attestations_passes_by_its_original() {
    let (registry, env) = (InMemoryRegistry::start(), TestEnv::new());
    let host = registry.host();
    let mirror = format!("dhi.io={host}/dhi");
    let fixed = ["--plain-http", &host, "--mirror", &mirror, "--no-cache"];
    let verify =
        |more: &[&str]| env.verify(&[&fixed[..], more, &["oci:fixtures/bad/no-attestations"]].concat());
    // Its labels name `dhi.io/python:3.13.5-debian13`, which is a newer image by now.
    registry.serve_layout(&fixture("python"), "dhi/python");
    let tag = |name: &str| {
        let bytes = registry.tagged("dhi/python", name).unwrap();
        registry.tag("dhi/python", "3.13.5-debian13", &Digest::of(&bytes));
    };
    tag("3.13");
    let json = verify(&["--format", "json"]);
    assert_eq!((json.code, json.ids()), (1, vec!["base/claims-only".to_owned()]), "{}", json.stdout);
    snapshot!("bad-no-attestations-copy", verify(&[]));
    registry.serve_layout(&fixture("bad/two-signatures"), "dhi/python");
    tag("latest");
    verify(&[]).assert(0, "built on dhi.io/python@sha256:");
}

#[test]
fn an_image_signed_by_the_given_key_passes() {
    let env = TestEnv::new();
    let run = decide(&env, &[PYTHON]);
    run.assert(0, "pass  1 of 1 image passes dhi-or-dhi-based");
    let json = decide(&env, &["--format", "json", PYTHON]).json();
    assert_eq!(json["policy"], "dhi-or-dhi-based");
    let checks = json["images"][0]["checks"].as_array().unwrap();
    assert_eq!(checks.iter().filter(|check| check["id"] == "base" && check["outcome"] == "pass").count(), 2);
    let schema = serde_json::from_str(&read("docs/schemas/verify-2.json")).unwrap();
    assert!(jsonschema::is_valid(&schema, &json), "{json:#}");
}

#[test]
fn no_base_excuses_tampering() {
    let env = TestEnv::new();
    for (fixture, code) in [("wrong-key", 4), ("tampered-statement", 4), ("unsigned", 3), ("other-image", 4)]
    {
        let reference = format!("oci:fixtures/bad/{fixture}:latest");
        let run = decide(&env, &[&reference]);
        assert_eq!(run.code, code, "{fixture}: {}{}", run.stdout, run.stderr);
    }
}

#[test]
fn exceptions_excuse_policy_failures_and_are_reported() {
    let env = TestEnv::new();
    let bare = bare(&env);
    let found = decide(&env, &["--format", "json", &bare]);
    assert_eq!(found.code, 1, "{}{}", found.stdout, found.stderr);
    let id = found.ids().remove(0);
    assert!(id.starts_with("base/"), "{id}");
    let file = env.path("exceptions.yaml");
    let write = |image: &str, expires: &str| {
        let text =
            format!("- image: {image}\n  check: {id}\n  reason: until the rebuild\n  expires: {expires}\n");
        std::fs::write(&file, text).unwrap();
    };
    let flags = ["--exceptions", file.to_str().unwrap(), &bare];
    write("'oci:**/bare'", "2100-01-01");
    let run = decide(&env, &flags);
    run.assert(0, "until the rebuild");
    run.assert(0, &format!("warning[{id}]"));
    let json = decide(&env, &[&["--format", "json"], &flags[..]].concat()).json();
    assert_eq!(json["exceptions"][0]["status"], json!("used"));
    write("'oci:**/bare'", "2020-01-01");
    decide(&env, &flags).assert(1, "is expired");
    write("'oci:**/other'", "2100-01-01");
    decide(&env, &flags).assert(1, "is unused");
    std::fs::write(&file, "- image: x\n").unwrap();
    decide(&env, &flags).assert(2, "policy/exceptions");
    // Bad proofs cannot even be named in the file.
    std::fs::write(&file, "- {image: '**', check: trust/wrong-key, reason: x, expires: 2100-01-01}\n")
        .unwrap();
    decide(&env, &flags).assert(2, "never excused");
}

#[test]
fn a_policy_before_its_enforcement_date_warns() {
    let env = TestEnv::new();
    let bare = bare(&env);
    decide(&env, &["--enforce-from", "2100-01-01", &bare]).assert(0, "enforced from");
    decide(&env, &["--enforce-from", "2020-01-01", &bare]).assert(1, "base/");
    decide(&env, &["--enforce-from", "2100-01-01", "oci:fixtures/bad/wrong-key:latest"])
        .assert(4, "trust/wrong-key");
    let later = ["verify", "--key", KEY, "--trusted-root", ROOT, "--enforce-from", "2100-01-01", &bare];
    env.dhi(&later).assert(0, "enforced from");
    let without = env.dhi(&[&later[..], &ATTESTED_ONLY].concat());
    without.assert(2, "has no findings that can be excused");
    without.assert(2, "hint: only findings of `--policy dhi-or-dhi-based` can be excused");
    let narrowed = env.dhi(&[&later[..], &["--predicate-type", SPDX]].concat());
    narrowed.assert(2, "has no findings that can be excused");
    narrowed.assert(2, "`--policy dhi-or-dhi-based`");
}

/// What the policy denies is not said at the top, nor when its "no" does not count yet.
#[test]
fn a_failed_policy_removes_the_claim() {
    let env = TestEnv::new();
    let bare = bare(&env);
    for more in [&[][..], &["--enforce-from", "2100-01-01"]] {
        let json = decide(&env, &[&["--format", "json"], more, &[&bare]].concat()).json();
        assert_eq!(json["images"][0]["kind"], "not-proven", "{json:#}");
    }
}

/// The output of `--explain`, and the same facts in JSON.
fn explained(env: &TestEnv, more: &[&str]) -> Run {
    let run = decide(env, &[&["--explain"], more].concat());
    let json = decide(env, &[&["--format", "json"], more].concat()).json();
    let schema = serde_json::from_str(&read("docs/schemas/verify-2.json")).unwrap();
    assert!(jsonschema::is_valid(&schema, &json), "{json:#}");
    let checks = json["images"][0]["checks"].as_array().unwrap();
    let bases: Vec<&Value> = checks.iter().filter(|check| check["id"] == "base").collect();
    assert!(!bases.is_empty(), "{json:#}");
    for platform in json["images"][0]["platforms"].as_array().unwrap() {
        let base = &platform["base"];
        let (hardened, built) = (&base["hardened"]["attestations"], &base["base"]["attestations"]);
        let proofs = hardened.as_array().or(built.as_array()).into_iter().flatten();
        let digests = proofs.map(|proof| &proof["digest"]).chain(base["base"].get("digest"));
        for digest in digests.map(|digest| digest.as_str().unwrap()) {
            assert!(run.stdout.contains(digest), "{digest}\n{}", run.stdout);
        }
        assert_eq!(built.is_array(), base["answer"] == "dhi-based", "{base:#}");
    }
    let home = env.home().display().to_string();
    Run { stdout: run.stdout.replace(&home, "HOME"), ..run }
}

#[test]
fn explain_shows_the_policy_decision() {
    let env = TestEnv::new();
    snapshot!("explain-base-dhi", explained(&env, &["--platform", "linux/amd64", PYTHON]));
    let child = image(&env, "child", &fixture_layers(), &json!({}), &json!({}));
    snapshot!("explain-base-dhi-based", explained(&env, &[&child]));
    snapshot!("explain-base-not-dhi", explained(&env, &[&bare(&env)]));
    let claims = json!({ "com.docker.dhi.url": "https://dhi.io/catalog/python" });
    let claims = image(&env, "claims", &[], &claims, &json!({}));
    snapshot!("explain-base-claims-only", explained(&env, &[&claims]));
    let elsewhere = json!({ "org.opencontainers.image.base.name": "registry.example.com/python:3" });
    let elsewhere = image(&env, "elsewhere", &[], &json!({}), &elsewhere);
    snapshot!("explain-base-undetermined", explained(&env, &[&elsewhere]));
}
