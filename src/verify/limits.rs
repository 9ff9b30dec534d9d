//! The limits of this module.

use crate::limits::limits;

limits! {
    /// What takes more by itself is judged alone.
    JUDGED_AT_ONCE: u64 = 128 << 20, Bytes, "memory for statements and bundles that are judged at once, over all references";
}
