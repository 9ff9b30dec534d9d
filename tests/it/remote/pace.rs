//! The minimum rate of answers.

use std::sync::Arc;
use std::time::Duration;

use dhi::limits::Limits;
use dhi::registry::{Error, Options, Secrets, Transport};
use dhi::trust_store::{DataDirectory, TufRepository};

use super::{REPO, client, descriptor, image, limits_once, manifest_path, options, tag, with};
use crate::support::registry::{Body, Challenge, InMemoryRegistry, Reply, Tokens};

/// A byte now and then, which is never silence.
const DRIP: Body = Body::Dripping(Duration::from_millis(10));

fn impatient() -> Limits {
    limits_once().with(|limits| {
        limits.download_rate = 10_000;
        limits.download_time = Duration::from_millis(200);
    })
}

fn is_slow<T: std::fmt::Debug>(result: &Result<T, Error>) {
    let Err(Error::Unreachable { failure, .. }) = result else { panic!("{result:?}") };
    let cause = failure.to_string();
    assert!(cause.contains("too slowly") && cause.contains("less than 10000 bytes a second"), "{cause}");
}

#[tokio::test]
async fn a_dripping_answer_ends_by_the_minimum_rate() {
    let server = InMemoryRegistry::start();
    image(&server);
    let digest = server.put_blob(REPO, b"0123456789");
    let client = with(Options { limits: impatient(), ..options(&server) });
    server.script(&manifest_path(&tag("latest")), Reply::json(200, "").body(DRIP));
    is_slow(&client.latest(&server).await);
    server.script(&format!("/v2/{REPO}/referrers/{digest}"), Reply::json(200, "").body(DRIP));
    is_slow(&client.referrers(&server, &digest).await);
    // With an honest length too.
    let slow = Body::Paced(b"0123456789".to_vec(), 1, Duration::from_millis(100));
    server.script(&format!("/v2/{REPO}/blobs/{digest}"), Reply::new(200, "").body(slow));
    is_slow(&client.blob(&server, &descriptor(b"0123456789")).await);
    // A message of an error is shown as far as it came, and a redirect is followed.
    server.script(&manifest_path(&tag("latest")), Reply::json(404, "").body(DRIP));
    assert!(matches!(client.latest(&server).await, Err(Error::NotFound { .. })));
    let mut away = Reply::redirect(&server.url("/elsewhere"));
    away.body = Body::Paced(vec![b' '; 4000], 1, Duration::from_millis(10));
    server.script(&manifest_path(&tag("latest")), away);
    server.script("/elsewhere", Reply::json(404, ""));
    assert!(matches!(client.latest(&server).await, Err(Error::NotFound { .. })));
}

/// Memory is kept for what is announced, so that it must come within the time of a run.
#[tokio::test]
async fn content_too_slow_for_the_timeout_is_not_awaited() {
    let server = InMemoryRegistry::start();
    let bytes = vec![b' '; 1 << 20];
    let digest = server.put_blob(REPO, &bytes);
    let slow = Body::Paced(bytes.clone(), 100, Duration::from_millis(10));
    server.script(&format!("/v2/{REPO}/blobs/{digest}"), Reply::new(200, "").body(slow));
    let limits = limits_once().with(|limits| {
        limits.download_rate = 1;
        limits.download_time = Duration::from_millis(200);
        limits.verify_timeout = Duration::from_secs(10);
    });
    let read = with(Options { limits, ..options(&server) }).blob(&server, &descriptor(&bytes)).await;
    let Err(Error::Unreachable { failure, .. }) = read else { panic!("{read:?}") };
    assert!(failure.to_string().contains("less than 104857 bytes a second"), "{failure}");
}

#[tokio::test]
async fn a_dripping_token_server_ends_by_the_minimum_rate() {
    let server = InMemoryRegistry::start();
    image(&server);
    server.demand(Challenge::bearer(&server.url("/token"), &Tokens::new()));
    server.script("/token", Reply::json(200, "").body(DRIP));
    is_slow(&with(Options { limits: impatient(), ..options(&server) }).latest(&server).await);
}

#[tokio::test]
async fn a_dripping_tuf_repository_ends_by_the_minimum_rate() {
    let server = InMemoryRegistry::start();
    let root = crate::support::env::read("src/trust_store/tuf_root.json");
    for number in 17..50 {
        server.script(&format!("/{number}.root.json"), Reply::json(200, "").body(DRIP));
    }
    let scratch = tempfile::tempdir().unwrap();
    let data = DataDirectory::at(scratch.path().join("dhi"));
    let limits = impatient();
    let lock = data.lock(&limits).await.unwrap();
    let repository = TufRepository::new(&server.url(""), root.into_bytes()).unwrap();
    let now = "2026-10-01T00:00:00Z".parse().unwrap();
    let transport = Arc::new(Transport::new(limits.clone(), Vec::new(), Secrets::default()));
    let error = repository.trusted_root(&data, &lock, &transport, &limits, now).await.unwrap_err();
    assert!(error.to_string().contains("too slowly"), "{error}");
}

#[tokio::test]
async fn a_slow_connection_succeeds() {
    let server = InMemoryRegistry::start();
    // Longer than the time over which it is measured, and five times as fast as it must be.
    let bytes: Vec<u8> = (0..2500_u32).map(|number| number as u8).collect();
    let digest = server.put_blob(REPO, &bytes);
    let slow = Body::Paced(bytes.clone(), 100, Duration::from_millis(50));
    server.script(&format!("/v2/{REPO}/blobs/{digest}"), Reply::new(200, "").body(slow));
    let limits = limits_once().with(|limits| {
        limits.download_rate = 200;
        limits.download_time = Duration::from_secs(1);
    });
    let read = with(Options { limits, ..options(&server) }).blob(&server, &descriptor(&bytes)).await;
    assert_eq!(read.unwrap(), bytes);
    // And what is silent for a while is silent: the default limits have nothing to measure yet.
    let paced = Body::Paced(bytes.clone(), 2500, Duration::from_millis(500));
    server.script(&format!("/v2/{REPO}/blobs/{digest}"), Reply::new(200, "").body(paced));
    assert_eq!(client(&server).blob(&server, &descriptor(&bytes)).await.unwrap(), bytes);
}

#[test]
fn the_minimum_rate_allows_a_slow_connection() {
    let limits = Limits::default();
    // 10 kB a second, shared by all requests to one host.
    let share = 10_000 / u64::try_from(limits.streams_per_host).unwrap();
    assert!(limits.download_rate * 2 <= share && limits.download_rate > 1);
}

#[tokio::test]
async fn an_overflowing_retry_after_waits() {
    for value in [
        "18446744073709551616",
        "99999999999999999999999999999999999999",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Fri, 31 Dec 999999 23:59:59 GMT",
    ] {
        for status in [429, 503] {
            let server = InMemoryRegistry::start();
            image(&server);
            let path = manifest_path(&tag("latest"));
            server.script(&path, Reply::json(status, "{}").header("Retry-After", value));
            let error = client(&server).latest(&server).await.unwrap_err();
            assert_eq!(server.log().len(), 1, "{value}: {error}");
            let problem = dhi::diagnostic::ToDiagnostic::to_diagnostic(&error);
            assert!(!format!("{problem:?}").contains("in 18446744073709551615 s"), "{problem:?}");
        }
    }
}
