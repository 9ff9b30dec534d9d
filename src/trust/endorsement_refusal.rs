//! Why a key is not endorsed as a DHI key.

/// Why a key is not endorsed as a DHI key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndorsementRefusal {
    /// No signature and no fingerprint was given.
    #[error("no signature and no fingerprint was given for it")]
    NoProof,
    /// The fingerprint is that of another key.
    #[error("the given fingerprint is that of another key")]
    OtherPin,
    /// A signature file without a signature.
    #[error("the signature is empty")]
    Empty,
    /// It signed itself.
    #[error("only the key itself signed it")]
    Itself,
    /// Good, by a retired key.
    #[error("`{0}`, which signed it, is inactive")]
    Inactive(String),
    /// Good, by a key outside its validity period.
    #[error("`{0}`, which signed it, is outside its validity period")]
    OutsideWindow(String),
    /// By another key, or over something other than its SubjectPublicKeyInfo.
    #[error("no known DHI key made the signature over it")]
    Unknown,
}
