//! The HTTP of the whole program: hosts are asked over TLS or on this machine, everything that is read is bounded in bytes,
//! pace and time, redirects are followed by hand, and what is secret never leaves the origin that it was meant for.
//!
//! Registries, keys and trusted roots from URLs, and transparency logs are asked through it, each by the rules of a
//! [`Profile`]. A [`Transport`] that others than registries make has neither logins nor client certificates: no request of
//! theirs can show one.

mod body;
mod clients;
mod events;
mod exchange;
mod fault;
pub(super) mod hosts;
mod message;
mod pace;
pub(super) mod redirect;
mod request;
pub(super) mod retry;
pub(super) mod tls;

use bytes::Bytes;
use reqwest::header::HeaderValue;
use reqwest::{Method, Url};

pub use exchange::Transport;
pub(crate) use fault::Fault;
pub(super) use fault::too_long;
pub(super) use message::presentable;
pub(crate) use redirect::Redirects;
pub(crate) use request::{Answer, Meaning, Profile};
pub(super) use request::{Ask, Authorization, Expected, Payload};

use super::Secrets;
use crate::limits::Limits;
use tls::{Authorities, Hosts, Tls};

impl Transport {
    /// For hosts that see no login and no client certificate. `authorities` are trusted besides the platform's;
    /// `secrets` are left out of every text.
    pub fn new(limits: Limits, authorities: Vec<Authorities>, secrets: Secrets) -> Self {
        secrets.add_environment();
        let tls = Tls { authorities, ..Tls::default() };
        Self::with(limits, Hosts::new(tls, Vec::new()), secrets)
    }

    /// Gets what is at `url`, at most `bound` bytes of it.
    pub(crate) async fn get(
        &self,
        profile: Profile,
        url: &Url,
        accept: &str,
        bound: u64,
    ) -> Result<Answer, Fault> {
        self.ask(&Ask::plain(Method::GET, url.clone(), profile, accept, bound)).await
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
    ) -> Result<Answer, Fault> {
        let payload = Payload { media_type: HeaderValue::from_static(media_type), bytes: document };
        let ask = Ask::plain(Method::POST, url.clone(), profile, media_type, bound);
        self.ask(&Ask { payload: Some(payload), ..ask }).await
    }
}

/// A length as a number of bytes.
fn size(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
