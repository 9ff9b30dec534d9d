//! A [`Verified`] value exists only because a signature over it was checked here with a key that was given
//! beforehand: fetched data can select among those keys, never add one.
//!
//! Formats: cosign's simple signing (a JSON payload with the signature in an annotation of its layer), and
//! Sigstore bundles of version 0.3 that hold a DSSE envelope signed with a key. The proof of the transparency
//! log is judged by the caller's [`LogPolicy`], never by what the fetched data happens to carry.

mod dsse;
mod error;
mod key;
mod keyring;
mod log;
mod root;
mod signed_name;
mod simple_signing;
mod verified;

pub use dsse::{Bundle, SignedPayload};
pub use error::Error;
pub use key::{KeyId, PublicKey};
pub use keyring::{EMBEDDED, Keyring, State, TrustedKey, Window};
pub use log::{LogPolicy, LogProof};
pub use root::TrustedRoot;
pub use signed_name::SignedName;
pub use simple_signing::{ImageSignature, SimpleSignature};
pub use verified::{Form, Role, SignatureFacts, Verified};

use jiff::Timestamp;

/// Everything that a verification trusts, decided before anything is fetched.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Keys whose signatures answer the question.
    pub keys: Keyring,
    /// Keys of others who attach attestations. They never answer "is it a DHI?".
    pub attestors: Keyring,
    /// Transparency logs whose proofs count.
    pub root: TrustedRoot,
    /// What a log proof is worth.
    pub log: LogPolicy,
    /// The time at which a key must be valid when no log proves the time of the signature.
    pub at: Timestamp,
}

impl Trust {
    /// The keys to try, in order, each with the role that it was given for.
    fn candidates(&self) -> impl Iterator<Item = (&TrustedKey, Role)> {
        let image = self.keys.iter().map(|key| (key, Role::Image));
        let attestors = self.attestors.iter().map(|key| (key, Role::Attestor));
        image.chain(attestors)
    }

    /// Finds the key that made `signature` over `message`. A key that is valid is preferred to a retired one
    /// with the same public key.
    fn signer(&self, message: &[u8], signature: &[u8]) -> Option<(&TrustedKey, Role)> {
        let mut retired = None;
        for (key, role) in self.candidates() {
            if key.key.verifies(message, signature) {
                if key.state == State::Active {
                    return Some((key, role));
                }
                retired.get_or_insert((key, role));
            }
        }
        retired
    }

    /// The last step of every check: the facts of a signature that verified with `key`, if that key counted at
    /// the time that the log proves, else at [`Trust::at`].
    fn facts(
        &self,
        key: &TrustedKey,
        role: Role,
        form: Form,
        signed_name: Option<SignedName>,
        log: LogProof,
    ) -> Result<SignatureFacts, Error> {
        key.check_window(log.time().unwrap_or(self.at), log.time().is_some())?;
        Ok(SignatureFacts {
            key: key.name.clone(),
            key_id: key.key.id(),
            is_dhi: key.is_dhi(),
            algorithm: key.key.algorithm(),
            role,
            form,
            signed_name,
            log,
        })
    }

    /// Ids and names of all keys given, for messages.
    fn key_names(&self) -> Vec<String> {
        self.candidates().map(|(key, _)| key.to_string()).collect()
    }
}
