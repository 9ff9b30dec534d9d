//! The fixed limits of the module `builder::rootfs`.

use crate::limits::limits;

limits! {
    /// Linux accepts no longer ones.
    PATH_BYTES: usize = 4_096, Bytes, "path of a file in an image that is built";
    PATH_PARTS: usize = 256, Count, "directories above a file in an image that is built";
    LINKS_FOLLOWED: usize = 40, Count, "symbolic links that lead to one path of an image that is built";
    ACCOUNT_FILE: u64 = 1_048_576, Bytes, "file with users or groups from a package of an image that is built";
    /// Linux and the tools of `shadow` accept no longer ones.
    ACCOUNT_NAME: usize = 32, Bytes, "name of a user or group in an image that is built";
    SCRIPT_DATA: u64 = 1_048_576, Bytes, "list from a package that scripts would read in an image that is built";
    CERTIFICATE: u64 = 1_048_576, Bytes, "file with certificates for the bundle of an image that is built";
    CERTIFICATE_BUNDLE: u64 = 67_108_864, Bytes, "all certificates in the bundle of an image that is built";
    CONFFILE: u64 = 67_108_864, Bytes, "configuration file of a package in an image with `dpkg`";
}
