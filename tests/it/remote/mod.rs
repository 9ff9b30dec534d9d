//! The rules of the registry client, each against a registry that breaks it.

mod concurrency;
mod connections;
mod content;
mod hosts;
mod pace;
mod redirects;
mod referrers;
mod retries;
mod tokens;
mod unreachable;

use std::sync::Arc;
use std::time::Duration;

use dhi::limits::Limits;
use dhi::oci::{Descriptor, Digest, Repository, Version, media_type};
use dhi::registry::{
    ChallengeCache, Error, Freshness, Login, Options, Referrers, Registry, RemoteRegistry, Secret,
};
use serde_json::json;

use crate::support::registry::{InMemoryRegistry, Reply};

const REPO: &str = "acme/api";

/// `Basic` of `me:pass`.
const ME: &str = "Basic bWU6cGFzcw==";

struct Client(RemoteRegistry);

fn me() -> Login {
    Login::Basic { username: "me".to_owned(), password: Secret::new("pass") }
}

fn limits() -> Limits {
    Limits::default().with(|limits| {
        limits.attempts = 2;
        limits.read_timeout = Duration::from_secs(5);
    })
}

fn limits_once() -> Limits {
    limits().with(|limits| limits.attempts = 1)
}

fn options(server: &InMemoryRegistry) -> Options {
    Options { limits: limits(), plain_http: vec![server.host()], ..Options::default() }
}

fn client(server: &InMemoryRegistry) -> Client {
    with(options(server))
}

fn with(options: Options) -> Client {
    with_hints(options, Arc::new(()))
}

fn with_hints(options: Options, hints: Arc<dyn ChallengeCache>) -> Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    Client(RemoteRegistry::new(options, hints).unwrap())
}

fn repository(server: &InMemoryRegistry, path: &str) -> Repository {
    let reference: dhi::oci::Reference = format!("{}/{path}:x", server.host()).parse().unwrap();
    reference.repository
}

fn tag(text: &str) -> Version {
    Version::Tag(text.parse().unwrap())
}

fn descriptor(bytes: &[u8]) -> Descriptor {
    let value = json!({ "mediaType": "x/y", "digest": Digest::of(bytes), "size": bytes.len() });
    serde_json::from_value(value).unwrap()
}

fn list(manifests: &[&Descriptor]) -> String {
    json!({ "schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": manifests }).to_string()
}

fn index_reply(manifests: &[&Descriptor]) -> Reply {
    Reply::new(200, list(manifests)).header("Content-Type", media_type::OCI_INDEX)
}

fn artifact(subject: &Digest, number: usize) -> String {
    json!({
        "schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST, "artifactType": media_type::IN_TOTO,
        "config": { "mediaType": media_type::OCI_EMPTY, "digest": Digest::of(b"{}"), "size": 2 },
        "layers": [], "subject": { "mediaType": media_type::OCI_MANIFEST, "digest": subject, "size": 1 },
        "annotations": { "number": number.to_string() }
    })
    .to_string()
}

/// An image manifest under `latest`.
fn image(server: &InMemoryRegistry) -> Digest {
    image_in(server, REPO)
}

fn image_in(server: &InMemoryRegistry, repository: &str) -> Digest {
    let config = json!({ "mediaType": media_type::OCI_CONFIG, "digest": Digest::of(b"{}"), "size": 2 });
    let text = json!({
        "schemaVersion": 2, "mediaType": media_type::OCI_MANIFEST, "config": config, "layers": [],
        "annotations": { "repository": repository }
    });
    let digest = server.put_manifest(repository, text.to_string().as_bytes());
    server.tag(repository, "latest", &digest);
    digest
}

fn manifest_path(version: &Version) -> String {
    format!("/v2/{REPO}/manifests/{version}")
}

impl Client {
    async fn manifest(&self, server: &InMemoryRegistry, version: &Version) -> Result<Digest, Error> {
        self.0.manifest(&repository(server, REPO), version).await.map(|content| content.digest)
    }

    async fn latest(&self, server: &InMemoryRegistry) -> Result<Digest, Error> {
        self.manifest(server, &tag("latest")).await
    }

    async fn blob(&self, server: &InMemoryRegistry, descriptor: &Descriptor) -> Result<bytes::Bytes, Error> {
        self.0.blob(&repository(server, REPO), descriptor, 1 << 20).await
    }

    async fn referrers(&self, server: &InMemoryRegistry, subject: &Digest) -> Result<Referrers, Error> {
        self.0.referrers(&repository(server, REPO), subject, Freshness::Now).await
    }
}

fn is_bad_content<T: std::fmt::Debug>(result: &Result<T, Error>) {
    assert!(matches!(result, Err(Error::BadContent { .. })), "{result:?}");
}

fn is_limit<T: std::fmt::Debug>(result: &Result<T, Error>) {
    assert!(matches!(result, Err(Error::Limit { .. })), "{result:?}");
}

fn is_digest<T: std::fmt::Debug>(result: &Result<T, Error>) {
    assert!(matches!(result, Err(Error::Digest { .. })), "{result:?}");
}

fn is_server<T: std::fmt::Debug>(result: &Result<T, Error>, wanted: u16) {
    assert!(matches!(result, Err(Error::Server { status, .. }) if *status == wanted), "{result:?}");
}

fn is_size<T: std::fmt::Debug>(result: &Result<T, Error>) {
    assert!(matches!(result, Err(Error::Size { .. })), "{result:?}");
}
