//! Only the registry's own 404 means that there is no list, and a list is whole or an error.

use reqwest::Method;

use super::mirrors::Place;
use super::{RemoteRegistry, Request};
use crate::limits::Exceeded;
use crate::oci::{Digest, Tag, Version, media_type};
use crate::registry::entries::list_of_referrers;
use crate::registry::transport::Expected;
use crate::registry::{Error, FoundBy, Referrers};

impl RemoteRegistry {
    /// The list of the referrers API, else of the fallback tag; `None` where there is neither. Where a repository was
    /// seen to have the one without the other, the tag is asked first: that saves a round trip for each further
    /// subject.
    pub(super) async fn list_referrers(
        &self,
        place: &Place,
        subject: &Digest,
    ) -> Result<Option<Referrers>, Error> {
        let tags_first = self.remembers_tags(&place.name);
        if tags_first && let Some(list) = self.by_fallback_tag(place, subject).await? {
            return Ok(Some(list));
        }
        if let Some(list) = self.by_api(place, subject).await? {
            return Ok(Some(list));
        }
        if !tags_first && let Some(list) = self.by_fallback_tag(place, subject).await? {
            self.remember_tags(&place.name);
            return Ok(Some(list));
        }
        Ok(None)
    }

    /// `None` where the registry answers 404, which it does for a subject without referrers only if it has no
    /// such API.
    pub(super) async fn by_api(&self, place: &Place, subject: &Digest) -> Result<Option<Referrers>, Error> {
        let name = &place.name;
        let what = format!("referrers of {name}@{subject}");
        let path = format!("/v2/{}/referrers/{subject}", name.path());
        let first = self.url(name, &path)?;
        let mut url = first.clone();
        let mut descriptors = Vec::new();
        for page in 0..self.http.limits.pages {
            let request = Request {
                accept: media_type::OCI_INDEX,
                expected: Expected::AtMost(self.http.limits.manifest),
                ..Request::new(Method::GET, url.clone(), place, &what)
            };
            let answer = match self.ask(request).await {
                Ok(answer) => answer,
                // A later page that is not there is a list cut off.
                Err(Error::NotFound { .. }) if page == 0 => return Ok(None),
                Err(Error::NotFound { what }) => {
                    return Err(Error::BadContent { what, cause: "its next page does not exist".to_owned() });
                }
                Err(error) => return Err(error),
            };
            let media_type = super::content::json_type(&answer, &what, &self.http.secrets)?;
            let index = list_of_referrers(&answer.body, media_type.as_deref(), &what)?;
            descriptors.extend(index.manifests);
            self.check_count(descriptors.len(), &what)?;
            let links = answer.headers().get_all(reqwest::header::LINK);
            let links: Vec<_> =
                links.iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect();
            let Some(next) = links.iter().find_map(|link| next_link(link)) else {
                return Ok(Some(Referrers { descriptors, found_by: FoundBy::Api, age: None }));
            };
            url = match url.join(&next) {
                Ok(next) if next.origin() == first.origin() && next.path().starts_with(first.path()) => next,
                _ => {
                    return Err(Error::BadContent {
                        what,
                        cause: "its next page is said to be elsewhere".to_owned(),
                    });
                }
            };
        }
        Err(Error::Limit {
            what,
            exceeded: Exceeded::new("number of pages", self.http.limits.pages, "pages"),
        })
    }

    async fn by_fallback_tag(&self, place: &Place, subject: &Digest) -> Result<Option<Referrers>, Error> {
        let name = &place.name;
        let tag = Tag::from(subject);
        let what = format!("manifest {name}:{tag}");
        let content = match self.get_manifest(place, &Version::Tag(tag)).await {
            Ok(content) => content,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let index = list_of_referrers(&content.bytes, content.media_type.as_deref(), &what)?;
        self.check_count(index.manifests.len(), &what)?;
        Ok(Some(Referrers { descriptors: index.manifests, found_by: FoundBy::FallbackTag, age: None }))
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

/// The target of the link whose relation is `next` (RFC 8288).
fn next_link(text: &str) -> Option<String> {
    let mut rest = text;
    loop {
        let (_, after) = rest.split_once('<')?;
        let (target, after) = after.split_once('>')?;
        // Parameters go to the next comma that is not quoted.
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

    proptest::proptest! {
        #[test]
        fn any_link_is_read_without_harm(text in "[<>;,=\" a-z\\PC]{0,60}") {
            let _ = next_link(&text);
        }
    }
}
