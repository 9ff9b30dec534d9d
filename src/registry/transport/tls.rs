//! TLS settings, for all hosts and for single ones.
//!
//! Invariants: CA certificates are added to those of the platform and replace none, the check of a server's certificate
//! is skipped only for hosts that the user names, and a client certificate is sent only to hosts to which a login may
//! be sent.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{ClientBuilder, Url};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::hosts;
use crate::oci::reference::DOCKER_HUB;
use crate::registry::Secret;

/// The host of Docker Hub's API.
pub(in crate::registry) const DOCKER_HUB_API: &str = "registry-1.docker.io";

/// TLS settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// CA certificates that are trusted in addition to those of the platform.
    pub ca_certificates: Vec<CaCertificates>,
    /// The certificate that is sent to servers that request one.
    pub client: Option<ClientCertificate>,
    /// Whether the check of the server's certificate is skipped.
    pub insecure: bool,
}

/// Certificates of certificate authorities, DER.
#[derive(Clone, PartialEq, Eq)]
pub struct CaCertificates(Vec<Vec<u8>>);

/// A certificate chain and its private key.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// Both, PEM.
    pem: Secret,
}

impl CaCertificates {
    /// Reads one or more PEM certificates.
    ///
    /// # Errors
    ///
    /// A text with the cause.
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
    /// Reads a PEM certificate chain, the client's certificate first, and its private key without password.
    ///
    /// # Errors
    ///
    /// A text with the cause, which quotes nothing of the files.
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
        // The files may hold other PEM blocks; only these are passed on.
        let mut text: String = certificates.iter().map(|der| pem("CERTIFICATE", der)).collect();
        text.push_str(&pem(label, private.secret_der()));
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        rustls::sign::CertifiedKey::from_der(certificates, private, &provider).map_err(
            |error| match error {
                rustls::Error::InconsistentKeys(_) => "the key does not belong to the certificate".to_owned(),
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

/// The TLS settings for all hosts and for single hosts.
#[derive(Debug, Default)]
pub(in crate::registry) struct TlsSettings {
    default: Tls,
    by_host: Vec<(String, Tls)>,
}

/// The settings that apply to a host. Hosts with equal selections share a client.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct TlsSelection {
    matching_hosts: Vec<usize>,
    sends_client_certificate: bool,
}

impl TlsSelection {
    /// Whether the client certificate for all hosts may be sent.
    pub(super) fn sends_client_certificate(&self) -> bool {
        self.sends_client_certificate
    }
}

impl TlsSettings {
    /// `default` applies to every host, `by_host` (`HOST[:PORT]`) in addition to single ones.
    pub(in crate::registry) fn new(all: Tls, one: Vec<(String, Tls)>) -> Self {
        Self {
            default: all,
            by_host: one.into_iter().map(|(host, tls)| (host.to_ascii_lowercase(), tls)).collect(),
        }
    }

    /// Selects the settings for `url`. The client certificate for all hosts is sent only if `may_send_login`.
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

    /// Applies the selected settings to a client.
    pub(super) fn apply(
        &self,
        selection: &TlsSelection,
        builder: ClientBuilder,
    ) -> reqwest::Result<ClientBuilder> {
        let for_host =
            || selection.matching_hosts.iter().filter_map(|at| self.by_host.get(*at)).map(|(_, tls)| tls);
        let mut authorities = Vec::new();
        for der in std::iter::once(&self.default)
            .chain(for_host())
            .flat_map(|tls| &tls.ca_certificates)
            .flat_map(|all| &all.0)
        {
            authorities.push(reqwest::Certificate::from_der(der)?);
        }
        let mut builder = builder.tls_certs_merge(authorities);
        let general = self.default.client.as_ref().filter(|_| selection.sends_client_certificate);
        if let Some(client) = for_host().find_map(|tls| tls.client.as_ref()).or(general) {
            builder = builder.identity(reqwest::Identity::from_pem(client.pem.expose().as_bytes())?);
        }
        if self.default.insecure || for_host().any(|tls| tls.insecure) {
            builder = builder.tls_danger_accept_invalid_certs(true);
        }
        Ok(builder)
    }
}

/// Whether the setting `HOST[:PORT]` applies to `host`, given with its port.
pub(in crate::registry) fn matches_host(setting: &str, host: &str) -> bool {
    setting == host || setting == hosts::without_port(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_settings_apply_to_their_hosts_and_ports() {
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
    fn errors_about_certificates_quote_no_content() {
        for pem in ["", "hunter2", "-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----\n"] {
            let error = CaCertificates::from_pem(pem.as_bytes()).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
            let error = ClientCertificate::from_pem(pem.as_bytes(), pem.as_bytes()).unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
