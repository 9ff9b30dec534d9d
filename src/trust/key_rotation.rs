//! Key rotation: decides whether a new key becomes a DHI key.
//!
//! A key becomes a DHI key only if an active DHI key signed it, or if the user gave its fingerprint. The URL that it
//! was fetched from never suffices.

use jiff::Timestamp;

use super::detached;
use super::key::Message;
use super::{
    EndorsementRefusal, Endorser, Error, KeyEndorsement, KeyId, KeyState, Keyring, PublicKey, TrustedKey,
};

/// The proof that a key may be added as a DHI key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndorsementProof {
    /// A signature over the DER of its SubjectPublicKeyInfo.
    Signature(Vec<u8>),
    /// The fingerprint that the user expects.
    Pin(KeyId),
}

impl EndorsementProof {
    /// Reads a signature file: base64, as `cosign sign-blob` writes it, or raw bytes, as `openssl dgst -sign` does.
    pub fn signature(file: &[u8]) -> Self {
        Self::Signature(detached::read(file))
    }
}

/// A key that is or may become a DHI key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndorsedKey {
    /// It already is a DHI key of the ring.
    Known(TrustedKey),
    /// It may be added.
    New(TrustedKey),
}

impl Keyring {
    /// Decides whether `candidate` becomes a DHI key at the time `at`.
    ///
    /// 1. A key that already is a DHI key of this ring is returned as [`EndorsedKey::Known`], without a proof.
    /// 2. A fingerprint must be the candidate's.
    /// 3. A signature must be over the DER of the candidate's SubjectPublicKeyInfo, by a DHI key of this ring that is
    ///    active at that time.
    ///
    /// # Errors
    ///
    /// [`Error::NotEndorsed`] with the reason.
    pub fn endorse(
        &self,
        candidate: PublicKey,
        proof: Option<&EndorsementProof>,
        at: Timestamp,
    ) -> Result<EndorsedKey, Error> {
        let id = candidate.id();
        if let Some(known) = self.iter().find(|key| key.is_dhi() && key.key.id() == id) {
            return Ok(EndorsedKey::Known(known.clone()));
        }
        let by = match proof {
            None => Err(EndorsementRefusal::NoProof),
            Some(EndorsementProof::Pin(pin)) if *pin == id => Ok(Endorser::Pin),
            Some(EndorsementProof::Pin(_)) => Err(EndorsementRefusal::OtherPin),
            Some(EndorsementProof::Signature(signature)) => {
                self.endorser(&candidate, signature, at).map(Endorser::Key)
            }
        };
        let by = by.map_err(|refusal| Error::NotEndorsed { id, refusal })?;
        Ok(EndorsedKey::New(TrustedKey::endorsed(candidate, KeyEndorsement { endorser: by, added: at })))
    }

