//! Who made a signature is said in terms of what was given: a key, or the rule that its certificate met.

use std::fmt;

use super::KeyId;

/// Who made a good signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signer {
    /// A key that was given.
    Key {
        /// The name under which it was given: `dhi-2`, a file name, an id of a keyring.
        name: String,
        /// SHA-256 of its SPKI.
        id: KeyId,
        /// Whether it is one of Docker's DHI keys, however it was given.
        is_dhi: bool,
    },
    /// The holder of a certificate, which a trusted authority issued for a short time.
    Certificate {
        /// The identity in it: an email address or a URI.
        identity: String,
        /// Who vouched for that identity: the URL of an OIDC issuer.
        issuer: String,
        /// Which of the rules that were given it meets.
        rule: usize,
    },
}

/// What is counted when several must have signed: two signatures by one authority are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Authority {
    /// One public key.
    Key(KeyId),
    /// One rule for certificates, in the order given.
    Rule(usize),
}

impl Signer {
    /// The name for people: that of the key, or the identity in the certificate.
    pub fn name(&self) -> &str {
        match self {
            Self::Key { name, .. } => name,
            Self::Certificate { identity, .. } => identity,
        }
    }

    /// Whether it is one of Docker's DHI keys.
    pub fn is_dhi(&self) -> bool {
        matches!(self, Self::Key { is_dhi: true, .. })
    }

    /// The id of the key, where it is one that was given.
    pub fn key_id(&self) -> Option<KeyId> {
        match self {
            Self::Key { id, .. } => Some(*id),
            Self::Certificate { .. } => None,
        }
    }

    /// As whom it counts.
    pub fn authority(&self) -> Authority {
        match self {
            Self::Key { id, .. } => Authority::Key(*id),
            Self::Certificate { rule, .. } => Authority::Rule(*rule),
        }
    }
}

/// `NAME (ID)` for keys, `IDENTITY (ISSUER)` for certificates.
impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { name, id, .. } => write!(f, "{name} ({})", id.short()),
            Self::Certificate { identity, issuer, .. } => write!(f, "{identity} ({issuer})"),
        }
    }
}
