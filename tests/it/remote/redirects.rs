//! Redirects: bounded, and without secrets.

use dhi::limits::Limits;
use dhi::registry::{Credentials, Error, Options};

use super::{REPO, client, descriptor, is_limit, is_server, manifest_path, me, options, tag, with};
use crate::support::registry::{InMemoryRegistry, Reply, Tokens};

#[tokio::test]
async fn authorization_is_dropped_on_a_redirect_to_another_origin() {
    let (server, cdn) = (InMemoryRegistry::start(), InMemoryRegistry::start());
    server.demand_own_tokens();
    let blob = descriptor(b"blob");
    let path = format!("/v2/{REPO}/blobs/{}", blob.digest);
    server.script(&path, Reply::redirect("/here"));
    server.script("/here", Reply::redirect(&cdn.url("/there?signature=x")));
    cdn.script("/there", Reply::new(200, "blob"));
    let client = client(&server);
    assert!(client.blob(&server, &blob).await.is_ok());
    let here: Vec<_> = server.log().into_iter().filter(|one| one.target == "/here").collect();
    assert!(here[0].header("authorization").is_some());
    assert_eq!(cdn.log().len(), 1);
    assert_eq!(cdn.log()[0].header("authorization"), None);
    // There and back: what was dropped stays dropped.
    cdn.script("/there", Reply::redirect(&server.url("/home")));
    server.script("/home", Reply::new(200, "blob"));
    assert!(client.blob(&server, &blob).await.is_ok());
    let log = server.log();
    assert_eq!(log.last().unwrap().target, "/home");
    assert_eq!(log.last().unwrap().header("authorization"), None);
}

#[tokio::test]
async fn a_challenge_after_a_redirect_is_not_answered() {
    let (server, cdn) = (InMemoryRegistry::start(), InMemoryRegistry::start());
    let blob = descriptor(b"blob");
    server.script(&format!("/v2/{REPO}/blobs/{}", blob.digest), Reply::redirect(&cdn.url("/x")));
    let tokens = Tokens::new();
    cdn.serve_tokens(&tokens);
    let challenge = format!(r#"Bearer realm="{}""#, cdn.url("/token"));
    cdn.script("/x", Reply::json(401, "{}").header("WWW-Authenticate", &challenge));
    let credentials = Credentials::none().with(&server.host(), me());
    let answer = with(Options { credentials, ..options(&server) }).blob(&server, &blob).await;
    assert!(matches!(answer, Err(Error::Unauthorized { logged_in: false, .. })), "{answer:?}");
    assert_eq!(cdn.lines(), ["GET /x 401"]);
}

#[tokio::test]
async fn redirects_are_bounded_and_restricted() {
    let server = InMemoryRegistry::start();
    let path = manifest_path(&tag("latest"));
    server.script(&path, Reply::redirect(&path));
    is_limit(&client(&server).latest(&server).await);
    assert_eq!(server.log().len(), Limits::default().redirects + 1);
    for location in ["http://cdn.example/x", "ftp://127.0.0.1/x", "http://u:p@127.0.0.1/x", "http://["] {
        server.script(&path, Reply::redirect(location));
        is_server(&client(&server).latest(&server).await, 307);
    }
}
