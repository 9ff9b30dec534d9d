//! Lists of referrers: whole or an error.

use dhi::limits::Limits;
use dhi::oci::{Digest, Tag, Version};
use dhi::registry::{FoundBy, Options, Referrers};

use super::{
    REPO, artifact, client, descriptor, image, index_reply, is_bad_content, is_limit, limits, list,
    manifest_path, options, with,
};
use crate::scripted::{Reply, Scripted};

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
