//! Two encodings of a key are one key: no rule about signers and no count of signers is evaded with another encoding.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use x509_cert::der::asn1::BitString;
use x509_cert::der::{Any, Decode, Encode};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use super::tampered_image::GOOD;
use crate::support::env::{KEY, ROOT, Run, TestEnv, read, run};

/// dhi-1 (see `src/trust/keyring.rs`).
const DHI_1: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEx50N9pejdOrxR+17vcibfkrIFqFgTcb5ZW1FKqagsye7nykTKXOUvJOF0bCESzdKRJ5qyAGH/91W+4fbeptG8g==";
const DHI_2: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEKdROmntRJFBrOJOQF5ww6gDBJqGmFxa4333s1KsL9ISjtmRzGNih9lNRsqfRVjgFgJIdL6EQ9dohdanvn7r2cg==";
const DHI_2_ID: &str = "sha256:118ba556dd52f4aec67018efd316c285c783cd3e54cc0f4527605715c643887c";

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

fn der(pem: &str) -> Vec<u8> {
    STANDARD.decode(pem.lines().filter(|line| !line.starts_with("-----")).collect::<String>()).unwrap()
}

/// The same key in another encoding: a compressed point, or no parameters where RSA has `NULL`.
fn twin(key: &str) -> String {
    let mut spki = SubjectPublicKeyInfoOwned::from_der(&der(key)).unwrap();
    if spki.algorithm.parameters == Some(Any::null()) {
        spki.algorithm.parameters = None;
    } else {
        let point = spki.subject_public_key.raw_bytes();
        assert_eq!((point[0], point.len() % 2), (4, 1));
        let form = 2 + (point[point.len() - 1] & 1);
        let x = &point[1..=point.len() / 2];
        spki.subject_public_key = BitString::from_bytes(&[&[form], x].concat()).unwrap();
    }
    pem("PUBLIC KEY", &spki.to_der().unwrap())
}

/// A user with a key in files.
struct KeyFiles {
    env: TestEnv,
}

impl KeyFiles {
    /// With `k.key` and `k.pub` of P-256, as cosign makes them.
    fn ecdsa() -> Self {
        let files = Self { env: TestEnv::new() };
        let path = files.env.file("k");
        files.env.dhi(&["keys", "generate", "-o", &path]).assert(0, "k.key");
        files
    }

    /// With `k.key` and `k.pub` of RSA, as openssl makes them.
    fn rsa() -> Self {
        use aws_lc_rs::encoding::AsDer;
        use aws_lc_rs::signature::KeyPair;
        let files = Self { env: TestEnv::new() };
        let pair = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        files.env.write("k.key", pem("PRIVATE KEY", pair.as_der().unwrap().as_ref()));
        files.env.write("k.pub", pem("PUBLIC KEY", pair.public_key().as_der().unwrap().as_ref()));
        files
    }

    /// The file of the public key, and one of its twin.
    fn both(&self) -> [String; 2] {
        let public = self.env.file("k.pub");
        let twin = self.env.write("twin.pub", twin(&read(&public)));
        [public, twin]
    }

    /// Verifies the image of the fixtures, whose key is given as well.
    fn verify(&self, more: &[&str]) -> Run {
        let reference = format!("oci:fixtures/{GOOD}:latest");
        self.env.dhi(&[&["verify", "--trusted-root", ROOT, "--key", KEY], more, &[&reference]].concat())
    }
}

#[test]
fn an_image_key_in_any_encoding_signs_no_summaries() {
    for files in [KeyFiles::ecdsa(), KeyFiles::rsa()] {
        let (key, out) = (files.env.file("k.key"), files.env.file("vsa.json"));
        let emit = |more: &[&str]| files.verify(&[&["--emit-vsa", &out, "--vsa-key", &key], more].concat());
        for public in files.both() {
            for flag in ["--key", "--attestor-key"] {
                emit(&[flag, &public]).assert(2, "proves images, so it cannot sign summaries");
                assert!(!std::path::Path::new(&out).exists(), "{public}");
            }
        }
        // A key of its own may.
        emit(&[]).assert(0, "a summary by");
        assert!(std::path::Path::new(&out).exists());
    }
}

