//! Keys, certificates and signatures for tests, with every part under the control of the test.

use std::sync::OnceLock;

use pgp::composed::KeyType;
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{
    KeyFlags, Notation, PacketTrait, PubKeyInner, PublicKey, PublicSubkey, SecretKey, SecretSubkey,
    Signature, SignatureConfig, SignatureType, Subpacket, SubpacketData, UserId,
};
use pgp::types::{Duration, KeyVersion, Password, SigningKey, Tag, Timestamp};
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::builder::packages::openpgp::{Error, Keyring, SignedText, verify};

/// When the keys are made: 2025-01-01.
pub(super) const CREATED: u32 = 1_735_689_600;
/// When documents are signed: 2026-01-01.
pub(in crate::builder) const SIGNED: u32 = 1_767_225_600;
pub(in crate::builder) const DAY: u32 = 86_400;

/// What a signature says.
#[derive(Clone)]
pub(in crate::builder) struct Says {
    pub(in crate::builder) created: u32,
    pub(in crate::builder) hash: HashAlgorithm,
    /// The flag for signing documents, or no flags at all.
    pub(in crate::builder) signing: Option<bool>,
    pub(in crate::builder) key_seconds: Option<u32>,
    pub(in crate::builder) seconds: Option<u32>,
    pub(in crate::builder) critical_notation: bool,
    pub(in crate::builder) names_issuer: bool,
}

pub(in crate::builder) fn says(created: u32) -> Says {
    Says {
        created,
        hash: HashAlgorithm::Sha256,
        signing: None,
        key_seconds: None,
        seconds: None,
        critical_notation: false,
        names_issuer: true,
    }
}

/// The self-signature of an ordinary key: it may sign.
pub(super) fn signing() -> Says {
    Says { signing: Some(true), ..says(CREATED) }
}

fn config(kind: SignatureType, key: &impl SigningKey, says: &Says) -> SignatureConfig {
    let mut config = SignatureConfig::v4(kind, key.algorithm(), says.hash);
    let mut parts = vec![SubpacketData::SignatureCreationTime(Timestamp::from_secs(says.created))];
    if says.names_issuer {
        parts.push(SubpacketData::IssuerFingerprint(key.fingerprint()));
    }
    if let Some(sign) = says.signing {
        let mut flags = KeyFlags::default();
        flags.set_sign(sign);
        flags.set_certify(true);
        parts.push(SubpacketData::KeyFlags(flags));
    }
    parts.extend(says.key_seconds.map(|it| SubpacketData::KeyExpirationTime(Duration::from_secs(it))));
    parts.extend(says.seconds.map(|it| SubpacketData::SignatureExpirationTime(Duration::from_secs(it))));
    config.hashed_subpackets = parts.into_iter().map(|part| Subpacket::regular(part).unwrap()).collect();
    if says.critical_notation {
        let notation = Notation { readable: true, name: "use@deb.example".into(), value: "beta".into() };
        config.hashed_subpackets.push(Subpacket::critical(SubpacketData::Notation(notation)).unwrap());
    }
    config
}

fn inner(kind: &KeyType, number: u64, created: u32) -> (PubKeyInner, pgp::types::SecretParams) {
    let (public, secret) = kind.generate(StdRng::seed_from_u64(number)).unwrap();
    let created = Timestamp::from_secs(created);
    (PubKeyInner::new(KeyVersion::V4, kind.to_alg(), created, None, public).unwrap(), secret)
}

/// A primary key. The same number gives the same key.
pub(super) fn key_of(kind: &KeyType, number: u64) -> SecretKey {
    let (public, secret) = inner(kind, number, CREATED);
    SecretKey::new(PublicKey::from_inner(public).unwrap(), secret).unwrap()
}

pub(in crate::builder) fn key(number: u64) -> SecretKey {
    key_of(&KeyType::Ed25519Legacy, number)
}

/// A key that signs with weak hashes too. The others refuse to.
pub(super) fn rsa_key() -> &'static SecretKey {
    static KEY: OnceLock<SecretKey> = OnceLock::new();
    KEY.get_or_init(|| key_of(&KeyType::Rsa(2048), 1))
}

pub(super) fn subkey(number: u64) -> SecretSubkey {
    let (public, secret) = inner(&KeyType::Ed25519Legacy, number, CREATED);
    SecretSubkey::new(PublicSubkey::from_inner(public).unwrap(), secret).unwrap()
}

pub(in crate::builder) fn packet(packet: &impl PacketTrait) -> Vec<u8> {
    let mut bytes = Vec::new();
    packet.to_writer_with_header(&mut bytes).unwrap();
    bytes
}

/// A user ID with its self-signature.
pub(super) fn user(key: &SecretKey, name: &str, says: &Says) -> Vec<u8> {
    user_signature(key, name, SignatureType::CertPositive, says, true)
}

