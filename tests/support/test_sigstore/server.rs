//! A stand-in for the HTTP interface of Rekor v1, on loopback: it checks what it is given, records it in a
//! [`Log`] and answers with the proof, as the real one does; or it misbehaves.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::log::{Entry, Log};
use super::proposal;

/// Where entries are.
const ENTRIES: &str = "/api/v1/log/entries";

/// What the server does with an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RekorBehavior {
    /// What Rekor does.
    Honest,
    /// It answers 201 and never stops.
    Endless,
    /// It answers with the entry of another signature, which the log really has.
    Another,
    /// It answers 200 with a page for people, as a proxy or a login portal does.
    Html,
    /// It takes the upload and says nothing.
    Silent,
    /// It takes an upload only when it is asked again, and says after which wait.
    Busy,
    /// It records the first upload, and its answer is lost.
    Lossy,
    /// It says that the entry is there already, at another host.
    KnownElsewhere(SocketAddr),
    /// It redirects to another host.
    Moved(SocketAddr),
    /// It answers with an error.
    Status(u16),
}

/// A running server. It stops when dropped.
pub(crate) struct RekorServer {
    address: SocketAddr,
    state: Arc<State>,
}

struct State {
    log: Log,
    behavior: RekorBehavior,
    entries: Mutex<HashMap<String, Entry>>,
    requests: Mutex<Vec<String>>,
    stop: AtomicBool,
}

impl RekorServer {
    /// A server in front of `log` at a free port of 127.0.0.1.
    pub(crate) fn start(log: &Log, behavior: RekorBehavior) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            log: log.clone(),
            behavior,
            entries: Mutex::default(),
            requests: Mutex::default(),
            stop: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.stop.load(Ordering::SeqCst) {
                    break;
                }
                let (Ok(stream), shared) = (stream, Arc::clone(&shared)) else { continue };
                // A client that goes away is not the server's failure.
                std::thread::spawn(move || shared.serve(stream).unwrap_or_default());
            }
        });
        Self { address, state }
    }

    /// For `--rekor-url`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request so far, as `METHOD PATH`.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state.requests.lock().unwrap().clone()
    }
}

impl Drop for RekorServer {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::SeqCst);
        // Wakes the listener.
        drop(TcpStream::connect(self.address));
    }
}

/// An answer.
struct Answer {
    status: &'static str,
    media_type: &'static str,
    headers: String,
    body: String,
}

impl Answer {
    fn json(status: &'static str, body: &Value) -> Self {
        Self { status, media_type: "application/json", headers: String::new(), body: body.to_string() }
    }

    fn error(status: &'static str, message: &str) -> Self {
        let code: u16 = status[..3].parse().unwrap();
        Self::json(status, &json!({"code": code, "message": message}))
    }
}

fn location(address: &str) -> String {
    format!("Location: {address}\r\n")
}

