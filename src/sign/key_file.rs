//! Private key files: parsed, decrypted and generated.
//!
//! The parameters of the key derivation are checked against those of cosign before they are used, so that a file cannot
//! make decryption expensive. Errors and debug output never contain parts of a private key.
//!
//! Read: cosign's encrypted keys (`ENCRYPTED SIGSTORE PRIVATE KEY`, older `ENCRYPTED COSIGN PRIVATE KEY`: PKCS #8 in
//! NaCl's secretbox under a key that scrypt derives) and plain PKCS #8 (`PRIVATE KEY`). Written: the first of these.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use sigstore::crypto::SigningScheme;
use sigstore::crypto::signing_key::ecdsa::{ECDSAKeys, EllipticCurve};
use sigstore::crypto::signing_key::{
    COSIGN_PRIVATE_KEY_PEM_LABEL, PRIVATE_KEY_PEM_LABEL, PUBLIC_KEY_PEM_LABEL,
    SIGSTORE_PRIVATE_KEY_PEM_LABEL, SigStoreKeyPair, SigStoreSigner, kdf,
};
use zeroize::Zeroizing;

use super::limits::{KEY_DERIVATION, PRIVATE_KEY_FILE};
use super::{Error, Signer};
use crate::diagnostic::{PrivateKeyForm, Remedy};
use crate::oci::{Encoding, json};
use crate::trust::PublicKey;

/// A parsed key file, not decrypted yet.
pub struct KeyFile {
    origin: String,
    content: Zeroizing<Vec<u8>>,
    encrypted: bool,
}

/// A private key. It is erased from memory with its last clone.
#[derive(Clone)]
pub struct PrivateKey {
    signer: Arc<SigStoreSigner>,
    public: PublicKey,
}

/// A new key pair, with the content of its two files.
pub struct KeyPair {
    /// The private key file: PEM, encrypted with the password.
    pub private: Zeroizing<String>,
    /// The public key file: PEM.
    pub public: String,
    /// The public key.
    pub key: PublicKey,
}

/// The part of cosign's format that determines the cost of decryption.
#[derive(Deserialize)]
struct Wire {
    kdf: Derivation,
    cipher: Cipher,
}

#[derive(Deserialize)]
struct Derivation {
    name: String,
    params: Parameters,
}

#[derive(Deserialize)]
struct Parameters {
    #[serde(rename = "N")]
    n: u32,
    r: u32,
    p: u32,
}

#[derive(Deserialize)]
struct Cipher {
    name: String,
    nonce: String,
}

impl KeyFile {
    /// Parses a key file, without decrypting it. `origin` names it in errors.
    ///
    /// # Errors
    ///
    /// [`Error::KeyFile`] for an unsupported format, or parameters that cost more than cosign's.
    pub fn parse(bytes: &[u8], origin: &str) -> Result<Self, Error> {
        let wrong =
            |cause: &str| Error::KeyFile { origin: origin.to_owned(), cause: cause.to_owned(), remedy: None };
        let with_remedy = |cause: &str, remedy: Remedy| Error::KeyFile {
            origin: origin.to_owned(),
            cause: cause.to_owned(),
            remedy: Some(remedy),
        };
        if u64::try_from(bytes.len()).is_ok_and(|length| length > PRIVATE_KEY_FILE) {
            return Err(wrong(&format!("it is over {PRIVATE_KEY_FILE} bytes")));
        }
        let convert = |cause: &str, form: PrivateKeyForm| {
            with_remedy(cause, Remedy::ConvertKey { path: path_of(origin).unwrap_or("KEY").to_owned(), form })
        };
        if let Some(encoding) = Encoding::of(bytes).filter(|encoding| *encoding != Encoding::MarkedUtf8) {
            return Err(with_remedy(&format!("it is {encoding}"), encoding.remedy(origin)));
        }
        // DER starts with the tag of a sequence.
        if bytes.starts_with(&[0x30]) && !bytes.is_ascii() {
            return Err(convert("it is DER, and PEM is expected", PrivateKeyForm::Der));
        }
        let blocks = pem::parse_many(bytes).map_err(|_| wrong("it is not a PEM file"))?;
        let block = match blocks.as_slice() {
            [block] => block,
            // `openssl ecparam -genkey` writes the curve in a block of its own, and again in the key.
            [parameters, key] if parameters.tag() == EC_PARAMETERS && key.tag() == "EC PRIVATE KEY" => key,
            [] => return Err(wrong("it has no PEM block")),
            several => {
                return Err(wrong(&format!("it has {} PEM blocks; one key is expected", several.len())));
            }
        };
        let encrypted = match block.tag() {
            SIGSTORE_PRIVATE_KEY_PEM_LABEL | COSIGN_PRIVATE_KEY_PEM_LABEL => {
                check_cost(block.contents()).map_err(|cause| wrong(&cause))?;
                true
            }
            PRIVATE_KEY_PEM_LABEL => false,
            PUBLIC_KEY_PEM_LABEL => {
                return Err(with_remedy("it is a public key", Remedy::GivePrivateKey));
            }
            form @ ("ENCRYPTED PRIVATE KEY" | "EC PRIVATE KEY" | "RSA PRIVATE KEY") => {
                let cause = format!("keys of form `{form}` are not supported");
                return Err(convert(&cause, PrivateKeyForm::Openssl));
            }
            "OPENSSH PRIVATE KEY" => {
                return Err(convert("it is an OpenSSH key", PrivateKeyForm::OpenSsh));
            }
            "PGP PRIVATE KEY BLOCK" => {
                return Err(with_remedy(
                    "it is an OpenPGP key, which makes other signatures",
                    Remedy::MakeKey,
                ));
            }
            "CERTIFICATE" => return Err(with_remedy("it is a certificate", Remedy::GivePrivateKey)),
            EC_PARAMETERS => return Err(with_remedy("it has a curve and no key", Remedy::MakeKey)),
            form => return Err(wrong(&format!("it has `{form}` instead of a private key"))),
        };
        Ok(Self { origin: origin.to_owned(), content: Zeroizing::new(block.contents().to_vec()), encrypted })
    }
}

