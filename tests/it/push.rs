//! The rules of writing to a registry, each against a registry that breaks it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use dhi::cli::CommandHints;
use dhi::diagnostic::ToDiagnostic as _;
use dhi::limits::Limits;
use dhi::oci::{Descriptor, Digest, Repository, Version, media_type};
use dhi::registry::{
    Credentials, Error, FoundBy, Freshness, LockDir, Login, Mirror, Options, Push as _, Referrer,
    Registry as _, RemoteRegistry, Secret,
};
use dhi::report::HintTexts as _;
use serde_json::{Value, json};

use crate::support::registry::{Challenge, InMemoryRegistry, Reply, Tokens};

const REPO: &str = "acme/api";
const UPLOADS: &str = "/v2/acme/api/blobs/uploads/";
const UPLOAD: &str = "/v2/acme/api/blobs/uploads/1";

/// `Basic` of `me:pass`.
const ME: &str = "Basic bWU6cGFzcw==";

struct Client {
    remote: RemoteRegistry,
    _locks: tempfile::TempDir,
}

fn limits() -> Limits {
    Limits::default().with(|limits| {
        limits.attempts = 2;
        limits.list_update_attempts = 3;
        limits.lock_wait = Duration::from_secs(20);
    })
}

fn options(server: &InMemoryRegistry) -> Options {
    Options { limits: limits(), plain_http: vec![server.host()], ..Options::default() }
}

fn client(server: &InMemoryRegistry) -> Client {
    with(options(server))
}

fn with(options: Options) -> Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let locks = tempfile::tempdir().unwrap();
    let options = Options { lock_dir: LockDir::at(locks.path().to_owned()), ..options };
    Client { remote: RemoteRegistry::new(options, Arc::new(())).unwrap(), _locks: locks }
}

fn repository(server: &InMemoryRegistry) -> Repository {
    format!("{}/{REPO}:x", server.host()).parse::<dhi::oci::Reference>().unwrap().repository
}

fn subject() -> Digest {
    Digest::of(b"the image")
}

/// A referrer of [`subject`].
fn referrer(number: usize) -> Referrer {
    let text = json!({
        "schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST, "artifactType": media_type::IN_TOTO,
        "config": { "mediaType": media_type::OCI_EMPTY, "digest": Digest::of(b"{}"), "size": 2 },
        "layers": [], "subject": { "mediaType": media_type::OCI_MANIFEST, "digest": subject(), "size": 9 },
        "annotations": { "number": number.to_string() }
    })
    .to_string();
    let descriptor = json!({
        "mediaType": media_type::OCI_MANIFEST, "digest": Digest::of(text.as_bytes()), "size": text.len(),
        "artifactType": media_type::IN_TOTO, "annotations": { "number": number.to_string() }
    });
    Referrer {
        descriptor: serde_json::from_value(descriptor).unwrap(),
        subject: subject(),
        bytes: text.into(),
    }
}

fn tag_path() -> String {
    format!("/v2/{REPO}/manifests/{}", subject().fallback_tag())
}

fn manifest_path(digest: &Digest) -> String {
    format!("/v2/{REPO}/manifests/{digest}")
}

fn entry(text: &str) -> Value {
    json!({ "mediaType": media_type::OCI_MANIFEST, "digest": Digest::of(text.as_bytes()), "size": text.len() })
}

fn index(entries: &[Value]) -> String {
    json!({ "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": entries }).to_string()
}

fn index_reply(entries: &[Value]) -> Reply {
    Reply::new(200, index(entries)).header("Content-Type", media_type::OCI_INDEX)
}

/// Puts a list under the fallback tag.
fn put_list(server: &InMemoryRegistry, text: &str) {
    let digest = server.put_manifest(REPO, text.as_bytes());
    server.tag(REPO, &subject().fallback_tag(), &digest);
}

/// The digests in the list under the fallback tag.
fn listed(server: &InMemoryRegistry) -> Vec<Value> {
    let bytes = server.tagged(REPO, &subject().fallback_tag()).unwrap();
    let index: Value = serde_json::from_slice(&bytes).unwrap();
    index["manifests"].as_array().unwrap().iter().map(|entry| entry["digest"].clone()).collect()
}

impl Client {
    async fn blob(&self, server: &InMemoryRegistry, bytes: &'static [u8]) -> Result<Digest, Error> {
        self.remote.push_blob(&repository(server), Bytes::from_static(bytes)).await
    }

