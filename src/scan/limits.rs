//! The fixed limits of the module `scan`.

use std::time::Duration;

use crate::limits::limits;

limits! {
    VERSION_ANSWER: u64 = 1 << 20, Bytes, "what a scanner prints about its version";
    VERSION_TIME: Duration = Duration::from_secs(60), Time, "time for a scanner to print its version";
    /// It may download its database, and the image.
    SCAN_TIME: Duration = Duration::from_secs(1800), Time, "time for a scanner to scan one image";
    SCANNER_MESSAGES: u64 = 64 << 10, Bytes, "messages of a scanner that are kept";
    LAYER: u64 = 4 << 30, Bytes, "one layer of a layout or archive that a scanner gets";
}
