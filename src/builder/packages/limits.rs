//! The fixed limits of the module `builder::packages`.

use crate::limits::limits;

limits! {
    REQUESTS: usize = 10_000, Count, "package entries of one image";
    REQUEST_TEXT: usize = 4_096, Bytes, "one package entry";
    /// Names that may be meant, in one message.
    CLOSEST_NAMES: usize = 3, Count, "similar package names that a message suggests";
}