pub(super) fn user_signature(
    key: &SecretKey,
    name: &str,
    kind: SignatureType,
    says: &Says,
    with_name: bool,
) -> Vec<u8> {
    let id = UserId::from_str(pgp::types::PacketHeaderVersion::New, name).unwrap();
    let signature = config(kind, key, says)
        .sign_certification(key, key.public_key(), &Password::empty(), Tag::UserId, &id)
        .unwrap();
    if with_name { [packet(&id), packet(&signature)].concat() } else { packet(&signature) }
}

/// A signature directly over the key: a revocation or a direct-key signature.
pub(super) fn over_key(key: &SecretKey, kind: SignatureType, says: &Says) -> Vec<u8> {
    packet(&config(kind, key, says).sign_key(key, &Password::empty(), key.public_key()).unwrap())
}

pub(super) enum Back<'a> {
    None,
    By(&'a SecretSubkey, &'a SecretKey),
}

/// A subkey with its binding, and the back-signature.
pub(super) fn bound(key: &SecretKey, subkey: &SecretSubkey, says: &Says, back: &Back<'_>) -> Vec<u8> {
    let mut binding = config(SignatureType::SubkeyBinding, key, says);
    if let Back::By(signer, about) = back {
        let back = config(SignatureType::KeyBinding, *signer, &self::says(CREATED))
            .sign_primary_key_binding(*signer, signer.public_key(), &Password::empty(), about.public_key())
            .unwrap();
        let back = SubpacketData::EmbeddedSignature(Box::new(back));
        binding.hashed_subpackets.push(Subpacket::regular(back).unwrap());
    }
    let binding =
        binding.sign_subkey_binding(key, key.public_key(), &Password::empty(), subkey.public_key()).unwrap();
    [packet(subkey.public_key()), packet(&binding)].concat()
}

pub(super) fn subkey_revocation(key: &SecretKey, subkey: &SecretSubkey, says: &Says) -> Vec<u8> {
    let revocation = config(SignatureType::SubkeyRevocation, key, says)
        .sign_subkey_binding(key, key.public_key(), &Password::empty(), subkey.public_key())
        .unwrap();
    packet(&revocation)
}

/// A keyring of the primary key and the packets after it.
pub(super) fn keyring(key: &SecretKey, parts: &[Vec<u8>]) -> Keyring {
    Keyring::read(&[packet(key.public_key()), parts.concat()].concat()).unwrap()
}

/// A keyring with one ordinary key.
pub(in crate::builder) fn ordinary(key: &SecretKey) -> Keyring {
    keyring(key, &[user(key, "Archive <archive@deb.example>", &signing())])
}

/// A signature of a document.
pub(in crate::builder) fn sign(
    key: &impl SigningKey,
    kind: SignatureType,
    says: &Says,
    data: &[u8],
) -> Signature {
    config(kind, key, says).sign(key, &Password::empty(), data).unwrap()
}

/// ASCII armor.
pub(super) fn armored(kind: &str, bytes: &[u8]) -> String {
    use base64::Engine;
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {kind}-----\n\n{}\n-----END {kind}-----\n", lines.join("\n"))
}

pub(super) const TEXT: &str = "Suite: stable\nDate: Thu, 01 Jan 2026 00:00:00 UTC\n";

/// A signature of `text` (whose last line end is not part of what is signed).
pub(in crate::builder) fn text_signature(key: &impl SigningKey, says: &Says, text: &str) -> Signature {
    let signed = text.strip_suffix('\n').unwrap().replace('\n', "\r\n");
    sign(key, SignatureType::Text, says, signed.as_bytes())
}

/// A cleartext signed message. `body` is the text with its escapes.
pub(in crate::builder) fn message(body: &str, signatures: &[Signature]) -> String {
    let signatures: Vec<Vec<u8>> = signatures.iter().map(packet).collect();
    let signatures = armored("PGP SIGNATURE", &signatures.concat());
    format!("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{body}{signatures}")
}

/// An ordinary message by `key`.
pub(super) fn signed_by(key: &impl SigningKey) -> String {
    message(TEXT, &[text_signature(key, &says(SIGNED), TEXT)])
}

/// Verifies a day after the documents are signed.
pub(super) fn check(message: &str, keys: &Keyring) -> Result<SignedText, Error> {
    check_at(message, keys, SIGNED + DAY)
}

pub(super) fn check_at(message: &str, keys: &Keyring, at: u32) -> Result<SignedText, Error> {
    verify(message.as_bytes(), keys, at_time(at))
}

pub(in crate::builder) fn at_time(seconds: u32) -> jiff::Timestamp {
    jiff::Timestamp::from_second(i64::from(seconds)).unwrap()
}
