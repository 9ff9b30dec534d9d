//! A key becomes one of Docker's only through a key that already is one, or through a fingerprint that the user has
//! from elsewhere: never because of the place that it was fetched from.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::key::Message;
use super::{Endorser, Error, KeyEndorsement, KeyId, Keyring, PublicKey, Refusal, State, TrustedKey};

/// What is shown for a key that wants to be one of Docker's.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Proof {
    /// A signature over the DER of its SubjectPublicKeyInfo.
    Signature(Vec<u8>),
    /// The fingerprint that the user expects.
    Pin(KeyId),
}

impl Proof {
    /// Reads a signature file: base64, as `cosign sign-blob` writes it, or the bytes, as `openssl dgst -sign` does.
    pub fn signature(file: &[u8]) -> Self {
        let text: Vec<u8> = file.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        Self::Signature(STANDARD.decode(text).unwrap_or_else(|_| file.to_vec()))
    }
}

/// What became of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndorsedKey {
    /// It is in the ring already.
    Known(TrustedKey),
    /// It may be added.
    New(TrustedKey),
}

impl Keyring {
    /// Decides whether `candidate` becomes a DHI key at the time `at`. A signature counts only when one of the DHI keys
    /// of this ring made it that is active at that time, over the DER of the candidate's SubjectPublicKeyInfo.
    pub fn endorse(
        &self,
        candidate: PublicKey,
        proof: Option<&Proof>,
        at: Timestamp,
    ) -> Result<EndorsedKey, Error> {
        let id = candidate.id();
        if let Some(known) = self.iter().find(|key| key.is_dhi() && key.key.id() == id) {
            return Ok(EndorsedKey::Known(known.clone()));
        }
        let by = match proof {
            None => Err(Refusal::NoProof),
            Some(Proof::Pin(pin)) if *pin == id => Ok(Endorser::Pin),
            Some(Proof::Pin(_)) => Err(Refusal::OtherPin),
            Some(Proof::Signature(signature)) => self.endorser(&candidate, signature, at).map(Endorser::Key),
        };
        let by = by.map_err(|refusal| Error::NotEndorsed { id, refusal })?;
        Ok(EndorsedKey::New(TrustedKey::endorsed(candidate, KeyEndorsement { by, at })))
    }

