//! Attestations of the scanned image. Each test changes one step of the chain from the image to the statement.

use dhi::oci::{Digest, media_type};
use serde_json::{Value, json};

use super::{APP, Applied, CVE, OPENVEX, PURL, Situation, in_image, scan, vex};
use crate::support::base::{Image, SPDX, statement};
use crate::support::registry::Reply;

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

#[test]
fn a_signed_attestation_suppresses() {
    for products in [&[][..], &[in_image(Situation::new().amd64())]] {
        let situation = Situation::new();
        situation.attest(&vex(products), Some(&situation.fixture.key));
        let applied = situation.apply();
        applied.assert_suppressed();
        assert_eq!(applied.problems, [""; 0]);
    }
}

#[test]
fn an_unsigned_attestation_suppresses_nothing_until_it_is_named() {
    let situation = Situation::new();
    situation.attest(&vex(&[]), None);
    let applied = situation.apply();
    applied.assert_kept(
        "trust/unsigned: VEX of registry.example.com/acme/app (linux/amd64): there is no signature",
    );
    applied.assert_kept("Unverified");
    let scan = situation.scan();
    let named = "OpenVEX of registry.example.com/acme/app (linux/amd64)".to_owned();
    let loaded = situation.load(&scan, |options| options.trust_unsigned = vec![named]).unwrap();
    Applied::of(loaded, scan).assert_suppressed();
}

#[test]
fn the_name_of_several_attestations_trusts_none() {
    let situation = Situation::new();
    let named = "OpenVEX of registry.example.com/acme/app (linux/amd64)".to_owned();
    situation.attest(&vex(&[]), None);
    let scan = situation.scan();
    let load = |name: &str| situation.load(&scan, |options| options.trust_unsigned = vec![name.to_owned()]);
    let first = load(&named).unwrap().documents[0].source.name.clone();
    // Another one that is attached later takes over no name.
    let mut other = vex(&[]);
    other["version"] = 2.into();
    situation.attest(&other, None);
    let diagnostic = dhi::Diagnostic::from(load(&named).unwrap_err());
    assert_eq!(diagnostic.code.as_str(), "usage/arguments");
    assert_eq!(diagnostic.facts.len(), 2, "{:#?}", diagnostic.facts);
    let loaded = load(&first).unwrap();
    let trusted = loaded.documents.iter().filter(|document| document.source.trust.may_suppress());
    let trusted: Vec<&str> = trusted.map(|document| document.source.name.as_str()).collect();
    assert_eq!(trusted, [first.as_str()]);
}

#[test]
fn an_attestation_by_another_key_suppresses_nothing() {
    let situation = Situation::new();
    situation.attest(&vex(&[]), Some(&situation.fixture.other));
    situation.apply().assert_kept("trust/wrong-key");
}

#[test]
fn a_statement_about_another_image_suppresses_nothing() {
    let situation = Situation::new();
    let other = statement(&json!({ "digest": Digest::of(b"other").to_string() }), OPENVEX, &vex(&[]));
    let key = (&situation.fixture.key, "acme/app");
    situation.fixture.attest_statement(APP, situation.amd64(), OPENVEX, &other, Some(key));
    let applied = situation.apply();
    applied.assert_kept("the statement is not about this image");
    // It is no proof that a user may lift.
    let scan = situation.scan();
    let named = "OpenVEX of registry.example.com/acme/app (linux/amd64)".to_owned();
    let loaded = situation.load(&scan, |options| options.trust_unsigned = vec![named]).unwrap();
    let applied = Applied::of(loaded, scan);
    applied.assert_kept("OtherSubject");
    assert_eq!(applied.problems.len(), 1, "{:#?}", applied.problems);
}

