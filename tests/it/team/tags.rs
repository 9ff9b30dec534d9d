//! Signatures and attestations that cosign 2 stores under the tags `sha256-HEX.sig` and `sha256-HEX.att`.

use super::{CHECKED, IDENTITY, ISSUER, TeamImage};
use crate::support::test_sigstore::cosign::{BUNDLE, Layer, simple_signing};

fn payload(team: &TeamImage) -> String {
    simple_signing("registry.acme.test/app", &team.image.to_string())
}

pub(super) fn signature(team: &TeamImage, keyless: bool) -> Layer {
    let payload = payload(team);
    let signer = if keyless { team.sigstore.keyless(IDENTITY, ISSUER) } else { team.sigstore.keyed() };
    signer.sign(payload.as_bytes()).logged(&team.sigstore.rekor).layer(&payload)
}

pub(super) fn attestation(team: &TeamImage, keyless: bool) -> Layer {
    let statement = team.checked();
    let signer = if keyless { team.sigstore.keyless(IDENTITY, ISSUER) } else { team.sigstore.keyed() };
    signer.attest(&statement).logged(&team.sigstore.rekor).layer(&statement)
}

#[test]
fn signatures_and_attestations_under_tags_pass() {
    for keyless in [false, true] {
        let team = TeamImage::new();
        team.tag("sig", &[signature(&team, keyless)]);
        team.tag("att", &[attestation(&team, keyless)]);
        let run = if keyless {
            team.verify_keyless(&["--require-index-signature", "--format", "json"])
        } else {
            team.verify_keyed(&["--require-index-signature", "--require-tlog", "--format", "json"])
        };
        run.assert(0, "pass");
        let image = &run.json()["images"][0];
        assert_eq!(image["rootSignature"]["outcome"], "good");
        let attestation = &image["platforms"][0]["attestations"][0];
        assert_eq!(attestation["form"], "dsse");
        assert_eq!(attestation["predicateType"], CHECKED);
        assert_eq!(attestation["signature"]["log"]["state"], "proven");
    }
}

#[test]
fn signatures_under_tags_are_listed_without_a_key() {
    let team = TeamImage::new();
    team.tag("att", &[attestation(&team, false)]);
    team.list(&[]).assert(0, "--attestor-key");
    team.verify(&[]).assert(3, "attest/none");
    assert_eq!(team.registry.count(&format!("/v2/acme/app/manifests/sha256-{}.att", team.image.hex())), 2);
}

#[test]
fn images_with_only_signatures_or_envelopes_are_named() {
    let team = TeamImage::new();
    team.tag("att", &[attestation(&team, false)]);
    team.verify(&[])
        .assert(3, "there is no attestation, only 1 signed statement that needs a key or identity");
    let team = TeamImage::new();
    team.tag("sig", &[signature(&team, false)]);
    team.verify(&[]).assert(3, "there is no attestation, only a signature by an unknown signer");
    team.verify_keyed(&[]).assert(3, "there is no attestation, only a signature\n");
}

#[test]
fn another_image_or_key_under_a_tag_proves_nothing() {
    let (team, other) = (TeamImage::new(), TeamImage::new());
    // Genuine, and about another image.
    let foreign = crate::support::test_sigstore::statement("app", &"0".repeat(64), CHECKED);
    let foreign = team.sigstore.keyed().attest(&foreign).logged(&team.sigstore.rekor).layer(&foreign);
    team.tag("att", &[foreign]);
    team.verify_keyed(&[]).assert(4, "trust/subject-mismatch");
    team.tag("att", &[attestation(&other, false)]);
    team.verify_keyed(&[]).assert(3, "attest/none");
    let payload = simple_signing("registry.acme.test/app", &format!("sha256:{}", "0".repeat(64)));
    let signed = team.sigstore.keyed().sign(payload.as_bytes()).logged(&team.sigstore.rekor);
    team.tag("sig", &[signed.layer(&payload)]);
    team.tag("att", &[attestation(&team, false)]);
    team.verify_keyed(&[]).assert(4, "trust/subject-mismatch");
}

#[test]
fn one_good_signature_among_others_suffices() {
    let (team, other) = (TeamImage::new(), TeamImage::new());
    team.tag("sig", &[signature(&other, false), signature(&team, false), signature(&other, true)]);
    team.tag("att", &[attestation(&other, false), attestation(&team, false)]);
    team.verify_keyed(&["--require-index-signature"]).assert(0, "pass");
}

