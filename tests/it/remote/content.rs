//! Manifests and blobs: content requested by digest is hashed, and nothing is read beyond its limit.

use dhi::oci::{Descriptor, Digest, Repository, Tag, Version, media_type};
use dhi::registry::{Error, FoundBy, Mirror, Options, Registry as _};

use super::{
    REPO, artifact, client, descriptor, image, is_bad_content, is_digest, is_limit, is_size, limits, list,
    manifest_path, options, repository, tag, with,
};
use crate::support::registry::{Body, InMemoryRegistry, Reply};

#[tokio::test]
async fn manifests_blobs_and_referrers_are_read() {
    let server = InMemoryRegistry::start();
    let digest = image(&server);
    server.put_blob(REPO, b"{}");
    let one = server.put_manifest(REPO, artifact(&digest, 1).as_bytes());
    let client = client(&server);
    let content = client.0.manifest(&repository(&server, REPO), &tag("latest")).await.unwrap();
    assert_eq!((content.digest, content.media_type.as_deref()), (digest, Some(media_type::OCI_MANIFEST)));
    assert_eq!(client.manifest(&server, &Version::Digest(digest)).await, Ok(digest));
    assert_eq!(client.blob(&server, &descriptor(b"{}")).await.unwrap().as_ref(), b"{}");
    let list = client.referrers(&server, &digest).await.unwrap();
    assert_eq!(list.descriptors.iter().map(|one| one.digest).collect::<Vec<_>>(), [one]);
    assert_eq!(list.found_by, FoundBy::Api);
    assert_eq!(client.0.requests(), 4);
    let log = server.log();
    assert!(log.iter().all(|one| one.header("accept-encoding") == Some("identity")));
    assert!(log.iter().all(|one| !one.target.contains('?') && one.header("authorization").is_none()));
    assert!(log[0].header("accept").unwrap().contains(media_type::DOCKER_LIST));
}

#[tokio::test]
async fn a_layout_is_not_read_over_the_network() {
    let client = with(Options::default());
    let layout = Repository::Layout("dir".into());
    let answer = client.0.manifest(&layout, &tag("x")).await;
    assert!(matches!(answer, Err(Error::Layout { .. })), "{answer:?}");
}

#[tokio::test]
async fn a_pinned_digest_is_not_ignored() {
    let server = InMemoryRegistry::start();
    let digest = image(&server);
    let version = Version::Digest(digest);
    let other = format!("{} ", artifact(&digest, 1));
    // The header repeats what was asked for; the body is another manifest.
    let reply = Reply::new(200, other).header("Content-Type", media_type::OCI_MANIFEST);
    server.script(&manifest_path(&version), reply.header("Docker-Content-Digest", &digest.to_string()));
    is_digest(&client(&server).manifest(&server, &version).await);
}

#[tokio::test]
async fn a_tag_whose_header_contradicts_its_body_is_refused() {
    let server = InMemoryRegistry::start();
    let lie = Digest::of(b"lie").to_string();
    let reply = Reply::new(200, list(&[])).header("Content-Type", media_type::OCI_INDEX);
    server.script_once(&manifest_path(&tag("latest")), reply.clone().header("Docker-Content-Digest", &lie));
    is_digest(&client(&server).latest(&server).await);
    server.script_once(&manifest_path(&tag("latest")), reply.header("Docker-Content-Digest", "garbage"));
    assert_eq!(client(&server).latest(&server).await, Ok(Digest::of(list(&[]).as_bytes())));
}

#[tokio::test]
async fn resolve_sends_head_and_the_digest_is_a_claim() {
    let server = InMemoryRegistry::start();
    let digest = image(&server);
    let client = client(&server);
    let resolve =
        async |name: &str| client.0.resolve(&repository(&server, REPO), &name.parse::<Tag>().unwrap()).await;
    assert_eq!(resolve("latest").await, Ok(Some(digest)));
    assert_eq!(server.lines(), [format!("HEAD /v2/{REPO}/manifests/latest 200")]);
    assert_eq!(resolve("missing").await, Ok(None));
    server.script(&manifest_path(&tag("mute")), Reply::json(200, "{}"));
    assert_eq!(resolve("mute").await, Ok(None));
    // Whatever else it answers, GET decides.
    for status in [400, 401, 403, 404, 405, 429, 500, 501, 503] {
        server.script(&manifest_path(&tag("odd")), Reply::json(status, "{}"));
        assert_eq!(resolve("odd").await, Ok(None), "{status}");
    }
    server.script(&manifest_path(&tag("circle")), Reply::redirect(&manifest_path(&tag("circle"))));
    assert_eq!(resolve("circle").await, Ok(None));
    // No answer at all is none for GET either.
    server.script(&manifest_path(&tag("down")), Reply::cut());
    let down = resolve("down").await;
    assert!(matches!(down, Err(Error::Unreachable { .. })), "{down:?}");
}

#[tokio::test]
async fn a_refused_head_does_not_decide_behind_mirrors() {
    let (server, mirror) = (InMemoryRegistry::start(), InMemoryRegistry::start());
    let digest = image(&server);
    let mirrors = vec![Mirror::new(&server.host(), &mirror.host()).unwrap()];
    let plain_http = vec![server.host(), mirror.host()];
    let client = with(Options { mirrors, plain_http, ..options(&server) });
    let latest: Tag = "latest".parse().unwrap();
    let resolve = async || client.0.resolve(&repository(&server, REPO), &latest).await;
    // The mirror does not have it.
    assert_eq!(resolve().await, Ok(Some(digest)));
    server.script(&manifest_path(&tag("latest")), Reply::json(403, "{}"));
    assert_eq!(resolve().await, Ok(None));
    mirror.script(&manifest_path(&tag("latest")), Reply::json(401, "{}"));
    assert_eq!(resolve().await, Ok(None));
    server.script(&manifest_path(&tag("latest")), Reply::cut());
    assert!(resolve().await.is_err());
}

