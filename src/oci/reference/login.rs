//! Recognises a login in a text that was given as a reference. References have no login, and no message may show one.

use super::scheme::strip_helm_scheme;

/// The text in a form that may be shown: without the login, if it has one.
pub fn without_login(text: &str) -> String {
    match after_login(text) {
        Some(rest) => format!("***@{rest}"),
        None => text.to_owned(),
    }
}

/// The host and path after `USER:PASSWORD@` or `USER@`. `None` without a login: an `@` can also precede a digest, or be
/// part of the name of a directory.
pub(super) fn after_login(text: &str) -> Option<&str> {
    let is_local = ["oci:", "oci-dir:", "ocidir:", "archive:", "oci-archive:", "docker-archive:"]
        .iter()
        .any(|local| text.starts_with(local));
    if (is_local && strip_helm_scheme(text).is_none()) || text.starts_with(['.', '/', '~']) {
        return None;
    }
    // From the last `@`, since a password may contain one.
    let mut rests =
        text.rmatch_indices('@').filter_map(|(at, _)| Some((text.get(..at)?, text.get(at + 1..)?)));
    let is_digest = |rest: &str| ["sha256:", "sha512:"].iter().any(|digest| rest.starts_with(digest));
    // Without a path it may be a version in the syntax of other package managers: `dhi.io/python@3.13`.
    let is_place = |(before, rest): &(&str, &str)| {
        !is_digest(rest) && (rest.contains('/') || before.contains(':') && rest.contains(['.', ':']))
    };
    rests.find(is_place).map(|(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Remedy;
    use crate::oci::{Error, Reference};

    #[test]
    fn a_login_is_refused_and_not_shown() {
        for text in [
            "https://user:Sup3r@h/p:1",
            "docker://user:Sup3r@h/p:1",
            "user:Sup3r@h/p:1",
            "user:Sup3r@h.example.com/p@sha256:0",
            "user:Sup/3r@h:5000/p:1",
            "Sup3r@h/p:1",
            "user:Sup3r@p@h/p:1",
            "http://user:Sup3r@h/a b",
        ] {
            let error = text.parse::<Reference>().unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("Sup"), "{text}: {shown}");
            let Error::Reference { remedy: Some(Remedy::WriteWithoutLogin { host, .. }), .. } = error else {
                panic!("{text}: {error:?}");
            };
            assert!(host.starts_with('h'), "{text}: {host}");
            assert!(!without_login(text).contains("Sup"), "{text}");
        }
        assert!(!without_login("oci://user:Sup3r@h/p:1").contains("Sup"));
        let digest = format!("h/p@sha256:{}", "0".repeat(64));
        for text in [
            digest.as_str(),
            "oci:a:b@c/d:1",
            "archive:x@y.tar:1",
            "python:3.13@latest",
            "dhi.io/python@3.13",
        ] {
            assert_eq!(without_login(text), text);
        }
    }
}
