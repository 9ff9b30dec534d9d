//! Why a registry or layout did not give what was asked for. The causes are kept apart, because "refused"
//! and "down" must never look like "none".

use std::time::Duration;

use super::engine::EngineError;
use super::transport::ConnectionFailure;
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::Exceeded;
use crate::oci::{self, Digest};

/// A failed request to a registry, a layout or the cache. `what` names the object, such as
/// `manifest dhi.io/python:3.13`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The registry or layout says that it does not have it (HTTP 404).
    #[error("{what} does not exist")]
    NotFound {
        /// The object.
        what: String,
    },
    /// HTTP 403 for something of a repository. Some registries answer so for what does not exist.
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
        /// Whether the registry gave something else of the repository, so that no login is missing.
        readable: bool,
    },
    /// HTTP 401, or a token endpoint that refuses.
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
    /// HTTP 401 or 403, or a token endpoint that refuses, where something was to be stored.
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
    /// A referrer is stored, and why no list of referrers of its subject can be made to name it.
    #[error("{what} is stored, but not in the list of referrers of its subject: {cause}")]
    Unlisted {
        /// The referrer.
        what: String,
        /// The request that failed.
        cause: Box<Error>,
    },
    /// A referrer is stored, but to the end of all attempts no list of referrers of its subject names it.
    #[error("{what} is stored, but the list of referrers of its subject does not name it")]
    Contended {
        /// The referrer.
        what: String,
        /// Attempts made.
        attempts: u32,
    },
    /// The turn to change a list did not come.
    #[error("the turn to change what refers to {what} does not come: {cause}")]
    LockTimeout {
        /// The subject of the list, or the layout.
        what: String,
        /// What is in the way.
        cause: String,
        /// What to do.
        remedy: Remedy,
    },
    /// A file or variable with logins that cannot be read.
    #[error("{origin} cannot be used: {cause}")]
    LoginFile {
        /// The file or variable, such as `` the login file `config.json` ``.
        origin: String,
        /// What is wrong, without anything that stands in it.
        cause: String,
    },
    /// A credential helper that is missing, fails, or does not answer.
    #[error("the credential helper `{helper}` gives no answer for {host}")]
    Helper {
        /// The registry.
        host: String,
        /// The program.
        helper: String,
        /// What is wrong, without anything that it printed.
        cause: String,
    },
    /// HTTP 407 of a proxy.
    #[error("the proxy demands a login to let {what} of {host} through")]
    Proxy {
        /// The host behind the proxy.
        host: String,
        /// The object.
        what: String,
        /// Whether a login stands in the proxy's URL.
        logged_in: bool,
    },
    /// Neither a mirror nor the registry itself gave it, for different reasons.
    #[error("{worst}")]
    Mirrored {
        /// The most severe failure.
        worst: Box<Error>,
        /// The others, in the order in which they were met.
        others: Vec<Error>,
    },
    /// The challenge names a token server to which credentials must not go.
    #[error("{host} asks for a login at {realm}, which is not of the same site")]
    RealmRefused {
        /// The registry.
        host: String,
        /// The token server, without query.
        realm: String,
    },
    /// HTTP 429 to the end of all attempts.
    #[error("{host} allows no more requests for now, asked for {what}")]
    RateLimited {
        /// The registry.
        host: String,
        /// The object.
        what: String,
        /// What `Retry-After` said last.
        retry_after: Option<Duration>,
        /// Attempts made.
        attempts: u32,
    },
    /// No answer: name, connection, TLS, timeout or a broken stream, to the end of all attempts.
    #[error("{host} cannot be reached for {what}")]
    Unreachable {
        /// The registry.
        host: String,
        /// The object.
        what: String,
        /// What kind of cause it is.
        obstacle: ConnectionFailure,
        /// The cause, innermost last.
        cause: String,
        /// Attempts made.
        attempts: u32,
    },
    /// HTTP 5xx to the end of all attempts, or an answer that no registry should give.
    #[error("{host} answers {status} for {what}")]
    Server {
        /// The registry.
        host: String,
        /// The object.
        what: String,
        /// Status code.
        status: u16,
        /// The beginning of the answer.
        answer: String,
        /// Attempts made.
        attempts: u32,
    },
    /// The bytes have another digest than was asked for.
    #[error("{what} has other bytes than its digest says")]
    Digest {
        /// The object.
        what: String,
        /// The digest asked for.
        expected: Digest,
        /// The digest of the bytes that came.
        found: Digest,
    },
    /// The bytes have another size than the descriptor says.
    #[error("{what} has another size than its descriptor says")]
    Size {
        /// The object.
        what: String,
        /// Bytes promised.
        expected: u64,
        /// Bytes that came (at least).
        found: u64,
    },
    /// An answer that is not JSON by its `Content-Type`: a login page, a text.
    #[error("{what} cannot be used: the registry calls it `{media_type}`, not JSON")]
    NotJson {
        /// The object.
        what: String,
        /// Its media type, fit to be shown.
        media_type: String,
    },
    /// An answer that cannot be used: JSON that does not parse, a list that is no list.
    #[error("{what} cannot be used: {cause}")]
    BadContent {
        /// The object.
        what: String,
        /// What is wrong.
        cause: String,
    },
    /// A bound was reached.
    #[error("{what}: {exceeded}")]
    Limit {
        /// The object.
        what: String,
        /// Which bound.
        exceeded: Exceeded,
    },
    /// The network is forbidden, and the cache does not have it.
    #[error("{what} is not in the cache, and the network is forbidden")]
    Offline {
        /// The object.
        what: String,
    },
    /// The network is forbidden, and something was to be stored in a registry.
    #[error("{what} cannot be stored, the network is forbidden")]
    OfflinePush {
        /// The object.
        what: String,
    },
    /// Plain HTTP was asked for a host that is not on this machine.
    #[error("plain HTTP is not used for {host}: it is not a loopback address")]
    PlainHttp {
        /// The registry.
        host: String,
    },
    /// A file of a layout that the system does not let be written: no space, no right, a file system that is only
    /// read.
    #[error("{path} cannot be written: {cause}")]
    Write {
        /// The directory or file.
        path: String,
        /// The system's words.
        cause: String,
        /// What to do, where that is known.
        remedy: Option<Remedy>,
    },
    /// Something was to be stored in an archive.
    #[error("{path} is an archive, which is only read")]
    ReadOnly {
        /// The file.
        path: String,
    },
    /// A file that is not a tar archive with an OCI image layout in it, or cannot be read.
    #[error("{path} is not a readable OCI archive: {cause}")]
    Archive {
        /// The file, and the entry where it is one.
        path: String,
        /// The cause.
        cause: String,
        /// What to do.
        remedy: Remedy,
    },
    /// An archive with Docker's own `manifest.json`, which has no place for attestations, and which names what an
    /// engine loads, whatever an OCI layout beside it says.
    #[error("{path} is an archive of `docker save`: its `manifest.json` cannot hold attestations")]
    DockerArchive {
        /// The file.
        path: String,
    },
    /// A tag or name that several images of a layout have.
    #[error("`{name}` names several images of `{layout}`")]
    AmbiguousName {
        /// The layout, as references name it.
        layout: String,
        /// The tag or name.
        name: String,
        /// The images, each under every name that it has.
        images: Vec<(String, Digest)>,
    },
    /// The path of a layout or archive that can be read in several ways, each of which exists.
    #[error("`{reference}` can mean {} paths that exist", paths.len())]
    AmbiguousPath {
        /// As given.
        reference: String,
        /// The paths, as references name them.
        paths: Vec<String>,
    },
    /// The local engine did not say what it was asked, or an image of it stands in the place of a repository.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A directory that is not an OCI image layout, or cannot be read.
    #[error("{path} is not a readable OCI image layout: {cause}")]
    Layout {
        /// The directory or file.
        path: String,
        /// The cause.
        cause: String,
    },
}

