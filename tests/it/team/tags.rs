//! What cosign 2 stores under the tags `sha256-HEX.sig` and `sha256-HEX.att`.

use super::{CHECKED, IDENTITY, ISSUER, Team};
use crate::sigstore::cosign::{Layer, simple_signing};

fn payload(team: &Team) -> String {
    simple_signing("registry.acme.test/app", &team.image.to_string())
}

fn signature(team: &Team, keyless: bool) -> Layer {
    let payload = payload(team);
    let signer = if keyless { team.sigstore.keyless(IDENTITY, ISSUER) } else { team.sigstore.keyed() };
    signer.sign(payload.as_bytes()).logged(&team.sigstore.rekor).layer(&payload)
}

fn attestation(team: &Team, keyless: bool) -> Layer {
    let statement = team.checked();
    let signer = if keyless { team.sigstore.keyless(IDENTITY, ISSUER) } else { team.sigstore.keyed() };
    signer.attest(&statement).logged(&team.sigstore.rekor).layer(&statement)
}

#[test]
fn signatures_and_attestations_under_tags_pass() {
    for keyless in [false, true] {
        let team = Team::new();
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
fn without_a_key_they_are_listed_with_what_to_give() {
    let team = Team::new();
    team.tag("att", &[attestation(&team, false)]);
    team.list(&[]).assert(0, "--attestor-key");
    team.verify(&[]).assert(3, "attest/none");
    assert_eq!(team.registry.count(&format!("/v2/acme/app/manifests/sha256-{}.att", team.image.hex())), 2);
}

#[test]
fn one_of_another_image_or_by_another_key_proves_nothing() {
    let (team, other) = (Team::new(), Team::new());
    // Genuine, and about another image.
    let foreign = crate::sigstore::statement("app", &"0".repeat(64), CHECKED);
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
fn a_good_one_among_others_suffices() {
    let (team, other) = (Team::new(), Team::new());
    team.tag("sig", &[signature(&other, false), signature(&team, false), signature(&other, true)]);
    team.tag("att", &[attestation(&other, false), attestation(&team, false)]);
    team.verify_keyed(&["--require-index-signature"]).assert(0, "pass");
}

#[test]
fn envelopes_of_referrers_are_judged_as_those_under_tags() {
    let team = Team::new();
    let layer = team.stored(&attestation(&team, false));
    team.refer("application/vnd.dsse.envelope.v1+json", &[layer]);
    team.verify_keyed(&[]).assert(0, "pass");
    team.verify(&[]).assert(3, "attest/none");
}

#[test]
fn a_certificate_put_beside_a_good_signature_takes_nothing_from_it() {
    let team = Team::new();
    let (mut keyed, keyless) = (attestation(&team, false), attestation(&team, true));
    for name in ["dev.sigstore.cosign/certificate", "dev.sigstore.cosign/chain"] {
        keyed.annotations.insert(name.to_owned(), keyless.annotations[name].clone());
    }
    team.tag("att", &[keyed]);
    team.verify_keyed(&["--require-tlog"]).assert(0, "pass");
    team.verify_keyless(&[]).assert(4, "trust/tampered");
}

#[test]
fn what_cannot_be_asked_is_said_and_is_no_none() {
    let team = Team::new();
    let path = format!("/v2/acme/app/manifests/sha256-{}.att", team.image.hex());
    team.registry.script(&path, crate::scripted::Reply::json(403, "{}"));
    let run = team.verify_keyed(&[]);
    run.assert(5, "registry/unauthorized");
}

#[test]
fn sixty_five_signatures_under_one_tag_are_a_limit() {
    let (team, other) = (Team::new(), Team::new());
    team.tag("att", &[attestation(&team, false)]);
    team.tag("sig", &vec![signature(&other, false); 65]);
    team.verify_keyed(&[]).assert(4, "limits/exceeded");
}

#[test]
fn envelopes_without_end_in_one_manifest_are_a_limit() {
    let team = Team::new();
    let layer = team.stored(&attestation(&team, false));
    team.refer("application/vnd.dsse.envelope.v1+json", &vec![layer; 257]);
    team.verify_keyed(&[]).assert(4, "limits/exceeded");
    team.verify(&[]).assert(4, "limits/exceeded");
}
