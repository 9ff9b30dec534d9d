//! The hosts whose responses are waited for, for messages about progress. No decision depends on them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use reqwest::Url;

use crate::registry::mutex::lock;

/// The requests of all transports that share this value and are not complete. Clones share the same requests.
#[derive(Clone, Debug, Default)]
pub struct Waits(Arc<Mutex<Requests>>);

#[derive(Debug, Default)]
struct Requests {
    /// The host of each request, by the order in which they began.
    hosts: BTreeMap<u64, String>,
    next: u64,
}

/// A request that is waited for, until this value is dropped.
#[derive(Debug)]
pub(super) struct Waiting {
    waits: Waits,
    number: u64,
}

impl Waits {
    /// The host, with its port if that is not the default, of the request that is waited for longest.
    pub fn host(&self) -> Option<String> {
        lock(&self.0).hosts.first_key_value().map(|(_, host)| host.clone())
    }

    /// Adds a request to the host of `url`.
    pub(super) fn start(&self, url: &Url) -> Waiting {
        let name = url.host_str().unwrap_or_default();
        let host = url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"));
        let mut requests = lock(&self.0);
        let number = requests.next;
        requests.next += 1;
        requests.hosts.insert(number, host);
        Waiting { waits: self.clone(), number }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        lock(&self.waits.0).hosts.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_request_that_is_not_complete_is_named() {
        let waits = Waits::default();
        let start = |url: &str| waits.start(&url.parse().unwrap());
        assert_eq!(waits.host(), None);
        let first = start("https://dhi.io/v2/");
        let second = start("http://127.0.0.1:5000/v2/");
        assert_eq!(waits.host().as_deref(), Some("dhi.io"));
        drop(first);
        assert_eq!(waits.clone().host().as_deref(), Some("127.0.0.1:5000"));
        let third = start("https://dhi.io:443/");
        assert_eq!(waits.host().as_deref(), Some("127.0.0.1:5000"));
        drop(second);
        assert_eq!(waits.host().as_deref(), Some("dhi.io"));
        drop(third);
        assert_eq!(waits.host(), None);
    }
}
