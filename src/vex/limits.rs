//! The fixed limits of the module `vex`.

use crate::limits::limits;

limits! {
    GRAPH_STEPS: usize = 100_000, Count, "steps through a dependency graph with cycles, for one finding";
    PACKAGE_URL: usize = 4096, Count, "bytes of one package URL";
}
