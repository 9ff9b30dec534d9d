//! Tests with a scripted engine on a temporary socket.

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;

use super::*;

const ID: &str = "sha256:57142da7266cda10b518d307d28372ce7bc170e5a2ab6b19400af08ac1a6c599";
const DIGEST: &str = "sha256:aea6dba796e1c2b51e05959ed3449930c192624f6ec68472bd32d10a502b12b5";

/// Queries an engine that sends `answer`. Returns the result and the request.
async fn asked(reference: &str, answer: &'static [u8]) -> (Result<EngineImage, Error>, String) {
    let scratch = tempfile::tempdir().unwrap();
    let socket = scratch.path().join("sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let engine = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            request.extend(byte);
        }
        // The client may close the connection early.
        let _ = stream.write_all(answer);
        String::from_utf8(request).unwrap()
    });
    let found = ask(&socket, reference, ENGINE_TIME).await;
    // The connection ends with the tasks that wait on this thread.
    (found, tokio::task::spawn_blocking(|| engine.join().unwrap()).await.unwrap())
}

async fn ask(socket: &Path, reference: &str, time: Duration) -> Result<EngineImage, Error> {
    let engine = Engine::new(Limits::default(), Secrets::default());
    engine.inspect(socket, &reference.parse().unwrap(), time).await
}

/// A successful response with this body.
fn good(body: &str) -> &'static [u8] {
    let body = body.replace("ID", ID).replace("DIGEST", DIGEST);
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes().leak()
}

#[tokio::test]
async fn an_image_is_queried_by_its_complete_name() {
    let body = r#"{"Id":"ID","RepoTags":["python:3.13"],"RepoDigests":["dhi.io/python@DIGEST"]}"#;
    let by_digest = format!("docker-daemon:dhi.io/python:1@{DIGEST}");
    let whole = format!("docker-daemon:{ID}");
    for (reference, path) in [
        ("docker-daemon:python:3.13", "docker.io/library/python:3.13".to_owned()),
        (&by_digest, format!("dhi.io/python@{DIGEST}")),
        (&whole, ID.to_owned()),
        ("docker-daemon:57142da7266c", "sha256:57142da7266c".to_owned()),
    ] {
        let (found, request) = asked(reference, good(body)).await;
        let image = found.unwrap();
        assert_eq!(image.id.to_string(), ID);
        assert_eq!(image.repo_digests.len(), 1);
        assert!(image.engine.starts_with("unix:///") && image.engine.ends_with("/sock"), "{}", image.engine);
        assert!(request.starts_with(&format!("GET /images/{path}/json HTTP/1.1\r\n")), "{request}");
        assert!(!request.to_ascii_lowercase().contains("authorization"), "{request}");
    }
}

#[tokio::test]
async fn a_response_about_another_image_is_an_error() {
    let body = r#"{"Id":"ID","RepoTags":["localhost/python:3.13","python:3.14"],"RepoDigests":["dhi.io/nginx@DIGEST"]}"#;
    let by_digest = format!("docker-daemon:dhi.io/python@{DIGEST}");
    for reference in ["docker-daemon:python:3.13", &by_digest, "docker-daemon:sha256:67142da7266c"] {
        let (found, _) = asked(reference, good(body)).await;
        assert!(
            matches!(found, Err(Error::Engine(EngineError::InvalidResponse { .. }))),
            "{reference}: {found:?}"
        );
    }
}

#[tokio::test]
async fn each_bad_response_has_its_error() {
    let answered =
        |answer: &'static [u8]| async move { asked("docker-daemon:x:1", answer).await.0.unwrap_err() };
    let endless = [&b"HTTP/1.1 200 OK\r\n\r\n"[..], &vec![b' '; 8 << 20]].concat().leak();
    let error = answered(endless).await;
    assert!(matches!(error, Error::Limit { .. }), "{error:?}");
    let error = answered(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await;
    assert!(matches!(error, Error::Engine(EngineError::NoImage { .. })), "{error:?}");
    for answer in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"[..],
        b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
    ] {
        let error = answered(answer).await;
        assert!(matches!(error, Error::Engine(EngineError::InvalidResponse { .. })), "{error:?}");
    }
    for answer in [
        &b""[..],
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 301 Moved\r\nLocation: http://localhost/images/x/json\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 15\r\n\r\n{\"message\":\"x\"}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
    ] {
        let error = answered(answer).await;
        assert!(matches!(error, Error::Engine(EngineError::Unreachable { .. })), "{error:?}");
    }
}

#[tokio::test]
async fn a_missing_or_silent_socket_is_unreachable() {
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    std::fs::write(at("file"), "").unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, at("fifo"), rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU, 0)
        .unwrap();
    // A socket file without a listener.
    drop(UnixListener::bind(at("stale")).unwrap());
    // A listener that does not accept.
    let _silent = UnixListener::bind(at("silent")).unwrap();
    for name in ["none", "file", "fifo", "stale", "silent"] {
        let error = ask(&at(name), "docker-daemon:x:1", Duration::from_millis(200)).await.unwrap_err();
        assert!(matches!(error, Error::Engine(EngineError::Unreachable { .. })), "{name}: {error:?}");
    }
}
