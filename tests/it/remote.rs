//! The rules of the registry client, each against a registry that breaks it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use dhi::limits::Limits;
use dhi::oci::{Descriptor, Digest, Repository, Tag, Version, media_type};
use dhi::registry::{
    Credentials, Error, FoundBy, Freshness, Hints, Login, Options, Referrers, Registry, RemoteRegistry,
    Secret,
};
use futures_util::future::join_all;
use serde_json::json;

use crate::scripted::{Body, Challenge, Reply, Scripted, Tokens, longest_chain};

const REPO: &str = "acme/api";

/// `Basic` of `me:pass`.
const ME: &str = "Basic bWU6cGFzcw==";

struct Client(RemoteRegistry);

fn me() -> Login {
    Login::Basic { username: "me".to_owned(), password: Secret::new("pass") }
}

fn limits() -> Limits {
    Limits { attempts: 2, idle: Duration::from_secs(5), ..Limits::default() }
}

fn options(server: &Scripted) -> Options {
    Options { limits: limits(), plain_http: vec![server.host()], ..Options::default() }
}

fn client(server: &Scripted) -> Client {
    with(options(server))
}

fn with(options: Options) -> Client {
    with_hints(options, Arc::new(()))
}

fn with_hints(options: Options, hints: Arc<dyn Hints>) -> Client {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    Client(RemoteRegistry::new(options, hints).unwrap())
}

