//! One test for each way in which an image is built on a hardened one, or only claims to be.

use dhi::cli::CommandHints;
use dhi::evidence::{CandidateOrigin, CandidateOutcome};
use dhi::report::HintTexts as _;
use dhi::verify::BaseOptions;
use serde_json::json;

use super::{APP, BaseFixture, CHAIN_ID, base, candidate, child, code, id, one, python};
use crate::support::base::{Image, SLSA, SLSA_02, SPDX, provenance};

#[test]
fn a_hardened_image_is_dhi_itself() {
    let (fixture, _) = BaseFixture::new();
    let proof = fixture.ask("dhi.io/python:3.13", &BaseOptions::default());
    assert_eq!((proof.answer(), proof.exit().code()), ("dhi", 0));
    let platform = one(proof);
    assert!(platform.candidates.is_empty());
}

/// The attestations of the original are about the same digest.
#[test]
fn a_copy_without_attestations_is_built_on_its_original() {
    let (fixture, original) = BaseFixture::new();
    let copy = fixture.push(APP, &[python("ab")]);
    assert_eq!(copy.digest, original.digest);
    assert_eq!(base(&fixture.app()), ("dhi.io/python".to_owned(), 2, 2, "blobs"));
}

#[test]
fn a_child_with_unsigned_provenance() {
    let (fixture, python_image) = BaseFixture::new();
    let app = child(&python("ab"), "abc").built_from(&[("dhi.io/python@3.13", &python_image)]);
    fixture.push(APP, &[app]);
    let platform = fixture.app();
    assert_eq!(base(&platform), ("dhi.io/python".to_owned(), 2, 3, "blobs"));
    // Provenance pins the digest; the labels lead to the same image by its tag.
    let found = candidate(&platform, "dhi.io/python:3.13@");
    assert!(matches!(found.origins.as_slice(), [CandidateOrigin::Provenance { .. }]));
    assert_eq!(candidate(&platform, "dhi.io/python:3.13").depth, 1);
}

#[test]
fn a_child_with_signed_or_attached_provenance_of_either_version() {
    for signed in [true, false] {
        for (kind, predicate) in [
            (SLSA, |uri: &str, digest: &str| provenance(&[(uri.to_owned(), digest.to_owned())])),
            (SLSA_02, |uri: &str, digest: &str| {
                let hex = digest.trim_start_matches("sha256:");
                json!({ "materials": [{ "uri": uri, "digest": { "sha256": hex } }] })
            }),
        ] as [(&str, fn(&str, &str) -> serde_json::Value); 2]
        {
            let (fixture, python_image) = BaseFixture::new();
            let app = fixture.push(APP, &[Image::of("abc")]);
            let predicate =
                predicate("pkg:docker/dhi.io/python@3.13?platform=linux%2Famd64", &python_image.digest);
            // Somebody else's signature leaves the hint as good as none.
            let key = signed.then_some((&fixture.other, "acme/app"));
            fixture.attest(&app.repository, &app.images[0], kind, &predicate, key);
            assert_eq!(base(&fixture.app()).0, "dhi.io/python", "{kind} {signed}");
        }
    }
}

#[test]
fn a_child_whose_build_record_is_only_a_referrer() {
    let (fixture, python_image) = BaseFixture::new();
    let app = fixture.push(APP, &[Image::of("abc")]);
    let input =
        ("pkg:docker/dhi.io/python@3.13?platform=linux%2Famd64".to_owned(), python_image.digest.clone());
    fixture.record(&app.repository, &app.images[0], &[input]);
    let platform = fixture.app();
    assert_eq!(base(&platform), ("dhi.io/python".to_owned(), 2, 3, "blobs"));
    let found = candidate(&platform, "dhi.io/python:3.13@");
    assert!(matches!(found.origins.as_slice(), [CandidateOrigin::Provenance { path: Some(_), .. }]));
}

