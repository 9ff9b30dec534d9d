//! Converts errors of the registry into failures of the evidence: their kind, which decides, and their diagnostic,
//! which is only shown.

use crate::diagnostic::ToDiagnostic;
use crate::evidence::{Failure, RegistryFailure};
use crate::registry;

impl From<registry::Error> for Failure {
    fn from(error: registry::Error) -> Self {
        Self::Registry { kind: kind(&error), diagnostic: Box::new(error.to_diagnostic()) }
    }
}

/// The kind of a registry error. Every variant is listed, so a new one does not compile until it has a kind here.
pub(super) fn kind(error: &registry::Error) -> RegistryFailure {
    use registry::{EngineError, Error};
    match error {
        Error::Mirrored { worst, .. } => kind(worst),
        Error::NotFound { .. } => RegistryFailure::NotFound,
        Error::DockerArchive { .. } => RegistryFailure::NoAttestations,
        Error::Unlisted { cause, .. } => kind(cause),
        Error::Forbidden { .. }
        | Error::Unauthorized { .. }
        | Error::PushRefused { .. }
        | Error::Helper { .. }
        | Error::Proxy { .. }
        | Error::RealmRefused { .. } => RegistryFailure::Denied,
        Error::Unreachable { .. } => RegistryFailure::Unreachable,
        Error::RateLimited { .. }
        | Error::Server { .. }
        | Error::NotJson { .. }
        | Error::BadContent { .. }
        | Error::Contended { .. }
        | Error::LockTimeout { .. }
        | Error::Offline { .. }
        | Error::OfflinePush { .. }
        | Error::Write { .. } => RegistryFailure::Unavailable,
        Error::Engine(error) => match error {
            EngineError::NoImage { .. } | EngineError::NotPulled { .. } => RegistryFailure::NoLocalImage,
            EngineError::Denied { .. } => RegistryFailure::Denied,
            EngineError::NoSocket { .. }
            | EngineError::Unreachable { .. }
            | EngineError::NotLoaded { .. }
            | EngineError::InvalidResponse { .. } => RegistryFailure::Unavailable,
            EngineError::NoRepository { .. }
            | EngineError::NotLocalName { .. }
            | EngineError::Forbidden { .. }
            | EngineError::OtherHost { .. }
            | EngineError::Context { .. }
            | EngineError::Ambiguous { .. } => RegistryFailure::Unusable,
        },
        Error::Digest { .. } | Error::Size { .. } => RegistryFailure::Tampered,
        Error::Limit { .. } => RegistryFailure::Limit,
        Error::LoginFile { .. }
        | Error::PlainHttp { .. }
        | Error::ReadOnly { .. }
        | Error::Archive { .. }
        | Error::AmbiguousName { .. }
        | Error::AmbiguousPath { .. }
        | Error::Layout { .. } => RegistryFailure::Unusable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Remedy;
    use crate::limits::Exceeded;
    use crate::oci::Digest;
    use registry::{ConnectionFailure, EngineError, Error};

    fn errors() -> Vec<Error> {
        let text = || "x".to_owned();
        let (host, what, cause, path) = (text, text, text, text);
        let digest = Digest::of(b"x");
        let denied = || Error::Unauthorized { host: text(), what: text(), answer: text(), logged_in: false };
        vec![
            Error::NotFound { what: what() },
            denied(),
            Error::Forbidden { host: host(), what: what(), answer: text(), logged_in: false, readable: true },
            Error::Unlisted { what: what(), cause: Box::new(denied()) },
            Error::NotJson { what: what(), media_type: text() },
            Error::PushRefused { host: host(), what: what(), answer: text(), logged_in: true },
            Error::Contended { what: what(), attempts: 1 },
            Error::LockTimeout { what: what(), cause: cause(), remedy: Remedy::CompareName },
            Error::LoginFile { origin: path(), cause: cause() },
            Error::Helper { host: host(), helper: text(), cause: cause() },
            Error::Proxy { host: host(), what: what(), logged_in: false },
            Error::Mirrored { worst: Box::new(denied()), others: vec![Error::NotFound { what: what() }] },
            Error::RealmRefused { host: host(), realm: text() },
            Error::RateLimited { host: host(), what: what(), retry_after: None, attempts: 1 },
            Error::Unreachable {
                host: host(),
                what: what(),
                failure: ConnectionFailure::Other { cause: cause() },
                attempts: 1,
            },
            Error::Server { host: host(), what: what(), status: 500, answer: text(), attempts: 1 },
            Error::Digest { what: what(), expected: digest, found: digest },
            Error::Size { what: what(), expected: 1, found: 2 },
            Error::BadContent { what: what(), cause: cause() },
            Error::Limit { what: what(), exceeded: Exceeded::new("x", 1, "bytes") },
            Error::Offline { what: what() },
            Error::OfflinePush { what: what() },
            Error::PlainHttp { host: host() },
            Error::Write { path: path(), cause: cause(), remedy: None },
            Error::ReadOnly { path: path() },
            Error::Archive { path: path(), cause: cause(), remedy: Remedy::CompareName },
            Error::DockerArchive { path: path() },
            Error::AmbiguousName { layout: text(), name: text(), images: vec![(text(), digest)] },
            Error::AmbiguousPath { reference: text(), paths: vec![text()] },
            Error::Layout { path: path(), cause: cause() },
            EngineError::NoRepository { image: text() }.into(),
            EngineError::NotLocalName { reference: text() }.into(),
            EngineError::Forbidden { image: text() }.into(),
            EngineError::OtherHost { set_by: text(), host: host() }.into(),
            EngineError::Context { name: text(), cause: cause() }.into(),
            EngineError::NoSocket { paths: Vec::new() }.into(),
            EngineError::Denied { engine: text() }.into(),
            EngineError::Unreachable { engine: text(), cause: cause() }.into(),
            EngineError::InvalidResponse { engine: text(), cause: cause() }.into(),
            EngineError::NoImage { image: text(), engine: text() }.into(),
            EngineError::NotPulled { image: text(), id: digest }.into(),
            EngineError::Ambiguous { image: text(), repo_digests: Vec::new() }.into(),
        ]
    }

    /// The kind and the diagnostic of an error always have the same exit code.
    #[test]
    fn kinds_and_diagnostics_have_the_same_exit_code() {
        for error in errors() {
            let failure = Failure::from(error.clone());
            assert_eq!(kind(&error).exit(), error.to_diagnostic().exit(), "{error:?}");
            assert_eq!(failure.to_diagnostic(), error.to_diagnostic());
        }
    }

    /// Only `NotFound` may mean that something does not exist. With mirrors the most severe error counts.
    #[test]
    fn only_not_found_is_not_found() {
        for error in errors() {
            assert_eq!(kind(&error) == RegistryFailure::NotFound, error.is_not_found(), "{error:?}");
        }
        let unreachable = errors().into_iter().filter(|error| kind(error) == RegistryFailure::Unreachable);
        assert_eq!(unreachable.count(), 1);
    }

    #[test]
    fn the_object_of_a_failure_changes_only_its_diagnostic() {
        for error in errors() {
            let failure = Failure::from(error.clone()).about("referrers of the image");
            let Failure::Registry { kind: converted, diagnostic } = failure else { panic!("{failure:?}") };
            assert_eq!(converted, kind(&error));
            assert_eq!(*diagnostic, error.to_diagnostic().about("referrers of the image"));
        }
    }
}
