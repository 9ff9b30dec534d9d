//! The limits of this module.

use std::time::Duration;

use crate::limits::limits;

limits! {
    SETTINGS_FILE: u64 = 1 << 20, Bytes, "one configuration or login file";
    HELPER_ANSWER: u64 = 64 << 10, Bytes, "one answer of a credential helper";
    HELPER_TIME: Duration = Duration::from_secs(10), Time, "time for a credential helper to answer";
    ENGINE_ANSWER: u64 = 4 << 20, Bytes, "what the local engine says of one image";
    ENGINE_TIME: Duration = Duration::from_secs(30), Time, "time for the local engine to answer";
    CHALLENGE: usize = 4096, Bytes, "one challenge of a registry that is remembered";
    SCOPES: usize = 8, Count, "scopes of one challenge that are remembered";
    REFUSED_TOKENS: u32 = 2, Count, "tokens of one request that a registry refuses before it is believed";
    /// There is another place to ask.
    MIRROR_ATTEMPTS: u32 = 2, Count, "attempts of one request to a mirror";
    /// A redirect with a longer one is followed over another connection.
    REDIRECT_BODY: u64 = 4096, Bytes, "body of a redirect that is read so that the connection can be used again";
    HOST_MESSAGE: usize = 200, Count, "characters of a message of a host that are shown";
    /// Each token of a long run is a secret.
    SECRETS: usize = 16_384, Count, "forms of the secrets of one run that are looked for in what is printed or stored";
    /// `blobs/`, the longest algorithm that is known, and its digest in hex. Longer names are never asked for.
    ARCHIVE_NAME: usize = 141, Bytes, "name of one file that is read from an archive";
    /// What lies below a link is found in bounded time.
    LINK_DEPTH: usize = 64, Count, "parts of the path of one link in an archive";
    NAMED_TAGS: usize = 8, Count, "tags of a layout that are named where one is not found";
    UNFINISHED_NAMES: usize = 32, Count, "names that are tried for one file while it is written";
    /// An in-toto statement may be that large ([`crate::limits::Limits::statement`]), image layers are not fetched.
    CACHED_CONTENT: u64 = 64 << 20, Bytes, "one content that the cache keeps";
    /// A longer list of referrers is asked for again.
    CACHED_ANSWER: u64 = 4 << 20, Bytes, "one answer of a registry that the cache remembers";
    CACHE_SIZE: u64 = 1 << 30, Bytes, "all files of the cache, after it was pruned (once a day)";
    CACHE_AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60), Time, "time that the cache keeps what is not used";
}
