//! The attacks that an image, a registry or a cache can make, each as a test that names it. The cases are those
//! of published advisories about verifiers, registry clients and admission controllers.
//!
//! Rows that other tests cover already:
//!
//! | case | test |
//! |---|---|
//! | log entry of another signature (CVE-2022-36056, CVE-2026-22703) | fixture `log-swapped`; `mutations::no_fact_of_a_log_entry_can_be_changed_unnoticed` |
//! | signed time of the log changed | fixture `log-time-tampered` |
//! | attestation with a right signature and another predicate inside (CVE-2022-35929) | fixtures `predicate-mismatch`, `layer-predicate-mismatch` |
//! | signed payload that is no image signature, statement with a member twice (CVE-2026-39395) | fixtures `payload-type`, `duplicate-member` |
//! | proof of another image | fixtures `other-image`, `wrong-statement-subject`, `no-statement-subject`, `wrong-manifest-subject`, `index-signature-other` |
//! | `subject` with another size, media type or digest, in attestations and signatures | `mutations::no_fact_can_be_changed_unnoticed` |
//! | name of the proof (`NameRule`), several names, who may say "hardened image" | unit tests of `evidence::naming` and `evidence::verdict` |
//! | pinned digest ignored (CVE-2023-33959), header and body differ | `remote::a_pinned_digest_is_not_ignored`, `remote::a_tag_whose_header_contradicts_its_body_is_refused` |
//! | endless answers, lying sizes, compressed bombs, pages for ever | `remote::an_endless_manifest_stops_at_the_limit`, `remote::a_lying_size_is_found_before_or_while_reading`, `remote::a_compressed_bomb_is_not_unpacked`, `remote::paging_for_ever_ends` |
//! | credentials to `urls` of a descriptor (CVE-2026-49349) | `urls` are not in the type [`dhi::oci::Descriptor`] |
//! | token realm elsewhere (CVE-2026-48978) | `remote::a_realm_elsewhere_gets_no_credentials`, `remote::a_realm_without_tls_elsewhere_is_refused_to_all` |
//! | authorization kept on a redirect | `remote::authorization_is_dropped_on_a_redirect_to_another_origin`, `remote::a_challenge_after_a_redirect_is_not_answered` |
//! | token of one repository used for another | `remote::no_token_leaks_to_another_repository` |
//! | credential helper: shell, endless output, hanging | unit tests of `registry::remote::helper` and `credentials` |
//! | refusal or outage of the referrers API as "none" | `remote::only_404_means_none`, and here for the whole run |
//! | attestations elsewhere asked for, and what their refusal means | `attacks::scout` |
//!
//! Not met by this version: thresholds of several signers, certificates, rollback to an older good image.

mod forge;
mod scout;

use dhi::oci::{Digest, media_type};
use serde_json::{Value, json};

use crate::binary::{KEY, ROOT, User};
use crate::scripted::{Reply, Scripted};
use forge::{Forge, GOOD, SLSA, SPDX};

const OTHER: &str = "fixtures/keys/other.pub";
const LIMIT: &[&str] = &["limits/exceeded"];

#[test]
fn the_image_that_is_attacked_is_good() {
    Forge::of(GOOD).passes(&["--require-tlog", "--require-index-signature"]);
    let mut unsigned = Forge::of(GOOD);
    unsigned.edit_index(|index| index["annotations"] = json!({ "a": "b" }));
    unsigned.passes(&[]);
}

// Facts not bound to each other.

#[test]
fn another_type_than_asked_for_never_answers_whatever_its_annotations_say() {
    let with = |lie: &dyn Fn(&mut Value)| {
        let mut forge = Forge::of(GOOD);
        forge.remove(&forge.attestation(SPDX));
        let slsa = forge.attestation(SLSA);
        forge.edit(&slsa, lie);
        forge
    };
    let one = ["--predicate-type", SPDX];
    with(&|_| ()).fails(&one, 3, &["attest/predicate-missing"]);
    let manifest_lies = |value: &mut Value| value["annotations"]["in-toto.io/predicate-type"] = SPDX.into();
    let layer_lies =
        |value: &mut Value| value["layers"][0]["annotations"]["in-toto.io/predicate-type"] = SPDX.into();
    with(&manifest_lies).fails(&one, 4, &["trust/predicate-mismatch"]);
    // The layer's annotation only: the manifest still says what it is, and is not what was asked for.
    assert_ne!(with(&layer_lies).verify(&one).code, 0);
    // All of them lie: the manifest is then not the signed one.
    with(&|value| {
        manifest_lies(value);
        layer_lies(value);
    })
    .fails(&one, 4, &["trust/subject-mismatch"]);
}

