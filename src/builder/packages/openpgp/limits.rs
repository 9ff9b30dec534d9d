//! The fixed limits of the module `builder::packages::openpgp`.

use std::time::Duration;

use crate::limits::limits;

limits! {
    SIGNED_TEXT: usize = 16_777_216, Bytes, "`InRelease`, or `Release`, of a repository";
    SIGNATURE_BLOCK: usize = 262_144, Bytes, "signature block of one `InRelease` or `Release.gpg`";
    /// Each is tried with the keys that it names.
    SIGNATURES: usize = 16, Count, "OpenPGP signatures of one `InRelease` or `Release.gpg`";
    /// More than one has the same ID by accident at most, and each is compared with the whole text.
    KEYS_TRIED: usize = 8, Count, "keys that are tried for one OpenPGP signature";
    KEYRING: usize = 4_194_304, Bytes, "keyring of a repository";
    KEYRING_PACKETS: usize = 8192, Count, "OpenPGP packets of a keyring";
    KEYRING_CERTIFICATES: usize = 256, Count, "OpenPGP certificates of a keyring";
    /// Each can cost a verification. Signatures of other keys do not count.
    CERTIFICATE_SIGNATURES: usize = 512, Count, "signatures of an OpenPGP certificate by its own key";
    CLOCK_SKEW: Duration = Duration::from_secs(300), Time, "time by which an OpenPGP signature may be ahead of the clock";
}
