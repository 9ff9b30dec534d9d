//! Every reader has a bound, and all bounds are here: data from outside never decides how much is read.
//!
//! A bound that is reached is `limits/exceeded`, exit 4: inconclusive, never a pass. Those of [`Limits`] can be
//! set by callers of the library; what is read before there are any, or by a pure function, has a constant.

mod codes;
mod reader;

use std::time::Duration;

pub use codes::CODES;
pub use reader::{Unread, read_whole};

use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

/// Depth of arrays and objects in one JSON document.
pub const JSON_DEPTH: usize = 100;
/// Members of one object in a JSON document, those of the objects around it included.
pub const JSON_MEMBERS: usize = 262_144;
/// Elements of one array in a JSON document.
pub const JSON_ELEMENTS: usize = 1_048_576;
/// Subjects of one in-toto statement.
pub const SUBJECTS: usize = 1024;
/// Digests of one subject of an in-toto statement.
pub const SUBJECT_DIGESTS: usize = 32;
/// Characters of one text that nothing vouches for, in reports.
pub const CLAIMED_TEXT: usize = 256;
/// Different images among the inputs of one provenance.
pub const PROVENANCE_IMAGES: usize = 256;
/// One configuration or login file, in bytes.
pub const SETTINGS_FILE: u64 = MIB;
/// A compiled regular expression, in bytes.
pub const PATTERN: usize = 1024 * 1024;
/// Hashes of one inclusion proof: a tree of 2^64 leaves needs no more.
pub const PROOF_HASHES: usize = 64;
/// Versions of the root of a TUF repository that follow one another in one update.
pub const TUF_ROOTS: u32 = 32;
/// Roles of a TUF repository that are asked for one file.
pub const TUF_ROLES: u32 = 8;
/// The answer of one credential helper, in bytes.
pub const HELPER_ANSWER: u64 = 64 * KIB;
/// Time for one credential helper to answer.
pub const HELPER_TIME: Duration = Duration::from_secs(10);

/// One private key file, in bytes.
pub const PRIVATE_KEY_FILE: u64 = 64 * KIB;
/// Steps of scrypt (`N`) to open an encrypted key file; with `r` 8 they take 64 MiB of memory.
pub const KEY_DERIVATION: u32 = 65_536;
/// The answer of one signing program, in bytes.
pub const SIGNER_ANSWER: u64 = 64 * KIB;
/// Time for one signing program to answer: somebody may have to touch a token.
pub const SIGNER_TIME: Duration = Duration::from_secs(120);
/// The answer of a transparency log, in bytes.
pub const LOG_ANSWER: u64 = MIB;
/// Time for a transparency log to answer.
pub const LOG_TIME: Duration = Duration::from_secs(60);

/// Depth of sequences and mappings in one YAML document.
pub const YAML_DEPTH: usize = 100;
/// Values of one YAML document; names, aliases and merged members are bounded by twice as many.
pub const YAML_NODES: usize = 524_288;
/// Documents of one YAML stream.
pub const YAML_DOCUMENTS: usize = 16_384;
/// One manifest file, in bytes.
pub const MANIFEST_FILE: u64 = 16 * MIB;
/// All manifest files of one run, in bytes.
pub const MANIFESTS: u64 = 64 * MIB;
/// Files and folders that are looked at for manifests in one run.
pub const MANIFEST_FILES: usize = 16_384;
/// Uses of images in all manifests of one run.
pub const IMAGE_USES: usize = 32_768;
/// The text of one image in a manifest, in bytes. No reference is as long.
pub const IMAGE_TEXT: usize = 4096;
/// Places in all manifests of one run that are listed as not judged.
pub const NOT_JUDGED: usize = 32_768;
/// Texts in all manifests of one run that are looked through for images, each as often as aliases repeat it, in bytes.
pub const SEARCHED: usize = 256 << 20;
/// Different images in all manifests of one run.
pub const IMAGES: usize = 4096;
/// Memory for statements and bundles that are judged at once, over all references of a run, in bytes. What takes more
/// by itself is judged alone.
pub const JUDGED_AT_ONCE: u64 = 128 * MIB;

