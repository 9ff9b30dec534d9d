//! The fixed limits of the module `builder::build`.

use crate::limits::limits;

limits! {
    PARALLEL_UPLOADS: usize = 3, Count, "layers of an image that are stored at once";
    FETCHED_FILE: u64 = 4 << 30, Bytes, "one file that a definition fetches";
    CONTEXT_FILE: u64 = 256 << 20, Bytes, "one file of the repository of a definition that an image gets";
    ARTIFACT_UNPACKED: u64 = 16 << 30, Bytes, "one layer of an image that a definition copies from, unpacked";
    ARTIFACT_LAYER: u64 = 4 << 30, Bytes, "one layer of an image that a definition copies from";
}
