//! Signed repositories: the documents of a repository with a key count without `--trust-unsigned`.

use super::{Fixture, archive, assert_suppressed, document, index};
use crate::support::env::run;
use crate::support::test_sigstore::Sigstore;
use crate::support::test_sigstore::key::Key;
use crate::support::test_sigstore::signed::{Signer, Version};

/// The signature of a file, as `cosign sign-blob --bundle` writes it.
fn signature(key: &Key, content: &str) -> String {
    let signer = Signer { key: key.clone(), ..Sigstore::new().keyed() };
    signer.sign(content.as_bytes()).bundle(Version::V03).to_string()
}

fn signed(fixture: &Fixture, key: &Key, signed: &str, content: &str) {
    fixture.change(|site| {
        site.archive = archive(&[
            ("index.json", index()),
            ("table.json", content.to_owned()),
            ("table.json.sig", signature(key, signed)),
        ]);
        site.tag = None;
        site.interval = "0s";
    });
}

#[test]
fn the_key_of_a_repository_vouches_for_its_documents() {
    let fixture = Fixture::unlisted();
    let (key, other) = (Key::p256(), Key::p256());
    let pem = fixture.env.write("vex.pub", key.pem());
    fixture.env.dhi(&["vex", "repo", "add", "test", &fixture.url(), "--key", &pem]).assert(0, "added");
    // The key is stored: the file may go.
    std::fs::remove_file(&pem).unwrap();
    let apply = || fixture.apply(&["--vex-repo", "test", "--skip-tlog"]);
    let good = document("not_affected", "2026-01-01");
    signed(&fixture, &key, &good, &good);
    let run = apply();
    assert_suppressed(&run, 0, 1);
    assert!(run.json()["findings"][0]["by"]["signers"].to_string().contains("vex"), "{}", run.stdout);
    // By another key.
    signed(&fixture, &other, &good, &good);
    assert_suppressed(&apply(), 0, 0);
    // A changed document is a bad proof, and no trust lifts it.
    signed(&fixture, &key, &document("affected", "2026-01-01"), &good);
    let changed = fixture.apply(&["--vex-repo", "test", "--skip-tlog", "--trust-unsigned", "test"]);
    assert_ne!(changed.code, 0, "{}", changed.stdout);
    assert_eq!(changed.json()["counts"]["suppressed"], 0, "{}", changed.stdout);
}

#[test]
fn a_key_vouches_for_no_other_repository_and_no_file() {
    let fixture = Fixture::unlisted();
    let key = Key::p256();
    let pem = fixture.env.write("vex.pub", key.pem());
    let url = fixture.url();
    fixture.env.dhi(&["vex", "repo", "add", "signed", &format!("{url}/x"), "--key", &pem]).assert(0, "added");
    fixture.env.dhi(&["vex", "repo", "add", "plain", &url]).assert(0, "added");
    let good = document("not_affected", "2026-01-01");
    signed(&fixture, &key, &good, &good);
    assert_suppressed(&fixture.apply(&["--vex-repo", "plain", "--skip-tlog"]), 0, 0);
    let file = fixture.env.write("vex.json", &good);
    fixture.env.write("vex.json.sig", signature(&key, &good));
    assert_suppressed(&fixture.apply(&["--vex-repo", "plain", "--vex", &file, "--skip-tlog"]), 0, 0);
    // The key of the run counts for repositories without one of their own.
    let arguments = fixture.applying(&["--vex-repo", "plain", "--skip-tlog", "--key", &pem]);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    assert_suppressed(&run(&mut fixture.env.command(&arguments)), 0, 1);
}
