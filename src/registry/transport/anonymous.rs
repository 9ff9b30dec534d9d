//! Requests without credentials: no login and no client certificate is sent.

use std::path::Path;

use bytes::Bytes;
use reqwest::header::HeaderValue;
use reqwest::{Method, Url};

use super::TransportError;
use super::clients::Clients;
use super::exchange::Transport;
use super::request::{HttpRequest, HttpResponse, Payload, Profile};
use super::tls::{CaCertificates, Tls, TlsSettings};
use crate::limits::Limits;
use crate::registry::Secrets;

impl Transport {
    /// A transport without logins and client certificates. `ca_certificates` are trusted in addition to those of the
    /// platform. `secrets` are redacted from every text.
    pub fn new(limits: Limits, ca_certificates: Vec<CaCertificates>, secrets: Secrets) -> Self {
        secrets.add_environment();
        let tls = Tls { ca_certificates, ..Tls::default() };
        Self::with_tls(limits, TlsSettings::new(tls, Vec::new()), secrets)
    }

    /// A transport to the server at a Unix socket, whatever host a URL names. It makes no network connection.
    pub(in crate::registry) fn of_socket(limits: Limits, socket: &Path, secrets: Secrets) -> Self {
        Self::with_clients(Clients::of_socket(socket.to_owned()), limits, secrets)
    }

    /// Sends a GET request for `url`. The body may have at most `bound` bytes.
    ///
    /// # Errors
    ///
    /// As [`Transport::send_with_retries`].
    pub(crate) async fn get(
        &self,
        profile: Profile,
        url: &Url,
        accept: &str,
        bound: u64,
    ) -> Result<HttpResponse, TransportError> {
        self.send_with_retries(&HttpRequest::anonymous(Method::GET, url.clone(), profile, accept, bound))
            .await
    }

    /// Sends `document` to `url` with POST. The response may have at most `bound` bytes.
    ///
    /// Without a response, the request is sent again: use it only for requests that are idempotent.
    ///
    /// # Errors
    ///
    /// As [`Transport::send_with_retries`].
    pub(crate) async fn post(
        &self,
        profile: Profile,
        url: &Url,
        media_type: &'static str,
        document: Bytes,
        bound: u64,
    ) -> Result<HttpResponse, TransportError> {
        let payload = Payload { media_type: HeaderValue::from_static(media_type), bytes: document };
        let request = HttpRequest::anonymous(Method::POST, url.clone(), profile, media_type, bound);
        self.send_with_retries(&HttpRequest { payload: Some(payload), ..request }).await
    }
}
