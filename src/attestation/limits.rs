//! The fixed limits of the module `attestation`. Those that callers set, such as the size of a manifest, are in
//! [`crate::limits::Limits`].

use crate::limits::limits;

limits! {
    PROVENANCE_IMAGES: usize = 256, Count, "different images among the inputs of one provenance document";
    SHOWN_TYPES: usize = 20, Count, "predicate types that one error lists";
    SUMMARY_LINE: usize = 200, Count, "characters of the line that describes one predicate";
    SUMMARY_TEXT: usize = 300, Count, "characters of one text of a predicate that are shown";
    SUMMARY_ROWS: usize = 20, Count, "rows of one table of a predicate that are shown";
    SUMMARY_NAMES: usize = 8, Count, "names in one fact of a predicate that are shown";
    SUMMARY_KINDS: usize = 64, Count, "kinds that are counted separately in one predicate";
    COMPONENT_DEPTH: usize = 16, Count, "nesting of components in one CycloneDX document";
    SPDX_ROOTS: usize = 64, Count, "root elements of one SPDX document, which do not count as packages";
}
