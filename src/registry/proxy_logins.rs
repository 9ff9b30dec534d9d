//! Collects the logins in proxy URLs of the environment, so that they are redacted from all output.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use super::secret::Secret;

/// The variables from which the HTTP client reads its proxies.
const VARIABLES: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// The logins in the proxy variables, in every form in which they may be sent.
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

/// Decodes percent-encoding. Text that is not UTF-8 afterwards is returned unchanged.
fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), Cow::into_owned)
}

/// Whether a proxy variable has a login.
pub(super) fn is_configured() -> bool {
    !from_environment().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_proxy_login_is_a_secret() {
        let secrets = secrets_of("http://me:p%40ss@proxy.example:3128/");
        for text in ["me:p%40ss", "me:p@ss", "p%40ss", "p@ss", "bWU6cEBzcw=="] {
            assert!(secrets.iter().any(|secret| secret.expose() == text), "{text}");
        }
        assert_eq!(secrets_of("me:pass@proxy:1").len(), 5);
        assert!(secrets_of("http://proxy.example:3128").is_empty());
        assert_eq!(decode("%zz%4"), "%zz%4");
    }
}
