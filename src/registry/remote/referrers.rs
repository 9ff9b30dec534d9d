//! Lists referrers, from the referrers API or the fallback tag.
//!
//! Only a response that means "no such list" counts as absent. A withheld source stays unknown, and a truncated list is
//! an error.

use percent_encoding::percent_decode_str;
use reqwest::{Method, Url};

use super::mirrors::Endpoint;
use super::{RemoteRegistry, Request};
use crate::limits::Exceeded;
use crate::oci::{Digest, Tag, Version, media_type};
use crate::registry::index_editor::parse_referrers_list;
use crate::registry::transport::Expected;
use crate::registry::{Error, FoundBy, Referrers, Withheld};

/// The statuses of registries without a referrers API. Those besides 404 are from Artifactory, older versions of Quay,
/// and registries that do not have the route or method.
const NO_API: &[u16] = &[404, 400, 405, 406, 501];

/// A source of a list of referrers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Api,
    Tag,
}

/// The result of querying one source.
pub(super) enum SourceResult {
    List(Referrers),
    /// The source does not exist.
    Absent,
    /// The registry withholds the source.
    Withheld(Withheld),
}

impl RemoteRegistry {
    /// The list of the referrers API, else of the fallback tag. `None` if neither exists. If the repository is known to
    /// have fallback tags and no API, the tag is queried first, which saves a round trip for each further subject.
    ///
    /// A withheld source does not end the search. It is reported in [`Referrers::withheld`], unless the API returns a
    /// list, which is complete by itself.
    pub(super) async fn list_referrers(
        &self,
        endpoint: &Endpoint,
        subject: &Digest,
    ) -> Result<Option<Referrers>, Error> {
        let tags_first = self.uses_fallback_tags(&endpoint.name);
        let order = if tags_first { [Source::Tag, Source::Api] } else { [Source::Api, Source::Tag] };
        let mut withheld_source: Option<Withheld> = None;
        for source in order {
            match self.query_source(source, endpoint, subject).await? {
                SourceResult::Absent => {}
                SourceResult::Withheld(withheld) => {
                    withheld_source = Some(withheld.prefer_refusal(withheld_source));
                }
                SourceResult::List(list) => {
                    if source == Source::Tag && withheld_source.is_none() {
                        self.note_fallback_tags(&endpoint.name);
                    }
                    let withheld = withheld_source.filter(|_| source == Source::Tag);
                    return Ok(Some(Referrers { withheld, ..list }));
                }
            }
        }
        Ok(withheld_source.map(|withheld| Referrers { withheld: Some(withheld), ..Referrers::default() }))
    }

    /// Queries one source.
    pub(super) async fn query_source(
        &self,
        source: Source,
        endpoint: &Endpoint,
        subject: &Digest,
    ) -> Result<SourceResult, Error> {
        let result = match source {
            Source::Api => self.list_by_api(endpoint, subject).await,
            Source::Tag => self.list_by_fallback_tag(endpoint, subject).await,
        };
        match result {
            Ok(Some(list)) => Ok(SourceResult::List(list)),
            Ok(None) => Ok(SourceResult::Absent),
            Err(Error::Forbidden { host, what, answer, logged_in, readable }) => {
                // Whether a login is missing is unknown unless something was read: try to read the image itself.
                let readable =
                    readable || self.get_manifest(endpoint, &Version::Digest(*subject)).await.is_ok();
                Ok(SourceResult::Withheld(Withheld::Forbidden { host, what, answer, logged_in, readable }))
            }
            Err(error) => Withheld::from_error(error).map(SourceResult::Withheld),
        }
    }