    async fn manifest(&self, server: &InMemoryRegistry, version: &Version) -> Result<Digest, Error> {
        let Referrer { bytes, .. } = referrer(1);
        self.remote.push_manifest(&repository(server), version, media_type::OCI_MANIFEST, bytes).await
    }

    async fn referrer(&self, server: &InMemoryRegistry, number: usize) -> Result<FoundBy, Error> {
        self.remote.push_referrer(&repository(server), &referrer(number)).await
    }
}

fn tag(text: &str) -> Version {
    Version::Tag(text.parse().unwrap())
}

// Blobs.

#[tokio::test]
async fn a_blob_is_uploaded_once() {
    let server = InMemoryRegistry::start();
    let client = client(&server);
    let digest = Digest::of(b"content");
    assert_eq!(client.blob(&server, b"content").await, Ok(digest));
    assert_eq!(server.blob(REPO, &digest).unwrap(), b"content");
    let query = format!("_state=a%2Fb&digest=sha256%3A{}", digest.hex());
    assert_eq!(
        server.lines(),
        [
            format!("HEAD /v2/{REPO}/blobs/{digest} 404"),
            format!("POST {UPLOADS} 202"),
            format!("PUT {UPLOAD}?{query} 201"),
        ]
    );
    let log = server.log();
    let lengths = |at: usize| log[at].headers.iter().filter(|(name, _)| name == "content-length").count();
    assert_eq!((lengths(1), log[1].header("content-length")), (1, Some("0")));
    assert_eq!((lengths(2), log[2].header("content-length")), (1, Some("7")));
    assert_eq!(log[2].header("content-type"), Some("application/octet-stream"));
    server.clear_log();
    assert_eq!(client.blob(&server, b"content").await, Ok(digest));
    assert_eq!(server.lines(), [format!("HEAD /v2/{REPO}/blobs/{digest} 200")]);
    // Another size than it has: that is no blob to rely on.
    server.put_blob_as(REPO, &digest.to_string(), b"cont");
    assert_eq!(client.blob(&server, b"content").await, Ok(digest));
    assert_eq!(server.blob(REPO, &digest).unwrap(), b"content");
}

