//! What a proxy's URL says of a login is never shown.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use super::secret::Secret;

/// Where the HTTP client reads its proxies from.
const VARIABLES: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// Everything in the environment that could log in to a proxy.
pub(super) fn from_environment() -> Vec<Secret> {
    VARIABLES.iter().filter_map(|name| std::env::var(name).ok()).flat_map(|url| secrets_of(&url)).collect()
}

fn secrets_of(url: &str) -> Vec<Secret> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let Some((login, _)) = rest.rsplit_once('@') else { return Vec::new() };
    let plain = decode(login);
    let password = |login: &str| login.split_once(':').map(|(_, password)| password.to_owned());
    let mut secrets = vec![login.to_owned(), plain.clone(), STANDARD.encode(&plain)];
    secrets.extend([password(login), password(&plain)].into_iter().flatten());
    secrets.into_iter().filter(|secret| !secret.is_empty()).map(Secret::new).collect()
}

/// Text without percent-encoding. What is no UTF-8 stays as written.
fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), Cow::into_owned)
}

/// Whether a login stands in some proxy's URL.
pub(super) fn is_configured() -> bool {
    !from_environment().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_of_a_login_are_secret() {
        let secrets = secrets_of("http://me:p%40ss@proxy.example:3128/");
        for text in ["me:p%40ss", "me:p@ss", "p%40ss", "p@ss", "bWU6cEBzcw=="] {
            assert!(secrets.iter().any(|secret| secret.expose() == text), "{text}");
        }
        assert_eq!(secrets_of("me:pass@proxy:1").len(), 5);
        assert!(secrets_of("http://proxy.example:3128").is_empty());
        assert_eq!(decode("%zz%4"), "%zz%4");
    }
}
