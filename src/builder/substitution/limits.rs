//! The limits of substitution files.

use crate::limits::limits;

limits! {
    SUBSTITUTION_FILE: u64 = 1 << 20, Bytes, "one substitution file";
    SUBSTITUTION_RULES: usize = 10_000, Count, "rules of one substitution file";
}
