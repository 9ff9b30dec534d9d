//! The error codes of the command line.

use crate::diagnostic::codes;

codes! {
    OUTPUT_EXISTS = "output/exists", Usage, "a file exists and is not overwritten";
}
