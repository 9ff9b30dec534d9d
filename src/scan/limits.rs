//! The fixed limits of the module `scan`.

use std::time::Duration;

use crate::limits::limits;

limits! {
    VERSION_ANSWER: u64 = 1 << 20, Bytes, "what a scanner prints about its version";
    VERSION_TIME: Duration = Duration::from_secs(60), Time, "time for a scanner to print its version";
    /// It may download its database, and the image.
    SCAN_TIME: Duration = Duration::from_secs(1800), Time, "time for a scanner to scan one image";
    SCANNER_MESSAGES: u64 = 64 << 10, Bytes, "messages of a scanner that are kept";
    LAYERS: usize = 512, Count, "layers of one image whose files are compared";
    UNPACKED: u64 = 16 << 30, Bytes, "all uncompressed layers of one image whose files are compared";
    FILES: usize = 1_000_000, Count, "files and directories in all layers of one image whose files are compared";
    FILE_NAME: usize = 4096, Bytes, "name of one file in a layer, or target of one link";
    FOLDERS: usize = 512, Count, "directories above one file in a layer";
    HEADER: u64 = 1 << 20, Bytes, "one extended header of a layer";
    /// As in the Linux kernel.
    LINKS: usize = 40, Count, "symbolic links that are followed for one path of an image";
    FILE_CONTENT: u64 = 64 << 20, Bytes, "one list of users or packages in an image";
    FILE_CONTENTS: u64 = 256 << 20, Bytes, "all lists of users and packages in the layers of one image";
    LAYER: u64 = 4 << 30, Bytes, "one layer of a layout or archive that a scanner gets";
}
