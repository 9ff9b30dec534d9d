//! Errors of registries, layouts, archives and the cache.
//!
//! Each cause has its own variant: a refusal or an outage must never be taken for "not found". Only
//! [`Error::NotFound`] means that an object does not exist.

use std::time::Duration;

use super::engine::EngineError;
use super::transport::{ConnectionFailure, hosts};
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::Exceeded;
use crate::oci::{self, Digest};

/// A failed request to a registry, a layout or the cache. `what` names the object, such as
/// `manifest dhi.io/python:3.13`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The registry or layout does not have the object (HTTP 404).
    #[error("{what} does not exist")]
    NotFound {
        /// The object.
        what: String,
    },
    /// HTTP 403. Some registries answer so for objects that do not exist.
    #[error("{host} refuses {what}")]
    Forbidden {
        /// The registry.
        host: String,
        /// The object.
        what: String,
        /// The answer's status and message, secrets removed.
        answer: String,
        /// Whether credentials were sent.
        logged_in: bool,
        /// Whether another object of the repository was read in this run, so that no login is missing.
        readable: bool,
    },
    /// HTTP 401, or a refusal by the token server.
    #[error("{host} refuses {what}")]
    Unauthorized {
        /// The registry.
        host: String,
        /// The object.
        what: String,
        /// The answer's status and message, secrets removed.
        answer: String,
        /// Whether credentials were sent.
        logged_in: bool,
    },
    /// HTTP 401 or 403 for a write, or a refusal by the token server.
    #[error("{host} refuses to store {what}")]
    PushRefused {
        /// The registry.
        host: String,
        /// The object.
        what: String,
        /// The answer's status and message, secrets removed.
        answer: String,
        /// Whether credentials were sent.
        logged_in: bool,
    },
    /// A referrer is stored, but the list of referrers of its subject could not be changed.
    #[error("{what} is stored, but not in the list of referrers of its subject: {cause}")]
    Unlisted {
        /// The referrer.
        what: String,
        /// The request that failed.
        cause: Box<Error>,
    },
    /// A referrer is stored, but after all attempts no list of referrers of its subject names it.
    #[error("{what} is stored, but the list of referrers of its subject does not name it")]
    Contended {
        /// The referrer.
        what: String,
        /// Attempts made.
        attempts: u32,
    },
    /// The lock on a list of referrers could not be taken.
    #[error("the list of referrers of {what} cannot be locked: {cause}")]
    LockTimeout {
        /// The subject of the list, or the layout.
        what: String,
        /// Why the lock is not available.
        cause: String,
        /// What to do.
        remedy: Remedy,
    },
    /// A file or variable with logins that cannot be read.
    #[error("{origin} cannot be used: {cause}")]
    LoginFile {
        /// The file or variable, such as `` the login file `config.json` ``.
        origin: String,
        /// What is wrong, without any content of the file.
        cause: String,
    },
    /// A credential helper that is missing, fails, or exceeds its time.
    #[error("the credential helper `{helper}` failed for {host}")]
    Helper {
        /// The registry.
        host: String,
        /// The program.
        helper: String,
        /// What is wrong, without any output of the helper.
        cause: String,
    },
    /// HTTP 407 of a proxy.
    #[error("the proxy demands a login for {what} at {host}")]
    Proxy {
        /// The host behind the proxy.
        host: String,
        /// The object.
        what: String,
        /// Whether the proxy's URL has a login.
        logged_in: bool,
    },
    /// The mirrors and the registry itself failed for different reasons.
    #[error("{worst}")]
    Mirrored {
        /// The most severe failure.
        worst: Box<Error>,
        /// The others, in the order in which they occurred.
        others: Vec<Error>,
    },
    /// The challenge names a token server to which credentials must not be sent.
    #[error("{host} names the token server {realm}, which is of another site")]
    RealmRefused {
        /// The registry.
        host: String,
        /// The token server, without query.
        realm: String,
    },
    /// HTTP 429 on every attempt.
    #[error("{host} limits the rate of requests, at {what}")]
    RateLimited {
        /// The registry.
        host: String,
        /// The object.
        what: String,
        /// The last value of `Retry-After`.
        retry_after: Option<Duration>,
        /// Attempts made.
        attempts: u32,
    },
    /// No response: DNS, connection, TLS, timeout or a broken stream, on every attempt.
    #[error("{}", unreachable(host, what, failure))]
    Unreachable {
        /// The registry.
        host: String,
        /// The object.
        what: String,
        /// The failure.
        failure: ConnectionFailure,
        /// Attempts made.
        attempts: u32,
    },
    /// HTTP 5xx on every attempt, or a status that the distribution specification does not have.
    #[error("{host} answers {status} for {what}")]
    Server {
        /// The registry.
        host: String,
        /// The object.
        what: String,
        /// Status code.
        status: u16,
        /// The beginning of the response's message, secrets removed.
        answer: String,
        /// Attempts made.
        attempts: u32,
    },
    /// The bytes do not have the requested digest.
    #[error("{what} does not have the bytes of its digest")]
    Digest {
        /// The object.
        what: String,
        /// The requested digest.
        expected: Digest,
        /// The digest of the received bytes.
        found: Digest,
    },
    /// The bytes do not have the size in the descriptor.
    #[error("{what} does not have the size in its descriptor")]
    Size {
        /// The object.
        what: String,
        /// The size in the descriptor, in bytes.
        expected: u64,
        /// The received bytes (at least).
        found: u64,
    },
    /// A response that is not JSON by its `Content-Type`, such as a login page.
    #[error("{what} cannot be used: the registry calls it `{media_type}`, not JSON")]
    NotJson {
        /// The object.
        what: String,
        /// Its media type, made safe to display.
        media_type: String,
    },
    /// A response that cannot be used: JSON that does not parse, or an unexpected kind of document.
    #[error("{what} cannot be used: {cause}")]
    BadContent {
        /// The object.
        what: String,
        /// What is wrong.
        cause: String,
    },
    /// A limit was exceeded.
    #[error("{what}: {exceeded}")]
    Limit {
        /// The object.
        what: String,
        /// Which limit.
        exceeded: Exceeded,
    },
    /// The network is forbidden, and the cache does not have the object.
    #[error("{what} is not in the cache, and the network is forbidden")]
    Offline {
        /// The object.
        what: String,
    },
    /// A write to a registry while the network is forbidden.
    #[error("{what} cannot be stored: the network is forbidden")]
    OfflinePush {
        /// The object.
        what: String,
    },
    /// Plain HTTP was requested for a host that is not on this machine.
    #[error("plain HTTP is not used for {host}: it is not a loopback address")]
    PlainHttp {
        /// The registry.
        host: String,
    },
    /// A file of a layout that cannot be written: no space, no permission, or a read-only file system.
    #[error("{path} cannot be written: {cause}")]
    Write {
        /// The directory or file.
        path: String,
        /// The message of the operating system.
        cause: String,
        /// What to do, where that is known.
        remedy: Option<Remedy>,
    },
    /// A write to an archive.
    #[error("{path} is an archive: archives are read-only")]
    ReadOnly {
        /// The file.
        path: String,
    },
    /// A file that is not a readable tar archive of an OCI image layout.
    #[error("{path} is not a readable OCI archive: {cause}")]
    Archive {
        /// The file, and the entry where the error is in one.
        path: String,
        /// The cause.
        cause: String,
        /// What to do.
        remedy: Remedy,
    },
    /// An archive with Docker's `manifest.json`. The file cannot hold attestations, and an engine loads the image that
    /// it names, which may differ from the OCI layout in the same archive.
    #[error("{path} is an archive of `docker save`: its `manifest.json` cannot hold attestations")]
    DockerArchive {
        /// The file.
        path: String,
    },
    /// A tag or name that refers to several images of a layout.
    #[error("`{name}` names several images of `{layout}`")]
    AmbiguousName {
        /// The layout, as references name it.
        layout: String,
        /// The tag or name.
        name: String,
        /// The images, once for each of their names.
        images: Vec<(String, Digest)>,
    },
    /// A reference to a layout or archive whose text can mean several paths that all exist.
    #[error("`{reference}` can mean {} paths that exist", paths.len())]
    AmbiguousPath {
        /// The reference as the user gave it.
        reference: String,
        /// The paths, as references name them.
        paths: Vec<String>,
    },
    /// The local engine did not describe an image, or an image of it was used as a repository.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A directory that is not a readable OCI image layout.
    #[error("{path} is not a readable OCI image layout: {cause}")]
    Layout {
        /// The directory or file.
        path: String,
        /// The cause.
        cause: String,
    },
}

