//! The fixed limits of the module `registry`. Those that callers set, such as the size of a manifest, are in
//! [`crate::limits::Limits`].

use std::time::Duration;

use crate::limits::limits;

limits! {
    SETTINGS_FILE: u64 = 1 << 20, Bytes, "one configuration or login file";
    HELPER_ANSWER: u64 = 64 << 10, Bytes, "one answer of a credential helper";
    HELPER_TIME: Duration = Duration::from_secs(10), Time, "time for a credential helper to answer";
    ENGINE_ANSWER: u64 = 4 << 20, Bytes, "the local engine's description of one image";
    ENGINE_TIME: Duration = Duration::from_secs(30), Time, "time for the local engine to answer";
    ENGINE_LOAD_TIME: Duration = Duration::from_secs(600), Time, "time for the local engine to load an image";
    CHALLENGE: usize = 4096, Bytes, "one challenge of a registry that is remembered";
    SCOPES: usize = 8, Count, "scopes of one challenge that are remembered";
    REFUSED_TOKENS: u32 = 2, Count, "refused tokens of one request before it fails";
    /// After a mirror, another endpoint is queried, so few attempts suffice.
    MIRROR_ATTEMPTS: u32 = 2, Count, "attempts of one request to a mirror";
    /// In commands. Servers and callers of the library choose it, see `Options::unreachable_pause`.
    UNREACHABLE_PAUSE: Duration = Duration::from_secs(10), Time, "time for which a command does not connect again to an unreachable host";
    /// After a redirect with a longer body, a new connection is used.
    REDIRECT_BODY: u64 = 4096, Bytes, "body of a redirect that is read so that the connection can be used again";
    HOST_MESSAGE: usize = 200, Count, "characters of a host's message that are shown";
    /// A long run has many tokens, and each is a secret.
    SECRETS: usize = 16_384, Count, "forms of the secrets of one run that are redacted from output and stored files";
    /// `blobs/`, the longest known algorithm and its digest in hex. Longer names are never requested.
    ARCHIVE_NAME: usize = 141, Bytes, "name of one file that is read from an archive";
    /// Bounds the time to check whether an entry is below a link.
    LINK_DEPTH: usize = 64, Count, "parts of the path of one link in an archive";
    NAMED_TAGS: usize = 8, Count, "tags of a layout that are listed in an error";
    UNFINISHED_NAMES: usize = 32, Count, "names that are tried for one temporary file";
    /// An in-toto statement may be that large ([`crate::limits::Limits::statement`]); image layers are not fetched.
    CACHED_CONTENT: u64 = 64 << 20, Bytes, "one manifest or blob in the cache";
    /// A longer list of referrers is fetched each time.
    CACHED_ANSWER: u64 = 4 << 20, Bytes, "one answer of a registry in the cache";
    CACHE_SIZE: u64 = 1 << 30, Bytes, "all files of the cache after pruning (once a day)";
    CACHE_AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60), Time, "time that the cache keeps unused files";
}
