//! Scripted answers.

use std::time::Duration;

/// One answer, as wrong as wanted.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
    pub(crate) delay: Duration,
}

/// The bytes of an answer.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// With an honest `Content-Length`.
    Bytes(Vec<u8>),
    /// In chunks, without `Content-Length`.
    Chunked(Vec<u8>),
    /// In chunks, for ever.
    Endless,
    /// A byte now and then, for ever.
    Dripping(Duration),
    /// So many bytes of them at a time, with a pause before each.
    Paced(Vec<u8>, usize, Duration),
    /// With that `Content-Length`; the connection is closed after the bytes.
    Lying(u64, Vec<u8>),
    /// Instead of everything, the status line and headers too; the connection is closed after it.
    Raw(Vec<u8>),
    /// The connection is closed before any answer.
    Cut,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: Body::Bytes(body.into()), delay: Duration::ZERO }
    }

    pub(crate) fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status, body).header("Content-Type", "application/json")
    }

    pub(crate) fn html() -> Self {
        Self::new(200, "<html><body>Please log in</body></html>")
            .header("Content-Type", "text/html; charset=utf-8")
    }

    pub(crate) fn redirect(location: &str) -> Self {
        Self::new(307, "").header("Location", location)
    }

    pub(crate) fn cut() -> Self {
        Self::new(200, "").body(Body::Cut)
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    pub(crate) fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}
