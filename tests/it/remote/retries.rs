//! Retries: temporary failures are retried, all others are reported.

use std::time::{Duration, Instant};

use dhi::registry::{ConnectionFailure, Error, Options, Registry as _};

use super::{REPO, client, descriptor, image, limits, limits_once, manifest_path, options, tag, with};
use crate::support::registry::{Body, InMemoryRegistry, Reply};

#[tokio::test]
async fn temporary_failures_are_retried() {
    for failure in [
        Reply::cut(),
        Reply::json(500, ""),
        Reply::json(502, ""),
        Reply::json(503, ""),
        Reply::json(504, ""),
        Reply::json(429, ""),
    ] {
        let server = InMemoryRegistry::start();
        let digest = image(&server);
        server.script_once(&manifest_path(&tag("latest")), failure);
        assert_eq!(client(&server).latest(&server).await, Ok(digest));
        assert_eq!(server.log().len(), 2);
    }
    // A body that breaks off is a broken connection, not a short blob.
    let server = InMemoryRegistry::start();
    server.put_blob(REPO, b"0123456789");
    let blob = descriptor(b"0123456789");
    let path = format!("/v2/{REPO}/blobs/{}", blob.digest);
    server.script_once(&path, Reply::new(200, "").body(Body::Lying(10, b"01234".to_vec())));
    assert!(client(&server).blob(&server, &blob).await.is_ok());
    assert_eq!(server.log().len(), 2);
}

#[tokio::test]
async fn retries_are_bounded() {
    let server = InMemoryRegistry::start();
    let path = manifest_path(&tag("latest"));
    let limits = limits().with(|limits| limits.attempts = 3);
    let client = with(Options { limits, ..options(&server) });
    let error = |status: u16| (status, r#"{"errors":[{"code":"DOWN","message":"for tea"}]}"#);
    server.script(&path, Reply::json(error(503).0, error(503).1));
    let answer = client.latest(&server).await;
    let Err(Error::Server { status: 503, attempts: 3, answer, .. }) = answer else { panic!("{answer:?}") };
    assert_eq!(answer, "503 Service Unavailable: DOWN for tea");
    server.script(&path, Reply::json(429, ""));
    let answer = client.latest(&server).await;
    assert!(matches!(answer, Err(Error::RateLimited { attempts: 3, retry_after: None, .. })), "{answer:?}");
    server.script(&path, Reply::cut());
    let answer = client.latest(&server).await;
    assert!(matches!(answer, Err(Error::Unreachable { attempts: 3, .. })), "{answer:?}");
    assert_eq!(server.log().len(), 9);
    // What is not passing is not tried again.
    server.clear_log();
    for status in [400, 403, 404, 418, 501] {
        server.script(&path, Reply::json(status, ""));
        assert!(client.latest(&server).await.is_err());
    }
    assert_eq!(server.log().len(), 5);
}

#[tokio::test]
async fn retry_after_is_honoured_up_to_its_limit() {
    let server = InMemoryRegistry::start();
    let digest = image(&server);
    let path = manifest_path(&tag("latest"));
    server.script_once(&path, Reply::json(429, "").header("Retry-After", "1"));
    let start = Instant::now();
    assert_eq!(client(&server).latest(&server).await, Ok(digest));
    assert!(start.elapsed() >= Duration::from_secs(1));
    server.script(&path, Reply::json(429, "").header("Retry-After", "3600"));
    let start = Instant::now();
    let answer = client(&server).latest(&server).await;
    let hour = Some(Duration::from_secs(3600));
    assert!(
        matches!(answer, Err(Error::RateLimited { attempts: 1, retry_after, .. }) if retry_after == hour)
    );
    // Far from the hour that was asked for, however loaded the machine is.
    assert!(start.elapsed() < Duration::from_secs(600));
}

#[tokio::test]
async fn a_silent_or_closed_port_is_unreachable() {
    let server = InMemoryRegistry::start();
    server.script(&manifest_path(&tag("latest")), Reply::json(200, "{}").delay(Duration::from_millis(900)));
    let limits = limits().with(|limits| {
        limits.attempts = 1;
        limits.read_timeout = Duration::from_millis(100);
    });
    let answer = with(Options { limits, ..options(&server) }).latest(&server).await;
    let Err(Error::Unreachable { failure, .. }) = answer else { panic!("{answer:?}") };
    assert_eq!(failure, ConnectionFailure::NoAnswer);

    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = free.local_addr().unwrap().to_string();
    drop(free);
    let reference: dhi::oci::Reference = format!("{host}/a:b").parse().unwrap();
    let client = with(Options { limits: limits_once(), plain_http: vec![host], ..Options::default() });
    let answer = client.0.manifest(&reference.repository, &reference.version()).await;
    let Err(Error::Unreachable { failure, .. }) = answer else { panic!("{answer:?}") };
    assert_eq!(failure, ConnectionFailure::Refused);
}