impl Error {
    /// Whether this is a real "not found": the only error that may ever mean "none".
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Whether an answer came, and neither is what was asked for nor contradicts a digest. What only saves a request (a
    /// HEAD) is then followed by the request itself; no answer at all is not.
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

    /// Whether the registry withholds it: some registries answer so for what does not exist, so that it is unknown
    /// whether it does. Other sources may be asked in its place. It is never an absence.
    pub fn is_withheld(&self) -> bool {
        match self {
            Self::Forbidden { .. } | Self::NotJson { .. } => true,
            Self::Mirrored { worst, others } => {
                worst.is_withheld() && others.iter().all(|other| other.is_withheld() || other.is_not_found())
            }
            _ => false,
        }
    }

    /// The same after so many attempts.
    pub(super) fn after(mut self, made: u32) -> Self {
        if let Self::RateLimited { attempts, .. }
        | Self::Unreachable { attempts, .. }
        | Self::Server { attempts, .. } = &mut self
        {
            *attempts = made;
        }
        self
    }

    /// A document that does not parse.
    pub(crate) fn bad(what: impl Into<String>, cause: &oci::Error) -> Self {
        Self::BadContent { what: what.into(), cause: cause.to_string() }
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
            Self::Unreachable { host, obstacle, cause, attempts, .. } => {
                let diagnostic = Diagnostic::new(Code::REGISTRY_UNREACHABLE, text)
                    .fact("cause", cause)
                    .fact("attempts", attempts);
                let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
                match obstacle {
                    ConnectionFailure::ClientCertificateRequired => {
                        diagnostic.remedy(Remedy::GiveClientCertificate)
                    }
                    // The alert can come too late to be the cause that is told.
                    ConnectionFailure::ClosedEarly => {
                        diagnostic.remedy(Remedy::GiveClientCertificateIfDemanded)
                    }
                    ConnectionFailure::UnknownCa => diagnostic.remedy(Remedy::GiveCertificateAuthority),
                    ConnectionFailure::Other if matches!(name, "localhost" | "127.0.0.1" | "[::1]") => {
                        diagnostic.remedy(Remedy::AllowPlainHttp { host: host.clone() })
                    }
                    ConnectionFailure::NotConnected
                    | ConnectionFailure::Denied
                    | ConnectionFailure::Other => diagnostic,
                }
            }
            Self::Server { answer, attempts, .. } => Diagnostic::new(Code::REGISTRY_SERVER_ERROR, text)
                .fact("answer", answer)
                .fact("attempts", attempts),
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
                let one = |(own, digest): &(String, Digest)| {
                    // A name that only one of them has.
                    let is_one = own != name && images.iter().all(|(other, of)| other != own || of == digest);
                    is_one.then(|| format!("{layout}:{own}"))
                };
                match (images.iter().find_map(one), images.first()) {
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