#[test]
fn a_child_without_provenance() {
    let (fixture, python_image) = BaseFixture::new();
    // Its inherited labels lead to the base.
    fixture.push(APP, &[child(&python("ab"), "abc")]);
    let platform = fixture.app();
    assert_eq!(base(&platform), ("dhi.io/python".to_owned(), 2, 3, "blobs"));
    let by_label = candidate(&platform, "dhi.io/python:3.13");
    assert!(matches!(by_label.origins.as_slice(), [CandidateOrigin::Label { .. }]));
    // Without labels nothing names the base, until a flag does.
    fixture.push(APP, &[Image::of("abc")]);
    let platform = fixture.app();
    assert_eq!((code(&platform), id(&platform)), (("not-dhi", 1), "base/not-dhi"));
    assert!(platform.candidates.is_empty());
    let named = format!("dhi.io/python@{}", python_image.digest);
    for text in ["dhi.io/python:3.13", named.as_str()] {
        let options = BaseOptions { bases: vec![text.parse().unwrap()], ..BaseOptions::default() };
        let platform = fixture.app_with(&options);
        assert_eq!(base(&platform).0, "dhi.io/python", "{text}");
        assert_eq!(platform.candidates[0].origins, [CandidateOrigin::Flag]);
    }
}

#[test]
fn a_child_that_annotates_its_base() {
    let (fixture, python_image) = BaseFixture::new();
    const NAME: &str = "org.opencontainers.image.base.name";
    const DIGEST: &str = "org.opencontainers.image.base.digest";
    let by_name = Image::of("abc").annotation(NAME, "dhi.io/python:3.13");
    for app in [
        by_name.clone(),
        by_name.annotation(DIGEST, &python_image.digest),
        Image::of("abc").label(NAME, "dhi.io/python:3.13"),
    ] {
        fixture.push(APP, &[app]);
        assert_eq!(base(&fixture.app()).0, "dhi.io/python");
    }
    // The digest of an annotation decides, not the tag.
    let wrong = Image::of("abc")
        .annotation(NAME, "dhi.io/python:3.13")
        .annotation(DIGEST, &format!("sha256:{}", "0".repeat(64)));
    fixture.push(APP, &[wrong]);
    assert_eq!(fixture.answers(), ("undetermined", 3));
}

#[test]
fn a_squashed_child() {
    let (fixture, python_image) = BaseFixture::new();
    // `--squash-all` keeps labels and leaves one layer.
    fixture.push(APP, &[child(&python("ab"), "x").built_from(&[("dhi.io/python@3.13", &python_image)])]);
    let platform = fixture.app();
    assert_eq!((code(&platform), id(&platform)), (("claims-only", 1), "base/claims-only"));
    let says = &platform.answer.diagnostic().unwrap().message;
    assert!(says.contains("squashed"), "{says}");
    // Without labels it claims nothing, and is named as what it may be all the same.
    fixture.push(APP, &[Image::of("x").built_from(&[("dhi.io/python@3.13", &python_image)])]);
    let platform = fixture.app();
    assert_eq!(code(&platform), ("not-dhi", 1));
    let says = &platform.answer.diagnostic().unwrap().message;
    assert!(says.contains("squashed"), "{says}");
}

#[test]
fn squashing_own_layers_keeps_the_base() {
    let (fixture, python_image) = BaseFixture::new();
    fixture.push(APP, &[Image::of("abx").built_from(&[("dhi.io/python@3.13", &python_image)])]);
    assert_eq!(base(&fixture.app()).1, 2);
}

#[test]
fn build_stages_are_told_from_copied_files() {
    let (fixture, python_image) = BaseFixture::new();
    let golang = fixture.push("docker.io/library/golang:1.22", &[Image::of("gh")]);
    // Built in golang, run in python.
    let inputs = [("golang@1.22", &golang), ("dhi.io/python@3.13", &python_image)];
    fixture.push(APP, &[child(&python("ab"), "abx").built_from(&inputs)]);
    let platform = fixture.app();
    assert_eq!(base(&platform).0, "dhi.io/python");
    assert!(matches!(candidate(&platform, "docker.io/library/golang").outcome, CandidateOutcome::Refuted(_)));
    // Only files of the hardened image are taken over, into golang or into nothing.
    for letters in ["ghx", "x", "xyz"] {
        fixture.push(APP, &[Image::of(letters).built_from(&inputs)]);
        let platform = fixture.app();
        assert_eq!((code(&platform), id(&platform)), (("not-dhi", 1), "base/not-dhi"), "{letters}");
    }
}

