//! Docker keeps attestations of images on Docker Hub in a registry of its own: it is asked only when it is needed,
//! and what it refuses decides only then.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use dhi::diagnostic::Exit;
use dhi::evidence::{Outcome, Requirements, Verdict, judge};
use dhi::oci::{Descriptor, Digest, Reference, Repository, Version};
use dhi::registry::{Content, Error, FoundBy, Freshness, Referrers, Registry};
use dhi::trust::LogPolicy;
use dhi::verify::{Options, verify};
use serde_json::json;

use super::forge::{Forge, GOOD, SLSA, SPDX};
use crate::binary::trust;

/// Repositories in memory. What one lacks is 404; a repository can also refuse or be down.
#[derive(Default)]
struct Hub {
    repositories: BTreeMap<String, Forge>,
    errors: BTreeMap<String, Error>,
    /// Repositories whose referrers were asked for.
    asked: Mutex<Vec<String>>,
}

impl Hub {
    fn with(mut self, repository: &str, forge: &Forge) -> Self {
        self.repositories.insert(repository.to_owned(), forge.clone());
        self
    }

    fn failing(mut self, repository: &str, error: Error) -> Self {
        self.errors.insert(repository.to_owned(), error);
        self
    }

    fn of(&self, repository: &Repository) -> Result<&Forge, Error> {
        let name = repository.to_string();
        if let Some(error) = self.errors.get(&name) {
            return Err(error.clone());
        }
        self.repositories.get(&name).ok_or(Error::NotFound { what: name })
    }

    fn bytes(&self, repository: &Repository, digest: &Digest) -> Result<Bytes, Error> {
        let bytes = self.of(repository)?.bytes(&digest.to_string());
        bytes.map(Bytes::from).ok_or_else(|| Error::NotFound { what: digest.to_string() })
    }

    fn asked_scout(&self) -> bool {
        self.asked.lock().unwrap().iter().any(|name| name.starts_with("registry.scout.docker.com/"))
    }
}

#[async_trait]
impl Registry for Hub {
    async fn manifest(&self, repository: &Repository, version: &Version) -> Result<Content, Error> {
        let digest = match version {
            Version::Digest(digest) => *digest,
            Version::Tag(tag) if tag.as_str().starts_with("sha256-") => {
                return Err(Error::NotFound { what: tag.to_string() });
            }
            _ => self.of(repository)?.root.parse().unwrap(),
        };
        Ok(Content { bytes: self.bytes(repository, &digest)?, digest, media_type: None, age: None })
    }

    async fn blob(&self, repository: &Repository, descriptor: &Descriptor, _: u64) -> Result<Bytes, Error> {
        self.bytes(repository, &descriptor.digest)
    }

    async fn referrers(
        &self,
        repository: &Repository,
        subject: &Digest,
        _: Freshness,
    ) -> Result<Referrers, Error> {
        self.asked.lock().unwrap().push(repository.to_string());
        let descriptors = self.of(repository)?.referrers(&subject.to_string());
        Ok(Referrers { descriptors, found_by: FoundBy::Api, ..Referrers::default() })
    }
}

const IMAGES: [(&str, &str); 2] = [
    ("docker.io/acme/dhi-x", "registry.scout.docker.com/acme/dhi-x"),
    ("dhi.io/x", "registry.scout.docker.com/dhi/x"),
];

/// The good image with a label of hardened images or without, and the same without its attestations.
fn image(labelled: bool) -> (Forge, Forge) {
    let mut whole = Forge::of(GOOD);
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
    hub: &Hub,
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
        judge_bundles: true,
        ..Options::of(&reference)
    };
    let evidence = verify(hub, &reference, &trust, &options).await.unwrap();
    judge(
        &evidence,
        &Requirements::default(),
        &dhi::policy::BuiltIn::Attested,
        &dhi::evidence::Needed::default(),
    )
}

fn refused() -> Error {
    Error::Unauthorized { host: "scout".into(), what: "x".into(), answer: "401".into(), logged_in: false }
}

fn down() -> Error {
    let obstacle = dhi::registry::Obstacle::Other;
    Error::Unreachable { host: "scout".into(), what: "x".into(), obstacle, cause: "no".into(), attempts: 4 }
}