/// The PEM label of a curve.
const EC_PARAMETERS: &str = "EC PARAMETERS";

/// The path in `origin`, if it names a file.
fn path_of(origin: &str) -> Option<&str> {
    let path = origin.strip_prefix('`')?.strip_suffix('`')?;
    (!path.contains("://")).then_some(path)
}

/// Refuses parameters that cost more than those of cosign, and values on which the library would panic.
fn check_cost(content: &[u8]) -> Result<(), String> {
    // The message of the parser is not used: it can quote the file.
    let wire: Wire = json::parse(content, "key file").map_err(|_| "its content cannot be read".to_owned())?;
    if wire.kdf.name != kdf::NAME_SCRYPT || wire.cipher.name != kdf::NAME_SECRET_BOX {
        return Err("its encryption is not that of cosign (scrypt and secretbox)".to_owned());
    }
    let Parameters { n, r, p } = wire.kdf.params;
    if !n.is_power_of_two() || n > KEY_DERIVATION || r > kdf::SCRYPT_R || p > kdf::SCRYPT_P {
        return Err(format!("its scrypt parameters exceed those of cosign (N {n}, r {r}, p {p})"));
    }
    let nonce = STANDARD.decode(&wire.cipher.nonce).ok();
    if nonce.is_none_or(|nonce| u32::try_from(nonce.len()) != Ok(kdf::BOX_NONCE_SIZE)) {
        return Err("its content cannot be read".to_owned());
    }
    Ok(())
}

impl KeyFile {
    /// Whether a password is needed.
    pub fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// Decrypts the key. The password is ignored for a plain key.
    ///
    /// # Errors
    ///
    /// [`Error::Password`] for a wrong password, [`Error::KeyFile`] for an unsupported key.
    pub fn open(&self, password: &[u8]) -> Result<PrivateKey, Error> {
        let der = if self.encrypted {
            let opened = kdf::decrypt(&self.content, password);
            Zeroizing::new(opened.map_err(|_| Error::Password { origin: self.origin.clone() })?)
        } else {
            self.content.clone()
        };
        let wrong = |cause: &str| Error::KeyFile {
            origin: self.origin.clone(),
            cause: cause.to_owned(),
            remedy: None,
        };
        let pair = SigStoreKeyPair::from_der(&der).map_err(|_| {
            wrong("its type is not supported; ECDSA P-256 and P-384, RSA (2048, 3072, 4096) and Ed25519 are")
        })?;
        PrivateKey::of(&pair, &self.origin)
    }
}

