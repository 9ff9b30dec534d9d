//! Sigstore's trusted root: updated by TUF from an initial root, then used by every command.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::attacks::measure::{MIB, Measured};
use crate::support::env::{KEY, ROOT, Run, read};
use crate::support::keyring::KeyringFixture;
use crate::support::registry::{Body, InMemoryRegistry, Reply};
use crate::support::test_sigstore::key::Key;
use crate::support::tuf::{TufRepository, put};

/// Its attestations have entries of the fixture log, which the embedded root does not trust.
const IMAGE: &str = "oci:fixtures/bad/two-signatures";

impl KeyringFixture {
    fn verify(&self) -> Run {
        self.env.dhi(&["verify", "--key", KEY, "--require-tlog", IMAGE])
    }

    /// An update is refused and changes nothing.
    fn refuses(&self, text: &str) {
        let before = self.trusted();
        let run = self.update_root();
        run.assert(4, "error[trust/root-update]");
        run.assert(4, text);
        let lock = |files: Vec<(PathBuf, Vec<u8>)>| -> Vec<(PathBuf, Vec<u8>)> {
            files.into_iter().filter(|(path, _)| path.file_name() != Some("lock".as_ref())).collect()
        };
        assert_eq!(lock(self.trusted()), lock(before));
    }
}

#[test]
fn an_updated_root_is_used_by_every_command() {
    let keyring = KeyringFixture::published();
    keyring.verify().assert(4, "error[trust/log-missing]");
    keyring.update_root().assert(0, "updated  trusted root of 20");
    keyring.verify().assert(0, "pass");
    let url = keyring.server.url("/tuf");
    let run =
        keyring.env.dhi(&["verify", "--key", KEY, "--require-tlog", "--offline", "--format", "json", IMAGE]);
    let document = run.json();
    assert_eq!(run.code, 0);
    assert_eq!(document["trust"]["trustedRoot"]["tufUrl"], url.as_str());
    for (schema, document) in
        [("verify-2", document), ("keys-2", keyring.env.dhi(&["keys", "list", "--format", "json"]).json())]
    {
        let schema: Value = serde_json::from_str(&read(format!("docs/schemas/{schema}.json"))).unwrap();
        assert!(jsonschema::is_valid(&schema, &document), "{document}");
    }
    keyring.env.dhi(&["keys", "list"]).assert(0, &format!("by TUF from {url}, today"));
    // A file that is given wins.
    let other = ["verify", "--key", KEY, "--require-tlog", "--trusted-root", ROOT, IMAGE];
    keyring.env.dhi(&other).assert(0, "pass");
    // Again: nothing new.
    keyring.update_root().assert(0, "unchanged  trusted root of 20");
    // The next one takes the place of this one.
    let mut next = keyring.tuf.clone();
    next.version = 2;
    next.target.push(b'\n');
    next.publish(&keyring.server);
    keyring.update_root().assert(0, "updated");
    keyring.verify().assert(0, "pass");
    let roots = keyring.trusted().into_iter().filter(|(path, _)| is_root(path)).count();
    assert_eq!(roots, 1);
}

fn is_root(path: &Path) -> bool {
    path.file_name().unwrap().to_str().unwrap().starts_with("trusted_root-")
}

#[test]
fn an_older_tuf_repository_is_refused() {
    let keyring = KeyringFixture::new();
    let new = TufRepository { version: 7, ..keyring.tuf.clone() };
    new.publish(&keyring.server);
    keyring.update_root().assert(0, "updated");
    let old = TufRepository { version: 6, target: b"{}".to_vec(), ..keyring.tuf.clone() };
    old.publish(&keyring.server);
    keyring.refuses("rollback detected for timestamp");
    keyring.verify().assert(0, "pass");
}

