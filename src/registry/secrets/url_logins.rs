//! Finds logins in URLs in a text, also those that are not known secrets.

/// The text that replaces a secret.
pub(super) const HIDDEN: &str = "***";
/// The placeholder for a login in hints, which is not redacted.
const EXAMPLE: &str = "USER:PASSWORD";

/// The positions of logins in URLs: a user name with password, and in HTTP URLs also a user name alone.
pub(super) fn logins_in_urls(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    for (at, separator) in text.match_indices("://") {
        let start = at + separator.len();
        let rest = text.get(start..).unwrap_or_default();
        let end = rest.find(|c: char| c.is_whitespace() || "/?#\"`'<>\\".contains(c)).unwrap_or(rest.len());
        let Some(length) = rest.get(..end).and_then(|authority| authority.rfind('@')) else { continue };
        let (login, after) = rest.split_at(length);
        let is_digest = ["@sha256:", "@sha512:"].iter().any(|digest| after.starts_with(digest));
        let scheme = text.get(..at).unwrap_or_default();
        let over_http = ["http", "https"].iter().any(|name| {
            scheme.len() >= name.len()
                && scheme.get(scheme.len() - name.len()..).is_some_and(|end| end.eq_ignore_ascii_case(name))
        });
        if ![EXAMPLE, HIDDEN, ""].contains(&login) && !is_digest && (over_http || login.contains(':')) {
            found.push((start, start + length));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::registry::Secrets;

    #[test]
    fn logins_in_urls_are_hidden_whoever_they_belong_to() {
        let secrets = Secrets::default();
        for (text, shown) in [
            ("at `https://me:pw@host/x`", "at `https://***@host/x`"),
            ("HTTPS://token@host", "HTTPS://***@host"),
            ("ftp://a:b@host git+ssh://git@host/x", "ftp://***@host git+ssh://git@host/x"),
            ("oci://host:5000@sha256:00", "oci://host:5000@sha256:00"),
            (
                "https://github.com/o/r/.github/w.yml@refs/heads/x",
                "https://github.com/o/r/.github/w.yml@refs/heads/x",
            ),
            ("https://a@b@host", "https://***@host"),
            ("://@", "://@"),
            ("`HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT`", "`HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT`"),
        ] {
            assert_eq!(secrets.redact(text), shown);
        }
    }
}
