//! The fixed limits of the command.

use crate::limits::limits;

limits! {
    REFERENCE_LIST: u64 = 1 << 20, Bytes, "one list of references";
    REFERENCES: usize = 4096, Count, "references of one run";
    /// No valid reference is longer.
    REFERENCE_TEXT: usize = 4096, Bytes, "one line of a list of references";
    FACTS_FILE: u64 = 512 << 20, Bytes, "one file of recorded facts";
    POLICY_FILES: usize = 1000, Count, "Rego files in one directory of policies";
    CHANGES_AT_ONCE: usize = 8, Count, "changes of the facts of a case that are evaluated concurrently";
}
