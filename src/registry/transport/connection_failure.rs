//! Why no complete response was received, in words that do not depend on the libraries.
//!
//! The kind of a library's error decides. Only where a library has no kind, its text does.

use std::error::Error;
use std::{fmt, io};

use rustls::{AlertDescription, CertificateError};

use crate::diagnostic::Causes;

/// Why no complete response was received.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionFailure {
    /// The name has no address in DNS.
    NameNotFound,
    /// DNS does not answer for the name.
    NameUnknown,
    /// The port is closed.
    Refused,
    /// There is no route to the host or its network.
    NoRoute,
    /// No connection could be made in time.
    ConnectTimeout,
    /// No connection could be made, for another reason.
    NotConnected,
    /// The operating system denies the connection.
    Denied,
    /// The server's certificate is issued by an unknown certificate authority.
    UnknownCa,
    /// The server's certificate has expired.
    CertificateExpired,
    /// The server's certificate is not valid yet.
    CertificateNotYetValid,
    /// The server's certificate is for other names.
    CertificateForOtherName {
        /// The names in the certificate, quoted by the TLS library.
        names: Vec<String>,
    },
    /// The server's certificate cannot be used, for another reason.
    CertificateUnusable {
        /// The reason.
        cause: String,
    },
    /// The server demands a client certificate.
    ClientCertificateRequired,
    /// The server does not use TLS on this port.
    NotTls,
    /// The server and the client found no common TLS settings, or the server broke the protocol.
    Handshake {
        /// The cause.
        cause: String,
    },
    /// The server closed the connection within the TLS handshake. A server without TLS may do so.
    HandshakeClosed,
    /// The connection was closed before the request. A server that demands a client certificate may close it so.
    ClosedEarly,
    /// The connection to the proxy failed.
    ProxyUnreachable {
        /// The proxy as `HOST:PORT`.
        proxy: String,
        /// Why.
        failure: Box<ConnectionFailure>,
    },
    /// The proxy does not connect to the host.
    ProxyRefused {
        /// The proxy as `HOST:PORT`.
        proxy: String,
    },
    /// The connection was closed or reset before the response was complete.
    Broken,
    /// There was no response in time.
    NoAnswer,
    /// The response is too slow.
    TooSlow {
        /// The limit that it does not meet.
        cause: String,
    },
    /// The TLS settings cannot be used.
    Settings {
        /// The reason.
        cause: String,
    },
    /// Anything else.
    Other {
        /// The innermost cause.
        cause: String,
    },
}

/// Texts of the libraries that identify a failure for which they have no kind. The first match counts.
const LIBRARY_TEXTS: [(&str, ConnectionFailure); 6] = [
    ("CertificateRequired", ConnectionFailure::ClientCertificateRequired),
    ("invalid peer certificate: UnknownIssuer", ConnectionFailure::UnknownCa),
    ("connection was not ready", ConnectionFailure::ClosedEarly),
    ("Temporary failure in name resolution", ConnectionFailure::NameUnknown),
    ("dns error", ConnectionFailure::NameNotFound),
    ("failed to lookup address information", ConnectionFailure::NameNotFound),
];
/// The start of the text of a proxy's refusal.
const TUNNEL: &str = "tunnel error: ";
/// The text of a failed connection to a proxy, which has a cause of its own.
const TUNNEL_NOT_CONNECTED: &str = "tunnel error: failed to create underlying connection";
/// The text of a connection that was closed within the TLS handshake.
const HANDSHAKE_CLOSED: &str = "tls handshake eof";
/// The text of a connection that was not made.
const NOT_CONNECTED: &str = "tcp connect error";

impl ConnectionFailure {
    /// Classifies an error of the HTTP client. `causes` are its texts, redacted. `proxy` is the proxy for the request.
    pub(super) fn classify(error: &reqwest::Error, causes: &Causes, proxy: Option<String>) -> Self {
        let failure = Self::of_chain(error)
            .or_else(|| Self::of_texts(causes))
            .or_else(|| error.is_timeout().then_some(Self::timeout(error.is_connect())))
            .unwrap_or_else(|| Self::Other { cause: causes.innermost().to_owned() });
        match proxy {
            Some(proxy) if causes.any_contains(TUNNEL) && !causes.any_contains(TUNNEL_NOT_CONNECTED) => {
                Self::ProxyRefused { proxy }
            }
            // Behind a proxy every other failed connection is that to the proxy, except for TLS with the host.
            Some(proxy) if error.is_connect() && !failure.is_tls() => {
                Self::ProxyUnreachable { proxy, failure: Box::new(failure) }
            }
            _ => failure,
        }
    }