#[test]
fn a_child_of_a_child() {
    let (fixture, python_image) = BaseFixture::new();
    let middle = Image::of("abc").built_from(&[("dhi.io/python@3.13", &python_image)]);
    let middle = fixture.push("registry.example.com/acme/middle:1", &[middle]);
    fixture.push(APP, &[Image::of("abcd").built_from(&[("registry.example.com/acme/middle@1", &middle)])]);
    let platform = fixture.app();
    assert_eq!(base(&platform), ("dhi.io/python".to_owned(), 2, 4, "blobs"));
    assert!(matches!(
        candidate(&platform, "registry.example.com/acme/middle").outcome,
        CandidateOutcome::Parent(_)
    ));
    assert_eq!(candidate(&platform, "dhi.io/python").depth, 2);
}

#[test]
fn parents_are_followed_five_deep() {
    for (parents, found) in [(4, ("dhi-based", 0)), (5, ("undetermined", 4)), (6, ("undetermined", 4))] {
        let (fixture, mut last) = BaseFixture::new();
        let mut name = "dhi.io/python@3.13".to_owned();
        let mut letters = "ab".to_owned();
        for number in 0..parents {
            letters.push('x');
            let parent = Image::of(&letters).built_from(&[(&name, &last)]);
            last = fixture.push(&format!("registry.example.com/acme/parent{number}:1"), &[parent]);
            name = format!("registry.example.com/acme/parent{number}@1");
        }
        letters.push('y');
        fixture.push(APP, &[Image::of(&letters).built_from(&[(&name, &last)])]);
        let platform = fixture.app();
        assert_eq!(code(&platform), found, "{parents}: {platform:#?}");
    }
}

#[test]
fn parents_that_name_each_other_end() {
    let (fixture, _) = BaseFixture::new();
    const BASE: &str = "org.opencontainers.image.base.name";
    for (name, other) in [("one", "two"), ("two", "one")] {
        let image = Image::of("xy").annotation(BASE, &format!("registry.example.com/acme/{other}:1"));
        fixture.push(&format!("registry.example.com/acme/{name}:1"), &[image]);
    }
    fixture.push(APP, &[Image::of("xyz").annotation(BASE, "registry.example.com/acme/one:1")]);
    let platform = fixture.app();
    assert_eq!(code(&platform), ("not-dhi", 1));
    assert_eq!(platform.candidates.len(), 2);
}

#[test]
fn a_child_that_was_rebased() {
    let (fixture, old) = BaseFixture::new();
    // The tag names a newer image by now, on which the child was put.
    let new = fixture.hardened("dhi.io/python:3.13", &[python("AB")]);
    assert_ne!(old.digest, new.digest);
    let stale = child(&python("AB"), "ABc").built_from(&[("dhi.io/python@3.13", &old)]);
    fixture.push(APP, &[stale]);
    let platform = fixture.app();
    assert_eq!(base(&platform).1, 2);
    assert!(matches!(candidate(&platform, "dhi.io/python:3.13@").outcome, CandidateOutcome::Refuted(_)));
    // The other way round the tag is too new, and the old digest is what it takes.
    fixture.push(APP, &[child(&python("ab"), "abc")]);
    let platform = fixture.app();
    assert_eq!(code(&platform), ("claims-only", 1));
    let hint = CommandHints.hint(&platform.answer.diagnostic().unwrap()).unwrap();
    assert!(hint.contains("--base REF@DIGEST"), "{hint}");
    let named = format!("dhi.io/python@{}", old.digest).parse().unwrap();
    let options = BaseOptions { bases: vec![named], ..BaseOptions::default() };
    assert_eq!(base(&fixture.app_with(&options)).1, 2);
}

#[test]
fn forged_labels() {
    let (fixture, _) = BaseFixture::new();
    // All labels of the real one over other layers.
    fixture.push(APP, &[child(&python("ab"), "xyz")]);
    let platform = fixture.app();
    assert_eq!((code(&platform), id(&platform)), (("claims-only", 1), "base/claims-only"));
    // With a ChainID that fits the forger's own layers, or without one.
    let mut forged = child(&python("ab"), "xyz").label(CHAIN_ID, &Image::of("xy").chain_id());
    fixture.push(APP, &[forged.clone()]);
    assert_eq!(fixture.answers(), ("claims-only", 1));
    forged.labels.remove(CHAIN_ID);
    fixture.push(APP, &[forged]);
    assert_eq!(fixture.answers(), ("claims-only", 1));
    // And with provenance that tells the same lie.
    let (fixture, python_image) = BaseFixture::new();
    let lie = child(&python("ab"), "xyz").built_from(&[("dhi.io/python@3.13", &python_image)]);
    fixture.push(APP, &[lie]);
    assert_eq!(fixture.answers(), ("claims-only", 1));
}

