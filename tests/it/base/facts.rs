//! The facts of an answer are reported with everything that is needed to find them again.

use dhi::evidence::{CandidateOrigin, Facts};
use dhi::verify::{Alias, BaseOptions};

use super::summaries::vsa;
use super::{APP, BaseFixture, candidate, child, one, python};
use crate::support::base::{Image, SLSA, SPDX, VSA};

/// The values of all facts of one name.
fn all<'a>(facts: &'a Facts, name: &str) -> Vec<&'a str> {
    facts.iter().filter(|(known, _)| *known == name).map(|(_, value)| value.as_str()).collect()
}

#[test]
fn a_hardened_image_names_its_provenance_and_its_sbom() {
    let (fixture, pushed) = BaseFixture::new();
    let key = Some((&fixture.key, "dhi/python"));
    let attest = |kind: &str, signed| {
        let image = &pushed.images[0];
        let predicate = serde_json::json!({ "more": kind });
        let found = fixture.attest(&pushed.repository, image, kind, &predicate, signed);
        format!("{}, in-toto", found["digest"].as_str().unwrap())
    };
    // Neither makes it hardened: the first has another type, the second has no trusted signer.
    let other = attest("https://cyclonedx.org/vex", key);
    let sbom = attest("https://cyclonedx.org/bom/v1.6", key);
    let own = one(fixture.ask("dhi.io/python:3.13", &BaseOptions::default()));
    let facts = own.facts();
    assert_eq!(all(&facts, "image"), [pushed.images[0]["digest"].as_str().unwrap()]);
    let types = ["https://cyclonedx.org/bom/v1.6", SLSA, SPDX];
    assert_eq!(all(&facts, "statement"), types.map(|kind| format!("{kind}, predicateType")));
    let attestations = all(&facts, "attestation");
    assert!(attestations.len() == 3 && attestations[0] == sbom && !attestations.contains(&other.as_str()));
    assert_eq!(all(&facts, "signed name"), ["dhi/python"; 3]);
    assert!(
        all(&facts, "signed by").iter().all(|by| by.starts_with("team (") && by.contains(", key sha256:"))
    );
    assert_eq!(all(&facts, "found in"), ["dhi.io/python"; 3]);
}

#[test]
fn a_base_is_reported_with_boundary_and_origin() {
    let (fixture, base) = BaseFixture::new();
    let tool = fixture.push("dhi.io/tool:1", &[Image::of("t")]);
    let app =
        child(&python("ab"), "abc").built_from(&[("dhi.io/tool@1", &tool), ("dhi.io/python@3.13", &base)]);
    let pushed = fixture.push(APP, std::slice::from_ref(&app));
    let platform = fixture.app();
    let facts = platform.facts();
    let image = pushed.images[0]["digest"].as_str().unwrap();
    let python_manifest = base.images[0]["digest"].as_str().unwrap();
    let Some(CandidateOrigin::Provenance { attestation, path: Some(path) }) =
        candidate(&platform, "dhi.io/python:3.13@").origins.first()
    else {
        panic!("{platform:#?}")
    };
    assert!(fixture.registry.manifest(&pushed.repository, attestation).is_some());
    assert_eq!(path.to_string(), "predicate.buildDefinition.resolvedDependencies[1]");
    for (name, value) in [
        ("image", image.to_owned()),
        ("base", format!("dhi.io/python@{}", base.digest)),
        ("base index", base.digest.clone()),
        ("base manifest", python_manifest.to_owned()),
        ("base platform", "linux/amd64".to_owned()),
        ("layers", "1 to 2 of 3, blobs".to_owned()),
        ("last layer", app.layers[1].diff_id.clone()),
        ("last diff_id", app.layers[1].diff_id.clone()),
        ("chain id", python("ab").chain_id()),
    ] {
        assert_eq!(all(&facts, name), [value], "{name}");
    }
    assert_eq!(all(&facts, "attestation").len(), 2);
    // By digest and by tag it is one image.
    assert_eq!(
        all(&facts, "named by"),
        [format!("provenance {attestation}, {path}"), format!("label com.docker.dhi.name of {image}"),]
    );
    let others = all(&facts, "candidate");
    assert_eq!(others.len(), 1);
    assert!(
        others[0].starts_with("dhi.io/tool:1@") && others[0].contains("are not the first layers"),
        "{others:?}"
    );
    assert!(others[0].ends_with("resolvedDependencies[0])"), "{others:?}");
}