#[tokio::test]
async fn a_broken_upload_starts_again() {
    let put = format!("PUT {UPLOAD}");
    for (path, reply, status) in [
        (put.as_str(), Reply::json(500, ""), 500),
        (put.as_str(), Reply::json(404, r#"{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}"#), 404),
        (put.as_str(), Reply::json(429, ""), 429),
        (put.as_str(), Reply::cut(), 200),
    ] {
        let server = InMemoryRegistry::start();
        server.script_once(path, reply.clone());
        assert_eq!(client(&server).blob(&server, b"content").await, Ok(Digest::of(b"content")));
        let lines: Vec<_> = server.log().iter().map(|one| (one.method.clone(), one.status)).collect();
        let wanted = [("HEAD", 404), ("POST", 202), ("PUT", status), ("POST", 202), ("PUT", 201)];
        assert_eq!(lines, wanted.map(|(method, status)| (method.to_owned(), status)));
        assert!(server.log().iter().filter(|one| one.method == "PUT").all(|one| one.body == "content"));

        // Not for ever.
        server.script(path, reply);
        server.clear_log();
        let error = client(&server).blob(&server, b"other").await.unwrap_err();
        assert_eq!(server.log().len(), 5, "{error}");
        match error {
            Error::Server { attempts, .. }
            | Error::RateLimited { attempts, .. }
            | Error::Unreachable { attempts, .. } => assert_eq!(attempts, 2),
            other => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn a_failed_upload_start_is_retried() {
    let server = InMemoryRegistry::start();
    server.script_once(&format!("POST {UPLOADS}"), Reply::json(500, ""));
    assert!(client(&server).blob(&server, b"content").await.is_ok());
    let statuses: Vec<_> = server.log().iter().map(|one| one.status).collect();
    assert_eq!(statuses, [404, 500, 202, 201]);
}

#[tokio::test]
async fn retry_after_is_honoured_for_uploads() {
    let server = InMemoryRegistry::start();
    server.script_once(&format!("PUT {UPLOAD}"), Reply::json(503, "").header("Retry-After", "1"));
    let start = Instant::now();
    assert!(client(&server).blob(&server, b"content").await.is_ok());
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn an_upload_answered_201_must_have_stored_the_blob() {
    let server = InMemoryRegistry::start();
    server.script(&format!("POST {UPLOADS}"), Reply::new(201, ""));
    let error = client(&server).blob(&server, b"content").await.unwrap_err();
    assert!(matches!(error, Error::BadContent { .. }), "{error}");
    let there = format!("HEAD /v2/{REPO}/blobs/{}", Digest::of(b"content"));
    server.script_once(&there, Reply::json(404, ""));
    server.script_once(&there, Reply::new(200, "content"));
    assert_eq!(client(&server).blob(&server, b"content").await, Ok(Digest::of(b"content")));
    assert!(server.log().iter().all(|one| one.method != "PUT"));
}

#[tokio::test]
async fn an_upload_to_another_host_gets_no_login() {
    let (server, store) = (InMemoryRegistry::start(), InMemoryRegistry::start());
    server.demand(Challenge::Basic(ME.to_owned()));
    let location = store.url("/bucket/1?signature=abc#x");
    server.script("POST /v2/acme/api/blobs/uploads/", Reply::new(202, "").header("Location", &location));
    store.script("/bucket/1", Reply::new(201, ""));
    let login = Login::Basic { username: "me".to_owned(), password: Secret::new("pass") };
    let credentials = Credentials::none().with(&server.host(), login);
    let client = with(Options { credentials, ..options(&server) });
    assert!(client.blob(&server, b"content").await.is_ok());
    assert!(server.log().iter().any(|one| one.header("authorization") == Some(ME)));
    let log = store.log();
    assert_eq!(log.len(), 1);
    assert!(log[0].target.starts_with("/bucket/1?signature=abc&digest=sha256%3A"), "{}", log[0].target);
    assert_eq!((log[0].header("authorization"), log[0].body.as_str()), (None, "content"));

    // A challenge from there is not answered.
    store.script("/bucket/1", Reply::json(401, "").header("WWW-Authenticate", "Basic realm=x"));
    store.clear_log();
    let error = client.blob(&server, b"content").await.unwrap_err();
    assert!(matches!(error, Error::PushRefused { .. }), "{error}");
    assert_eq!(store.log().len(), 1);
}

#[tokio::test]
async fn an_upload_without_a_usable_location_is_refused() {
    for location in ["https://user:pw@127.0.0.1/x", "ftp://127.0.0.1/x", "http://cdn.example/x", "http://["] {
        let server = InMemoryRegistry::start();
        server.script(&format!("POST {UPLOADS}"), Reply::new(202, "").header("Location", location));
        let error = client(&server).blob(&server, b"content").await.unwrap_err();
        assert!(matches!(error, Error::BadContent { .. }), "{location}: {error}");
        assert_eq!(server.log().len(), 2);
    }
    let server = InMemoryRegistry::start();
    server.script(&format!("POST {UPLOADS}"), Reply::new(202, ""));
    let error = client(&server).blob(&server, b"content").await.unwrap_err();
    assert!(error.to_string().contains("names no upload URL"), "{error}");
}

#[tokio::test]
async fn writes_follow_redirects_within_the_registry_only() {
    let (server, other) = (InMemoryRegistry::start(), InMemoryRegistry::start());
    server.script(&format!("PUT {UPLOAD}"), Reply::redirect("/again"));
    server.script("PUT /again", Reply::new(201, ""));
    assert!(client(&server).blob(&server, b"content").await.is_ok());
    assert_eq!(server.log().last().unwrap().body, "content");

    server.script(&format!("PUT {UPLOAD}"), Reply::redirect(&other.url("/x")));
    let error = client(&server).blob(&server, b"content").await.unwrap_err();
    assert!(matches!(&error, Error::Server { status: 307, .. }), "{error}");
    let path = format!("PUT {}", manifest_path(&referrer(1).descriptor.digest));
    server.script(&path, Reply::redirect(&other.url("/x")));
    let error = client(&server).referrer(&server, 1).await.unwrap_err();
    assert!(matches!(&error, Error::Server { status: 307, .. }), "{error}");
    assert_eq!(other.lines(), [""; 0]);

    // A status that would turn it into a GET.
    let reply = Reply::new(303, "").header("Location", "/again");
    server.script(&format!("PUT {UPLOAD}"), reply);
    let error = client(&server).blob(&server, b"content").await.unwrap_err();
    assert!(matches!(&error, Error::Server { status: 303, .. }), "{error}");
}

#[tokio::test]
async fn a_slow_upload_does_not_time_out() {
    let server = InMemoryRegistry::start();
    let late = Reply::new(201, "").delay(Duration::from_secs(4));
    server.script(&format!("PUT {UPLOAD}"), late);
    // Long enough for a loaded machine to answer what is not delayed.
    let read_timeout = Duration::from_millis(1500);
    let limits = |upload_rate| {
        limits().with(|limits| {
            limits.attempts = 1;
            limits.read_timeout = read_timeout;
            limits.upload_rate = upload_rate;
        })
    };
    // Seven bytes may take seven seconds.
    let slow = with(Options { limits: limits(1), ..options(&server) });
    assert!(slow.blob(&server, b"content").await.is_ok());
    let fast = with(Options { limits: limits(1000), ..options(&server) });
    let error = fast.blob(&server, b"content").await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn content_over_the_upload_limit_is_not_sent() {
    let server = InMemoryRegistry::start();
    let limits = limits().with(|limits| {
        limits.max_upload = 3;
        limits.manifest = 3;
    });
    let client = with(Options { limits, ..options(&server) });
    for error in [
        client.blob(&server, b"content").await.unwrap_err(),
        client.manifest(&server, &tag("x")).await.unwrap_err(),
    ] {
        assert!(matches!(error, Error::Limit { .. }), "{error}");
    }
    assert_eq!(server.lines(), [""; 0]);
}

// Logins.

#[tokio::test]
async fn a_push_token_does_not_replace_the_pull_token() {
    let server = InMemoryRegistry::start();
    let tokens = server.demand_own_tokens();
    let image = server.put_manifest(REPO, index(&[]).as_bytes());
    let client = client(&server);
    let pull = async || client.remote.manifest(&repository(&server), &Version::Digest(image)).await.map(drop);
    pull().await.unwrap();
    assert!(client.blob(&server, b"content").await.is_ok());
    pull().await.unwrap();
    assert_eq!(client.referrer(&server, 1).await, Ok(FoundBy::Api));
    let scopes: Vec<_> = tokens.given().into_iter().flat_map(|(_, scopes)| scopes).collect();
    assert_eq!(scopes, [format!("repository:{REPO}:pull"), format!("repository:{REPO}:pull,push")]);
    // The challenge, two tokens, two pulls, HEAD, POST and PUT of the blob, PUT of the manifest and its list.
    assert_eq!(server.log().len(), 10, "{}", server.lines().join("\n"));
}

#[tokio::test]
async fn a_push_token_is_requested_when_needed() {
    let server = InMemoryRegistry::start();
    let tokens = Tokens::new();
    server.serve_tokens(&tokens);
    let challenge = format!(r#"Bearer realm="{}",scope="repository:other:pull,push""#, server.url("/token"));
    let refused = Reply::json(401, "").header("WWW-Authenticate", &challenge);
    server.script_once(&format!("POST {UPLOADS}"), refused);
    assert!(client(&server).blob(&server, b"content").await.is_ok());
    // Whatever repository a challenge names, the token is for this one.
    let scopes: Vec<_> = tokens.given().into_iter().flat_map(|(_, scopes)| scopes).collect();
    assert_eq!(scopes, [format!("repository:{REPO}:pull,push")]);
    let statuses: Vec<_> = server.log().iter().map(|one| one.status).collect();
    assert_eq!(statuses, [404, 401, 200, 202, 201]);
}

#[tokio::test]
async fn a_refused_push_is_reported_as_push() {
    let server = InMemoryRegistry::start();
    let tokens = server.demand_own_tokens();
    tokens.only_for("nobody");
    let refused = client(&server).blob(&server, b"content").await.unwrap_err();
    server.demand(Challenge::Never("Basic realm=x".to_owned()));
    let unknown = client(&server).referrer(&server, 1).await.unwrap_err();
    let server = InMemoryRegistry::start();
    server.script(&format!("POST {UPLOADS}"), Reply::json(403, r#"{"errors":[{"code":"DENIED"}]}"#));
    let denied = client(&server).blob(&server, b"content").await.unwrap_err();
    for error in [refused, unknown, denied] {
        assert!(matches!(error, Error::PushRefused { logged_in: false, .. }), "{error:?}");
        let problem = error.to_diagnostic();
        assert_eq!(problem.code.as_str(), "registry/unauthorized");
        assert!(problem.message.contains("refuses to store"), "{}", problem.message);
        assert!(CommandHints.hint(&problem).unwrap().contains("an account that may push"));
    }
}

// Manifests.

#[tokio::test]
async fn a_manifest_is_stored_by_tag_and_by_digest() {
    let server = InMemoryRegistry::start();
    let client = client(&server);
    let digest = referrer(1).descriptor.digest;
    assert_eq!(client.manifest(&server, &tag("x")).await, Ok(digest));
    assert_eq!(client.manifest(&server, &Version::Digest(digest)).await, Ok(digest));
    assert_eq!(server.tagged(REPO, "x").unwrap(), referrer(1).bytes);
    assert_eq!(
        server.lines(),
        [format!("PUT /v2/{REPO}/manifests/x 201"), format!("PUT {} 201", manifest_path(&digest))]
    );
    assert!(server.log().iter().all(|one| one.header("content-type") == Some(media_type::OCI_MANIFEST)));
    // Under a digest only what has it.
    let other = Version::Digest(Digest::of(b"other"));
    let error = client.manifest(&server, &other).await.unwrap_err();
    assert!(matches!(error, Error::Digest { .. }), "{error}");
    assert_eq!(server.log().len(), 2);
}

#[tokio::test]
async fn a_stored_manifest_is_checked_by_digest() {
    let server = InMemoryRegistry::start();
    let lie = Reply::new(201, "").header("Docker-Content-Digest", &Digest::of(b"lie").to_string());
    server.script("PUT /v2/acme/api/manifests/x", lie.clone());
    let error = client(&server).manifest(&server, &tag("x")).await.unwrap_err();
    assert!(matches!(error, Error::Digest { .. }), "{error}");
    server.script(&format!("PUT {UPLOAD}"), lie);
    let error = client(&server).blob(&server, b"content").await.unwrap_err();
    assert!(matches!(error, Error::Digest { .. }), "{error}");
}

#[tokio::test]
async fn a_manifest_is_sent_again_after_a_temporary_failure() {
    for status in [500, 429] {
        let server = InMemoryRegistry::start();
        server.script_once("PUT /v2/acme/api/manifests/x", Reply::json(status, ""));
        assert!(client(&server).manifest(&server, &tag("x")).await.is_ok());
        let statuses: Vec<_> = server.log().iter().map(|one| one.status).collect();
        assert_eq!(statuses, [status, 201]);
    }
    let server = InMemoryRegistry::start();
    // What has no place is no "none".
    server.script("PUT /v2/acme/api/manifests/x", Reply::json(404, ""));
    let error = client(&server).manifest(&server, &tag("x")).await.unwrap_err();
    assert!(matches!(error, Error::Server { status: 404, .. }), "{error}");
}

#[tokio::test]
async fn mirrors_are_not_written_to() {
    let (server, mirror) = (InMemoryRegistry::start(), InMemoryRegistry::start());
    server.referrers_api(false);
    let client = with(Options {
        plain_http: vec![server.host(), mirror.host()],
        mirrors: vec![Mirror::new(&server.host(), &mirror.host()).unwrap()],
        ..options(&server)
    });
    assert!(client.blob(&server, b"content").await.is_ok());
    assert_eq!(client.referrer(&server, 1).await, Ok(FoundBy::FallbackTag));
    assert_eq!(mirror.lines(), [""; 0]);
}

// Referrers.

#[tokio::test]
async fn the_referrers_api_is_asked_after_a_push() {
    let api = format!("/v2/{REPO}/referrers/{}", subject());
    let put = |number| format!("PUT {} 201", manifest_path(&referrer(number).descriptor.digest));
    for says_so in [true, false] {
        let server = InMemoryRegistry::start();
        server.oci_subject(says_so);
        assert_eq!(client(&server).referrer(&server, 1).await, Ok(FoundBy::Api));
        assert_eq!(server.lines(), [put(1), format!("GET {api} 200")]);
        // It may take a while.
        server.script_once(&api, index_reply(&[]));
        server.clear_log();
        assert_eq!(client(&server).referrer(&server, 2).await, Ok(FoundBy::Api));
        assert_eq!(server.lines(), [put(2), format!("GET {api} 200"), format!("GET {api} 200")]);
    }
}

/// The answer to a write proves nothing about the list.
#[tokio::test]
async fn an_oci_subject_header_alone_is_not_trusted() {
    let api = format!("/v2/{REPO}/referrers/{}", subject());
    for says_so in [true, false] {
        // There is no list, though the answer claims one.
        for reply in [Reply::json(404, ""), Reply::json(406, ""), Reply::json(403, ""), Reply::html()] {
            let server = InMemoryRegistry::start();
            server.oci_subject(says_so);
            server.script(&api, reply);
            assert_eq!(client(&server).referrer(&server, 1).await, Ok(FoundBy::FallbackTag));
            assert_eq!(listed(&server), [json!(referrer(1).descriptor.digest)]);
        }
        // The list never names it. The tag does in the end, but readers ask the API and would see nothing.
        let server = InMemoryRegistry::start();
        server.oci_subject(says_so);
        server.script(&api, index_reply(&[entry("foreign")]));
        let error = client(&server).referrer(&server, 1).await.unwrap_err();
        assert!(matches!(error, Error::Contended { attempts: 4, .. }), "{error}");
        assert_eq!(listed(&server), [json!(referrer(1).descriptor.digest)]);
        assert_eq!(server.count(&api), 4);
        // It names it once the tag does.
        let server = InMemoryRegistry::start();
        server.oci_subject(says_so);
        for _ in 0..3 {
            server.script_once(&api, index_reply(&[]));
        }
        assert_eq!(client(&server).referrer(&server, 1).await, Ok(FoundBy::Api));
    }
}

/// GitLab reads the tag as the digest that it is made of.
#[tokio::test]
async fn a_fallback_tag_that_resolves_to_the_subject_is_replaced() {
    let server = InMemoryRegistry::start();
    server.referrers_api(false);
    let bytes =
        json!({ "schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST, "layers": [] }).to_string();
    let image = server.put_manifest(REPO, bytes.as_bytes());
    server.tag(REPO, &image.fallback_tag(), &image);
    let client = client(&server);
    for number in 1..=2 {
        let Referrer { descriptor, bytes, .. } = referrer(number);
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let text = text.replace(&subject().to_string(), &image.to_string());
        let descriptor =
            Descriptor { digest: Digest::of(text.as_bytes()), size: text.len() as u64, ..descriptor };
        let own = Referrer { descriptor, subject: image, bytes: text.into() };
        let pushed = client.remote.push_referrer(&repository(&server), &own).await;
        assert_eq!(pushed, Ok(FoundBy::FallbackTag));
        let list = server.tagged(REPO, &image.fallback_tag()).unwrap();
        let list: Value = serde_json::from_slice(&list).unwrap();
        assert_eq!(list["manifests"].as_array().unwrap().len(), number);
    }
    assert_eq!(server.manifest(REPO, &image).unwrap(), bytes.as_bytes());
}

/// Whether a list exists is unknown: it is not overwritten, and the stored content is reported.
#[tokio::test]
async fn a_refused_list_is_reported_as_a_refused_read() {
    let server = InMemoryRegistry::start();
    server.referrers_api(false);
    server.script(&format!("GET {}", tag_path()), Reply::json(403, r#"{"errors":[{"code":"DENIED"}]}"#));
    let error = client(&server).referrer(&server, 1).await.unwrap_err();
    let Error::Unlisted { what, cause } = &error else { panic!("{error:?}") };
    assert!(what.ends_with(&referrer(1).descriptor.digest.to_string()), "{what}");
    assert!(matches!(**cause, Error::Forbidden { .. }), "{cause:?}");
    let problem = error.to_diagnostic();
    assert_eq!((problem.code.as_str(), problem.exit().code()), ("registry/unauthorized", 5));
    assert!(problem.message.contains("is stored") && !problem.message.contains("refuses to store"));
    assert!(problem.message.contains(&subject().fallback_tag()), "{}", problem.message);
    assert!(problem.facts.iter().any(|(name, value)| name == "stored already" && value == what));
    assert_eq!(server.log().iter().filter(|one| one.method == "PUT").count(), 1);
}

/// HEAD only saves an upload.
#[tokio::test]
async fn a_refused_blob_head_leads_to_an_upload() {
    for status in [400, 401, 403, 404, 405, 501] {
        let server = InMemoryRegistry::start();
        server.script(&format!("HEAD /v2/{REPO}/blobs/{}", Digest::of(b"content")), Reply::json(status, ""));
        assert_eq!(client(&server).blob(&server, b"content").await, Ok(Digest::of(b"content")), "{status}");
    }
}

#[tokio::test]
async fn content_without_subject_is_not_pushed_as_referrer() {
    let server = InMemoryRegistry::start();
    let good = referrer(1);
    let client = client(&server);
    let wrong = |change: &dyn Fn(&mut Referrer)| {
        let mut referrer = good.clone();
        change(&mut referrer);
        referrer
    };
    for referrer in [
        wrong(&|referrer| referrer.bytes = Bytes::from_static(b"{}")),
        wrong(&|referrer| referrer.descriptor.size += 1),
        wrong(&|referrer| referrer.subject = Digest::of(b"other")),
        wrong(&|referrer| referrer.descriptor.media_type = media_type::OCI_INDEX.to_owned()),
    ] {
        assert!(client.remote.push_referrer(&repository(&server), &referrer).await.is_err());
    }
    assert_eq!(server.lines(), [""; 0]);
}

#[tokio::test]
async fn without_the_api_the_fallback_tag_lists_the_referrer() {
    let server = InMemoryRegistry::start();
    server.referrers_api(false);
    let client = client(&server);
    assert_eq!(client.referrer(&server, 1).await, Ok(FoundBy::FallbackTag));
    let tag = tag_path();
    assert_eq!(
        server.lines(),
        [
            format!("PUT {} 201", manifest_path(&referrer(1).descriptor.digest)),
            format!("GET /v2/{REPO}/referrers/{} 404", subject()),
            format!("GET {tag} 404"),
            format!("PUT {tag} 201"),
            format!("GET {tag} 200"),
        ]
    );
    // That there is no API is known now. What is listed is not listed twice.
    for (number, more) in [(2, ["200", "201", "200"].as_slice()), (1, &["200"])] {
        server.clear_log();
        assert_eq!(client.referrer(&server, number).await, Ok(FoundBy::FallbackTag));
        let statuses: Vec<_> = server.log().iter().map(|one| one.status.to_string()).collect();
        assert_eq!(statuses, [&["201"], more].concat());
    }
    let list = client.remote.referrers(&repository(&server), &subject(), Freshness::Now).await.unwrap();
    assert_eq!(list.found_by, FoundBy::FallbackTag);
    let own: Vec<Descriptor> = vec![referrer(1).descriptor, referrer(2).descriptor];
    assert_eq!(list.descriptors, own);
    let log = server.log();
    assert!(
        log.iter()
            .filter(|one| one.method == "PUT" && one.target == tag)
            .all(|one| { one.header("content-type") == Some(media_type::OCI_INDEX) })
    );
}

#[tokio::test]
async fn a_list_update_keeps_all_existing_entries() {
    let server = InMemoryRegistry::start();
    server.referrers_api(false);
    let foreign = format!(
        r#"{{"size":7, "x-own":[1.50,{{"b":1,"a":2}}],"digest":"{}","mediaType":"{}","platform":null}}"#,
        Digest::of(b"foreign"),
        media_type::OCI_MANIFEST
    );
    let text = format!(
        r#"{{"x-first":1e2,"manifests":[{foreign}],"mediaType":"{}","annotations":{{"z":"1","a":"2"}},"schemaVersion":2}}"#,
        media_type::OCI_INDEX
    );
    put_list(&server, &text);
    assert_eq!(client(&server).referrer(&server, 1).await, Ok(FoundBy::FallbackTag));
    let own = serde_json::to_string(&referrer(1).descriptor).unwrap();
    let wanted = text.replace(&foreign, &format!("{foreign},{own}"));
    let found = server.tagged(REPO, &subject().fallback_tag()).unwrap();
    assert_eq!(String::from_utf8(found).unwrap(), wanted);
}

#[tokio::test]
async fn an_entry_lost_by_a_concurrent_writer_is_added_again() {
    let server = InMemoryRegistry::start();
    server.referrers_api(false);
    put_list(&server, &index(&[entry("foreign")]));
    let put = format!("PUT {}", tag_path());
    server.script_once(&put, Reply::new(201, ""));
    server.script_once(&put, Reply::new(201, ""));
    assert_eq!(client(&server).referrer(&server, 1).await, Ok(FoundBy::FallbackTag));
    let own = json!(referrer(1).descriptor.digest);
    assert_eq!(listed(&server), [json!(Digest::of(b"foreign")), own]);
    // The manifest, the API, three times list and change, and the last look.
    assert_eq!(server.log().len(), 2 + 3 * 2 + 1, "{}", server.lines().join("\n"));

    // What another writer put there in the meantime is kept.
    let server = InMemoryRegistry::start();
    server.referrers_api(false);
    let get = format!("GET {}", tag_path());
    server.script_once(&get, Reply::json(404, ""));
    server.script_once(&get, index_reply(&[entry("theirs")]));
    assert_eq!(client(&server).referrer(&server, 1).await, Ok(FoundBy::FallbackTag));
    assert_eq!(listed(&server), [json!(Digest::of(b"theirs")), json!(referrer(1).descriptor.digest)]);
}

#[tokio::test]
async fn a_vanished_list_is_written_with_all_entries() {
    let server = InMemoryRegistry::start();
    server.referrers_api(false);
    let get = format!("GET {}", tag_path());
    server.script_once(&get, index_reply(&[entry("foreign")]));
    server.script_once(&get, Reply::json(404, ""));
    assert_eq!(client(&server).referrer(&server, 1).await, Ok(FoundBy::FallbackTag));
    assert_eq!(listed(&server), [json!(Digest::of(b"foreign")), json!(referrer(1).descriptor.digest)]);
}

#[tokio::test]
async fn an_entry_that_stays_lost_is_an_error() {
    let server = InMemoryRegistry::start();
    server.referrers_api(false);
    put_list(&server, &index(&[entry("foreign")]));
    server.script(&format!("PUT {}", tag_path()), Reply::new(201, ""));
    let error = client(&server).referrer(&server, 1).await.unwrap_err();
    assert!(matches!(error, Error::Contended { attempts: 3, .. }), "{error}");
    let problem = error.to_diagnostic();
    assert_eq!((problem.code.as_str(), problem.exit().code()), ("registry/contended", 6));
    assert!(CommandHints.hint(&problem).is_some());
    assert_eq!(server.log().len(), 2 + 3 * 2 + 1);
}

#[tokio::test]
async fn an_unreadable_list_is_not_overwritten() {
    let many: Vec<Value> = (0..257).map(|number| entry(&number.to_string())).collect();
    let full: Vec<Value> = (0..256).map(|number| entry(&number.to_string())).collect();
    let ok = |text: &str| Reply::new(200, text).header("Content-Type", media_type::OCI_INDEX);
    for reply in [
        Reply::html(),
        ok("{"),
        ok("{}"),
        ok(r#"{"schemaVersion":2,"manifests":5}"#),
        ok(r#"{"schemaVersion":2,"manifests":[],"manifests":[]}"#),
        Reply::new(200, "x").header("Content-Type", "text/plain"),
        Reply::new(200, referrer(2).bytes.to_vec()).header("Content-Type", media_type::OCI_MANIFEST),
        index_reply(&many),
        // One more would be over the limit.
        index_reply(&full),
        Reply::json(403, ""),
        Reply::json(500, ""),
        Reply::cut(),
    ] {
        let server = InMemoryRegistry::start();
        server.referrers_api(false);
        server.script(&format!("GET {}", tag_path()), reply.clone());
        let answer = client(&server).referrer(&server, 1).await;
        assert!(answer.is_err(), "{reply:?}");
        assert_eq!(server.log().iter().filter(|one| one.method == "PUT").count(), 1, "{reply:?}");
    }
}

#[tokio::test]
async fn concurrent_tasks_update_a_list_one_at_a_time() {
    let server = InMemoryRegistry::start();
    server.referrers_api(false);
    server.latency(Duration::from_millis(2));
    let client = client(&server);
    let repository = repository(&server);
    let pushes = (0..8).map(|number| {
        let (client, repository) = (&client, &repository);
        async move { client.remote.push_referrer(repository, &referrer(number)).await }
    });
    for answer in futures_util::future::join_all(pushes).await {
        assert_eq!(answer, Ok(FoundBy::FallbackTag));
    }
    assert_eq!(listed(&server).len(), 8);
    // Nobody had to try twice: a manifest and a list for each.
    assert_eq!(server.log().iter().filter(|one| one.method == "PUT").count(), 16);
}

#[tokio::test]
async fn without_a_lock_directory_no_list_is_changed() {
    let server = InMemoryRegistry::start();
    server.referrers_api(false);
    let scratch = tempfile::tempdir().unwrap();
    std::fs::write(scratch.path().join("file"), "").unwrap();
    let turns = LockDir::at(scratch.path().join("file/locks"));
    let remote = RemoteRegistry::new(Options { lock_dir: turns, ..options(&server) }, Arc::new(())).unwrap();
    let error = remote.push_referrer(&repository(&server), &referrer(1)).await.unwrap_err();
    assert!(matches!(error, Error::Unlisted { .. }), "{error:?}");
    let problem = error.to_diagnostic();
    assert_eq!((problem.code.as_str(), problem.exit().code()), ("registry/lock-timeout", 6));
    assert!(CommandHints.hint(&problem).unwrap().contains("XDG_CACHE_HOME"));
    assert_eq!(server.tagged(REPO, &subject().fallback_tag()), None);
}
