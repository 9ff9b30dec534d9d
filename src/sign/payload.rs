//! cosign's simple signing payload, and the name that it signs.
//!
//! The signed name is that of the repository to which the signature is written, or the one that the user gives. A
//! layout has no name of its own.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

use super::Error;
use crate::oci::reference::{DOCKER_HUB, RemoteName};
use crate::oci::{Digest, Platform, Reference, Repository};

/// `critical.type` of every payload.
const TYPE: &str = "cosign container image signature";

/// The characters that are escaped in a qualifier of a package URL.
const QUALIFIER: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The repository name that is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedName {
    /// `critical.identity.docker-reference`.
    docker_reference: String,
    name: RemoteName,
}

impl SignedName {
    /// The name of `repository`, as cosign writes it. `None` for a layout.
    pub fn of_repository(repository: &Repository) -> Option<Self> {
        let Repository::Remote(name) = repository else { return None };
        let docker_reference = match name.host() {
            DOCKER_HUB => format!("index.docker.io/{}", name.path()),
            host => format!("{host}/{}", name.path()),
        };
        Some(Self { docker_reference, name: name.clone() })
    }

    /// Parses a name from the user, which is signed unchanged.
    ///
    /// # Errors
    ///
    /// [`Error::Name`] if it is not a repository of a registry, or has a digest.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wrong = |cause: String| Error::Name { text: text.to_owned(), cause };
        let reference: Reference =
            text.parse().map_err(|error: crate::oci::Error| wrong(error.to_string()))?;
        match reference.repository {
            Repository::Remote(name) if reference.digest.is_none() => {
                Ok(Self { docker_reference: text.to_owned(), name })
            }
            Repository::Remote(_) => Err(wrong("it has a digest".to_owned())),
            Repository::Layout(_) | Repository::Archive(_) => Err(wrong("it names a file".to_owned())),
            Repository::Local(_) => Err(wrong("it names an image of a local engine".to_owned())),
        }
    }

    /// The repository's path.
    pub fn path(&self) -> &str {
        self.name.path()
    }

    /// The package URL of an image, as BuildKit writes it into provenance: `pkg:docker/team/api@1.0?platform=...`.
    pub fn package_url(&self, tag: Option<&str>, root: &Digest, platform: Option<&Platform>) -> String {
        let name = match (self.name.host(), self.name.path()) {
            (DOCKER_HUB, path) => path.strip_prefix("library/").unwrap_or(path).to_owned(),
            (host, path) => format!("{host}/{path}"),
        };
        let version = tag.map(|tag| format!("@{tag}")).unwrap_or_default();
        let digest = match tag {
            Some(_) => None,
            None => Some(format!("digest={root}")),
        };
        let platform = platform
            .map(|platform| format!("platform={}", utf8_percent_encode(&platform.to_string(), QUALIFIER)));
        let qualifiers: Vec<String> = digest.into_iter().chain(platform).collect();
        let mark = if qualifiers.is_empty() { "" } else { "?" };
        format!("pkg:docker/{name}{version}{mark}{}", qualifiers.join("&"))
    }
}

/// cosign's simple signing payload, with the members in cosign's order.
#[derive(Serialize)]
struct Payload<'a> {
    critical: Critical<'a>,
    optional: Option<Optional<'a>>,
}

#[derive(Serialize)]
struct Critical<'a> {
    identity: IdentityMember<'a>,
    image: ImageMember<'a>,
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(Serialize)]
struct IdentityMember<'a> {
    #[serde(rename = "docker-reference")]
    docker_reference: &'a str,
}

#[derive(Serialize)]
struct ImageMember<'a> {
    #[serde(rename = "docker-manifest-digest")]
    docker_manifest_digest: &'a Digest,
}

/// The members that Docker adds for the signature of an attestation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Optional<'a> {
    #[serde(rename = "type")]
    pub(super) statement_type: &'a str,
    pub(super) predicate_type: &'a str,
    /// `PATH@DIGEST` of the image.
    pub(super) subject: String,
}

/// The bytes to sign for the object with `digest`.
pub(super) fn payload(identity: &SignedName, digest: &Digest, optional: Option<Optional<'_>>) -> Vec<u8> {
    let payload = Payload {
        critical: Critical {
            identity: IdentityMember { docker_reference: &identity.docker_reference },
            image: ImageMember { docker_manifest_digest: digest },
            kind: TYPE,
        },
        optional,
    };
    // Only strings: serialization cannot fail.
    serde_json::to_vec(&payload).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> SignedName {
        SignedName::of_repository(&text.parse::<Reference>().unwrap().repository).unwrap()
    }

    #[test]
    fn the_payload_equals_that_of_cosign_byte_for_byte() {
        let digest = Digest::of(b"");
        let text = String::from_utf8(payload(&of("127.0.0.1:5000/u/python"), &digest, None)).unwrap();
        assert_eq!(
            text,
            format!(
                r#"{{"critical":{{"identity":{{"docker-reference":"127.0.0.1:5000/u/python"}},"image":{{"docker-manifest-digest":"{digest}"}},"type":"cosign container image signature"}},"optional":null}}"#
            )
        );
        let optional = Optional {
            statement_type: "https://in-toto.io/Statement/v0.1",
            predicate_type: "https://spdx.dev/Document",
            subject: format!("dhi/bun@{digest}"),
        };
        let text = String::from_utf8(payload(&of("acme/app"), &digest, Some(optional))).unwrap();
        assert!(text.contains(r#""docker-reference":"index.docker.io/acme/app""#), "{text}");
        assert!(text.ends_with(&format!(
            r#""optional":{{"type":"https://in-toto.io/Statement/v0.1","predicateType":"https://spdx.dev/Document","subject":"dhi/bun@{digest}"}}}}"#
        )));
    }

    #[test]
    fn signed_names_are_names_of_repositories() {
        for text in ["", "oci:dir", "Registry/X", "a b", &format!("acme/app@{}", Digest::of(b""))] {
            assert!(matches!(SignedName::parse(text), Err(Error::Name { .. })), "{text}");
        }
        assert_eq!(SignedName::parse("registry.scout.docker.com/dhi/bun").unwrap().path(), "dhi/bun");
        let layout: Reference = "oci:dir:1".parse().unwrap();
        assert_eq!(SignedName::of_repository(&layout.repository), None);
    }

    #[test]
    fn package_urls_are_written_as_buildkit_does() {
        let (root, platform) = (Digest::of(b""), "linux/arm64".parse().unwrap());
        for (name, tag, expected) in [
            ("python", Some("3.13"), "pkg:docker/python@3.13?platform=linux%2Farm64".to_owned()),
            ("dhi.io/python", Some("3"), "pkg:docker/dhi.io/python@3?platform=linux%2Farm64".to_owned()),
            ("acme/app", None, format!("pkg:docker/acme/app?digest={root}&platform=linux%2Farm64")),
        ] {
            assert_eq!(of(name).package_url(tag, &root, Some(&platform)), expected);
        }
        assert_eq!(of("acme/app").package_url(Some("1"), &root, None), "pkg:docker/acme/app@1");
    }
}