fn repository(server: &Scripted, path: &str) -> Repository {
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
fn image(server: &Scripted) -> Digest {
    image_in(server, REPO)
}

fn image_in(server: &Scripted, repository: &str) -> Digest {
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
    async fn manifest(&self, server: &Scripted, version: &Version) -> Result<Digest, Error> {
        self.0.manifest(&repository(server, REPO), version).await.map(|content| content.digest)
    }

    async fn latest(&self, server: &Scripted) -> Result<Digest, Error> {
        self.manifest(server, &tag("latest")).await
    }

    async fn blob(&self, server: &Scripted, descriptor: &Descriptor) -> Result<bytes::Bytes, Error> {
        self.0.blob(&repository(server, REPO), descriptor, 1 << 20).await
    }

    async fn referrers(&self, server: &Scripted, subject: &Digest) -> Result<Referrers, Error> {
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

// Manifests and blobs.

#[tokio::test]
async fn manifests_blobs_and_referrers_are_read() {
    let server = Scripted::start();
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
    let server = Scripted::start();
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
    let server = Scripted::start();
    let lie = Digest::of(b"lie").to_string();
    let reply = Reply::new(200, list(&[])).header("Content-Type", media_type::OCI_INDEX);
    server.script_once(&manifest_path(&tag("latest")), reply.clone().header("Docker-Content-Digest", &lie));
    is_digest(&client(&server).latest(&server).await);
    server.script_once(&manifest_path(&tag("latest")), reply.header("Docker-Content-Digest", "garbage"));
    assert_eq!(client(&server).latest(&server).await, Ok(Digest::of(list(&[]).as_bytes())));
}

#[tokio::test]
async fn resolve_is_a_head_and_only_a_claim() {
    let server = Scripted::start();
    let digest = image(&server);
    let client = client(&server);
    let resolve =
        async |name: &str| client.0.resolve(&repository(&server, REPO), &name.parse::<Tag>().unwrap()).await;
    assert_eq!(resolve("latest").await, Ok(Some(digest)));
    assert_eq!(server.lines(), [format!("HEAD /v2/{REPO}/manifests/latest 200")]);
    assert!(resolve("missing").await.unwrap_err().is_not_found());
    server.script(&manifest_path(&tag("mute")), Reply::json(200, "{}"));
    assert_eq!(resolve("mute").await, Ok(None));
    server.script(&manifest_path(&tag("old")), Reply::json(405, "{}"));
    assert_eq!(resolve("old").await, Ok(None));
    server.script(&manifest_path(&tag("down")), Reply::json(500, "{}"));
    is_server(&resolve("down").await, 500);
}

#[tokio::test]
async fn an_endless_manifest_stops_at_the_limit() {
    let server = Scripted::start();
    let reply = Reply::json(200, "").body(Body::Endless);
    server.script(&manifest_path(&tag("latest")), reply);
    is_limit(&client(&server).latest(&server).await);
    // A declared size is believed only where it is too large.
    let lying = Reply::json(200, "").body(Body::Lying(u64::MAX / 2, b"{}".to_vec()));
    server.script(&manifest_path(&tag("latest")), lying);
    is_limit(&client(&server).latest(&server).await);
}

#[tokio::test]
async fn an_endless_error_answer_is_read_to_its_bound() {
    let server = Scripted::start();
    server.script(&manifest_path(&tag("latest")), Reply::json(403, "").body(Body::Endless));
    let answer = client(&server).latest(&server).await;
    assert!(matches!(answer, Err(Error::Unauthorized { .. })), "{answer:?}");
}

#[tokio::test]
async fn html_with_status_200_is_no_manifest_and_no_list() {
    let server = Scripted::start();
    let digest = image(&server);
    let client = client(&server);
    server.script(&manifest_path(&tag("latest")), Reply::html());
    is_bad_content(&client.latest(&server).await);
    let disguised = Reply::json(200, "<html>log in</html>");
    server.script(&manifest_path(&tag("latest")), disguised.clone());
    is_bad_content(&client.latest(&server).await);
    let path = format!("/v2/{REPO}/referrers/{digest}");
    let not_lists = [
        Reply::html(),
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
async fn a_lying_size_is_found_before_or_while_reading() {
    let server = Scripted::start();
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
async fn a_compressed_bomb_is_not_unpacked() {
    let server = Scripted::start();
    let reply = Reply::json(200, b"\x1f\x8b\x08\x00".to_vec()).header("Content-Encoding", "gzip");
    server.script(&manifest_path(&tag("latest")), reply);
    is_bad_content(&client(&server).latest(&server).await);
}

#[tokio::test]
async fn all_bytes_of_a_run_are_bounded_together() {
    let server = Scripted::start();
    let blob = vec![7; 600];
    server.put_blob(REPO, &blob);
    let limits = Limits { total: 1000, ..limits() };
    let client = with(Options { limits, ..options(&server) });
    assert!(client.blob(&server, &descriptor(&blob)).await.is_ok());
    is_limit(&client.blob(&server, &descriptor(&blob)).await);
}

// Referrers.

#[tokio::test]
async fn pages_are_followed_and_counted() {
    let server = Scripted::start();
    let subject = image(&server);
    for number in 0..5 {
        server.put_manifest(REPO, artifact(&subject, number).as_bytes());
    }
    server.page(2);
    let list = client(&server).referrers(&server, &subject).await.unwrap();
    assert_eq!(list.descriptors.len(), 5);
    assert_eq!(server.count("/v2/acme/api/referrers/"), 3);
    for limits in [Limits { pages: 2, ..limits() }, Limits { referrers: 4, ..limits() }] {
        let client = with(Options { limits, ..options(&server) });
        is_limit(&client.referrers(&server, &subject).await);
    }
}

#[tokio::test]
async fn paging_for_ever_ends() {
    let server = Scripted::start();
    let subject = image(&server);
    let path = format!("/v2/{REPO}/referrers/{subject}");
    server.script(&path, index_reply(&[]).header("Link", &format!("<{path}?n=1>; rel=\"next\"")));
    is_limit(&client(&server).referrers(&server, &subject).await);
    assert_eq!(server.log().len(), Limits::default().pages);
}

#[tokio::test]
async fn the_next_page_is_of_the_same_list() {
    let (server, other) = (Scripted::start(), Scripted::start());
    let subject = image(&server);
    let path = format!("/v2/{REPO}/referrers/{subject}");
    let links = [
        other.url(&path),
        format!("/v2/other/repo/referrers/{subject}"),
        format!("{path}/../../../secret"),
        format!("http://localhost:{}{path}", server.host().rsplit_once(':').unwrap().1),
        format!("/v2/{REPO}/referrers/{}", Digest::of(b"x")),
    ];
    for link in links {
        server.script(&path, index_reply(&[]).header("Link", &format!("<{link}>; rel=\"next\"")));
        is_bad_content(&client(&server).referrers(&server, &subject).await);
    }
    assert!(other.log().is_empty());
    // A page that is missing is a list cut off, not its end.
    server.script(&path, index_reply(&[]).header("Link", &format!("<{path}?gone>; rel=\"next\"")));
    server.script(&format!("{path}?gone"), Reply::json(404, "{}"));
    is_bad_content(&client(&server).referrers(&server, &subject).await);
}

#[tokio::test]
async fn the_fallback_tag_is_found_and_asked_first_from_then_on() {
    let server = Scripted::start();
    server.referrers_api(false);
    let subjects: Vec<_> = (0..3).map(|number| Digest::of(&[number])).collect();
    let entry = descriptor(b"referrer");
    let index = server.put_manifest(REPO, list(&[&entry]).as_bytes());
    for subject in &subjects[..2] {
        server.tag(REPO, &subject.fallback_tag(), &index);
    }
    let client = client(&server);
    for subject in &subjects[..2] {
        let found = client.referrers(&server, subject).await.unwrap();
        assert_eq!(
            (found.found_by, found.descriptors.as_slice()),
            (FoundBy::FallbackTag, &[entry.clone()][..])
        );
    }
    assert_eq!(client.referrers(&server, &subjects[2]).await, Ok(Referrers::default()));
    let api = |subject: &Digest| format!("GET /v2/{REPO}/referrers/{subject}");
    let tag = |subject: &Digest| format!("GET /v2/{REPO}/manifests/{}", subject.fallback_tag());
    assert_eq!(
        server.lines(),
        [
            format!("{} 404", api(&subjects[0])),
            format!("{} 200", tag(&subjects[0])),
            format!("{} 200", tag(&subjects[1])),
            format!("{} 404", tag(&subjects[2])),
            format!("{} 404", api(&subjects[2])),
        ]
    );
}

#[tokio::test]
async fn a_list_of_the_api_counts_even_when_it_is_empty() {
    let server = Scripted::start();
    let subject = image(&server);
    let index = server.put_manifest(REPO, list(&[&descriptor(b"x")]).as_bytes());
    server.tag(REPO, &subject.fallback_tag(), &index);
    assert_eq!(client(&server).referrers(&server, &subject).await, Ok(Referrers::default()));
    assert_eq!(server.log().len(), 1);
}

#[tokio::test]
async fn only_404_means_none() {
    for (status, on_tag) in [401, 403, 429, 500, 502, 503, 504, 400, 405, 204, 304]
        .into_iter()
        .flat_map(|status| [(status, false), (status, true)])
    {
        let server = Scripted::start();
        let subject = image(&server);
        server.referrers_api(false);
        let path = if on_tag {
            manifest_path(&Version::Tag(Tag::from(&subject)))
        } else {
            format!("/v2/{REPO}/referrers/{subject}")
        };
        server.script(&path, Reply::json(status, "{}"));
        let limits = Limits { attempts: 1, ..limits() };
        let answer = with(Options { limits, ..options(&server) }).referrers(&server, &subject).await;
        assert!(answer.as_ref().is_err_and(|error| !error.is_not_found()), "{status} {on_tag}: {answer:?}");
    }
}

#[tokio::test]
async fn a_fallback_tag_that_is_no_index_is_refused() {
    let server = Scripted::start();
    let subject = image(&server);
    server.referrers_api(false);
    server.tag(REPO, &subject.fallback_tag(), &subject);
    is_bad_content(&client(&server).referrers(&server, &subject).await);
}

// Tokens.

#[tokio::test]
async fn sixteen_requests_make_one_token_request() {
    let server = Scripted::start();
    let digest = image(&server);
    let tokens = server.demand_own_tokens();
    server.latency(Duration::from_millis(30));
    let client = client(&server);
    assert_eq!(client.latest(&server).await, Ok(digest));
    assert_eq!(server.lines().len(), 3);
    tokens.revoke();
    server.clear_log();
    // All are refused with the old token, and one gets a new one for all.
    let all = join_all((0..16).map(|_| client.latest(&server))).await;
    assert!(all.into_iter().all(|answer| answer == Ok(digest)));
    assert_eq!(server.count("/token"), 1);
    assert_eq!(server.longest_chain(), 3);
}

#[tokio::test]
async fn parallel_first_requests_share_a_token_and_its_failure() {
    let server = Scripted::start();
    let digest = image(&server);
    let tokens = server.demand_own_tokens();
    server.latency(Duration::from_millis(30));
    let first = client(&server);
    let all = join_all((0..8).map(|_| first.latest(&server))).await;
    assert!(all.into_iter().all(|answer| answer == Ok(digest)));
    assert_eq!(server.count("/token"), 1);
    tokens.only_for(ME);
    server.clear_log();
    let second = client(&server);
    let all = join_all((0..8).map(|_| second.latest(&server))).await;
    assert!(all.iter().all(|answer| matches!(answer, Err(Error::Unauthorized { logged_in: false, .. }))));
    assert_eq!(server.count("/token"), 1);
}

#[tokio::test]
async fn no_token_leaks_to_another_repository() {
    let server = Scripted::start();
    let tokens = server.demand_own_tokens();
    let client = client(&server);
    for path in ["acme/one", "acme/two", "acme/one"] {
        let digest = image_in(&server, path);
        assert_eq!(
            client.0.manifest(&repository(&server, path), &tag("latest")).await.unwrap().digest,
            digest
        );
    }
    let given = tokens.given();
    assert_eq!(given.len(), 2);
    for (token, scopes) in given {
        let used: Vec<_> = server
            .log()
            .into_iter()
            .filter(|one| one.header("authorization").is_some_and(|value| value.ends_with(&token)))
            .collect();
        assert!(!used.is_empty());
        for one in used {
            assert_eq!(scopes, [format!("repository:{}:pull", &one.target[4..12])]);
        }
    }
}

#[tokio::test]
async fn no_token_leaks_to_another_host() {
    let (one, two) = (Scripted::start(), Scripted::start());
    one.demand_own_tokens();
    let digest = image(&one);
    assert_eq!(digest, image(&two));
    let options = Options { plain_http: vec!["127.0.0.1".to_owned()], ..options(&one) };
    let client = with(options);
    assert_eq!(client.latest(&one).await, Ok(digest));
    assert_eq!(client.latest(&two).await, Ok(digest));
    assert!(two.log().iter().all(|one| one.header("authorization").is_none()));
}

#[tokio::test]
async fn several_scopes_are_repeated_and_both_names_of_a_token_are_read() {
    let server = Scripted::start();
    let digest = image(&server);
    let tokens = Tokens::new();
    server.serve_tokens(&tokens);
    let realm = server.url("/token?extra=1");
    let value =
        format!(r#"Basic realm="x", bearer scope="a:b:pull repository:{REPO}:pull", realm="{realm}""#);
    let path = manifest_path(&tag("latest"));
    server.script_once(&path, Reply::json(401, "{}").header("WWW-Authenticate", &value));
    server.script_once("/token", Reply::json(200, r#"{"access_token":"abc"}"#));
    assert_eq!(client(&server).latest(&server).await, Ok(digest));
    let log = server.log();
    assert_eq!(
        log[1].target,
        format!("/token?extra=1&scope=a%3Ab%3Apull&scope=repository%3Aacme%2Fapi%3Apull")
    );
    assert_eq!(log[2].header("authorization"), Some("Bearer abc"));
}

#[tokio::test]
async fn credentials_get_the_token_and_nothing_else() {
    let server = Scripted::start();
    let digest = image(&server);
    let tokens = server.demand_own_tokens();
    tokens.only_for(ME);
    let credentials = Credentials::none().with(&server.host(), me());
    let client = with(Options { credentials, ..options(&server) });
    assert_eq!(client.latest(&server).await, Ok(digest));
    for one in server.log() {
        assert_eq!(one.header("authorization") == Some(ME), one.target.starts_with("/token"));
    }
}

#[tokio::test]
async fn an_identity_token_is_exchanged() {
    let server = Scripted::start();
    let digest = image(&server);
    let tokens = server.demand_own_tokens();
    tokens.only_for("refresh me");
    let login = Login::Identity(Secret::new("refresh me"));
    let credentials = Credentials::none().with(&server.host(), login);
    let client = with(Options { credentials, ..options(&server) });
    assert_eq!(client.latest(&server).await, Ok(digest));
    let log = server.log();
    assert_eq!((log[1].method.as_str(), log[1].target.as_str()), ("POST", "/token"));
    assert_eq!(
        log[1].body,
        "grant_type=refresh_token&client_id=dhi&refresh_token=refresh+me&scope=repository%3Aacme%2Fapi%3Apull&service=scripted"
    );
}

#[tokio::test]
async fn basic_credentials_are_sent_once_they_are_asked_for() {
    let server = Scripted::start();
    let digest = image(&server);
    server.demand(Challenge::Basic(ME.to_owned()));
    let credentials = Credentials::none().with(&server.host(), me());
    let client = with(Options { credentials, ..options(&server) });
    assert_eq!(client.latest(&server).await, Ok(digest));
    assert_eq!(client.latest(&server).await, Ok(digest));
    assert_eq!(server.log().iter().map(|one| one.status).collect::<Vec<_>>(), [401, 200, 200]);
}

#[tokio::test]
async fn refusals_tell_whether_there_was_a_login_and_keep_secrets() {
    let server = Scripted::start();
    image(&server);
    server.demand(Challenge::Never(r#"Basic realm="x""#.to_owned()));
    let answer = client(&server).latest(&server).await;
    let Err(Error::Unauthorized { logged_in: false, answer, .. }) = answer else { panic!("{answer:?}") };
    assert!(answer.contains("authentication required"), "{answer}");
    let credentials = Credentials::none().with(&server.host(), me());
    let client = with(Options { credentials: credentials.clone(), ..options(&server) });
    let answer = client.latest(&server).await;
    assert!(matches!(answer, Err(Error::Unauthorized { logged_in: true, .. })), "{answer:?}");
    assert_eq!(server.log().len(), 3);

    // A token server that repeats what it was sent.
    let tokens = server.demand_own_tokens();
    tokens.only_for("nobody");
    server.script(
        "/token",
        Reply::json(401, r#"{"details":"pass is not the password, bWU6cGFzcw== neither"}"#),
    );
    let answer = with(Options { credentials, ..options(&server) }).latest(&server).await;
    let Err(Error::Unauthorized { logged_in: true, answer, .. }) = answer else { panic!("{answer:?}") };
    assert!(!answer.contains("bWU6") && !answer.contains("pass "), "{answer}");

    // The same of an identity token, as it stands in the form.
    server.script("/token", Reply::json(401, r#"{"details":"bad form: refresh_token=re%2Ffresh%3D+me"}"#));
    let login = Login::Identity(Secret::new("re/fresh= me"));
    let credentials = Credentials::none().with(&server.host(), login);
    let answer = with(Options { credentials, ..options(&server) }).latest(&server).await;
    let Err(Error::Unauthorized { answer, .. }) = answer else { panic!("{answer:?}") };
    assert!(answer.contains("bad form") && !answer.contains("fresh%"), "{answer}");
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let server = Scripted::start();
    image(&server);
    let tokens = Tokens::new();
    server.serve_tokens(&tokens);
    server.demand(Challenge::Never(format!(r#"Bearer realm="{}""#, server.url("/token"))));
    let answer = client(&server).latest(&server).await;
    assert!(matches!(answer, Err(Error::Unauthorized { .. })), "{answer:?}");
    assert_eq!(server.log().iter().map(|one| one.status).collect::<Vec<_>>(), [401, 200, 401, 200, 401]);
}

#[tokio::test]
async fn a_token_server_that_has_none_is_never_not_found() {
    for status in [404, 405, 301, 500] {
        let server = Scripted::start();
        let subject = image(&server);
        server.demand_own_tokens();
        server.script("/token", Reply::json(status, "{}").header("Location", "/elsewhere"));
        is_server(&client(&server).referrers(&server, &subject).await, status);
        assert_eq!(server.count("/elsewhere"), 0);
    }
    let server = Scripted::start();
    image(&server);
    server.demand_own_tokens();
    server.script("/token", Reply::json(200, "").body(Body::Endless));
    is_limit(&client(&server).latest(&server).await);
}

#[tokio::test]
async fn a_realm_elsewhere_gets_no_credentials() {
    let (server, elsewhere) = (Scripted::start(), Scripted::start_at("127.0.0.2"));
    let digest = image(&server);
    let tokens = Tokens::new();
    elsewhere.serve_tokens(&tokens);
    server.demand(Challenge::bearer(&elsewhere.url("/token"), &tokens));
    let credentials = Credentials::none().with(&server.host(), me());
    let options = Options { credentials, ..options(&server) };
    let answer = with(options.clone()).latest(&server).await;
    let realm = elsewhere.url("/token");
    assert_eq!(answer, Err(Error::RealmRefused { host: server.host(), realm }));
    assert!(elsewhere.log().is_empty());
    // Without credentials there is nothing to lose, and with a permission nothing to refuse.
    assert_eq!(client(&server).latest(&server).await, Ok(digest));
    let auth_realms = vec![(server.host(), elsewhere.host())];
    assert_eq!(with(Options { auth_realms, ..options }).latest(&server).await, Ok(digest));
    assert_eq!(elsewhere.log()[1].header("authorization"), Some(ME));
}

#[tokio::test]
async fn a_realm_without_tls_elsewhere_is_refused_to_all() {
    let server = Scripted::start();
    image(&server);
    for realm in
        ["http://auth.docker.io/token", "http://10.0.0.1/token", "file:///etc/passwd", "not a URL", ""]
    {
        server.demand(Challenge::Never(format!(r#"Bearer realm="{realm}""#)));
        let answer = client(&server).latest(&server).await;
        assert!(matches!(answer, Err(Error::RealmRefused { .. })), "{realm}: {answer:?}");
    }
}

#[derive(Default)]
struct Memory(Mutex<HashMap<String, String>>, Mutex<u32>);

impl Hints for Memory {
    fn challenge(&self, host: &str) -> Option<String> {
        self.0.lock().unwrap().get(host).cloned()
    }

    fn remember_challenge(&self, host: &str, challenge: &str) {
        *self.1.lock().unwrap() += 1;
        self.0.lock().unwrap().insert(host.to_owned(), challenge.to_owned());
    }
}

#[tokio::test]
async fn a_remembered_challenge_saves_a_trip_and_a_stale_one_costs_only_one() {
    let server = Scripted::start();
    let digest = image(&server);
    server.demand_own_tokens();
    let memory = Arc::new(Memory::default());
    for expected in [3, 2, 2] {
        let client = with_hints(options(&server), memory.clone());
        assert_eq!(client.latest(&server).await, Ok(digest));
        assert_eq!(client.0.requests(), expected);
    }
    assert_eq!(*memory.1.lock().unwrap(), 1);

    for stale in [
        format!(r#"Bearer realm="{}""#, server.url("/gone")),
        format!(r#"Bearer realm="{}",service="old""#, server.url("/token?old")),
        r#"Bearer realm="https://10.0.0.1/token""#.to_owned(),
        "Basic".to_owned(),
        "garbage".to_owned(),
    ] {
        let memory = Arc::new(Memory::default());
        memory.remember_challenge(&server.host(), &stale);
        let client = with_hints(options(&server), memory.clone());
        assert_eq!(client.latest(&server).await, Ok(digest), "{stale}");
        assert!(client.0.requests() <= 4, "{stale}");
    }
}

// Redirects.

#[tokio::test]
async fn authorization_is_dropped_on_a_redirect_to_another_origin() {
    let (server, cdn) = (Scripted::start(), Scripted::start());
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
    let (server, cdn) = (Scripted::start(), Scripted::start());
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
async fn redirects_are_bounded_and_stay_where_they_may() {
    let server = Scripted::start();
    let path = manifest_path(&tag("latest"));
    server.script(&path, Reply::redirect(&path));
    is_limit(&client(&server).latest(&server).await);
    assert_eq!(server.log().len(), Limits::default().redirects + 1);
    for location in ["http://cdn.example/x", "ftp://127.0.0.1/x", "http://u:p@127.0.0.1/x", "http://["] {
        server.script(&path, Reply::redirect(location));
        is_server(&client(&server).latest(&server).await, 307);
    }
}

// Retries.

#[tokio::test]
async fn passing_failures_are_tried_again() {
    for failure in [
        Reply::cut(),
        Reply::json(500, ""),
        Reply::json(502, ""),
        Reply::json(503, ""),
        Reply::json(504, ""),
        Reply::json(429, ""),
    ] {
        let server = Scripted::start();
        let digest = image(&server);
        server.script_once(&manifest_path(&tag("latest")), failure);
        assert_eq!(client(&server).latest(&server).await, Ok(digest));
        assert_eq!(server.log().len(), 2);
    }
    // A body that breaks off is a broken connection, not a short blob.
    let server = Scripted::start();
    server.put_blob(REPO, b"0123456789");
    let blob = descriptor(b"0123456789");
    let path = format!("/v2/{REPO}/blobs/{}", blob.digest);
    server.script_once(&path, Reply::new(200, "").body(Body::Lying(10, b"01234".to_vec())));
    assert!(client(&server).blob(&server, &blob).await.is_ok());
    assert_eq!(server.log().len(), 2);
}

#[tokio::test]
async fn attempts_end() {
    let server = Scripted::start();
    let path = manifest_path(&tag("latest"));
    let limits = Limits { attempts: 3, ..limits() };
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
    let server = Scripted::start();
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
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn a_silent_or_absent_registry_is_unreachable_and_no_url_is_shown() {
    let server = Scripted::start();
    server.script(&manifest_path(&tag("latest")), Reply::json(200, "{}").delay(Duration::from_millis(900)));
    let limits = Limits { attempts: 1, idle: Duration::from_millis(100), ..limits() };
    let answer = with(Options { limits, ..options(&server) }).latest(&server).await;
    let Err(Error::Unreachable { cause, .. }) = answer else { panic!("{answer:?}") };
    assert!(cause.contains("timed out") && !cause.contains("http://"), "{cause}");

    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let host = free.local_addr().unwrap().to_string();
    drop(free);
    let reference: dhi::oci::Reference = format!("{host}/a:b").parse().unwrap();
    let client = with(Options { limits: limits_once(), plain_http: vec![host], ..Options::default() });
    let answer = client.0.manifest(&reference.repository, &reference.version()).await;
    let Err(Error::Unreachable { cause, .. }) = answer else { panic!("{answer:?}") };
    assert!(cause.contains("refused"), "{cause}");
}

fn limits_once() -> Limits {
    Limits { attempts: 1, ..limits() }
}

// The rest.

#[tokio::test]
async fn plain_http_is_for_this_machine_and_only_where_it_is_named() {
    for host in ["registry.example.com", "10.0.0.1:5000", "localhost.evil.com", "128.0.0.1", "[::2]:1"] {
        let options = Options { plain_http: vec![host.to_owned()], ..Options::default() };
        let made = RemoteRegistry::new(options, Arc::new(()));
        assert_eq!(made.err(), Some(Error::PlainHttp { host: host.to_owned() }));
    }
    for host in ["localhost", "LOCALHOST:5000", "127.1.2.3:80", "[::1]:5000"] {
        let options = Options { plain_http: vec![host.to_owned()], ..Options::default() };
        assert!(RemoteRegistry::new(options, Arc::new(())).is_ok(), "{host}");
    }
    let server = Scripted::start();
    image(&server);
    let client = with(Options { limits: limits_once(), ..Options::default() });
    let answer = client.latest(&server).await;
    // It failed in the TLS handshake, not before.
    let Err(Error::Unreachable { cause, attempts: 1, .. }) = answer else { panic!("{answer:?}") };
    assert!(cause.contains("handshake"), "{cause}");
    assert!(server.log().is_empty());
}

#[tokio::test]
async fn requests_at_once_are_bounded_for_each_host() {
    let server = Scripted::start();
    image(&server);
    server.latency(Duration::from_millis(40));
    let limits = Limits { requests_per_host: 3, ..limits() };
    let client = with(Options { limits, ..options(&server) });
    join_all((0..9).map(|_| client.latest(&server))).await;
    assert_eq!(longest_chain(&server.log()), 3);
}

#[tokio::test]
async fn changed_answers_change_nothing_that_was_asked_by_digest() {
    let server = Scripted::start();
    let digest = image(&server);
    let version = Version::Digest(digest);
    let client = client(&server);
    assert_eq!(client.manifest(&server, &version).await, Ok(digest));
    server.script(&manifest_path(&version), index_reply(&[]));
    is_digest(&client.manifest(&server, &version).await);
}

#[tokio::test]
async fn a_layout_directory_is_served_whole() {
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

    let server = Scripted::start();
    server.serve_layout(directory.path(), REPO);
    let client = client(&server);
    assert_eq!(client.latest(&server).await, Ok(Digest::of(inner.as_bytes())));
    assert!(client.manifest(&server, &Version::Digest(Digest::of(image.as_bytes()))).await.is_ok());
    assert!(client.blob(&server, &descriptor(b"{}")).await.is_ok());
    let list = client.referrers(&server, &Digest::of(image.as_bytes())).await.unwrap();
    assert_eq!(list.descriptors.len(), 1);
    assert_eq!(list.descriptors[0].artifact_type.as_deref(), Some(media_type::IN_TOTO));
}
