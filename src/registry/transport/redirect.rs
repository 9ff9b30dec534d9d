//! Rules for redirects: a redirect must not leave TLS, must not lead to this machine or its network link, and must not
//! send written data to another origin.

use reqwest::Url;
use reqwest::header::HeaderValue;

use super::hosts;
use super::request::{HttpRequest, Redirects};

/// Whether the status is a redirect.
pub(super) fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// The URL to which a redirect with `status` at `from` leads.
///
/// # Errors
///
/// A text with the reason why the redirect is not followed.
pub(super) fn follow(
    request: &HttpRequest<'_>,
    from: &Url,
    status: u16,
    location: &HeaderValue,
) -> Result<Url, String> {
    let location = location.to_str().map_err(|_| "a redirect to an invalid URL".to_owned())?;
    let next = target(&request.url, from, location)?;
    match request.profile.redirects {
        Redirects::Repeat => check_repeat(request, status, next),
        Redirects::Follow | Redirects::Never => Ok(next),
    }
}

/// The target of a redirect or the URL of an upload. `first` is the URL of the first request, `from` the one whose
/// response names the target.
///
/// # Errors
///
/// A text with the reason why the target is not used.
pub(in crate::registry) fn target(first: &Url, from: &Url, location: &str) -> Result<Url, String> {
    let Ok(to) = from.join(location) else { return Err("a redirect to an invalid URL".to_owned()) };
    let host = |url: &Url| url.host_str().unwrap_or_default().to_owned();
    let refused = |cause: &str| Err(format!("a redirect to `{}://{}` {cause}", to.scheme(), host(&to)));
    match to.scheme() {
        "http" if from.scheme() != "http" || first.scheme() != "http" || !hosts::is_loopback(&host(&to)) => {
            return refused("leaves TLS");
        }
        "http" | "https" => {}
        _ => return refused("is not HTTP"),
    }
    if !to.username().is_empty() || to.password().is_some() {
        return refused("with a user name");
    }
    if hosts::is_local_only(&host(&to)) && !hosts::is_local_only(&host(first)) {
        return refused("leads to this machine");
    }
    Ok(to)
}

/// Checks a redirect of a write: it must stay at the same origin and have a status that keeps method and body.
fn check_repeat(request: &HttpRequest<'_>, status: u16, next: Url) -> Result<Url, String> {
    if next.origin() != request.url.origin() {
        let host = next.host_str().unwrap_or_default();
        Err(format!("a redirect of a {} to `{}://{host}`", request.method, next.scheme()))
    } else if matches!(status, 307 | 308) {
        Ok(next)
    } else {
        Err(format!("a redirect that makes another request of a {}", request.method))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redirect(first: &str, from: &str, location: &str) -> Result<String, String> {
        target(&first.parse().unwrap(), &from.parse().unwrap(), location).map(|url| url.to_string())
    }

    #[test]
    fn redirects_stay_on_tls_and_off_this_machine() {
        let registry = "https://dhi.io/v2/x/blobs/y";
        assert_eq!(redirect(registry, registry, "/z"), Ok("https://dhi.io/z".to_owned()));
        assert_eq!(
            redirect(registry, registry, "https://cdn.example/z"),
            Ok("https://cdn.example/z".to_owned())
        );
        for location in [
            "http://dhi.io/z",
            "http://localhost/z",
            "ftp://dhi.io/z",
            "https://u:p@dhi.io/",
            "https://localhost/",
            "https://169.254.169.254/",
            "https://[::1]/",
            "https://[",
        ] {
            assert!(redirect(registry, registry, location).is_err(), "{location}");
        }
        let plain = "http://localhost:5000/v2/x";
        assert!(redirect(plain, plain, "http://127.0.0.1:6000/z").is_ok());
        assert!(redirect(plain, plain, "https://cdn.example/z").is_ok());
        assert!(redirect(plain, plain, "http://cdn.example/z").is_err());
        assert!(redirect(plain, "https://cdn.example/z", "http://127.0.0.1/z").is_err());
        let cause = redirect(registry, registry, "http://evil.example/?token=hunter2").unwrap_err();
        assert!(!cause.contains("hunter2"), "{cause}");
    }
}
