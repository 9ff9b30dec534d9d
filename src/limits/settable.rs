//! The limits that callers can set, such as the size of a manifest, with their defaults.
//!
//! Every field bounds data from outside. The fixed limits are in the file `limits.rs` of the module that applies them.

use std::time::Duration;

use super::{Amount, KIB, Limit, MIB};

/// The limits of one verification, that is of one reference unless stated otherwise. Sizes are in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// One image manifest, index or referrers list.
    pub manifest: u64,
    /// One image or chart configuration.
    pub config: u64,
    /// One in-toto statement.
    pub statement: u64,
    /// One signed payload of the simple-signing format.
    pub payload: u64,
    /// One Sigstore bundle. It can contain a statement in base64, so it is larger than one.
    pub bundle: u64,
    /// One public key, signature of a key, keyring, trusted root or file of a TUF repository.
    pub trust_file: u64,
    /// The response of a token endpoint, and the part of an error response that is read.
    pub token: u64,
    /// Entries of one index. Nested indexes are counted separately.
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
    /// Signatures of one subject that are tried: layers of all its signature manifests. The search stops at a good one.
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
    /// The longest wait that `Retry-After` may request.
    pub retry_after: Duration,
    /// One blob that is written.
    pub max_upload: u64,
    /// The slowest upload that is not aborted, in bytes per second.
    pub upload_rate: u64,
    /// The slowest download that is not aborted, in bytes per second over [`Limits::download_time`]. Each of 64 responses
    /// that share a line of 10 kB/s has twice as much.
    pub download_rate: u64,
    /// The time over which a download is measured.
    pub download_time: Duration,
    /// Attempts to add one entry to a list of referrers.
    pub list_update_attempts: u32,
    /// The longest wait for the lock of a list.
    pub lock_wait: Duration,
    /// Concurrent requests for each host over HTTP/1.1, each on a connection of its own.
    pub requests_per_host: usize,
    /// Concurrent requests for each host over HTTP/2, on one connection.
    pub streams_per_host: usize,
    /// Attestations verified concurrently, over all platforms of a reference.
    pub attestations_at_once: usize,
    /// References, or images of manifests, verified concurrently.
    pub images_at_once: usize,
    /// Time to connect.
    pub connect: Duration,
    /// Time without data on a connection.
    pub read_timeout: Duration,
    /// Candidates for the base of one image.
    pub base_candidates: usize,
    /// Levels of bases that are followed through images that are not hardened themselves.
    pub base_depth: usize,
    /// One layer that is hashed, as stored. Layers are read only if the caller requests it.
    pub layer: u64,
    /// One layer that is hashed, uncompressed. It is not kept in memory.
    pub layer_unpacked: u64,
    /// All bytes read for one reference.
    pub total: u64,
    /// Time for one reference.
    pub verify_timeout: Duration,
    /// Time to fetch one key or definition, and for one update of a trusted root.
    pub update: Duration,
    /// Policies in Rego that are evaluated for each image.
    pub policies: usize,
    /// The facts about one image that policies in Rego read, as JSON.
    pub policy_facts: u64,
    /// Time to evaluate one policy in Rego for one image.
    pub policy_time: Duration,
    /// Time to evaluate all policies in Rego for one image.
    pub policies_time: Duration,
    /// Memory of one process that evaluates policies in Rego.
    pub policy_memory: u64,
    /// The result of one policy in Rego for one image, as JSON.
    pub policy_result: u64,
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
            signatures: 1_000,
            log_entries: 32,
            log_annotation: 256 * KIB,
            timestamps: 32,
            certificates: 16,
            nesting: 4,
            redirects: 5,
            attempts: 4,
            retry_after: Duration::from_secs(60),
            max_upload: 96 * MIB,
            upload_rate: 64 * KIB,
            download_rate: 64,
            download_time: Duration::from_secs(30),
            list_update_attempts: 8,
            lock_wait: Duration::from_secs(60),
            requests_per_host: 16,
            streams_per_host: 64,
            attestations_at_once: 32,
            images_at_once: 16,
            connect: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            base_candidates: 64,
            base_depth: 5,
            layer: 512 * MIB,
            layer_unpacked: 4096 * MIB,
            total: 1024 * MIB,
            verify_timeout: Duration::from_secs(900),
            update: Duration::from_secs(60),
            policies: 128,
            policy_facts: 128 * MIB,
            policy_time: Duration::from_secs(10),
            policies_time: Duration::from_secs(60),
            policy_memory: 512 * MIB,
            policy_result: 16 * MIB,
        }
    }
}