/// An attestation of another image, with its good signature, that the registry lists for this one.
#[test]
fn an_attestation_of_another_image_suppresses_nothing() {
    let situation = Situation::new();
    let fixture = &situation.fixture;
    let other = fixture.push(&format!("{APP}:2"), &[Image::of("xy")]);
    let attestation =
        fixture.attest(APP, &other.images[0], OPENVEX, &vex(&[]), Some((&fixture.key, "acme/app")));
    let mut listed = attestation.clone();
    listed["artifactType"] = media_type::IN_TOTO.into();
    let list = json!({ "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": [listed] });
    let path = format!("/v2/{APP}/referrers/{}", text(situation.amd64(), "digest"));
    fixture
        .registry
        .script(&path, Reply::new(200, list.to_string()).header("Content-Type", media_type::OCI_INDEX));
    situation.apply().assert_kept("trust/subject-mismatch");
}

#[test]
fn an_attestation_that_is_too_old_suppresses_nothing() {
    let situation = Situation::new();
    situation.attest(&vex(&[]), Some(&situation.fixture.key));
    for (days, suppressed) in [(29, false), (31, true)] {
        let scan = situation.scan();
        let age = jiff::SignedDuration::from_hours(24 * days);
        let loaded = situation.load(&scan, |options| options.max_age = Some(age)).unwrap();
        let applied = Applied::of(loaded, scan);
        if suppressed { applied.assert_suppressed() } else { applied.assert_kept("TooOld") }
    }
    // A date in the future keeps nothing new, and neither does none.
    for time in [json!("2027-09-01T00:00:00Z"), Value::Null] {
        let situation = Situation::new();
        let mut document = vex(&[]);
        document["timestamp"] = time;
        situation.attest(&document, Some(&situation.fixture.key));
        let scan = situation.scan();
        let age = jiff::SignedDuration::from_hours(24 * 365);
        let loaded = situation.load(&scan, |options| options.max_age = Some(age)).unwrap();
        Applied::of(loaded, scan).assert_kept("TooOld");
    }
}

#[test]
fn a_truncated_or_changed_statement_suppresses_nothing() {
    let good = statement(Situation::new().amd64(), OPENVEX, &vex(&[]));
    let cut = &good[..good.len() - 9];
    let changed = good.replace("2026-1000", "2026-1001");
    for served in [cut, &changed, ""] {
        let situation = Situation::new();
        situation.attest(&vex(&[]), Some(&situation.fixture.key));
        let blob = format!("/v2/{APP}/blobs/{}", Digest::of(good.as_bytes()));
        situation.fixture.registry.script(&blob, Reply::new(200, served));
        situation.apply().assert_kept("trust/tampered");
    }
    // Signed as it is, it is no statement.
    let situation = Situation::new();
    let key = (&situation.fixture.key, "acme/app");
    situation.fixture.attest_statement(APP, situation.amd64(), OPENVEX, cut, Some(key));
    situation.apply().assert_kept("the statement cannot be read");
}

#[test]
fn a_document_that_is_no_vex_suppresses_nothing() {
    for predicate in [json!({}), json!([]), json!({ "@context": OPENVEX, "statements": "none" })] {
        let situation = Situation::new();
        situation.attest(&predicate, Some(&situation.fixture.key));
        situation.apply().assert_kept("vex/document: ");
    }
}

#[test]
fn a_wrong_predicate_type_suppresses_nothing() {
    // Another type in the statement than in its manifest.
    let situation = Situation::new();
    let other = statement(situation.amd64(), SPDX, &vex(&[]));
    let key = (&situation.fixture.key, "acme/app");
    situation.fixture.attest_statement(APP, situation.amd64(), OPENVEX, &other, Some(key));
    situation.apply().assert_kept("claims another predicate type than its statement has");
    // A document of VEX as a predicate of another type.
    for kind in [SPDX, "https://example.com/x"] {
        let situation = Situation::new();
        situation.fixture.attest(APP, situation.amd64(), kind, &vex(&[]), Some(key_of(&situation)));
        situation.apply().assert_kept("NoStatement");
    }
}

fn key_of(situation: &Situation) -> (&crate::support::test_sigstore::key::Key, &'static str) {
    (&situation.fixture.key, "acme/app")
}

