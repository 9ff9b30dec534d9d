//! `cosign attest`: attestations by other signers are judged only with their keys, and never prove the image.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cosign::{Form, Key, attest};
use crate::image::{Image, Recipe};
use crate::registry::{Kind, Registry};
use crate::support::peers::{PeerEnv, SIGNERS};
use crate::verify::{Verdict, verify_attested};

/// The predicate type of the attestor.
const REVIEW: &str = "https://example.org/review/v1";

const TWO_PLATFORMS: Recipe = Recipe { architectures: &["amd64", "arm64"], ..Recipe::SMALL };

fn roles(verdict: &Verdict) -> BTreeMap<String, usize> {
    verdict.verified(|one| one["signature"]["role"].as_str().unwrap().to_owned())
}

fn reasons(verdict: &Verdict) -> Vec<(&Value, &str)> {
    verdict.not_judged().iter().map(|one| (&one["predicateType"], one["message"].as_str().unwrap())).collect()
}

#[test]
fn attestations_by_others_are_judged_with_their_key() {
    let Some(env) = PeerEnv::with(&SIGNERS) else { return };
    let registry = Registry::start(&env, Kind::Ggcr);
    let repository = format!("{}/dhi/python", registry.host);
    let (vendor, attestor) = (Key::generate(&env, "vendor"), Key::generate(&env, "attestor"));
    let image = Image::pushed(&env, TWO_PLATFORMS, &format!("{repository}:latest"));
    Form::SimpleSigning.sign_attestations(&env, &vendor, &repository, &image);
    Form::Bundle.sign(&env, &attestor, &repository, &image.digest);
    for platform in &image.platforms {
        attest(&env, &attestor, REVIEW, &repository, platform);
    }

    let by_vendor = verify_attested(&env, &["--key", vendor.public(), &repository]);
    by_vendor.attestations_are(2, Form::SimpleSigning);
    assert_eq!(reasons(&by_vendor), vec![(&REVIEW.into(), "signed by an unknown key"); 2]);

    let keys = ["--key", vendor.public(), "--attestor-key", attestor.public()];
    let by_both = verify_attested(&env, &[&keys[..], &[&repository]].concat());
    by_both.ends(0, &[]);
    assert_eq!(roles(&by_both), BTreeMap::from([("image".to_owned(), 2), ("attestor".to_owned(), 2)]));
    assert!(by_both.not_judged().is_empty(), "{by_both}");
    // The attestor's signature of the index is not the vendor's.
    assert_eq!(by_both.image()["rootSignature"]["outcome"], "unknown", "{by_both}");
    verify_attested(&env, &[&keys[..], &["--require-index-signature", &repository]].concat())
        .ends(4, &["trust/wrong-key"]);
    verify_attested(&env, &[&keys[..], &["--predicate-type", REVIEW, &repository]].concat())
        .ends(3, &["attest/predicate-missing"]);

    // The DHI key is the one that is asked, and it made none of these.
    verify_attested(&env, &["--attestor-key", attestor.public(), &repository]).ends(4, &["trust/wrong-key"]);
}

#[test]
fn attestations_by_others_alone_do_not_prove_an_image() {
    let Some(env) = PeerEnv::with(&SIGNERS) else { return };
    let registry = Registry::start(&env, Kind::OciRegistry);
    let repository = format!("{}/acme/app", registry.host);
    let (attestor, unknown) = (Key::generate(&env, "attestor"), Key::generate(&env, "unknown"));
    let bare = Recipe { predicates: &[], ..TWO_PLATFORMS };
    let image = Image::pushed(&env, bare, &format!("{repository}:latest"));
    for platform in &image.platforms {
        attest(&env, &attestor, REVIEW, &repository, platform);
    }

    let without_key = verify_attested(&env, &[&repository]);
    without_key.ends(3, &["attest/none"]);
    let reason = "a Sigstore bundle, and no key or identity is given to verify it";
    assert_eq!(reasons(&without_key), vec![(&REVIEW.into(), reason); 2], "{without_key}");

    let as_attestor = verify_attested(&env, &["--attestor-key", attestor.public(), &repository]);
    as_attestor.ends(3, &["attest/none"]);
    assert_eq!(roles(&as_attestor), BTreeMap::from([("attestor".to_owned(), 2)]));

    verify_attested(&env, &["--key", unknown.public(), &repository]).ends(3, &["attest/none"]);
    verify_attested(&env, &["--key", attestor.public(), &repository]).attestations_are(2, Form::Bundle);
    verify_attested(&env, &["--key", attestor.public(), "--predicate-type", REVIEW, &repository])
        .attestations_are(2, Form::Bundle);
}