impl Error {
    /// Whether the object does not exist. No other error means absence.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether the registry responded with something other than the object, and no digest is contradicted.
    ///
    /// After a HEAD, which only saves work, such an error is followed by the full request. Without a response (an
    /// outage) it is not.
    pub(super) fn is_answer(&self) -> bool {
        match self {
            Self::NotFound { .. }
            | Self::Forbidden { .. }
            | Self::Unauthorized { .. }
            | Self::RateLimited { .. }
            | Self::Server { .. }
            | Self::NotJson { .. }
            | Self::BadContent { .. }
            | Self::Limit { .. } => true,
            Self::Mirrored { worst, others } => worst.is_answer() && others.iter().all(Self::is_answer),
            _ => false,
        }
    }

    /// Whether the registry withholds the object. Some registries respond so for objects that do not exist, so it is
    /// unknown whether the object exists. Other sources may be queried; it never counts as absent.
    pub fn is_withheld(&self) -> bool {
        match self {
            Self::Forbidden { .. } | Self::NotJson { .. } => true,
            Self::Mirrored { worst, others } => {
                worst.is_withheld() && others.iter().all(|other| other.is_withheld() || other.is_not_found())
            }
            _ => false,
        }
    }

    /// The same error with this number of attempts.
    pub(super) fn after(mut self, made: u32) -> Self {
        if let Self::RateLimited { attempts, .. }
        | Self::Unreachable { attempts, .. }
        | Self::Server { attempts, .. } = &mut self
        {
            *attempts = made;
        }
        self
    }

