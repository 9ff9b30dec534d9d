//! `--threshold`: signers are counted, not signatures.

use super::{IDENTITY, ISSUER, TeamImage};
use crate::support::test_sigstore::key::Key;
use crate::support::test_sigstore::signed::{Signer, Version};

/// The team's second key, known to the user as `second.pub`.
fn second(team: &TeamImage) -> Signer {
    let key = Key::p256();
    team.env.write("second.pub", key.pem());
    Signer { key, certificate: None, chain: Vec::new(), time: team.sigstore.time }
}

fn attach(team: &TeamImage, signers: &[&Signer]) {
    for signer in signers {
        for statement in [team.checked(), team.signing()] {
            team.attach(&signer.attest(&statement).logged(&team.sigstore.rekor), Version::V03);
        }
    }
}

#[test]
fn two_keys_are_two_signers() {
    let team = TeamImage::new();
    let (first, second) = (team.sigstore.keyed(), second(&team));
    attach(&team, &[&first, &second]);
    let other = team.env.file("second.pub");
    let run = team.verify_keyed(&["--key", &other, "--threshold", "2", "--require-index-signature"]);
    run.assert(0, "team, second");
    let json = team.verify_keyed(&["--key", &other, "--threshold", "2", "--format", "json"]).json();
    assert_eq!(json["trust"]["threshold"], 2);
    let attestation = &json["images"][0]["platforms"][0]["attestations"][0];
    assert_eq!(attestation["moreSignatures"].as_array().unwrap().len(), 1);
}

#[test]
fn two_signatures_by_one_key_count_once() {
    let team = TeamImage::new();
    let (first, second) = (team.sigstore.keyed(), second(&team));
    attach(&team, &[&first, &first]);
    let other = team.env.file("second.pub");
    let run = team.verify_keyed(&["--key", &other, "--threshold", "2"]);
    run.assert(4, "trust/threshold");
    run.assert(4, "1 of 2 required signers");
    // The same key under another name is the same key.
    team.env.write("again.pub", team.sigstore.key.pem());
    let again = team.env.file("again.pub");
    team.verify_keyed(&["--key", &again, "--key", &other, "--threshold", "2"]).assert(4, "trust/threshold");
    drop(second);
}

#[test]
fn certificates_count_once_per_identity_rule() {
    let team = TeamImage::new();
    let other = IDENTITY.replace("release.yml", "review.yml");
    let release = team.sigstore.keyless(IDENTITY, ISSUER);
    let review = team.sigstore.keyless(&other, ISSUER);
    attach(&team, &[&release, &review]);
    let one = [
        "--certificate-identity-regexp",
        "https://github.com/acme/app/.*",
        "--certificate-oidc-issuer",
        ISSUER,
    ];
    team.verify(&[&one[..], &["--threshold", "2"]].concat())
        .assert(2, "`--threshold 2` needs 2 keys or identities, 1 was given");
    let key = team.env.file("team.pub");
    team.verify(&[&one[..], &["--key", &key, "--threshold", "2"]].concat()).assert(4, "trust/threshold");
    let flags = ["--certificate-identity", &other, "--threshold", "2"];
    team.verify_keyless(&flags).assert(0, "review.yml");
}

#[test]
fn attestors_do_not_count_for_the_threshold() {
    let team = TeamImage::new();
    let (first, second) = (team.sigstore.keyed(), second(&team));
    attach(&team, &[&first, &second]);
    team.env.write("third.pub", Key::p256().pem());
    let (attestor, third) = (team.env.file("second.pub"), team.env.file("third.pub"));
    let flags = ["--key", &third, "--attestor-key", &attestor, "--threshold", "2"];
    team.verify_keyed(&flags).assert(4, "trust/threshold");
}

#[test]
fn a_threshold_out_of_range_is_refused() {
    let team = TeamImage::new();
    team.verify_keyed(&["--threshold", "0"]).assert(2, "the threshold must be at least 1");
    team.verify_keyed(&["--threshold=-1"]).assert(2, "threshold");
    team.verify_keyed(&["--threshold", "2"])
        .assert(2, "`--threshold 2` needs 2 keys or identities, 1 was given");
}