#[test]
fn a_list_that_lies_about_types_neither_hides_nor_invents_an_attestation() {
    let mut forge = Forge::of(GOOD);
    forge.remove(&forge.attestation(SPDX));
    let (registry, user) = (Scripted::start(), User::new());
    forge.serve(&registry, "x", "1");
    let mut listed = forge.descriptor(&forge.attestation(SLSA));
    let (host, image) = (registry.host(), forge.image());
    let reference = format!("{host}/x:1");
    let verify = |more: &[&str]| {
        user.verify(
            &[&["--format", "json", "--no-cache", "--plain-http", &host], more, &[&reference]].concat(),
        )
    };
    let mut list = |artifact_type: &str, predicate_type: &str| {
        listed["artifactType"] = artifact_type.into();
        listed["annotations"] = json!({ "in-toto.io/predicate-type": predicate_type });
        let list = json!({ "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [listed] });
        registry.script(
            &format!("/v2/x/referrers/{image}"),
            Reply::new(200, list.to_string()).header("Content-Type", media_type::OCI_INDEX),
        );
    };
    list(media_type::IN_TOTO, SPDX);
    let run = verify(&["--predicate-type", SPDX]);
    assert_eq!((run.code, run.ids()), (3, vec!["attest/predicate-missing".to_owned()]), "{}", run.stdout);
    // Called something else in the list it is judged all the same.
    list("application/vnd.example", SLSA);
    assert_eq!(verify(&["--predicate-type", SLSA]).code, 0);
    let run = verify(&["--key", OTHER]);
    assert_eq!(run.code, 0, "the fixtures' key is given too: {}", run.stdout);
    let wrong = user.dhi(&["verify", "--key", OTHER, "--no-cache", "--plain-http", &host, &reference]);
    wrong.assert(4, "trust/wrong-key");
}

#[test]
fn verification_material_in_a_bundle_never_adds_a_key() {
    use base64::Engine;
    let pem = crate::binary::read(KEY);
    let spki: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let hint = base64::engine::general_purpose::STANDARD.encode("x");
    for (material, is_of_keys) in [
        (json!({ "publicKey": { "hint": hint, "rawBytes": spki } }), true),
        (json!({ "publicKey": { "hint": pem } }), true),
        // What is no key's material is nothing that a key is asked for.
        (json!({ "certificate": { "rawBytes": spki } }), false),
        (json!({ "certificate": { "rawBytes": hint } }), false),
        (json!({ "x509CertificateChain": { "certificates": [{ "rawBytes": spki }] } }), false),
        (json!({ "publicKey": { "hint": hint }, "certificate": { "rawBytes": spki } }), false),
        (json!({}), false),
    ] {
        let mut forge = Forge::of("bundles");
        let bundles: Vec<String> = forge.bundles();
        assert!(bundles.len() >= 5);
        for bundle in bundles {
            forge.edit(&bundle, |bundle| bundle["verificationMaterial"] = material.clone());
        }
        let directory = forge.write();
        let reference = format!("oci:{}:1", directory.path().display());
        let user = User::new();
        let (wrong, good) = if is_of_keys {
            ("trust/wrong-key", (0, "pass"))
        } else {
            ("attest/unreadable", (4, "attest/unreadable"))
        };
        user.dhi(&["verify", "--key", OTHER, &reference]).assert(4, wrong);
        user.dhi(&["verify", "--key", KEY, &reference]).assert(good.0, good.1);
    }
}

#[test]
fn what_cannot_be_read_is_a_failure_and_never_nothing() {
    let bomb = format!(
        r#"{{"schemaVersion":2,"mediaType":"{}","a":{}1{}}}"#,
        media_type::OCI_MANIFEST,
        "[".repeat(5000),
        "]".repeat(5000)
    );
    let twice = r#"{"schemaVersion":2,"schemaVersion":2}"#;
    for garbage in
        ["", "{", "[]", "null", "\"\"", &bomb, twice, "{\"schemaVersion\":2}", "{\"schemaVersion\":1}"]
    {
        let (registry, user) = (Scripted::start(), User::new());
        let host = registry.host();
        let forge = Forge::of(GOOD);
        forge.serve(&registry, "x", "1");
        let digest = Digest::of(garbage.as_bytes()).to_string();
        // Of the right digest, in the place of the attestation, its signature, the image and the index.
        registry.put_manifest_as("x", &digest, garbage.as_bytes());
        let listed = json!({
            "mediaType": media_type::OCI_MANIFEST, "digest": digest, "size": garbage.len(),
            "artifactType": media_type::IN_TOTO,
        });
        let reply = |listed: &Value| {
            let list =
                json!({ "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [listed] });
            Reply::new(200, list.to_string()).header("Content-Type", media_type::OCI_INDEX)
        };
        let run = |reference: &str| {
            user.verify(&[
                "--format",
                "json",
                "--no-cache",
                "--plain-http",
                &host,
                &format!("{host}/{reference}"),
            ])
        };
        for subject in [forge.image(), forge.attestation(SPDX), forge.root.clone()] {
            let path = format!("/v2/x/referrers/{subject}");
            registry.script(&path, reply(&listed));
            let run = run("x:1");
            assert_eq!(run.code, 4, "{garbage:.40} for {subject}: {}", run.stdout);
            registry.unscript(&path);
        }
        let run = run(&format!("x@{digest}"));
        assert_eq!(run.code, 4, "{garbage:.40}: {}{}", run.stdout, run.stderr);
    }
}

fn keyring(user: &User, entry: &str) -> String {
    let pem = serde_json::to_string(&crate::binary::read(KEY)).unwrap();
    let path = user.home.path().join("ring.json");
    std::fs::write(&path, format!(r#"{{"schemaVersion":1,"keys":[{{"id":"k","pem":{pem},{entry}}}]}}"#))
        .unwrap();
    path.display().to_string()
}

/// The log proves that everything was signed on 2026-09-15.
#[test]
fn a_key_is_judged_at_the_time_that_the_log_proves_and_else_at_the_effective_time() {
    let user = User::new();
    let verify = |entry: &str, more: &[&str]| {
        let ring = keyring(&user, entry);
        let reference = format!("oci:fixtures/{GOOD}:latest");
        let run = user.dhi(
            &[
                &["verify", "--format", "json", "--keyring", &ring, "--trusted-root", ROOT],
                more,
                &[&reference],
            ]
            .concat(),
        );
        (run.code, run.ids().join(" "))
    };
    let (good, outside) = ((0, String::new()), (4, "trust/key-outside-window".to_owned()));
    let at = |time| ["--effective-time", time];
    let skip = |time| ["--skip-tlog", "--effective-time", time];
    let ended = r#""state":"active","notAfter":"2026-09-01T00:00:00Z""#;
    assert_eq!(
        verify(ended, &at("2026-08-01T00:00:00Z")),
        outside,
        "the log's time counts, not the effective one"
    );
    assert_eq!(verify(ended, &skip("2026-08-01T00:00:00Z")), good);
    assert_eq!(
        verify(ended, &skip("2026-09-02T00:00:00Z")),
        outside,
        "without the log the window still counts"
    );
    assert_eq!(verify(ended, &["--skip-tlog"]), outside);
    let then = r#""state":"active","notBefore":"2026-09-10T00:00:00Z","notAfter":"2026-09-20T00:00:00Z""#;
    assert_eq!(verify(then, &[]), good, "signed in time");
    assert_eq!(verify(then, &at("2031-01-01T00:00:00Z")), good);
    assert_eq!(verify(then, &skip("2031-01-01T00:00:00Z")), outside);
    assert_eq!(verify(then, &skip("2026-09-01T00:00:00Z")), outside);
    let inactive =
        r#""state":"inactive","notBefore":"2026-09-10T00:00:00Z","notAfter":"2026-09-20T00:00:00Z""#;
    assert_eq!(verify(inactive, &[]), outside);
    assert_eq!(verify(inactive, &skip("2026-09-15T00:00:00Z")), outside);
}

#[test]
fn a_name_that_is_demanded_is_in_the_signed_payload_of_each_attestation() {
    Forge::of(GOOD).passes(&["--signed-name", "dhi/python"]);
    for name in ["dhi/nginx", "python", "dhi", "dhi/python:3.13", ""] {
        Forge::of(GOOD).fails(&["--signed-name", name], 4, &["trust/signed-name"]);
    }
    // Bundles have no name.
    Forge::of("bundles").fails(&["--signed-name", "team/shop"], 4, &["trust/signed-name"]);
}

#[test]
fn a_key_of_attestors_never_answers_the_question() {
    let user = User::new();
    let reference = format!("oci:fixtures/{GOOD}:latest");
    let verify = |more: &[&str]| {
        user.dhi(&[&["verify", "--trusted-root", ROOT, "--attestor-key", KEY], more, &[&reference]].concat())
    };
    for keys in [&[][..], &["--key", OTHER]] {
        verify(keys).assert(3, "attest/none");
        verify(&[keys, &["--predicate-type", SPDX]].concat()).assert(3, "attest/predicate-missing");
        // Nor for the index.
        verify(&[keys, &["--require-index-signature"]].concat()).assert(4, "trust/wrong-key");
    }
}

#[test]
fn a_log_proof_that_is_demanded_is_demanded_of_the_index_signature_too() {
    let mut forge = Forge::of(GOOD);
    let signature = forge.signature(&forge.root.clone());
    forge.edit(&signature, |value| {
        let annotations = value["layers"][0]["annotations"].as_object_mut().unwrap();
        annotations.remove("dev.sigstore.cosign/bundle").unwrap();
    });
    forge.passes(&["--require-index-signature"]);
    forge.fails(&["--require-tlog"], 4, &["trust/log-missing"]);
}

// Unsigned data does not choose the check.

#[test]
fn an_image_without_proof_is_found_however_the_index_dresses_it_up() {
    let plain = json!({ "os": "linux", "architecture": "amd64" });
    let unknown = json!({ "os": "unknown", "architecture": "unknown" });
    let buildkit = json!({
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": format!("sha256:{}", "0".repeat(64)),
    });
    for dress in [
        json!({ "platform": plain }),
        json!({ "platform": plain, "annotations": buildkit }),
        json!({ "platform": plain, "artifactType": media_type::IN_TOTO }),
        json!({ "platform": plain, "annotations": { "com.docker.dhi.build.id": "x", "dhi.verdict": "pass" } }),
        json!({ "platform": unknown, "annotations": buildkit, "artifactType": media_type::IN_TOTO }),
        json!({ "platform": { "os": "Unknown", "architecture": "unknown" } }),
        json!({ "platform": { "os": "", "architecture": "" } }),
        json!({ "platform": { "os": "linux" } }),
        json!({ "platform": {} }),
        json!({ "platform": null }),
        json!({}),
        json!({ "mediaType": "" }),
        json!({ "mediaType": "application/vnd.example+json", "platform": plain }),
        json!({ "mediaType": media_type::IN_TOTO, "platform": unknown }),
        json!({ "mediaType": media_type::OCI_INDEX, "platform": unknown }),
        json!({ "mediaType": media_type::DOCKER_MANIFEST, "platform": plain }),
        json!({ "platform": plain, "size": 1 }),
        json!({ "platform": plain, "data": "e30=", "urls": ["https://example.com/"] }),
    ] {
        for first in [true, false] {
            let mut forge = Forge::of(GOOD);
            let mut entry = forge.add_evil_image();
            entry.as_object_mut().unwrap().extend(dress.as_object().unwrap().clone());
            forge.edit_index(|index| {
                let entries = index["manifests"].as_array_mut().unwrap();
                entries.insert(if first { 0 } else { entries.len() }, entry.clone());
            });
            let run = forge.verify(&[]);
            assert!(matches!(run.code, 3 | 4), "{dress}: {}", run.stdout);
            assert!(!run.ids().is_empty(), "{dress}");
        }
    }
}

#[test]
fn an_image_manifest_that_calls_itself_an_attestation_is_an_image() {
    for lie in [
        json!({ "artifactType": media_type::IN_TOTO }),
        json!({ "artifactType": media_type::COSIGN_SIGNATURE }),
        json!({ "annotations": { "in-toto.io/predicate-type": SPDX } }),
        json!({ "layers": [] }),
    ] {
        let mut forge = Forge::of(GOOD);
        let evil = forge.add_evil_image();
        let mut manifest = forge.value(evil["digest"].as_str().unwrap());
        manifest.as_object_mut().unwrap().extend(lie.as_object().unwrap().clone());
        let mut entry = forge.add_manifest(&manifest);
        entry["platform"] = json!({ "os": "unknown", "architecture": "unknown" });
        forge.edit_index(|index| index["manifests"].as_array_mut().unwrap().push(entry));
        forge.fails(&[], 4, &["verify/platform-mismatch"]);
    }
}

#[test]
fn an_index_that_container_engines_read_otherwise_is_refused() {
    let forge = Forge::of(GOOD);
    for (member, inside) in
        [("Manifests", false), ("manife\u{17f}ts", false), ("Digest", true), ("PLATFORM", true)]
    {
        let mut forge = forge.clone();
        let evil = forge.add_evil_image();
        forge.edit_index(|index| {
            if inside {
                let value = if member == "Digest" { evil["digest"].clone() } else { json!({}) };
                index["manifests"][0][member] = value;
            } else {
                index[member] = json!([evil]);
            }
        });
        forge.fails(&[], 4, &["registry/bad-content"]);
    }
}

#[test]
fn one_image_under_two_platforms_is_the_right_one_for_one_only() {
    let mut forge = Forge::of(GOOD);
    forge.edit_index(|index| {
        let mut again = index["manifests"][0].clone();
        again["platform"] = json!({ "os": "linux", "architecture": "s390x" });
        index["manifests"].as_array_mut().unwrap().push(again);
    });
    forge.fails(&[], 4, &["verify/platform-mismatch"]);
    forge.passes(&["--platform", "linux/amd64"]);
    forge.fails(&["--platform", "linux/s390x"], 4, &["verify/platform-mismatch"]);
}

#[test]
fn an_entry_that_stands_twice_is_judged_twice() {
    let mut forge = Forge::of(GOOD);
    forge.edit_index(|index| {
        let again = index["manifests"][0].clone();
        index["manifests"].as_array_mut().unwrap().push(again);
    });
    let run = forge.verify(&[]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert_eq!(run.json()["images"][0]["platforms"].as_array().unwrap().len(), 2);
}

#[test]
fn every_platform_that_is_asked_for_must_be_there() {
    let forge = Forge::of(GOOD);
    forge.passes(&["--platform", "linux/amd64"]);
    forge.fails(&["--platform", "linux/s390x"], 3, &["verify/no-such-platform"]);
    forge.fails(&["--platform", "linux/amd64", "--platform", "linux/s390x"], 3, &["verify/no-such-platform"]);
}

#[test]
fn an_entry_that_names_no_platform_is_selected_by_its_configuration() {
    for platform in [
        json!(null),
        json!({}),
        json!({ "os": "linux" }),
        json!({ "os": "", "architecture": "" }),
        json!({ "os": "linux", "architecture": "" }),
        json!({ "os": "unknown", "architecture": "unknown" }),
        json!({ "os": "Unknown", "architecture": "amd64" }),
    ] {
        let mut forge = Forge::of(GOOD);
        let mut entry = forge.add_evil_image();
        entry["platform"] = platform.clone();
        forge.edit_index(|index| index["manifests"].as_array_mut().unwrap().push(entry));
        for filter in [&[][..], &["--platform", "linux/amd64"]] {
            let run = forge.verify(filter);
            assert!([3, 4].contains(&run.code), "{platform} {filter:?}: {}", run.stdout);
        }
    }
}

// Unbounded input.

#[test]
fn indexes_in_indexes_end() {
    // A good image under as many levels as are allowed, then one more.
    let nest = |levels: usize| {
        let mut forge = Forge::of(GOOD);
        forge.unsign_index();
        for _ in 0..levels {
            let inner = forge.descriptor(&forge.root);
            let outer = forge.add_manifest(&json!({
                "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [inner],
            }));
            forge.root = outer["digest"].as_str().unwrap().to_owned();
        }
        forge
    };
    nest(3).passes(&[]);
    nest(5).fails(&[], 4, LIMIT);
}

#[test]
fn indexes_that_multiply_are_refused_before_they_are_read() {
    let mut forge = Forge::of(GOOD);
    forge.unsign_index();
    for _ in 0..4 {
        let inner = forge.descriptor(&forge.root);
        let outer = forge.add_manifest(&json!({
            "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": vec![inner; 256],
        }));
        forge.root = outer["digest"].as_str().unwrap().to_owned();
    }
    let started = std::time::Instant::now();
    forge.fails(&[], 4, LIMIT);
    assert!(started.elapsed().as_secs() < 20);
}

#[test]
fn long_lists_are_limits_and_not_verdicts() {
    let mut entries = Forge::of(GOOD);
    entries.edit_index(|index| index["manifests"] = vec![index["manifests"][0].clone(); 300].into());
    entries.fails(&[], 4, LIMIT);

    let mut referrers = Forge::of(GOOD);
    let image = referrers.descriptor(&referrers.image());
    let empty = referrers.add(b"{}", media_type::OCI_EMPTY);
    for number in 0..300 {
        referrers.add_manifest(&json!({
            "schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST, "artifactType": "application/vnd.example",
            "config": empty, "layers": [], "subject": image, "annotations": { "number": number.to_string() },
        }));
    }
    referrers.fails(&[], 4, LIMIT);

    // In one manifest, and in many.
    for each in [100, 30] {
        let mut signatures = Forge::of(GOOD);
        let spdx = signatures.attestation(SPDX);
        let good = signatures.signature(&spdx);
        let mut bad = signatures.value(&good);
        signatures.remove(&good);
        bad["layers"][0]["annotations"]["dev.cosignproject.cosign/signature"] = "AAAA".into();
        bad["layers"] = vec![bad["layers"][0].clone(); each].into();
        for number in 0..100_usize.div_ceil(each) {
            bad["annotations"] = json!({ "number": number.to_string() });
            signatures.add_manifest(&bad);
        }
        signatures.fails(&[], 4, LIMIT);
    }
}

#[test]
fn an_unknown_outcome_is_shown_as_such_in_both_formats() {
    let mut forge = Forge::of(GOOD);
    let image = forge.descriptor(&forge.image());
    let empty = forge.add(b"{}", media_type::OCI_EMPTY);
    for number in 0..300 {
        forge.add_manifest(&json!({
            "schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST, "config": empty, "layers": [],
            "subject": image, "annotations": { "number": number.to_string() },
        }));
    }
    let document = forge.verify(&[]).json();
    let checks = document["images"][0]["checks"].as_array().unwrap().clone();
    assert!(checks.iter().any(|check| check["outcome"] == "unknown"), "{document}");
    let directory = forge.write();
    let table = User::new().verify(&[&format!("oci:{}:1", directory.path().display())]);
    table.assert(4, "limits/exceeded");
    assert!(table.stdout.contains("fail  policy none"), "{}", table.stdout);
}

#[test]
fn an_attestation_is_one_statement_of_the_size_that_it_says() {
    let spdx_with = |change: &dyn Fn(&mut Value)| {
        let mut forge = Forge::of(GOOD);
        let spdx = forge.attestation(SPDX);
        forge.edit(&spdx, change);
        forge
    };
    spdx_with(&|value| {
        let layer = value["layers"][0].clone();
        value["layers"].as_array_mut().unwrap().push(layer);
    })
    .fails(&[], 4, &["attest/unreadable"]);
    spdx_with(&|value| value["layers"] = json!([])).fails(&[], 4, &["attest/unreadable"]);
    spdx_with(&|value| value["layers"][0]["size"] = (65_u64 << 20).into()).fails(&[], 4, LIMIT);
    spdx_with(&|value| value["layers"][0]["size"] = u64::MAX.into()).fails(&[], 4, LIMIT);
    for wrong in [0, 1, 100_000] {
        spdx_with(&|value| value["layers"][0]["size"] = wrong.into()).fails(&[], 4, &["trust/tampered"]);
    }
}

#[test]
fn one_object_named_many_times_is_not_held_many_times() {
    // Statements of 63 MiB, each named by 40 entries: 2.5 GiB if all were read.
    let mut forge = Forge::of(GOOD);
    let spdx = forge.attestation(SPDX);
    let statement = vec![b' '; 63 << 20];
    let layer = forge.add(&statement, media_type::IN_TOTO);
    forge.edit(&spdx, |value| {
        value["layers"][0]["digest"] = layer["digest"].clone();
        value["layers"][0]["size"] = layer["size"].clone();
    });
    let (registry, user) = (Scripted::start(), User::new());
    let host = registry.host();
    forge.serve(&registry, "x", "one");
    forge.edit_index(|index| index["manifests"] = vec![index["manifests"][0].clone(); 40].into());
    forge.serve(&registry, "x", "many");
    let run =
        |tag: &str| user.verify(&["--format", "json", "--plain-http", &host, &format!("{host}/x:{tag}")]);
    assert_eq!(run("one").code, 4, "only to fill the cache");
    let many = run("many");
    assert_eq!(many.code, 4);
    assert!(many.ids().contains(&"limits/exceeded".to_owned()), "{:?}", many.ids());
}

#[test]
fn a_referrer_that_is_an_index_is_no_attestation_and_no_signature() {
    for subject in [Forge::image, |forge: &Forge| forge.attestation(SPDX), |forge: &Forge| forge.root.clone()]
    {
        let mut forge = Forge::of(GOOD);
        let subject = subject(&forge);
        if subject != forge.image() {
            forge.remove(&forge.signature(&subject));
        }
        let descriptor = forge.descriptor(&subject);
        forge.add_manifest(&json!({
            "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [],
            "artifactType": media_type::IN_TOTO, "subject": descriptor,
        }));
        let run = forge.verify(&[]);
        assert_eq!(run.code, 4, "{}", run.stdout);
    }
}

#[test]
fn a_referrer_that_is_an_index_of_another_kind_is_listed() {
    for subject in [Forge::image, |forge: &Forge| forge.attestation(SPDX), |forge: &Forge| forge.root.clone()]
    {
        let mut forge = Forge::of(GOOD);
        let descriptor = forge.descriptor(&subject(&forge));
        forge.add_manifest(&json!({
            "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [],
            "artifactType": "application/vnd.example.snapshot", "subject": descriptor,
        }));
        let run = forge.verify(&[]);
        assert_eq!(run.code, 0, "{}", run.stdout);
    }
}

// Bundles.

#[test]
fn a_bundle_about_something_else_is_no_signature() {
    let mut other_predicate = Forge::of("bundles");
    let attestation = other_predicate.attestation(SLSA);
    let sign = other_predicate.signature(&attestation);
    // A genuine bundle of the same key, of which only the predicate is another.
    let statement = other_predicate.find(|value| {
        value["annotations"]["dev.sigstore.bundle.predicateType"] == "https://cyclonedx.org/bom"
    });
    let layers = other_predicate.value(&statement)["layers"].clone();
    other_predicate.edit(&sign, |value| value["layers"] = layers);
    other_predicate.fails(&[], 3, &["trust/unsigned"]);

    // A genuine signature of the index, attached to an attestation.
    let mut other_subject = Forge::of("bundles");
    let root = other_subject.signature(&other_subject.root.clone());
    let layers = other_subject.value(&root)["layers"].clone();
    let attestation = other_subject.attestation(SLSA);
    let sign = other_subject.signature(&attestation);
    other_subject.edit(&sign, |value| value["layers"] = layers);
    other_subject.fails(&[], 4, &["trust/subject-mismatch"]);
}

#[test]
fn a_log_entry_that_proves_nothing_is_not_proven() {
    let mut forge = Forge::of("bundles");
    let entry = json!({
        "logIndex": "1", "integratedTime": "1789466400",
        "logId": { "keyId": log_id() },
        "kindVersion": { "kind": "dsse", "version": "0.0.1" },
        "canonicalizedBody": "e30=",
    });
    for bundle in forge.bundles() {
        forge.edit(&bundle, |bundle| {
            bundle["verificationMaterial"]["tlogEntries"] = json!([entry.clone()]);
        });
    }
    let run = forge.verify(&[]);
    assert_eq!(run.code, 4, "{}", run.stdout);
    assert_eq!(run.ids(), ["trust/log-bad"]);
    let run = forge.verify(&["--require-tlog"]);
    assert_eq!(run.code, 4, "{}", run.stdout);
}

fn log_id() -> String {
    let root: Value = serde_json::from_str(&crate::binary::read(ROOT)).unwrap();
    root["tlogs"][0]["logId"]["keyId"].as_str().unwrap().to_owned()
}

// Registries and the cache.

/// A registry with the good image as `x:1`, and a user.
fn served() -> (Scripted, User, Forge, String) {
    let (registry, forge) = (Scripted::start(), Forge::of(GOOD));
    forge.serve(&registry, "x", "1");
    let host = registry.host();
    (registry, User::new(), forge, host)
}

#[test]
fn a_tag_that_moves_to_an_unsigned_image_is_seen() {
    let (registry, user, mut forge, host) = served();
    let verify = || user.verify(&["--plain-http", &host, &format!("{host}/x:1")]);
    verify().assert(0, "pass");
    let evil = forge.add_evil_image();
    forge.serve(&registry, "x", "1");
    registry.tag("x", "1", &evil["digest"].as_str().unwrap().parse().unwrap());
    verify().assert(3, "attest/none");
    // The good one is still good by its digest.
    user.verify(&["--plain-http", &host, &format!("{host}/x@{}", forge.root)]).assert(0, "pass");
}

#[test]
fn a_cached_list_hides_neither_what_is_gone_nor_what_is_new() {
    let (registry, user, forge, host) = served();
    let verify = |more: &[&str]| {
        user.verify(&[&["--format", "json", "--plain-http", &host], more, &[&format!("{host}/x:1")]].concat())
    };
    assert_eq!(verify(&[]).code, 0);
    let path = format!("/v2/x/referrers/{}", forge.image());
    let none = json!({ "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [] });
    registry.script(&path, Reply::new(200, none.to_string()).header("Content-Type", media_type::OCI_INDEX));
    assert_eq!(verify(&[]).ids(), ["attest/none"]);
    registry.unscript(&path);
    assert_eq!(verify(&[]).code, 0);
    // A new attestation that nobody signed.
    let mut unsigned = forge.value(&forge.attestation(SPDX));
    unsigned["annotations"]["new"] = "1".into();
    registry.put_manifest("x", unsigned.to_string().as_bytes());
    let run = verify(&[]);
    assert_eq!((run.code, run.ids()), (3, vec!["trust/unsigned".to_owned()]));
}

#[test]
fn a_good_run_before_does_not_help_a_wrong_key() {
    let (_registry, user, _, host) = served();
    let reference = format!("{host}/x:1");
    user.verify(&["--plain-http", &host, &reference]).assert(0, "pass");
    for offline in [&["--plain-http", host.as_str()][..], &["--offline"]] {
        user.dhi(&[&["verify", "--key", OTHER], offline, &[&reference]].concat())
            .assert(4, "trust/wrong-key");
        user.verify(&[offline, &["--signed-name", "dhi/nginx", &reference]].concat())
            .assert(4, "trust/signed-name");
    }
}

#[test]
fn a_cache_that_was_tampered_with_is_asked_for_nothing() {
    let (_registry, user, _, host) = served();
    let reference = format!("{host}/x:1");
    let verify = |more: &[&str]| user.verify(&[more, &["--plain-http", &host, &reference]].concat());
    verify(&[]).assert(0, "pass");
    let blobs = user.home.path().join("cache/dhi/v1/blobs/sha256");
    let spoil = || {
        let mut spoiled = 0;
        for file in std::fs::read_dir(&blobs).unwrap() {
            let path = file.unwrap().path();
            let mut bytes = std::fs::read(&path).unwrap();
            if let Some(first) = bytes.iter_mut().find(|byte| byte.is_ascii_alphanumeric()) {
                *first = if *first == b'0' { b'1' } else { b'0' };
                std::fs::write(&path, bytes).unwrap();
                spoiled += 1;
            }
        }
        spoiled
    };
    assert!(spoil() > 5);
    let offline = user.verify(&["--offline", &reference]);
    assert_ne!(offline.code, 0, "{}", offline.stdout);
    verify(&[]).assert(0, "pass");
    spoil();
    verify(&[]).assert(0, "pass");
    user.verify(&["--offline", &reference]).assert(0, "pass");
}

#[test]
fn a_registry_that_answers_tag_and_digest_differently_is_found_out() {
    let (registry, user, mut forge, host) = served();
    let good = forge.root.clone();
    let evil = forge.add_evil_image();
    forge.serve(&registry, "y", "1");
    let evil = forge.value(evil["digest"].as_str().unwrap()).to_string();
    // By digest it gives other bytes.
    registry.script(
        &format!("/v2/y/manifests/{good}"),
        Reply::new(200, evil.clone()).header("Content-Type", media_type::OCI_MANIFEST),
    );
    user.verify(&["--plain-http", &host, &format!("{host}/y@{good}")]).assert(4, "trust/tampered");
    // The header of the tag's answer names the good digest, its body is another.
    registry.script(
        "/v2/y/manifests/1",
        Reply::new(200, evil)
            .header("Content-Type", media_type::OCI_MANIFEST)
            .header("Docker-Content-Digest", &good),
    );
    user.verify(&["--plain-http", &host, &format!("{host}/y:1")]).assert(4, "trust/tampered");
    // Tag and digest together: the digest decides, and the tag is not asked.
    user.verify(&["--plain-http", &host, &format!("{host}/x:other@{good}")]).assert(0, "pass");
}

#[test]
fn a_refused_or_broken_list_is_never_no_list() {
    let (registry, _, forge, host) = served();
    let refused = || Reply::json(403, r#"{"errors":[{"code":"DENIED","message":"no"}]}"#);
    for subject in [forge.root.clone(), forge.image(), forge.attestation(SPDX)] {
        let path = format!("/v2/x/referrers/{subject}");
        let wrong_type = Reply::new(200, "{}").header("Content-Type", media_type::OCI_MANIFEST);
        for (reply, code) in [(refused(), 5), (Reply::new(500, ""), 6), (Reply::html(), 4), (wrong_type, 4)] {
            registry.script(&path, reply);
            let run =
                User::new().verify(&["--format", "json", "--plain-http", &host, &format!("{host}/x:1")]);
            assert_eq!(run.code, code, "{subject}: {}", run.stdout);
            registry.unscript(&path);
        }
    }
}

#[test]
fn the_repository_of_attestations_is_the_only_source() {
    let (registry, user, forge, host) = served();
    registry.tag("empty", "none", &Digest::of(b""));
    for elsewhere in ["empty", "missing"] {
        registry.clear_log();
        let attestations = format!("{host}/{elsewhere}");
        let run =
            user.verify(&["--plain-http", &host, "--attestations", &attestations, &format!("{host}/x:1")]);
        run.assert(3, "attest/none");
        assert_eq!(registry.count("/v2/x/referrers/"), 0, "{}", registry.lines().join("\n"));
    }
    // And where it holds them, the image's own are not asked.
    forge.serve(&registry, "proofs", "1");
    let own = format!("/v2/x/referrers/{}", forge.image());
    registry.script(&own, Reply::new(500, ""));
    let attestations = format!("{host}/proofs");
    user.verify(&["--plain-http", &host, "--attestations", &attestations, &format!("{host}/x:1")])
        .assert(0, "pass");
}

#[test]
fn of_several_references_the_worst_decides_and_all_are_shown() {
    let user = User::new();
    let good = format!("oci:fixtures/{GOOD}:latest");
    let run = user.verify(&[
        "--format",
        "json",
        &good,
        "oci:fixtures/bad/unsigned:latest",
        "oci:fixtures/bad/wrong-key:latest",
        "oci:fixtures/no-such-layout:1",
        &good,
    ]);
    let document = run.json();
    let codes: Vec<i64> = document["images"]
        .as_array()
        .unwrap()
        .iter()
        .map(|image| image["exitCode"].as_i64().unwrap())
        .collect();
    assert_eq!((run.code, codes), (4, vec![0, 3, 4, 2, 0]));
    assert_eq!(document["verdict"], "fail");
}
