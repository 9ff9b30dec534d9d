//! The limits of the reader.

use crate::limits::limits;

limits! {
    DEFINITION_SIZE: usize = 4 * 1024 * 1024, Bytes, "size of a definition";
    /// Aliases count as often as they are used.
    DEFINITION_VALUES: usize = 131_072, Count, "values that are read of one definition, aliases included";
    DEFINITION_DEPTH: usize = 64, Count, "depth of the arguments of an action";
    SUGGESTED_WORD: usize = 64, Bytes, "misspelled key or word for which a known one is suggested";
    COMMENT_AFTER: usize = 1024, Count, "characters after a value that are searched for an expression that is a comment";
    SHOWN_VALUE: usize = 120, Bytes, "value that a finding about a definition repeats";
    DEFINITION_FINDINGS: usize = 1000, Count, "findings of the reader about one definition";
}
