//! Endless input: lists, levels and objects that are too long.

use dhi::oci::media_type;
use serde_json::{Value, json};

use super::LIMIT;
use super::tampered_image::{GOOD, SPDX, TamperedImage};
use crate::renderers::{check_all, outputs};
use crate::support::env::{KEY, ROOT, TestEnv};
use crate::support::registry::InMemoryRegistry;

/// What waits for a permit of its host is not kept waiting by what holds one and is not looked at meanwhile.
#[test]
fn signatures_of_many_attestations_are_fetched_in_parallel() {
    let mut tampered = TamperedImage::of("python");
    let attestations: Vec<String> = tampered
        .all()
        .into_iter()
        .filter(|digest| tampered.value(digest)["artifactType"] == media_type::IN_TOTO)
        .collect();
    assert!(attestations.len() >= 30);
    let config = tampered.add(b"{}", media_type::COSIGN_SIGNATURE);
    for attestation in &attestations {
        let subject = tampered.descriptor(attestation);
        for number in 0..6 {
            let payload = json!({ "of": attestation, "number": number }).to_string();
            let layer = tampered.add(payload.as_bytes(), media_type::SIMPLE_SIGNING);
            tampered.add_manifest(&json!({
                "schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST, "artifactType": media_type::COSIGN_SIGNATURE,
                "config": config, "layers": [layer], "subject": subject,
            }));
        }
    }
    let (registry, env) = (InMemoryRegistry::start(), TestEnv::new());
    tampered.serve(&registry, "x", "1");
    registry.latency(std::time::Duration::from_millis(20));
    let (host, image) = (registry.host(), format!("{}/x:1", registry.host()));
    let flags = ["verify", "--key", KEY, "--trusted-root", ROOT, "--no-cache", "--plain-http", &host, &image];
    let mut child = env.command(&flags).stdout(std::process::Stdio::null()).spawn().unwrap();
    // It takes seconds; where it hangs it ends after 900 s.
    let patience = std::time::Instant::now() + std::time::Duration::from_secs(240);
    let code = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        if std::time::Instant::now() > patience {
            let _ = child.kill();
            let _ = child.wait();
            break None;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    assert_eq!(code, Some(0));
}

#[test]
fn deeply_nested_indexes_reach_a_limit() {
    // A good image under as many levels as are allowed, then one more.
    let nest = |levels: usize| {
        let mut tampered = TamperedImage::of(GOOD);
        tampered.unsign_index();
        for _ in 0..levels {
            let inner = tampered.descriptor(&tampered.root);
            let outer = tampered.add_manifest(&json!({
                "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [inner],
            }));
            tampered.root = outer["digest"].as_str().unwrap().to_owned();
        }
        tampered
    };
    nest(3).passes(&[]);
    nest(5).fails(&[], 4, LIMIT);
}

#[test]
fn multiplying_indexes_are_refused_before_they_are_read() {
    let mut tampered = TamperedImage::of(GOOD);
    tampered.unsign_index();
    for _ in 0..4 {
        let inner = tampered.descriptor(&tampered.root);
        let outer = tampered.add_manifest(&json!({
            "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": vec![inner; 256],
        }));
        tampered.root = outer["digest"].as_str().unwrap().to_owned();
    }
    let started = std::time::Instant::now();
    tampered.fails(&[], 4, LIMIT);
    // All of them would be 256⁴ entries.
    assert!(started.elapsed().as_secs() < 300);
}

#[test]
fn long_lists_reach_a_limit() {
    let mut entries = TamperedImage::of(GOOD);
    entries.edit_index(|index| index["manifests"] = vec![index["manifests"][0].clone(); 300].into());
    entries.fails(&[], 4, LIMIT);

    let mut referrers = TamperedImage::of(GOOD);
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
    for each in [1100, 300] {
        let mut signatures = TamperedImage::of(GOOD);
        let spdx = signatures.attestation(SPDX);
        let good = signatures.signature(&spdx);
        let mut bad = signatures.value(&good);
        signatures.remove(&good);
        bad["layers"][0]["annotations"]["dev.cosignproject.cosign/signature"] = "AAAA".into();
        bad["layers"] = vec![bad["layers"][0].clone(); each].into();
        for number in 0..1100_usize.div_ceil(each) {
            bad["annotations"] = json!({ "number": number.to_string() });
            signatures.add_manifest(&bad);
        }
        signatures.fails(&[], 4, LIMIT);
    }
}

#[test]
fn all_formats_show_an_unknown_outcome() {
    let mut tampered = TamperedImage::of(GOOD);
    let image = tampered.descriptor(&tampered.image());
    let empty = tampered.add(b"{}", media_type::OCI_EMPTY);
    for number in 0..300 {
        tampered.add_manifest(&json!({
            "schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST, "config": empty, "layers": [],
            "subject": image, "annotations": { "number": number.to_string() },
        }));
    }
    let document = tampered.verify(&[]).json();
    let checks = document["images"][0]["checks"].as_array().unwrap().clone();
    assert!(checks.iter().any(|check| check["outcome"] == "unknown"), "{document}");
    let directory = tampered.write();
    let out = outputs(&TestEnv::new(), &[&format!("oci:{}:1", directory.path().display())]);
    assert_eq!((out.code, &out.json["verdict"]), (4, &json!("unknown")));
    assert!(out.table.contains("error[limits/exceeded]"), "{}", out.table);
    assert!(out.table.ends_with("\n\nunknown  0 of 1 image passes dhi-or-dhi-based\n"), "{}", out.table);
    check_all("limit", &out);
}

#[test]
fn an_attestation_has_one_statement_of_its_declared_size() {
    let spdx_with = |change: &dyn Fn(&mut Value)| {
        let mut tampered = TamperedImage::of(GOOD);
        let spdx = tampered.attestation(SPDX);
        tampered.edit(&spdx, change);
        tampered
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
fn an_object_named_many_times_is_held_once() {
    // Statements of 63 MiB, each named by 40 entries: 2.5 GiB if all were read.
    let mut tampered = TamperedImage::of(GOOD);
    let spdx = tampered.attestation(SPDX);
    let statement = vec![b' '; 63 << 20];
    let layer = tampered.add(&statement, media_type::IN_TOTO);
    tampered.edit(&spdx, |value| {
        value["layers"][0]["digest"] = layer["digest"].clone();
        value["layers"][0]["size"] = layer["size"].clone();
    });
    let (registry, env) = (InMemoryRegistry::start(), TestEnv::new());
    let host = registry.host();
    tampered.serve(&registry, "x", "one");
    tampered.edit_index(|index| index["manifests"] = vec![index["manifests"][0].clone(); 40].into());
    tampered.serve(&registry, "x", "many");
    let run =
        |tag: &str| env.verify(&["--format", "json", "--plain-http", &host, &format!("{host}/x:{tag}")]);
    assert_eq!(run("one").code, 4, "only to fill the cache");
    let many = run("many");
    assert_eq!(many.code, 4);
    assert!(many.ids().contains(&"limits/exceeded".to_owned()), "{:?}", many.ids());
}
