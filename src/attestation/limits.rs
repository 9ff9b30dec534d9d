//! The limits of this module.

use crate::limits::limits;

limits! {
    SUBJECTS: usize = 1024, Count, "subjects of one in-toto statement";
    SUBJECT_DIGESTS: usize = 32, Count, "digests of one subject of a statement";
    PROVENANCE_IMAGES: usize = 256, Count, "different images among the inputs of one provenance";
}
