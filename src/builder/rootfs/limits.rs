//! The fixed limits of the module `builder::rootfs`.

use crate::limits::limits;

limits! {
    /// Linux accepts no longer ones.
    PATH_BYTES: usize = 4_096, Bytes, "path of a file in an image that is built";
    PATH_PARTS: usize = 256, Count, "directories above a file in an image that is built";
    CONTEXT_FILES: usize = 100_000, Count, "files that `paths` of a definition copies from its repository";
    FRAGMENTS: usize = 256, Count, "files of packages with settings of the image that is built";
    FRAGMENT_BYTES: u64 = 256 * 1_024, Bytes, "file of a package with settings of the image that is built";
    BASE_FILES: usize = 2_000_000, Count, "files and directories of an image that is extended or copied from";
    FETCHED_UNPACKED: u64 = 16 * 1_024 * 1_024 * 1_024, Bytes, "unpacked file of `contents.files`";
    PATTERNS: usize = 1_024, Count, "patterns in `includes` and `excludes` of one file or artifact";
    COMPARED_BYTES: usize = 64 * 1_024, Bytes, "part of two files that is compared at once";
    LINKS_FOLLOWED: usize = 40, Count, "symbolic links that lead to one path of an image that is built";
}
