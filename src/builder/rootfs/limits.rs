//! The fixed limits of the module `builder::rootfs`.

use crate::limits::limits;

limits! {
    /// Linux accepts no longer ones.
    PATH_BYTES: usize = 4_096, Bytes, "path of a file in an image that is built";
    PATH_PARTS: usize = 256, Count, "directories above a file in an image that is built";
    LINKS_FOLLOWED: usize = 40, Count, "symbolic links that lead to one path of an image that is built";
}