    fn timeout(while_connecting: bool) -> Self {
        if while_connecting { Self::ConnectTimeout } else { Self::NoAnswer }
    }

    /// By the kinds of the errors in the chain; the innermost decides.
    fn of_chain(error: &(dyn Error + 'static)) -> Option<Self> {
        let chain = std::iter::successors(Some(error), |&error| error.source());
        chain.filter_map(|error| error.downcast_ref::<io::Error>()).filter_map(Self::of_io).last()
    }

    fn of_io(error: &io::Error) -> Option<Self> {
        let mut innermost = error;
        while let Some(inner) = innermost.get_ref() {
            if let Some(error) = inner.downcast_ref::<rustls::Error>() {
                return Self::of_tls(error);
            }
            let Some(error) = inner.downcast_ref::<io::Error>() else { break };
            innermost = error;
        }
        match innermost.kind() {
            io::ErrorKind::UnexpectedEof if innermost.to_string() == HANDSHAKE_CLOSED => {
                Some(Self::HandshakeClosed)
            }
            io::ErrorKind::ConnectionRefused => Some(Self::Refused),
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => Some(Self::NoRoute),
            io::ErrorKind::PermissionDenied => Some(Self::Denied),
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => Some(Self::Broken),
            _ => None,
        }
    }

    fn of_tls(error: &rustls::Error) -> Option<Self> {
        use rustls::Error as Tls;
        Some(match error {
            Tls::InvalidCertificate(error) => match error {
                CertificateError::UnknownIssuer => Self::UnknownCa,
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    Self::CertificateExpired
                }
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    Self::CertificateNotYetValid
                }
                CertificateError::NotValidForName => Self::CertificateForOtherName { names: Vec::new() },
                CertificateError::NotValidForNameContext { presented, .. } => {
                    Self::CertificateForOtherName { names: presented.clone() }
                }
                other => Self::CertificateUnusable { cause: other.to_string() },
            },
            Tls::AlertReceived(AlertDescription::CertificateRequired) => Self::ClientCertificateRequired,
            Tls::AlertReceived(alert) => {
                Self::Handshake { cause: format!("the server's alert is {alert:?}") }
            }
            Tls::InvalidMessage(_) => Self::NotTls,
            other => Self::Handshake { cause: other.to_string() },
        })
    }

    fn of_texts(causes: &Causes) -> Option<Self> {
        let found = LIBRARY_TEXTS.iter().find(|(words, _)| causes.any_contains(words));
        let found = found.map(|(_, failure)| failure.clone());
        found.or_else(|| causes.any_contains(NOT_CONNECTED).then_some(Self::NotConnected))
    }

    /// Whether the failure is that of TLS with the host.
    fn is_tls(&self) -> bool {
        matches!(
            self,
            Self::UnknownCa
                | Self::CertificateExpired
                | Self::CertificateNotYetValid
                | Self::CertificateForOtherName { .. }
                | Self::CertificateUnusable { .. }
                | Self::ClientCertificateRequired
                | Self::NotTls
                | Self::Handshake { .. }
                | Self::HandshakeClosed
                | Self::ClosedEarly
        )
    }

    /// Whether no request can succeed while it lasts: there was no connection. The requested object has no part in it.
    pub fn is_of_host(&self) -> bool {
        match self {
            Self::NameNotFound
            | Self::NameUnknown
            | Self::Refused
            | Self::NoRoute
            | Self::ConnectTimeout
            | Self::NotConnected
            | Self::Denied
            | Self::UnknownCa
            | Self::CertificateExpired
            | Self::CertificateNotYetValid
            | Self::CertificateForOtherName { .. }
            | Self::CertificateUnusable { .. }
            | Self::ClientCertificateRequired
            | Self::NotTls
            | Self::Handshake { .. }
            | Self::HandshakeClosed
            | Self::ClosedEarly
            | Self::ProxyUnreachable { .. }
            | Self::ProxyRefused { .. }
            | Self::Settings { .. } => true,
            Self::Broken | Self::NoAnswer | Self::TooSlow { .. } | Self::Other { .. } => false,
        }
    }
}

