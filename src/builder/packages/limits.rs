//! The fixed limits of the module `builder::packages`.

use crate::limits::limits;

limits! {
    REQUEST_TEXT: usize = 4_096, Bytes, "one entry of `packages` of a definition";
    CLOSEST_NAMES: usize = 3, Count, "similar names that a message about an unknown package suggests";
    INDEX_PACKAGES: usize = 1_000_000, Count, "packages in one index of a Debian repository";
    /// References inside the block have 32 bits.
    INDEX_BLOCK: u64 = 1_073_741_824, Bytes, "index of a Debian repository in its compact form";
}
