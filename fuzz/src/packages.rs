//! Package files, signed indexes and lock files of definitions.

use std::io::{Cursor, Read};
use std::sync::LazyLock;

use dhi::builder::lock;
use dhi::builder::packages::deb::container::{Container, ControlFiles, Expected, check_identity};
use dhi::builder::packages::openpgp::{Keyring, verify, verify_detached};
use jiff::Timestamp;

const KEYRING: &[u8] = include_bytes!("../fixed/archive.gpg");
/// A text, and its signature by a key of the keyring.
const TEXT: &str = include_str!("../fixed/Release");
const SIGNED: &str = include_str!("../fixed/InRelease");

static KEYS: LazyLock<Keyring> = LazyLock::new(|| Keyring::read(KEYRING).unwrap());

/// The most bytes that are decompressed.
const UNPACKED: u64 = 1 << 20;

fn at() -> Timestamp {
    "2026-12-02T00:00:00Z".parse().unwrap()
}

/// What a package file contains lies within it, and its name is compared exactly.
pub fn deb_package(data: &[u8]) {
    let mut file = Cursor::new(data);
    let Ok(container) = Container::read(&mut file) else { return };
    for part in [&container.control, &container.data] {
        assert!(part.offset + part.size <= data.len() as u64);
        let mut content = Vec::new();
        if let Ok(mut reader) = part.reader(&mut file, UNPACKED) {
            let _ = reader.read_to_end(&mut content);
        }
        assert!(content.len() as u64 <= UNPACKED);
    }
    let Ok(files) = ControlFiles::read(&mut file, &container) else { return };
    assert!(files.names().any(|name| name == "control"));
    let expected = Expected { name: "demo", version: "1:1.0-1", architecture: "all" };
    if check_identity(files.control(), &expected).is_ok() {
        let control = String::from_utf8_lossy(files.control()).into_owned();
        for value in ["demo", "1:1.0-1", "all"] {
            assert!(control.contains(value));
        }
    }
}

/// The first byte selects what is replaced: the message, the keyring, or the signature. A good signature is about the
/// signed text alone.
pub fn signed_index(data: &[u8]) {
    let Some((part, data)) = data.split_first() else { return };
    let result = match part % 3 {
        0 => verify(data, &KEYS, at()),
        1 => {
            let Ok(keys) = Keyring::read(data) else { return };
            assert!(!keys.certificates().is_empty());
            for certificate in keys.certificates() {
                assert_eq!(certificate.details(at()).fingerprint, certificate.fingerprint());
            }
            verify(SIGNED.as_bytes(), &keys, at())
        }
        _ => verify_detached(TEXT.as_bytes(), data, &KEYS, at()),
    };
    if let Ok(signed) = result {
        assert_eq!(signed.text, TEXT);
        assert!(!signed.signatures.is_empty());
    }
}

/// A lock that was read is written and read again as the same lock, and differs from itself in nothing.
pub fn lock_file(data: &[u8]) {
    let Ok(lock) = lock::read(data) else { return };
    let bytes = lock::write(&lock).unwrap();
    assert_eq!(lock::read(&bytes).as_ref(), Ok(&lock));
    assert_eq!(lock::diff(&lock, &lock), []);
    for platform in &lock.platforms {
        for package in &platform.packages {
            assert!(!platform.why(&package.name).is_empty());
        }
    }
}
