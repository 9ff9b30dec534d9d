//! Keys, keyrings, key windows and logs, set by flags.

use std::io::Write;

use dhi::trust::{PublicKey, TrustedKey};

use crate::support::env::{ATTESTED_ONLY, KEY, ROOT, TestEnv, read};

/// Half an hour before and a year after all log entries of the fixtures.
const BEFORE: &str = "2026-09-15T09:30:00Z";
const AFTER: &str = "2027-09-15T10:00:00Z";
const IMAGE: &str = "oci:fixtures/bad/two-signatures";
const WITHOUT_LOG: &str = "oci:fixtures/bad/log-absent";

fn keyring(entries: &str) -> tempfile::NamedTempFile {
    let pem = serde_json::to_string(&read(KEY)).unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let text = format!(r#"{{"schemaVersion":1,"keys":[{{"id":"team","pem":{pem},{entries}}}]}}"#);
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn verify(entries: &str, more: &[&str]) -> crate::support::env::Run {
    let file = keyring(entries);
    let ring = file.path().to_str().unwrap();
    TestEnv::new().dhi(&[&["verify", "--keyring", ring, "--trusted-root", ROOT], more].concat())
}

#[test]
fn a_key_window_is_judged_at_the_log_time() {
    let active = r#""state":"active""#;
    verify(active, &[IMAGE]).assert(0, "team");
    // The key ended long before now, but after the signatures were made.
    verify(
        &format!(r#"{active},"notAfter":"{AFTER}""#),
        &[IMAGE, "--effective-time", "2030-01-01T00:00:00Z"],
    )
    .assert(0, "pass");
    // The key is good now, and was not when the signatures were made.
    verify(
        &format!(r#"{active},"notBefore":"{AFTER}""#),
        &[IMAGE, "--effective-time", "2028-01-01T00:00:00Z"],
    )
    .assert(4, "error[trust/key-outside-window]");
    verify(&format!(r#"{active},"notAfter":"{BEFORE}""#), &[IMAGE]).assert(4, "proven by the log");
}

#[test]
fn without_log_time_a_window_is_judged_at_the_effective_time() {
    let window = format!(r#""state":"active","notBefore":"{AFTER}""#);
    verify(&window, &[WITHOUT_LOG, "--platform", "linux/amd64", "--effective-time", "2028-01-01T00:00:00Z"])
        .assert(4, "proven by the log");
    let early = verify(
        r#""state":"active","notBefore":"2026-09-15T00:00:00Z""#,
        &["oci:fixtures/bundles:1.4", "--effective-time", "2026-09-14T00:00:00Z"],
    );
    early.assert(4, "the effective time; no log proves the time of the signature");
    verify(
        r#""state":"active","notBefore":"2026-09-15T00:00:00Z""#,
        &["oci:fixtures/bundles:1.4", "--policy", "attested", "--effective-time", "2026-09-16T00:00:00Z"],
    )
    .assert(0, "pass");
    // Leaving the log unread does not lift the window.
    verify(&window, &[IMAGE, "--skip-tlog", "--effective-time", "2026-10-01T00:00:00Z"])
        .assert(4, "trust/key-outside-window");
    verify(&window, &[IMAGE, "--skip-tlog", "--effective-time", "2028-01-01T00:00:00Z"]).assert(0, "pass");
}

#[test]
fn an_inactive_key_verifies_nothing() {
    verify(r#""state":"inactive""#, &[IMAGE]).assert(4, "state  inactive");
}

#[test]
fn keys_come_from_files_variables_and_names() {
    let env = TestEnv::new();
    let from_variable = crate::support::env::run(
        env.command(&["verify", "--key", "env://TEAM_KEY", "--trusted-root", ROOT, IMAGE])
            .env("TEAM_KEY", read(KEY)),
    );
    from_variable.assert(0, "TEAM_KEY");
    env.dhi(&["verify", "--key", "env://TEAM_KEY", IMAGE]).assert(2, "error[trust/key-file]");
    env.dhi(&["verify", "--key", "dhi-2", "--key", KEY, "--trusted-root", ROOT, IMAGE])
        .assert(0, "signed by fixture");
    env.dhi(&["verify", "--key", "dhi-1", IMAGE]).assert(4, "1b431f0d467e  dhi-1\n");
    env.dhi(&["verify", "--key", KEY, "--keyring", KEY, IMAGE]).assert(2, "exclude each other");
    env.dhi(&["verify", "--key", "no/such/file", IMAGE]).assert(2, "error[trust/key-file]");
    env.dhi(&["verify", "--trusted-root", KEY, IMAGE]).assert(2, "error[trust/key-file]");
    env.dhi(&["verify", "--effective-time", "yesterday", IMAGE]).assert(2, "--effective-time");
}

#[test]
fn attestor_keys_never_prove_the_image() {
    let env = TestEnv::new();
    let asked = ["verify", "--attestor-key", KEY, "--trusted-root", ROOT, IMAGE];
    let run = env.dhi(&[&asked[..], &ATTESTED_ONLY].concat());
    run.assert(3, "error[attest/none]");
    run.assert(3, "which do not count for this policy");
    let run = env.dhi(&[&asked[..], &["--offline"]].concat());
    run.assert(6, "only by attestor keys, which do not count for this policy");
    // Nor does it sign the index.
    let asked = ["verify", "--key", "fixtures/keys/other.pub", "--attestor-key", KEY, "--trusted-root", ROOT];
    let asked = [&asked[..], &["--require-index-signature", IMAGE]].concat();
    let run = env.dhi(&[&asked[..], &["--format", "json"]].concat());
    assert!(run.ids().contains(&"trust/wrong-key".to_owned()), "{:?}", run.ids());
    let run = env.dhi(&asked);
    let says = "error[trust/wrong-key]: index: signed by a key that is trusted for attestations only\n  \
                signed by  fixture (a5cf3b69fb6d)\n";
    run.assert(run.code, says);
    run.assert(
        run.code,
        "hint: if this key may prove the image, give it with `--key` instead of `--attestor-key`",
    );
}

/// Unit tests sign as Docker with a key whose private key is public. No other build trusts it.
#[test]
fn the_test_key_does_not_count_as_dockers() {
    let pem = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEHhhTL9R1TALzBB2cdc6zO4P/2BrH
zk/ogsyxyYvFiW6kbDEcTi/0DdlqNlPm5FRF0y3+SG7O11x6kMahiIHAow==
-----END PUBLIC KEY-----
";
    let key = PublicKey::from_pem(pem, "test").unwrap();
    assert_eq!(key.id().hex(), "ce97ec20d43661a19b215cb2e376a698d0b4aa2aa5b4c7854e916bd05082fcee");
    assert!(!TrustedKey::active("test", key, "test").is_dhi());
    assert!(TrustedKey::dhi_2().unwrap().is_dhi());
}
