//! The limits of this module.

use crate::limits::limits;

limits! {
    /// What takes more by itself is judged alone.
    JUDGED_AT_ONCE: u64 = 128 << 20, Bytes, "memory for statements and bundles that are judged at once, over all references";
    SIGNATURES_AT_ONCE: usize = 8, Count, "signature manifests or layers of one subject that are fetched at once";
    BASES_AT_ONCE: usize = 4, Count, "possible bases of one platform that are judged at once";
    /// A host and a path of 255, a tag, a digest.
    BASE_REFERENCE: usize = 1024, Bytes, "text that is read as the reference of a base";
    /// The largest that image builders write. A power of two, as the decoder counts.
    ZSTD_WINDOW: u64 = 128 << 20, Bytes, "window of one layer that is compressed by zstd";
}