#[test]
fn an_expired_tuf_repository_is_refused() {
    for tuf in [
        |tuf: TufRepository| TufRepository { timestamp_expires: "2026-01-01T00:00:00Z", ..tuf },
        |tuf: TufRepository| TufRepository { root_expires: "2026-01-01T00:00:00Z", ..tuf },
    ] {
        let mut keyring = KeyringFixture::new();
        keyring.tuf = tuf(keyring.tuf);
        std::fs::write(&keyring.root, keyring.tuf.first()).unwrap();
        keyring.tuf.publish(&keyring.server);
        keyring.refuses("metadata expired at 2026-01-01");
    }
}

#[test]
fn a_target_with_another_hash_is_refused() {
    let keyring = KeyringFixture::published();
    let hash = dhi::oci::Digest::of(&keyring.tuf.target).hex();
    let name = format!("targets/{hash}.trusted_root.json");
    let mut other = keyring.tuf.target.clone();
    other[0] = b'[';
    put(&keyring.server, &name, other);
    keyring.refuses("integrity check failed");
    put(&keyring.server, &name, b"{}".to_vec());
    keyring.refuses("integrity check failed");
    // What is promised is no trusted root.
    let mut keyring = KeyringFixture::new();
    keyring.tuf.target = b"[]".to_vec();
    keyring.tuf.publish(&keyring.server);
    keyring.update_root().assert(2, "error[trust/key-file]");
    assert!(!keyring.trusted().iter().any(|(path, _)| is_root(path)));
}

#[test]
fn a_target_hash_cannot_lead_out_of_the_repository() {
    for hash in ["../../../elsewhere/x", "//127.0.0.1:1/x", "..%2f..%2f/../../../x"] {
        let mut keyring = KeyringFixture::new();
        keyring.tuf.target_hash = Some(hash.to_owned());
        keyring.tuf.publish(&keyring.server);
        let run = keyring.update_root();
        assert!([4, 6].contains(&run.code), "{hash}: {}", run.stderr);
        let asked = keyring.server.log();
        assert!(asked.iter().all(|request| request.target.starts_with("/tuf/")), "{hash}: {asked:?}");
    }
}

#[test]
fn a_new_root_needs_signatures_of_both_roots() {
    let keyring = KeyringFixture::published();
    keyring.update_root().assert(0, "updated");
    let old = keyring.tuf.owner.clone();
    let next =
        TufRepository { owner: Key::p256(), online: Key::ed25519(), version: 2, ..keyring.tuf.clone() };
    next.publish(&keyring.server);
    for signers in [&[&next.owner][..], &[&old], &[&next.online, &next.owner], &[]] {
        put(&keyring.server, "2.root.json", next.root(2, signers));
        keyring.refuses("signature threshold not met for role root");
    }
    // A version that is skipped, or that is not increased.
    for version in [1, 3] {
        put(&keyring.server, "2.root.json", next.root(version, &[&old, &next.owner]));
        keyring.refuses("root version must increment by one");
    }
    put(&keyring.server, "2.root.json", next.root(2, &[&old, &next.owner]));
    keyring.update_root().assert(0, "unchanged");
    // From now on the old key signs nothing.
    let stolen = TufRepository { version: 9, ..keyring.tuf.clone() };
    stolen.publish(&keyring.server);
    keyring.refuses("signature threshold not met for role timestamp");
}

#[test]
fn endless_tuf_files_reach_a_limit() {
    let keyring = KeyringFixture::published();
    keyring.update_root().assert(0, "updated");
    let before = keyring.trusted();
    let bodies = [Body::Endless, Body::Lying(1 << 62, b"{".to_vec())];
    for name in ["2.root.json", "timestamp.json"] {
        for body in &bodies {
            keyring.server.script(&format!("/tuf/{name}"), Reply::json(200, "").body(body.clone()));
            let measured = Measured::of(&keyring.update_root_command());
            measured.within(2 * MIB, Duration::from_secs(20));
            let run = measured.run;
            assert!([4, 6].contains(&run.code), "{name}: {}", run.stderr);
            assert!(run.code == 6 || run.stderr.contains("limits/exceeded"), "{}", run.stderr);
        }
        keyring.server.unscript(&format!("/tuf/{name}"));
        keyring.tuf.publish(&keyring.server);
    }
    assert_eq!(keyring.trusted(), before);
    keyring.verify().assert(0, "pass");
}

