//! A certificate counts at the proven time. Only a trusted log or timestamp authority proves a time.

use super::{IDENTITY, ISSUER, TeamImage};
use crate::support::test_sigstore::clock::{Window, minutes};
use crate::support::test_sigstore::fulcio::Fulcio;
use crate::support::test_sigstore::signed::Version;

#[test]
fn without_log_a_certificate_must_be_valid_at_effective_time() {
    let team = TeamImage::new();
    let signed = team.sigstore.keyless(IDENTITY, ISSUER).attest(&team.checked());
    team.attach(&signed.logged(&team.sigstore.rekor), Version::V03);
    team.verify_keyless(&[]).assert(0, "pass");
    // It was valid for ten minutes, an hour ago.
    team.verify_keyless(&["--skip-tlog"]).assert(4, "trust/certificate");
    let then = team.sigstore.time.to_string();
    let run = team.verify_keyless(&["--skip-tlog", "--effective-time", &then]);
    run.assert(0, "skipped");
    let later = minutes(team.sigstore.time, 30).to_string();
    team.verify_keyless(&["--skip-tlog", "--effective-time", &later]).assert(4, "trust/certificate");
    // A stated time is nothing against a proven one.
    team.verify_keyless(&["--effective-time", &later]).assert(0, "pass");
}

#[test]
fn without_the_log_a_timestamp_proves_the_time() {
    let team = TeamImage::new();
    let signed = team.sigstore.keyless(IDENTITY, ISSUER).attest(&team.checked());
    team.attach(&signed.clone().dated(&team.sigstore.tsa), Version::V03);
    team.verify_keyless(&["--skip-tlog"]).assert(0, "pass");
    team.verify_keyless(&[]).assert(4, "trust/log-missing");
    let team = TeamImage::new();
    let signed = team.sigstore.keyless(IDENTITY, ISSUER).attest(&team.checked());
    let late = minutes(team.sigstore.time, 20);
    team.attach(&signed.dated_at(&team.sigstore.tsa, late), Version::V03);
    team.verify_keyless(&["--skip-tlog"]).assert(4, "trust/certificate");
}

#[test]
fn an_expired_intermediate_certificate_is_rejected() {
    let mut team = TeamImage::new();
    let years = Window::years(team.sigstore.time);
    let over = Window { from: years.from, until: minutes(team.sigstore.time, -5) };
    team.sigstore.fulcio = Fulcio::new(&team.sigstore.fulcio.ct, years, over);
    team.trust(&team.sigstore.trusted_root());
    let signed = team.sigstore.keyless(IDENTITY, ISSUER).attest(&team.checked());
    team.attach(&signed.logged(&team.sigstore.rekor), Version::V03);
    team.verify_keyless(&[]).assert(4, "trust/certificate");
    let then = team.sigstore.time.to_string();
    team.verify_keyless(&["--skip-tlog", "--effective-time", &then]).assert(4, "trust/certificate");
}

#[test]
fn a_certificate_without_sct_needs_skip_sct() {
    use crate::support::test_sigstore::fulcio::{Leaf, Promises};
    let team = TeamImage::new();
    let mut leaf = Leaf::new(IDENTITY, ISSUER, team.sigstore.time);
    leaf.promises = Promises::Missing;
    let signed = team.sigstore.certified(&leaf).attest(&team.checked());
    team.attach(&signed.logged(&team.sigstore.rekor), Version::V03);
    team.verify_keyless(&[]).assert(4, "trust/certificate");
    team.verify_keyless(&["--skip-sct"]).assert(0, "pass");
}

#[test]
fn a_key_is_judged_at_the_timestamp() {
    let team = TeamImage::new();
    let signed = team.sigstore.keyed().attest(&team.checked()).dated(&team.sigstore.tsa);
    team.attach(&signed, Version::V03);
    let pem = serde_json::to_string(&team.sigstore.key.pem()).unwrap();
    for (from, until, code) in [(-30, 30, 0), (10, 30, 4), (-30, -10, 4)] {
        let time = |offset: i64| minutes(team.sigstore.time, offset);
        let ring = format!(
            r#"{{"schemaVersion":1,"keys":[{{"id":"team","pem":{pem},"state":"active","notBefore":"{}","notAfter":"{}"}}]}}"#,
            time(from),
            time(until)
        );
        team.env.write("ring.json", &ring);
        let ring = team.env.file("ring.json");
        let word = if code == 0 { "pass" } else { "trust/key-outside-window" };
        team.verify(&["--keyring", &ring]).assert(code, word);
    }
}

#[test]
fn a_key_is_judged_at_every_log_time() {
    use crate::support::test_sigstore::log::Log;
    let team = TeamImage::new();
    let other = Log::v1("second.sigstore.test");
    team.trust(&team.sigstore.trusted_root().with_log(&other, Window::years(team.sigstore.time)));
    let late = minutes(team.sigstore.time, 20);
    let signed =
        team.sigstore.keyed().attest(&team.checked()).logged(&team.sigstore.rekor).logged_at(&other, late);
    team.attach(&signed, Version::V03);
    let pem = serde_json::to_string(&team.sigstore.key.pem()).unwrap();
    for (until, code) in [(30, 0), (10, 4)] {
        let until = minutes(team.sigstore.time, until);
        let ring = format!(
            r#"{{"schemaVersion":1,"keys":[{{"id":"team","pem":{pem},"state":"active","notAfter":"{until}"}}]}}"#
        );
        team.env.write("ring.json", &ring);
        let ring = team.env.file("ring.json");
        let word = if code == 0 { "pass" } else { "trust/key-outside-window" };
        team.verify(&["--keyring", &ring]).assert(code, word);
    }
}

/// The clock goes on, and the certificate with it: no summary outlives what it rests on.
#[test]
fn a_verdict_without_proven_time_gets_no_summary() {
    use crate::support::test_sigstore::fulcio::Leaf;
    let team = TeamImage::new();
    let leaf = Leaf::new(IDENTITY, ISSUER, jiff::Timestamp::now());
    let signed = team.sigstore.certified(&leaf).attest(&team.checked());
    team.attach(&signed, Version::V03);
    let (prefix, file) = (team.env.file("gate"), team.env.file("vsa.json"));
    team.env.dhi(&["keys", "generate", "-o", &prefix]).assert(0, "gate.key");
    let key = team.env.file("gate.key");
    let emit = ["--skip-tlog", "--emit-vsa", &file, "--vsa-key", &key];
    let run = team.verify_keyless(&emit);
    run.assert(0, "there is no summary of ");
    run.assert(0, "so the result is valid only now");
    assert!(!std::path::Path::new(&file).exists());
    // A time that was stated is an input, and stays.
    let now = jiff::Timestamp::now().to_string();
    let stated = [&emit[..], &["--effective-time", &now]].concat();
    team.verify_keyless(&stated).assert(0, "a summary by ");
}
