//! Downloads of files that are too large for memory: the body goes to a sink in parts, and after a failure only the rest
//! is asked for.
//!
//! Invariant: a sink has the bytes of one file from its beginning, without a gap. What they are, its owner checks.

use reqwest::header::{CONTENT_RANGE, HeaderValue};
use reqwest::{Method, Response, StatusCode};

use super::TransportError;
use super::download_rate::{DownloadRate, ReadError, size};
use super::exchange::{Attempt, Transport};
use super::message::displayable;
use super::request::{Expected, HttpRequest, HttpResponse, Profile};
use super::sink::{BodySink, Lent, Sink};
use crate::registry::SiteLogin;
use crate::registry::urls::Url;

impl Transport {
    /// Sends a GET request for `url`, as [`Transport::get_if_changed`], and gives the body of a successful response to
    /// `sink`, which then has at most `bound` bytes. `profile` must count 200 and 206 as success.
    ///
    /// # Errors
    ///
    /// As [`Transport::send_with_retries`], and [`TransportError::Sink`].
    pub(crate) async fn download(
        &self,
        profile: Profile,
        url: &Url,
        bound: u64,
        login: Option<&SiteLogin>,
        sink: &mut dyn Sink,
    ) -> Result<HttpResponse, TransportError> {
        let sink = Lent::new(sink);
        let request = HttpRequest {
            authorization: login.map(|login| &login.0),
            sink: Some(&sink),
            expected: Expected::AtMost(bound),
            ..HttpRequest::anonymous(Method::GET, url.clone(), profile, "*/*", bound)
        };
        self.send_with_retries(&request).await
    }

    /// Reads the body of a successful response into `sink`.
    pub(super) async fn read_into(
        &self,
        attempt: &Attempt<'_>,
        mut response: Response,
        sink: &dyn BodySink,
        bound: u64,
    ) -> Result<(), TransportError> {
        self.check_encoding(response.headers())?;
        let kept = sink.length();
        if response.status() == StatusCode::PARTIAL_CONTENT {
            self.check_part(&response, kept)?;
        } else if kept > 0 {
            sink.restart()?;
        }
        let declared = response.content_length().unwrap_or_default().saturating_add(sink.length());
        if declared > bound {
            return Err(TransportError::TooLong { bound, found: declared });
        }
        let mut rate = DownloadRate::new(&self.limits);
        loop {
            let chunk = match rate.next_chunk(&mut response).await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => return Ok(()),
                Err(ReadError::Broken(error)) => return Err(self.connection_error(attempt, error)),
                Err(ReadError::Slow(cause)) => return Err(self.too_slow(attempt, &cause)),
            };
            self.count(attempt, chunk.len())?;
            let length = sink.length().saturating_add(size(chunk.len()));
            if length > bound {
                return Err(TransportError::TooLong { bound, found: length });
            }
            sink.write(&chunk)?;
        }
    }

    /// Checks that a part begins where the sink ends (RFC 9110, 14.4).
    fn check_part(&self, response: &Response, kept: u64) -> Result<(), TransportError> {
        let range = response.headers().get(CONTENT_RANGE).map(HeaderValue::as_bytes).unwrap_or_default();
        let range = String::from_utf8_lossy(range);
        let begin = range.strip_prefix("bytes ").and_then(|range| range.split('-').next());
        if begin.and_then(|begin| begin.parse().ok()) == Some(kept) {
            return Ok(());
        }
        Err(TransportError::Part { asked: kept, range: displayable(&range, &self.secrets, &[]) })
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use std::io;

    use super::*;
    use crate::limits::Limits;
    use crate::registry::Secrets;
    use crate::registry::transport::Redirects;

    impl Sink for Vec<u8> {
        fn length(&self) -> u64 {
            self.len() as u64
        }

        fn write(&mut self, part: &[u8]) -> io::Result<()> {
            self.extend_from_slice(part);
            Ok(())
        }

        fn restart(&mut self) -> io::Result<()> {
            self.clear();
            Ok(())
        }
    }

    const PROFILE: Profile = Profile {
        redirects: Redirects::Never,
        success: &[200, 206],
        absent: &[404],
        attempts: 3,
        time: None,
    };

    /// Downloads from a host that answers one connection after the other with `answers`. The result, the sink, and the
    /// `Range` of each request.
    async fn downloaded(
        answers: Vec<&'static str>,
        bound: u64,
    ) -> (Result<u16, TransportError>, String, Vec<Option<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/file", listener.local_addr().unwrap()).parse().unwrap();
        let host = tokio::spawn(async move {
            let mut ranges = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    request.push(stream.read_u8().await.unwrap());
                }
                let request = String::from_utf8(request).unwrap().to_lowercase();
                ranges.push(request.lines().find_map(|line| line.strip_prefix("range: ")).map(str::to_owned));
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            ranges
        });
        let transport = Transport::new(Limits::default(), Vec::new(), Secrets::default());
        let mut sink = Vec::new();
        let result = transport.download(PROFILE, &url, bound, None, &mut sink).await;
        (result.map(|answer| answer.status), String::from_utf8(sink).unwrap(), host.await.unwrap())
    }

    #[tokio::test]
    async fn after_a_broken_connection_the_rest_is_asked_for() {
        let (result, sink, ranges) = downloaded(
            vec![
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123",
                "HTTP/1.1 206 Part\r\nContent-Length: 6\r\nContent-Range: bytes 4-9/10\r\n\r\n456789",
            ],
            10,
        )
        .await;
        assert_eq!(result, Ok(206));
        assert_eq!(sink, "0123456789");
        assert_eq!(ranges, [None, Some("bytes=4-".to_owned())]);
    }

    #[tokio::test]
    async fn a_host_without_ranges_sends_everything_again() {
        let (result, sink, _) = downloaded(
            vec![
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123",
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabcdefghij",
            ],
            10,
        )
        .await;
        assert_eq!((result, sink.as_str()), (Ok(200), "abcdefghij"));
    }

    #[tokio::test]
    async fn another_part_is_refused() {
        let (result, _, _) = downloaded(
            vec![
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123",
                "HTTP/1.1 206 Part\r\nContent-Length: 6\r\nContent-Range: bytes 3-8/10\r\n\r\n345678",
            ],
            10,
        )
        .await;
        assert_eq!(result, Err(TransportError::Part { asked: 4, range: "bytes 3-8/10".to_owned() }));
    }

    #[tokio::test]
    async fn a_file_that_is_too_long_ends_the_download() {
        for answer in [
            "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n0123456789a",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n0123456789a\r\n0\r\n\r\n",
        ] {
            let (result, _, _) = downloaded(vec![answer], 10).await;
            assert_eq!(result, Err(TransportError::TooLong { bound: 10, found: 11 }), "{answer}");
        }
    }
}
