//! Lists of referrers: complete, or an error.

use dhi::limits::Limits;
use dhi::oci::{Digest, Tag, Version};
use dhi::registry::{FoundBy, Mirror, Options, Referrers, Withheld};

use super::{
    REPO, artifact, client, descriptor, image, image_in, index_reply, is_bad_content, is_limit, is_server,
    limits, list, manifest_path, options, with,
};
use crate::support::registry::{InMemoryRegistry, Reply};

#[tokio::test]
async fn pages_are_followed_and_counted() {
    let server = InMemoryRegistry::start();
    let subject = image(&server);
    for number in 0..5 {
        server.put_manifest(REPO, artifact(&subject, number).as_bytes());
    }
    server.page(2);
    let list = client(&server).referrers(&server, &subject).await.unwrap();
    assert_eq!(list.descriptors.len(), 5);
    assert_eq!(server.count("/v2/acme/api/referrers/"), 3);
    for limits in [limits().with(|limits| limits.pages = 2), limits().with(|limits| limits.referrers = 4)] {
        let client = with(Options { limits, ..options(&server) });
        is_limit(&client.referrers(&server, &subject).await);
    }
}

#[tokio::test]
async fn endless_paging_ends() {
    let server = InMemoryRegistry::start();
    let subject = image(&server);
    let path = format!("/v2/{REPO}/referrers/{subject}");
    server.script(&path, index_reply(&[]).header("Link", &format!("<{path}?n=1>; rel=\"next\"")));
    is_limit(&client(&server).referrers(&server, &subject).await);
    assert_eq!(server.log().len(), Limits::default().pages);
}