#[test]
fn a_relabelled_child() {
    let (fixture, python_image) = BaseFixture::new();
    let inputs = [("dhi.io/python@3.13", &python_image)];
    // Only labels were changed: no layer is added.
    let relabelled = child(&python("ab"), "ab").label("com.docker.dhi.name", "dhi/nginx").built_from(&inputs);
    fixture.push(APP, &[relabelled]);
    let platform = fixture.app();
    assert_eq!(base(&platform), ("dhi.io/python".to_owned(), 2, 2, "blobs"));
    // The ChainID is part of the proof where it is there.
    let other = child(&python("ab"), "abc").label(CHAIN_ID, &Image::of("a").chain_id()).built_from(&inputs);
    fixture.push(APP, &[other]);
    assert_eq!(fixture.answers(), ("claims-only", 1));
    let platform = fixture.app();
    assert!(matches!(candidate(&platform, "dhi.io/python:3.13@").outcome, CandidateOutcome::Refuted(_)));
}

#[test]
fn a_child_for_another_platform() {
    let fixture = BaseFixture::empty();
    let images = [python("ab"), python("mn").on("arm64")];
    let python_image = fixture.hardened("dhi.io/python:3.13", &images);
    let inputs = [("dhi.io/python@3.13", &python_image)];
    let apps = [
        child(&images[0], "abc").built_from(&inputs),
        child(&images[1], "mno").on("arm64").built_from(&inputs),
    ];
    fixture.push(APP, &apps);
    let proof = fixture.ask(APP, &BaseOptions::default());
    assert_eq!((proof.answer(), proof.exit().code()), ("dhi-based", 0));
    let bases: Vec<_> = proof.platforms.iter().map(|platform| &platform.answer).collect();
    assert_ne!(bases[0], bases[1]);
    // The layers of one platform under the name of another.
    fixture.push(APP, &[apps[0].clone(), child(&images[0], "abc").on("arm64").built_from(&inputs)]);
    let proof = fixture.ask(APP, &BaseOptions::default());
    let answers: Vec<_> = proof.platforms.iter().map(|platform| platform.answer.as_str()).collect();
    assert_eq!(answers, ["dhi-based", "claims-only"]);
    assert_eq!((proof.answer(), proof.exit().code()), ("claims-only", 1));
    // A base that does not exist for the platform.
    let (fixture, python_image) = BaseFixture::new();
    let alone = child(&python("ab"), "abc").on("arm64").built_from(&[("dhi.io/python@3.13", &python_image)]);
    fixture.push(APP, &[alone]);
    assert_eq!(fixture.answers(), ("claims-only", 1));
}

#[test]
fn a_child_of_an_unsigned_base() {
    let fixture = BaseFixture::empty();
    for attached in [true, false] {
        let python_image = fixture.push("dhi.io/python:3.13", &[python("ab")]);
        if attached {
            fixture.sign(&python_image, &[SPDX, SLSA], None);
        }
        let inputs = [("dhi.io/python@3.13", &python_image)];
        fixture.push(APP, &[child(&python("ab"), "abc").built_from(&inputs)]);
        assert_eq!(fixture.answers(), ("claims-only", 1), "{attached}");
        fixture.push(APP, &[Image::of("abc").built_from(&inputs)]);
        assert_eq!(fixture.answers(), ("not-dhi", 1), "{attached}");
    }
}

#[test]
fn a_child_of_a_base_signed_by_another_key() {
    let fixture = BaseFixture::empty();
    let python_image = fixture.push("dhi.io/python:3.13", &[python("ab")]);
    fixture.sign(&python_image, &[SPDX, SLSA], Some(&fixture.other));
    let inputs = [("dhi.io/python@3.13", &python_image)];
    fixture.push(APP, &[child(&python("ab"), "abc").built_from(&inputs)]);
    let platform = fixture.app();
    assert_eq!(code(&platform), ("claims-only", 1));
    let CandidateOutcome::Parent(not) = &candidate(&platform, "dhi.io/python:3.13@").outcome else {
        panic!("{platform:#?}")
    };
    assert_eq!(dhi::diagnostic::ToDiagnostic::code(&not.reasons[0]).as_str(), "trust/wrong-key");
    fixture.push(APP, &[Image::of("abc").built_from(&inputs)]);
    assert_eq!(fixture.answers(), ("not-dhi", 1));
    // So it is with the image itself.
    let own = fixture.ask("dhi.io/python:3.13", &BaseOptions::default());
    assert_eq!((own.answer(), own.exit().code()), ("claims-only", 1));
}

