//! The limits of this module.

use crate::limits::limits;

limits! {
    PROVENANCE_IMAGES: usize = 256, Count, "different images among the inputs of one provenance";
    SHOWN_TYPES: usize = 20, Count, "predicate types that one error lists";
    SUMMARY_LINE: usize = 200, Count, "characters of the line that sums up one predicate";
    SUMMARY_TEXT: usize = 300, Count, "characters of one text of a predicate that are shown";
    SUMMARY_ROWS: usize = 20, Count, "rows of one table of a predicate that are shown";
    SUMMARY_NAMES: usize = 8, Count, "names in one fact of a predicate that are shown";
    SUMMARY_KINDS: usize = 64, Count, "kinds of things in one predicate that are counted apart";
    COMPONENT_DEPTH: usize = 16, Count, "components inside components of one CycloneDX document that is summed up";
    SPDX_ROOTS: usize = 64, Count, "things that one SPDX document is about, which its packages are counted without";
}
