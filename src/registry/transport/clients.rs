//! HTTP clients: requests with the same settings share the connections of one client. Clients are built only here.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Mutex;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{Client, Url};

use super::tls::{TlsSelection, TlsSettings};
use super::{events, hosts};
use crate::limits::Limits;
use crate::registry::mutex::lock;

/// All clients of one transport.
#[derive(Debug)]
pub(super) struct Clients {
    tls: TlsSettings,
    /// The Unix socket that all requests use instead of the network.
    socket: Option<PathBuf>,
    /// The proxies of the environment, as the HTTP client reads them. Only for messages.
    proxies: Matcher,
    built: Mutex<HashMap<ClientKey, Client>>,
}

/// The settings of a client. Requests with equal keys share connections.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct ClientKey {
    /// Whether the host is this machine, which is never reached through a proxy.
    this_machine: bool,
    /// Whether sending the request may take longer than [`Limits::read_timeout`].
    long_upload: bool,
    tls: TlsSelection,
}

impl Clients {
    pub(super) fn new(tls: TlsSettings) -> Self {
        Self { tls, socket: None, proxies: Matcher::from_env(), built: Mutex::default() }
    }

    /// Clients that send all requests to this Unix socket, whatever host a URL names.
    pub(super) fn of_socket(socket: PathBuf) -> Self {
        Self { socket: Some(socket), ..Self::new(TlsSettings::default()) }
    }

    /// The proxy that requests to `url` use, as `HOST:PORT`.
    pub(super) fn proxy_of(&self, url: &Url) -> Option<String> {
        let host = url.host_str().filter(|host| self.socket.is_none() && !hosts::is_this_machine(host));
        host?;
        let proxy = self.proxies.intercept(&url.as_str().parse().ok()?)?;
        let uri = proxy.uri();
        let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some(format!("{}{port}", uri.host()?))
    }

    /// The client for `url`. `may_send_login` is whether credentials may be sent to it, `long_upload` whether sending
    /// the request may take longer than [`Limits::read_timeout`].
    pub(super) fn of(
        &self,
        url: &Url,
        may_send_login: bool,
        long_upload: bool,
        limits: &Limits,
    ) -> reqwest::Result<Client> {
        let key = ClientKey {
            this_machine: url.host_str().is_some_and(hosts::is_this_machine),
            long_upload,
            tls: self.tls.select(url, may_send_login),
        };
        let mut made = lock(&self.built);
        if let Some(client) = made.get(&key) {
            return Ok(client.clone());
        }
        let client = self.build(&key, limits)?;
        events::log_new_client(key.this_machine, key.tls.sends_client_certificate());
        made.insert(key, client.clone());
        Ok(client)
    }

    fn build(&self, key: &ClientKey, limits: &Limits) -> reqwest::Result<Client> {
        // `reqwest` panics without a default provider.
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        }
        let builder = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(limits.connect)
            .user_agent(concat!("dhi/", env!("CARGO_PKG_VERSION")));
        let builder = match &self.socket {
            Some(socket) => builder.unix_socket(socket.as_path()),
            None => builder,
        };
        let builder = if key.this_machine { builder.no_proxy() } else { builder };
        // The read timeout starts with the request, so a long upload would exceed it.
        let builder = if key.long_upload { builder } else { builder.read_timeout(limits.read_timeout) };
        self.tls.apply(&key.tls, builder)?.build()
    }
}