/// The cause in words: `name not found in DNS`.
impl fmt::Display for ConnectionFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameNotFound => f.write_str("name not found in DNS"),
            Self::NameUnknown => f.write_str("DNS does not answer for its name"),
            Self::Refused => f.write_str("connection refused"),
            Self::NoRoute => f.write_str("no route to the host"),
            Self::ConnectTimeout => f.write_str("no connection in time"),
            Self::NotConnected => f.write_str("no connection"),
            Self::Denied => f.write_str("the operating system denies the connection"),
            Self::UnknownCa => f.write_str("its certificate is issued by an unknown authority"),
            Self::CertificateExpired => f.write_str("its certificate has expired"),
            Self::CertificateNotYetValid => f.write_str("its certificate is not valid yet"),
            Self::CertificateForOtherName { .. } => f.write_str("its certificate is for another name"),
            Self::CertificateUnusable { cause } => write!(f, "its certificate cannot be used: {cause}"),
            Self::ClientCertificateRequired => f.write_str("it demands a client certificate"),
            Self::NotTls => f.write_str("it does not use TLS on this port"),
            Self::Handshake { cause } => write!(f, "the TLS handshake failed: {cause}"),
            Self::HandshakeClosed => f.write_str("it closed the connection within the TLS handshake"),
            Self::ClosedEarly => f.write_str("it closed the connection before the request"),
            Self::ProxyUnreachable { proxy, failure } => write!(f, "the proxy {proxy} fails: {failure}"),
            Self::ProxyRefused { proxy } => write!(f, "the proxy {proxy} does not connect to it"),
            Self::Broken => f.write_str("the connection broke"),
            Self::NoAnswer => f.write_str("no answer in time"),
            Self::TooSlow { cause } => write!(f, "the answer comes too slowly: {cause}"),
            Self::Settings { cause } => write!(f, "the TLS settings cannot be used: {cause}"),
            Self::Other { cause } => f.write_str(cause),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_without_a_kind_are_classified_by_text() {
        for (words, expected) in [
            ("received fatal alert: CertificateRequired", Some(ConnectionFailure::ClientCertificateRequired)),
            ("operation was canceled: connection was not ready", Some(ConnectionFailure::ClosedEarly)),
            ("dns error", Some(ConnectionFailure::NameNotFound)),
            ("tcp connect error", Some(ConnectionFailure::NotConnected)),
            ("something else", None),
        ] {
            assert_eq!(ConnectionFailure::of_texts(&Causes::from_message(words)), expected, "{words}");
        }
    }

    #[test]
    fn failures_are_classified_by_the_innermost_kind() {
        let tls = |error: rustls::Error| io::Error::new(io::ErrorKind::InvalidData, error);
        for (error, expected) in [
            (io::ErrorKind::ConnectionRefused.into(), Some(ConnectionFailure::Refused)),
            (io::ErrorKind::NetworkUnreachable.into(), Some(ConnectionFailure::NoRoute)),
            (io::ErrorKind::UnexpectedEof.into(), Some(ConnectionFailure::Broken)),
            (io::ErrorKind::NotFound.into(), None),
            (tls(CertificateError::UnknownIssuer.into()), Some(ConnectionFailure::UnknownCa)),
            (tls(CertificateError::Expired.into()), Some(ConnectionFailure::CertificateExpired)),
            (
                io::Error::other(tls(CertificateError::NotValidYet.into())),
                Some(ConnectionFailure::CertificateNotYetValid),
            ),
            (
                tls(CertificateError::NotValidForName.into()),
                Some(ConnectionFailure::CertificateForOtherName { names: Vec::new() }),
            ),
            (
                tls(rustls::Error::AlertReceived(AlertDescription::CertificateRequired)),
                Some(ConnectionFailure::ClientCertificateRequired),
            ),
            (
                tls(rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType)),
                Some(ConnectionFailure::NotTls),
            ),
        ] {
            assert_eq!(ConnectionFailure::of_io(&error), expected, "{error}");
        }
    }
}
