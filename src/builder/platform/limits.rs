//! The fixed limits of the module `builder::platform`.

use crate::limits::limits;

limits! {
    INCLUDED_FILES: usize = 64, Count, "files that one definition includes";
    /// Each level uses the stack.
    INCLUDE_DEPTH: usize = 16, Count, "definitions that include each other in a chain";
    MATRIX_STAGES: usize = 512, Count, "rows of the matrices of one definition";
    EXPOSED_PORTS: usize = 65_536, Count, "ports of one definition, after ranges are expanded";
}
