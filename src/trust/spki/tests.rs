//! Every encoding of a key has the same key ID, or is refused.

use std::sync::OnceLock;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::edwards::CompressedEdwardsY;
use proptest::prelude::*;
use sigstore_verify::types::DerPublicKey;

use crate::oci::Digest;
use crate::trust::{Error, PublicKey};

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BITS: u8 = 0x03;
const NULL: &[u8] = &[0x05, 0x00];
const OID_EC: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const OID_P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const OID_P384: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];
const OID_RSA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const OID_PSS: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
const OID_ED25519: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];
const MESSAGE: &[u8] = b"message";

/// A key with a signature of it, in the parts of which its SubjectPublicKeyInfo is made.
struct Key {
    name: &'static str,
    oid: &'static [u8],
    parameters: &'static [u8],
    bits: Vec<u8>,
    der: Vec<u8>,
    signature: Vec<u8>,
}

fn keys() -> &'static [Key] {
    static KEYS: OnceLock<Vec<Key>> = OnceLock::new();
    KEYS.get_or_init(|| {
        let ecdsa = |name, algorithm: &'static EcdsaSigningAlgorithm, parameters| {
            let pair = EcdsaKeyPair::generate(algorithm).unwrap();
            Key {
                name,
                oid: OID_EC,
                parameters,
                bits: pair.public_key().as_ref().to_vec(),
                der: pair.public_key().as_der().unwrap().as_ref().to_vec(),
                signature: pair.sign(&SystemRandom::new(), MESSAGE).unwrap().as_ref().to_vec(),
            }
        };
        let rsa = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let mut signed = vec![0; rsa.public_modulus_len()];
        rsa.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), MESSAGE, &mut signed).unwrap();
        let edwards = Ed25519KeyPair::generate().unwrap();
        vec![
            ecdsa("ecdsa-p256", &ECDSA_P256_SHA256_ASN1_SIGNING, OID_P256),
            ecdsa("ecdsa-p384", &ECDSA_P384_SHA384_ASN1_SIGNING, OID_P384),
            Key {
                name: "rsa",
                oid: OID_RSA,
                parameters: NULL,
                bits: rsa.public_key().as_ref().to_vec(),
                der: rsa.public_key().as_der().unwrap().as_ref().to_vec(),
                signature: signed,
            },
            Key {
                name: "ed25519",
                oid: OID_ED25519,
                parameters: &[],
                bits: edwards.public_key().as_ref().to_vec(),
                der: edwards.public_key().as_der().unwrap().as_ref().to_vec(),
                signature: edwards.sign(MESSAGE).as_ref().to_vec(),
            },
        ]
    })
}

fn key(name: &str) -> &'static Key {
    keys().iter().find(|key| key.name == name).unwrap()
}

/// Tag, length and content.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let length = match length {
        0..0x80 => vec![u8::try_from(length).unwrap()],
        0x80..0x100 => vec![0x81, u8::try_from(length).unwrap()],
        _ => [&[0x82], &u16::try_from(length).unwrap().to_be_bytes()[..]].concat(),
    };
    [&[tag], &length[..], content].concat()
}

/// The same with more octets for the length than it needs, which BER allows.
fn long(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x84], &length[..], content].concat()
}

/// The same without a length, which BER allows.
fn indefinite(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, 0x80], content, &[0, 0]].concat()
}

fn numbers(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    tlv(SEQUENCE, &[tlv(INTEGER, modulus), tlv(INTEGER, exponent)].concat())
}

fn spki(algorithm: &[u8], bits: &[u8]) -> Vec<u8> {
    tlv(SEQUENCE, &[algorithm, bits].concat())
}

fn read(der: &[u8]) -> Result<PublicKey, String> {
    PublicKey::from_spki(&DerPublicKey::new(der.to_vec()), "test").map_err(|error| match error {
        Error::KeyFile { cause, .. } | Error::KeyEncoding { cause, .. } => cause,
        other => panic!("{other:?}"),
    })
}

impl Key {
    fn algorithm(&self, parameters: &[u8]) -> Vec<u8> {
        tlv(SEQUENCE, &[self.oid, parameters].concat())
    }

    /// The key with these bits and everything else as usual.
    fn with_bits(&self, bits: &[u8]) -> Vec<u8> {
        spki(&self.algorithm(self.parameters), &tlv(BITS, &[&[0], bits].concat()))
    }

