//! Unsigned data that tries to choose which check is made, or for which object.

use dhi::oci::media_type;
use serde_json::json;

use super::tampered_image::{GOOD, SPDX, TamperedImage};
use crate::support::env::TestEnv;
use crate::support::registry::{InMemoryRegistry, Reply};

#[test]
fn an_unproven_entry_is_found_whatever_the_index_claims() {
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
            let mut tampered = TamperedImage::of(GOOD);
            let mut entry = tampered.add_evil_image();
            entry.as_object_mut().unwrap().extend(dress.as_object().unwrap().clone());
            tampered.edit_index(|index| {
                let entries = index["manifests"].as_array_mut().unwrap();
                entries.insert(if first { 0 } else { entries.len() }, entry.clone());
            });
            tampered.is_found_out(&[]);
        }
    }
}

#[test]
fn an_image_manifest_that_claims_to_be_an_attestation_is_judged() {
    for lie in [
        json!({ "artifactType": media_type::IN_TOTO }),
        json!({ "artifactType": media_type::COSIGN_SIGNATURE }),
        json!({ "annotations": { "in-toto.io/predicate-type": SPDX } }),
        json!({ "layers": [] }),
    ] {
        let mut tampered = TamperedImage::of(GOOD);
        let evil = tampered.add_evil_image();
        let mut manifest = tampered.value(evil["digest"].as_str().unwrap());
        manifest.as_object_mut().unwrap().extend(lie.as_object().unwrap().clone());
        let mut entry = tampered.add_manifest(&manifest);
        entry["platform"] = json!({ "os": "unknown", "architecture": "unknown" });
        tampered.edit_index(|index| index["manifests"].as_array_mut().unwrap().push(entry));
        tampered.fails(&[], 4, &["verify/platform-mismatch"]);
    }
}

#[test]
fn an_index_that_engines_read_differently_is_refused() {
    let tampered = TamperedImage::of(GOOD);
    for (member, inside) in
        [("Manifests", false), ("manife\u{17f}ts", false), ("Digest", true), ("PLATFORM", true)]
    {
        let mut tampered = tampered.clone();
        let evil = tampered.add_evil_image();
        tampered.edit_index(|index| {
            if inside {
                let value = if member == "Digest" { evil["digest"].clone() } else { json!({}) };
                index["manifests"][0][member] = value;
            } else {
                index[member] = json!([evil]);
            }
        });
        tampered.fails(&[], 4, &["registry/bad-content"]);
    }
}

#[test]
fn one_image_under_two_platforms_fails_for_the_wrong_one() {
    let mut tampered = TamperedImage::of(GOOD);
    tampered.edit_index(|index| {
        let mut again = index["manifests"][0].clone();
        again["platform"] = json!({ "os": "linux", "architecture": "s390x" });
        index["manifests"].as_array_mut().unwrap().push(again);
    });
    tampered.fails(&[], 4, &["verify/platform-mismatch"]);
    tampered.passes(&["--platform", "linux/amd64"]);
    tampered.fails(&["--platform", "linux/s390x"], 4, &["verify/platform-mismatch"]);
}

