//! What is asked, by which rules, and what an answer means.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, Url};

use crate::registry::Secret;

/// The rules of one use of the transport.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Profile {
    /// Which redirects are followed.
    pub(crate) redirects: Redirects,
    /// Statuses of an answer with what was asked for.
    pub(crate) success: &'static [u16],
    /// Statuses that say that there is nothing.
    pub(crate) absent: &'static [u16],
    /// The most attempts; [`crate::limits::Limits::attempts`] bounds them too.
    pub(crate) attempts: u32,
    /// Time for all attempts together, where the caller does not bound it.
    pub(crate) time: Option<Duration>,
}

/// Which redirects are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Redirects {
    /// All that do not leave TLS or enter this machine.
    Follow,
    /// Those of the same origin that repeat the request as it is: what is written goes nowhere else.
    Repeat,
    /// None: the answer is that of a redirect.
    Never,
}

/// A value of the `Authorization` header, and what must not be shown of it.
#[derive(Clone, Debug)]
pub(in crate::registry) struct Authorization {
    /// The header.
    pub(in crate::registry) header: HeaderValue,
    /// Everything in it that is secret.
    pub(in crate::registry) secrets: Vec<Secret>,
    /// Whether credentials stand behind it.
    pub(in crate::registry) logged_in: bool,
}

impl PartialEq for Authorization {
    fn eq(&self, other: &Self) -> bool {
        self.header == other.header
    }
}

/// What the body of a good answer may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::registry) enum Expected {
    /// It is not read.
    Nothing,
    /// At most so many bytes.
    AtMost(u64),
    /// At most so many bytes, which are counted: what the answer says of its own length does not decide.
    Counted(u64),
    /// Exactly so many bytes.
    Exactly(u64),
}

/// What a request carries.
#[derive(Clone, Debug)]
pub(in crate::registry) struct Payload {
    /// Its media type.
    pub(in crate::registry) media_type: HeaderValue,
    pub(in crate::registry) bytes: Bytes,
}

/// One request.
#[derive(Debug)]
pub(in crate::registry) struct HttpRequest<'a> {
    pub(in crate::registry) method: Method,
    pub(in crate::registry) url: Url,
    pub(in crate::registry) accept: &'a str,
    pub(in crate::registry) authorization: Option<&'a Authorization>,
    pub(in crate::registry) payload: Option<Payload>,
    /// What in the payload is secret.
    pub(in crate::registry) secrets: Vec<Secret>,
    pub(in crate::registry) profile: Profile,
    /// Whether a login may be shown to the URL's host.
    pub(in crate::registry) may_send_login: bool,
    pub(in crate::registry) expected: Expected,
}

impl<'a> HttpRequest<'a> {
    /// A request that shows nothing secret.
    pub(super) fn anonymous(method: Method, url: Url, profile: Profile, accept: &'a str, bound: u64) -> Self {
        Self {
            method,
            url,
            accept,
            authorization: None,
            payload: None,
            secrets: Vec::new(),
            profile,
            may_send_login: false,
            expected: Expected::Counted(bound),
        }
    }
}

/// What a status means by the rules of a [`Profile`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StatusClass {
    /// The answer is what was asked for.
    Success,
    /// There is nothing.
    Absent,
    /// Anything else: a refusal, a redirect that is not followed, a failure.
    Other,
}

/// The answer to a request that needs no further attempt.
#[derive(Debug)]
pub(crate) struct HttpResponse {
    /// What it means.
    pub(crate) class: StatusClass,
    pub(crate) status: u16,
    pub(super) headers: HeaderMap,
    /// Of a good answer, where it was wanted.
    pub(crate) body: Bytes,
    /// Of any other: status and message, fit to be shown.
    pub(crate) text: String,
    /// Whether another origin than the asked one gave it.
    pub(in crate::registry) cross_origin: bool,
    /// Attempts made.
    pub(in crate::registry) attempts: u32,
}

impl HttpResponse {
    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// All headers.
    pub(in crate::registry) fn headers(&self) -> &HeaderMap {
        &self.headers
    }
}
