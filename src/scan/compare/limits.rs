//! The fixed limits of comparisons of images.

use crate::limits::limits;

limits! {
    LAYERS: usize = 512, Count, "layers of one image whose files are compared";
    UNPACKED: u64 = 16 << 30, Bytes, "all uncompressed layers of one image whose files are compared";
    FILES: usize = 1_000_000, Count, "files and directories of all layers of one image whose files are compared";
    FILE_NAME: usize = 4096, Bytes, "name of one file of a layer, or target of one link";
    FOLDERS: usize = 512, Count, "directories above one file of a layer";
    HEADER: u64 = 1 << 20, Bytes, "one extended header of a layer";
    /// As in the Linux kernel.
    LINKS: usize = 40, Count, "symbolic links that are followed for one path of an image";
    FILE_CONTENT: u64 = 64 << 20, Bytes, "one list of users or packages in an image";
    FILE_CONTENTS: u64 = 256 << 20, Bytes, "all lists of users and packages in the layers of one image";
}
