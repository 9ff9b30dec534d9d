//! The codes of this module.

use crate::diagnostic::codes;

codes! {
    OUTPUT_EXISTS = "output/exists", Usage, "a file is there already and is not overwritten";
}
