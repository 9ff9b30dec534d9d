//! `--resolve` changes images, and no other byte.

use serde_json::Value;

use super::{AdmitFixture, pod, show};
use crate::support::env::fixture;

/// The text without anything that looks like a digest behind an image.
fn without_digests(text: &str) -> String {
    let mut parts = text.split("@sha256:");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |all, part| all + &part[64..])
}

#[test]
fn resolve_adds_digests_and_changes_nothing_else() {
    let setup = AdmitFixture::new();
    let host = setup.registry.host();
    let good = setup.good();
    let text = format!(
        "# {good} in a comment\r\n\
         apiVersion: v1\n\
         kind: Pod\n\
         metadata: {{name:   ä, annotations: {{note: '{good}'}}}}\n\
         spec:\n\
         \x20 containers:\n\
         \x20 - {{name: plain, image: {good}}}   # keep\n\
         \x20 - {{name: single, image: '{good}'}}\n\
         \x20 - image:   \"{good}\"\n\
         \x20 - image: >-\n\
         \x20     {good}\n\
         \x20 - &shared {{image: {good}}}\n\
         \x20 - *shared\n\
         \x20 - {{<<: *shared, name: merged}}\n\
         \x20 - image: !!str {good}\n\
         ---\n\
         kind: ConfigMap\n\
         apiVersion: v1 # no line feed at the end"
    );
    let run = setup.check_file(&text, &["--resolve"]);
    let text = text.replace(&host, "127.0.0.1:PORT");
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert_eq!(run.stdout.matches("@sha256:").count(), 6, "{}", run.stdout);
    assert_eq!(without_digests(&run.stdout), text);
    assert!(run.stderr.contains("pass  1 of 1 image passes dhi-or-dhi-based; "), "{}", run.stderr);
    // What was printed is checked with the same result, and is not changed again.
    let printed = run.stdout.replace("127.0.0.1:PORT", &host);
    let again = setup.check_file(&printed, &["--resolve"]);
    assert_eq!((again.code, again.stdout), (0, run.stdout));
}

/// A cluster has nodes of other platforms too: what was judged for one is not vouched for by the digest of all.
#[test]
fn with_platform_resolve_writes_the_image_not_the_index() {
    let setup = AdmitFixture::new();
    setup.registry.serve_layout(&fixture("python"), "team/app");
    let image = format!("{}/team/app:3.13", setup.registry.host());
    let text = pod("a", &[&image]);
    let json = setup.check_file(&text, &["--format", "json"]).json();
    let image_json = &json["images"][0]["image"];
    let index = image_json["digest"].as_str().unwrap().to_owned();
    let whole = setup.check_file(&text, &["--resolve"]);
    whole.assert(0, &format!("team/app:3.13@{index}"));
    let part = setup.check_file(&text, &["--resolve", "--platform", "linux/amd64"]);
    let judged = image_json["platforms"][0]["digest"].as_str().unwrap();
    part.assert(0, &format!("team/app:3.13@{judged}"));
    assert!(!part.stdout.contains(&index), "{}", part.stdout);
    let both = ["--resolve", "--platform", "linux/amd64", "--platform", "linux/arm64"];
    setup.check_file(&text, &both).assert(0, &format!("team/app:3.13@{index}"));
}

#[test]
fn several_judged_images_of_an_index_have_no_single_digest() {
    let setup = AdmitFixture::new();
    setup.registry.serve_layout(&fixture("python"), "team/app");
    let image = format!("{}/team/app:3.13", setup.registry.host());
    let entries = setup.registry.tagged("team/app", "3.13").unwrap();
    let mut entries: Value = serde_json::from_slice(&entries).unwrap();
    // An image for a platform that is not requested.
    let mut other = entries["manifests"][0].clone();
    other["platform"]["architecture"] = "s390x".into();
    entries["manifests"].as_array_mut().unwrap().push(other);
    let digest = setup.registry.put_manifest("team/app", entries.to_string().as_bytes());
    setup.registry.tag("team/app", "3.13", &digest);
    let both = ["--resolve", "--platform", "linux/amd64", "--platform", "linux/arm64"];
    let run = setup.check_file(&pod("a", &[&image]), &both);
    run.assert(2, "error[admit/resolve]: `HOME/x.yaml`, line ");
    assert!(run.stdout.is_empty(), "{}", run.stdout);
}

#[test]
fn resolve_joins_several_files_into_one_stream() {
    let setup = AdmitFixture::new();
    let good = setup.good();
    let first = setup.write("a.yaml", pod("a", &[&good]).trim_end());
    let second = setup.write(
        "b.json",
        &format!("{{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"spec\": {{\"containers\": [{{\"image\": \"{good}\"}}]}}}}"),
    );
    let run = setup.check(&["--resolve", show(&first), show(&second)]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.starts_with("---\n# Source: HOME/a.yaml\napiVersion"), "{}", run.stdout);
    assert!(run.stdout.contains("# keep\n---\n# Source: HOME/b.json\n{\"apiVersion\""), "{}", run.stdout);
    let stream = run.stdout.replace("127.0.0.1:PORT", &setup.registry.host());
    setup.piped(&["-"], &stream).assert(0, "pass  1 of 1 image passes dhi-or-dhi-based; ");
}

#[test]
fn resolve_prints_nothing_if_an_image_fails() {
    let setup = AdmitFixture::new();
    let (good, bad) = (setup.good(), setup.bad());
    for images in [vec![good.as_str(), &bad], vec![&good, "1.5"]] {
        let run = setup.check_file(&pod("a", &images), &["--resolve"]);
        assert!(run.code != 0 && run.stdout.is_empty(), "{} {}", run.code, run.stdout);
        assert!(run.stderr.contains("error["), "{}", run.stderr);
    }
    let escaped = pod("a", &[&format!("\"{}\"", good.replace("app", "\\u0061pp"))]);
    let run = setup.check_file(&escaped, &["--resolve"]);
    run.assert(2, "error[admit/resolve]: `HOME/x.yaml`, line 8:");
    assert_eq!(run.stdout, "");
}

#[test]
fn resolve_supports_compose_files() {
    let setup = AdmitFixture::new();
    let text = format!("services:\n  web:\n    image: {} # web\n    ports: ['80:80']\n", setup.good());
    let run = setup.check_file(&text, &["--resolve"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains(":latest@sha256:"), "{}", run.stdout);
    assert_eq!(without_digests(&run.stdout), text.replace(&setup.registry.host(), "127.0.0.1:PORT"));
}
