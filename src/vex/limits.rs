//! The fixed limits of the module `vex`.

use crate::limits::limits;

limits! {
    PACKAGE_URL: usize = 4096, Count, "bytes of one package URL";
}
