//! Requests to hosts that are shown nothing secret: neither a login nor a client certificate.

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
    /// For hosts that see no login and no client certificate. `authorities` are trusted besides the platform's;
    /// `secrets` are left out of every text.
    pub fn new(limits: Limits, authorities: Vec<CaCertificates>, secrets: Secrets) -> Self {
        secrets.add_environment();
        let tls = Tls { ca_certificates: authorities, ..Tls::default() };
        Self::with_tls(limits, TlsSettings::new(tls, Vec::new()), secrets)
    }

    /// For the server behind a Unix socket, whatever host a URL names. Nothing of it goes over the network.
    pub(in crate::registry) fn of_socket(limits: Limits, socket: &Path, secrets: Secrets) -> Self {
        Self::with_clients(Clients::of_socket(socket.to_owned()), limits, secrets)
    }

    /// Gets what is at `url`, at most `bound` bytes of it.
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

    /// Sends a document to `url`, and gets an answer of at most `bound` bytes. It may be sent again where no answer
    /// came: only for what is the same however often it is sent.
    pub(crate) async fn post(
        &self,
        profile: Profile,
        url: &Url,
        media_type: &'static str,
        document: Bytes,
        bound: u64,
    ) -> Result<HttpResponse, TransportError> {
        let payload = Payload { media_type: HeaderValue::from_static(media_type), bytes: document };
        let ask = HttpRequest::anonymous(Method::POST, url.clone(), profile, media_type, bound);
        self.send_with_retries(&HttpRequest { payload: Some(payload), ..ask }).await
    }
}
