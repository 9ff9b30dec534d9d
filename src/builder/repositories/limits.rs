//! The limits of repositories.

use crate::limits::limits;

limits! {
    APT_SOURCES: usize = 256, Count, "files with sources of this machine's apt that are read";
    APT_SOURCES_FILE: u64 = 1 << 20, Bytes, "one file with sources of this machine's apt";
    RELEASE_FILE: u64 = 8 << 20, Bytes, "one signed list of a repository's indexes, such as InRelease";
    KEY_FILE: u64 = 1 << 20, Bytes, "one file with keys of repositories";
    PACKED_INDEX: u64 = 64 << 20, Bytes, "one index of packages, as it is fetched";
    PACKAGE_INDEX: u64 = 512 << 20, Bytes, "one index of packages, unpacked";
    INDEX_MEMORY: u64 = 64 << 20, Bytes, "memory of the decoder of one index";
    /// The largest package of Debian has some 1.2 GB.
    PACKAGE_FILE: u64 = 4 << 30, Bytes, "one package file";
    PARALLEL_DOWNLOADS: usize = 8, Count, "package files that are fetched at once";
    CHECKSUM_FILE: u64 = 4 << 20, Bytes, "one file with checksums of other files";
    PINNED_FILE: u64 = 1 << 30, Bytes, "one file without a checksum, which is fetched to be locked";
}