#[tokio::test]
async fn it_is_asked_only_when_the_image_has_no_proof_of_its_own() {
    let (whole, bare) = image(true);
    for (own, scout) in IMAGES {
        let hub = Hub::default().with(own, &whole).failing(scout, refused());
        assert_eq!(verdict(&hub, own, &[], None).await.exit, Exit::Pass);
        assert!(!hub.asked_scout());
        let hub = Hub::default().with(own, &bare).with(scout, &whole);
        assert_eq!(verdict(&hub, own, &[], None).await.exit, Exit::Pass);
        assert!(hub.asked_scout());
        let hub = Hub::default().with(own, &bare);
        assert_eq!(verdict(&hub, own, &[], None).await.exit, Exit::Missing, "it has none either");
        assert!(hub.asked_scout());
    }
}

#[tokio::test]
async fn its_refusal_decides_only_when_the_rest_does_not_suffice() {
    let (whole, bare) = image(true);
    let mut partial = whole.clone();
    partial.remove(&partial.attestation(SPDX));
    for (own, scout) in IMAGES {
        for (error, exit) in [(refused(), Exit::Denied), (down(), Exit::Unavailable)] {
            let hub = Hub::default().with(own, &bare).failing(scout, error.clone());
            assert_eq!(verdict(&hub, own, &[], None).await.exit, exit);
            // What is there does not hold the type that was asked for.
            let hub = Hub::default().with(own, &partial).failing(scout, error.clone());
            assert_eq!(verdict(&hub, own, &[SPDX], None).await.exit, exit);
            assert!(hub.asked_scout());
        }
        // Listed as not made where the verdict stands without it: here it fails on its own.
        let mut unsigned = whole.clone();
        unsigned.remove(&unsigned.attestation(SLSA));
        unsigned.remove(&unsigned.signature(&unsigned.attestation(SPDX)));
        let hub = Hub::default().with(own, &unsigned).failing(scout, refused());
        let verdict = verdict(&hub, own, &[], None).await;
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
async fn a_good_signature_there_counts_and_a_bad_one_is_not_excused() {
    let (whole, bare) = image(true);
    let mut unsigned = whole.clone();
    for predicate_type in [SPDX, SLSA] {
        unsigned.remove(&unsigned.signature(&unsigned.attestation(predicate_type)));
    }
    let mut broken = whole.clone();
    let slsa = broken.attestation(SLSA);
    broken.edit(&slsa, |value| value["annotations"]["new"] = "1".into());
    for (own, scout) in IMAGES {
        let hub = Hub::default().with(own, &unsigned).with(scout, &whole);
        assert_eq!(verdict(&hub, own, &[], None).await.exit, Exit::Pass, "one good signature suffices");
        let hub = Hub::default().with(own, &bare).with(scout, &broken);
        assert_eq!(verdict(&hub, own, &[], None).await.exit, Exit::BadProof);
    }
}

#[tokio::test]
async fn it_is_never_asked_for_what_claims_nothing_or_has_a_source_of_its_own() {
    let (whole, bare) = image(false);
    let (labelled, unlabelled) = (image(true), (whole, bare));
    for (own, scout) in IMAGES {
        let hub = Hub::default().with(own, &unlabelled.1).with(scout, &unlabelled.0);
        assert_eq!(verdict(&hub, own, &[], None).await.exit, Exit::Missing);
        assert!(!hub.asked_scout());
        let hub = Hub::default().with(own, &labelled.1).with(scout, &labelled.0);
        let elsewhere = Some("registry.example.com/proofs");
        assert_eq!(verdict(&hub, own, &[], elsewhere).await.exit, Exit::Missing);
        assert_eq!(*hub.asked.lock().unwrap().first().unwrap(), "registry.example.com/proofs");
        assert!(!hub.asked_scout());
    }
    let hub = Hub::default().with("quay.io/acme/x", &labelled.1);
    assert_eq!(verdict(&hub, "quay.io/acme/x", &[], None).await.exit, Exit::Missing);
    assert!(!hub.asked_scout());
}
