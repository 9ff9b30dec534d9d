//! Requests to hosts that are shown nothing secret: neither a login nor a client certificate.

use std::path::Path;

use bytes::Bytes;
use reqwest::header::HeaderValue;
use reqwest::{Method, Url};

use super::Fault;
use super::clients::Clients;
use super::exchange::Transport;
use super::request::{HttpRequest, HttpResponse, Payload, Profile};
use super::tls::{CaCertificates, Hosts, Tls};
use crate::limits::Limits;
use crate::registry::Secrets;

impl Transport {
    /// For hosts that see no login and no client certificate. `authorities` are trusted besides the platform's;
    /// `secrets` are left out of every text.
    pub fn new(limits: Limits, authorities: Vec<CaCertificates>, secrets: Secrets) -> Self {
        secrets.add_environment();
        let tls = Tls { authorities, ..Tls::default() };
        Self::with(limits, Hosts::new(tls, Vec::new()), secrets)
    }

    /// For the server behind a Unix socket, whatever host a URL names. Nothing of it goes over the network.
    pub(in crate::registry) fn of_socket(limits: Limits, socket: &Path, secrets: Secrets) -> Self {
        Self::over(Clients::of_socket(socket.to_owned()), limits, secrets)
    }

    /// Gets what is at `url`, at most `bound` bytes of it.
    pub(crate) async fn get(
        &self,
        profile: Profile,
        url: &Url,
        accept: &str,
        bound: u64,
    ) -> Result<HttpResponse, Fault> {
        self.ask(&HttpRequest::plain(Method::GET, url.clone(), profile, accept, bound)).await
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
    ) -> Result<HttpResponse, Fault> {
        let payload = Payload { media_type: HeaderValue::from_static(media_type), bytes: document };
        let ask = HttpRequest::plain(Method::POST, url.clone(), profile, media_type, bound);
        self.ask(&HttpRequest { payload: Some(payload), ..ask }).await
    }
}