impl PrivateKey {
    fn of(pair: &SigStoreKeyPair, origin: &str) -> Result<Self, Error> {
        let scheme = match pair {
            SigStoreKeyPair::ECDSA(ECDSAKeys::P256(_)) => SigningScheme::ECDSA_P256_SHA256_ASN1,
            SigStoreKeyPair::ECDSA(ECDSAKeys::P384(_)) => SigningScheme::ECDSA_P384_SHA384_ASN1,
            SigStoreKeyPair::ECDSA(ECDSAKeys::P521(_)) => SigningScheme::ECDSA_P521_SHA512_ASN1,
            SigStoreKeyPair::ED25519(_) => SigningScheme::ED25519,
            SigStoreKeyPair::RSA(_) => SigningScheme::RSA_PKCS1_SHA256(0),
        };
        let wrong = |cause: String| Error::KeyFile { origin: origin.to_owned(), cause, remedy: None };
        let spki = pair.public_key_to_der().map_err(|_| wrong("it has no public key".to_owned()))?;
        let public = PublicKey::from_pem(&encode(PUBLIC_KEY_PEM_LABEL, spki), origin)
            .map_err(|error| wrong(error.to_string()))?;
        let signer = pair.to_sigstore_signer(&scheme).map_err(|_| wrong("it cannot sign".to_owned()))?;
        Ok(Self { signer: Arc::new(signer), public })
    }
}

#[async_trait]
impl Signer for PrivateKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        // A failure here is one of the library; the error names the key.
        self.signer.sign(message).map_err(|_| Error::BadSignature { key: self.public.id() })
    }
}

impl KeyPair {
    /// Generates an ECDSA P-256 key, as cosign does.
    ///
    /// # Errors
    ///
    /// [`Error::KeyFile`] if the cryptographic library fails.
    pub fn generate(password: &[u8]) -> Result<Self, Error> {
        let wrong = |cause: &str| Error::KeyFile {
            origin: "a new key".to_owned(),
            cause: cause.to_owned(),
            remedy: None,
        };
        let keys = ECDSAKeys::new(EllipticCurve::P256).map_err(|_| wrong("it cannot be generated"))?;
        let pair = SigStoreKeyPair::ECDSA(keys);
        let der = pair.private_key_to_der().map_err(|_| wrong("it cannot be written"))?;
        let encrypted = kdf::encrypt(&der, password).map_err(|_| wrong("it cannot be encrypted"))?;
        let key = PrivateKey::of(&pair, "a new key")?.public;
        Ok(Self {
            private: Zeroizing::new(encode(SIGSTORE_PRIVATE_KEY_PEM_LABEL, encrypted)),
            public: public_pem(&key),
            key,
        })
    }
}

/// The PEM text of a public key, as cosign and openssl write it.
pub(super) fn public_pem(key: &PublicKey) -> String {
    encode(PUBLIC_KEY_PEM_LABEL, key.to_der().to_vec())
}

