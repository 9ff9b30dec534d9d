//! The Rekor server of the tests: it behaves as the real one towards clients, and fails as configured.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::rekor::{RekorBehavior, RekorServer};
use crate::support::test_sigstore::Sigstore;
use crate::support::test_sigstore::key::{base64, from_base64, hex, sha256};
use crate::support::test_sigstore::log::Log;

/// One request; the status and the body.
fn ask(server: &RekorServer, method: &str, path: &str, body: &str) -> (u16, String) {
    let host = server.url();
    let mut stream = TcpStream::connect(host.strip_prefix("http://").unwrap()).unwrap();
    let length = body.len();
    write!(stream, "{method} {path} HTTP/1.1\r\nHost: rekor\r\nContent-Length: {length}\r\n\r\n{body}")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), body.to_owned())
}

/// What a client uploads of a signature over `artifact`.
fn upload(sigstore: &Sigstore, artifact: &[u8]) -> String {
    json!({
        "kind": "hashedrekord",
        "apiVersion": "0.0.1",
        "spec": {
            "data": {"hash": {"algorithm": "sha256", "value": hex(&sha256(artifact))}},
            "signature": {
                "content": base64(&sigstore.key.sign(artifact)),
                "publicKey": {"content": base64(sigstore.key.pem().as_bytes())},
            },
        },
    })
    .to_string()
}

const ENTRIES: &str = "/api/v1/log/entries";

#[test]
fn the_rekor_server_records_a_signature_once() {
    let sigstore = Sigstore::new();
    let server = RekorServer::start(&sigstore.rekor, RekorBehavior::Honest);
    assert_eq!(ask(&server, "GET", "/api/v1/log/publicKey", ""), (200, sigstore.rekor.key.pem()));

    let upload = upload(&sigstore, b"an artifact");
    let (status, first) = ask(&server, "POST", ENTRIES, &upload);
    assert_eq!(status, 201);
    let entry: Value = serde_json::from_str(&first).unwrap();
    let (uuid, entry) = entry.as_object().unwrap().iter().next().unwrap();
    let body = from_base64(entry["body"].as_str().unwrap()).unwrap();
    assert_eq!(uuid, &Log::uuid(&body));
    assert_eq!(entry["logID"], hex(&sigstore.rekor.id()));
    assert!(entry["verification"]["signedEntryTimestamp"].is_string());

    assert_eq!(ask(&server, "POST", ENTRIES, &upload).0, 409);
    assert_eq!(ask(&server, "GET", &format!("{ENTRIES}/{uuid}"), ""), (200, first));
    assert_eq!(ask(&server, "GET", &format!("{ENTRIES}/{}", "0".repeat(80)), "").0, 404);
    assert_eq!(server.requests().len(), 5);
}

#[test]
fn the_rekor_server_refuses_unsigned_entries() {
    let sigstore = Sigstore::new();
    let server = RekorServer::start(&sigstore.rekor, RekorBehavior::Honest);
    let other = hex(&sha256(b"another artifact"));
    let forged = upload(&sigstore, b"an artifact").replace(&hex(&sha256(b"an artifact")), &other);
    for upload in [forged.as_str(), "{}", "all is well"] {
        assert_eq!(ask(&server, "POST", ENTRIES, upload).0, 400, "{upload}");
    }
}

#[test]
fn the_rekor_server_fails_as_configured() {
    let sigstore = Sigstore::new();
    let upload = upload(&sigstore, b"an artifact");
    let answer = |behavior| ask(&RekorServer::start(&sigstore.rekor, behavior), "POST", ENTRIES, &upload);
    assert!(matches!(answer(RekorBehavior::Html), (200, page) if page.starts_with("<!doctype html>")));
    assert_eq!(answer(RekorBehavior::Status(429)).0, 429);
    let elsewhere = ([127, 0, 0, 2], 1).into();
    assert_eq!(answer(RekorBehavior::KnownElsewhere(elsewhere)).0, 409);
    assert_eq!(answer(RekorBehavior::Moved(elsewhere)).0, 307);
    let (status, another) = answer(RekorBehavior::Another);
    assert_eq!(status, 201);
    let another: Value = serde_json::from_str(&another).unwrap();
    let entry = another.as_object().unwrap().values().next().unwrap();
    let body = from_base64(entry["body"].as_str().unwrap()).unwrap();
    assert!(!String::from_utf8(body).unwrap().contains(&hex(&sha256(b"an artifact"))));

    // Endless: more than any honest answer, and it goes on.
    let server = RekorServer::start(&sigstore.rekor, RekorBehavior::Endless);
    let mut stream = TcpStream::connect(server.url().strip_prefix("http://").unwrap()).unwrap();
    write!(stream, "POST {ENTRIES} HTTP/1.1\r\nContent-Length: 0\r\n\r\n").unwrap();
    let mut much = vec![0; 1 << 20];
    stream.read_exact(&mut much).unwrap();

    // Silent: nothing comes, and nothing ends.
    let server = RekorServer::start(&sigstore.rekor, RekorBehavior::Silent);
    let mut stream = TcpStream::connect(server.url().strip_prefix("http://").unwrap()).unwrap();
    write!(stream, "POST {ENTRIES} HTTP/1.1\r\nContent-Length: 0\r\n\r\n").unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
}
