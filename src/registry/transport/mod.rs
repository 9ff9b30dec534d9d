//! The HTTP transport of the whole program: registries, keys and trusted roots from URLs, and transparency logs.
//!
//! Invariants:
//!
//! * Plain HTTP is used only for hosts on this machine.
//! * Every response is bounded in bytes, rate and time.
//! * Redirects are followed here, not by the HTTP library, and credentials are sent only to the origin for which they
//!   are
//!   meant.
//!
//! Each use has its own rules for redirects, absence and retries, a [`Profile`]. A [`Transport`] that is made with
//! [`Transport::new`] has neither logins nor client certificates, so its requests cannot send any.

mod anonymous;
mod body;
mod clients;
mod conditional;
mod connection_failure;
#[cfg_attr(not(feature = "builder"), allow(dead_code, reason = "the builder downloads files"))]
mod download;
mod download_rate;
mod error;
mod events;
mod exchange;
mod host_slots;
pub(super) mod hosts;
mod message;
pub(super) mod redirect;
mod request;
pub(super) mod retry;
#[cfg_attr(not(feature = "builder"), allow(dead_code, reason = "the builder downloads files"))]
mod sink;
pub(super) mod tls;
mod unreachable_hosts;
mod waits;

pub(crate) use conditional::named_url;
pub use connection_failure::ConnectionFailure;
pub(crate) use error::TransportError;
pub(super) use error::too_long;
pub use exchange::Transport;
pub(super) use message::displayable;
pub(super) use request::{Authorization, Expected, HttpRequest, Payload};
pub(crate) use request::{HttpResponse, Profile, Redirects, StatusClass};
pub use sink::Sink;
pub use waits::Waits;
