//! The events of the library, as a program that embeds it receives them.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use dhi::limits::Limits;
use dhi::registry::{Mirror, Options, Registry, RemoteRegistry};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};

use crate::support::registry::{InMemoryRegistry, Reply};

/// Every event of this thread, a line each: level, target and fields.
#[derive(Clone, Default)]
pub(crate) struct Events(Arc<Mutex<Vec<String>>>);

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        write!(self.0, " {}={value}", field.name()).unwrap();
    }
}

impl<S: Subscriber> Layer<S> for Events {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let mut fields = Fields(format!("{} {}", metadata.level(), metadata.target()));
        event.record(&mut fields);
        self.0.lock().unwrap().push(fields.0);
    }
}

impl Events {
    /// Listens as long as the guard lives.
    pub(crate) fn listen() -> (Self, tracing::subscriber::DefaultGuard) {
        let events = Self::default();
        let subscriber = tracing_subscriber::registry().with(events.clone());
        (events, tracing::subscriber::set_default(subscriber))
    }

    /// Those of `target`.
    pub(crate) fn of(&self, target: &str) -> Vec<String> {
        let all = self.0.lock().unwrap();
        all.iter().filter(|event| event.split(' ').nth(1) == Some(target)).cloned().collect()
    }
}

fn client(mirrors: Vec<Mirror>) -> RemoteRegistry {
    let limits = Limits::default().with(|limits| limits.attempts = 2);
    let options = Options { limits, mirrors, plain_http: vec!["127.0.0.1".to_owned()], ..Options::default() };
    options.secrets.add("hunter2-token");
    RemoteRegistry::new(options, Arc::new(())).unwrap()
}

#[tokio::test]
async fn request_events_have_outcomes_and_no_secrets() {
    let server = InMemoryRegistry::start();
    let host = server.host();
    let (events, _guard) = Events::listen();
    let reference: dhi::oci::Reference = format!("{host}/acme/hunter2-token:x").parse().unwrap();
    let path = "/v2/acme/hunter2-token/manifests/x";
    server.script_once(path, Reply::new(503, "hunter2-token").header("Retry-After", "0"));
    server.script(path, Reply::redirect(&server.url("/elsewhere?tok=QUERY")));
    server.script("/elsewhere", Reply::json(200, "{}"));
    client(Vec::new()).manifest(&reference.repository, &reference.version()).await.unwrap();
    let all = events.of("dhi::http");
    let requests: Vec<&String> = all.iter().filter(|event| event.starts_with("INFO")).collect();
    let url = format!("http://{host}/v2/acme/***/manifests/x");
    let shown = |needle: &str| requests.iter().any(|event| event.contains(needle));
    assert_eq!(requests.len(), 3, "{all:#?}");
    assert!(shown(&format!("method=GET url={url} status=503")) && shown("attempt=1"), "{all:#?}");
    assert!(shown(&format!("method=GET url={url} status=307")) && shown("attempt=2"), "{all:#?}");
    assert!(shown(&format!("method=GET url=http://{host}/elsewhere status=200")), "{all:#?}");
    assert!(shown("bytes=2"), "{all:#?}");
    let debug = |needle: &str| all.iter().any(|event| event.starts_with("DEBUG") && event.contains(needle));
    assert!(debug("retry after a wait") && debug("redirected") && debug("new connections"), "{all:#?}");
    let text = all.join("\n");
    assert!(!text.contains("hunter2") && !text.contains("QUERY"), "{text}");
}

#[tokio::test]
async fn failed_requests_and_skipped_mirrors_are_events() {
    let (server, mirror) = (InMemoryRegistry::start(), InMemoryRegistry::start());
    server.put_blob("acme/api", b"x");
    mirror.script("/v2/acme/api/manifests/x", Reply::cut());
    let (events, _guard) = Events::listen();
    let mirrors = vec![Mirror::new(&server.host(), &mirror.host()).unwrap()];
    let reference: dhi::oci::Reference = format!("{}/acme/api:x", server.host()).parse().unwrap();
    let found = client(mirrors).manifest(&reference.repository, &reference.version()).await;
    assert!(found.is_err());
    let requests = events.of("dhi::http");
    let failed: Vec<_> = requests.iter().filter(|event| event.contains("cause=")).collect();
    assert_eq!(failed.len(), 2, "{requests:#?}");
    assert!(failed.iter().all(|event| event.contains(&mirror.host()) && !event.contains("status=")));
    let passed = events.of("dhi::mirror");
    assert_eq!(passed.len(), 1, "{passed:#?}");
    assert!(passed[0].contains(" is skipped, "), "{passed:#?}");
}