    /// The error for a document that does not parse.
    pub(crate) fn bad(what: impl Into<String>, cause: &oci::Error) -> Self {
        Self::BadContent { what: what.into(), cause: cause.to_string() }
    }
}

/// The message of [`Error::Unreachable`]. It names the object only if the failure may be that of one request, so that
/// the failure of a host is the same for all objects.
fn unreachable(host: &str, what: &str, failure: &ConnectionFailure) -> String {
    if failure.is_of_host() {
        format!("{host} cannot be reached: {failure}")
    } else {
        format!("{host} does not complete the request for {what}: {failure}")
    }
}

/// What to do about a failed connection to `host`.
fn connection_remedy(failure: &ConnectionFailure, host: &str) -> Option<Remedy> {
    let host = || host.to_owned();
    match failure {
        ConnectionFailure::NameNotFound => Some(Remedy::CheckHostName),
        ConnectionFailure::NameUnknown | ConnectionFailure::NoRoute | ConnectionFailure::ConnectTimeout => {
            Some(Remedy::CheckNetwork)
        }
        ConnectionFailure::Refused => Some(Remedy::CheckPort),
        ConnectionFailure::ClientCertificateRequired => Some(Remedy::GiveClientCertificate),
        // The TLS alert that demands a certificate can arrive after the connection has failed.
        ConnectionFailure::ClosedEarly => Some(Remedy::GiveClientCertificateIfDemanded),
        ConnectionFailure::UnknownCa => Some(Remedy::GiveCertificateAuthority),
        ConnectionFailure::CertificateExpired | ConnectionFailure::CertificateNotYetValid => {
            Some(Remedy::CheckCertificateDates)
        }
        ConnectionFailure::CertificateForOtherName { .. } => Some(Remedy::UseCertificateName),
        ConnectionFailure::NotTls | ConnectionFailure::HandshakeClosed
            if hosts::is_this_machine(hosts::without_port(&host())) =>
        {
            Some(Remedy::AllowPlainHttp { host: host() })
        }
        ConnectionFailure::ProxyUnreachable { .. } | ConnectionFailure::ProxyRefused { .. } => {
            Some(Remedy::CheckProxy { host: hosts::without_port(&host()).to_owned() })
        }
        _ => None,
    }
}

