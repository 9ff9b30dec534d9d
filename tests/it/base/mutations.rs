//! Each fact that a good answer depends on is changed, one at a time, and the answer changes.

use dhi::diagnostic::{Code, Diagnostic, ToDiagnostic as _};
use dhi::evidence::{
    BaseAnswer, Evidence, Failure, HardenedStatus, PlatformEvidence, RegistryFailure, boundary,
    check_chain_id, hardened_status,
};
use dhi::limits::Exceeded;
use dhi::oci::{Digest, Platform};
use dhi::verify::BaseOptions;

use super::{APP, BaseFixture, python, wait};
use crate::support::base::{SLSA, SPDX};

/// Evidence of a child and of its base.
fn pair() -> (BaseFixture, Evidence, Evidence) {
    let (fixture, python_image) = BaseFixture::new();
    let app = super::child(&python("ab"), "abc").built_from(&[("dhi.io/python@3.13", &python_image)]);
    fixture.push(APP, &[app]);
    let options = BaseOptions::default();
    let (child, base) = (fixture.evidence(APP, &options), fixture.evidence("dhi.io/python:3.13", &options));
    (fixture, child, base)
}

fn changed(digest: &mut Digest) {
    *digest = Digest::of(digest.to_string().as_bytes());
}

fn registry(kind: RegistryFailure, code: Code) -> Failure {
    Failure::Registry { kind, diagnostic: Box::new(Diagnostic::new(code, "x")) }
}

/// Failures of every kind and severity.
fn failures() -> Vec<Failure> {
    use dhi::trust::Error;
    let text = || "x".to_owned();
    let digest = Digest::of(b"x");
    let trust = [
        Error::KeyFile { origin: text(), cause: text() },
        Error::Unsigned,
        Error::WrongKey { named: None, trusted: Vec::new() },
        Error::OnlyAttestor { signer: text(), trusted: Vec::new() },
        Error::WrongIdentity { identity: text(), issuer: text(), trusted: Vec::new() },
        Error::Altered { named: text() },
        Error::Certificate { cause: text() },
        Error::Time { cause: text() },
        Error::Threshold { needed: 2, by: Vec::new() },
        Error::Unreadable { cause: text() },
        Error::Payload { cause: text() },
        Error::SubjectMismatch { signed: text(), expected: digest },
        Error::SignedName { signed: None, expected: text(), remedy: None },
        Error::LogMissing { cause: text() },
        Error::LogBad { cause: text() },
        Error::Limit(Exceeded::new("x", 1, "bytes")),
    ];
    let registries = [
        registry(RegistryFailure::NotFound, Code::REGISTRY_NOT_FOUND),
        registry(RegistryFailure::NoAttestations, Code::REGISTRY_DOCKER_ARCHIVE),
        registry(RegistryFailure::Unusable, Code::REGISTRY_LAYOUT),
        registry(RegistryFailure::Unreachable, Code::REGISTRY_UNREACHABLE),
        registry(RegistryFailure::Unavailable, Code::REGISTRY_OFFLINE),
        registry(RegistryFailure::Denied, Code::REGISTRY_UNAUTHORIZED),
        registry(RegistryFailure::Tampered, Code::TRUST_TAMPERED),
        registry(RegistryFailure::Limit, Code::LIMITS_EXCEEDED),
    ];
    let others = [
        Failure::Manifest(dhi::oci::Error::Manifest(text())),
        Failure::Document { what: None, error: dhi::oci::Error::Manifest(text()) },
        Failure::StatementLayers(0),
        Failure::StatementType(text()),
        Failure::PredicateAnnotations { manifest: None, layer: None },
        Failure::Limit(Exceeded::new("x", 1, "bytes")),
        Failure::Bug(text()),
    ];
    trust.into_iter().map(Failure::Trust).chain(registries).chain(others).collect()
}

#[test]
fn every_mutation_of_a_hardened_image_fails() {
    let (_, _, good) = pair();
    let is_hardened = |evidence: &Evidence| {
        matches!(hardened_status(evidence, &evidence.platforms[0]), HardenedStatus::Hardened(_))
    };
    assert!(is_hardened(&good));
    let count = good.platforms[0].attestations.len();
    assert_eq!(count, 2);
    for place in 0..count {
        // Taken away, or failing for any reason at all.
        let mut lacking = good.clone();
        lacking.platforms[0].attestations.remove(place);
        assert!(!is_hardened(&lacking), "without attestation {place}");
        for failure in failures() {
            let mut failing = good.clone();
            failing.platforms[0].attestations[place].outcome = Err(failure.clone());
            assert!(!is_hardened(&failing), "attestation {place}: {failure:?}");
        }
    }
    for place in [SPDX, SLSA] {
        let fixture = BaseFixture::empty();
        let image = fixture.push("dhi.io/python:3.13", &[python("ab")]);
        let kinds = [SPDX, SLSA].map(|kind| format!("{kind}{}", if kind == place { "x" } else { "" }));
        fixture.sign(&image, &kinds.each_ref().map(String::as_str), Some(&fixture.key));
        let retyped = fixture.evidence("dhi.io/python:3.13", &BaseOptions::default());
        assert!(retyped.platforms[0].attestations.iter().all(|attestation| attestation.outcome.is_ok()));
        assert!(!is_hardened(&retyped), "type of the attestation {place}");
    }
    let mut none = good.clone();
    none.platforms[0].attestations.clear();
    assert!(!is_hardened(&none));
    for failure in failures() {
        let mut broken = good.clone();
        broken.platforms[0].failures.push(failure.clone());
        assert!(!is_hardened(&broken), "{failure:?}");
        let mut signature = good.clone();
        signature.root_signature.outcome = dhi::evidence::RootSignatureOutcome::Failed(failure.clone());
        // A signature that is not demanded and cannot be had is as good as none; a bad one is not.
        let is_bad = failure.to_diagnostic().exit() >= dhi::diagnostic::Exit::Limit;
        assert_eq!(is_hardened(&signature), !is_bad, "{failure:?}");
    }
}