#[tokio::test]
async fn the_next_page_must_belong_to_the_same_list() {
    let (server, other) = (InMemoryRegistry::start(), InMemoryRegistry::start());
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
async fn a_registry_with_fallback_tags_is_remembered() {
    let server = InMemoryRegistry::start();
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
async fn an_empty_list_of_the_api_is_final() {
    let server = InMemoryRegistry::start();
    let subject = image(&server);
    let index = server.put_manifest(REPO, list(&[&descriptor(b"x")]).as_bytes());
    server.tag(REPO, &subject.fallback_tag(), &index);
    assert_eq!(client(&server).referrers(&server, &subject).await, Ok(Referrers::default()));
    assert_eq!(server.log().len(), 1);
}

/// The path of each source of the list of `subject`.
fn sources(subject: &Digest) -> [String; 2] {
    [format!("/v2/{REPO}/referrers/{subject}"), manifest_path(&Version::Tag(Tag::from(subject)))]
}

#[tokio::test]
async fn only_these_statuses_mean_no_list() {
    const PASSING: [u16; 5] = [429, 500, 502, 503, 504];
    for status in [401, 403, 404, 400, 405, 406, 410, 418, 501, 204, 304].into_iter().chain(PASSING) {
        for (on_tag, none) in [(false, &[404, 400, 405, 406, 501][..]), (true, &[404])] {
            let server = InMemoryRegistry::start();
            let subject = image(&server);
            server.referrers_api(false);
            let path = &sources(&subject)[usize::from(on_tag)];
            server.script(path, Reply::json(status, "{}"));
            let limits = limits().with(|limits| limits.attempts = 1);
            let answer = with(Options { limits, ..options(&server) }).referrers(&server, &subject).await;
            match status {
                403 => {
                    let list = answer.unwrap();
                    assert!(list.descriptors.is_empty());
                    assert!(matches!(list.withheld, Some(Withheld::Forbidden { readable: true, .. })));
                }
                _ if none.contains(&status) => assert_eq!(answer, Ok(Referrers::default()), "{status}"),
                _ => assert!(
                    answer.as_ref().is_err_and(|error| !error.is_not_found()),
                    "{status} {on_tag}: {answer:?}"
                ),
            }
        }
    }
}

#[tokio::test]
async fn every_status_of_a_missing_api_leads_to_the_tag() {
    for status in [400, 404, 405, 406, 501] {
        let server = InMemoryRegistry::start();
        let subject = image(&server);
        let [api, _] = sources(&subject);
        server.script(&api, Reply::json(status, r#"{"errors":[{"code":"UNSUPPORTED"}]}"#));
        let entry = descriptor(b"referrer");
        let index = server.put_manifest(REPO, list(&[&entry]).as_bytes());
        server.tag(REPO, &subject.fallback_tag(), &index);
        let found = client(&server).referrers(&server, &subject).await.unwrap();
        assert_eq!((found.found_by, found.withheld), (FoundBy::FallbackTag, None));
        assert_eq!(found.descriptors, [entry]);
        assert_eq!(server.log().len(), 2, "{status}");
        // Only of the first page: a later one would be cut off.
        let next = index_reply(&[]).header("Link", "<?page=2>; rel=\"next\"");
        server.script_once(&api, next);
        is_bad_content(&client(&server).referrers(&server, &subject).await);
    }
}

#[tokio::test]
async fn a_status_of_another_host_does_not_mean_no_list() {
    let (server, other) = (InMemoryRegistry::start(), InMemoryRegistry::start());
    let subject = image(&server);
    let [api, _] = sources(&subject);
    server.script(&api, Reply::redirect(&other.url("/x")));
    for status in [400, 405, 406, 501] {
        other.script("/x", Reply::json(status, "{}"));
        is_server(&client(&server).referrers(&server, &subject).await, status);
    }
    // Nor is a token server.
    server.unscript(&api);
    let tokens = server.demand_own_tokens();
    tokens.only_for("nobody");
    for status in [400, 405, 406, 501] {
        server.script("/token", Reply::json(status, "{}"));
        is_server(&client(&server).referrers(&server, &subject).await, status);
    }
}

#[tokio::test]
async fn a_withheld_list_stays_unknown() {
    let refusal = || Reply::json(403, r#"{"errors":[{"code":"DENIED","message":"no"}]}"#);
    let text = || Reply::new(200, "x").header("Content-Type", "text/plain");
    let is_refusal = |withheld: &Option<Withheld>| matches!(withheld, Some(Withheld::Forbidden { .. }));
    for (reply, refused) in [(refusal(), true), (Reply::html(), false), (text(), false)] {
        let server = InMemoryRegistry::start();
        let subject = image(&server);
        let [api, tag] = sources(&subject);
        server.script(&api, reply.clone());
        // Nothing elsewhere.
        let none = client(&server).referrers(&server, &subject).await.unwrap();
        assert!(none.descriptors.is_empty() && none.withheld.is_some());
        assert_eq!(is_refusal(&none.withheld), refused);
        // The other source is withheld too: the refusal counts.
        for other in [refusal(), Reply::html()] {
            let is_refused = refused || other.status == 403;
            server.script(&tag, other);
            let both = client(&server).referrers(&server, &subject).await.unwrap();
            assert_eq!(is_refusal(&both.withheld), is_refused);
        }
        server.unscript(&tag);
        // Something elsewhere, and there may be more. That there is no API is not remembered.
        let entry = descriptor(b"referrer");
        let index = server.put_manifest(REPO, list(&[&entry]).as_bytes());
        server.tag(REPO, &subject.fallback_tag(), &index);
        let client = client(&server);
        for _ in 0..2 {
            let found = client.referrers(&server, &subject).await.unwrap();
            assert_eq!((found.found_by, found.descriptors), (FoundBy::FallbackTag, vec![entry.clone()]));
            assert_eq!(is_refusal(&found.withheld), refused);
        }
        // A refusal and an outage: the outage is an error.
        server.script(&tag, Reply::json(500, "{}"));
        is_server(&client.referrers(&server, &subject).await, 500);
    }
}

#[tokio::test]
async fn a_refused_list_of_a_readable_image_is_no_missing_login() {
    let server = InMemoryRegistry::start();
    let subject = image(&server);
    let [api, tag] = sources(&subject);
    let manifest = manifest_path(&Version::Digest(subject));
    for path in [&api, &tag] {
        server.script(path, Reply::json(403, "{}"));
    }
    let readable = async |client: &super::Client| {
        let list = client.referrers(&server, &subject).await.unwrap();
        let Some(Withheld::Forbidden { readable, .. }) = list.withheld else { panic!("{list:?}") };
        readable
    };
    // The image is asked for where nothing of the repository is known, once.
    let client = client(&server);
    assert!(readable(&client).await);
    assert_eq!(server.count(&manifest), 1);
    assert!(readable(&client).await);
    assert_eq!(server.count(&manifest), 1);
    server.script(&manifest, Reply::json(403, "{}"));
    assert!(!readable(&self::client(&server)).await);
}

#[tokio::test]
async fn an_api_list_is_complete_despite_a_withheld_tag() {
    let server = InMemoryRegistry::start();
    server.referrers_api(false);
    let (first, second) = (Digest::of(b"first"), image(&server));
    let entry = descriptor(b"referrer");
    let index = server.put_manifest(REPO, list(&[&entry]).as_bytes());
    server.tag(REPO, &first.fallback_tag(), &index);
    let client = client(&server);
    assert_eq!(client.referrers(&server, &first).await.unwrap().found_by, FoundBy::FallbackTag);
    let [api, tag] = sources(&second);
    server.script(&tag, Reply::json(403, "{}"));
    assert!(client.referrers(&server, &second).await.unwrap().withheld.is_some());
    server.script(&api, index_reply(&[&entry]));
    let found = client.referrers(&server, &second).await.unwrap();
    assert_eq!((found.found_by, found.withheld), (FoundBy::Api, None));
}

#[tokio::test]
async fn a_list_withheld_by_a_mirror_comes_from_the_registry() {
    let entry = descriptor(b"referrer");
    for reply in [Reply::json(403, "{}"), Reply::html()] {
        let (server, mirror) = (InMemoryRegistry::start(), InMemoryRegistry::start());
        let subject = image(&server);
        let [api, tag] = sources(&subject);
        let mirrors = vec![Mirror::new(&server.host(), &mirror.host()).unwrap()];
        let plain_http = vec![server.host(), mirror.host()];
        let client = with(Options { mirrors, plain_http, ..options(&server) });
        mirror.script(&api, reply);
        // Its tag has something, and may lack the rest.
        mirror.script(&tag, index_reply(&[&entry]));
        assert_eq!(client.referrers(&server, &subject).await, Ok(Referrers::default()));
        server.script(&api, Reply::json(500, "{}"));
        assert!(client.referrers(&server, &subject).await.is_err());
    }
}

#[tokio::test]
async fn a_fallback_tag_with_other_content_is_an_error() {
    let server = InMemoryRegistry::start();
    let subject = image(&server);
    server.referrers_api(false);
    server.tag(REPO, &subject.fallback_tag(), &subject);
    assert_eq!(client(&server).referrers(&server, &subject).await, Ok(Referrers::default()));
    // Another image.
    let other = image_in(&server, "acme/other");
    let bytes = server.manifest("acme/other", &other).unwrap();
    let other = server.put_manifest(REPO, &bytes);
    server.tag(REPO, &subject.fallback_tag(), &other);
    is_bad_content(&client(&server).referrers(&server, &subject).await);
}

#[tokio::test]
async fn a_link_header_is_read_in_every_valid_form() {
    let server = InMemoryRegistry::start();
    let subject = image(&server);
    let [api, _] = sources(&subject);
    let (one, two) = (descriptor(b"one"), descriptor(b"two"));
    let encoded = api.replace("sha256:", "sha256%3A");
    for target in [format!("{encoded}?n=1"), format!("https://{}{api}?n=1", server.host())] {
        server.script(&api, index_reply(&[&one]).header("Link", &format!("<{target}>; rel=\"next\"")));
        server.script(&format!("{api}?n=1"), index_reply(&[&two]));
        server.script(&format!("{encoded}?n=1"), index_reply(&[&two]));
        let found = client(&server).referrers(&server, &subject).await.unwrap();
        assert_eq!(found.descriptors, [one.clone(), two.clone()], "{target}");
    }
    // A bad one is a list cut off, not a list that is withheld.
    for reply in [Reply::html(), Reply::json(403, "{}"), Reply::json(406, "{}"), Reply::json(200, "{")] {
        server.script(&format!("{api}?n=1"), reply);
        is_bad_content(&client(&server).referrers(&server, &subject).await);
    }
}
