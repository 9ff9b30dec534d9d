//! The limits of looking for files.

use crate::limits::limits;

limits! {
    DEFINITION_ENTRIES: usize = 200_000, Count, "files and folders below a directory of definitions";
    FIRST_LINES: u64 = 4096, Bytes, "begin of a file in which the `# syntax=` line is looked for";
    NAMES_BESIDE: usize = 1000, Count, "names in a directory among which a missing file is looked for";
    ANCESTORS: usize = 32, Count, "directories above a definition in which its repository is looked for";
}
