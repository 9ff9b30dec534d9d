//! The effect of verification summaries on the answer about a base image.

use serde_json::json;

use super::{APP, BaseFixture, code, id, one};
use crate::support::base::{Image, VSA};
use dhi::verify::BaseOptions;

const VERIFIER: &str = "https://verifier.example.com";

pub(super) fn vsa(result: &str, time: &str) -> serde_json::Value {
    json!({
        "verifier": { "id": VERIFIER },
        "timeVerified": time,
        "verificationResult": result,
        "verifiedLevels": ["SLSA_BUILD_LEVEL_3"],
    })
}

#[test]
fn the_newest_summary_decides_for_image_and_children() {
    let (old, new) = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
    for (said, hardened) in [
        (vec![vsa("PASSED", old)], true),
        (vec![vsa("FAILED", old), vsa("PASSED", new)], true),
        (vec![vsa("PASSED", old), vsa("FAILED", new)], false),
        (vec![vsa("PASSED", new), vsa("FAILED", new)], false),
        (vec![vsa("PASSED", "")], false),
    ] {
        let (fixture, python_image) = BaseFixture::new();
        for predicate in &said {
            let key = Some((&fixture.key, "dhi/python"));
            fixture.attest(&python_image.repository, &python_image.images[0], VSA, predicate, key);
        }
        let own = one(fixture.ask("dhi.io/python:3.13", &BaseOptions::default()));
        fixture.push(APP, &[Image::of("abc").built_from(&[("dhi.io/python@3.13", &python_image)])]);
        let app = fixture.app();
        if hardened {
            assert_eq!((own.answer.as_str(), app.answer.as_str()), ("dhi", "dhi-based"), "{said:?}");
            assert_eq!(own.summaries[0].levels, ["SLSA_BUILD_LEVEL_3"]);
        } else {
            assert_eq!((code(&own), id(&own)), (("claims-only", 1), "attest/vsa"), "{said:?}");
            assert_eq!(code(&app), ("not-dhi", 1), "{said:?}");
        }
    }
}

#[test]
fn summaries_by_other_keys_are_ignored() {
    let (fixture, python_image) = BaseFixture::new();
    let failed = vsa("FAILED", "2026-02-01T00:00:00Z");
    // Not signed with a key that counts: it does not verify, and so the image is not shown to be hardened.
    let key = Some((&fixture.other, "dhi/python"));
    fixture.attest(&python_image.repository, &python_image.images[0], VSA, &failed, key);
    let own = one(fixture.ask("dhi.io/python:3.13", &BaseOptions::default()));
    assert!(own.summaries.is_empty());
    assert_eq!(code(&own), ("claims-only", 1));
}
