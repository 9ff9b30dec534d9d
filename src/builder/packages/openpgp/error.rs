//! Why a signature, a key or a text is refused.

use jiff::Timestamp;

use crate::limits::Exceeded;

/// Why a text is not accepted as signed, or a keyring cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A limit of [`limits`](super::limits) is exceeded.
    #[error("{0}")]
    Limit(#[from] Exceeded),
    /// The text is not UTF-8.
    #[error("byte {offset} of the {what} is not UTF-8")]
    NotUtf8 {
        /// What is read.
        what: &'static str,
        /// The first byte that is not, from 0.
        offset: usize,
    },
    /// The text has no signature at all.
    #[error("it is not signed: there is no line `-----BEGIN PGP SIGNED MESSAGE-----`")]
    NotSigned,
    /// The frame around the signed text is damaged or ambiguous.
    #[error("line {line}: {cause}")]
    Framing {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        cause: FramingError,
    },
    /// A keyring or a signature is no OpenPGP data.
    #[error("the {what} is not OpenPGP data: {cause}")]
    Packets {
        /// What is read.
        what: &'static str,
        /// What is wrong, as the parser puts it.
        cause: String,
    },
    /// The keyring has a secret key, which belongs to nobody but its owner.
    #[error("the keyring contains a secret key")]
    SecretKey,
    /// The keyring is a key database of GnuPG.
    #[error("the keyring is a GnuPG keybox; export its keys with gpg")]
    Keybox,
    /// The keyring has no certificate that can be read.
    #[error("the keyring contains no OpenPGP public key")]
    NoCertificate,
    /// The signature block is empty.
    #[error("there is no OpenPGP signature in it")]
    NoSignature,
    /// There are signatures, but none is good.
    #[error("not signed by a trusted key: {}", list(.rejected))]
    NotTrusted {
        /// Every signature, with the reason.
        rejected: Vec<RejectedSignature>,
    },
}

/// What is wrong with a line of a cleartext signed message or of armor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FramingError {
    /// Text that is not signed, before the message.
    #[error("unsigned text before the signed message")]
    TextBefore,
    /// Text that is not signed, after the signature.
    #[error("unsigned text after the signature")]
    TextAfter,
    /// A header other than `Hash`, or none of the form.
    #[error("only `Hash` headers and an empty line are allowed before the signed text")]
    Header,
    /// A line that begins with a dash without escape.
    #[error("a line of the signed text begins with `-` and is not escaped")]
    Dash,
    /// A carriage return within a line, which programs take for different things.
    #[error("a carriage return is not at the end of the line")]
    CarriageReturn,
    /// The text ends before its signature.
    #[error("the signature is missing")]
    NoSignature,
    /// Armor without an end.
    #[error("the armor has no `-----END` line")]
    NoEnd,
    /// A header line of armor is not `NAME: VALUE`.
    #[error("the armor has no empty line before its data")]
    ArmorHeader,
    /// Another kind of armor than expected.
    #[error("this kind of armor is not expected here")]
    ArmorKind,
    /// The data is not base64.
    #[error("the armor is not base64")]
    Base64,
}

/// A signature that does not count, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("signature by {}: {cause}", .issuer.as_deref().unwrap_or("an unnamed key"))]
pub struct RejectedSignature {
    /// The fingerprint or key ID that it names, in upper-case hexadecimal.
    pub issuer: Option<String>,
    /// Why it does not count.
    pub cause: SignatureError,
}

/// Why one signature does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// Its version or type is not one of signatures over documents that this program knows.
    #[error("unsupported kind of signature ({0})")]
    Unsupported(String),
    /// Its hash does not resist collisions.
    #[error("made with {hash}, which is too weak")]
    WeakHash {
        /// The name of the hash.
        hash: String,
    },
    /// It has a critical part that is not understood, so its meaning is unknown.
    #[error("it has a critical part that is not understood")]
    Critical,
    /// It names no key.
    #[error("it names no key")]
    NoIssuer,
    /// The key that it names is not in the given set.
    #[error("the key is not one of the repository's keys")]
    UnknownKey,
    /// The key that it names may not sign.
    #[error("{cause}")]
    Key {
        /// The fingerprint of the key.
        fingerprint: String,
        /// Why it may not.
        cause: KeyError,
    },
    /// It has no time of creation.
    #[error("it has no time of creation")]
    NoTime,
    /// It was made after the given time, by more than [`CLOCK_SKEW`](super::limits::CLOCK_SKEW).
    #[error("made in the future ({created})")]
    Future {
        /// When it was made.
        created: Timestamp,
    },
    /// It was made before its key.
    #[error("made before its key ({created})")]
    BeforeKey {
        /// When it was made.
        created: Timestamp,
    },
    /// It is no longer valid.
    #[error("expired at {expired}")]
    Expired {
        /// Since when.
        expired: Timestamp,
    },
    /// It is not a signature of this text by this key.
    #[error("it does not match the text")]
    Mismatch,
}

/// Why a key may not sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Its algorithm is not accepted.
    #[error("keys of the algorithm {0} are not accepted")]
    Algorithm(String),
    /// An RSA key that is too short.
    #[error("an RSA key of {bits} bits is too weak, 2048 are required")]
    ShortRsa {
        /// The bits of its modulus.
        bits: u64,
    },
    /// It was made after the given time.
    #[error("the key does not exist until {created}")]
    NotYet {
        /// When it was made.
        created: Timestamp,
    },
    /// Its owner revoked it.
    #[error("the key is revoked")]
    Revoked,
    /// It is no longer valid.
    #[error("the key expired at {expired}")]
    Expired {
        /// Since when.
        expired: Timestamp,
    },
    /// No valid self-signature of the primary key, or no valid binding of the subkey.
    #[error("the key has no valid self-signature")]
    NotBound,
    /// It has self-signatures, but none with a hash that is accepted.
    #[error("the self-signature of the key is made with {hash}, which is too weak")]
    WeakBinding {
        /// The name of the hash.
        hash: String,
    },
    /// It is for other purposes.
    #[error("the key is not for signing")]
    NotForSigning,
    /// A signing subkey that does not confirm its primary key, so anyone could have claimed it.
    #[error("the subkey has no back-signature")]
    NoBackSignature,
    /// The primary key of this subkey is not valid.
    #[error("its primary key is not valid: {0}")]
    Primary(Box<KeyError>),
}

impl Error {
    /// What the parser of packets refuses. Its own texts can have several lines, so the first is taken.
    pub(super) fn parser(what: &'static str, error: &pgp::errors::Error) -> Self {
        let error = match error {
            pgp::errors::Error::InvalidPacketContent { source } => source,
            other => other,
        };
        let cause = error.to_string().lines().next().unwrap_or_default().to_owned();
        Self::Packets { what, cause }
    }
}

fn list(rejected: &[RejectedSignature]) -> String {
    rejected.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
