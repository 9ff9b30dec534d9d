//! The fixed limits of the module `sign`. Those that callers set, such as the size of a manifest, are in
//! [`crate::limits::Limits`].

use std::time::Duration;

use crate::limits::limits;

limits! {
    PRIVATE_KEY_FILE: u64 = 64 << 10, Bytes, "one private key file";
    /// The parameter `N`. With `r` 8 it takes 64 MiB of memory.
    KEY_DERIVATION: u32 = 65_536, Count, "steps of scrypt to decrypt a private key file";
    SIGNER_ANSWER: u64 = 64 << 10, Bytes, "one answer of a signing program";
    /// The user may have to touch a hardware token.
    SIGNER_TIME: Duration = Duration::from_secs(120), Time, "time for a signing program to answer";
    LOG_ANSWER: u64 = 1 << 20, Bytes, "one answer of a transparency log";
    LOG_TIME: Duration = Duration::from_secs(60), Time, "time for a transparency log to answer";
}
