//! Ends a download that is too slow, so that a host that sends single bytes cannot use up the time of a run.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;
use tokio::time::{Instant, timeout_at};

use crate::limits::Limits;

/// The rate of one download, measured over consecutive windows of [`Limits::download_time`].
#[derive(Debug)]
pub(super) struct DownloadRate {
    min_rate: u64,
    window: Duration,
    window_start: Instant,
    received: u64,
}

/// Why the next part of a body cannot be read.
#[derive(Debug)]
pub(super) enum ReadError {
    /// The connection broke.
    Broken(reqwest::Error),
    /// The download is too slow; the text has the measured rate.
    Slow(String),
}

impl DownloadRate {
    /// Starts to measure.
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            min_rate: limits.download_rate,
            window: limits.download_time,
            window_start: Instant::now(),
            received: 0,
        }
    }

    /// Starts to measure a body of `bytes` bytes, which must also arrive within [`Limits::verify_timeout`]. A slower
    /// download ends early, since it reserves memory for which other downloads wait.
    pub(super) fn for_size(limits: &Limits, bytes: u64) -> Self {
        let mut rate = Self::new(limits);
        rate.min_rate = rate.min_rate.max(bytes / limits.verify_timeout.as_secs().max(1));
        rate
    }

    /// Reads the next part of the body, if there is one.
    ///
    /// The rate is checked only when no data is available at the end of a window. Data that is already in the buffer,
    /// because this process was busy, is read first.
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
        let required = u128::from(self.min_rate) * time.as_millis() / 1000;
        if u128::from(self.received) < required {
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
