//! The fixed limits of the module `builder::rootfs`.

use crate::limits::limits;

limits! {
    /// Linux accepts no longer ones.
    PATH_BYTES: usize = 4_096, Bytes, "path of a file in an image that is built";
    PATH_PARTS: usize = 256, Count, "directories above a file in an image that is built";
    LINKS_FOLLOWED: usize = 40, Count, "symbolic links that lead to one path of an image that is built";
    ARCHIVE_BYTES: u64 = 17_179_869_184, Bytes, "archive with the files of a package, unpacked";
    ARCHIVE_ENTRIES: usize = 1_000_000, Count, "entries of an archive with the files of a package";
    PACKAGES_ENTRIES: usize = 4_000_000, Count, "files of all packages of an image that is built";
    ARCHIVE_HEADER: u64 = 131_072, Bytes, "extended header of an entry of an archive with files of an image";
    /// The largest version of the kernel's format has 24 bytes.
    CAPABILITY_BYTES: usize = 64, Bytes, "capabilities of a file of an image that is built";
}
