//! The limits of the tables of changes. The JSON document has everything.

use crate::limits::limits;

limits! {
    DIFF_ROWS: usize = 10_000, Count, "rows of one table of changes of a definition";
    /// A table is as wide as its widest cell.
    DIFF_CELL: usize = 500, Count, "characters of one cell in a table of changes of a definition";
}