/// `layer` with the signatures of the others too, before its own or behind it.
fn signed_by_all(layer: &Layer, others: &[&Layer], before: bool) -> Layer {
    let read = |layer: &Layer| -> serde_json::Value { serde_json::from_slice(&layer.payload).unwrap() };
    let signatures = |layer: &Layer| read(layer)["signatures"].as_array().unwrap().clone();
    let mut all = signatures(layer);
    for other in others {
        let at = if before { 0 } else { all.len() };
        drop(all.splice(at..at, signatures(other)));
    }
    let mut envelope = read(layer);
    envelope["signatures"] = all.into();
    Layer { payload: envelope.to_string().into_bytes(), ..layer.clone() }
}

#[test]
fn one_good_signature_of_an_envelope_suffices() {
    let (team, other) = (TeamImage::new(), TeamImage::new());
    let statement = team.checked();
    let by = |who: &TeamImage| who.sigstore.keyed().attest(&statement).layer(&statement);
    let (own, foreign) = (by(&team), by(&other));
    for before in [true, false] {
        team.tag("att", &[signed_by_all(&own, &[&foreign], before)]);
        let run = team.verify_keyed(&["--format", "json"]);
        run.assert(0, "pass");
        let attestations =
            run.json()["images"][0]["platforms"][0]["attestations"].as_array().unwrap().clone();
        assert_eq!(attestations.len(), 1);
    }
    // A second signature by one key is no second signer, nor is one by a key that is not given.
    team.tag("att", &[signed_by_all(&own, &[&own, &by(&team), &foreign], false)]);
    team.env.write("other.pub", other.sigstore.key.pem());
    let other_key = team.env.file("other.pub");
    team.verify_keyed(&["--threshold", "2", "--key", &other_key]).assert(0, "pass");
    team.tag("att", &[signed_by_all(&own, &[&own, &by(&team)], false)]);
    team.verify_keyed(&["--threshold", "2", "--key", &other_key]).assert(4, "trust/threshold");
    // None is good: the reason is whose they are, not how many there are.
    team.tag("att", &[signed_by_all(&foreign, &[&foreign, &by(&TeamImage::new())], false)]);
    let run = team.verify_keyed(&[]);
    run.assert(3, "attest/none");
    run.assert(3, "signed by an unknown key");
    assert!(!run.stdout.contains("to verify a Sigstore bundle"), "{}", run.stdout);
    // Good signatures over another payload prove nothing of this one.
    let mut forged = signed_by_all(&own, &[&foreign], false);
    let text = String::from_utf8(forged.payload).unwrap();
    let payload: serde_json::Value = serde_json::from_str(&text).unwrap();
    let other_payload =
        serde_json::from_slice::<serde_json::Value>(&team.sigstore.keyed().attest("{}").layer("{}").payload);
    let other_payload = other_payload.unwrap()["payload"].as_str().unwrap().to_owned();
    forged.payload = text.replace(payload["payload"].as_str().unwrap(), &other_payload).into_bytes();
    team.tag("att", &[forged]);
    team.verify_keyed(&[]).assert(3, "signed by an unknown key");
}

#[test]
fn envelopes_in_referrers_and_under_tags_are_judged_alike() {
    let team = TeamImage::new();
    let layer = team.stored(&attestation(&team, false));
    team.refer("application/vnd.dsse.envelope.v1+json", &[layer]);
    team.verify_keyed(&[]).assert(0, "pass");
    team.verify(&[]).assert(3, "attest/none");
}

#[test]
fn an_added_certificate_does_not_invalidate_a_signature() {
    let team = TeamImage::new();
    let (mut keyed, keyless) = (attestation(&team, false), attestation(&team, true));
    for name in ["dev.sigstore.cosign/certificate", "dev.sigstore.cosign/chain"] {
        keyed.annotations.insert(name.to_owned(), keyless.annotations[name].clone());
    }
    team.tag("att", &[keyed]);
    team.verify_keyed(&["--require-tlog"]).assert(0, "pass");
    team.verify_keyless(&[]).assert(4, "trust/tampered");
}

#[test]
fn an_unavailable_signature_tag_is_unknown() {
    let team = TeamImage::new();
    let path = format!("/v2/acme/app/manifests/sha256-{}.att", team.image.hex());
    team.registry.script(&path, crate::support::registry::Reply::json(403, "{}"));
    let run = team.verify_keyed(&[]);
    run.assert(5, "registry/unauthorized");
}

