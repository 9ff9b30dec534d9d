//! What a verification trusts is given whole, beforehand: nothing that is fetched adds to it.

use jiff::Timestamp;

use super::key::Message;
use super::{IdentityRule, Keyring, LogPolicy, Role, SctPolicy, State, Threshold, TrustedKey, TrustedRoot};

/// Everything that a verification trusts, decided before anything is fetched.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Keys whose signatures answer the question.
    pub keys: Keyring,
    /// Identities whose certificates answer the question.
    pub identities: Vec<IdentityRule>,
    /// Keys of others who attach attestations. They never answer "is it a DHI?".
    pub attestors: Keyring,
    /// Transparency logs, certificate authorities and timestamp authorities that count.
    pub root: TrustedRoot,
    /// What a log proof is worth. A keyless signature needs one unless it is [`LogPolicy::Skip`].
    pub log: LogPolicy,
    /// Whether certificates must be in a log of certificates; not looked at under [`LogPolicy::Skip`] either.
    pub sct: SctPolicy,
    /// How many authorities must have signed each object.
    pub threshold: Threshold,
    /// The time at which keys and certificates must be valid when nothing proves the time of the signature.
    pub at: Timestamp,
}

impl Trust {
    /// The keys to try, in order, each with the role that it was given for.
    pub(super) fn candidates(&self) -> impl Iterator<Item = (&TrustedKey, Role)> {
        let image = self.keys.iter().map(|key| (key, Role::Image));
        let attestors = self.attestors.iter().map(|key| (key, Role::Attestor));
        image.chain(attestors)
    }

    /// Finds the key that made `signature` over `message`. A key that is valid is preferred to a retired one
    /// with the same public key.
    pub(super) fn signer(&self, message: &Message<'_>, signature: &[u8]) -> Option<(&TrustedKey, Role)> {
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

    /// Names of all keys and identities given, for messages.
    pub(super) fn authority_names(&self) -> Vec<String> {
        let keys = self.candidates().map(|(key, _)| key.to_string());
        keys.chain(self.identities.iter().map(ToString::to_string)).collect()
    }
}
