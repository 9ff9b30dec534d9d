//! The registry in which Docker keeps attestations of Docker Hub images: it is asked only when needed, and its refusal
//! decides only then.

use dhi::diagnostic::Exit;
use dhi::evidence::{Outcome, Requirements, Verdict, judge};
use dhi::oci::Reference;
use dhi::trust::LogPolicy;
use dhi::verify::{Options, verify};
use serde_json::json;

use super::tampered_image::{GOOD, SLSA, SPDX, TamperedImage};
use crate::support::env::trust;
use crate::support::registry::{InMemoryRegistry, Reply};

const SCOUT: &str = "/v2/registry.scout.docker.com/";

/// A registry of all hosts with an image in each of these repositories.
fn serve(images: &[(&str, &TamperedImage)]) -> InMemoryRegistry {
    let registry = InMemoryRegistry::in_process();
    for (repository, image) in images {
        image.serve(&registry, repository, "latest");
    }
    registry
}

/// The same, where requests for one more repository get this reply.
fn serve_failing(images: &[(&str, &TamperedImage)], failing: &str, reply: &Reply) -> InMemoryRegistry {
    let registry = serve(images);
    let (prefix, reply) = (format!("/v2/{failing}/"), reply.clone());
    registry.reply_with(move |request| request.target.starts_with(&prefix).then(|| reply.clone()));
    registry
}

fn asked_scout(registry: &InMemoryRegistry) -> bool {
    registry.count(SCOUT) > 0
}

const IMAGES: [(&str, &str); 2] = [
    ("docker.io/acme/dhi-x", "registry.scout.docker.com/acme/dhi-x"),
    ("dhi.io/x", "registry.scout.docker.com/dhi/x"),
];

/// The good image with a label of hardened images or without, and the same without its attestations.
fn image(labelled: bool) -> (TamperedImage, TamperedImage) {
    let mut whole = TamperedImage::of(GOOD);
    if !labelled {
        let image = whole.image();
        let config = whole.value(&image)["config"]["digest"].as_str().unwrap().to_owned();
        whole.edit_index(|_| ());
        whole.edit(&config, |config| config["config"]["Labels"] = json!({ "a": "b" }));
    }
    let mut bare = whole.clone();
    for predicate_type in [SPDX, SLSA] {
        bare.remove(&bare.attestation(predicate_type));
    }
    (whole, bare)
}

async fn verdict(
    registry: &InMemoryRegistry,
    reference: &str,
    predicate_types: &[&str],
    attestations: Option<&str>,
) -> Verdict {
    let reference: Reference = reference.parse().unwrap();
    let trust = trust(LogPolicy::VerifyIfPresent);
    let options = Options {
        predicate_types: predicate_types
            .iter()
            .map(|uri| dhi::attestation::PredicateSelector::exact(uri))
            .collect(),
        attestations: attestations.map(|text| text.parse::<Reference>().unwrap().repository),
        judge_enveloped: true,
        ..Options::of(&reference)
    };
    let evidence = verify(registry, &reference, &trust, &options).await.unwrap();
    judge(
        &evidence,
        &Requirements::default(),
        &dhi::policy::BuiltIn::Attested,
        &[],
        &dhi::evidence::PolicyInput::default(),
    )
}

fn refused() -> Reply {
    Reply::new(401, "")
}

#[tokio::test]
async fn scout_is_asked_only_if_the_image_has_no_proof() {
    let (whole, bare) = image(true);
    for (own, scout) in IMAGES {
        let registry = serve_failing(&[(own, &whole)], scout, &refused());
        assert_eq!(verdict(&registry, own, &[], None).await.exit, Exit::Pass);
        assert!(!asked_scout(&registry));
        let registry = serve(&[(own, &bare), (scout, &whole)]);
        assert_eq!(verdict(&registry, own, &[], None).await.exit, Exit::Pass);
        assert!(asked_scout(&registry));
        let registry = serve(&[(own, &bare)]);
        assert_eq!(verdict(&registry, own, &[], None).await.exit, Exit::Missing, "it has none either");
        assert!(asked_scout(&registry));
    }
}