/// The bound is on what is tried, and one good one ends the search.
#[test]
fn one_good_signature_of_many_under_a_tag_suffices() {
    let (team, other) = (TeamImage::new(), TeamImage::new());
    team.tag("att", &[attestation(&team, false)]);
    let (good, foreign) = (signature(&team, false), signature(&other, false));
    // Of the team's key, with the log entry of another signature.
    let mut bad = good.clone();
    let elsewhere = simple_signing("registry.acme.test/app", &format!("sha256:{}", "0".repeat(64)));
    let swapped = team.sigstore.keyed().sign(elsewhere.as_bytes()).logged(&team.sigstore.rekor);
    bad.annotations.insert(BUNDLE.to_owned(), swapped.layer(&elsewhere).annotations[BUNDLE].clone());
    let many = |layer: &Layer, count: usize| vec![layer.clone(); count];
    let good = [good];
    for layers in [
        many(&good[0], 64),
        many(&good[0], 65),
        many(&good[0], 999),
        many(&good[0], 1500),
        [&many(&foreign, 999), &good[..]].concat(),
        [&many(&bad, 65), &good[..], &many(&bad, 65)].concat(),
        [&good[..], &many(&bad, 1100)].concat(),
    ] {
        team.tag("sig", &layers);
        team.verify_keyed(&["--require-index-signature"]).assert(0, "pass");
    }
    // Other signatures that fail are reported and do not change the verdict.
    team.tag("sig", &[&many(&bad, 2), &good[..]].concat());
    let run = team.verify_keyed(&["--require-index-signature", "--format", "json"]);
    run.assert(0, "2 other signatures failed");
    team.verify_keyed(&["--require-index-signature", "--explain"]).assert(0, "another signature");
    team.tag("sig", &many(&bad, 3));
    team.verify_keyed(&[]).assert(4, "trust/log-bad");
}

#[test]
fn too_many_bad_signatures_before_a_good_one_are_a_limit() {
    let (team, other) = (TeamImage::new(), TeamImage::new());
    team.tag("att", &[attestation(&team, false)]);
    let (good, foreign) = (signature(&team, false), signature(&other, false));
    for count in [1000, 1001] {
        let layers = [vec![foreign.clone(); count], vec![good.clone()]].concat();
        team.tag("sig", &layers);
        team.verify_keyed(&[]).assert(4, "limits/exceeded");
    }
    // All of them were tried: it is known that none is good.
    team.tag("sig", &vec![foreign; 1000]);
    team.verify_keyed(&["--require-index-signature"]).assert(4, "trust/wrong-key");
}

#[test]
fn the_search_stops_at_the_threshold() {
    let team = TeamImage::new();
    let second = TeamImage::new();
    let first = signature(&team, false);
    team.env.write("second.pub", second.sigstore.key.pem());
    let payload = payload(&team);
    let other = second.sigstore.keyed().sign(payload.as_bytes()).logged(&team.sigstore.rekor).layer(&payload);
    let statement = team.checked();
    let attestations = [&team, &second].map(|signer| {
        signer.sigstore.keyed().attest(&statement).logged(&team.sigstore.rekor).layer(&statement)
    });
    team.tag("att", &attestations);
    let key = team.env.file("second.pub");
    let flags = ["--key", &key, "--threshold", "2", "--require-index-signature"];
    // The payloads differ in nothing, so that each layer is asked for by the same digest.
    team.tag("sig", &[vec![first.clone(); 70], vec![other; 70], vec![first.clone(); 1000]].concat());
    team.verify_keyed(&flags).assert(0, "pass");
    assert!(team.registry.count("/v2/acme/app/blobs/") < 100);
    team.tag("sig", &vec![first; 200]);
    team.verify_keyed(&flags).assert(4, "trust/threshold");
}

#[test]
fn endless_envelopes_in_a_manifest_are_a_limit() {
    let team = TeamImage::new();
    team.tag("att", &vec![attestation(&team, false); 300]);
    team.verify_keyed(&[]).assert(0, "pass");
    let layer = team.stored(&attestation(&team, false));
    team.refer("application/vnd.dsse.envelope.v1+json", &vec![layer; 1001]);
    team.verify_keyed(&[]).assert(4, "limits/exceeded");
    team.verify(&[]).assert(4, "limits/exceeded");
}
