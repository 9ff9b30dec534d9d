//! A registry that does what a test tells it, and writes down everything it is asked.
//!
//! It holds manifests, blobs and tags in memory, takes new ones, and lists referrers by their `subject`. Knobs turn on token
//! or password authentication, turn the referrers API off, page it and slow everything down; [`Reply`]s
//! replace the answer to single paths by anything, however wrong.

mod connection;
mod content;
mod layout;
mod log;
mod reply;
mod rounds;
mod tokens;

use std::collections::{HashMap, VecDeque};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use content::Content;
pub(crate) use log::LoggedRequest;
pub(crate) use reply::{Body, Reply};
pub(crate) use tokens::{Challenge, Tokens};

/// A running registry. It stops when dropped.
pub(crate) struct InMemoryRegistry {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    content: Mutex<Content>,
    settings: Mutex<Settings>,
    scripts: Mutex<HashMap<String, Script>>,
    log: Mutex<Vec<LoggedRequest>>,
    tokens: Mutex<Option<Tokens>>,
    rounds: rounds::Rounds,
    stop: AtomicBool,
}

#[derive(Clone, Default)]
struct Settings {
    no_referrers_api: bool,
    /// The status that it answers with in place of 404.
    no_api_status: Option<u16>,
    /// The same of tags that do not exist.
    no_tag_status: Option<u16>,
    no_oci_subject: bool,
    page: Option<usize>,
    latency: Duration,
    challenge: Option<Challenge>,
    headers: Vec<(String, String)>,
}

/// Answers of one path: some once, in order, then one for ever or what the registry would answer by itself.
#[derive(Default)]
struct Script {
    once: VecDeque<Reply>,
    always: Option<Reply>,
}

impl InMemoryRegistry {
    /// A registry at a free port of 127.0.0.1.
    pub(crate) fn start() -> Self {
        Self::start_at("127.0.0.1")
    }

    /// A registry at a free port of a loopback address.
    pub(crate) fn start_at(address: &str) -> Self {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.stop.load(Ordering::SeqCst) {
                    break;
                }
                let (Ok(stream), shared) = (stream, Arc::clone(&shared)) else { continue };
                std::thread::spawn(move || connection::serve(stream, &shared));
            }
        });
        Self { address, state }
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// `http://127.0.0.1:PORT` and `path`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Turns the referrers API on (as it is at first) or off.
    pub(crate) fn referrers_api(&self, on: bool) {
        self.state.settings.lock().unwrap().no_referrers_api = !on;
    }

    /// Turns the referrers API off, for which it answers so.
    pub(crate) fn no_referrers_api(&self, status: u16) {
        self.referrers_api(false);
        self.state.settings.lock().unwrap().no_api_status = Some(status);
    }

    /// Answers so for tags that do not exist.
    pub(crate) fn no_such_tag(&self, status: u16) {
        self.state.settings.lock().unwrap().no_tag_status = Some(status);
    }

    /// Answers referrers in pages of that many.
    pub(crate) fn page(&self, size: usize) {
        self.state.settings.lock().unwrap().page = Some(size);
    }

    /// Lets every answer wait.
    pub(crate) fn latency(&self, latency: Duration) {
        self.state.settings.lock().unwrap().latency = latency;
    }

    /// Adds a header to every answer.
    pub(crate) fn add_header(&self, name: &str, value: &str) {
        self.state.settings.lock().unwrap().headers.push((name.to_owned(), value.to_owned()));
    }

    /// Demands authorization for everything under `/v2/`.
    pub(crate) fn demand(&self, challenge: Challenge) {
        self.state.settings.lock().unwrap().challenge = Some(challenge);
    }

    /// Serves tokens at `/token`.
    pub(crate) fn serve_tokens(&self, tokens: &Tokens) {
        *self.state.tokens.lock().unwrap() = Some(tokens.clone());
    }

    /// Demands tokens of its own `/token`.
    pub(crate) fn demand_own_tokens(&self) -> Tokens {
        let tokens = Tokens::new();
        self.serve_tokens(&tokens);
        self.demand(Challenge::bearer(&self.url("/token"), &tokens));
        tokens
    }

    /// Lets a registry with the referrers API say so when it stores a referrer (as it does at first) or not.
    pub(crate) fn oci_subject(&self, on: bool) {
        self.state.settings.lock().unwrap().no_oci_subject = !on;
    }

    /// Answers `path` (with its query, or else any query) always so. With a method before it, `PUT /v2/…`, only
    /// such requests.
    pub(crate) fn script(&self, path: &str, reply: Reply) {
        self.state.scripts.lock().unwrap().entry(path.to_owned()).or_default().always = Some(reply);
    }

    /// Answers `path` by itself again.
    pub(crate) fn unscript(&self, path: &str) {
        self.state.scripts.lock().unwrap().remove(path);
    }

    /// Answers the next request to `path` so; several in their order.
    pub(crate) fn script_once(&self, path: &str, reply: Reply) {
        self.state.scripts.lock().unwrap().entry(path.to_owned()).or_default().once.push_back(reply);
    }
}

impl State {
    fn scripted(&self, request: &LoggedRequest) -> Option<Reply> {
        let LoggedRequest { method, target, .. } = request;
        let path = target.split('?').next().unwrap_or_default();
        let mut scripts = self.scripts.lock().unwrap();
        let with_method = [format!("{method} {target}"), format!("{method} {path}")];
        for key in with_method.iter().map(String::as_str).chain([target, path]) {
            if let Some(script) = scripts.get_mut(key)
                && let Some(reply) = script.once.pop_front().or_else(|| script.always.clone())
            {
                return Some(reply);
            }
        }
        None
    }
}

impl Drop for InMemoryRegistry {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::SeqCst);
        // Wakes the listener.
        let _ = TcpStream::connect(self.address);
    }
}
