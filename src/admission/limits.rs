//! The fixed limits of the module `admission`. Those that callers set, such as the size of a manifest, are in
//! [`crate::limits::Limits`].

use crate::limits::limits;

limits! {
    MANIFEST_FILE: u64 = 16 << 20, Bytes, "one manifest file";
    MANIFESTS: u64 = 64 << 20, Bytes, "all manifest files of one run";
    MANIFEST_FILES: usize = 16_384, Count, "files and directories that are searched for manifests";
    IMAGE_USES: usize = 32_768, Count, "uses of images in all manifests of one run";
    /// No valid reference is longer.
    IMAGE_TEXT: usize = 4096, Bytes, "text of one image in a manifest";
    /// A longer text between the marks of a placeholder is not a placeholder.
    PLACEHOLDER: usize = 128, Count, "characters of a placeholder such as `$(IMAGE)` in a manifest";
    NOT_JUDGED: usize = 32_768, Count, "places in all manifests of one run that are not judged";
    /// Each text that is searched for images counts as often as aliases repeat it.
    SEARCHED: usize = 256 << 20, Bytes, "texts of all manifests of one run, with their aliases";
    IMAGES: usize = 4096, Count, "different images in all manifests of one run";
}
