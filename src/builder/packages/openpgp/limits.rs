//! The fixed limits of the module `builder::packages::openpgp`.

use std::time::Duration;

use crate::limits::limits;

limits! {
    SIGNED_TEXT: usize = 16_777_216, Bytes, "`InRelease`, or `Release`, of a repository";
    SIGNATURE_BLOCK: usize = 262_144, Bytes, "OpenPGP signatures of one `InRelease` or `Release.gpg`";
    /// Each is tried with the keys that it names.
    SIGNATURES: usize = 32, Count, "OpenPGP signatures of one `InRelease` or `Release.gpg`";
    KEYRING: usize = 4_194_304, Bytes, "keyring of a repository";
    /// Each signature among them can cost a verification.
    KEYRING_PACKETS: usize = 8192, Count, "OpenPGP packets of a keyring";
    KEYRING_CERTIFICATES: usize = 256, Count, "OpenPGP certificates of a keyring";
    CLOCK_SKEW: Duration = Duration::from_secs(300), Time, "time by which an OpenPGP signature may be ahead of the clock";
}