    /// Queries the referrers API. `None` if the registry has no such API (statuses [`NO_API`]): an API returns an empty
    /// list for a subject without referrers.
    async fn list_by_api(&self, endpoint: &Endpoint, subject: &Digest) -> Result<Option<Referrers>, Error> {
        let name = &endpoint.name;
        let what = format!("referrers of {name}@{subject}");
        let path = format!("/v2/{}/referrers/{subject}", name.path());
        let first = self.url(name, &path)?;
        let mut url = first.clone();
        let mut descriptors = Vec::new();
        for page in 0..self.http.limits.pages {
            let request = Request {
                accept: media_type::OCI_INDEX,
                expected: Expected::AtMost(self.http.limits.manifest),
                absent: NO_API,
                ..Request::new(Method::GET, url.clone(), endpoint, &what)
            };
            let answer = self.request(request).await;
            let answer = answer.and_then(|answer| {
                let media_type = super::content::json_type(&answer, &what, &self.http.secrets)?;
                super::content::check_json_object(&answer, &what)?;
                Ok((answer, media_type))
            });
            let bad = |cause: &str| Error::BadContent { what: what.clone(), cause: cause.to_owned() };
            let (answer, media_type) = match answer {
                Ok(answer) => answer,
                Err(Error::NotFound { .. }) if page == 0 => return Ok(None),
                // If a later page cannot be read, the list is truncated.
                Err(Error::NotFound { .. }) => return Err(bad("its next page does not exist")),
                Err(Error::NotJson { media_type, .. }) if page > 0 => {
                    return Err(bad(&format!("the registry calls its next page `{media_type}`, not JSON")));
                }
                Err(Error::Forbidden { answer, .. }) if page > 0 => {
                    return Err(bad(&format!("its next page is refused ({answer})")));
                }
                Err(error) => return Err(error),
            };
            let index = parse_referrers_list(&answer.body, media_type.as_deref(), &what)?;
            descriptors.extend(index.manifests);
            self.check_count(descriptors.len(), &what)?;
            let links = answer.headers().get_all(reqwest::header::LINK);
            let links: Vec<_> =
                links.iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
            let Some(next) = links.iter().find_map(|link| next_link(link)) else {
                let found_by = FoundBy::Api;
                return Ok(Some(Referrers { descriptors, found_by, ..Referrers::default() }));
            };
            url =
                next_page(&first, &url, &next).ok_or_else(|| bad("its next page is not of the same list"))?;
        }
        Err(Error::Limit {
            what,
            exceeded: Exceeded::new("number of pages", self.http.limits.pages, "pages"),
        })
    }

