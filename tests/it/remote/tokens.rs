//! Tokens and logins: each is sent only to its host.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use dhi::registry::{ChallengeCache, Credentials, Error, Login, Options, Registry as _, Secret};
use futures_util::future::join_all;

use super::{
    ME, REPO, client, image, image_in, is_limit, is_server, manifest_path, me, options, repository, tag,
    with, with_hints,
};
use crate::support::registry::{Body, Challenge, InMemoryRegistry, Reply, Tokens};

#[tokio::test]
async fn sixteen_requests_share_one_token_request() {
    let server = InMemoryRegistry::start();
    let digest = image(&server);
    let tokens = server.demand_own_tokens();
    let client = client(&server);
    assert_eq!(client.latest(&server).await, Ok(digest));
    assert_eq!(server.lines().len(), 3);
    tokens.revoke();
    server.clear_log();
    // All are refused with the old token, and one gets a new one for all.
    let rounds = [16, 1, 16];
    server.in_rounds(&rounds);
    let all = join_all((0..16).map(|_| client.latest(&server))).await;
    assert!(all.into_iter().all(|answer| answer == Ok(digest)));
    assert_eq!(server.count("/token"), 1);
    assert_eq!(server.levels(), rounds);
}

#[tokio::test]
async fn parallel_first_requests_share_a_token_and_its_failure() {
    let server = InMemoryRegistry::start();
    let digest = image(&server);
    let tokens = server.demand_own_tokens();
    let first = client(&server);
    server.in_rounds(&[8, 1, 8]);
    let all = join_all((0..8).map(|_| first.latest(&server))).await;
    assert!(all.into_iter().all(|answer| answer == Ok(digest)));
    assert_eq!(server.count("/token"), 1);
    tokens.only_for(ME);
    server.clear_log();
    let second = client(&server);
    // A failure is not cached: requests that wait for the token share it, and all of them wait before it arrives.
    server.in_rounds(&[8, 1]);
    server.latency(std::time::Duration::from_secs(1));
    let all = join_all((0..8).map(|_| second.latest(&server))).await;
    assert!(all.iter().all(|answer| matches!(answer, Err(Error::Unauthorized { logged_in: false, .. }))));
    assert_eq!(server.count("/token"), 1);
}

