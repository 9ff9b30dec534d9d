//! Certificates are only ever added to what the platform trusts, the check of a server's certificate is left out
//! for no host but those named, and a client certificate is shown only where a login would be.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{ClientBuilder, Url};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::hosts;
use crate::oci::reference::DOCKER_HUB;
use crate::registry::Secret;

/// Where Docker Hub's API is.
pub(in crate::registry) const DOCKER_HUB_API: &str = "registry-1.docker.io";

/// How TLS is spoken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// Certificate authorities that are trusted besides the platform's.
    pub ca_certificates: Vec<CaCertificates>,
    /// What this client shows of itself where a server asks for it.
    pub client: Option<ClientCertificate>,
    /// Whether the server's certificate is not checked at all.
    pub insecure: bool,
}

/// Certificates of authorities.
#[derive(Clone, PartialEq, Eq)]
pub struct CaCertificates(Vec<Vec<u8>>);

/// A certificate chain and its private key.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// Both, PEM.
    pem: Secret,
}

impl CaCertificates {
    /// Reads one or more PEM certificates. The error says what is wrong.
    pub fn from_pem(pem: &[u8]) -> Result<Self, String> {
        let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<_, _>>()
            .map_err(|error| format!("it is not PEM: {error}"))?;
        if certificates.is_empty() {
            return Err("it has no `BEGIN CERTIFICATE`".to_owned());
        }
        let mut store = rustls::RootCertStore::empty();
        for certificate in &certificates {
            store
                .add(certificate.clone())
                .map_err(|error| format!("a certificate cannot be used: {error}"))?;
        }
        Ok(Self(certificates.iter().map(|certificate| certificate.to_vec()).collect()))
    }
}

impl fmt::Debug for CaCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authorities({})", self.0.len())
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate(***)")
    }
}

impl ClientCertificate {
    /// Reads a PEM certificate chain, its own certificate first, and the private key to it, which has no password.
    /// The error says what is wrong, and quotes nothing.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, String> {
        let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<_, _>>()
            .map_err(|_| "the certificate is not PEM".to_owned())?;
        if certificates.is_empty() {
            return Err("the certificate file has no `BEGIN CERTIFICATE`".to_owned());
        }
        if contains(key, b"ENCRYPTED") {
            return Err("the key is protected by a password".to_owned());
        }
        let private = PrivateKeyDer::from_pem_slice(key)
            .map_err(|_| "the key file has no private key in PEM (`BEGIN PRIVATE KEY`)".to_owned())?;
        let label = match &private {
            PrivateKeyDer::Pkcs1(_) => "RSA PRIVATE KEY",
            PrivateKeyDer::Sec1(_) => "EC PRIVATE KEY",
            _ => "PRIVATE KEY",
        };
        // Each part once, whatever else stands in the files.
        let mut text: String = certificates.iter().map(|der| pem("CERTIFICATE", der)).collect();
        text.push_str(&pem(label, private.secret_der()));
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        rustls::sign::CertifiedKey::from_der(certificates, private, &provider).map_err(
            |error| match error {
                rustls::Error::InconsistentKeys(_) => "the key is not the certificate's".to_owned(),
                _ => "the certificate or its key cannot be used".to_owned(),
            },
        )?;
        Ok(Self { pem: Secret::new(text) })
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}

/// The TLS of all hosts.
#[derive(Debug, Default)]
pub(in crate::registry) struct TlsSettings {
    default: Tls,
    by_host: Vec<(String, Tls)>,
}

/// Which of the settings are for a host. Hosts with the same choice share their connections' client.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct TlsSelection {
    matching_hosts: Vec<usize>,
    sends_client_certificate: bool,
}

impl TlsSelection {
    /// Whether it shows the client certificate that is for all hosts.
    pub(super) fn sends_client_certificate(&self) -> bool {
        self.sends_client_certificate
    }
}

impl TlsSettings {
    /// `all` for every host, and more for single ones, `HOST[:PORT]`.
    pub(in crate::registry) fn new(all: Tls, one: Vec<(String, Tls)>) -> Self {
        Self {
            default: all,
            by_host: one.into_iter().map(|(host, tls)| (host.to_ascii_lowercase(), tls)).collect(),
        }
    }

    /// What is for `url`. `trusted` is whether a login could be shown there: else the client certificate that is
    /// for all hosts is not.
    pub(super) fn select(&self, url: &Url, trusted: bool) -> TlsSelection {
        let host = url.host_str().unwrap_or_default();
        let with_port = format!("{host}:{}", url.port_or_known_default().unwrap_or_default());
        let matches =
            |name: &str| name == host || name == with_port || (host == DOCKER_HUB_API && name == DOCKER_HUB);
        let settings = self
            .by_host
            .iter()
            .enumerate()
            .filter(|(_, (name, _))| matches(name))
            .map(|(at, _)| at)
            .collect();
        TlsSelection {
            matching_hosts: settings,
            sends_client_certificate: trusted && self.default.client.is_some(),
        }
    }

    /// Puts a choice into effect.
    pub(super) fn apply(
        &self,
        choice: &TlsSelection,
        builder: ClientBuilder,
    ) -> reqwest::Result<ClientBuilder> {
        let own = || choice.matching_hosts.iter().filter_map(|at| self.by_host.get(*at)).map(|(_, tls)| tls);
        let mut authorities = Vec::new();
        for der in std::iter::once(&self.default)
            .chain(own())
            .flat_map(|tls| &tls.ca_certificates)
            .flat_map(|all| &all.0)
        {
            authorities.push(reqwest::Certificate::from_der(der)?);
        }
        let mut builder = builder.tls_certs_merge(authorities);
        let general = self.default.client.as_ref().filter(|_| choice.sends_client_certificate);
        if let Some(client) = own().find_map(|tls| tls.client.as_ref()).or(general) {
            builder = builder.identity(reqwest::Identity::from_pem(client.pem.expose().as_bytes())?);
        }
        if self.default.insecure || own().any(|tls| tls.insecure) {
            builder = builder.tls_danger_accept_invalid_certs(true);
        }
        Ok(builder)
    }
}

/// Whether a host of the settings is the host `host` (as it was written, with its port).
pub(in crate::registry) fn matches_host(setting: &str, host: &str) -> bool {
    setting == host || setting == hosts::without_port(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_for_their_hosts_and_ports() {
        let one = ["a.example", "b.example:8443", "docker.io", "[::1]:5000"];
        let hosts = TlsSettings::new(
            Tls::default(),
            one.iter().map(|host| ((*host).into(), Tls::default())).collect(),
        );
        for (url, settings) in [
            ("https://a.example/", vec![0]),
            ("https://a.example:5000/", vec![0]),
            ("https://x.a.example/", vec![]),
            ("https://b.example/", vec![]),
            ("https://b.example:8443/", vec![1]),
            ("https://registry-1.docker.io/", vec![2]),
            ("https://auth.docker.io/", vec![]),
            ("https://[::1]:5000/", vec![3]),
        ] {
            assert_eq!(hosts.select(&url.parse().unwrap(), true).matching_hosts, settings, "{url}");
        }
    }

    #[test]
    fn what_is_no_certificate_is_refused_without_being_quoted() {
        for pem in ["", "hunter2", "-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----\n"] {
            let error = CaCertificates::from_pem(pem.as_bytes()).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
            let error = ClientCertificate::from_pem(pem.as_bytes(), pem.as_bytes()).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