#[test]
fn every_origin_is_reported_with_its_place() {
    const NAME: &str = "org.opencontainers.image.base.name";
    let origin = |app: Image, options: &BaseOptions| {
        let (fixture, _) = BaseFixture::new();
        let pushed = fixture.push(APP, &[app]);
        let found = all(&fixture.app_with(options).facts(), "named by").join("\n");
        found.replace(pushed.images[0]["digest"].as_str().unwrap(), "IMAGE").replace(&pushed.digest, "INDEX")
    };
    let none = BaseOptions::default();
    let named = "dhi.io/python:3.13";
    assert_eq!(
        origin(Image::of("abc").annotation(NAME, named), &none),
        format!("annotation {NAME} of IMAGE")
    );
    assert_eq!(origin(Image::of("abc").label(NAME, named), &none), format!("label {NAME} of IMAGE"));
    let flag = BaseOptions { bases: vec![named.parse().unwrap()], ..none.clone() };
    assert_eq!(origin(Image::of("abc"), &flag), "the user");
    let repository = |text: &str| text.parse::<dhi::oci::Reference>().unwrap().repository;
    let alias =
        Alias { copy: repository("registry.example.com/copy"), original: repository("dhi.io/python") };
    let alias = BaseOptions { aliases: vec![alias], ..none };
    let copied = Image::of("abc").label(NAME, "registry.example.com/copy:3.13");
    assert_eq!(origin(copied, &alias), "the alias of registry.example.com/copy");
}

#[test]
fn a_child_of_a_child_reports_the_parents() {
    let (fixture, base) = BaseFixture::new();
    let middle = Image::of("abc").built_from(&[("dhi.io/python@3.13", &base)]);
    let middle = fixture.push("registry.example.com/acme/middle:1", &[middle]);
    let input = ("registry.example.com/acme/middle@1", &middle);
    fixture.push(APP, &[Image::of("abcd").built_from(&[input])]);
    let facts = fixture.app().facts();
    assert!(all(&facts, "named by")[0].ends_with("resolvedDependencies[0]; depth 2"), "{facts:#?}");
    let parents = all(&facts, "candidate");
    assert!(
        parents[0].contains("the image is built on it, but it is not proven to be hardened"),
        "{parents:?}"
    );
}

#[test]
fn candidates_without_proof_and_summaries_are_reported_once() {
    let (fixture, _) = BaseFixture::new();
    fixture.push(APP, &[child(&python("ab"), "xyz")]);
    let mut platform = fixture.app();
    let facts = platform.facts();
    let [found] = platform.candidates.as_slice() else { panic!("{platform:#?}") };
    let says = format!("{}: {} (named by {})", found.named, found.outcome, found.origins[0]);
    assert_eq!(all(&facts, "candidate"), [says]);
    assert!(all(&facts, "base").is_empty() && all(&facts, "named by").is_empty());
    platform.candidates.clear();
    assert_eq!(platform.facts().len(), 1);

    let (fixture, pushed) = BaseFixture::new();
    let key = Some((&fixture.key, "dhi/python"));
    let failed = vsa("FAILED", "2026-02-01T00:00:00Z");
    let said = fixture.attest(&pushed.repository, &pushed.images[0], VSA, &failed, key);
    let own = one(fixture.ask("dhi.io/python:3.13", &BaseOptions::default()));
    let says = format!(
        "{}, by https://verifier.example.com, result `FAILED`, at 2026-02-01T00:00:00Z, SLSA_BUILD_LEVEL_3",
        said["digest"].as_str().unwrap()
    );
    assert_eq!(all(&own.facts(), "summary"), [says]);
}
