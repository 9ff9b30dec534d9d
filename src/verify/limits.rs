//! The fixed limits of the module `verify`. Those that callers set, such as the size of a manifest, are in
//! [`crate::limits::Limits`].

use crate::limits::limits;

limits! {
    /// An object that needs more is judged alone.
    JUDGED_AT_ONCE: u64 = 128 << 20, Bytes, "memory for statements and bundles judged at once, over all references";
    /// The lists of an index may be long.
    SHARED_MANIFEST: u64 = 64 << 10, Bytes, "manifest of a referrer of the root, shared by the searches for signatures and attestations";
    SIGNATURES_AT_ONCE: usize = 8, Count, "signature manifests or layers of one subject that are fetched at once";
    TREE_LEVELS: usize = 4, Count, "levels of referrers of referrers that are listed";
    TREE_OBJECTS: usize = 2000, Count, "referrers of all levels that are listed for one reference";
    LOCAL_DIGESTS: usize = 32, Count, "repository digests of one image of a local engine";
    BASES_AT_ONCE: usize = 4, Count, "possible bases of one platform that are judged at once";
    /// BuildKit writes one for each SBOM and one for the provenance.
    BUILD_STATEMENTS: usize = 64, Count, "unsigned statements shown of one build record, and provenance of one image read for its base";
    /// A host and a path of 255, a tag, a digest.
    BASE_REFERENCE: usize = 1024, Bytes, "text that is read as the reference of a base";
    /// The largest that image builders write. A power of two, as the decoder counts.
    ZSTD_WINDOW: u64 = 128 << 20, Bytes, "window of one layer that is compressed by zstd";
}