#[tokio::test]
async fn a_refusal_of_scout_decides_only_if_proofs_are_missing() {
    let (whole, bare) = image(true);
    let mut partial = whole.clone();
    partial.remove(&partial.attestation(SPDX));
    for (own, scout) in IMAGES {
        for (reply, exit) in [(refused(), Exit::Denied), (Reply::cut(), Exit::Unavailable)] {
            let registry = serve_failing(&[(own, &bare)], scout, &reply);
            assert_eq!(verdict(&registry, own, &[], None).await.exit, exit);
            // What is there does not hold the type that was asked for.
            let registry = serve_failing(&[(own, &partial)], scout, &reply);
            assert_eq!(verdict(&registry, own, &[SPDX], None).await.exit, exit);
            assert!(asked_scout(&registry));
        }
        // Listed as skipped where the verdict does not depend on it: here it fails anyway.
        let mut unsigned = whole.clone();
        unsigned.remove(&unsigned.attestation(SLSA));
        unsigned.remove(&unsigned.signature(&unsigned.attestation(SPDX)));
        let registry = serve_failing(&[(own, &unsigned)], scout, &refused());
        let verdict = verdict(&registry, own, &[], None).await;
        assert_eq!(verdict.exit, Exit::Missing);
        let skipped = verdict.checks.iter().filter(|check| check.outcome() == Outcome::Skip);
        assert!(
            skipped
                .filter_map(|check| check.diagnostic.as_ref())
                .any(|problem| problem.exit() == Exit::Denied)
        );
    }
}

#[tokio::test]
async fn signatures_at_scout_are_judged_as_any_others() {
    let (whole, bare) = image(true);
    let mut unsigned = whole.clone();
    for predicate_type in [SPDX, SLSA] {
        unsigned.remove(&unsigned.signature(&unsigned.attestation(predicate_type)));
    }
    let mut broken = whole.clone();
    let slsa = broken.attestation(SLSA);
    broken.edit(&slsa, |value| value["annotations"]["new"] = "1".into());
    for (own, scout) in IMAGES {
        let registry = serve(&[(own, &unsigned), (scout, &whole)]);
        assert_eq!(verdict(&registry, own, &[], None).await.exit, Exit::Pass, "one good signature suffices");
        let registry = serve(&[(own, &bare), (scout, &broken)]);
        assert_eq!(verdict(&registry, own, &[], None).await.exit, Exit::BadProof);
    }
}

#[tokio::test]
async fn scout_is_not_asked_without_a_claim_or_with_attestations() {
    let (whole, bare) = image(false);
    let (labelled, unlabelled) = (image(true), (whole, bare));
    for (own, scout) in IMAGES {
        let registry = serve(&[(own, &unlabelled.1), (scout, &unlabelled.0)]);
        assert_eq!(verdict(&registry, own, &[], None).await.exit, Exit::Missing);
        assert!(!asked_scout(&registry));
        let registry = serve(&[(own, &labelled.1), (scout, &labelled.0)]);
        let elsewhere = Some("registry.example.com/proofs");
        assert_eq!(verdict(&registry, own, &[], elsewhere).await.exit, Exit::Missing);
        let lists = registry.log().into_iter().map(|request| request.target);
        let first = lists.into_iter().find(|target| target.contains("/referrers/")).unwrap();
        assert!(first.starts_with("/v2/registry.example.com/proofs/referrers/"), "{first}");
        assert!(!asked_scout(&registry));
    }
    let registry = serve(&[("quay.io/acme/x", &labelled.1)]);
    assert_eq!(verdict(&registry, "quay.io/acme/x", &[], None).await.exit, Exit::Missing);
    assert!(!asked_scout(&registry));
}
