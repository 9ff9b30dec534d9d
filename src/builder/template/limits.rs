//! The fixed limits of the module `builder::template`.

use crate::limits::limits;

limits! {
    /// The parser and the evaluation use the stack for each.
    TEMPLATE_DEPTH: usize = 64, Count, "conditions, negations and parentheses inside each other in one expression";
    TEMPLATE_STEPS: u64 = 1_000_000, Count, "operations that evaluate the templates of one definition for one platform";
    /// Variables that contain each other twice grow without end otherwise.
    TEMPLATE_OUTPUT: u64 = 16_777_216, Bytes, "text that the templates of one definition produce for one platform";
    TEMPLATE_PATTERN: usize = 512, Bytes, "regular expression of one variable of a definition";
    TEMPLATE_PATTERN_COMPILED: usize = 262_144, Bytes, "regular expression of one variable, when compiled";
}
