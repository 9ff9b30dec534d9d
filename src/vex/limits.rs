//! The fixed limits of the module `vex`.

use crate::limits::limits;

limits! {
    GRAPH_STEPS: usize = 100_000, Count, "steps through a dependency graph with cycles, for one finding";
    CSAF_TEXTS: usize = 16, Count, "flags, threats or remediations of one product in a CSAF document that are kept";
    CSAF_REASONS: usize = 4_194_304, Count, "products that the flags, threats and remediations of one CSAF document name";
    STATEMENTS: usize = 262_144, Count, "statements of one VEX document";
    /// They explain nothing that the closest one does not.
    DISTANT_STATEMENTS: usize = 32, Count, "statements about other packages that are listed beside one decision";
    CONSIDERED_STATEMENTS: usize = 256, Count, "statements that are listed beside one decision";
    PACKAGE_URL: usize = 4096, Count, "bytes of one package URL";
    REPOSITORY_INDEX: u64 = 64 << 20, Bytes, "the index of one VEX repository";
    REPOSITORY_PACKAGES: usize = 131_072, Count, "packages in the index of one VEX repository";
    REPORT: u64 = 1 << 30, Bytes, "one scanner report";
}
