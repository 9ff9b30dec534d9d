//! The layouts of artifacts that are read, and those that are refused.

use std::io::Write as _;

use dhi::oci::media_type;
use serde_json::json;

use super::{Fixture, POLICY, REPO, TAR_GZIP, policy};

fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, content.as_bytes()).unwrap();
    }
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&builder.into_inner().unwrap()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn layouts_of_other_tools_are_read() {
    let one = policy("one");
    let one = one.as_bytes();
    let bundle = archive(&[("rego/one.rego", &policy("one")), (".manifest", r#"{"revision": "7"}"#)]);
    for (what, layers) in [
        ("conftest", vec![(POLICY, Some("policy/one.rego"), one)]),
        ("a policy without title", vec![(POLICY, None, one)]),
        ("opa", vec![(TAR_GZIP, None, bundle.as_slice())]),
        ("oras, an archive", vec![(TAR_GZIP, Some("bundle.tar.gz"), bundle.as_slice())]),
        (
            "oras, files",
            vec![
                ("application/vnd.oci.image.layer.v1.tar", Some("one.rego"), one),
                ("application/vnd.oci.image.layer.v1.tar", Some("./.manifest"), b"{}"),
                ("text/markdown", Some("README.md"), b"text"),
            ],
        ),
        ("trivy", vec![("application/vnd.cncf.openpolicyagent.layer.v1.tar+gzip", None, bundle.as_slice())]),
    ] {
        let fixture = Fixture::new();
        fixture.store(&layers);
        let run = fixture.pull(&[]);
        assert_eq!(run.code, 0, "{what}: {}", run.stderr);
        assert!(run.stderr.contains("1 policy: one"), "{what}: {}", run.stderr);
    }
}

#[test]
fn other_layouts_have_their_own_id() {
    let one = policy("one");
    let one = one.as_bytes();
    let json_layer = "application/vnd.cncf.openpolicyagent.data.layer.v1+json";
    for (layers, text) in [
        (vec![], "it has no policy"),
        (vec![(POLICY, Some("a.rego"), one), (POLICY, Some("a.rego"), one)], "two files `a.rego`"),
        (vec![(POLICY, Some("a.rego"), one), ("application/x", None, b"x")], "the type application/x"),
        (vec![(POLICY, Some("../a.rego"), one)], "leads out of it"),
        (vec![(POLICY, Some("a.txt"), one)], "not `*.rego`"),
        (vec![(POLICY, Some("a.rego"), one), (json_layer, Some("x/limits.json"), b"{}")], "`data.json`"),
        (vec![(TAR_GZIP, None, b"text")], "not a tar archive"),
        (vec![(TAR_GZIP, None, b"\x28\xb5\x2f\xfd")], ".tar.zst"),
    ] {
        let fixture = Fixture::new();
        fixture.store(&layers);
        let run = fixture.pull(&["--output", &fixture.env.file("out")]);
        assert_eq!(run.code, 2, "{text}: {}", run.stderr);
        assert!(run.stderr.contains("error[policy/bundle-layout]"), "{text}: {}", run.stderr);
        assert!(run.stderr.contains(text), "{text}: {}", run.stderr);
        assert!(!fixture.env.path("out").exists());
    }
}

#[test]
fn an_index_of_one_image_is_a_bundle() {
    let fixture = Fixture::new();
    let archive = archive(&[("one.rego", &policy("one"))]);
    let image = fixture.store(&[(TAR_GZIP, None, &archive)]);
    let size = fixture.server.manifest(REPO, &image).unwrap().len();
    let entry = |architecture: &str, os: &str| {
        json!({ "mediaType": media_type::OCI_MANIFEST, "digest": image, "size": size,
                "platform": { "os": os, "architecture": architecture } })
    };
    for (entries, code, text) in [
        (vec![entry("amd64", "linux"), entry("unknown", "unknown")], 0, "1 policy: one"),
        (vec![entry("amd64", "linux"), entry("arm64", "linux")], 2, "an index of 2 images"),
        (vec![], 2, "an index of 0 images"),
    ] {
        let index = json!({ "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": entries });
        let digest = fixture.server.put_manifest(REPO, index.to_string().as_bytes());
        fixture.server.tag(REPO, "1", &digest);
        fixture.pull(&[]).assert(code, text);
    }
}

#[test]
fn paths_that_may_be_references_are_refused() {
    let fixture = Fixture::new();
    // `docs` is a directory where the command runs, and a repository of Docker Hub.
    fixture.policy(&["pull", "docs"]).assert(2, "hint: write `./docs`");
    fixture.policy(&["pull", "./fixtures"]).assert(2, "policy/bundle-layout");
    fixture.policy(&["pull", "./none.tar.gz"]).assert(2, "error[policy/bundle]");
    assert_eq!(fixture.requests(), [""; 0]);
}

#[test]
fn large_artifacts_are_refused_before_they_are_fetched() {
    let fixture = Fixture::new();
    let archive = archive(&[("one.rego", &policy("one"))]);
    let many = vec![(TAR_GZIP, None, archive.as_slice()); 17];
    let names: Vec<String> = (0..1025).map(|at| format!("{at}.rego")).collect();
    let layers: Vec<(&str, Option<&str>, &[u8])> =
        names.iter().map(|name| (POLICY, Some(name.as_str()), &b"x"[..])).collect();
    let huge = vec![b'x'; 17 << 20];
    for (layers, text) in [
        (many, "the number of its archives"),
        (layers, "the number of its layers"),
        (vec![(TAR_GZIP, None, huge.as_slice())], "the size of its layers"),
        (vec![(POLICY, Some("a.rego"), &huge[..2 << 20])], "`a.rego` of 2097152 bytes"),
    ] {
        fixture.store(&layers);
        let run = fixture.pull(&[]);
        assert_eq!(run.code, 4, "{text}: {}", run.stderr);
        assert!(run.stderr.contains("error[limits/exceeded]"), "{text}: {}", run.stderr);
        assert!(run.stderr.contains(text), "{text}: {}", run.stderr);
        let requests = fixture.requests();
        assert!(requests.iter().all(|request| !request.contains("blobs/")), "{requests:?}");
    }
}
