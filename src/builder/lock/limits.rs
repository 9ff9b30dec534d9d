//! The fixed limits of the module `builder::lock`.

use crate::limits::limits;

limits! {
    LOCK_FILE: usize = 33_554_432, Bytes, "lock file of a definition";
    LOCK_PLATFORMS: usize = 16, Count, "platforms in a lock file";
    LOCK_REPOSITORIES: usize = 256, Count, "package repositories of one platform in a lock file";
    LOCK_PACKAGES: usize = 20_000, Count, "packages of one platform in a lock file";
    LOCK_ENTRIES: usize = 10_000, Count, "entries of any other list in a lock file";
    /// Relations of packages are the longest.
    LOCK_TEXT: usize = 65_536, Bytes, "text in a lock file";
    LOCK_KEY: usize = 4_194_304, Bytes, "key in a lock file";
}