    /// The modulus with its sign octet, and the exponent.
    fn rsa_numbers(&self) -> (Vec<u8>, Vec<u8>) {
        let modulus = self.bits[8..][..257].to_vec();
        assert_eq!((&self.bits[4..8], modulus[0]), (&[INTEGER, 0x82, 0x01, 0x01][..], 0));
        (modulus, vec![1, 0, 1])
    }

    /// The other forms of the part that is the key itself.
    fn forms(&self) -> Vec<Vec<u8>> {
        let mut forms = vec![self.bits.clone(), Vec::new(), vec![0], self.der.clone()];
        forms.push([&self.bits[..], &[0]].concat());
        forms.push(self.bits[..self.bits.len() - 1].to_vec());
        match self.name {
            "rsa" => {
                let (modulus, exponent) = self.rsa_numbers();
                let padded = |number: &[u8]| [&[0], number].concat();
                forms.push(numbers(&padded(&modulus), &exponent));
                forms.push(numbers(&modulus[1..], &exponent));
                forms.push(numbers(&modulus, &padded(&exponent)));
                forms.push(numbers(&modulus, &[0xff, 0xff]));
                forms.push([numbers(&modulus, &exponent), vec![0]].concat());
                let both = [tlv(INTEGER, &modulus), tlv(INTEGER, &exponent)].concat();
                forms.push(tlv(SEQUENCE, &[&both[..], &tlv(INTEGER, &[1])].concat()));
                forms.push(long(SEQUENCE, &both));
                forms.push(indefinite(SEQUENCE, &both));
                let longer = [long(INTEGER, &modulus), tlv(INTEGER, &exponent)].concat();
                forms.push(tlv(SEQUENCE, &longer));
            }
            "ed25519" => {
                let mut other = self.bits.clone();
                other[31] ^= 0x80;
                forms.push(other);
                forms.push(tlv(0x04, &self.bits));
            }
            _ => {
                let (x, y) = self.bits[1..].split_at((self.bits.len() - 1) / 2);
                let odd = y.last().unwrap() & 1;
                for form in 0..=9 {
                    forms.push([&[form], x, y].concat());
                    forms.push([&[form], x].concat());
                }
                // The opposite point, in each form.
                forms.push([&[0x03 - odd], x].concat());
            }
        }
        forms
    }

    /// Ways to write the key, right and wrong ones.
    fn encodings(&self) -> Vec<Vec<u8>> {
        let no = &[][..];
        let explicit = tlv(SEQUENCE, &tlv(INTEGER, &[1]));
        let twice = [self.parameters, self.parameters].concat();
        let parameters = [
            self.parameters,
            no,
            NULL,
            &[0x05, 0x01, 0x00],
            &[0x05, 0x81, 0x00],
            OID_P256,
            OID_P384,
            &explicit,
            &twice,
        ];
        let mut all = Vec::new();
        for parameters in parameters {
            for form in self.forms() {
                for unused in [0, 1, 7, 8] {
                    let bits = [&[unused], &form[..]].concat();
                    all.push(spki(&self.algorithm(parameters), &tlv(BITS, &bits)));
                }
            }
        }
        let (algorithm, bits) = (self.algorithm(self.parameters), [&[0], &self.bits[..]].concat());
        let inside = [self.oid, self.parameters].concat();
        let content = [&algorithm[..], &tlv(BITS, &bits)].concat();
        all.push(long(SEQUENCE, &content));
        all.push(indefinite(SEQUENCE, &content));
        all.push(spki(&long(SEQUENCE, &inside), &tlv(BITS, &bits)));
        all.push(spki(&indefinite(SEQUENCE, &inside), &tlv(BITS, &bits)));
        all.push(spki(&algorithm, &long(BITS, &bits)));
        // A bit string in pieces.
        all.push(spki(&algorithm, &tlv(0x23, &tlv(BITS, &bits))));
        all.push(spki(&algorithm, &tlv(0x04, &bits)));
        all.push(tlv(SEQUENCE, &[&content[..], NULL].concat()));
        all.push([&self.der[..], &[0]].concat());
        all.push([&self.der[..], &self.der[..]].concat());
        all.push(tlv(SEQUENCE, &self.der));
        all
    }

