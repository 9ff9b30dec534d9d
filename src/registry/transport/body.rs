//! Reads the body of a response within its bounds. Of an error response only the message is read.

use bytes::{Bytes, BytesMut};
use reqwest::Response;
use reqwest::header::{CONTENT_ENCODING, HeaderMap, HeaderValue};

use super::download_rate::{DownloadRate, ReadError, size};
use super::exchange::Attempt;
use super::message::error_message;
use super::request::{Expected, HttpResponse, StatusClass};
use super::{Transport, TransportError, displayable};
use crate::registry::Secret;

impl Transport {
    /// Reads a response to its end, and classifies its status.
    pub(super) async fn read_response(
        &self,
        attempt: &Attempt<'_>,
        response: Response,
    ) -> Result<HttpResponse, TransportError> {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let profile = &attempt.request.profile;
        let meaning = match status {
            _ if profile.success.contains(&status) => StatusClass::Success,
            _ if profile.absent.contains(&status) => StatusClass::Absent,
            _ => StatusClass::Other,
        };
        let (body, text) = match (meaning, attempt.request.expected) {
            (
                StatusClass::Success,
                Expected::AtMost(bound) | Expected::Counted(bound) | Expected::Exactly(bound),
            ) => match attempt.request.sink {
                Some(sink) => {
                    self.read_into(attempt, response, sink, bound).await?;
                    (Bytes::new(), String::new())
                }
                None => (self.read_body(attempt, response, &headers, bound).await?, String::new()),
            },
            _ => (Bytes::new(), self.read_error_text(attempt, response).await?),
        };
        Ok(HttpResponse {
            class: meaning,
            status,
            headers,
            body,
            text,
            cross_origin: attempt.cross_origin,
            attempts: 1,
        })
    }

    async fn read_body(
        &self,
        attempt: &Attempt<'_>,
        mut response: Response,
        headers: &HeaderMap,
        bound: u64,
    ) -> Result<Bytes, TransportError> {
        let is_exact = matches!(attempt.request.expected, Expected::Exactly(_));
        let wrong = |found: u64| match is_exact {
            true => TransportError::Size { expected: bound, found },
            false => TransportError::TooLong { bound, found },
        };
        self.check_encoding(headers)?;
        let is_counted = matches!(attempt.request.expected, Expected::Counted(_));
        if let Some(declared) = response.content_length().filter(|_| !is_counted) {
            if declared > bound || is_exact && declared < bound {
                return Err(wrong(declared));
            }
            if self.bytes.current().spent().saturating_add(declared) > self.limits.total {
                return Err(self.over_total());
            }
        }
        let mut body = BytesMut::new();
        let mut rate = if is_exact {
            DownloadRate::for_size(&self.limits, bound)
        } else {
            DownloadRate::new(&self.limits)
        };
        loop {
            let chunk = match rate.next_chunk(&mut response).await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                Err(ReadError::Broken(error)) => return Err(self.connection_error(attempt, error)),
                Err(ReadError::Slow(cause)) => return Err(self.too_slow(attempt, &cause)),
            };
            self.count(attempt, chunk.len())?;
            let length = size(body.len()).saturating_add(size(chunk.len()));
            if length > bound {
                return Err(wrong(length));
            }
            body.extend_from_slice(&chunk);
        }
        if is_exact && size(body.len()) < bound {
            return Err(wrong(size(body.len())));
        }
        Ok(body.freeze())
    }

    /// Refuses a content encoding, none of which is requested.
    pub(super) fn check_encoding(&self, headers: &HeaderMap) -> Result<(), TransportError> {
        let encoding = headers.get(CONTENT_ENCODING).map_or(&b""[..], HeaderValue::as_bytes);
        if encoding.is_empty() || encoding.eq_ignore_ascii_case(b"identity") {
            return Ok(());
        }
        let encoding = displayable(&String::from_utf8_lossy(encoding), &self.secrets, &[]);
        Err(TransportError::Encoded { encoding })
    }

    /// Status and message of an error response, made safe to display.
    async fn read_error_text(
        &self,
        attempt: &Attempt<'_>,
        mut response: Response,
    ) -> Result<String, TransportError> {
        let request = attempt.request;
        let status = response.status();
        let mut body = BytesMut::new();
        // If the connection breaks, the part that was received is shown.
        let mut rate = DownloadRate::new(&self.limits);
        while size(body.len()) < self.limits.token
            && let Ok(Some(chunk)) = rate.next_chunk(&mut response).await
        {
            self.count(attempt, chunk.len())?;
            body.extend_from_slice(&chunk);
        }
        let sent = request.authorization.iter().flat_map(|authorization| &authorization.secrets);
        let secrets: Vec<Secret> = sent.chain(&request.secrets).cloned().collect();
        let message = displayable(&error_message(&body), &self.secrets, &secrets);
        let reason = status.canonical_reason().unwrap_or_default();
        let head = format!("{} {reason}", status.as_u16());
        Ok(if message.is_empty() {
            head.trim_end().to_owned()
        } else {
            format!("{}: {message}", head.trim_end())
        })
    }
}