#[cfg(unix)]
#[test]
fn an_exec_signer_is_identified_by_its_key() {
    let files = KeyFiles::ecdsa();
    let [public, twin] = files.both();
    let script = files.env.write("signer", format!("[ \"$1\" = public-key ] && exec cat {twin}\nexit 1\n"));
    let signer = format!("exec:sh {script}");
    let run = files.verify(&["--emit-vsa", &files.env.file("v"), "--vsa-key", &signer, "--key", &public]);
    run.assert(2, "proves images, so it cannot sign summaries");
}

#[test]
fn a_duplicate_key_in_any_encoding_is_an_error() {
    for files in [KeyFiles::ecdsa(), KeyFiles::rsa()] {
        let [public, twin] = files.both().map(|path| serde_json::to_string(&read(path)).unwrap());
        let ring = |first: &str, second: &str| {
            let entry = |id: &str, pem: &str| format!(r#"{{"id":"{id}","pem":{pem},"state":"active"}}"#);
            let keys = [entry("one", first), entry("two", second)].join(",");
            files.env.write("ring.json", format!(r#"{{"schemaVersion":1,"keys":[{keys}]}}"#))
        };
        let list = |ring: String| files.env.dhi(&["keys", "list", "--keyring", &ring]);
        for (first, second) in [(&public, &twin), (&twin, &public), (&twin, &twin), (&public, &public)] {
            list(ring(first, second)).assert(2, "key `two` or its `id` occurs twice");
        }
        let other = serde_json::to_string(&read(KEY)).unwrap();
        list(ring(&twin, &other)).assert(0, "two");
    }
}

#[test]
fn two_encodings_of_a_key_count_as_one_signer() {
    for files in [KeyFiles::ecdsa(), KeyFiles::rsa()] {
        let [public, twin] = files.both();
        let list = |keys: &[&str]| files.env.dhi(&[&["keys", "list"], keys].concat());
        list(&["--key", &public, "--key", &twin, "--threshold", "2"])
            .assert(2, "`--threshold 2` needs 2 keys or identities, 1 was given");
        list(&["--key", &public, "--key", KEY, "--threshold", "2"]).assert(0, "k.pub");
    }
    // Nor is a signature counted twice that both verify.
    let files = KeyFiles::ecdsa();
    let fixture = files.env.write("twin.pub", twin(&read(KEY)));
    files
        .verify(&["--key", &fixture, "--threshold", "2"])
        .assert(2, "`--threshold 2` needs 2 keys or identities, 1 was given");
}

#[test]
fn a_reencoded_key_verifies_with_the_same_key_id() {
    let files = KeyFiles::ecdsa();
    let fixture = files.env.write("twin.pub", twin(&read(KEY)));
    let reference = format!("oci:fixtures/{GOOD}:latest");
    // The entries in the log name the key as openssl writes it.
    let verify = |key: &str| {
        files.env.dhi(&[
            "verify",
            "--trusted-root",
            ROOT,
            "--require-tlog",
            "--format",
            "json",
            "--key",
            key,
            &reference,
        ])
    };
    let (usual, other) = (verify(KEY), verify(&fixture));
    assert_eq!((usual.code, other.code), (0, 0), "{}{}", usual.stderr, other.stderr);
    let id = |run: &Run| run.json()["trust"]["keys"][0]["id"].clone();
    assert_eq!(id(&usual), id(&other));
}

#[test]
fn a_reencoded_dhi_key_keeps_its_window_and_name_rules() {
    let files = KeyFiles::ecdsa();
    for (text, name, id, from) in
        [(DHI_2, "dhi-2", Some(DHI_2_ID), Some("2025-04-02T12:00:00Z")), (DHI_1, "dhi-1", None, None)]
    {
        let file = files.env.write("docker.pub", twin(&pem("PUBLIC KEY", &STANDARD.decode(text).unwrap())));
        let listed = files.env.dhi(&["keys", "list", "--format", "json", "--key", &file]);
        let key = listed.json()["keys"][0].clone();
        assert_eq!((key["name"].as_str(), key["notBefore"].as_str()), (Some(name), from), "{key}");
        if let Some(id) = id {
            assert_eq!(key["id"], id);
        }
        // Known already, and so nothing to vouch for.
        files.env.dhi(&["keys", "update", "--from", &file]).assert(0, "unchanged");
    }
}

#[test]
fn a_key_of_unsupported_form_is_refused_when_read() {
    let files = KeyFiles::rsa();
    let image = format!("oci:fixtures/{GOOD}:latest");
    let good = der(&read(files.env.file("k.pub")));
    let trailing = [&good[..], &[0]].concat();
    let mut hybrid = der(&read(KEY));
    let odd = hybrid.last().unwrap() & 1;
    hybrid[26] = 6 + odd;
    let mut off = der(&read(KEY));
    *off.last_mut().unwrap() ^= 1;
    for (der, text, hint) in [
        (trailing, "not a SubjectPublicKeyInfo in DER", "hint: convert it: `openssl pkey"),
        (hybrid, "hybrid form", "hint: convert it: `openssl ec"),
        (off, "its point is not on the curve", ""),
    ] {
        let file = files.env.write("odd.pub", pem("PUBLIC KEY", &der));
        let variable = |command: &mut std::process::Command| run(command.env("ODD", pem("PUBLIC KEY", &der)));
        files.env.dhi(&["verify", "--key", &file, &image]).assert(2, text);
        files.env.dhi(&["verify", "--key", &file, &image]).assert(2, hint);
        files.env.dhi(&["verify", "--attestor-key", &file, &image]).assert(2, text);
        files.env.dhi(&["verify", "--accept-vsa", &file, "--max-age", "1h", &image]).assert(2, text);
        files.env.dhi(&["keys", "update", "--from", &file]).assert(2, text);
        variable(&mut files.env.command(&["verify", "--key", "env://ODD", &image])).assert(2, text);
        let entry = serde_json::json!({ "id": "k", "pem": pem("PUBLIC KEY", &der), "state": "active" });
        let ring = serde_json::json!({ "schemaVersion": 1, "keys": [entry] }).to_string();
        let ring = files.env.write("ring.json", &ring);
        files.env.dhi(&["verify", "--keyring", &ring, &image]).assert(2, text);
    }
}

/// PKCS #8 has the parameters of the algorithm as well.
#[test]
fn a_reencoded_private_key_is_the_same_key_or_refused() {
    let files = KeyFiles::rsa();
    let [public, _] = files.both();
    let usual = der(&read(files.env.file("k.key")));
    let null = [0x01, 0x01, 0x01, 0x05, 0x00];
    let at = usual.windows(5).position(|bytes| bytes == null).unwrap() + 3;
    // The lengths of the outer sequence and of the algorithm follow.
    let without = {
        let mut der = [&usual[..at], &usual[at + 2..]].concat();
        let length = u16::from_be_bytes([der[2], der[3]]) - 2;
        der[2..4].copy_from_slice(&length.to_be_bytes());
        let algorithm = der.windows(4).position(|bytes| bytes == [0x30, 0x0d, 0x06, 0x09]).unwrap();
        der[algorithm + 1] -= 2;
        der
    };
    let mut other = usual.clone();
    other[at] = 0x04;
    for (name, der) in [("usual", usual), ("none", without), ("other", other)] {
        let key = files.env.write("odd.key", pem("PRIVATE KEY", &der));
        let run = files.verify(&["--emit-vsa", &files.env.file("v"), "--vsa-key", &key, "--key", &public]);
        let refused = run.stderr.contains("proves images, so it cannot sign summaries")
            || name != "usual" && run.stderr.contains("its type is not supported");
        assert!(run.code == 2 && refused, "{name}: {}", run.stderr);
    }
}
