//! The fixed limits of the module `vex`.

use crate::limits::limits;

limits! {
    PACKAGE_URL: usize = 4096, Count, "bytes of one package URL";
    REPORT: u64 = 1 << 30, Bytes, "one scanner report";
    REPORT_DEPTH: usize = 100, Count, "depth of lists and objects in one scanner report";
    OBJECT_MEMBERS: usize = 1024, Count, "members of one object of a scanner report, where they are read";
}
