//! Who watches the requests sees no secret: neither headers nor bodies nor the query of a URL.

use std::fmt;
use std::time::Duration;

use crate::oci::reference::RemoteName;
use crate::registry::Error;

/// Watches the requests of a [`super::RemoteRegistry`], those for tokens and after redirects included.
pub trait Observer: fmt::Debug + Send + Sync {
    /// A request has ended.
    fn exchanged(&self, exchange: &Exchange<'_>);

    /// `from` failed, so `to` is asked for the same.
    fn passed_on(&self, from: &RemoteName, to: &RemoteName, error: &Error);
}

/// One HTTP request and its answer.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    /// `GET`, `HEAD`, `POST` or `PUT`.
    pub method: &'a str,
    /// Without query and user name.
    pub url: &'a str,
    /// The status, or why there is none.
    pub outcome: Result<u16, &'a str>,
    /// From the request to the last byte of the answer.
    pub time: Duration,
    /// Bytes of the answer's body that were read.
    pub bytes: u64,
    /// 1 for the first.
    pub attempt: u32,
}
