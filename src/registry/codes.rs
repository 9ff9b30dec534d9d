//! Error codes of the module `registry`.

use crate::diagnostic::codes;

codes! {
    REGISTRY_UNAUTHORIZED = "registry/unauthorized", Denied, "the registry demands a login or refuses it";
    REGISTRY_PROXY = "registry/proxy", Denied, "the proxy demands a login";
    REGISTRY_REALM_REFUSED = "registry/realm-refused", Denied, "the registry names a token server of another site";
    REGISTRY_NOT_FOUND = "registry/not-found", Missing, "the registry or layout does not have the object";
    REGISTRY_RATE_LIMITED = "registry/rate-limited", Unavailable, "the registry limits the rate of requests";
    REGISTRY_UNREACHABLE = "registry/unreachable", Unavailable, "the registry cannot be reached, or the connection broke";
    REGISTRY_SERVER_ERROR = "registry/server-error", Unavailable, "the registry answers with a server error";
    REGISTRY_UNUSABLE_ANSWER = "registry/unusable-answer", Unavailable, "the registry's answer cannot be used";
    REGISTRY_CONTENDED = "registry/contended", Unavailable, "a referrer is stored, but its subject's list does not name it";
    REGISTRY_LOCK_TIMEOUT = "registry/lock-timeout", Unavailable, "the lock on a list of referrers was not free in time";
    REGISTRY_LAYOUT = "registry/layout", Usage, "a directory is not a readable OCI image layout";
    REGISTRY_ARCHIVE = "registry/archive", Usage, "a file is not a readable OCI archive";
    REGISTRY_DOCKER_ARCHIVE = "registry/docker-archive", Missing, "an archive of `docker save` cannot hold attestations";
    REGISTRY_ENGINE_UNREACHABLE = "registry/engine-unreachable", Unavailable, "the local engine does not answer, or its answer cannot be used";
    REGISTRY_ENGINE_DENIED = "registry/engine-denied", Denied, "the socket of the local engine may not be used";
    REGISTRY_ENGINE_REFUSED = "registry/engine-refused", Unavailable, "the local engine does not load an image";
    REGISTRY_ENGINE_NO_IMAGE = "registry/engine-no-image", Missing, "the local engine does not have the image";
    REGISTRY_ENGINE_NOT_PULLED = "registry/engine-not-pulled", Missing, "an image of the local engine has no digest of a registry";
    REGISTRY_ENGINE_AMBIGUOUS = "registry/engine-ambiguous", Usage, "an image of the local engine has several digests of registries";
    REGISTRY_OFFLINE = "registry/offline", Unavailable, "the network is forbidden and the cache does not have the object";
    REGISTRY_PLAIN_HTTP = "registry/plain-http", Usage, "plain HTTP is only for registries on this machine";
    USAGE_CONFIG = "usage/config", Usage, "the configuration, a login file or a certificate cannot be used";
    OUTPUT_WRITE = "output/write", Unavailable, "a result cannot be written";
}