impl State {
    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream);
        let mut head = String::new();
        while reader.read_line(&mut head)? > 2 {}
        let mut lines = head.lines();
        let request = lines.next().unwrap_or_default();
        let (method, path) = request.split_once(' ').unwrap_or_default();
        let path = path.split(' ').next().unwrap_or_default();
        let length = lines
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .map_or(0, |(_, length)| length.trim().parse().unwrap_or(0));
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;

        // The request that wakes the listener at the end is none.
        if request.is_empty() {
            return Ok(());
        }
        self.requests.lock().unwrap().push(format!("{method} {path}"));
        let stream = reader.get_mut();
        match self.behavior {
            RekorBehavior::Endless if method == "POST" => return self.babble(stream),
            RekorBehavior::Silent if method == "POST" => return self.keep_silent(stream),
            RekorBehavior::Lossy if self.uploads() == 1 => {
                self.record(&body);
                return Ok(());
            }
            _ => {}
        }
        let answer = self.answer(method, path, &body);
        write!(
            stream,
            "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n{}\r\n{}",
            answer.status,
            answer.media_type,
            answer.body.len(),
            answer.headers,
            answer.body
        )
    }

    /// The beginning of a good answer, then spaces as long as anyone listens.
    fn babble(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        stream.write_all(
            b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{",
        )?;
        while !self.stop.load(Ordering::SeqCst) {
            stream.write_all(&[b' '; 65_536])?;
        }
        Ok(())
    }

    /// Uploads so far, this one included.
    fn uploads(&self) -> usize {
        self.requests.lock().unwrap().iter().filter(|request| request.starts_with("POST")).count()
    }

    /// Until the client or the test has enough.
    fn keep_silent(&self, stream: &mut TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_millis(50)))?;
        let mut gone = false;
        while !gone && !self.stop.load(Ordering::SeqCst) {
            gone = matches!(stream.read(&mut [0]), Ok(0));
        }
        Ok(())
    }

    fn answer(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        match (method, path) {
            ("POST", ENTRIES) => match self.behavior {
                RekorBehavior::Busy if self.uploads() == 1 => Answer {
                    headers: "Retry-After: 1\r\n".to_owned(),
                    ..Answer::error("503 Service Unavailable", "not now")
                },
                RekorBehavior::Honest
                | RekorBehavior::Endless
                | RekorBehavior::Silent
                | RekorBehavior::Busy
                | RekorBehavior::Lossy => self.record(body),
                RekorBehavior::KnownElsewhere(host) => Answer {
                    headers: location(&format!("http://{host}{ENTRIES}/{}", "0".repeat(80))),
                    ..Answer::error("409 Conflict", "an equivalent entry already exists")
                },
                RekorBehavior::Moved(host) => Answer {
                    headers: location(&format!("http://{host}{ENTRIES}")),
                    ..Answer::error("307 Temporary Redirect", "moved")
                },
                RekorBehavior::Another => self.record_another(),
                RekorBehavior::Html => Answer {
                    status: "200 OK",
                    media_type: "text/html",
                    headers: String::new(),
                    body: "<!doctype html><title>Welcome</title><p>Please sign in.".to_owned(),
                },
                RekorBehavior::Status(500) => Answer::error("500 Internal Server Error", "no luck today"),
                RekorBehavior::Status(429) => Answer::error("429 Too Many Requests", "slow down"),
                RekorBehavior::Status(_) => Answer::error("400 Bad Request", "not like this"),
            },
            ("GET", "/api/v1/log/publicKey") => Answer {
                status: "200 OK",
                media_type: "application/x-pem-file",
                headers: String::new(),
                body: self.log.key.pem(),
            },
            ("GET", path) => match path.strip_prefix(ENTRIES).and_then(|rest| rest.strip_prefix('/')) {
                Some(uuid) => match self.entries.lock().unwrap().get(uuid) {
                    Some(entry) => Answer::json("200 OK", &json!({uuid: entry.answered()})),
                    None => Answer::error("404 Not Found", "entry not found"),
                },
                None => Answer::error("404 Not Found", "path was not found"),
            },
            _ => Answer::error("405 Method Not Allowed", "method is not allowed"),
        }
    }

    fn record(&self, proposal: &[u8]) -> Answer {
        let body = match proposal::body(proposal) {
            Ok(body) => body,
            Err(message) => return Answer::error("400 Bad Request", &message),
        };
        let uuid = Log::uuid(&body.bytes);
        let mut entries = self.entries.lock().unwrap();
        // cosign 3 finds the entry in the answer by the ETag.
        let location = format!("{}ETag: {uuid}\r\n", location(&format!("{ENTRIES}/{uuid}")));
        if entries.contains_key(&uuid) {
            let message =
                format!("an equivalent entry already exists in the transparency log with UUID {uuid}");
            return Answer { headers: location, ..Answer::error("409 Conflict", &message) };
        }
        let entry = self.log.record(body, Timestamp::now());
        let answer = Answer::json("201 Created", &json!({&uuid: entry.answered()}));
        entries.insert(uuid, entry);
        Answer { headers: location, ..answer }
    }

    /// Whatever was uploaded, a stranger signed something and the log recorded it.
    fn record_another(&self) -> Answer {
        let key = super::key::Key::p256();
        let signer =
            super::signed::Signer { key, certificate: None, chain: Vec::new(), time: Timestamp::now() };
        let mut signed = signer.sign(b"something else").logged(&self.log);
        let entry = signed.entry();
        Answer::json("201 Created", &json!({Log::uuid(&entry.body.bytes): entry.answered()}))
    }
}
