//! The fixed limits of the module `builder::rootfs`.

use crate::limits::limits;

limits! {
    /// Linux accepts no longer ones.
    PATH_BYTES: usize = 4_096, Bytes, "path of a file in an image that is built";
    PATH_PART: usize = 255, Bytes, "name of a file in an image that is built";
    PATH_PARTS: usize = 256, Count, "directories above a file in an image that is built";
    CONTEXT_FILES: usize = 100_000, Count, "files that `paths` of a definition copies from its repository";
    FRAGMENTS: usize = 256, Count, "files of packages with settings of the image that is built";
    FRAGMENT_BYTES: u64 = 262_144, Bytes, "file of a package with settings of the image that is built";
    BASE_FILES: usize = 2_000_000, Count, "files and directories of an image that is extended or copied from";
    LAYER_BYTES: u64 = 68_719_476_736, Bytes, "layer of an image that is extended or copied from, unpacked";
    FETCHED_UNPACKED: u64 = 17_179_869_184, Bytes, "unpacked file of `contents.files`";
    PATTERNS: usize = 1_024, Count, "patterns in `includes` and `excludes` of one file or artifact";
    LINKS_FOLLOWED: usize = 40, Count, "symbolic links that lead to one path of an image that is built";
    ACCOUNT_FILE: u64 = 1_048_576, Bytes, "file with users or groups from a package of an image that is built";
    /// Linux and the tools of `shadow` accept no longer ones.
    ACCOUNT_NAME: usize = 32, Bytes, "name of a user or group in an image that is built";
    SCRIPT_DATA: u64 = 1_048_576, Bytes, "list from a package that scripts would read in an image that is built";
    CERTIFICATE: u64 = 1_048_576, Bytes, "file with certificates for the bundle of an image that is built";
    CERTIFICATE_BUNDLE: u64 = 67_108_864, Bytes, "all certificates in the bundle of an image that is built";
    CONFFILE: u64 = 67_108_864, Bytes, "configuration file of a package in an image with `dpkg`";
    ARCHIVE_BYTES: u64 = 17_179_869_184, Bytes, "archive with the files of a package, unpacked";
    ARCHIVE_ENTRIES: usize = 1_000_000, Count, "entries of an archive with the files of a package";
    PACKAGES_ENTRIES: usize = 4_000_000, Count, "files of all packages of an image that is built";
    ARCHIVE_HEADER: u64 = 131_072, Bytes, "extended header of an entry of an archive with files of an image";
    /// The largest version of the kernel's format has 24 bytes.
    CAPABILITY_BYTES: usize = 64, Bytes, "capabilities of a file of an image that is built";
}
