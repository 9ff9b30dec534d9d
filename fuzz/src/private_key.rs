//! Private key files. The repository has none: each run generates one.

use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use dhi::sign::{KeyFile, KeyPair, Signer};

const PASSWORD: &[u8] = b"password";
const SEALED: &str = "ENCRYPTED SIGSTORE PRIVATE KEY";
/// The bytes before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410).
const ED25519: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
/// The bytes before an ECDSA P-256 key (RFC 5958, 5915), without the public key.
const P256: [u8; 35] = [
    0x30, 0x41, 2, 1, 0, 0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 3, 1, 7, 4, 0x27, 0x30, 0x25, 2, 1, 1, 4, 0x20,
];

static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(PASSWORD).unwrap());

/// The first byte selects the meaning of the others: a file, the content of an encrypted file, the content of a plain
/// file, the secret of a plain file, a password, or a ciphertext.
///
/// An opened key signs with the public key that it reports, and opens again as the same key. A forged encrypted file
/// does not open, nor does a genuine one with another password.
pub fn private_key(data: &[u8]) {
    let Some((kind, data)) = data.split_first() else { return };
    match kind {
        0 => plain(data),
        1 => sealed(data),
        2 => plain(armoured("PRIVATE KEY", data).as_bytes()),
        3 => {
            for before in [ED25519.as_slice(), &P256] {
                let secret: Vec<u8> = data.iter().copied().chain([1; 32]).take(32).collect();
                plain(armoured("PRIVATE KEY", &[before, &secret].concat()).as_bytes());
            }
        }
        4 => {
            let file = KeyFile::parse(KEY.private.as_bytes(), "key").unwrap();
            assert_eq!(file.open(data).is_ok(), is_password(data));
        }
        _ => {
            let content = pem::parse(KEY.private.as_bytes()).unwrap();
            let mut content: serde_json::Value = serde_json::from_slice(content.contents()).unwrap();
            content["ciphertext"] = String::from_utf8_lossy(data).into();
            sealed(content.to_string().as_bytes());
        }
    }
}

/// HMAC, which scrypt uses for the password, pads short passwords with zeros.
fn is_password(data: &[u8]) -> bool {
    let end = data.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    data.len() <= 64 && data.get(..end) == Some(PASSWORD)
}

fn armoured(label: &str, content: &[u8]) -> String {
    pem::encode(&pem::Pem::new(label, content))
}

fn plain(file: &[u8]) {
    let Ok(sealed) = KeyFile::parse(file, "key") else { return };
    // Key derivation is slow; other first bytes test it.
    if sealed.is_encrypted() {
        return;
    }
    let Ok(key) = sealed.open(b"") else { return };
    assert_eq!(sealed.open(PASSWORD).unwrap().public_key().id(), key.public_key().id());
    let mut signing = pin!(key.sign(b"message"));
    let Poll::Ready(signed) = signing.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("a key in memory signs at once")
    };
    assert!(key.public_key().verifies_raw(&signed.unwrap(), b"message"));
    assert!(!key.public_key().verifies_raw(&[], b"message"));
}

/// `content` is not a genuine ciphertext.
fn sealed(content: &[u8]) {
    let Ok(file) = KeyFile::parse(armoured(SEALED, content).as_bytes(), "key") else { return };
    assert!(file.is_encrypted());
    assert!(file.open(PASSWORD).is_err());
}