#[test]
fn every_mutation_of_a_boundary_fails() {
    let (_, child, base) = pair();
    let (child, base) = (&child.platforms[0], &base.platforms[0]);
    let proves = |child: &PlatformEvidence, base: &PlatformEvidence| {
        let Some(Ok(found)) = boundary(child, base) else { return false };
        found.differing.is_empty() && check_chain_id(child, base, &found).is_ok()
    };
    assert!(proves(child, base));
    type Change = (&'static str, fn(&mut PlatformEvidence));
    let both: [Change; 10] = [
        ("configuration", |image| image.config = None),
        ("first diff_id", |image| changed(&mut image.config.as_mut().unwrap().diff_ids[0])),
        ("second diff_id", |image| changed(&mut image.config.as_mut().unwrap().diff_ids[1])),
        ("one diff_id less", |image| image.config.as_mut().unwrap().diff_ids.truncate(1)),
        ("no diff_ids", |image| image.config.as_mut().unwrap().diff_ids.clear()),
        ("order", |image| image.config.as_mut().unwrap().diff_ids.reverse()),
        ("first layer", |image| changed(&mut image.layers[0].digest)),
        ("size of the first layer", |image| image.layers[0].size += 1),
        ("one layer less", |image| drop(image.layers.pop())),
        ("ChainID", |image| {
            let labels = &mut image.config.as_mut().unwrap().labels;
            labels.insert(super::CHAIN_ID.to_owned(), Digest::of(b"").to_string());
        }),
    ];
    for (name, change) in both {
        let (mut other_child, mut other_base) = (child.clone(), base.clone());
        change(&mut other_child);
        assert!(!proves(&other_child, base), "{name} of the child");
        change(&mut other_base);
        assert!(!proves(child, &other_base), "{name} of the base");
    }
    let mut nothing = (child.clone(), base.clone());
    for image in [&mut nothing.0, &mut nothing.1] {
        image.layers.clear();
        image.config.as_mut().unwrap().diff_ids.clear();
    }
    assert!(!proves(&nothing.0, &nothing.1), "two empty images");
}

#[test]
fn every_mutation_of_a_judged_child_fails() {
    let (fixture, good, _) = pair();
    let ask = |evidence: &Evidence| {
        wait(dhi::verify::base(&fixture.registry, evidence, &fixture.trust(), &BaseOptions::default()))
    };
    assert_eq!(ask(&good).answer(), "dhi-based");
    type Change = (&'static str, fn(&mut Evidence));
    let changes: [Change; 6] = [
        ("no platforms", |evidence| evidence.platforms.clear()),
        ("a platform that is not there", |evidence| {
            evidence.requested_platforms =
                vec!["linux/amd64".parse().unwrap(), "linux/s390x".parse().unwrap()];
        }),
        ("its platform", |evidence| {
            let config = evidence.platforms[0].config.as_mut().unwrap();
            config.platform = "linux/arm64".parse::<Platform>().unwrap();
        }),
        ("a layer", |evidence| changed(&mut evidence.platforms[0].layers[1].digest)),
        ("a diff_id", |evidence| changed(&mut evidence.platforms[0].config.as_mut().unwrap().diff_ids[0])),
        ("tampering", |evidence| {
            let tampered = registry(RegistryFailure::Tampered, Code::TRUST_TAMPERED);
            evidence.platforms[0].failures.push(tampered);
        }),
    ];
    for (name, change) in changes {
        let mut other = good.clone();
        change(&mut other);
        let proof = ask(&other);
        assert_ne!(proof.answer(), "dhi-based", "{name}");
        assert_ne!(proof.exit().code(), 0, "{name}");
    }
}

#[test]
fn a_base_without_valid_signatures_proves_nothing() {
    // With another trusted key no signature of the base counts.
    let (fixture, child, _) = pair();
    let unknown = BaseFixture::empty();
    let proof = wait(dhi::verify::base(&fixture.registry, &child, &unknown.trust(), &BaseOptions::default()));
    assert!(matches!(proof.platforms[0].answer, BaseAnswer::ClaimsOnly(_)), "{proof:#?}");
    // An empty world has nothing to prove it with.
    let empty = BaseFixture::empty();
    let proof = wait(dhi::verify::base(&empty.registry, &child, &fixture.trust(), &BaseOptions::default()));
    assert_ne!(proof.exit().code(), 0, "{proof:#?}");
}