#[test]
fn a_duplicate_entry_is_judged_twice() {
    let mut tampered = TamperedImage::of(GOOD);
    tampered.edit_index(|index| {
        let again = index["manifests"][0].clone();
        index["manifests"].as_array_mut().unwrap().push(again);
    });
    let run = tampered.verify(&[]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert_eq!(run.json()["images"][0]["platforms"].as_array().unwrap().len(), 2);
}

#[test]
fn every_requested_platform_must_exist() {
    let tampered = TamperedImage::of(GOOD);
    tampered.passes(&["--platform", "linux/amd64"]);
    tampered.fails(&["--platform", "linux/s390x"], 3, &["verify/no-such-platform"]);
    tampered.fails(
        &["--platform", "linux/amd64", "--platform", "linux/s390x"],
        3,
        &["verify/no-such-platform"],
    );
}

#[test]
fn an_entry_without_platform_is_always_judged() {
    for platform in [
        json!(null),
        json!({}),
        json!({ "os": "linux" }),
        json!({ "os": "", "architecture": "" }),
        json!({ "os": "linux", "architecture": "" }),
        json!({ "os": "unknown", "architecture": "unknown" }),
        json!({ "os": "Unknown", "architecture": "amd64" }),
    ] {
        let mut tampered = TamperedImage::of(GOOD);
        let mut entry = tampered.add_evil_image();
        entry["platform"] = platform.clone();
        tampered.edit_index(|index| index["manifests"].as_array_mut().unwrap().push(entry));
        for filter in [&[][..], &["--platform", "linux/amd64"]] {
            tampered.is_found_out(filter);
        }
    }
}

#[test]
fn an_index_as_referrer_is_no_attestation_or_signature() {
    for subject in [
        TamperedImage::image,
        |tampered: &TamperedImage| tampered.attestation(SPDX),
        |tampered: &TamperedImage| tampered.root.clone(),
    ] {
        let mut tampered = TamperedImage::of(GOOD);
        let subject = subject(&tampered);
        if subject != tampered.image() {
            tampered.remove(&tampered.signature(&subject));
        }
        let descriptor = tampered.descriptor(&subject);
        tampered.add_manifest(&json!({
            "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [],
            "artifactType": media_type::IN_TOTO, "subject": descriptor,
        }));
        let run = tampered.verify(&[]);
        assert_eq!(run.code, 4, "{}", run.stdout);
    }
}

#[test]
fn an_index_of_another_type_as_referrer_is_listed() {
    for subject in [
        TamperedImage::image,
        |tampered: &TamperedImage| tampered.attestation(SPDX),
        |tampered: &TamperedImage| tampered.root.clone(),
    ] {
        let mut tampered = TamperedImage::of(GOOD);
        let descriptor = tampered.descriptor(&subject(&tampered));
        tampered.add_manifest(&json!({
            "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [],
            "artifactType": "application/vnd.example.snapshot", "subject": descriptor,
        }));
        let run = tampered.verify(&[]);
        assert_eq!(run.code, 0, "{}", run.stdout);
    }
}

/// Engines that pull by platform read the configuration of an entry that names none, whatever its media type says: such
/// an entry is no bystander.
#[test]
fn an_entry_without_platform_is_judged_for_any_config_type() {
    for kind in ["application/vnd.example.config+json", media_type::HELM_CONFIG, media_type::OCI_EMPTY, ""] {
        for first in [true, false] {
            let mut tampered = TamperedImage::of(GOOD);
            let evil = tampered.add_evil_image();
            let mut manifest = tampered.value(evil["digest"].as_str().unwrap());
            manifest["config"]["mediaType"] = kind.into();
            let entry = tampered.add_manifest(&manifest);
            tampered.edit_index(|index| {
                let entries = index["manifests"].as_array_mut().unwrap();
                entries[0].as_object_mut().unwrap().remove("platform");
                entries.insert(if first { 0 } else { entries.len() }, entry.clone());
            });
            for filter in [&[][..], &["--platform", "linux/amd64"]] {
                tampered.is_found_out(filter);
            }
        }
    }
}

#[test]
fn content_that_is_both_index_and_manifest_is_refused() {
    // The media type of the answer must not decide what the same bytes are (CVE-2021-41190).
    let mut tampered = TamperedImage::of(GOOD);
    let evil = tampered.add_evil_image();
    let evil = tampered.value(evil["digest"].as_str().unwrap());
    let mut both = tampered.value(&tampered.root.clone());
    both["config"] = evil["config"].clone();
    both["layers"] = evil["layers"].clone();
    for own in [None, Some(media_type::OCI_INDEX), Some(media_type::OCI_MANIFEST)] {
        match own {
            None => drop(both.as_object_mut().unwrap().remove("mediaType")),
            Some(own) => both["mediaType"] = own.into(),
        }
        for promised in [media_type::OCI_INDEX, media_type::OCI_MANIFEST, "application/json"] {
            let (registry, env) = (InMemoryRegistry::start(), TestEnv::new());
            tampered.serve(&registry, "x", "1");
            registry.script(
                "/v2/x/manifests/1",
                Reply::new(200, both.to_string()).header("Content-Type", promised),
            );
            let host = registry.host();
            let run = env.verify(&["--no-cache", "--plain-http", &host, &format!("{host}/x:1")]);
            run.assert(4, "registry/bad-content");
        }
    }
}

#[test]
fn the_content_type_of_an_answer_must_match_the_manifest() {
    let tampered = TamperedImage::of(GOOD);
    let (registry, env) = (InMemoryRegistry::start(), TestEnv::new());
    tampered.serve(&registry, "x", "1");
    let host = registry.host();
    let (index, image) =
        (tampered.value(&tampered.root).to_string(), tampered.value(&tampered.image()).to_string());
    for (path, body, promised) in [
        ("/v2/x/manifests/1".to_owned(), &index, media_type::OCI_MANIFEST),
        ("/v2/x/manifests/1".to_owned(), &index, media_type::DOCKER_LIST),
        ("/v2/x/manifests/1".to_owned(), &image, media_type::OCI_INDEX),
        (format!("/v2/x/manifests/{}", tampered.root), &index, media_type::OCI_MANIFEST),
    ] {
        registry.script(&path, Reply::new(200, body.as_str()).header("Content-Type", promised));
        let name = if path.ends_with("/1") { ":1".to_owned() } else { format!("@{}", tampered.root) };
        let run = env.verify(&["--no-cache", "--plain-http", &host, &format!("{host}/x{name}")]);
        run.assert(4, "registry/bad-content");
        registry.unscript(&path);
    }
}

/// Nor whatever it says: engines match the names of members without regard to case, the last one counts, and they take
/// a platform that is near to theirs.
#[test]
fn an_entry_without_platform_is_judged_for_any_config() {
    for config in [
        r#"{"os":"linux","architecture":"arm64"}"#,
        r#"{"os":"linux","architecture":"386"}"#,
        r#"{"os":"linux","architecture":"arm64","Architecture":"amd64"}"#,
        r#"{"os":"windows","architecture":"amd64","OS":"linux"}"#,
        r#"{"os":"","architecture":""}"#,
        "{}",
        "[]",
        "",
    ] {
        let mut tampered = TamperedImage::of(GOOD);
        let evil = tampered.add_evil_image();
        let mut manifest = tampered.value(evil["digest"].as_str().unwrap());
        manifest["config"] = tampered.add(config.as_bytes(), media_type::OCI_CONFIG);
        let entry = tampered.add_manifest(&manifest);
        tampered.edit_index(|index| {
            let entries = index["manifests"].as_array_mut().unwrap();
            entries[0].as_object_mut().unwrap().remove("platform");
            entries.insert(0, entry.clone());
        });
        tampered.is_found_out(&["--platform", "linux/amd64"]);
    }
}

/// An engine takes a missing operating system for its own, and does not ask the configuration then.
#[test]
fn an_entry_with_a_partial_platform_is_judged() {
    for platform in [json!({ "os": "", "architecture": "amd64" }), json!({ "architecture": "amd64" })] {
        let mut tampered = TamperedImage::of(GOOD);
        let evil = tampered.add_evil_image();
        let mut manifest = tampered.value(evil["digest"].as_str().unwrap());
        let config = r#"{"os":"linux","architecture":"arm64"}"#;
        manifest["config"] = tampered.add(config.as_bytes(), media_type::OCI_CONFIG);
        let mut entry = tampered.add_manifest(&manifest);
        entry["platform"] = platform.clone();
        tampered.edit_index(|index| index["manifests"].as_array_mut().unwrap().insert(0, entry.clone()));
        tampered.is_found_out(&["--platform", "linux/amd64"]);
    }
}

/// An engine that wants v3 takes v2 before an entry without variant.
#[test]
fn a_requested_variant_must_exist() {
    let mut tampered = TamperedImage::of(GOOD);
    let mut evil = tampered.add_evil_image();
    evil["platform"] = json!({ "os": "linux", "architecture": "amd64", "variant": "v2" });
    tampered.edit_index(|index| index["manifests"].as_array_mut().unwrap().insert(0, evil.clone()));
    let ids = ["base/claims-only", "verify/no-such-platform"];
    tampered.fails(&["--platform", "linux/amd64/v3"], 3, &ids);
}

/// What was asked for itself is the image: one for another platform is not the one that was asked for.
#[test]
fn a_single_image_must_have_the_requested_platform() {
    let env = TestEnv::new();
    let reference = "oci:fixtures/bad/single-manifest:latest";
    env.verify(&["--platform", "linux/amd64", reference]).assert(0, "pass");
    env.verify(&["--platform", "linux/arm64", reference]).assert(3, "verify/no-such-platform");
}