    fn endorser(
        &self,
        candidate: &PublicKey,
        signature: &[u8],
        at: Timestamp,
    ) -> Result<KeyId, EndorsementRefusal> {
        if signature.is_empty() {
            return Err(EndorsementRefusal::Empty);
        }
        let message = Message::Bytes(candidate.spki().as_bytes().into());
        let mut refusal = None;
        for key in self.iter().filter(|key| key.is_dhi() && key.key.verifies(&message, signature)) {
            if key.state == KeyState::Inactive {
                refusal = Some(EndorsementRefusal::Inactive(key.name.clone()));
            } else if !key.window.contains(at) {
                refusal = Some(EndorsementRefusal::OutsideWindow(key.name.clone()));
            } else {
                return Ok(key.key.id());
            }
        }
        let itself = candidate.verifies(&message, signature);
        Err(refusal.unwrap_or(if itself { EndorsementRefusal::Itself } else { EndorsementRefusal::Unknown }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::Digest;
    use crate::trust::Window;
    use aws_lc_rs::encoding::AsDer;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    /// A generated key pair.
    struct Pair(EcdsaKeyPair);

    impl Pair {
        fn new() -> Self {
            Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap())
        }

        fn spki(&self) -> Vec<u8> {
            self.0.public_key().as_der().unwrap().as_ref().to_vec()
        }

        fn pem(&self) -> String {
            let text = STANDARD.encode(self.spki());
            format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
        }

        fn public(&self) -> PublicKey {
            PublicKey::from_pem(&self.pem(), "test").unwrap()
        }

        fn sign(&self, message: &[u8]) -> Option<EndorsementProof> {
            let signature = self.0.sign(&SystemRandom::new(), message).unwrap();
            Some(EndorsementProof::Signature(signature.as_ref().to_vec()))
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// The embedded DHI keys, one more DHI key whose private half the test has, and a candidate.
    struct KeyringFixture {
        docker: Pair,
        ring: Keyring,
        candidate: Pair,
        now: Timestamp,
    }

    impl KeyringFixture {
        fn new(state: KeyState, window: Window) -> Self {
            let docker = Pair::new();
            let endorsement = KeyEndorsement { endorser: Endorser::Pin, added: at("2026-01-01T00:00:00Z") };
            let mut key = TrustedKey::endorsed(docker.public(), endorsement);
            (key.state, key.window) = (state, window);
            let mut ring = Keyring::dhi().unwrap();
            ring.push(key);
            Self { docker, ring, candidate: Pair::new(), now: at("2026-11-21T00:00:00Z") }
        }

        fn active() -> Self {
            Self::new(KeyState::Active, Window::default())
        }

        fn endorse(&self, proof: Option<&EndorsementProof>) -> Result<EndorsedKey, Error> {
            self.ring.endorse(self.candidate.public(), proof, self.now)
        }

        fn refusal(&self, proof: Option<&EndorsementProof>) -> EndorsementRefusal {
            match self.endorse(proof) {
                Err(Error::NotEndorsed { id, refusal }) => {
                    assert_eq!(id, self.candidate.public().id());
                    refusal
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn an_endorsement_or_fingerprint_makes_a_dhi_key() {
        let fixture = KeyringFixture::active();
        let id = fixture.docker.public().id();
        let Ok(EndorsedKey::New(key)) =
            fixture.endorse(fixture.docker.sign(&fixture.candidate.spki()).as_ref())
        else {
            panic!()
        };
        assert!(key.is_dhi());
        assert_eq!(key.endorsement().map(KeyEndorsement::endorser), Some(Endorser::Key(id)));
        assert_eq!(key.name, format!("dhi-{}", key.key.id().short()));
        let pin = EndorsementProof::Pin(fixture.candidate.public().id());
        let Ok(EndorsedKey::New(key)) = fixture.endorse(Some(&pin)) else { panic!() };
        assert_eq!(key.endorsement().map(KeyEndorsement::endorser), Some(Endorser::Pin));
        // An added key may endorse the next one.
        let (mut ring, next) = (fixture.ring.clone(), Pair::new());
        ring.push(key);
        let chained = ring.endorse(next.public(), fixture.candidate.sign(&next.spki()).as_ref(), fixture.now);
        assert!(matches!(chained, Ok(EndorsedKey::New(_))));
    }

    #[test]
    fn a_key_of_the_ring_is_known_and_needs_no_proof() {
        let fixture = KeyringFixture::active();
        for known in fixture.ring.iter() {
            assert_eq!(
                fixture.ring.endorse(known.key.clone(), None, fixture.now),
                Ok(EndorsedKey::Known(known.clone()))
            );
        }
    }

    #[test]
    fn other_signatures_and_fingerprints_do_not_endorse_a_key() {
        let fixture = KeyringFixture::active();
        let spki = fixture.candidate.spki();
        assert_eq!(fixture.refusal(None), EndorsementRefusal::NoProof);
        assert_eq!(fixture.refusal(fixture.candidate.sign(&spki).as_ref()), EndorsementRefusal::Itself);
        assert_eq!(fixture.refusal(Pair::new().sign(&spki).as_ref()), EndorsementRefusal::Unknown);
        assert_eq!(
            fixture.refusal(Some(&EndorsementProof::Signature(Vec::new()))),
            EndorsementRefusal::Empty
        );
        assert_eq!(fixture.refusal(Some(&EndorsementProof::signature(b" \n"))), EndorsementRefusal::Empty);
        assert_eq!(
            fixture.refusal(Some(&EndorsementProof::Signature(vec![0x30; 70]))),
            EndorsementRefusal::Unknown
        );
        // The right key, over other messages.
        for message in [
            fixture.candidate.pem().into_bytes(),
            Pair::new().spki(),
            fixture.docker.spki(),
            Digest::of(&spki).hex().into_bytes(),
            [&spki[..], b"\n"].concat(),
            Vec::new(),
        ] {
            assert_eq!(fixture.refusal(fixture.docker.sign(&message).as_ref()), EndorsementRefusal::Unknown);
        }
        assert_eq!(
            fixture.refusal(Some(&EndorsementProof::Pin(Pair::new().public().id()))),
            EndorsementRefusal::OtherPin
        );
        assert_eq!(
            fixture.refusal(Some(&EndorsementProof::Pin(fixture.docker.public().id()))),
            EndorsementRefusal::OtherPin
        );
    }

    #[test]
    fn a_retired_or_expired_dhi_key_endorses_no_key() {
        let window = |start: Option<&str>, end: Option<&str>| Window {
            not_before: start.map(at),
            not_after: end.map(at),
        };
        let signed = |fixture: &KeyringFixture| {
            fixture.refusal(fixture.docker.sign(&fixture.candidate.spki()).as_ref())
        };
        let retired = KeyringFixture::new(KeyState::Inactive, Window::default());
        assert!(matches!(signed(&retired), EndorsementRefusal::Inactive(_)));
        for bounds in [window(None, Some("2026-11-20T23:59:59Z")), window(Some("2026-11-21T00:00:01Z"), None)]
        {
            assert!(matches!(
                signed(&KeyringFixture::new(KeyState::Active, bounds)),
                EndorsementRefusal::OutsideWindow(_)
            ));
        }
    }

    #[test]
    fn a_trusted_key_that_is_not_a_dhi_key_endorses_no_key() {
        let (team, candidate) = (Pair::new(), Pair::new());
        let ring = Keyring::of([TrustedKey::active("team", team.public(), "team.pub")]);
        let now = at("2026-11-21T00:00:00Z");
        let refused = ring.endorse(candidate.public(), team.sign(&candidate.spki()).as_ref(), now);
        assert!(matches!(refused, Err(Error::NotEndorsed { refusal: EndorsementRefusal::Unknown, .. })));
        // Nor does it become a DHI key without a proof.
        assert!(matches!(ring.endorse(team.public(), None, now), Err(Error::NotEndorsed { .. })));
    }
}
