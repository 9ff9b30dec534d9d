//! Files with private keys. None is kept here: one is made for each run.

use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use dhi::sign::{KeyPair, PrivateKey, Signer};

const PASSWORD: &[u8] = b"password";
const SEALED: &str = "ENCRYPTED SIGSTORE PRIVATE KEY";
/// What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410).
const ED25519: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
/// The same for ECDSA P-256 (RFC 5958, 5915), without the public key.
const P256: [u8; 35] = [
    0x30, 0x41, 2, 1, 0, 0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 3, 1, 7, 4, 0x27, 0x30, 0x25, 2, 1, 1, 4, 0x20,
];

static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(PASSWORD).unwrap());

/// The first byte says what the others are: a file, the content of an encrypted one, of a plain one, the secret of a
/// plain one, a password, or what is encrypted.
///
/// What opens signs with the key that it says it has, and opens as the same again; an encrypted file that nobody
/// encrypted does not open, nor does a good one with another password.
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
            let file = PrivateKey::parse(KEY.private.as_bytes(), "key").unwrap();
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

/// HMAC, with which scrypt reads a password, fills short ones up with zeros.
fn is_password(data: &[u8]) -> bool {
    let end = data.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    data.len() <= 64 && data.get(..end) == Some(PASSWORD)
}

fn armoured(label: &str, content: &[u8]) -> String {
    pem::encode(&pem::Pem::new(label, content))
}

fn plain(file: &[u8]) {
    let Ok(sealed) = PrivateKey::parse(file, "key") else { return };
    // To derive a key takes long; the other kinds do.
    if sealed.is_encrypted() {
        return;
    }
    let Ok(key) = sealed.open(b"") else { return };
    assert_eq!(sealed.open(PASSWORD).unwrap().public_key().id(), key.public_key().id());
    let mut signing = pin!(key.sign(b"message"));
    let Poll::Ready(signed) = signing.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("a key in memory keeps nobody waiting")
    };
    assert!(key.public_key().verifies_raw(&signed.unwrap(), b"message"));
    assert!(!key.public_key().verifies_raw(&[], b"message"));
}

/// Nobody can have encrypted what is in `content`.
fn sealed(content: &[u8]) {
    let Ok(file) = PrivateKey::parse(armoured(SEALED, content).as_bytes(), "key") else { return };
    assert!(file.is_encrypted());
    assert!(file.open(PASSWORD).is_err());
}