    /// An encoding that is read gives this key with its ID, or another key that does not verify this key's signature.
    fn check(&self, encoding: &[u8]) -> Option<bool> {
        let read = read(encoding).ok()?;
        let same = read.id().to_string() == Digest::of(&self.der).to_string();
        assert_eq!(same, read.verifies_raw(&self.signature, MESSAGE), "{} {encoding:02x?}", self.name);
        assert_eq!(same, read.to_der() == self.der, "{} {encoding:02x?}", self.name);
        // Reading the canonical encoding gives the same key.
        assert_eq!(self::read(read.to_der()), Ok(read));
        Some(same)
    }
}

#[test]
fn all_encodings_of_a_key_have_one_id_or_are_refused() {
    for key in keys() {
        assert_eq!(key.with_bits(&key.bits), key.der, "{}", key.name);
        assert_eq!(key.check(&key.der), Some(true), "{}", key.name);
        for encoding in key.encodings() {
            key.check(&encoding);
        }
    }
}

#[test]
fn accepted_encodings_besides_the_canonical_one() {
    for key in keys() {
        let mut accepted: Vec<Vec<u8>> = key.encodings();
        accepted.retain(|encoding| key.check(encoding) == Some(true));
        accepted.sort();
        accepted.dedup();
        let mut expected = vec![key.der.clone()];
        match key.name {
            "ed25519" => {}
            "rsa" => expected.push(spki(&key.algorithm(&[]), &tlv(BITS, &[&[0], &key.bits[..]].concat()))),
            _ => {
                let (x, y) = key.bits[1..].split_at((key.bits.len() - 1) / 2);
                expected.push(key.with_bits(&[&[0x02 + (y.last().unwrap() & 1)], x].concat()));
            }
        }
        expected.sort();
        assert_eq!(accepted, expected, "{}", key.name);
    }
}

proptest! {
    #[test]
    fn no_byte_change_gives_the_key_another_id(
        at in 0..4usize, place in any::<prop::sample::Index>(), byte in any::<u8>(), how in 0..3,
    ) {
        let key = &keys()[at];
        let mut changed = key.der.clone();
        let place = place.index(changed.len());
        match how {
            0 => changed[place] = byte,
            1 => changed.insert(place, byte),
            _ => { changed.remove(place); }
        }
        key.check(&changed);
    }
}

#[test]
fn keys_that_verify_nothing_or_anything_are_refused() {
    let (p256, rsa, edwards) = (key("ecdsa-p256"), key("rsa"), key("ed25519"));
    let mut off = p256.bits.clone();
    off[64] ^= 1;
    assert!(read(&p256.with_bits(&off)).unwrap_err().contains("not on the curve"));
    assert!(read(&p256.with_bits(&[4; 65])).unwrap_err().contains("not on the curve"));
    assert!(read(&p256.with_bits(&[0])).unwrap_err().contains("not a point of ecdsa-p256"));
    let (modulus, exponent) = rsa.rsa_numbers();
    // A signature by exponent 1 is the padded hash itself, and one by an even exponent is by no key.
    for exponent in [&[0][..], &[1], &[2], &[1, 0, 0]] {
        let weak = rsa.with_bits(&numbers(&modulus, exponent));
        assert!(read(&weak).unwrap_err().contains("verify no signature"), "{exponent:?}");
    }
    let mut even = modulus.clone();
    *even.last_mut().unwrap() &= 0xfe;
    assert!(read(&rsa.with_bits(&numbers(&even, &exponent))).is_err());
    for (bytes, bits) in [(255, 2040), (128, 1024), (1, 8)] {
        let short = [&[0], &vec![0xff; bytes][..]].concat();
        let short = read(&rsa.with_bits(&numbers(&short, &exponent))).unwrap_err();
        assert!(short.contains(&format!("this one has {bits}")), "{short}");
    }
    let long = [&[0], &[0xff; 1025][..]].concat();
    assert!(read(&rsa.with_bits(&numbers(&long, &exponent))).unwrap_err().contains("2048 to 8192 bits"));
    let point = CompressedEdwardsY::from_slice(&edwards.bits).unwrap().decompress().unwrap();
    for torsion in EIGHT_TORSION {
        assert!(read(&edwards.with_bits(torsion.compress().as_bytes())).is_err());
        let sum = point + torsion;
        assert_eq!(read(&edwards.with_bits(sum.compress().as_bytes())).is_ok(), sum == point);
    }
    // Beyond the field, and not a point.
    for bytes in [[0xff; 32], [0x02; 32], [0x7f; 32]] {
        assert!(read(&edwards.with_bits(&bytes)).unwrap_err().contains("no private key"), "{bytes:?}");
    }
}

