//! The fixed limits of the module `trust_store`. Those that callers set, such as the size of a manifest, are in
//! [`crate::limits::Limits`].

use std::time::Duration;

use crate::limits::limits;

limits! {
    TUF_ROOTS: u32 = 32, Count, "versions of a TUF repository's root in one update";
    TUF_ROLES: u32 = 8, Count, "roles of a TUF repository that are searched for one file";
    POLICY_BUNDLE_ARCHIVE: u64 = 16 << 20, Bytes, "the archive of a policy bundle, or all its layers together";
    POLICY_BUNDLE_UNPACKED: u64 = 64 << 20, Bytes, "the archive of a policy bundle, unpacked";
    POLICY_BUNDLE_FILE: u64 = 1 << 20, Bytes, "one file of a policy bundle";
    POLICY_BUNDLE_CONTENT: u64 = 16 << 20, Bytes, "all files of one policy bundle";
    POLICY_BUNDLE_FILES: usize = 512, Count, "files of one policy bundle that have an effect";
    POLICY_BUNDLE_LAYERS: usize = 1024, Count, "layers of one policy bundle";
    POLICY_BUNDLE_ARCHIVES: usize = 16, Count, "layers of one policy bundle that are archives";
    POLICY_BUNDLE_ENTRIES: usize = 8192, Count, "entries of the archive or directory of a policy bundle, extended headers counted too";
    POLICY_BUNDLE_HEADER: u64 = 64 << 10, Bytes, "one extended header in the archive of a policy bundle";
    POLICY_BUNDLE_PATH: usize = 255, Bytes, "the path of one file in a policy bundle";
    POLICY_BUNDLE_PATH_PARTS: usize = 16, Count, "parts of the path of one file in a policy bundle";
    POLICY_BUNDLE_LOCK: u64 = 4 << 20, Bytes, "the lock file of policy bundles";
    VEX_MANIFEST: u64 = 1 << 20, Bytes, "the manifest of one VEX repository";
    VEX_VERSIONS: usize = 64, Count, "versions of one VEX repository";
    VEX_LOCATIONS: usize = 16, Count, "locations of one version of a VEX repository";
    VEX_ARCHIVE: u64 = 128 << 20, Bytes, "the archive of one VEX repository, as it is fetched";
    VEX_UNPACKED: u64 = 1 << 30, Bytes, "the archive of one VEX repository, unpacked";
    VEX_KEPT: u64 = 512 << 20, Bytes, "documents and signatures that are kept of one VEX repository";
    VEX_ARCHIVE_ENTRIES: usize = 131_072, Count, "entries of the archive of one VEX repository, extended headers counted too";
    VEX_PATH_PARTS: usize = 32, Count, "parts of the path of one entry in the archive of a VEX repository";
    VEX_GIT_FILES: u64 = 512 << 20, Bytes, "what git stores while it fetches one VEX repository";
    VEX_FETCH_TIME: Duration = Duration::from_secs(600), Time, "time to fetch one VEX repository from one location";
    VEX_MANIFEST_TIME: Duration = Duration::from_secs(60), Time, "time to fetch the manifest of one VEX repository";
    /// A publisher must not be able to stop updates.
    VEX_INTERVAL: Duration = Duration::from_secs(7 * 24 * 60 * 60), Time, "time after which the copy of a VEX repository is updated, whatever its publisher says";
    VEX_ARCHIVE_HEADER: u64 = 256 << 10, Bytes, "one extended header in the archive of a VEX repository";
    VEX_PACK_HEADER: u64 = 64 << 20, Bytes, "the list of files in the copy of one VEX repository";
    VEX_RECORD: u64 = 2 << 20, Bytes, "the record of the copy of one VEX repository";
    VEX_GIT_ANSWER: u64 = 64 << 10, Bytes, "one answer of git that is no content, and its messages";
    VEX_NAME: usize = 128, Bytes, "the name of one VEX repository";
    VEX_LIST: usize = 256, Count, "VEX repositories of one user";
    VEX_TAG: usize = 1024, Bytes, "one entity tag that is remembered";
}
