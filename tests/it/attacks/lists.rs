//! A registry that hides a list or shows another one: by a login page, a refusal, a missing API, or a tag that names
//! another object.

use dhi::oci::{Digest, media_type};

use super::tampered_image::{GOOD, TamperedImage};
use crate::support::env::{ATTESTED_ONLY, Run, TestEnv};
use crate::support::registry::{InMemoryRegistry, Reply};

/// The image in a registry.
struct ServedImage {
    registry: InMemoryRegistry,
    tampered: TamperedImage,
}

impl ServedImage {
    fn of(tampered: TamperedImage) -> Self {
        let registry = InMemoryRegistry::start();
        tampered.serve(&registry, "x", "1");
        Self { registry, tampered }
    }

    fn verify(&self, flags: &[&str]) -> Run {
        let host = self.registry.host();
        let fixed = ["--format", "json", "--plain-http", &host];
        TestEnv::new().verify(&[&fixed[..], flags, &[&format!("{host}/x:1")]].concat())
    }

    fn api(&self, subject: &str) -> String {
        format!("/v2/x/referrers/{subject}")
    }

    fn fallback_tag(&self, subject: &str) -> String {
        subject.parse::<Digest>().unwrap().fallback_tag()
    }
}

fn refusal() -> Reply {
    Reply::json(403, r#"{"errors":[{"code":"DENIED","message":"no"}]}"#)
}

#[test]
fn a_hidden_list_of_referrers_is_unknown() {
    for (reply, code) in [(Reply::html(), 6), (refusal(), 5)] {
        let served = ServedImage::of(TamperedImage::of(GOOD));
        let image = served.tampered.image();
        served.registry.script(&served.api(&image), reply.clone());
        for flags in [&[][..], &ATTESTED_ONLY, &["--policy", "dhi-or-dhi-based"]] {
            let run = served.verify(flags);
            assert_eq!(run.code, code, "{flags:?}: {}", run.stdout);
            let ids = run.ids();
            assert!(!ids.iter().any(|id| id == "attest/none" || id == "base/not-dhi"), "{ids:?}");
        }
        // The same for an unsigned image: whether it is hardened is unknown too.
        let mut tampered = TamperedImage::of(GOOD);
        let evil = tampered.add_evil_image()["digest"].as_str().unwrap().to_owned();
        let served = ServedImage::of(tampered);
        served.registry.tag("x", "1", &evil.parse().unwrap());
        served.verify(&[]).assert(1, "base/not-dhi");
        served.registry.script(&served.api(&evil), reply);
        for flags in [&[][..], &ATTESTED_ONLY] {
            assert_eq!(served.verify(flags).code, code);
        }
    }
}

#[test]
fn a_missing_referrers_api_is_treated_like_404() {
    for status in [404, 400, 405, 406, 501] {
        let served = ServedImage::of(TamperedImage::of(GOOD));
        served.registry.no_referrers_api(status);
        let run = served.verify(&ATTESTED_ONLY);
        assert_eq!(run.code, 3, "{status}: {}", run.stdout);
        assert!(run.ids().contains(&"attest/none".to_owned()), "{:?}", run.ids());
        // What its labels name as base is asked for, and is not there.
        assert_ne!(served.verify(&[]).code, 0, "{status}");
    }
}

#[test]
fn a_fallback_tag_that_names_another_object_proves_nothing() {
    let mut tampered = TamperedImage::of(GOOD);
    let evil = tampered.add_evil_image()["digest"].as_str().unwrap().to_owned();
    let served = ServedImage::of(tampered);
    served.registry.referrers_api(false);
    let (image, root) = (served.tampered.image(), served.tampered.root.clone());
    for (target, code, id) in [
        // Another image, whose bytes are no list.
        (evil.as_str(), 6, "registry/unusable-answer"),
        // Itself: no list.
        (image.as_str(), 3, "attest/none"),
        // An index of images, none of which is about it.
        (root.as_str(), 3, "attest/none"),
    ] {
        served.registry.tag("x", &served.fallback_tag(&image), &target.parse().unwrap());
        let run = served.verify(&ATTESTED_ONLY);
        assert_eq!(run.code, code, "{target}: {}", run.stdout);
        assert!(run.ids().contains(&id.to_owned()), "{target}: {:?}", run.ids());
        assert_ne!(served.verify(&[]).code, 0, "{target}");
    }
}

/// The list of another image, genuine as it is.
#[test]
fn the_referrers_of_another_image_prove_nothing() {
    let mut tampered = TamperedImage::of(GOOD);
    let evil = tampered.add_evil_image()["digest"].as_str().unwrap().to_owned();
    let image = tampered.image();
    let list = serde_json::json!({
        "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": tampered.referrers(&image),
    });
    let served = ServedImage::of(tampered);
    served.registry.tag("x", "1", &evil.parse().unwrap());
    let list = served.registry.put_manifest("x", list.to_string().as_bytes());
    served.registry.tag("x", &served.fallback_tag(&evil), &list);
    for reply in [Reply::html(), refusal(), Reply::json(406, "{}")] {
        served.registry.script(&served.api(&evil), reply);
        for flags in [&[][..], &ATTESTED_ONLY] {
            let run = served.verify(flags);
            assert_eq!(run.code, 4, "{}", run.stdout);
            assert!(run.ids().contains(&"trust/subject-mismatch".to_owned()), "{:?}", run.ids());
        }
    }
}

/// cosign's tag is asked beside the list alone. To refuse it hides no more than to have none.
#[test]
fn a_refused_signature_tag_is_treated_like_404() {
    let mut tampered = TamperedImage::of(GOOD);
    tampered.unsign_index();
    let served = ServedImage::of(tampered);
    served.registry.no_such_tag(403);
    let run = served.verify(&[]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert_eq!(run.json()["images"][0]["rootSignature"]["outcome"], "unknown");
    assert_eq!(served.verify(&["--require-index-signature"]).code, 5);
    // The list itself is another matter.
    served.registry.script(&served.api(&served.tampered.root), refusal());
    assert_eq!(served.verify(&[]).code, 5);
}
