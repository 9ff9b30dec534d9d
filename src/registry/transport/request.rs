//! Requests, the rules by which they are sent, and responses.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, Url};

use super::sink::BodySink;
use crate::registry::Secret;

/// The rules of one use of the transport.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Profile {
    /// Which redirects are followed.
    pub(crate) redirects: Redirects,
    /// Statuses of a response with the requested content.
    pub(crate) success: &'static [u16],
    /// Statuses that mean that the content does not exist.
    pub(crate) absent: &'static [u16],
    /// The maximum number of attempts. [`crate::limits::Limits::attempts`] bounds it too.
    pub(crate) attempts: u32,
    /// Time for all attempts together, where the caller does not bound it.
    pub(crate) time: Option<Duration>,
}

/// Which redirects are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Redirects {
    /// All that do not leave TLS or lead to this machine.
    Follow,
    /// Those of the same origin that repeat the request unchanged, so that data is written nowhere else.
    Repeat,
    /// None: the redirect itself is the response.
    Never,
}

/// A value of the `Authorization` header, and the secrets in it.
#[derive(Clone, Debug)]
pub(in crate::registry) struct Authorization {
    /// The header.
    pub(in crate::registry) header: HeaderValue,
    /// The secrets in it.
    pub(in crate::registry) secrets: Vec<Secret>,
    /// Whether it was made from credentials, and is not an anonymous token.
    pub(in crate::registry) logged_in: bool,
}

impl PartialEq for Authorization {
    fn eq(&self, other: &Self) -> bool {
        self.header == other.header
    }
}

/// The expected length of the body of a successful response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::registry) enum Expected {
    /// The body is not read.
    Nothing,
    /// At most this number of bytes.
    AtMost(u64),
    /// At most this number of bytes, counted while reading. The declared length is ignored.
    Counted(u64),
    /// Exactly this number of bytes.
    Exactly(u64),
}

/// The body of a request.
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
    /// The secrets in the payload.
    pub(in crate::registry) secrets: Vec<Secret>,
    pub(in crate::registry) profile: Profile,
    /// Whether credentials may be sent to the URL's host.
    pub(in crate::registry) may_send_login: bool,
    pub(in crate::registry) expected: Expected,
    /// The entity tag of the content that the caller has. The host then answers 304 if its content has the same.
    pub(in crate::registry) if_none_match: Option<HeaderValue>,
    /// Takes the body of a successful response in place of memory. A later attempt asks for the rest alone.
    pub(in crate::registry) sink: Option<&'a dyn BodySink>,
}

impl<'a> HttpRequest<'a> {
    /// A request without credentials.
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
            if_none_match: None,
            sink: None,
        }
    }
}

/// The class of a status, by the rules of a [`Profile`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StatusClass {
    /// The response has the requested content.
    Success,
    /// The content does not exist.
    Absent,
    /// Anything else: a refusal, a redirect that is not followed, a failure.
    Other,
}

/// A response after which no further attempt is made.
#[derive(Debug)]
pub(crate) struct HttpResponse {
    /// The class of its status.
    pub(crate) class: StatusClass,
    pub(crate) status: u16,
    pub(super) headers: HeaderMap,
    /// The body of a successful response, if it was requested.
    pub(crate) body: Bytes,
    /// Of any other response: status and message, made safe to display.
    pub(crate) text: String,
    /// Whether it comes from another origin than that of the request.
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