/// The bounds of one verification: what is read for one reference. Sizes are in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// One image manifest, index or referrers list.
    pub manifest: u64,
    /// One image or chart configuration.
    pub config: u64,
    /// One in-toto statement.
    pub statement: u64,
    /// One signed payload of the simple-signing format.
    pub payload: u64,
    /// One Sigstore bundle. It can carry a statement in base64, so it is larger than one.
    pub bundle: u64,
    /// One public key, signature of a key, keyring, trusted root or file of a TUF repository.
    pub trust_file: u64,
    /// The answer of a token endpoint, and the part of an error answer that is read.
    pub token: u64,
    /// Entries of one index, nested ones counted apart.
    pub index_entries: usize,
    /// The `oci-layout` file of a layout directory.
    pub layout_file: u64,
    /// Entries of `index.json` of a layout directory and of all indexes under it. One directory can hold many
    /// images, and each referrer list in it is an entry too.
    pub layout_entries: usize,
    /// Entries of one archive, extended headers counted too.
    pub archive_entries: usize,
    /// One extended header of an archive: a long name or pax records.
    pub archive_header: u64,
    /// Referrers of one subject, over all pages.
    pub referrers: usize,
    /// Pages of one referrers list.
    pub pages: usize,
    /// Signatures of one subject: layers over all its signature manifests.
    pub signatures: usize,
    /// Log entries of one signature.
    pub log_entries: usize,
    /// One log annotation of a signature.
    pub log_annotation: u64,
    /// Timestamps of one signature.
    pub timestamps: usize,
    /// Certificates that come with one signature.
    pub certificates: usize,
    /// Indexes inside indexes.
    pub nesting: usize,
    /// Redirects of one request.
    pub redirects: usize,
    /// Attempts of one request, the first included.
    pub attempts: u32,
    /// The longest wait that a `Retry-After` may ask for.
    pub retry_after: Duration,
    /// One blob that is written.
    pub pushed: u64,
    /// The slowest upload that is waited for, in bytes a second.
    pub upload_rate: u64,
    /// The slowest download that is waited for, in bytes a second over [`Limits::download_time`]. Of the 16 answers
    /// that share a line of 10 kB/s each has ten times as much.
    pub download_rate: u64,
    /// The time over which a download is measured.
    pub download_time: Duration,
    /// Attempts to get one entry into a list of referrers.
    pub merges: u32,
    /// The longest wait for the turn to change a list.
    pub turn: Duration,
    /// Requests under way at once for each host.
    pub requests_per_host: usize,
    /// Attestations under verification at once, over all platforms of a reference.
    pub attestations_at_once: usize,
    /// References, or images of manifests, under verification at once.
    pub images_at_once: usize,
    /// Time for a connection to be made.
    pub connect: Duration,
    /// Silence on a connection.
    pub idle: Duration,
    /// Images that may be what one image is built on.
    pub base_candidates: usize,
    /// How far bases are followed through images that are not hardened themselves.
    pub base_depth: usize,
    /// One layer that is hashed, as stored. Layers are read only when asked for.
    pub layer: u64,
    /// One layer that is hashed, uncompressed. It is not held.
    pub layer_unpacked: u64,
    /// All bytes read for one reference.
    pub total: u64,
    /// Time for one reference.
    pub run: Duration,
    /// Time for one key that is fetched, and for one update of a trusted root.
    pub update: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            manifest: 4 * MIB,
            config: 4 * MIB,
            statement: 64 * MIB,
            payload: 64 * KIB,
            bundle: 96 * MIB,
            trust_file: MIB,
            token: MIB,
            index_entries: 256,
            layout_file: 4 * KIB,
            layout_entries: 8192,
            archive_entries: 65_536,
            archive_header: 256 * KIB,
            referrers: 256,
            pages: 64,
            signatures: 64,
            log_entries: 32,
            log_annotation: 256 * KIB,
            timestamps: 32,
            certificates: 16,
            nesting: 4,
            redirects: 5,
            attempts: 4,
            retry_after: Duration::from_secs(60),
            pushed: 96 * MIB,
            upload_rate: 64 * KIB,
            download_rate: 64,
            download_time: Duration::from_secs(30),
            merges: 8,
            turn: Duration::from_secs(60),
            requests_per_host: 16,
            attestations_at_once: 16,
            images_at_once: 16,
            connect: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            base_candidates: 64,
            base_depth: 5,
            layer: 512 * MIB,
            layer_unpacked: 4096 * MIB,
            total: 1024 * MIB,
            run: Duration::from_secs(900),
            update: Duration::from_secs(60),
        }
    }
}

