//! Short names for URIs, package URLs and digests. They are only for display.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::read::{Member, Text};

/// Hex digits of a digest on a page.
const DIGITS: usize = 12;

/// Hex digits of a commit, as git shows them.
const COMMIT: usize = 7;

/// The first digest of a digest set, cut. Empty values are skipped; they are common in provenance.
pub(super) fn digest(set: Member<'_>) -> Option<String> {
    let mut found = None;
    set.members(|_, value| {
        if let (None, Some(hex)) = (&found, value.text().get()) {
            found = Some(short(hex));
        }
    });
    found
}

/// A digest with or without its algorithm, cut.
pub(super) fn short(digest: &str) -> String {
    let hex = digest.rsplit_once(':').map_or(digest, |(_, hex)| hex);
    hex.chars().take(DIGITS).collect()
}

/// The text as a commit, cut. `None` if it is not one.
pub(super) fn commit(text: &str) -> Option<String> {
    let hex = text.len() >= COMMIT && text.chars().all(|c| c.is_ascii_hexdigit());
    hex.then(|| text.chars().take(COMMIT).collect())
}

/// The commit in a digest set.
pub(super) fn commit_of(set: Member<'_>) -> Option<String> {
    let mut found = None;
    set.members(|_, value| {
        if found.is_none() {
            found = value.text().get().and_then(commit);
        }
    });
    found
}

/// A URI without user name and password: real provenance sometimes contains tokens.
pub(super) fn uri(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest.get(..end).and_then(|authority| authority.rfind('@')) {
        Some(at) => format!("{scheme}://{}", rest.get(at + 1..).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// [`uri`] for a text that may be absent.
pub(super) fn uri_text(text: &Text) -> Text {
    Text::from(uri(text.get().unwrap_or_default()).as_str())
}

/// `docker-hardened-images/catalog` for
/// `https://github.com/docker-hardened-images/catalog.git#refs/heads/main`.
pub(super) fn repository(text: &str) -> String {
    let text = uri(text);
    let path = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let path = path.split(['#', '?']).next().unwrap_or_default();
    // `git+https://…@refs/heads/main`, as SLSA generators write it.
    let path =
        path.split_once('@').map_or(path, |(before, after)| if before.is_empty() { after } else { before });
    let path = path.trim_end_matches('/').trim_end_matches(".git");
    path.trim_start_matches("github.com/").to_owned()
}

/// Whether a URI names a git repository.
pub(super) fn is_git(uri: &str) -> bool {
    let path = uri.split(['#', '?']).next().unwrap_or_default();
    uri.starts_with("git+") || uri.starts_with("git://") || path.ends_with(".git")
}

/// `deb` for `pkg:deb/debian/tar@1.35`.
pub(super) fn purl_kind(purl: &str) -> Option<&str> {
    purl.strip_prefix("pkg:")?.split(['/', '@', '?', '#']).next().filter(|kind| !kind.is_empty())
}

/// `tar 1.35` for `pkg:deb/debian/tar@1.35?os_name=debian`. For images the whole name: `dhi.io/python:3.13`.
pub(super) fn purl(text: &str) -> String {
    let Some(kind) = purl_kind(text) else { return text.to_owned() };
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let path = path.trim_start_matches("pkg:").trim_start_matches(kind).trim_start_matches('/');
    // An `@` in a namespace is encoded as `%40`.
    let (name, version) = path.rsplit_once('@').unwrap_or((path, ""));
    let image = matches!(kind, "docker" | "oci");
    let name = if image { name } else { name.rsplit('/').next().unwrap_or_default() };
    match (decode(name), decode(version)) {
        (name, version) if version.is_empty() => name.into_owned(),
        (name, version) if image && version.contains(':') => format!("{name}@{}", short(&version)),
        (name, version) if image => format!("{name}:{version}"),
        (name, version) => format!("{name} {version}"),
    }
}

/// `%2B` to `+`. Text that is not an escape is unchanged.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_are_short_and_without_secrets() {
        for (text, short) in [
            (
                "https://github.com/docker-hardened-images/catalog.git#refs/heads/main",
                "docker-hardened-images/catalog",
            ),
            ("git+https://github.com/acme/api@refs/tags/v1", "acme/api"),
            ("https://user:token@git.example.org/acme/api.git", "git.example.org/acme/api"),
            ("git://example.org/a", "example.org/a"),
            ("acme", "acme"),
            ("", ""),
            ("https://", ""),
            ("@", ""),
        ] {
            assert_eq!(repository(text), short, "{text}");
        }
        assert_eq!(uri("https://x:secret@host/a@b"), "https://host/a@b");
        assert_eq!(uri("https://host/a@b"), "https://host/a@b");
    }

    #[test]
    fn package_urls_become_names() {
        for (text, name) in [
            ("pkg:deb/debian/libssl3t64@3.5.7-1%7Edeb13u3?os_name=debian", "libssl3t64 3.5.7-1~deb13u3"),
            ("pkg:npm/%40types/node@22.1.0", "node 22.1.0"),
            ("pkg:docker/dhi.io/python@3.13?platform=linux%2Famd64", "dhi.io/python:3.13"),
            ("pkg:docker/dhi/python@sha256:00112233445566778899", "dhi/python@001122334455"),
            ("pkg:docker/dhi/redis", "dhi/redis"),
            ("pkg:", "pkg:"),
            ("pkg:deb", ""),
            ("%zz%4", "%zz%4"),
        ] {
            assert_eq!(purl(text), name, "{text}");
        }
        assert_eq!(decode("a%2Bb%"), "a+b%");
        assert_eq!(decode("%é"), "%é");
    }

    #[test]
    fn only_hex_is_a_commit() {
        assert_eq!(commit("4f1c2d3aaaa").as_deref(), Some("4f1c2d3"));
        assert_eq!(commit(""), None);
        assert_eq!(commit("refs/heads/main"), None);
        assert_eq!(commit("4f1c"), None);
    }
}
