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
mod plain;
pub(super) mod redirect;
mod request;
pub(super) mod retry;
pub(super) mod tls;

pub use exchange::Transport;
pub use fault::ConnectionFailure;
pub(crate) use fault::TransportError;
pub(super) use fault::too_long;
pub(super) use message::displayable;
pub(super) use request::{Authorization, Expected, HttpRequest, Payload};
pub(crate) use request::{HttpResponse, Profile, Redirects, StatusClass};
