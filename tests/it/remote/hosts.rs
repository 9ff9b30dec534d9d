//! Hosts: where plain HTTP is allowed, and that no host changes content with a digest.

use std::sync::Arc;

use dhi::oci::{Digest, Version, media_type};
use dhi::registry::{ConnectionFailure, Error, Options, RemoteRegistry};
use serde_json::json;

use super::{
    REPO, artifact, client, descriptor, image, index_reply, is_digest, limits_once, manifest_path, with,
};
use crate::support::registry::InMemoryRegistry;

#[tokio::test]
async fn plain_http_needs_a_flag_and_loopback() {
    for host in ["registry.example.com", "10.0.0.1:5000", "localhost.evil.com", "128.0.0.1", "[::2]:1"] {
        let options = Options { plain_http: vec![host.to_owned()], ..Options::default() };
        let made = RemoteRegistry::new(options, Arc::new(()));
        assert_eq!(made.err(), Some(Error::PlainHttp { host: host.to_owned() }));
    }
    for host in ["localhost", "LOCALHOST:5000", "127.1.2.3:80", "[::1]:5000"] {
        let options = Options { plain_http: vec![host.to_owned()], ..Options::default() };
        assert!(RemoteRegistry::new(options, Arc::new(())).is_ok(), "{host}");
    }
    let server = InMemoryRegistry::start();
    image(&server);
    let client = with(Options { limits: limits_once(), ..Options::default() });
    let answer = client.latest(&server).await;
    // It failed in the TLS handshake, not before.
    let Err(Error::Unreachable { failure, attempts: 1, .. }) = answer else { panic!("{answer:?}") };
    assert_eq!(failure, ConnectionFailure::HandshakeClosed);
    assert!(server.log().is_empty());
}

#[tokio::test]
async fn changed_answers_fail_for_a_pinned_digest() {
    let server = InMemoryRegistry::start();
    let digest = image(&server);
    let version = Version::Digest(digest);
    let client = client(&server);
    assert_eq!(client.manifest(&server, &version).await, Ok(digest));
    server.script(&manifest_path(&version), index_reply(&[]));
    is_digest(&client.manifest(&server, &version).await);
}

#[tokio::test]
async fn a_layout_is_served_completely() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = directory.path().join("blobs/sha256");
    std::fs::create_dir_all(&blobs).unwrap();
    let put = |bytes: &[u8]| {
        std::fs::write(blobs.join(Digest::of(bytes).hex()), bytes).unwrap();
        json!({ "mediaType": media_type::OCI_MANIFEST, "digest": Digest::of(bytes), "size": bytes.len() })
    };
    put(b"{}");
    let config = json!({ "mediaType": media_type::OCI_EMPTY, "digest": Digest::of(b"{}"), "size": 2 });
    let image = json!({ "schemaVersion": 2, "config": config, "layers": [] }).to_string();
    let image_entry = put(image.as_bytes());
    let inner = json!({ "schemaVersion": 2, "manifests": [image_entry] }).to_string();
    let mut inner_entry = put(inner.as_bytes());
    inner_entry["annotations"] = json!({ "org.opencontainers.image.ref.name": "latest" });
    let referrer = put(artifact(&Digest::of(image.as_bytes()), 1).as_bytes());
    let index = json!({ "schemaVersion": 2, "manifests": [inner_entry, referrer] });
    std::fs::write(directory.path().join("index.json"), index.to_string()).unwrap();

    let server = InMemoryRegistry::start();
    server.serve_layout(directory.path(), REPO);
    let client = client(&server);
    assert_eq!(client.latest(&server).await, Ok(Digest::of(inner.as_bytes())));
    assert!(client.manifest(&server, &Version::Digest(Digest::of(image.as_bytes()))).await.is_ok());
    assert!(client.blob(&server, &descriptor(b"{}")).await.is_ok());
    let list = client.referrers(&server, &Digest::of(image.as_bytes())).await.unwrap();
    assert_eq!(list.descriptors.len(), 1);
    assert_eq!(list.descriptors[0].artifact_type.as_deref(), Some(media_type::IN_TOTO));
}
