//! The fixed limits of the module `builder::packages::apk`.

use crate::limits::limits;

limits! {
    DEPENDENCY_TEXT: usize = 4_096, Bytes, "one dependency of an Alpine package";
    DEPENDENCIES: usize = 20_000, Count, "dependencies or provided names of one Alpine package";
    SIGNATURE_MEMBERS: usize = 8, Count, "signatures of one Alpine package or index";
    SIGNATURE_CONTENT: usize = 65_536, Bytes, "signatures of an Alpine package or index, unpacked";
    CONTROL_CONTENT: usize = 8_388_608, Bytes, "control member of an Alpine package, unpacked";
    CONTROL_ENTRIES: usize = 1_000, Count, "files in the control member of an Alpine package";
    INDEX_CONTENT: usize = 268_435_456, Bytes, "index of an Alpine repository, unpacked";
    INDEX_PACKAGES: usize = 500_000, Count, "packages in the index of an Alpine repository";
    KEY_FILE: usize = 16_384, Bytes, "public key of an Alpine repository";
    KEY_NAME: usize = 255, Bytes, "file name of a public key of an Alpine repository";
    ALPINE_REPOSITORIES: usize = 64, Count, "Alpine repositories of one image";
    ALPINE_TAGS: usize = 63, Count, "repository tags of one image";
    SUGGESTIONS: usize = 8, Count, "missing Alpine packages for which a similar name is looked for";
    SUGGESTED_LENGTH: usize = 64, Bytes, "name of a missing Alpine package for which a similar name is looked for";
    /// One step is one look at a package or dependency. A search for an image has some 100,000.
    RESOLUTION_STEPS: u64 = 50_000_000, Count, "steps of one search for Alpine packages";
}