#[test]
fn an_attestation_about_an_unverified_index_is_not_used() {
    let situation = Situation::new();
    let size = situation.fixture.registry.tagged(APP, "1").unwrap().len();
    let index = json!({ "mediaType": media_type::OCI_INDEX, "digest": situation.app.digest, "size": size });
    situation.fixture.attest(APP, &index, OPENVEX, &vex(&[]), Some(key_of(&situation)));
    // The index was verified: it holds the scanned image.
    situation.apply().assert_suppressed();
    // Named by its own digest, the image is bound to no index.
    let scan = situation.scan();
    let image = format!("{APP}@{}", text(situation.amd64(), "digest"));
    let loaded = situation.load(&scan, |options| options.image = Some(image.parse().unwrap())).unwrap();
    Applied::of(loaded, scan).assert_kept("NoStatement");
}

#[test]
fn a_statement_about_another_product_suppresses_nothing() {
    for (products, said) in [
        (json!({ "@id": format!("pkg:oci/app@{}", Digest::of(b"other")) }), "ProductsWithoutSubject"),
        (json!({ "@id": "pkg:deb/debian/bash@5.2" }), "ProductsWithoutSubject"),
    ] {
        let situation = Situation::new();
        situation.attest(&vex(&[products]), Some(&situation.fixture.key));
        situation.apply().assert_kept(said);
    }
}

#[test]
fn an_unavailable_list_is_said() {
    for status in [401, 503] {
        let situation = Situation::new();
        situation.attest(&vex(&[]), Some(&situation.fixture.key));
        let list = format!("/v2/{APP}/referrers/{}", text(situation.amd64(), "digest"));
        situation.fixture.registry.script(&list, Reply::new(status, ""));
        let scan = situation.scan();
        let loaded = situation.load(&scan, |_| {}).unwrap();
        let is_incomplete =
            |problem: &dhi::gate::vex::Problem| problem.effect == dhi::gate::vex::Effect::Incomplete;
        assert!(loaded.problems.iter().any(is_incomplete), "{:#?}", loaded.problems);
        Applied::of(loaded, scan).assert_kept("referrers of the image");
    }
}

#[test]
fn a_report_of_another_image_is_refused() {
    let situation = Situation::new();
    situation.attest(&vex(&[]), Some(&situation.fixture.key));
    let other = format!("{APP}@{}", Digest::of(b"other"));
    let scan = scan(Some(&other), PURL);
    let by_digest = format!("{APP}@{}", text(situation.amd64(), "digest"));
    let unreachable = format!("{APP}@{}", Digest::of(b"nowhere"));
    for image in [format!("{APP}:1"), format!("{APP}@{}", situation.app.digest), by_digest, unreachable] {
        let loaded = situation.load(&scan, |options| options.image = Some(image.parse().unwrap()));
        let diagnostic = dhi::Diagnostic::from(loaded.unwrap_err());
        assert_eq!(diagnostic.code.as_str(), "vex/other-image", "{image}: {diagnostic:?}");
        assert_eq!(diagnostic.exit(), dhi::diagnostic::Exit::Usage);
        assert!(diagnostic.facts.iter().any(|(_, value)| *value == other), "{diagnostic:?}");
    }
    assert_eq!(CVE, scan.findings[0].id);
}

#[test]
fn a_digest_is_compared_before_attestations_are_read() {
    let situation = Situation::new();
    let scan = scan(Some(&format!("{APP}@{}", Digest::of(b"other"))), PURL);
    let image = format!("{APP}@{}", situation.app.digest);
    situation.fixture.registry.clear_log();
    assert!(situation.load(&scan, |options| options.image = Some(image.parse().unwrap())).is_err());
    assert_eq!(situation.fixture.registry.log().len(), 1, "{:?}", situation.fixture.registry.lines());
}

#[test]
fn a_report_without_a_digest_is_about_the_named_image() {
    let situation = Situation::new();
    situation.attest(&vex(&[]), Some(&situation.fixture.key));
    let scan = scan(None, PURL);
    let loaded = situation.load(&scan, |_| {}).unwrap();
    let applied = Applied::of(loaded, scan);
    applied.assert_suppressed();
    assert!(!applied.decision.warnings.is_empty(), "{:#?}", applied.decision);
}