impl Limits {
    /// Returns these limits with `change` applied.
    ///
    /// ```
    /// let limits = dhi::Limits::default().with(|limits| limits.attempts = 2);
    /// assert_eq!(limits.attempts, 2);
    /// ```
    #[must_use]
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// All limits, in the order of the documentation.
    pub fn describe(&self) -> Vec<Limit> {
        // A new field is a compiler warning until it is listed below.
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
            max_upload,
            upload_rate,
            download_rate,
            download_time,
            list_update_attempts,
            lock_wait,
            requests_per_host,
            streams_per_host,
            attestations_at_once,
            images_at_once,
            connect,
            read_timeout,
            base_candidates,
            base_depth,
            layer,
            layer_unpacked,
            total,
            verify_timeout,
            update,
            policies,
            policy_facts,
            policy_time,
            policies_time,
            policy_memory,
            policy_result,
        } = self;
        let count = |count: usize| Amount::Count(u64::try_from(count).unwrap_or(u64::MAX));
        let all = [
            ("one manifest, index or referrers list", Amount::Bytes(*manifest)),
            ("one image or chart configuration", Amount::Bytes(*config)),
            ("one in-toto statement", Amount::Bytes(*statement)),
            ("one signed payload (simple signing)", Amount::Bytes(*payload)),
            ("one Sigstore bundle", Amount::Bytes(*bundle)),
            (
                "one key, signature of a key, keyring, trusted root or file of a TUF repository",
                Amount::Bytes(*trust_file),
            ),
            ("one answer of a token endpoint", Amount::Bytes(*token)),
            ("entries of one index", count(*index_entries)),
            ("one `oci-layout` file", Amount::Bytes(*layout_file)),
            ("entries of all indexes of one layout", count(*layout_entries)),
            ("indexes inside indexes", count(*nesting)),
            ("entries of one archive", count(*archive_entries)),
            ("one extended header of an archive", Amount::Bytes(*archive_header)),
            ("referrers of one subject", count(*referrers)),
            ("pages of one referrers list", count(*pages)),
            (
                "signatures of one subject that are tried, as layers of its signature manifests; envelopes of one manifest",
                count(*signatures),
            ),
            ("log entries of one signature", count(*log_entries)),
            ("one log annotation of a signature", Amount::Bytes(*log_annotation)),
            ("timestamps of one signature", count(*timestamps)),
            ("certificates that come with one signature", count(*certificates)),
            ("redirects of one request", count(*redirects)),
            ("attempts of one request", Amount::Count(u64::from(*attempts))),
            ("wait that `Retry-After` may request", Amount::Time(*retry_after)),
            ("one blob that is written", Amount::Bytes(*max_upload)),
            ("slowest upload that is not aborted, per second", Amount::Bytes(*upload_rate)),
            ("slowest download that is not aborted, per second", Amount::Bytes(*download_rate)),
            ("time over which the rate of a download is measured", Amount::Time(*download_time)),
            (
                "attempts to add one entry to a list of referrers",
                Amount::Count(u64::from(*list_update_attempts)),
            ),
            ("wait for the lock of a list of referrers", Amount::Time(*lock_wait)),
            ("concurrent requests for each host over HTTP/1.1", count(*requests_per_host)),
            ("concurrent requests for each host over HTTP/2", count(*streams_per_host)),
            ("attestations of a reference verified concurrently", count(*attestations_at_once)),
            (
                "references of one command, or images of manifests, verified concurrently",
                count(*images_at_once),
            ),
            ("time to connect", Amount::Time(*connect)),
            ("time without data on a connection", Amount::Time(*read_timeout)),
            ("candidates for the base of one image", count(*base_candidates)),
            ("bases followed through images that are not hardened", count(*base_depth)),
            ("one layer that is hashed, as stored", Amount::Bytes(*layer)),
            ("one layer that is hashed, uncompressed", Amount::Bytes(*layer_unpacked)),
            ("all bytes read for one reference", Amount::Bytes(*total)),
            ("time for one reference", Amount::Time(*verify_timeout)),
            (
                "time to fetch one key or definition, or for one update of a trusted root",
                Amount::Time(*update),
            ),
            ("policies in Rego evaluated for each image", count(*policies)),
            ("facts about one image that policies in Rego read, as JSON", Amount::Bytes(*policy_facts)),
            ("time to evaluate one policy in Rego for one image", Amount::Time(*policy_time)),
            ("time to evaluate all policies in Rego for one image", Amount::Time(*policies_time)),
            ("memory of one process that evaluates policies in Rego", Amount::Bytes(*policy_memory)),
            ("result of one policy in Rego for one image, as JSON", Amount::Bytes(*policy_result)),
        ];
        all.map(|(name, value)| Limit { name, value }).to_vec()
    }
}