fn encode(label: &str, content: Vec<u8>) -> String {
    let lines = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new(label, content), lines)
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyFile({:?})", self.public)
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedKey({})", self.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed_key_file(change: impl Fn(&str) -> String) -> Result<KeyFile, Error> {
        let pair = KeyPair::generate(b"secret").unwrap();
        let content = pem::parse(pair.private.as_bytes()).unwrap().contents().to_vec();
        let changed = change(std::str::from_utf8(&content).unwrap());
        KeyFile::parse(encode(SIGSTORE_PRIVATE_KEY_PEM_LABEL, changed.into_bytes()).as_bytes(), "`k`")
    }

    #[tokio::test]
    async fn a_new_key_opens_only_with_its_password() {
        let pair = KeyPair::generate(b"secret").unwrap();
        assert!(pair.private.starts_with("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n"));
        assert!(!pair.private.contains('\r') && !pair.public.contains('\r'));
        let file = KeyFile::parse(pair.private.as_bytes(), "`k`").unwrap();
        assert!(file.is_encrypted());
        let key = file.open(b"secret").unwrap();
        assert_eq!(key.public_key().id(), pair.key.id());
        assert!(pair.key.verifies_raw(&key.sign(b"m").await.unwrap(), b"m"));
        for wrong in [&b""[..], b"Secret", b"secret "] {
            assert_eq!(file.open(wrong).unwrap_err(), Error::Password { origin: "`k`".to_owned() });
        }
        let older = pair.private.replace("SIGSTORE", "COSIGN");
        assert!(KeyFile::parse(older.as_bytes(), "`k`").unwrap().open(b"secret").is_ok());
    }

    #[test]
    fn key_files_costlier_than_those_of_cosign_are_refused() {
        assert!(changed_key_file(str::to_owned).is_ok());
        for (from, to) in [
            (r#""N":32768"#, r#""N":1073741824"#),
            (r#""N":32768"#, r#""N":131072"#),
            (r#""N":32768"#, r#""N":0"#),
            (r#""N":32768"#, r#""N":32769"#),
            (r#""N":32768"#, r#""N":99999999999"#),
            (r#""r":8"#, r#""r":4294967295"#),
            (r#""p":1"#, r#""p":100000"#),
            (r#""p":1"#, r#""p":1,"p":1"#),
            ("scrypt", "pbkdf2"),
            ("nacl/secretbox", "none"),
            (r#""nonce":""#, r#""nonce":"AAAA"#),
            ("{", "["),
        ] {
            let error = changed_key_file(|text| text.replacen(from, to, 1)).unwrap_err();
            assert!(matches!(error, Error::KeyFile { .. }), "{to}: {error:?}");
        }
        // The library refuses cheaper parameters when it decrypts the file.
        assert!(changed_key_file(|text| text.replace("32768", "1024")).unwrap().open(b"secret").is_err());
    }

    #[test]
    fn the_remedy_fits_the_form_of_the_key() {
        let remedy = |bytes: &[u8]| match KeyFile::parse(bytes, "`my key`") {
            Err(Error::KeyFile { remedy, .. }) => remedy,
            other => panic!("{other:?}"),
        };
        let block = |label: &str| encode(label, vec![0; 8]);
        let convert = |form| Some(Remedy::ConvertKey { path: "my key".to_owned(), form });
        for label in ["EC PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
            assert_eq!(remedy(block(label).as_bytes()), convert(PrivateKeyForm::Openssl), "{label}");
        }
        let pair = format!("{}{}", block(EC_PARAMETERS), block("EC PRIVATE KEY"));
        assert_eq!(remedy(pair.as_bytes()), convert(PrivateKeyForm::Openssl));
        assert_eq!(remedy(block("OPENSSH PRIVATE KEY").as_bytes()), convert(PrivateKeyForm::OpenSsh));
        assert_eq!(remedy(&[0x30, 0x81, 0x87]), convert(PrivateKeyForm::Der));
        for label in [EC_PARAMETERS, "PGP PRIVATE KEY BLOCK"] {
            assert_eq!(remedy(block(label).as_bytes()), Some(Remedy::MakeKey));
        }
        assert_eq!(remedy(block("CERTIFICATE").as_bytes()), Some(Remedy::GivePrivateKey));
        let utf16: Vec<u8> = block("PRIVATE KEY").encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(remedy(&utf16), Some(Encoding::Utf16Little.remedy("`my key`")));
        assert_eq!(remedy(format!("{pair}{pair}").as_bytes()), None);
    }

    #[test]
    fn each_other_kind_of_file_has_its_error() {
        let public = KeyPair::generate(b"").unwrap().public;
        let cause = |bytes: &[u8]| match KeyFile::parse(bytes, "`k`") {
            Err(Error::KeyFile { cause, .. }) => cause,
            other => panic!("{other:?}"),
        };
        assert_eq!(cause(public.as_bytes()), "it is a public key");
        assert!(cause(b"").contains("no PEM block"), "{}", cause(b""));
        assert!(cause(format!("{public}{public}").as_bytes()).contains("2 PEM blocks"));
        assert!(cause(encode("EC PRIVATE KEY", vec![0; 8]).as_bytes()).contains("`EC PRIVATE KEY`"));
        assert!(cause(encode("DSA PRIVATE KEY", vec![0; 8]).as_bytes()).contains("`DSA PRIVATE KEY`"));
        assert!(cause(&vec![b'x'; 65_537]).contains("over 65536 bytes"));
        let plain = KeyFile::parse(encode(PRIVATE_KEY_PEM_LABEL, vec![0; 8]).as_bytes(), "`k`").unwrap();
        assert!(!plain.is_encrypted());
        assert!(plain.open(b"").unwrap_err().to_string().contains("not supported"));
    }
}
