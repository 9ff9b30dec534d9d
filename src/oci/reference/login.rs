//! Finds a login in a text that was given as a reference. A reference has none, and no message may repeat one.

use super::scheme::in_registry;

/// The text, which may be shown: without what stands before a host where a login does.
pub fn without_login(text: &str) -> String {
    match behind_login(text) {
        Some(rest) => format!("***@{rest}"),
        None => text.to_owned(),
    }
}

/// What follows `USER:PASSWORD@` or `USER@` in a text that was meant to be a reference: a host and a path. A digest
/// follows an `@` too, and a directory may have one in its name.
pub(super) fn behind_login(text: &str) -> Option<&str> {
    let is_local = ["oci:", "oci-dir:", "ocidir:", "archive:", "oci-archive:", "docker-archive:"]
        .iter()
        .any(|local| text.starts_with(local));
    if (is_local && in_registry(text).is_none()) || text.starts_with(['.', '/', '~']) {
        return None;
    }
    // The last one: a password may hold an `@`.
    let mut rests =
        text.rmatch_indices('@').filter_map(|(at, _)| Some((text.get(..at)?, text.get(at + 1..)?)));
    let is_digest = |rest: &str| ["sha256:", "sha512:"].iter().any(|digest| rest.starts_with(digest));
    // Without a path it may be a version, as other package managers write it: `dhi.io/python@3.13`.
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
    fn a_login_is_refused_and_not_repeated() {
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
