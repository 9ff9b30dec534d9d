//! What a proxy's URL says of a login is never shown.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

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

/// Without percent signs; as it stands where they mean nothing.
fn decode(text: &str) -> String {
    let bytes: Option<Vec<u8>> = {
        let mut bytes = Vec::new();
        let mut rest = text.as_bytes();
        loop {
            match rest {
                [] => break Some(bytes),
                [b'%', high, low, after @ ..] => {
                    let digit =
                        |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                    let (Some(high), Some(low)) = (digit(*high), digit(*low)) else { break None };
                    bytes.push(high << 4 | low);
                    rest = after;
                }
                [byte, after @ ..] => {
                    bytes.push(*byte);
                    rest = after;
                }
            }
        }
    };
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| text.to_owned())
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
