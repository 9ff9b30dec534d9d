//! Fetches a definition over HTTPS.
//!
//! No login is sent and no redirect is followed: only the host that the user named decides about the content. A host
//! that redirects is an error that names the other address.

use bytes::Bytes;

use super::error::SourceError;
use super::limits::SHOWN_TARGET;
use crate::builder::definition::limits::DEFINITION_SIZE;
use crate::limits::Limits;
use crate::registry::Transport;
use crate::registry::transport::{HttpResponse, Profile, Redirects, StatusClass, TransportError};
use crate::registry::urls::{DisplayUrl, Url};

const FILE: Profile = Profile {
    redirects: Redirects::Never,
    success: &[200],
    absent: &[404, 410],
    attempts: u32::MAX,
    time: None,
};

/// The media types that a file of YAML may have come first: some hosts choose a page by this header.
const ACCEPT: &str = "application/yaml, text/plain, */*;q=0.5";

/// Fetches the file at `url`, which messages name as `origin`.
pub(super) async fn fetch(
    transport: &Transport,
    url: &Url,
    origin: String,
    limits: &Limits,
) -> Result<Bytes, SourceError> {
    let profile = Profile { time: Some(limits.update), ..FILE };
    let bound = DEFINITION_SIZE as u64;
    let answer = match transport.get(profile, url, ACCEPT, bound).await {
        Ok(answer) => answer,
        Err(TransportError::TooLong { .. }) => return Err(SourceError::too_long(origin)),
        Err(TransportError::Limit(exceeded)) => return Err(SourceError::Limit { origin, exceeded }),
        Err(error) => return Err(SourceError::Fetch { origin, cause: error.to_string() }),
    };
    match (answer.class, answer.status) {
        (StatusClass::Success, _) if is_page(&answer) => {
            Err(SourceError::Page { origin, raw: raw_file(url) })
        }
        (StatusClass::Success, _) => Ok(answer.body),
        (StatusClass::Absent, _) => Err(SourceError::Absent { origin }),
        (_, 401 | 403) => Err(SourceError::Denied { origin, answer: answer.text }),
        (_, 300..=399) => Err(redirected(url, origin, &answer)),
        _ => Err(SourceError::Fetch { origin, cause: format!("the answer is {}", answer.text) }),
    }
}

/// The error for a redirect.
fn redirected(url: &Url, origin: String, answer: &HttpResponse) -> SourceError {
    let target = answer.header("location").and_then(|location| url.join(location).ok());
    let usable = target.as_ref().is_some_and(|target| {
        target.scheme() == "https"
            && target != url
            && target.query().is_none()
            && target.username().is_empty()
            && target.password().is_none()
    });
    let to = target.map(|target| DisplayUrl(&target).to_string()).filter(|to| to.len() <= SHOWN_TARGET);
    SourceError::Redirect { origin, to, usable }
}

/// Whether the body is HTML.
fn is_page(answer: &HttpResponse) -> bool {
    let media_type = answer.header("content-type").and_then(|value| value.split(';').next()).map(str::trim);
    let named = media_type.is_some_and(|value| {
        ["text/html", "application/xhtml+xml"].iter().any(|page| value.eq_ignore_ascii_case(page))
    });
    let start = answer.body.trim_ascii_start();
    let begins =
        |with: &str| start.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()));
    // No YAML begins like this.
    named || begins("<!doctype html") || begins("<html")
}

/// The address of the file that a page of GitHub or GitLab shows.
fn raw_file(url: &Url) -> Option<String> {
    let mut raw = url.clone();
    raw.set_query(None);
    raw.set_fragment(None);
    let path = url.path();
    if let Some((project, file)) = path.split_once("/-/blob/") {
        raw.set_path(&format!("{project}/-/raw/{file}"));
        return Some(raw.into());
    }
    if url.host_str() != Some("github.com") {
        return None;
    }
    let mut parts = path.trim_start_matches('/').splitn(4, '/');
    let (owner, repository) = (parts.next()?, parts.next()?);
    let (view, file) = (parts.next()?, parts.next()?);
    if view != "blob" {
        return None;
    }
    raw.set_host(Some("raw.githubusercontent.com")).ok()?;
    raw.set_path(&format!("/{owner}/{repository}/{file}"));
    Some(raw.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_files_have_the_address_of_the_file() {
        for (page, raw) in [
            (
                "https://github.com/acme/images/blob/main/redis/8.yaml?plain=1#L3",
                Some("https://raw.githubusercontent.com/acme/images/main/redis/8.yaml"),
            ),
            ("https://git.example/a/b/-/blob/main/8.yaml", Some("https://git.example/a/b/-/raw/main/8.yaml")),
            ("https://github.com/acme/images", None),
            ("https://github.com/acme/images/tree/main/redis", None),
            ("https://example.com/acme/images/blob/main/8.yaml", None),
        ] {
            assert_eq!(raw_file(&page.parse().unwrap()).as_deref(), raw, "{page}");
        }
    }
}