impl ToDiagnostic for Error {
    fn to_diagnostic(&self) -> Diagnostic {
        let text = self.to_string();
        match self {
            Self::NotFound { .. } => Diagnostic::new(Code::REGISTRY_NOT_FOUND, text),
            Self::Forbidden { answer, logged_in, readable: true, .. } => {
                let login = if *logged_in { "accepted for the repository" } else { "not needed so far" };
                Diagnostic::new(Code::REGISTRY_UNAUTHORIZED, text)
                    .fact("answer", answer)
                    .fact("login", login)
                    .remedy(Remedy::AnswerNotFound)
            }
            Self::Forbidden { host, answer, logged_in, .. }
            | Self::Unauthorized { host, answer, logged_in, .. } => {
                Diagnostic::new(Code::REGISTRY_UNAUTHORIZED, text)
                    .fact("answer", answer)
                    .fact("login", if *logged_in { "sent and refused" } else { "none found" })
                    .remedy(Remedy::LogIn { host: host.clone(), refused: *logged_in })
            }
            Self::PushRefused { host, answer, logged_in, .. } => {
                Diagnostic::new(Code::REGISTRY_UNAUTHORIZED, text)
                    .fact("answer", answer)
                    .fact("login", if *logged_in { "sent and refused" } else { "none found" })
                    .remedy(Remedy::LogInToPush { host: host.clone(), refused: *logged_in })
            }
            Self::Unlisted { what, cause } => {
                let inner = cause.to_diagnostic();
                let diagnostic = Diagnostic { message: text, ..inner }.fact("stored already", what);
                match **cause {
                    Self::Forbidden { readable: true, .. } => {
                        Diagnostic { remedies: Vec::new(), ..diagnostic }
                            .fact("refused", "a read of the list, before it is changed")
                            .remedy(Remedy::AnswerNotFoundBeforeWriting)
                    }
                    _ => diagnostic,
                }
            }
            Self::Contended { attempts, .. } => Diagnostic::new(Code::REGISTRY_CONTENDED, text)
                .fact("attempts", attempts)
                .remedy(Remedy::RunAgainAlone),
            Self::LockTimeout { remedy, .. } => {
                Diagnostic::new(Code::REGISTRY_LOCK_TIMEOUT, text).remedy(remedy.clone())
            }
            Self::LoginFile { .. } => Diagnostic::new(Code::USAGE_CONFIG, text),
            Self::Helper { helper, cause, .. } => Diagnostic::new(Code::REGISTRY_UNAUTHORIZED, text)
                .fact("cause", cause)
                .remedy(Remedy::CheckCredentialHelper { helper: helper.clone() }),
            Self::Proxy { logged_in, .. } => Diagnostic::new(Code::REGISTRY_PROXY, text)
                .fact("login", if *logged_in { "sent and refused" } else { "none found" })
                .remedy(Remedy::SetProxyLogin),
            Self::Mirrored { worst, others } => {
                others.iter().fold(worst.to_diagnostic(), |diagnostic, other| diagnostic.fact("also", other))
            }
            Self::RealmRefused { host, realm } => {
                let server =
                    realm.split("//").last().and_then(|rest| rest.split('/').next()).unwrap_or(realm);
                Diagnostic::new(Code::REGISTRY_REALM_REFUSED, text)
                    .remedy(Remedy::AllowTokenServer { registry: host.clone(), server: server.to_owned() })
            }
            Self::RateLimited { retry_after, attempts, .. } => {
                Diagnostic::new(Code::REGISTRY_RATE_LIMITED, text)
                    .fact("attempts", attempts)
                    .remedy(Remedy::RetryLater { after: *retry_after })
            }
            Self::Unreachable { host, failure, attempts, .. } => {
                let diagnostic = Diagnostic::new(Code::REGISTRY_UNREACHABLE, text);
                let diagnostic = match failure {
                    ConnectionFailure::CertificateForOtherName { names } if !names.is_empty() => {
                        diagnostic.fact("certificate for", names.join(", "))
                    }
                    _ => diagnostic,
                };
                diagnostic.fact("attempts", attempts).maybe_remedy(connection_remedy(failure, host))
            }
            Self::Server { host, answer, attempts, .. } => Diagnostic::new(Code::REGISTRY_SERVER_ERROR, text)
                .fact("answer", answer)
                .fact("attempts", attempts)
                .remedy(Remedy::AskOperator { host: host.clone() }),
            Self::Digest { expected, found, .. } => {
                Diagnostic::new(Code::TRUST_TAMPERED, text).fact("expected", expected).fact("found", found)
            }
            Self::Size { expected, found, .. } => Diagnostic::new(Code::TRUST_TAMPERED, text)
                .fact("expected", format_args!("{expected} bytes"))
                .fact("found", format_args!("{found} bytes")),
            Self::NotJson { .. } | Self::BadContent { .. } => {
                Diagnostic::new(Code::REGISTRY_UNUSABLE_ANSWER, text)
            }
            Self::Limit { what, exceeded } => {
                let inner = exceeded.to_diagnostic();
                Diagnostic { message: format!("{what}: {}", inner.message), ..inner }
            }
            Self::Offline { .. } => {
                Diagnostic::new(Code::REGISTRY_OFFLINE, text).remedy(Remedy::VerifyOnline)
            }
            Self::OfflinePush { .. } => {
                Diagnostic::new(Code::REGISTRY_OFFLINE, text).remedy(Remedy::WriteOnline)
            }
            Self::PlainHttp { .. } => Diagnostic::new(Code::REGISTRY_PLAIN_HTTP, text),
            Self::Write { remedy, .. } => {
                Diagnostic::new(Code::OUTPUT_WRITE, text).maybe_remedy(remedy.clone())
            }
            Self::ReadOnly { .. } => {
                Diagnostic::new(Code::USAGE_ARGUMENTS, text).remedy(Remedy::UnpackArchive)
            }
            Self::Archive { remedy, .. } => {
                Diagnostic::new(Code::REGISTRY_ARCHIVE, text).remedy(remedy.clone())
            }
            Self::DockerArchive { .. } => {
                Diagnostic::new(Code::REGISTRY_DOCKER_ARCHIVE, text).remedy(Remedy::TakeFromRegistry)
            }
            Self::AmbiguousName { layout, name, images } => {
                let diagnostic = Diagnostic::new(Code::USAGE_REFERENCE, text);
                let diagnostic = images.iter().fold(diagnostic, |diagnostic, (name, digest)| {
                    diagnostic.fact("image", format_args!("{name}  {digest}"))
                });
                let unambiguous = |(candidate, digest): &(String, Digest)| {
                    let is_unique = images.iter().all(|(other, of)| other != candidate || of == digest);
                    (candidate != name && is_unique).then(|| format!("{layout}:{candidate}"))
                };
                match (images.iter().find_map(unambiguous), images.first()) {
                    (Some(reference), _) => diagnostic.remedy(Remedy::NameLayoutImage { reference }),
                    (None, Some((_, digest))) => {
                        diagnostic.remedy(Remedy::NameImage { reference: format!("{layout}@{digest}") })
                    }
                    (None, None) => diagnostic,
                }
            }
            Self::AmbiguousPath { paths, .. } => {
                let diagnostic = Diagnostic::new(Code::USAGE_REFERENCE, text);
                let diagnostic =
                    paths.iter().fold(diagnostic, |diagnostic, path| diagnostic.fact("path", path));
                diagnostic.remedy(Remedy::UseOtherPath)
            }
            Self::Engine(error) => error.to_diagnostic(),
            Self::Layout { .. } => Diagnostic::new(Code::REGISTRY_LAYOUT, text).remedy(Remedy::WriteLayout),
        }
    }
}