impl Limits {
    /// Every bound with what it bounds and its value, for the documentation.
    pub fn describe(&self) -> Vec<(&'static str, String)> {
        // A field that is added is a compiler warning until it stands below.
        let Self {
            manifest,
            config,
            statement,
            payload,
            bundle,
            trust_file,
            token,
            index_entries,
            layout_file,
            layout_entries,
            archive_entries,
            archive_header,
            referrers,
            pages,
            signatures,
            log_entries,
            log_annotation,
            timestamps,
            certificates,
            nesting,
            redirects,
            attempts,
            retry_after,
            pushed,
            upload_rate,
            download_rate,
            download_time,
            merges,
            turn,
            requests_per_host,
            attestations_at_once,
            images_at_once,
            connect,
            idle,
            base_candidates,
            base_depth,
            layer,
            layer_unpacked,
            total,
            run,
            update,
        } = self;
        let bytes = |bytes: &u64| {
            if *bytes >= MIB { format!("{} MiB", bytes / MIB) } else { format!("{} KiB", bytes / KIB) }
        };
        let seconds = |time: &Duration| format!("{} s", time.as_secs());
        vec![
            ("one manifest, index or referrers list", bytes(manifest)),
            ("one image or chart configuration", bytes(config)),
            ("one in-toto statement", bytes(statement)),
            ("one signed payload (simple signing)", bytes(payload)),
            ("one Sigstore bundle", bytes(bundle)),
            (
                "one key, signature of a key, keyring, trusted root or file of a TUF repository",
                bytes(trust_file),
            ),
            ("versions of the root of a TUF repository in one update", TUF_ROOTS.to_string()),
            ("roles of a TUF repository that are asked for one file", TUF_ROLES.to_string()),
            ("one configuration or login file", bytes(&SETTINGS_FILE)),
            ("one answer of a credential helper", bytes(&HELPER_ANSWER)),
            ("time for a credential helper to answer", seconds(&HELPER_TIME)),
            ("one private key file", bytes(&PRIVATE_KEY_FILE)),
            ("steps of scrypt to open a private key file", KEY_DERIVATION.to_string()),
            ("one answer of a signing program", bytes(&SIGNER_ANSWER)),
            ("time for a signing program to answer", seconds(&SIGNER_TIME)),
            ("one answer of a transparency log", bytes(&LOG_ANSWER)),
            ("time for a transparency log to answer", seconds(&LOG_TIME)),
            ("one answer of a token endpoint", bytes(token)),
            ("entries of one index", index_entries.to_string()),
            ("one `oci-layout` file", bytes(layout_file)),
            ("entries of all indexes of one layout", layout_entries.to_string()),
            ("indexes inside indexes", nesting.to_string()),
            ("entries of one archive", archive_entries.to_string()),
            ("one extended header of an archive", bytes(archive_header)),
            ("referrers of one subject", referrers.to_string()),
            ("pages of one referrers list", pages.to_string()),
            ("signatures of one subject, as layers of its signature manifests", signatures.to_string()),
            ("log entries of one signature", log_entries.to_string()),
            ("one log annotation of a signature", bytes(log_annotation)),
            ("hashes of one inclusion proof", PROOF_HASHES.to_string()),
            ("timestamps of one signature", timestamps.to_string()),
            ("certificates that come with one signature", certificates.to_string()),
            ("one compiled regular expression", bytes(&(PATTERN as u64))),
            ("depth of arrays and objects in one JSON document", JSON_DEPTH.to_string()),
            (
                "members of one object in a JSON document, with those of the objects around it",
                JSON_MEMBERS.to_string(),
            ),
            ("elements of one array in a JSON document", JSON_ELEMENTS.to_string()),
            ("subjects of one in-toto statement", SUBJECTS.to_string()),
            ("digests of one subject of a statement", SUBJECT_DIGESTS.to_string()),
            ("different images among the inputs of one provenance", PROVENANCE_IMAGES.to_string()),
            ("redirects of one request", redirects.to_string()),
            ("attempts of one request", attempts.to_string()),
            ("wait that a `Retry-After` may ask for", seconds(retry_after)),
            ("one blob that is written", bytes(pushed)),
            ("slowest upload that is waited for, in a second", bytes(upload_rate)),
            ("slowest download that is waited for, in a second", format!("{download_rate} bytes")),
            ("time over which the rate of a download is measured", seconds(download_time)),
            ("attempts to get one entry into a list of referrers", merges.to_string()),
            ("wait for the turn to change a list of referrers", seconds(turn)),
            ("requests under way at once for each host", requests_per_host.to_string()),
            ("attestations of a reference under verification at once", attestations_at_once.to_string()),
            (
                "references of one command, or images of manifests, under verification at once",
                images_at_once.to_string(),
            ),
            (
                "memory for statements and bundles that are judged at once, over all references",
                bytes(&JUDGED_AT_ONCE),
            ),
            ("depth of sequences and mappings in one YAML document", YAML_DEPTH.to_string()),
            ("values of one YAML document", YAML_NODES.to_string()),
            ("documents of one YAML stream", YAML_DOCUMENTS.to_string()),
            ("one manifest file", bytes(&MANIFEST_FILE)),
            ("all manifest files of one run", bytes(&MANIFESTS)),
            ("files and folders that are looked at for manifests", MANIFEST_FILES.to_string()),
            ("uses of images in all manifests of one run", IMAGE_USES.to_string()),
            ("text of one image in a manifest", format!("{IMAGE_TEXT} bytes")),
            ("places in all manifests of one run that are not judged", NOT_JUDGED.to_string()),
            ("texts of all manifests of one run, with their aliases", format!("{} MiB", SEARCHED >> 20)),
            ("different images in all manifests of one run", IMAGES.to_string()),
            ("time for a connection to be made", seconds(connect)),
            ("silence on a connection", seconds(idle)),
            ("possible bases of one image", base_candidates.to_string()),
            ("bases followed through images that are not hardened", base_depth.to_string()),
            ("one layer that is hashed, as stored", bytes(layer)),
            ("one layer that is hashed, uncompressed", bytes(layer_unpacked)),
            ("all bytes read for one reference", bytes(total)),
            ("time for one reference", seconds(run)),
            ("time for one key that is fetched, or one update of a trusted root", seconds(update)),
        ]
    }
}

/// Which bound was reached, with its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is over the limit of {limit}")]
pub struct Exceeded {
    /// What was read, such as `manifest of 9000000 bytes`.
    pub what: String,
    /// The bound with its unit, such as `4194304 bytes`.
    pub limit: String,
}

impl Exceeded {
    /// A size or count over its bound.
    pub fn new(what: impl Into<String>, limit: impl std::fmt::Display, unit: &str) -> Self {
        Self { what: what.into(), limit: format!("{limit} {unit}") }
    }
}

impl ToDiagnostic for Exceeded {
    fn to_diagnostic(&self) -> Diagnostic {
        Diagnostic::new(Code::LIMITS_EXCEEDED, self.to_string()).remedy(Remedy::SeeLimits)
    }
}
