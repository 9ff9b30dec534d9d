//! The keyring of DHI keys: which keys are added, and what they change.

use std::path::PathBuf;

use crate::support::env::{ATTESTED_ONLY, KEY, ROOT, Run, TestEnv, read};
use crate::support::test_sigstore::key::{Key, base64, hex};

/// Signed with the key of the fixtures, as `dhi/python`.
const IMAGE: &str = "oci:fixtures/bad/two-signatures";
/// Signed with the same key, in bundles, which carry no name.
const BUNDLES: &str = "oci:fixtures/bundles:1.4";

/// The fingerprint of a key file of the project.
fn fingerprint(path: &str) -> String {
    let key = dhi::trust::PublicKey::from_pem(&read(path), path).unwrap();
    key.id().to_string()
}

fn pin(env: &TestEnv, path: &str) -> Run {
    env.dhi(&["keys", "update", "--from", path, "--pin", &fingerprint(path)])
}

fn verify(env: &TestEnv, more: &[&str]) -> Run {
    env.dhi(&[&["verify", "--trusted-root", ROOT, "--format", "json"], more].concat())
}

/// A key as files in the home of a user: the path of its PEM.
fn file(env: &TestEnv, name: &str, key: &Key) -> PathBuf {
    let path = env.path(name);
    std::fs::write(&path, key.pem()).unwrap();
    path
}

#[test]
fn a_key_without_endorsement_is_not_added() {
    let env = TestEnv::new();
    let run = env.dhi(&["keys", "update", "--from", KEY]);
    run.assert(4, "error[trust/key-not-vouched]");
    run.assert(4, &fingerprint(KEY));
    let other = fingerprint("fixtures/keys/other.pub");
    let run = env.dhi(&["keys", "update", "--from", KEY, "--pin", &other]);
    run.assert(4, "error[trust/key-not-vouched]");
    for wrong in [&other[..40], "sha512:00", "", &other[7..]] {
        env.dhi(&["keys", "update", "--from", KEY, "--pin", wrong]).assert(2, "is not the fingerprint");
    }
    env.dhi(&["keys", "update", "--from", "no/such.pub"]).assert(2, "error[trust/key-file]");
    env.dhi(&["keys", "update", "--from", "fixtures/README.md"]).assert(2, "error[trust/key-file]");
    env.dhi(&["keys", "update", "--from", "http://127.0.0.1:1/x.pub"]).assert(2, "is not https");
    env.dhi(&["keys", "update", "--offline"]).assert(2, "needs the network, which is forbidden");
    env.dhi(&["keys", "update", "--pin", &other, "--signature", KEY]).assert(2, "exclude each other");
    assert!(!env.trust_store().exists());
}

#[test]
fn a_known_key_is_unchanged() {
    let env = TestEnv::new();
    pin(&env, KEY).assert(0, "added");
    let before = std::fs::read(env.trust_store().join("keyring.json")).unwrap();
    pin(&env, KEY).assert(0, "unchanged");
    // Neither does a wrong word for it matter, nor that there is none.
    env.dhi(&["keys", "update", "--from", KEY]).assert(0, "unchanged");
    assert_eq!(std::fs::read(env.trust_store().join("keyring.json")).unwrap(), before);
}

