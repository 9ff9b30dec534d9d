//! A body that comes too slowly ends: who sends a byte now and then is not waited for until the time of the run is over.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;
use tokio::time::{Instant, timeout_at};

use crate::limits::Limits;

/// How fast the body of one answer comes, measured over [`Limits::download_time`] again and again.
#[derive(Debug)]
pub(super) struct DownloadRate {
    min_rate: u64,
    window: Duration,
    window_start: Instant,
    received: u64,
}

/// Why the next part of a body does not come.
#[derive(Debug)]
pub(super) enum ReadError {
    /// The connection broke.
    Broken(reqwest::Error),
    /// It is too slow; the words say how slow that is.
    Slow(String),
}

impl DownloadRate {
    /// Begins to measure.
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            min_rate: limits.download_rate,
            window: limits.download_time,
            window_start: Instant::now(),
            received: 0,
        }
    }

    /// The same for a body of this many bytes, which also has to come within the time of a run: what cannot is not
    /// waited for that long, while others wait for the memory that is kept for it.
    pub(super) fn for_size(limits: &Limits, bytes: u64) -> Self {
        let mut pace = Self::new(limits);
        pace.min_rate = pace.min_rate.max(bytes / limits.verify_timeout.as_secs().max(1));
        pace
    }

    /// The next part of the body, if there is one.
    ///
    /// Only a body that has nothing to give at the end of the time is too slow. What waits here because this process
    /// was busy is read first.
    pub(super) async fn next_chunk(&mut self, response: &mut Response) -> Result<Option<Bytes>, ReadError> {
        loop {
            match timeout_at(self.window_start + self.window, response.chunk()).await {
                Ok(Ok(Some(chunk))) => {
                    self.received =
                        self.received.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
                    return Ok(Some(chunk));
                }
                Ok(Ok(None)) => return Ok(None),
                Ok(Err(error)) => return Err(ReadError::Broken(error)),
                Err(_) => self.check()?,
            }
        }
    }

    fn check(&mut self) -> Result<(), ReadError> {
        let time = self.window_start.elapsed();
        let wanted = u128::from(self.min_rate) * time.as_millis() / 1000;
        if u128::from(self.received) < wanted {
            let (came, seconds) = (self.received, time.as_secs_f64());
            let rate = self.min_rate;
            return Err(ReadError::Slow(format!(
                "{came} bytes in {seconds:.0} s, which is less than {rate} bytes a second"
            )));
        }
        (self.window_start, self.received) = (Instant::now(), 0);
        Ok(())
    }
}

/// A length as a number of bytes.
pub(super) fn size(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
