//! Keyrings: sets of certificates, armored or binary.

use pgp::errors::Error as ParserError;
use pgp::packet::{Packet, PacketParser};

use super::armor::decode_blocks;
use super::certificate::Certificate;
use super::error::Error;
use super::limits::{CERTIFICATE_SIGNATURES, KEYRING, KEYRING_CERTIFICATES, KEYRING_PACKETS};
use crate::limits::Exceeded;

const WHAT: &str = "keyring";
/// The bytes 8 to 12 of a key database of GnuPG.
const KEYBOX_MAGIC: &[u8] = b"KBXf";

/// The certificates that may sign a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keyring {
    certificates: Vec<Certificate>,
}

impl Keyring {
    /// Reads a keyring: armored (one block or several) or binary, with one certificate or several.
    ///
    /// Packets of unknown algorithms and versions are passed over; they cannot sign. Nothing is verified here:
    /// [`verify`](super::verify()) judges the certificate that a signature names.
    ///
    /// # Errors
    ///
    /// [`Error::Limit`], [`Error::Packets`] and [`Error::Framing`] for damaged data, [`Error::SecretKey`],
    /// [`Error::Keybox`], [`Error::NoCertificate`].
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > KEYRING {
            let measured = format!("a {WHAT} of {} bytes", bytes.len());
            return Err(Exceeded::new(measured, KEYRING, "bytes").into());
        }
        if bytes.get(8..12) == Some(KEYBOX_MAGIC) {
            return Err(Error::Keybox);
        }
        let mut keyring = Self::default();
        let mut packets = 0;
        // The first bit of every packet is set, and no text begins so.
        if bytes.first().is_some_and(|byte| byte & 0x80 != 0) {
            keyring.add_packets(bytes, &mut packets)?;
        } else {
            let text = std::str::from_utf8(bytes)
                .map_err(|error| Error::NotUtf8 { what: WHAT, offset: error.valid_up_to() })?;
            for block in decode_blocks(text, "PGP PUBLIC KEY BLOCK", 1)? {
                keyring.add_packets(&block, &mut packets)?;
            }
        }
        if keyring.certificates.is_empty() {
            return Err(Error::NoCertificate);
        }
        if let Some(large) =
            keyring.certificates.iter().find(|one| one.signature_count() > CERTIFICATE_SIGNATURES)
        {
            let measured = format!("the certificate {}", large.fingerprint());
            return Err(Exceeded::new(measured, CERTIFICATE_SIGNATURES, "signatures by its own key").into());
        }
        Ok(keyring)
    }

    /// The certificates, in the order of the file.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Adds the certificates of `other`. Two copies of a certificate become one, so that a revocation in either counts.
    pub fn merge(&mut self, other: Self) {
        for certificate in other.certificates {
            self.add(certificate);
        }
    }

    fn add(&mut self, certificate: Certificate) {
        let fingerprint = certificate.fingerprint();
        match self.certificates.iter_mut().find(|one| one.fingerprint() == fingerprint) {
            Some(same) => same.merge(certificate),
            None => self.certificates.push(certificate),
        }
    }

    /// Adds the certificates in `bytes`. `count` counts the packets of the whole keyring.
    fn add_packets(&mut self, bytes: &[u8], count: &mut usize) -> Result<(), Error> {
        let mut current: Option<Certificate> = None;
        for packet in PacketParser::new(bytes) {
            *count += 1;
            if *count > KEYRING_PACKETS {
                return Err(Exceeded::new(format!("the {WHAT}"), KEYRING_PACKETS, "packets").into());
            }
            let packet = match packet {
                Ok(packet) => packet,
                // An unknown version or algorithm, or numbers that are no key.
                Err(ParserError::Unsupported { .. } | ParserError::InvalidPacketContent { .. }) => continue,
                Err(error) => return Err(Error::parser(WHAT, &error)),
            };
            match (packet, &mut current) {
                (Packet::PublicKey(key), _) => {
                    if let Some(certificate) = current.replace(Certificate::new(key)) {
                        self.add(certificate);
                    }
                    if self.certificates.len() >= KEYRING_CERTIFICATES {
                        let measured = format!("the {WHAT}");
                        return Err(Exceeded::new(measured, KEYRING_CERTIFICATES, "certificates").into());
                    }
                }
                (Packet::UserId(user), Some(certificate)) => certificate.add_user(user),
                (Packet::PublicSubkey(key), Some(certificate)) => certificate.add_subkey(key),
                (Packet::UserAttribute(_), Some(certificate)) => certificate.add_other(),
                (Packet::Signature(signature), Some(certificate)) => certificate.add_signature(signature),
                (Packet::SecretKey(_) | Packet::SecretSubkey(_), _) => return Err(Error::SecretKey),
                // What local key databases add, and what belongs to a key that could not be read.
                (
                    Packet::Trust(_)
                    | Packet::Marker(_)
                    | Packet::Padding(_)
                    | Packet::UserId(_)
                    | Packet::PublicSubkey(_)
                    | Packet::UserAttribute(_)
                    | Packet::Signature(_),
                    _,
                ) => {}
                _ => {
                    let cause = "it has a packet that does not belong to a key".to_owned();
                    return Err(Error::Packets { what: WHAT, cause });
                }
            }
        }
        if let Some(certificate) = current {
            self.add(certificate);
        }
        Ok(())
    }
}
