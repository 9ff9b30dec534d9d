//! Signed indexes of Debian, with the keys of its archive.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use dhi::builder::packages::openpgp::{Error, Keyring, SignatureError, verify};
use jiff::Timestamp;
use serde_json::Value;

use super::{print, shared_data};

fn folder() -> Option<PathBuf> {
    let folder = shared_data().join("truth/deb/inrelease");
    if !folder.is_dir() {
        print(&format!("skipped: there is no {}", folder.display()));
        return None;
    }
    Some(folder)
}

/// A time at which the signatures exist and the keys are valid.
fn at() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

#[test]
fn archive_signatures_equal_those_of_gpgv() {
    let Some(folder) = folder() else { return };
    let keys = Keyring::read(&fs::read(folder.join("debian-archive-keyring.gpg")).unwrap()).unwrap();
    let expected: Value = serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let mut count = 0;
    for (name, suite) in expected.as_object().unwrap() {
        let message = fs::read(folder.join(format!("{name}.InRelease"))).unwrap();
        let signed = verify(&message, &keys, at()).unwrap();
        let found: BTreeSet<String> =
            signed.signatures.iter().map(|one| format!("{} primary {}", one.key, one.certificate)).collect();
        let valid = suite["validsig"].as_array().unwrap();
        let valid: BTreeSet<String> = valid.iter().map(|one| one.as_str().unwrap().to_owned()).collect();
        assert_eq!(found, valid, "{name}");
        count += valid.len();

        let message = String::from_utf8(message).unwrap();
        let text: String = message
            .lines()
            .skip_while(|line| !line.is_empty())
            .skip(1)
            .take_while(|line| !line.starts_with("-----BEGIN"))
            .map(|line| format!("{line}\n"))
            .collect();
        assert_eq!(signed.text, text, "{name}");
        assert!(text.starts_with("Origin: Debian\n"), "{name}");

        let edited = message.replacen("Suite: ", "Suite:  ", 1);
        let Err(Error::NotTrusted { rejected }) = verify(edited.as_bytes(), &keys, at()) else {
            panic!("{name}: an edited text is accepted")
        };
        assert!(rejected.iter().all(|one| one.cause == SignatureError::Mismatch), "{name}: {rejected:?}");
    }
    print(&format!("{count} signatures of {} indexes", expected.as_object().unwrap().len()));
}

#[test]
fn archive_keys_of_another_suite_do_not_count() {
    let Some(folder) = folder() else { return };
    let bytes = fs::read(folder.join("debian-archive-keyring.gpg")).unwrap();
    let keys = Keyring::read(&bytes).unwrap();
    let message = fs::read(folder.join("trixie-security.InRelease")).unwrap();
    assert!(keys.certificates().len() > 4, "{}", keys.certificates().len());
    let early = verify(&message, &keys, "2020-01-01T00:00:00Z".parse().unwrap());
    assert!(matches!(early, Err(Error::NotTrusted { .. })), "{early:?}");
    for certificate in keys.certificates() {
        let details = certificate.details(at());
        assert!(!details.user_ids.is_empty(), "{details:?}");
        let names = details.user_ids.iter().all(|name| name.contains("Debian"));
        assert!(names, "{details:?}");
    }
}
