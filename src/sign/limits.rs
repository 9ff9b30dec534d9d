//! The limits of this module.

use std::time::Duration;

use crate::limits::limits;

limits! {
    PRIVATE_KEY_FILE: u64 = 64 << 10, Bytes, "one private key file";
    /// With `r` 8 they take 64 MiB of memory.
    KEY_DERIVATION: u32 = 65_536, Count, "steps of scrypt to open a private key file";
    SIGNER_ANSWER: u64 = 64 << 10, Bytes, "one answer of a signing program";
    /// Somebody may have to touch a token.
    SIGNER_TIME: Duration = Duration::from_secs(120), Time, "time for a signing program to answer";
    LOG_ANSWER: u64 = 1 << 20, Bytes, "one answer of a transparency log";
    LOG_TIME: Duration = Duration::from_secs(60), Time, "time for a transparency log to answer";
}