#[tokio::test]
async fn an_endless_manifest_stops_at_the_limit() {
    let server = InMemoryRegistry::start();
    let reply = Reply::json(200, "").body(Body::Endless);
    server.script(&manifest_path(&tag("latest")), reply);
    is_limit(&client(&server).latest(&server).await);
    // A declared size is believed only where it is too large.
    let lying = Reply::json(200, "").body(Body::Lying(u64::MAX / 2, b"{}".to_vec()));
    server.script(&manifest_path(&tag("latest")), lying);
    is_limit(&client(&server).latest(&server).await);
}

#[tokio::test]
async fn an_endless_error_answer_is_read_up_to_its_limit() {
    let server = InMemoryRegistry::start();
    server.script(&manifest_path(&tag("latest")), Reply::json(403, "").body(Body::Endless));
    let answer = client(&server).latest(&server).await;
    assert!(matches!(answer, Err(Error::Forbidden { readable: false, .. })), "{answer:?}");
}

#[tokio::test]
async fn the_content_type_is_ignored_for_a_known_digest() {
    let server = InMemoryRegistry::start();
    let digest = image(&server);
    let bytes = server.manifest(REPO, &digest).unwrap();
    let (client, version) = (client(&server), Version::Digest(digest));
    for name in ["application/octet-stream", "text/html", "text/plain"] {
        let called = Reply::new(200, bytes.clone()).header("Content-Type", name);
        server.script(&manifest_path(&version), called.clone());
        assert_eq!(client.manifest(&server, &version).await, Ok(digest), "{name}");
        // A tag does not bind the bytes.
        server.script(&manifest_path(&tag("latest")), called);
        assert!(matches!(client.latest(&server).await, Err(Error::NotJson { .. })), "{name}");
    }
    // A login page is no proof of tampering.
    server.script(&manifest_path(&version), Reply::html());
    let page = client.manifest(&server, &version).await;
    assert!(matches!(page, Err(Error::NotJson { .. })), "{page:?}");
}

#[tokio::test]
async fn html_with_status_200_is_no_manifest_and_no_list() {
    let server = InMemoryRegistry::start();
    let digest = image(&server);
    let client = client(&server);
    server.script(&manifest_path(&tag("latest")), Reply::html());
    let page = client.latest(&server).await;
    assert!(matches!(&page, Err(Error::NotJson { media_type, .. }) if media_type == "text/html"), "{page:?}");
    let disguised = Reply::json(200, "<html>log in</html>");
    server.script(&manifest_path(&tag("latest")), disguised.clone());
    is_bad_content(&client.latest(&server).await);
    let path = format!("/v2/{REPO}/referrers/{digest}");
    let not_lists = [
        disguised,
        Reply::json(200, "{}"),
        Reply::json(200, r#"{"schemaVersion":2,"manifests":5}"#),
        Reply::new(200, artifact(&digest, 1)).header("Content-Type", media_type::OCI_MANIFEST),
    ];
    for reply in not_lists {
        server.script(&path, reply);
        is_bad_content(&client.referrers(&server, &digest).await);
    }
}

#[tokio::test]
async fn a_wrong_size_is_found_before_or_while_reading() {
    let server = InMemoryRegistry::start();
    let client = client(&server);
    server.put_blob(REPO, b"0123456789");
    let exact = descriptor(b"0123456789");
    let path = format!("/v2/{REPO}/blobs/{}", exact.digest);
    for size in [0, 9, 11] {
        is_size(&client.blob(&server, &Descriptor { size, ..exact.clone() }).await);
    }
    for bytes in ["012345678", "01234567890"] {
        server.script(&path, Reply::new(200, "").body(Body::Chunked(bytes.into())));
        is_size(&client.blob(&server, &exact).await);
    }
    server.script(&path, Reply::new(200, "").body(Body::Endless));
    is_size(&client.blob(&server, &exact).await);
    server.script(&path, Reply::new(200, "").body(Body::Chunked(b"abcdefghij".to_vec())));
    is_digest(&client.blob(&server, &exact).await);
    let before = client.0.requests();
    let huge = Descriptor { size: u64::MAX, ..exact };
    is_limit(&client.0.blob(&repository(&server, REPO), &huge, 100).await);
    assert_eq!(client.0.requests(), before);
}

#[tokio::test]
async fn a_compression_bomb_is_not_decompressed() {
    let server = InMemoryRegistry::start();
    let reply = Reply::json(200, b"\x1f\x8b\x08\x00".to_vec()).header("Content-Encoding", "gzip");
    server.script(&manifest_path(&tag("latest")), reply);
    is_bad_content(&client(&server).latest(&server).await);
}

#[tokio::test]
async fn all_bytes_of_a_run_are_bounded_together() {
    let server = InMemoryRegistry::start();
    let blob = vec![7; 600];
    server.put_blob(REPO, &blob);
    let limits = limits().with(|limits| limits.total = 1000);
    let client = with(Options { limits, ..options(&server) });
    assert!(client.blob(&server, &descriptor(&blob)).await.is_ok());
    is_limit(&client.blob(&server, &descriptor(&blob)).await);
}