    fn endorser(&self, candidate: &PublicKey, signature: &[u8], at: Timestamp) -> Result<KeyId, Refusal> {
        if signature.is_empty() {
            return Err(Refusal::Empty);
        }
        let message = Message::Bytes(candidate.spki().as_bytes().into());
        let mut refusal = None;
        for key in self.iter().filter(|key| key.is_dhi() && key.key.verifies(&message, signature)) {
            if key.state == State::Inactive {
                refusal = Some(Refusal::Inactive(key.name.clone()));
            } else if !key.window.contains(at) {
                refusal = Some(Refusal::OutsideWindow(key.name.clone()));
            } else {
                return Ok(key.key.id());
            }
        }
        let itself = candidate.verifies(&message, signature);
        Err(refusal.unwrap_or(if itself { Refusal::Itself } else { Refusal::Unknown }))
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

    /// A key pair of a test.
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

        fn sign(&self, message: &[u8]) -> Option<Proof> {
            let signature = self.0.sign(&SystemRandom::new(), message).unwrap();
            Some(Proof::Signature(signature.as_ref().to_vec()))
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// A ring in which a key of the test stands for Docker's, beside the embedded ones.
    struct House {
        docker: Pair,
        ring: Keyring,
        candidate: Pair,
        now: Timestamp,
    }

    impl House {
        fn new(state: State, window: Window) -> Self {
            let docker = Pair::new();
            let admission = KeyEndorsement { by: Endorser::Pin, at: at("2026-01-01T00:00:00Z") };
            let mut key = TrustedKey::endorsed(docker.public(), admission);
            (key.state, key.window) = (state, window);
            let mut ring = Keyring::dhi().unwrap();
            ring.push(key);
            Self { docker, ring, candidate: Pair::new(), now: at("2026-11-21T00:00:00Z") }
        }

        fn active() -> Self {
            Self::new(State::Active, Window::default())
        }

        fn admit(&self, proof: Option<&Proof>) -> Result<EndorsedKey, Error> {
            self.ring.endorse(self.candidate.public(), proof, self.now)
        }

        fn refusal(&self, proof: Option<&Proof>) -> Refusal {
            match self.admit(proof) {
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
        let house = House::active();
        let id = house.docker.public().id();
        let Ok(EndorsedKey::New(key)) = house.admit(house.docker.sign(&house.candidate.spki()).as_ref())
        else {
            panic!()
        };
        assert!(key.is_dhi());
        assert_eq!(key.admission().map(KeyEndorsement::by), Some(Endorser::Key(id)));
        assert_eq!(key.name, format!("dhi-{}", key.key.id().short()));
        let pin = Proof::Pin(house.candidate.public().id());
        let Ok(EndorsedKey::New(key)) = house.admit(Some(&pin)) else { panic!() };
        assert_eq!(key.admission().map(KeyEndorsement::by), Some(Endorser::Pin));
        // Who was added may vouch for the next one.
        let (mut ring, next) = (house.ring.clone(), Pair::new());
        ring.push(key);
        let chained = ring.endorse(next.public(), house.candidate.sign(&next.spki()).as_ref(), house.now);
        assert!(matches!(chained, Ok(EndorsedKey::New(_))));
    }

    #[test]
    fn what_is_in_the_ring_is_known_and_needs_no_proof() {
        let house = House::active();
        for known in house.ring.iter() {
            assert_eq!(
                house.ring.endorse(known.key.clone(), None, house.now),
                Ok(EndorsedKey::Known(known.clone()))
            );
        }
    }

    #[test]
    fn nothing_else_vouches_for_a_key() {
        let house = House::active();
        let spki = house.candidate.spki();
        assert_eq!(house.refusal(None), Refusal::NoProof);
        assert_eq!(house.refusal(house.candidate.sign(&spki).as_ref()), Refusal::Itself);
        assert_eq!(house.refusal(Pair::new().sign(&spki).as_ref()), Refusal::Unknown);
        assert_eq!(house.refusal(Some(&Proof::Signature(Vec::new()))), Refusal::Empty);
        assert_eq!(house.refusal(Some(&Proof::signature(b" \n"))), Refusal::Empty);
        assert_eq!(house.refusal(Some(&Proof::Signature(vec![0x30; 70]))), Refusal::Unknown);
        // The right key over something else.
        for message in [
            house.candidate.pem().into_bytes(),
            Pair::new().spki(),
            house.docker.spki(),
            Digest::of(&spki).hex().into_bytes(),
            [&spki[..], b"\n"].concat(),
            Vec::new(),
        ] {
            assert_eq!(house.refusal(house.docker.sign(&message).as_ref()), Refusal::Unknown);
        }
        assert_eq!(house.refusal(Some(&Proof::Pin(Pair::new().public().id()))), Refusal::OtherPin);
        assert_eq!(house.refusal(Some(&Proof::Pin(house.docker.public().id()))), Refusal::OtherPin);
    }

    #[test]
    fn a_key_that_does_not_count_vouches_for_nothing() {
        let window = |start: Option<&str>, end: Option<&str>| Window {
            not_before: start.map(at),
            not_after: end.map(at),
        };
        let signed = |house: &House| house.refusal(house.docker.sign(&house.candidate.spki()).as_ref());
        let retired = House::new(State::Inactive, Window::default());
        assert!(matches!(signed(&retired), Refusal::Inactive(_)));
        for bounds in [window(None, Some("2026-11-20T23:59:59Z")), window(Some("2026-11-21T00:00:01Z"), None)]
        {
            assert!(matches!(signed(&House::new(State::Active, bounds)), Refusal::OutsideWindow(_)));
        }
    }

    #[test]
    fn a_key_of_the_user_that_is_no_dhi_key_vouches_for_nothing() {
        let (team, candidate) = (Pair::new(), Pair::new());
        let ring = Keyring::of([TrustedKey::active("team", team.public(), "team.pub")]);
        let now = at("2026-11-21T00:00:00Z");
        let refused = ring.endorse(candidate.public(), team.sign(&candidate.spki()).as_ref(), now);
        assert!(matches!(refused, Err(Error::NotEndorsed { refusal: Refusal::Unknown, .. })));
        // Nor is it a DHI key because somebody asks.
        assert!(matches!(ring.endorse(team.public(), None, now), Err(Error::NotEndorsed { .. })));
    }

    #[test]
    fn signatures_are_read_as_base64_and_as_bytes() {
        let Some(Proof::Signature(der)) = Pair::new().sign(b"x") else { panic!() };
        let text = STANDARD.encode(&der);
        let (head, tail) = text.split_at(40);
        for file in [text.clone(), format!("{text}\n"), format!("{head}\r\n{tail}\n")] {
            assert_eq!(Proof::signature(file.as_bytes()), Proof::Signature(der.clone()));
        }
        assert_eq!(Proof::signature(&der), Proof::Signature(der));
    }
}
