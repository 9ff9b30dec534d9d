//! The connections: requests that go the same way share those of one client, and no client is made elsewhere.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Mutex;

use reqwest::{Client, Url};

use super::tls::{TlsSelection, TlsSettings};
use super::{events, hosts};
use crate::limits::Limits;
use crate::registry::mutex::lock;

/// All clients of one transport.
#[derive(Debug)]
pub(super) struct Clients {
    tls: TlsSettings,
    /// The one socket that everything goes through, where hosts are not asked over the network.
    socket: Option<PathBuf>,
    built: Mutex<HashMap<ClientKey, Client>>,
}

/// What requests that share their connections have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct ClientKey {
    /// Whether the host is this machine, which is never asked through a proxy.
    this_machine: bool,
    /// Whether silence is allowed for longer than [`Limits::idle`], because the request itself takes longer.
    long_upload: bool,
    tls: TlsSelection,
}

impl Clients {
    pub(super) fn new(tls: TlsSettings) -> Self {
        Self { tls, socket: None, built: Mutex::default() }
    }

    /// Clients that reach whatever a URL names by this Unix socket.
    pub(super) fn of_socket(socket: PathBuf) -> Self {
        Self { socket: Some(socket), ..Self::new(TlsSettings::default()) }
    }

    /// The client for `url`. `trusted` is whether a login may be shown there, `patient` whether silence is allowed for
    /// longer than [`Limits::idle`].
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
        // Without a default provider `reqwest` would panic.
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
        // It counts from the beginning of a request, so that a long upload would look like silence.
        let builder = if key.long_upload { builder } else { builder.read_timeout(limits.read_timeout) };
        self.tls.apply(&key.tls, builder)?.build()
    }
}
