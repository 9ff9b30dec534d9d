//! The requests that a server received.

use std::sync::{Arc, Mutex};
use std::time::Instant;

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body as text.
    pub(crate) body: String,
    pub(crate) bytes: Vec<u8>,
    pub(crate) status: u16,
    /// When its head had been read.
    pub(crate) start: Instant,
    /// When its answer began to be written.
    pub(crate) end: Instant,
}

impl Request {
    /// A `GET` without headers.
    pub(crate) fn get(target: String) -> Self {
        let (start, method) = (Instant::now(), "GET".to_owned());
        let (headers, body, bytes) = (Vec::new(), String::new(), Vec::new());
        Self { method, target, headers, body, bytes, status: 0, start, end: start }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The target without its query.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(crate) fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }
}

/// All requests, in the order of their answers. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct RequestLog(Arc<Mutex<Vec<Request>>>);

impl RequestLog {
    pub(crate) fn push(&self, request: Request) {
        self.0.lock().unwrap().push(request);
    }

    pub(crate) fn all(&self) -> Vec<Request> {
        self.0.lock().unwrap().clone()
    }

    /// Removes and returns all requests.
    pub(crate) fn take(&self) -> Vec<Request> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    /// `METHOD TARGET` of each.
    pub(crate) fn targets(&self) -> Vec<String> {
        self.all().iter().map(|one| format!("{} {}", one.method, one.target)).collect()
    }

    /// `METHOD TARGET STATUS` of each.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.all().iter().map(|one| format!("{} {} {}", one.method, one.target, one.status)).collect()
    }

    /// The number of requests whose target begins with this text.
    pub(crate) fn count(&self, target: &str) -> usize {
        self.all().iter().filter(|one| one.target.starts_with(target)).count()
    }

    /// The number of requests at each depth. The depth of a request is the length of the longest chain of requests
    /// before it, each of which starts after the previous one has ended. Requests that are sent at once can look
    /// sequential, unless the registry answers in rounds.
    pub(crate) fn levels(&self) -> Vec<usize> {
        let mut all = self.all();
        all.sort_by_key(|one| one.end);
        let mut ended: Vec<(Instant, usize)> = Vec::new();
        let mut levels = Vec::new();
        for one in all {
            let before = ended.iter().filter(|(end, _)| *end <= one.start).map(|(_, level)| level + 1).max();
            let level = before.unwrap_or_default();
            ended.push((one.end, level));
            levels.resize(levels.len().max(level + 1), 0);
            levels[level] += 1;
        }
        levels
    }
}
