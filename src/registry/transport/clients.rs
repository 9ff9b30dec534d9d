//! The connections: requests that go the same way share those of one client, and no client is made elsewhere.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Mutex;

use reqwest::{Client, Url};

use super::tls::{Choice, Hosts};
use super::{events, hosts};
use crate::limits::Limits;
use crate::registry::mutex::lock;

/// All clients of one transport.
#[derive(Debug)]
pub(super) struct Clients {
    tls: Hosts,
    /// The one socket that everything goes through, where hosts are not asked over the network.
    socket: Option<PathBuf>,
    made: Mutex<HashMap<ClientKey, Client>>,
}

/// What requests that share their connections have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct ClientKey {
    /// Whether the host is this machine, which is never asked through a proxy.
    here: bool,
    /// Whether silence is allowed for longer than [`Limits::idle`], because the request itself takes longer.
    long_upload: bool,
    tls: Choice,
}

impl Clients {
    pub(super) fn new(tls: Hosts) -> Self {
        Self { tls, socket: None, made: Mutex::default() }
    }

    /// Clients that reach whatever a URL names by this Unix socket.
    pub(super) fn of_socket(socket: PathBuf) -> Self {
        Self { socket: Some(socket), ..Self::new(Hosts::default()) }
    }

    /// The client for `url`. `trusted` is whether a login may be shown there, `patient` whether silence is allowed for
    /// longer than [`Limits::idle`].
    pub(super) fn of(
        &self,
        url: &Url,
        trusted: bool,
        patient: bool,
        limits: &Limits,
    ) -> reqwest::Result<Client> {
        let manner = ClientKey {
            here: url.host_str().is_some_and(hosts::is_here),
            long_upload: patient,
            tls: self.tls.choose(url, trusted),
        };
        let mut made = lock(&self.made);
        if let Some(client) = made.get(&manner) {
            return Ok(client.clone());
        }
        let client = self.build(&manner, limits)?;
        events::connections(manner.here, manner.tls.shows_client());
        made.insert(manner, client.clone());
        Ok(client)
    }

    fn build(&self, manner: &ClientKey, limits: &Limits) -> reqwest::Result<Client> {
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
        let builder = if manner.here { builder.no_proxy() } else { builder };
        // It counts from the beginning of a request, so that a long upload would look like silence.
        let builder = if manner.long_upload { builder } else { builder.read_timeout(limits.read_timeout) };
        self.tls.apply(&manner.tls, builder)?.build()
    }
}
