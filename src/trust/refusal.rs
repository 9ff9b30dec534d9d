//! A key is no DHI key for one of these reasons, as values: an error holds one.

/// Why a candidate is no DHI key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No signature and no fingerprint.
    #[error("there is neither a signature nor a fingerprint for it")]
    NoProof,
    /// The fingerprint is that of another key.
    #[error("the fingerprint that was given is of another key")]
    OtherPin,
    /// A signature file without a signature.
    #[error("the signature is empty")]
    Empty,
    /// It signed itself.
    #[error("only the key itself signed it")]
    Itself,
    /// Good, by a key that has been retired.
    #[error("`{0}`, which signed it, is inactive")]
    Inactive(String),
    /// Good, by a key outside of its dates.
    #[error("`{0}`, which signed it, is outside of its dates")]
    OutsideWindow(String),
    /// By another key, or over something else than its SubjectPublicKeyInfo.
    #[error("the signature over it is by no DHI key that is known here")]
    Unknown,
}
