//! A registry in memory. It holds manifests, blobs and tags, accepts new ones, and lists referrers by their `subject`.
//!
//! Tests reach it over HTTP ([`InMemoryRegistry::start`]) or as a value of the trait `Registry`, which answers for all
//! hosts (`in_process`). Settings turn on authentication, turn the referrers API off or page it, and slow everything down. A
//! [`Reply`] can replace the answer to one path, a function the answer to any request. All requests are logged.

mod content;
mod in_process;
mod layout;
mod rounds;
mod tokens;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use content::Content;

pub(crate) use super::http::{Body, Reply, Request};
use super::http::{HttpServer, RequestLog};
pub(crate) use tokens::{Challenge, Tokens};

/// The content and what was requested of it. Where it is started, the server stops when the value is dropped.
#[derive(Default)]
pub(crate) struct InMemoryRegistry {
    server: Option<HttpServer>,
    state: Arc<State>,
}

/// Answers some requests.
type ReplyFunction = dyn Fn(&Request) -> Option<Reply> + Send + Sync;

#[derive(Default)]
struct State {
    content: Mutex<Content>,
    settings: Mutex<Settings>,
    scripts: Mutex<HashMap<String, Script>>,
    functions: Mutex<Vec<Box<ReplyFunction>>>,
    log: RequestLog,
    tokens: Mutex<Option<Tokens>>,
    rounds: rounds::Rounds,
}

#[derive(Clone, Default)]
struct Settings {
    no_referrers_api: bool,
    /// The status of the missing referrers API, in place of 404.
    no_api_status: Option<u16>,
    /// The status of tags that do not exist, in place of 404.
    no_tag_status: Option<u16>,
    no_oci_subject: bool,
    page: Option<usize>,
    latency: Duration,
    challenge: Option<Challenge>,
    headers: Vec<(String, String)>,
    listed_types: ListedTypes,
    /// The repository and the tag that all names of images mean.
    only_image: Option<(String, String)>,
}

/// The artifact types in lists of referrers.
#[derive(Clone, Copy, Default)]
pub(crate) enum ListedTypes {
    /// As the specification demands.
    #[default]
    Declared,
    /// Those of the configurations, without annotations, as the registry of go-containerregistry lists them.
    OfConfigs,
    /// None, and no annotations.
    Missing,
    /// This one for each referrer.
    Wrong(&'static str),
}

/// Replies to one path: some once, in order; after them one that stays, or else what the content gives.
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
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let server = HttpServer::start(address, &state.log, move |request| shared.answer(request));
        Self { server: Some(server), state }
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn host(&self) -> String {
        self.server.as_ref().expect("the registry is not started").host()
    }