#[test]
fn errors_name_the_cause() {
    let (p256, rsa) = (key("ecdsa-p256"), key("rsa"));
    let cause = |der: &[u8]| read(der).unwrap_err();
    let bits = |key: &Key| tlv(BITS, &[&[0], &key.bits[..]].concat());
    let explicit = tlv(SEQUENCE, &tlv(INTEGER, &[1]));
    assert!(cause(&spki(&p256.algorithm(&explicit), &bits(p256))).contains("not given by name"));
    let secp521r1 = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23];
    assert!(cause(&spki(&p256.algorithm(secp521r1), &bits(p256))).contains("`secp521r1` (1.3.132.0.35)"));
    assert!(cause(&spki(&rsa.algorithm(OID_P256), &bits(rsa))).contains("`NULL` or none"));
    let pss = tlv(SEQUENCE, OID_PSS);
    assert!(cause(&spki(&pss, &bits(rsa))).contains("`id-RSASSA-PSS` (1.2.840.113549.1.1.10)"));
    let mut hybrid = p256.bits.clone();
    hybrid[0] = 6 + (hybrid[64] & 1);
    assert!(cause(&p256.with_bits(&hybrid)).contains("hybrid"));
    assert!(cause(b"").contains("not a SubjectPublicKeyInfo in DER"));
}

/// Made by openssl 3.0 and cosign 3, with the SHA-256 of `openssl pkey -pubin -outform DER`.
#[test]
fn key_ids_match_those_of_openssl_and_cosign() {
    let compressed = "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgADGCpBg9PcZPoBCzimzZ4pjvBMU0mc0rOR/jtfMoj430w=";
    let uncompressed = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEGCpBg9PcZPoBCzimzZ4pjvBMU0mc0rOR/jtfMoj430zIA7jM\
                        A+dSHhHX3o8kSSkZsWRZeqTOHCa+fDNe8VxdMQ==";
    let p384 = "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE5yB2ZOu4XrY/WEkCu3yVlYAQ/bcX+Zq1KCKe+KUaa9h6FOMjvLyTHyIjL1R8\
                vTG7uAtV7gGbBcKgAOzy9Yldmf2VlF+Lf3ji4HvKzeW46FocuQZtVCP97FGuvyrNOx5B";
    let edwards = "MCowBQYDK2VwAyEAIizX7iqvpnRyEMrOPeDzCGOb7B8u+7NkSRj6bs2gI0U=";
    let rsa = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAubuahQRhhhCAG2UYZkBxE6NJMO2pkqovbEUyS80KxAV6/Z6NhVEI\
               ErLbtUmmZH+TTD8ROwWeLRwLu490mJieuB0V51lR+n+1SfHviQl9LCSB3HRS71vqr7mIdzYT0gXUeI3/PzrPWse1mREDp1Y7\
               E6F+pzUl93hInVNmxaMTEHQ8KFJ+TJ36juPs8nOw+UWslDCxiurmb+6NiiTW9OChFSMDVc79/73SU7qJFOZVOc3jbHWe1XDT\
               nwiBPG5pA5dLorCxMdNWFE0c3aYFZgN7klLDtsOE9mhI89gZGuEq69dmQSi41KjwGzaRtShb5Qrl/Iwwp3aBEhQ9oDgp3Cha\
               fwIDAQAB";
    let cosign = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEww2XOTYa5K4D/N4SnKhpNuX/10GjjuX5jHSUQgC+O0qu\
                  PTMiu7YqgA6fku3KLDC+UrxP8DfHXReCV2VtfbZfew==";
    for (text, id) in [
        (uncompressed, "74be20698de76d603a4591d74177d5d98d7be6063bbe803f5eb01ba11b716270"),
        (compressed, "74be20698de76d603a4591d74177d5d98d7be6063bbe803f5eb01ba11b716270"),
        (p384, "3895236661b8afad33c8114b77d5e9f57f92b11dc3559476c5197dad74c888c7"),
        (rsa, "aecbcde64089c67abdc2aa35097e995b2139e6d7d767c9106b64e7e018ae5353"),
        (edwards, "77ff2ff42e8af4b1753358f08d90eef71144a6267b5aa8d4762df84a18036477"),
        (cosign, "9813a1a97f97744430d67549ad4380d3ad9d7e6727e388794d86a7b8e830631d"),
    ] {
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n");
        assert_eq!(PublicKey::from_pem(&pem, "test").unwrap().id().hex(), id);
    }
}
