//! The fixed limits of the module `vex`.

use crate::limits::limits;

limits! {
    /// They explain nothing that the closest one does not.
    DISTANT_STATEMENTS: usize = 32, Count, "statements about other packages that are listed beside one decision";
    PACKAGE_URL: usize = 4096, Count, "bytes of one package URL";
}
