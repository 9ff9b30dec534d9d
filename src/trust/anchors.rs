//! [`Trust`]: the trust anchors and policies of a verification.
//!
//! The caller gives all of them before anything is fetched. Fetched data never adds to them.

use jiff::Timestamp;

use super::key::Message;
use super::{
    IdentityRule, KeyId, KeyState, Keyring, LogPolicy, Role, SctPolicy, Threshold, TrustedKey, TrustedRoot,
};

/// Everything that a verification trusts.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Keys whose signatures count for the image itself.
    pub keys: Keyring,
    /// Certificate identities whose signatures count for the image itself.
    pub identities: Vec<IdentityRule>,
    /// Keys of others who attach attestations. They count for attestations, never for "is it a DHI?".
    pub attestors: Keyring,
    /// Transparency logs, certificate authorities and timestamp authorities that count.
    pub root: TrustedRoot,
    /// Whether a log proof is required. A keyless signature needs one unless this is [`LogPolicy::Skip`].
    pub log: LogPolicy,
    /// Whether certificates need a signed certificate timestamp (SCT). Not checked under [`LogPolicy::Skip`] either.
    pub sct: SctPolicy,
    /// How many different signers each object needs.
    pub threshold: Threshold,
    /// The time at which keys and certificates must be valid when no log or timestamp proves the time of the signature.
    pub effective_time: Timestamp,
}

impl Trust {
    /// The keys of Docker Hardened Images that are tried.
    pub(crate) fn dhi_keys(&self) -> impl Iterator<Item = KeyId> {
        let keys = self.keys_with_roles().map(|(key, _)| key).filter(|key| key.is_dhi());
        keys.map(|key| key.key.id())
    }

    /// The keys to try, in order, each with its role.
    pub(super) fn keys_with_roles(&self) -> impl Iterator<Item = (&TrustedKey, Role)> {
        let image = self.keys.iter().map(|key| (key, Role::Image));
        let attestors = self.attestors.iter().map(|key| (key, Role::Attestor));
        image.chain(attestors)
    }

    /// Finds the key that made `signature` over `message`. Of two entries with the same public key, an active one is
    /// preferred to a retired one.
    pub(super) fn find_key(&self, message: &Message<'_>, signature: &[u8]) -> Option<(&TrustedKey, Role)> {
        let mut retired = None;
        for (key, role) in self.keys_with_roles() {
            if key.key.verifies(message, signature) {
                if key.state == KeyState::Active {
                    return Some((key, role));
                }
                retired.get_or_insert((key, role));
            }
        }
        retired
    }

    /// Names of all trusted keys and identities, for messages.
    pub(super) fn signer_names(&self) -> Vec<String> {
        let keys = self.keys_with_roles().map(|(key, _)| key.to_string());
        keys.chain(self.identities.iter().map(ToString::to_string)).collect()
    }
}
