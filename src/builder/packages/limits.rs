//! The fixed limits of the module `builder::packages`.

use std::time::Duration;

use crate::limits::limits;

limits! {
    REQUEST_TEXT: usize = 4_096, Bytes, "one entry of `packages` of a definition";
    CLOSEST_NAMES: usize = 3, Count, "similar names that a message about an unknown package suggests";
    RELEASE_FILES: usize = 100_000, Count, "files in the `Release` file of a Debian suite";
    INDEX_PACKAGES: usize = 1_000_000, Count, "packages in one index of a Debian repository";
    /// References inside the block have 32 bits.
    INDEX_BLOCK: u64 = 1_073_741_824, Bytes, "index of a Debian repository in its compact form";
    /// Some 3,000 real packages take 120,000.
    RESOLVE_STEPS: u64 = 10_000_000, Count, "steps of the search for the packages of one image";
    /// As in apt.
    RESOLVE_DEPTH: usize = 3_000, Count, "Debian packages in a row that need each other, in one search";
    /// As in apt.
    REPAIR_ROUNDS: usize = 20, Count, "rounds that repair a set of Debian packages";
    REPAIR_DEPTH: usize = 100, Count, "Debian packages in a row that are changed for, or explain, one broken package";
    CLOCK_AHEAD: Duration = Duration::from_secs(300), Time, "time by which the date of a signed list may be ahead of this machine's clock";
}
