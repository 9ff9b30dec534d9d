//! Answers, correct or faulty.

use std::time::Duration;

/// One answer.
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
    /// With the right `Content-Length`.
    Bytes(Vec<u8>),
    /// In chunks, without `Content-Length`.
    Chunked(Vec<u8>),
    /// In chunks, without end.
    Endless,
    /// One byte after each pause, without end.
    Dripping(Duration),
    /// This number of bytes at a time, with a pause before each part.
    Paced(Vec<u8>, usize, Duration),
    /// With that `Content-Length`; the connection is closed after the bytes.
    Lying(u64, Vec<u8>),
    /// In place of the whole answer, status line and headers included; then the connection is closed.
    Raw(Vec<u8>),
    /// The connection is closed before any answer.
    Cut,
    /// No answer, until the client closes the connection.
    Silent,
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

    /// The value of a header, whose name is compared without case.
    pub(crate) fn header_value(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The bytes of a complete body.
    pub(crate) fn into_bytes(self) -> bytes::Bytes {
        match self.body {
            Body::Bytes(bytes) | Body::Chunked(bytes) => bytes.into(),
            other => panic!("{other:?} has no end"),
        }
    }

    /// Whether the connection is closed after it.
    pub(super) fn closes(&self) -> bool {
        self.header_value("connection") == Some("close")
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
