//! The limits of the rules.

use crate::limits::limits;

limits! {
    LINT_FINDINGS: usize = 1000, Count, "findings of the rules about one definition";
    LINT_NAMES: usize = 20, Count, "names without a variable that are reported of one text";
    /// Values that a template of a stage can have, one for each row of its matrix.
    LINT_ROWS: usize = 16, Count, "rows of a matrix for which templates are tried";
}
