//! A team that retired its key on a day and signs with identities since. One command line judges both: a keyring with
//! the last day of the key, and the identity.

use super::{IDENTITY, ISSUER, TeamImage};
use crate::support::env::Run;
use crate::support::test_sigstore::clock::minutes;
use crate::support::test_sigstore::cosign::Layer;
use crate::support::test_sigstore::signed::{Signed, Signer, Version};
use crate::support::test_sigstore::statement;

/// Minutes after the time of the test Sigstore at which the key was retired.
const RETIRED: i64 = 30;

/// Verifies by what the team trusts since: its old key until it was retired, and its identity.
fn verify(team: &TeamImage, flags: &[&str]) -> Run {
    let pem = serde_json::to_string(&team.sigstore.key.pem()).unwrap();
    let last = minutes(team.sigstore.time, RETIRED);
    let ring = format!(
        r#"{{"schemaVersion":1,"keys":[{{"id":"release-2025","pem":{pem},"state":"active","notAfter":"{last}"}}]}}"#
    );
    team.env.write("keyring.json", &ring);
    let ring = team.env.file("keyring.json");
    team.verify_keyless(&[&["--keyring", ring.as_str()], flags].concat())
}

/// A team image with an attestation by `signer`, changed by `proven`.
fn attested(
    signer: impl Fn(&TeamImage) -> Signer,
    proven: impl Fn(&TeamImage, Signed) -> Signed,
) -> TeamImage {
    let team = TeamImage::new();
    let signed = signer(&team).attest(&team.checked());
    team.attach(&proven(&team, signed), Version::V03);
    team
}

fn old_key(team: &TeamImage) -> Signer {
    team.sigstore.keyed()
}

fn identity(team: &TeamImage) -> Signer {
    team.sigstore.keyless(IDENTITY, ISSUER)
}

#[test]
fn old_images_pass_by_key_and_new_ones_by_identity() {
    let logged = attested(old_key, |team, signed| signed.logged(&team.sigstore.rekor));
    verify(&logged, &[]).assert(0, "release-2025");
    let dated = attested(old_key, |team, signed| signed.dated(&team.sigstore.tsa));
    verify(&dated, &["--skip-tlog"]).assert(0, "release-2025");
    let last = attested(old_key, |team, signed| {
        signed.logged_at(&team.sigstore.rekor, minutes(team.sigstore.time, RETIRED))
    });
    verify(&last, &[]).assert(0, "release-2025");
    let new = attested(identity, |team, signed| signed.logged(&team.sigstore.rekor));
    verify(&new, &[]).assert(0, IDENTITY);
}

#[test]
fn a_retired_key_proves_nothing_after_its_window() {
    let late = |team: &TeamImage| minutes(team.sigstore.time, RETIRED + 1);
    let logged = attested(old_key, |team, signed| signed.logged_at(&team.sigstore.rekor, late(team)));
    verify(&logged, &[]).assert(4, "trust/key-outside-window");
    let dated = attested(old_key, |team, signed| signed.dated_at(&team.sigstore.tsa, late(team)));
    verify(&dated, &["--skip-tlog"]).assert(4, "trust/key-outside-window");
    // A stated time is nothing against a proven one.
    let then = logged.sigstore.time.to_string();
    verify(&logged, &["--effective-time", &then]).assert(4, "trust/key-outside-window");
}

#[test]
fn a_retired_key_without_log_time_needs_an_effective_time() {
    let bare = attested(old_key, |_, signed| signed);
    verify(&bare, &[]).assert(4, "trust/key-outside-window");
    verify(&bare, &["--require-tlog"]).assert(4, "error[trust/");
    let then = bare.sigstore.time.to_string();
    verify(&bare, &["--effective-time", &then]).assert(0, "release-2025");
    let later = minutes(bare.sigstore.time, RETIRED + 1).to_string();
    verify(&bare, &["--effective-time", &later]).assert(4, "trust/key-outside-window");
}

#[test]
fn unknown_signers_and_untrusted_logs_prove_nothing() {
    let other = |team: &TeamImage| team.sigstore.keyless("https://github.com/evil/app", ISSUER);
    let unknown = attested(other, |team, signed| signed.logged(&team.sigstore.rekor));
    verify(&unknown, &[]).assert(3, "attest/none");
    // An untrusted log proves no time: the owner of the old key could backdate a signature.
    let log = crate::support::test_sigstore::log::Log::v1("evil.test");
    let dated_back = attested(old_key, |_, signed| signed.logged(&log));
    assert_eq!(verify(&dated_back, &[]).code, 4);
}

/// One good signer suffices for each attestation: while the team moves, an image can have both.
#[test]
fn a_late_signature_is_reported_beside_a_good_one() {
    let team = TeamImage::new();
    for signer in [old_key(&team), identity(&team)] {
        team.attach(&signer.attest(&team.checked()).logged(&team.sigstore.rekor), Version::V03);
    }
    verify(&team, &[]).assert(0, IDENTITY);
    let late = statement("app", &team.image.hex(), "https://acme.test/late/v1");
    let late = old_key(&team).attest(&late);
    team.attach(
        &late.logged_at(&team.sigstore.rekor, minutes(team.sigstore.time, RETIRED + 5)),
        Version::V03,
    );
    verify(&team, &[]).assert(4, "trust/key-outside-window");
}

/// What cosign 2 wrote, under its tag.
#[test]
fn signatures_of_cosign_2_have_the_same_key_windows() {
    for (offset, code, word) in [(0, 0, "release-2025"), (RETIRED + 1, 4, "trust/key-outside-window")] {
        let team = TeamImage::new();
        let at = minutes(team.sigstore.time, offset);
        let payload = team.checked();
        let layer: Layer =
            old_key(&team).attest(&payload).logged_at(&team.sigstore.rekor, at).layer(&payload);
        team.tag("att", &[layer]);
        verify(&team, &[]).assert(code, word);
    }
}