#[test]
fn an_added_key_is_a_dhi_key_with_its_name_rules() {
    let env = TestEnv::new();
    let before = verify(&env, &[IMAGE]);
    assert_eq!(before.ids(), ["trust/wrong-key"]);
    pin(&env, KEY).assert(0, "added");
    let run = verify(&env, &[IMAGE]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    let key = &run.json()["trust"]["keys"][2];
    assert_eq!((&key["endorsedBy"], &key["state"]), (&"pin".into(), &"active".into()));
    env.dhi(&["verify", "--trusted-root", ROOT, IMAGE])
        .assert(0, "Docker Hardened Image, signed as dhi/python");
    env.dhi(&["attest", "list", "--trusted-root", ROOT, IMAGE]).assert(0, "dhi-a5cf3b69fb6d");
    env.dhi(&["keys", "list"]).assert(0, "added by its fingerprint today");
    // However it is given: a DHI key counts only for the name that it signed.
    let ring = env.path("ring.json");
    let pem = serde_json::to_string(&read(KEY)).unwrap();
    let entry = format!(r#"{{"id":"team","pem":{pem},"state":"active"}}"#);
    std::fs::write(&ring, format!(r#"{{"schemaVersion":1,"keys":[{entry}]}}"#)).unwrap();
    let ring = ring.to_str().unwrap();
    for given in [&[][..], &["--key", KEY], &["--keyring", ring]] {
        let run = verify(&env, &[given, &[BUNDLES]].concat());
        assert_eq!((run.code, run.ids()), (4, vec!["trust/signed-name".to_owned()]), "{given:?}");
        let run = env.dhi(&[&["verify", "--trusted-root", ROOT, IMAGE], given].concat());
        run.assert(0, "Docker Hardened Image");
    }
    // Without adding it, it is a key like any other.
    let unknown = TestEnv::new();
    for given in [["--key", KEY], ["--keyring", ring]] {
        assert_eq!(verify(&unknown, &[&given[..], &ATTESTED_ONLY, &[BUNDLES]].concat()).code, 0);
        let run = unknown.dhi(&[&["verify", "--trusted-root", ROOT, IMAGE], &given[..]].concat());
        assert!(run.code == 0 && !run.stdout.contains("Docker Hardened Image"), "{}", run.stdout);
    }
}

#[test]
fn an_added_key_endorses_the_next_one() {
    let env = TestEnv::new();
    let (first, second, third) = (Key::p256(), Key::p384(), Key::ed25519());
    let update = |path: &std::path::Path, more: &[&str]| {
        env.dhi(&[&["keys", "update", "--from", path.to_str().unwrap()], more].concat())
    };
    let path = file(&env, "first.pub", &first);
    update(&path, &["--pin", &format!("sha256:{}", hex(&first.id()))]).assert(0, "by its fingerprint");
    // The signature beside the key, as bytes.
    let path = file(&env, "second.pub", &second);
    std::fs::write(env.path("second.pub.sig"), first.sign(&second.spki())).unwrap();
    update(&path, &[]).assert(0, &format!("signed by dhi-{}", &hex(&first.id())[..12]));
    // And one that is named, in base64.
    let path = file(&env, "third.pub", &third);
    let signature = env.path("named");
    std::fs::write(&signature, base64(&second.sign(&third.spki())) + "\n").unwrap();
    update(&path, &[]).assert(4, "error[trust/key-not-vouched]");
    update(&path, &["--signature", signature.to_str().unwrap()]).assert(0, "signed by");
    let list = env.dhi(&["keys", "list", "--format", "json"]).json();
    assert_eq!(list["keys"].as_array().unwrap().len(), 5);
    assert_eq!(list["keys"][4]["endorsedBy"], format!("sha256:{}", hex(&second.id())));
    let schema = serde_json::from_str(&read("docs/schemas/keys-2.json")).unwrap();
    assert!(jsonschema::is_valid(&schema, &list), "{list}");
    // One that was retired in the file vouches no more, and what it signed does not count.
    let ring = env.trust_store().join("keyring.json");
    let text = std::fs::read_to_string(&ring).unwrap();
    std::fs::write(&ring, text.replacen("\"active\"", "\"inactive\"", 1)).unwrap();
    let fourth = Key::p256();
    let path = file(&env, "fourth.pub", &fourth);
    std::fs::write(env.path("fourth.pub.sig"), first.sign(&fourth.spki())).unwrap();
    update(&path, &[]).assert(4, "which signed it, is inactive");
}

#[test]
fn an_unreadable_keyring_is_an_error() {
    let env = TestEnv::new();
    pin(&env, KEY).assert(0, "added");
    let ring = env.trust_store().join("keyring.json");
    let text = std::fs::read_to_string(&ring).unwrap();
    for broken in [
        String::new(),
        "{}".to_owned(),
        text.replace("\"pin\"", "\"me\""),
        text.replace("vouchedBy", "vouched"),
        text.replacen("\"id\"", "\"id\":\"x\",\"id\"", 1),
        text.replace("dhi-a5cf3b69fb6d", "dhi-2"),
        " ".repeat(2 << 20),
    ] {
        std::fs::write(&ring, &broken).unwrap();
        let other = "fixtures/keys/other.pub";
        // Also with other keys: the keyring decides which of them are Docker's.
        for run in [
            verify(&env, &[IMAGE]),
            verify(&env, &["--key", KEY, IMAGE]),
            env.dhi(&["keys", "list"]),
            pin(&env, other),
        ] {
            assert!([2, 4].contains(&run.code), "{}", run.stdout);
            assert!(run.stderr.contains("keyring.json"), "{}", run.stderr);
        }
        assert_eq!(std::fs::read_to_string(&ring).unwrap(), broken);
    }
    std::fs::write(&ring, &text).unwrap();
    verify(&env, &[IMAGE]).assert(0, "pass");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |mode| std::fs::set_permissions(&ring, std::fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(std::fs::metadata(&ring).unwrap().permissions().mode() & 0o777, 0o600);
        mode(0o622);
        verify(&env, &[IMAGE]).assert(2, "may write to it");
    }
}

#[test]
fn concurrent_updates_lose_no_key() {
    let env = TestEnv::new();
    let keys: Vec<Key> = (0..8).map(|_| Key::p256()).collect();
    let children: Vec<_> = keys
        .iter()
        .enumerate()
        .map(|(at, key)| {
            let path = file(&env, &format!("{at}.pub"), key);
            let pin = format!("sha256:{}", hex(&key.id()));
            let mut command =
                env.command(&["keys", "update", "--from", path.to_str().unwrap(), "--pin", &pin]);
            command.stdout(std::process::Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let list = env.dhi(&["keys", "list", "--format", "json"]).json();
    assert_eq!(list["keys"].as_array().unwrap().len(), 2 + keys.len());
}