    /// `http://127.0.0.1:PORT` and `path`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host())
    }

    /// Turns the referrers API on (the default) or off.
    pub(crate) fn referrers_api(&self, on: bool) {
        self.state.settings.lock().unwrap().no_referrers_api = !on;
    }

    /// Turns the referrers API off; requests for it get this status.
    pub(crate) fn no_referrers_api(&self, status: u16) {
        self.referrers_api(false);
        self.state.settings.lock().unwrap().no_api_status = Some(status);
    }

    /// Answers with this status for tags that do not exist.
    pub(crate) fn no_such_tag(&self, status: u16) {
        self.state.settings.lock().unwrap().no_tag_status = Some(status);
    }

    /// Lists referrers in pages of this size.
    pub(crate) fn page(&self, size: usize) {
        self.state.settings.lock().unwrap().page = Some(size);
    }

    /// Chooses the artifact types in lists of referrers.
    pub(crate) fn list_types(&self, types: ListedTypes) {
        self.state.settings.lock().unwrap().listed_types = types;
    }

    /// Delays every answer.
    pub(crate) fn latency(&self, latency: Duration) {
        self.state.settings.lock().unwrap().latency = latency;
    }

    /// Serves the image under this tag for all repositories and tags. Fallback tags are not changed.
    pub(crate) fn serve_for_all_names(&self, repository: &str, tag: &str) {
        self.state.settings.lock().unwrap().only_image = Some((repository.to_owned(), tag.to_owned()));
    }

    /// Adds a header to every answer.
    pub(crate) fn add_header(&self, name: &str, value: &str) {
        self.state.settings.lock().unwrap().headers.push((name.to_owned(), value.to_owned()));
    }

    /// Requires authorization for everything under `/v2/`.
    pub(crate) fn demand(&self, challenge: Challenge) {
        self.state.settings.lock().unwrap().challenge = Some(challenge);
    }

    /// Serves tokens at `/token`.
    pub(crate) fn serve_tokens(&self, tokens: &Tokens) {
        *self.state.tokens.lock().unwrap() = Some(tokens.clone());
    }

    /// Requires tokens of its own `/token`.
    pub(crate) fn demand_own_tokens(&self) -> Tokens {
        let tokens = Tokens::new();
        self.serve_tokens(&tokens);
        self.demand(Challenge::bearer(&self.url("/token"), &tokens));
        tokens
    }

    /// Whether the answer to a stored referrer has the header `OCI-Subject` (the default), where the referrers API is on.
    pub(crate) fn oci_subject(&self, on: bool) {
        self.state.settings.lock().unwrap().no_oci_subject = !on;
    }

    /// Answers all requests to `path` with this reply. `path` can have a query, and a method before it: `PUT /v2/…`.
    pub(crate) fn script(&self, path: &str, reply: Reply) {
        self.state.scripts.lock().unwrap().entry(path.to_owned()).or_default().always = Some(reply);
    }

    /// Answers `path` from the content again.
    pub(crate) fn unscript(&self, path: &str) {
        self.state.scripts.lock().unwrap().remove(path);
    }

    /// Answers the next request to `path` with this reply. Several are used in order.
    pub(crate) fn script_once(&self, path: &str, reply: Reply) {
        self.state.scripts.lock().unwrap().entry(path.to_owned()).or_default().once.push_back(reply);
    }

    /// Answers requests by this function, if it returns a reply and no script does. Functions added later come first.
    pub(crate) fn reply_with(&self, function: impl Fn(&Request) -> Option<Reply> + Send + Sync + 'static) {
        self.state.functions.lock().unwrap().push(Box::new(function));
    }

    /// All requests so far.
    pub(crate) fn log(&self) -> Vec<Request> {
        self.state.log.all()
    }

    pub(crate) fn clear_log(&self) {
        self.state.log.take();
    }

    /// `METHOD TARGET STATUS` of each request, in the order of their answers.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.state.log.lines()
    }

    /// The number of requests whose target begins with this text.
    pub(crate) fn count(&self, target: &str) -> usize {
        self.state.log.count(target)
    }

    /// The number of requests at each depth: see [`RequestLog::levels`] and [`InMemoryRegistry::in_rounds`].
    pub(crate) fn levels(&self) -> Vec<usize> {
        self.state.log.levels()
    }
}

impl State {
    /// The answer to a request, and when: it can wait for others of its round.
    fn answer(&self, request: &Request) -> Reply {
        let mut reply = self.choose(request);
        let Settings { latency, headers, .. } = self.settings.lock().unwrap().clone();
        reply.headers.extend(headers);
        reply.delay += latency;
        self.rounds.hold();
        reply
    }

    fn choose(&self, request: &Request) -> Reply {
        let only_image = self.settings.lock().unwrap().only_image.clone();
        match (only_image, content::split(request.path())) {
            (Some((repository, tag)), Some((_, kind, name))) => {
                let is_tag = kind == "manifests" && !name.contains(':') && !name.starts_with("sha256-");
                let name = if is_tag { &tag } else { name };
                let target = format!("/v2/{repository}/{kind}/{name}");
                self.choose_exactly(&Request { target, ..request.clone() })
            }
            _ => self.choose_exactly(request),
        }
    }

    fn choose_exactly(&self, request: &Request) -> Reply {
        if request.path() == "/token" {
            if let Some(reply) = self.scripted(request) {
                return reply;
            }
            let tokens = self.tokens.lock().unwrap().clone();
            return tokens.map_or_else(|| Reply::new(404, ""), |tokens| tokens.answer(request));
        }
        let settings = self.settings.lock().unwrap().clone();
        if let Some(challenge) = &settings.challenge
            && let Some((repository, ..)) = content::split(request.path())
            && let Some(refusal) = challenge.refuses(request, repository)
        {
            return refusal;
        }
        self.scripted(request).unwrap_or_else(|| self.content.lock().unwrap().answer(request, &settings))
    }

    fn scripted(&self, request: &Request) -> Option<Reply> {
        let (method, target, path) = (&request.method, request.target.as_str(), request.path());
        let mut scripts = self.scripts.lock().unwrap();
        let with_method = [format!("{method} {target}"), format!("{method} {path}")];
        for key in with_method.iter().map(String::as_str).chain([target, path]) {
            if let Some(script) = scripts.get_mut(key)
                && let Some(reply) = script.once.pop_front().or_else(|| script.always.clone())
            {
                return Some(reply);
            }
        }
        self.functions.lock().unwrap().iter().rev().find_map(|function| function(request))
    }
}
