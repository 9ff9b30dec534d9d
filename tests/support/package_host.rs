//! A host of package repositories on this machine.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::http::{Body, HttpServer, Reply, RequestLog};

/// A host with files, which a test exchanges. Below `/silent` it gives no answer.
pub(crate) struct Host {
    pub(crate) server: HttpServer,
    pub(crate) log: RequestLog,
    files: Arc<Mutex<BTreeMap<String, Reply>>>,
}

impl Host {
    pub(crate) fn start() -> Self {
        Self::demanding(None)
    }

    /// A host that wants this header `Authorization` for each path with `/gated/`.
    pub(crate) fn demanding(login: Option<&str>) -> Self {
        let (log, login) = (RequestLog::default(), login.map(str::to_owned));
        let files = Arc::new(Mutex::new(BTreeMap::<String, Reply>::new()));
        let served = Arc::clone(&files);
        let server = HttpServer::start("127.0.0.1", &log, move |request| {
            let path = request.path();
            if path.starts_with("/silent") {
                return Reply::new(200, "").body(Body::Silent);
            }
            let is_let_in = login.is_some() && request.header("authorization") == login.as_deref();
            if path.contains("/gated/") && !is_let_in {
                return Reply::new(401, "").header("WWW-Authenticate", "Basic realm=\"packages\"");
            }
            served.lock().unwrap().get(path).cloned().unwrap_or_else(|| Reply::new(404, ""))
        });
        Self { server, log, files }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.host())
    }

    pub(crate) fn script(&self, path: &str, reply: Reply) {
        self.files.lock().unwrap().insert(path.to_owned(), reply);
    }

    pub(crate) fn put(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.script(path, Reply::new(200, bytes));
    }

    /// Replaces all files below a folder.
    pub(crate) fn put_all(&self, folder: &str, files: BTreeMap<String, Vec<u8>>) {
        let below = format!("{folder}/");
        self.files.lock().unwrap().retain(|path, _| !path.starts_with(&below));
        for (path, bytes) in files {
            self.put(&format!("{folder}/{path}"), bytes);
        }
    }

    pub(crate) fn remove(&self, path: &str) {
        self.files.lock().unwrap().remove(path).unwrap();
    }

    /// Removes and returns the requests, sorted.
    pub(crate) fn take_log(&self) -> Vec<String> {
        let mut targets = self.log.targets();
        self.log.take();
        targets.sort();
        targets
    }
}
