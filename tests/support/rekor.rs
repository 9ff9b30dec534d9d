//! A server with the HTTP interface of Rekor v1: it checks each upload, records it in a [`Log`] and answers with the
//! proof, as the real one does. A [`RekorBehavior`] makes it fail.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use serde_json::json;

use super::http::{Body, HttpServer, Reply, Request, RequestLog};
use super::test_sigstore::key::Key;
use super::test_sigstore::log::{Entry, Log};
use super::test_sigstore::proposal;
use super::test_sigstore::signed::Signer;

/// The path of the entries.
const ENTRIES: &str = "/api/v1/log/entries";

/// What the server does with an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RekorBehavior {
    /// As Rekor.
    Honest,
    /// It answers 201 with a body without end.
    Endless,
    /// It answers with the entry of another signature, which the log contains.
    Another,
    /// It answers 200 with an HTML page, as a proxy or a login portal does.
    Html,
    /// It takes the upload and never answers.
    Silent,
    /// It answers the first upload with 503 and `Retry-After`.
    Busy,
    /// It records the first upload and closes the connection without an answer.
    Lossy,
    /// It answers that the entry exists already, at another host.
    KnownElsewhere(SocketAddr),
    /// It redirects to another host.
    Moved(SocketAddr),
    /// It answers with an error.
    Status(u16),
}

/// A running server. It stops when it is dropped.
pub(crate) struct RekorServer {
    server: HttpServer,
    log: RequestLog,
}

struct State {
    log: Log,
    behavior: RekorBehavior,
    entries: Mutex<HashMap<String, Entry>>,
    uploads: AtomicUsize,
}

impl RekorServer {
    /// A server in front of `log` at a free port of 127.0.0.1.
    pub(crate) fn start(log: &Log, behavior: RekorBehavior) -> Self {
        let state =
            State { log: log.clone(), behavior, entries: Mutex::default(), uploads: AtomicUsize::default() };
        let requests = RequestLog::default();
        let server = HttpServer::start("127.0.0.1", &requests, move |request| {
            state.answer(request).header("Connection", "close")
        });
        Self { server, log: requests }
    }

    /// For `--rekor-url`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.server.host())
    }

    /// Every request so far, as `METHOD PATH`.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.log.targets()
    }
}

fn error(status: u16, message: &str) -> Reply {
    Reply::json(status, json!({"code": status, "message": message}).to_string())
}

impl State {
    fn answer(&self, request: &Request) -> Reply {
        match (request.method.as_str(), request.target.as_str()) {
            ("POST", ENTRIES) => self.upload(request.body.as_bytes()),
            ("GET", "/api/v1/log/publicKey") => {
                Reply::new(200, self.log.key.pem()).header("Content-Type", "application/x-pem-file")
            }
            ("GET", path) => match path.strip_prefix(ENTRIES).and_then(|rest| rest.strip_prefix('/')) {
                Some(uuid) => match self.entries.lock().unwrap().get(uuid) {
                    Some(entry) => Reply::json(200, json!({uuid: entry.answered()}).to_string()),
                    None => error(404, "entry not found"),
                },
                None => error(404, "path was not found"),
            },
            _ => error(405, "method is not allowed"),
        }
    }

    fn upload(&self, body: &[u8]) -> Reply {
        let is_first = self.uploads.fetch_add(1, Ordering::SeqCst) == 0;
        match self.behavior {
            RekorBehavior::Busy if is_first => error(503, "not now").header("Retry-After", "1"),
            RekorBehavior::Lossy if is_first => {
                self.record(body);
                Reply::cut()
            }
            RekorBehavior::Honest | RekorBehavior::Busy | RekorBehavior::Lossy => self.record(body),
            RekorBehavior::Endless => Reply::json(201, "").body(Body::Endless),
            RekorBehavior::Silent => Reply::new(200, "").body(Body::Silent),
            RekorBehavior::KnownElsewhere(host) => error(409, "an equivalent entry already exists")
                .header("Location", &format!("http://{host}{ENTRIES}/{}", "0".repeat(80))),
            RekorBehavior::Moved(host) => {
                error(307, "moved").header("Location", &format!("http://{host}{ENTRIES}"))
            }
            RekorBehavior::Another => self.record_another(),
            RekorBehavior::Html => Reply::new(200, "<!doctype html><title>Welcome</title><p>Please sign in.")
                .header("Content-Type", "text/html"),
            RekorBehavior::Status(500) => error(500, "no luck today"),
            RekorBehavior::Status(429) => error(429, "slow down"),
            RekorBehavior::Status(_) => error(400, "not like this"),
        }
    }

    fn record(&self, proposal: &[u8]) -> Reply {
        let body = match proposal::body(proposal) {
            Ok(body) => body,
            Err(message) => return error(400, &message),
        };
        let uuid = Log::uuid(&body.bytes);
        let mut entries = self.entries.lock().unwrap();
        let reply = if entries.contains_key(&uuid) {
            let message = "an equivalent entry already exists in the transparency log with UUID";
            error(409, &format!("{message} {uuid}"))
        } else {
            let entry = self.log.record(body, Timestamp::now());
            let answer = json!({&uuid: entry.answered()});
            entries.insert(uuid.clone(), entry);
            Reply::json(201, answer.to_string())
        };
        // cosign 3 finds the entry in the answer by the ETag.
        reply.header("Location", &format!("{ENTRIES}/{uuid}")).header("ETag", &uuid)
    }

    /// Records a signature of another key in place of the upload.
    fn record_another(&self) -> Reply {
        let signer =
            Signer { key: Key::p256(), certificate: None, chain: Vec::new(), time: Timestamp::now() };
        let mut signed = signer.sign(b"something else").logged(&self.log);
        let entry = signed.entry();
        Reply::json(201, json!({Log::uuid(&entry.body.bytes): entry.answered()}).to_string())
    }
}