#[test]
fn a_tuf_repository_needs_tls_or_loopback() {
    let keyring = KeyringFixture::published();
    let root = keyring.root.to_str().unwrap().to_owned();
    let update =
        |url: &str| keyring.env.dhi(&["keys", "update", "--sigstore", "--tuf-url", url, "--tuf-root", &root]);
    update("http://tuf.example.com").assert(2, "is not https");
    update("ftp://127.0.0.1/").assert(2, "is not https");
    update("tuf.example.com").assert(6, "cannot be fetched");
    keyring.env.dhi(&["keys", "update", "--tuf-url", "https://a"]).assert(2, "--sigstore");
    let alone = ["keys", "update", "--sigstore", "--tuf-url", "https://tuf.example.com"];
    keyring.env.dhi(&alone).assert(2, "there is no root of trust");
    // A redirect is no answer.
    let elsewhere = InMemoryRegistry::start();
    keyring.server.script("/tuf/timestamp.json", Reply::redirect(&elsewhere.url("/tuf/timestamp.json")));
    keyring.update_root().assert(6, "307");
    keyring.server.script("/tuf/timestamp.json", Reply::new(503, ""));
    keyring.update_root().assert(6, "503");
    keyring.server.unscript("/tuf/timestamp.json");
    keyring.update_root().assert(6, "timestamp.json not found");
    assert!(elsewhere.log().is_empty());
    assert!(!keyring.trusted().iter().any(|(path, _)| is_root(path)));
    let asked = keyring.server.log().len();
    let offline = crate::support::env::run(keyring.update_root_command().arg("--offline"));
    offline.assert(2, "`--offline` forbids");
    assert_eq!(keyring.server.log().len(), asked);
}

#[test]
fn an_update_without_flags_keeps_the_private_instance() {
    let keyring = KeyringFixture::published();
    keyring.update_root().assert(0, "updated");
    let run = keyring.env.dhi(&["keys", "update", "--sigstore"]);
    run.assert(2, "the trusted root in use is from");
    keyring.verify().assert(0, "pass");
}

#[test]
fn an_unusable_stored_root_is_an_error() {
    let keyring = KeyringFixture::published();
    keyring.update_root().assert(0, "updated");
    let (root, bytes) = keyring.trusted().into_iter().find(|(path, _)| is_root(path)).unwrap();
    let record = keyring.env.trust_store().join("sigstore.json");
    let text = std::fs::read_to_string(&record).unwrap();
    let fails = |text: &str| {
        for run in [keyring.verify(), keyring.env.dhi(&["keys", "list"])] {
            run.assert(2, "error[trust/key-file]");
            run.assert(2, text);
        }
        // A root that is given needs none that is stored.
        let given = ["verify", "--key", KEY, "--require-tlog", "--trusted-root", ROOT, IMAGE];
        keyring.env.dhi(&given).assert(0, "pass");
    };
    std::fs::write(&root, [&bytes[..], b" "].concat()).unwrap();
    fails("its digest is not that of the fetched trusted root");
    std::fs::remove_file(&root).unwrap();
    fails("is missing");
    std::fs::write(&root, &bytes).unwrap();
    for broken in ["", "{}", &text.replace("\"schemaVersion\": 1", "\"schemaVersion\": 2")] {
        std::fs::write(&record, broken).unwrap();
        fails("sigstore.json");
    }
    // An old one is used, and said to be old.
    let (head, tail) = text.split_once("\"updated\": \"20").unwrap();
    std::fs::write(&record, format!("{head}\"updated\": \"19{tail}")).unwrap();
    keyring.verify().assert(0, "days old");
    keyring.verify().assert(0, "pass");
}
