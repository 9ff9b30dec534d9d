//! The body of an answer is read within its bounds, and that of a bad one only for its message.

use bytes::{Bytes, BytesMut};
use reqwest::Response;
use reqwest::header::{CONTENT_ENCODING, HeaderMap, HeaderValue};

use super::exchange::Attempt;
use super::message::error_message;
use super::pace::{DownloadRate, ReadError, size};
use super::request::{Expected, HttpResponse, StatusClass};
use super::{Transport, TransportError, displayable};
use crate::registry::Secret;

impl Transport {
    /// Reads the answer to the end.
    pub(super) async fn read_response(
        &self,
        hop: &Attempt<'_>,
        response: Response,
    ) -> Result<HttpResponse, TransportError> {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let profile = &hop.request.profile;
        let meaning = match status {
            _ if profile.success.contains(&status) => StatusClass::Success,
            _ if profile.absent.contains(&status) => StatusClass::Absent,
            _ => StatusClass::Other,
        };
        let (body, text) = match (meaning, hop.request.expected) {
            (
                StatusClass::Success,
                Expected::AtMost(bound) | Expected::Counted(bound) | Expected::Exactly(bound),
            ) => (self.read_body(hop, response, &headers, bound).await?, String::new()),
            _ => (Bytes::new(), self.read_error_text(hop, response).await?),
        };
        Ok(HttpResponse {
            class: meaning,
            status,
            headers,
            body,
            text,
            cross_origin: hop.cross_origin,
            attempts: 1,
        })
    }

    async fn read_body(
        &self,
        hop: &Attempt<'_>,
        mut response: Response,
        headers: &HeaderMap,
        bound: u64,
    ) -> Result<Bytes, TransportError> {
        let is_exact = matches!(hop.request.expected, Expected::Exactly(_));
        let wrong = |found: u64| match is_exact {
            true => TransportError::Size { expected: bound, found },
            false => TransportError::TooLong { bound, found },
        };
        let encoding = headers.get(CONTENT_ENCODING).map_or(&b""[..], HeaderValue::as_bytes);
        if !(encoding.is_empty() || encoding.eq_ignore_ascii_case(b"identity")) {
            let encoding = displayable(&String::from_utf8_lossy(encoding), &self.secrets, &[]);
            return Err(TransportError::Encoded { encoding });
        }
        let is_counted = matches!(hop.request.expected, Expected::Counted(_));
        if let Some(declared) = response.content_length().filter(|_| !is_counted) {
            if declared > bound || is_exact && declared < bound {
                return Err(wrong(declared));
            }
            if self.bytes.current().spent().saturating_add(declared) > self.limits.total {
                return Err(self.over_total());
            }
        }
        let mut body = BytesMut::new();
        let mut pace = if is_exact {
            DownloadRate::for_size(&self.limits, bound)
        } else {
            DownloadRate::new(&self.limits)
        };
        loop {
            let chunk = match pace.next_chunk(&mut response).await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                Err(ReadError::Broken(error)) => return Err(self.connection_error(hop, error)),
                Err(ReadError::Slow(cause)) => return Err(self.too_slow(hop, &cause)),
            };
            self.count(hop, chunk.len())?;
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

    /// Status and message of an answer that is not a good one.
    async fn read_error_text(
        &self,
        hop: &Attempt<'_>,
        mut response: Response,
    ) -> Result<String, TransportError> {
        let ask = hop.request;
        let status = response.status();
        let mut body = BytesMut::new();
        // A message that breaks off is shown as far as it came.
        let mut pace = DownloadRate::new(&self.limits);
        while size(body.len()) < self.limits.token
            && let Ok(Some(chunk)) = pace.next_chunk(&mut response).await
        {
            self.count(hop, chunk.len())?;
            body.extend_from_slice(&chunk);
        }
        let sent = ask.authorization.iter().flat_map(|authorization| &authorization.secrets);
        let secrets: Vec<Secret> = sent.chain(&ask.secrets).cloned().collect();
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