    /// Reads the fallback tag. `None` if the registry has no such tag, or resolves it to the subject itself, as GitLab
    /// does.
    async fn list_by_fallback_tag(
        &self,
        endpoint: &Endpoint,
        subject: &Digest,
    ) -> Result<Option<Referrers>, Error> {
        let name = &endpoint.name;
        let tag = Tag::from(subject);
        let what = format!("manifest {name}:{tag}");
        let content = match self.get_manifest(endpoint, &Version::Tag(tag)).await {
            Ok(content) if content.digest == *subject => return Ok(None),
            Ok(content) => content,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let index = parse_referrers_list(&content.bytes, content.media_type.as_deref(), &what)?;
        self.check_count(index.manifests.len(), &what)?;
        let (descriptors, found_by) = (index.manifests, FoundBy::FallbackTag);
        Ok(Some(Referrers { descriptors, found_by, ..Referrers::default() }))
    }

    pub(super) fn check_count(&self, count: usize, what: &str) -> Result<(), Error> {
        let limit = self.http.limits.referrers;
        if count <= limit {
            return Ok(());
        }
        Err(Error::Limit {
            what: what.to_owned(),
            exceeded: Exceeded::new(format!("number of referrers ({count} so far)"), limit, "referrers"),
        })
    }
}

/// The URL of the next page, to which the page at `url` links as `target`. `None` unless it is of the same list on the
/// same host. A registry behind a TLS proxy may link to `http`; the scheme of the first page is used.
fn next_page(first: &Url, url: &Url, target: &str) -> Option<Url> {
    let next = url.join(target).ok().filter(|next| matches!(next.scheme(), "http" | "https"))?;
    let is_port =
        |port: Option<u16>| port == first.port() || port.is_some() && port == first.port_or_known_default();
    if next.host() != first.host() || !is_port(next.port()) {
        return None;
    }
    // Registries and proxies differ in which characters they encode.
    let decoded = |url: &Url| percent_decode_str(url.path()).decode_utf8().ok().map(String::from);
    let rest = decoded(&next)?;
    let rest = rest.strip_prefix(&decoded(first)?)?;
    if rest.split('/').any(|part| part == "..") {
        return None;
    }
    let mut page = first.clone();
    page.set_path(next.path());
    page.set_query(next.query());
    Some(page)
}

/// The target of the link whose relation is `next` (RFC 8288).
fn next_link(text: &str) -> Option<String> {
    let mut rest = text;
    loop {
        let (_, after) = rest.split_once('<')?;
        let (target, after) = after.split_once('>')?;
        // Parameters end at the next comma outside quotes.
        let mut quoted = false;
        let end = after.find(|c| {
            quoted ^= c == '"';
            c == ',' && !quoted
        });
        let (parameters, after) = after.split_at(end.unwrap_or(after.len()));
        let is_next =
            parameters.split(';').filter_map(|parameter| parameter.split_once('=')).any(|(name, value)| {
                name.trim().eq_ignore_ascii_case("rel")
                    && value
                        .trim()
                        .trim_matches('"')
                        .split_ascii_whitespace()
                        .any(|rel| rel.eq_ignore_ascii_case("next"))
            });
        if is_next {
            return Some(target.to_owned());
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_links_are_found_among_others() {
        for (text, target) in [
            (r#"</v2/x?n=1>; rel="next""#, Some("/v2/x?n=1")),
            (r#"</a,b>; rel=next"#, Some("/a,b")),
            (r#"</a>; rel="prev", </b>; title="x, <y>; rel=next"; rel="last next""#, Some("/b")),
            (r#"</a>; rel="prev""#, None),
            ("garbage", None),
            ("<unclosed", None),
            ("", None),
        ] {
            assert_eq!(next_link(text).as_deref(), target, "{text}");
        }
    }

    #[test]
    fn the_next_page_has_scheme_and_host_of_the_first() {
        const TLS: &str = "https://r.example/v2/a/b/referrers/sha256:01";
        for (first, target, next) in [
            (
                TLS,
                "/v2/a/b/referrers/sha256:01?n=1",
                Some("https://r.example/v2/a/b/referrers/sha256:01?n=1"),
            ),
            (TLS, "?n=1", Some("https://r.example/v2/a/b/referrers/sha256:01?n=1")),
            // As the registry writes it, encoded or not.
            (
                TLS,
                "/v2/a/b/referrers/sha256%3A01?n=1",
                Some("https://r.example/v2/a/b/referrers/sha256%3A01?n=1"),
            ),
            (TLS, "/v2/a/b/referrers/sha256%3a01", Some("https://r.example/v2/a/b/referrers/sha256%3a01")),
            (TLS, "/v2/a%2Fb/referrers/sha256:01", Some("https://r.example/v2/a%2Fb/referrers/sha256:01")),
            // Behind a proxy that ends TLS. Never the other way round.
            (
                TLS,
                "http://r.example/v2/a/b/referrers/sha256:01?n=1",
                Some("https://r.example/v2/a/b/referrers/sha256:01?n=1"),
            ),
            (TLS, "http://r.example:443/v2/a/b/referrers/sha256:01", Some(TLS)),
            (
                "http://r.example:5000/v2/a/referrers/x:1",
                "https://r.example:5000/v2/a/referrers/x:1?n",
                Some("http://r.example:5000/v2/a/referrers/x:1?n"),
            ),
            (TLS, "http://u:p@r.example/v2/a/b/referrers/sha256:01", Some(TLS)),
            // Elsewhere.
            (TLS, "http://s.example/v2/a/b/referrers/sha256:01", None),
            (TLS, "https://r.example:8443/v2/a/b/referrers/sha256:01", None),
            ("http://r.example:5000/v2/a/referrers/x:1", "http://r.example/v2/a/referrers/x:1", None),
            (TLS, "//s.example/v2/a/b/referrers/sha256:01", None),
            (TLS, "ftp://r.example/v2/a/b/referrers/sha256:01", None),
            (TLS, "/v2/a/b/referrers/sha256:02", None),
            (TLS, "/v2/a/b/referrers/sha256:01/../../../secret", None),
            (TLS, "/v2/a/b/referrers/sha256:01/%2e%2e/secret", None),
            (TLS, "/v2/a/b/referrers/sha256:01%2F..%2Fsecret", None),
            (TLS, "/v2/a/b/referrers/sha256:01%2f%2E%2e%2Fsecret", None),
            (TLS, "/v2/a/b/referrers/sha256%253A01", None),
            (TLS, "/v2/a/b/referrers/sha256:01%FF", None),
            (TLS, "http://[", None),
        ] {
            let first: Url = first.parse().unwrap();
            let next = next.map(|next| next.parse::<Url>().unwrap());
            assert_eq!(next_page(&first, &first, target), next, "{target}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_link_is_read_without_harm(text in "[<>;,=\" a-z\\PC]{0,60}") {
            let _ = next_link(&text);
        }
    }
}