#[tokio::test]
async fn no_token_leaks_to_another_repository() {
    let server = InMemoryRegistry::start();
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
    let (one, two) = (InMemoryRegistry::start(), InMemoryRegistry::start());
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
async fn several_scopes_and_both_token_members_are_supported() {
    let server = InMemoryRegistry::start();
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
async fn credentials_are_sent_to_the_token_server_only() {
    let server = InMemoryRegistry::start();
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
    let server = InMemoryRegistry::start();
    let digest = image(&server);
    let tokens = server.demand_own_tokens();
    tokens.only_for("refresh me");
    let login = Login::IdentityToken(Secret::new("refresh me"));
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
async fn basic_credentials_are_sent_after_a_challenge() {
    let server = InMemoryRegistry::start();
    let digest = image(&server);
    server.demand(Challenge::Basic(ME.to_owned()));
    let credentials = Credentials::none().with(&server.host(), me());
    let client = with(Options { credentials, ..options(&server) });
    assert_eq!(client.latest(&server).await, Ok(digest));
    assert_eq!(client.latest(&server).await, Ok(digest));
    assert_eq!(server.log().iter().map(|one| one.status).collect::<Vec<_>>(), [401, 200, 200]);
}

#[tokio::test]
async fn refusals_report_whether_a_login_was_sent() {
    let server = InMemoryRegistry::start();
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

    // The same for an identity token in a form.
    server.script("/token", Reply::json(401, r#"{"details":"bad form: refresh_token=re%2Ffresh%3D+me"}"#));
    let login = Login::IdentityToken(Secret::new("re/fresh= me"));
    let credentials = Credentials::none().with(&server.host(), login);
    let answer = with(Options { credentials, ..options(&server) }).latest(&server).await;
    let Err(Error::Unauthorized { answer, .. }) = answer else { panic!("{answer:?}") };
    assert!(answer.contains("bad form") && !answer.contains("fresh%"), "{answer}");
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let server = InMemoryRegistry::start();
    image(&server);
    let tokens = Tokens::new();
    server.serve_tokens(&tokens);
    server.demand(Challenge::Never(format!(r#"Bearer realm="{}""#, server.url("/token"))));
    let answer = client(&server).latest(&server).await;
    assert!(matches!(answer, Err(Error::Unauthorized { .. })), "{answer:?}");
    assert_eq!(server.log().iter().map(|one| one.status).collect::<Vec<_>>(), [401, 200, 401, 200, 401]);
}

#[tokio::test]
async fn a_token_server_with_404_is_not_a_missing_image() {
    for status in [404, 405, 301, 500] {
        let server = InMemoryRegistry::start();
        let subject = image(&server);
        server.demand_own_tokens();
        server.script("/token", Reply::json(status, "{}").header("Location", "/elsewhere"));
        is_server(&client(&server).referrers(&server, &subject).await, status);
        assert_eq!(server.count("/elsewhere"), 0);
    }
    let server = InMemoryRegistry::start();
    image(&server);
    server.demand_own_tokens();
    server.script("/token", Reply::json(200, "").body(Body::Endless));
    is_limit(&client(&server).latest(&server).await);
}

#[tokio::test]
async fn a_foreign_realm_gets_no_credentials() {
    let (server, elsewhere) = (InMemoryRegistry::start(), InMemoryRegistry::start_at("127.0.0.2"));
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
async fn a_foreign_realm_without_tls_is_refused() {
    let server = InMemoryRegistry::start();
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

impl ChallengeCache for Memory {
    fn challenge(&self, host: &str) -> Option<String> {
        self.0.lock().unwrap().get(host).cloned()
    }

    fn remember_challenge(&self, host: &str, challenge: &str) {
        *self.1.lock().unwrap() += 1;
        self.0.lock().unwrap().insert(host.to_owned(), challenge.to_owned());
    }
}

#[tokio::test]
async fn a_cached_challenge_saves_a_request() {
    let server = InMemoryRegistry::start();
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

/// What an earlier run remembered never decides, however the registry refuses it.
#[tokio::test]
async fn a_failing_cached_challenge_is_dropped() {
    for status in [400, 403, 404] {
        let server = InMemoryRegistry::start();
        let digest = image(&server);
        let tokens = Tokens::new();
        server.serve_tokens(&tokens);
        let memory = Arc::new(Memory::default());
        memory.remember_challenge(&server.host(), &format!(r#"Bearer realm="{}""#, server.url("/token")));
        // It requires no login any more, and refuses requests that send one.
        let path = manifest_path(&tag("latest"));
        server.script_once(&path, Reply::json(status, "{}"));
        let client = with_hints(options(&server), memory.clone());
        assert_eq!(client.latest(&server).await, Ok(digest), "{status}");
        let sent: Vec<bool> = server
            .log()
            .iter()
            .filter(|one| one.target == path)
            .map(|one| one.header("authorization").is_some())
            .collect();
        assert_eq!(sent, [true, false], "{status}");
        // Nor does it make "none" of a list.
        let client = with_hints(options(&server), memory);
        let api = format!("/v2/{REPO}/referrers/{digest}");
        server.put_manifest(REPO, super::artifact(&digest, 1).as_bytes());
        server.script_once(&api, Reply::json(status, "{}"));
        assert_eq!(client.referrers(&server, &digest).await.unwrap().descriptors.len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_token_that_is_refused_with_403_is_renewed_once() {
    let server = InMemoryRegistry::start();
    let digest = image(&server);
    server.demand_own_tokens();
    let client = client(&server);
    assert_eq!(client.latest(&server).await, Ok(digest));
    let path = manifest_path(&tag("latest"));
    server.script_once(&path, Reply::json(403, "{}"));
    server.clear_log();
    assert_eq!(client.latest(&server).await, Ok(digest));
    let statuses = |server: &InMemoryRegistry| server.log().iter().map(|one| one.status).collect::<Vec<_>>();
    assert_eq!(statuses(&server), [403, 200, 200]);
    // A new one was no better: it was not for its age.
    server.script(&path, Reply::json(403, "{}"));
    server.clear_log();
    let answer = client.latest(&server).await;
    assert!(matches!(answer, Err(Error::Forbidden { readable: true, .. })), "{answer:?}");
    assert_eq!(statuses(&server), [403]);
}
