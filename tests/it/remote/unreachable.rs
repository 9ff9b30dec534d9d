//! Hosts to which no connection can be made: they are not connected again for a while, if the caller wants that.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use dhi::diagnostic::{Diagnostic, Exit, ToDiagnostic as _};
use dhi::oci::{Reference, Version};
use dhi::registry::{Error, Mirror, Options, Registry as _};
use futures_util::future::join_all;

use super::{Client, REPO, image, limits, manifest_path, options, tag, with};
use crate::support::env::TestEnv;
use crate::support::registry::{InMemoryRegistry, Reply};

const PAUSE: Duration = Duration::from_secs(3600);

/// A server without TLS: no connection with TLS can be made to it. It counts the attempts.
struct WithoutTls {
    host: String,
    connections: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    server: Option<JoinHandle<()>>,
}

impl WithoutTls {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let (connections, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (counted, stopped) = (Arc::clone(&connections), Arc::clone(&stop));
        let server = std::thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                counted.fetch_add(1, Ordering::SeqCst);
                // The greeting of the client is read, so that the answer is not lost by a reset.
                if stream.read(&mut [0; 4096]).is_ok() {
                    let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
                }
            }
        });
        Self { host, connections, stop, server: Some(server) }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The errors of requests for this many images at once.
    async fn ask(&self, client: &Client, images: usize) -> Vec<Diagnostic> {
        let ask = async |number: usize| {
            let reference: Reference = format!("{}/acme/{number}:x", self.host).parse().unwrap();
            client.0.manifest(&reference.repository, &reference.version()).await.unwrap_err().to_diagnostic()
        };
        join_all((0..images).map(ask)).await
    }
}

impl Drop for WithoutTls {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(&self.host);
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}

fn pausing(options: Options) -> Client {
    with(Options { unreachable_pause: PAUSE, ..options })
}

#[tokio::test]
async fn an_unreachable_host_is_not_connected_again() {
    let server = WithoutTls::start();
    let client = pausing(Options { limits: limits(), ..Options::default() });
    let first = server.ask(&client, 1).await.remove(0);
    assert_eq!((server.connections(), first.exit()), (2, Exit::Unavailable));
    // The same error, so that a report has it once.
    for error in server.ask(&client, 40).await {
        assert_eq!(error, first);
    }
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn requests_that_wait_for_the_host_end_too() {
    let server = WithoutTls::start();
    let limits = limits().with(|limits| limits.requests_per_host = 4);
    let client = pausing(Options { limits, ..Options::default() });
    let errors = server.ask(&client, 40).await;
    assert!(errors.iter().all(|error| error == &errors[0]), "{errors:?}");
    // Without the pause there would be 80.
    assert!(server.connections() < 80, "{}", server.connections());
}

#[tokio::test]
async fn without_a_pause_every_request_connects() {
    let server = WithoutTls::start();
    let client = with(Options { limits: limits(), ..Options::default() });
    server.ask(&client, 1).await;
    server.ask(&client, 3).await;
    assert_eq!(server.connections(), 8);
}

#[tokio::test]
async fn a_host_that_responds_is_requested_again() {
    let server = InMemoryRegistry::start();
    let digest = image(&server);
    let client = pausing(options(&server));
    let path = manifest_path(&tag("latest"));
    for failure in [Reply::json(503, ""), Reply::json(429, ""), Reply::json(500, ""), Reply::cut()] {
        server.script(&path, failure);
        server.clear_log();
        assert!(client.latest(&server).await.is_err());
        assert!(client.latest(&server).await.is_err());
        assert_eq!(server.log().len(), 4);
    }
    server.unscript(&path);
    assert_eq!(client.latest(&server).await, Ok(digest));
}

#[tokio::test]
async fn an_unreachable_mirror_is_skipped_at_once() {
    let (registry, mirror) = (InMemoryRegistry::start(), WithoutTls::start());
    let digest = image(&registry);
    let mirrors = vec![Mirror::new(&registry.host(), &mirror.host).unwrap()];
    let client = pausing(Options { mirrors, ..options(&registry) });
    for version in [tag("latest"), Version::Digest(digest)] {
        assert_eq!(client.manifest(&registry, &version).await, Ok(digest));
        assert_eq!(mirror.connections(), 2);
    }
    // The error of both names both.
    let missing = client.manifest(&registry, &tag("missing")).await;
    assert!(matches!(missing, Err(Error::Mirrored { .. })), "{missing:?} {REPO}");
}

/// 25 images of one registry, 16 of which are verified at once with up to 4 attempts each.
#[test]
fn a_command_does_not_wait_for_each_image() {
    let server = WithoutTls::start();
    let images: Vec<String> = (0..25).map(|number| format!("{}/acme/{number}:x", server.host)).collect();
    let arguments: Vec<&str> =
        ["verify", "--no-cache"].into_iter().chain(images.iter().map(String::as_str)).collect();
    let run = TestEnv::new().dhi(&arguments);
    run.assert(6, "error[registry/unreachable]");
    assert!((4..=64).contains(&server.connections()), "{}", server.connections());
}
