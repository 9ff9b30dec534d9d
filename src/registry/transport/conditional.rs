//! Requests for content that the caller may have already, with a login for one origin.

use reqwest::Method;
use reqwest::header::HeaderValue;

use super::error::TransportError;
use super::exchange::Transport;
use super::message::displayable;
use super::redirect;
use super::request::{HttpRequest, HttpResponse, Profile};
use crate::registry::SiteLogin;
use crate::registry::urls::Url;

impl Transport {
    /// Sends a GET request for `url`, as [`Transport::get`]. `login` is sent to the origin of `url`, and not to an origin
    /// to which it redirects. With `tag`, the host answers 304 if its content has this entity tag; `profile` must count
    /// that as success.
    ///
    /// # Errors
    ///
    /// As [`Transport::send_with_retries`].
    pub(crate) async fn get_if_changed(
        &self,
        profile: Profile,
        url: &Url,
        bound: u64,
        login: Option<&SiteLogin>,
        tag: Option<&str>,
    ) -> Result<HttpResponse, TransportError> {
        let request = HttpRequest {
            authorization: login.map(|login| &login.0),
            if_none_match: tag.and_then(|tag| HeaderValue::from_str(tag).ok()),
            ..HttpRequest::anonymous(Method::GET, url.clone(), profile, "*/*", bound)
        };
        self.send_with_retries(&request).await
    }

    /// Makes untrusted text safe to display: one line of limited length, without the secrets of the run.
    pub(crate) fn displayable(&self, text: &str) -> String {
        displayable(text, &self.secrets, &[])
    }
}

/// The URL that a document at `from` names. The rules are those of a redirect: it must not leave TLS, and not lead from
/// another host to this machine.
///
/// # Errors
///
/// A text with the reason why the URL is not used.
pub(crate) fn named_url(from: &Url, text: &str) -> Result<Url, String> {
    redirect::target(from, from, text)
        .map_err(|cause| cause.strip_prefix("a redirect to ").map(str::to_owned).unwrap_or(cause))
}