#[test]
fn a_base_without_all_of_its_attestations() {
    for kinds in [[SPDX], [SLSA]] {
        let fixture = BaseFixture::empty();
        let python_image = fixture.push("dhi.io/python:3.13", &[python("ab")]);
        fixture.sign(&python_image, &kinds, Some(&fixture.key));
        fixture.push(APP, &[Image::of("abc").built_from(&[("dhi.io/python@3.13", &python_image)])]);
        let platform = fixture.app();
        assert_eq!((code(&platform), id(&platform)), (("undetermined", 3), "attest/predicate-missing"));
    }
}

#[test]
fn two_equally_good_bases() {
    let (fixture, python_image) = BaseFixture::new();
    let twin = fixture.hardened("dhi.io/twin:1", &[Image::of("ab")]);
    let inputs = [("dhi.io/python@3.13", &python_image), ("dhi.io/twin@1", &twin)];
    fixture.push(APP, &[Image::of("abc").built_from(&inputs)]);
    let platform = fixture.app();
    assert_eq!((code(&platform), id(&platform)), (("undetermined", 3), "base/ambiguous"));
    let options = BaseOptions {
        bases: vec![format!("dhi.io/twin:1@{}", twin.digest).parse().unwrap()],
        ..BaseOptions::default()
    };
    assert_eq!(base(&fixture.app_with(&options)).0, "dhi.io/twin");
    // The longer one is no equal.
    let longer = fixture.hardened("dhi.io/longer:1", &[Image::of("abc")]);
    let inputs = [("dhi.io/python@3.13", &python_image), ("dhi.io/longer@1", &longer)];
    fixture.push(APP, &[Image::of("abcd").built_from(&inputs)]);
    assert_eq!(base(&fixture.app()), ("dhi.io/longer".to_owned(), 3, 4, "blobs"));
}

#[test]
fn a_base_never_makes_its_child_hardened() {
    let (fixture, python_image) = BaseFixture::new();
    let app = fixture
        .push(APP, &[child(&python("ab"), "abc").built_from(&[("dhi.io/python@3.13", &python_image)])]);
    // Nor do attestations of the base that are attached to it.
    fixture.attest(&app.repository, &app.images[0], SPDX, &json!({}), Some((&fixture.key, "dhi/python")));
    let platform = fixture.app();
    assert_eq!(platform.answer.as_str(), "dhi-based");
}

/// A question about `python` gets a hint with the name of the hardened image.
#[test]
fn an_official_docker_hub_image_is_not_hardened() {
    use dhi::gate::Gate;
    use dhi::policy::{BuiltIn, Exceptions};

    let fixture = BaseFixture::empty();
    fixture.push("docker.io/library/python:3", &[Image::of("ab")]);
    let (trust, reference) = (fixture.trust(), "python:3".parse().unwrap());
    for (policy, id) in [(BuiltIn::DhiOrDhiBased, "base/not-dhi"), (BuiltIn::Attested, "attest/none")] {
        let gate = Gate {
            trust: &trust,
            policy,
            rego: &dhi::gate::RegoPolicies::default(),
            findings: &[],
            requirements: dhi::evidence::Requirements::default(),
            base: BaseOptions::default(),
            exceptions: &Exceptions::default(),
            enforce_from: None,
            now: trust.effective_time,
            effective_time: None,
            offline: false,
            accept: None,
        };
        let options = dhi::verify::Options::of(&reference);
        let decision = super::wait(gate.decide(&fixture.registry, &reference, &options)).unwrap();
        let problems: Vec<_> =
            decision.verdict().checks.iter().filter(|check| check.counts()).cloned().collect();
        let [check] = problems.as_slice() else { panic!("{problems:#?}") };
        let problem = check.diagnostic.as_ref().unwrap();
        assert_eq!(problem.code.as_str(), id);
        assert_eq!(CommandHints.hint(problem).as_deref(), Some("the hardened image is `dhi.io/python:3`"));
    }
}
