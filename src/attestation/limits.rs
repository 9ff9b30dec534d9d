//! The limits of this module.

use crate::limits::limits;

limits! {
    PROVENANCE_IMAGES: usize = 256, Count, "different images among the inputs of one provenance";
}
