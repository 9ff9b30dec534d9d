//! The limits of the rules.

use crate::limits::limits;

limits! {
    LINT_FINDINGS: usize = 1000, Count, "findings of the rules about one definition";
    LINT_NAMES: usize = 20, Count, "names without a variable that are reported of one text";
    LINT_SCRIPT_NAMES: usize = 200, Count, "names in the scripts of one definition that are compared with its variables";
}
