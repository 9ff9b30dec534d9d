//! The fixed limits of the module `builder::packages::deb::container`.

use crate::limits::limits;

limits! {
    MEMBERS: usize = 64, Count, "members of a Debian package file up to its `data.tar`";
    CONTROL_FILES: u64 = 33_554_432, Bytes, "control files of a Debian package, unpacked";
    CONTROL_ENTRIES: usize = 1024, Count, "control files of a Debian package";
    CONTROL_HEADER: u64 = 65_536, Bytes, "extended header of an entry of `control.tar`";
    /// Zstandard takes it as a power of two.
    DECOMPRESSOR_MEMORY: u64 = 134_217_728, Bytes, "memory of the decompressor of a Debian package";
}
