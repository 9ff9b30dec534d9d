//! Builds that are pushed to a registry.

use std::collections::BTreeSet;

use dhi::oci::Digest;
use serde_json::Value;

use super::{BuildFixture, digest};
use crate::support::env::Run;
use crate::support::registry::{InMemoryRegistry, Reply};

const REPO: &str = "acme/app";

impl BuildFixture {
    /// Pushes the image with two tags, signed.
    fn push(&self, registry: &InMemoryRegistry) -> Run {
        let host = registry.host();
        let key = self.env.file("team.key");
        let names = ["1", "latest"].map(|tag| format!("{host}/{REPO}:{tag}"));
        let flags = ["--push", "-t", &names[0], "-t", &names[1], "--plain-http", &host, "--key", &key];
        self.build(&flags)
    }

    fn with_key() -> Self {
        let fixture = Self::new();
        fixture.env.generate_key("team");
        fixture
    }
}

/// The digests that a manifest or index cannot do without.
fn parts(manifest: &Value) -> Vec<String> {
    let lists = ["layers", "manifests"].map(|name| manifest[name].as_array().cloned().unwrap_or_default());
    let all = lists.into_iter().flatten().chain(std::iter::once(manifest["config"].clone()));
    all.filter_map(|one| one["digest"].as_str().map(str::to_owned)).collect()
}

#[test]
fn nothing_is_stored_before_its_parts_and_tags_are_last() {
    let (fixture, registry) = (BuildFixture::with_key(), InMemoryRegistry::start());
    let built = digest(&fixture.push(&registry));
    let (mut stored, mut kinds, mut subjects) = (BTreeSet::new(), Vec::new(), BTreeSet::new());
    for request in registry.log().iter().filter(|one| one.method == "PUT") {
        assert_eq!(request.status, 201, "{}", request.target);
        let found = Digest::of(&request.bytes).to_string();
        let Some((_, name)) = request.path().rsplit_once("/manifests/") else {
            assert!(!kinds.contains(&"tag"), "{}", request.target);
            stored.insert(found);
            continue;
        };
        let manifest: Value = serde_json::from_slice(&request.bytes).unwrap();
        for part in parts(&manifest) {
            assert!(stored.contains(&part), "{} is stored before {part}", request.target);
        }
        let subject = manifest["subject"]["digest"].as_str();
        subjects.extend(subject.map(str::to_owned));
        kinds.push(match (name.contains(':'), subject) {
            (false, _) => {
                assert_eq!(found, built);
                "tag"
            }
            (true, Some(_)) => "referrer",
            (true, None) if manifest["manifests"].is_array() => "index",
            (true, None) => "image",
        });
        stored.insert(found);
    }
    assert_eq!(kinds[..2], ["image", "index"]);
    assert_eq!(kinds[kinds.len() - 2..], ["tag", "tag"]);
    let between = &kinds[2..kinds.len() - 2];
    // Three attestations, each with its signature, and those of the image and the index.
    assert_eq!(between, ["referrer"; 8]);
    assert!(subjects.is_subset(&stored), "{subjects:?}");
    for tag in ["1", "latest"] {
        assert_eq!(Digest::of(&registry.tagged(REPO, tag).unwrap()).to_string(), built);
    }
}

#[test]
fn a_pushed_image_passes_verify() {
    let (fixture, registry) = (BuildFixture::with_key(), InMemoryRegistry::start());
    digest(&fixture.push(&registry));
    let (host, key) = (registry.host(), fixture.env.file("team.pub"));
    let image = format!("{host}/{REPO}:1");
    for policy in ["signed", "attested"] {
        let arguments = ["verify", "--policy", policy, "--plain-http", &host, "--key", &key, &image];
        fixture.env.dhi(&arguments).assert(0, &format!("passes {policy}"));
    }
}

#[test]
fn a_second_push_sends_no_layer_again() {
    let (fixture, registry) = (BuildFixture::with_key(), InMemoryRegistry::start());
    let built = digest(&fixture.push(&registry));
    let layers: Vec<Vec<u8>> = registry
        .log()
        .into_iter()
        .filter(|one| one.method == "PUT" && one.bytes.starts_with(b"\x28\xb5\x2f\xfd"))
        .map(|one| one.bytes)
        .collect();
    assert_eq!(layers.len(), 3);
    registry.clear_log();
    assert_eq!(digest(&fixture.push(&registry)), built);
    assert!(registry.log().iter().all(|one| one.method != "PUT" || !layers.contains(&one.bytes)));
}

/// Pushes to a registry that refuses one request, always. No tag is set.
fn fails(refuses: impl Fn(&str, &[u8]) -> bool + Send + Sync + 'static) {
    let (fixture, registry) = (BuildFixture::with_key(), InMemoryRegistry::start());
    registry.reply_with(move |request| {
        let is_refused = request.method == "PUT" && refuses(request.path(), &request.bytes);
        is_refused.then(|| Reply::json(503, r#"{"errors":[{"code":"UNAVAILABLE","message":"full"}]}"#))
    });
    let failed = fixture.push(&registry);
    failed.assert(6, "error[registry/");
    assert_eq!(failed.stdout, "");
    assert!(registry.log().iter().any(|one| one.status == 503));
    for tag in ["1", "latest"] {
        assert_eq!(registry.tagged(REPO, tag), None);
        let path = format!("/v2/{REPO}/manifests/{tag}");
        assert!(registry.log().iter().all(|one| one.method != "PUT" || one.path() != path));
    }
}

#[test]
fn a_push_whose_layer_fails_leaves_no_tag() {
    fails(|path, bytes| path.contains("/uploads/") && bytes.starts_with(b"\x28\xb5\x2f\xfd"));
}

#[test]
fn a_push_whose_index_fails_leaves_no_tag() {
    fails(|path, bytes| {
        let document: Value = serde_json::from_slice(bytes).unwrap_or_default();
        path.contains("/manifests/") && document["manifests"].is_array()
    });
}

#[test]
fn a_push_whose_attestation_fails_leaves_no_tag() {
    fails(|path, bytes| {
        let document: Value = serde_json::from_slice(bytes).unwrap_or_default();
        path.contains("/manifests/") && document["artifactType"] == "application/vnd.in-toto+json"
    });
}
