//! The response of an engine to `GET /images/NAME/json` (Docker Engine API, which Podman serves too).

use serde::Deserialize;

use crate::oci::{Digest, Reference, Repository, json};

/// The members of the response that are used.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ImageInspect {
    /// `Id`: the digest of the configuration, or of the manifest or index in a containerd image store.
    pub(super) id: Digest,
    /// `RepoTags`.
    pub(super) tags: Vec<Reference>,
    /// `RepoDigests`, without those under `localhost/`, which is not a registry.
    pub(super) repo_digests: Vec<Reference>,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "Id")]
    id: String,
    #[serde(default, rename = "RepoTags")]
    tags: Option<Vec<String>>,
    #[serde(default, rename = "RepoDigests")]
    digests: Option<Vec<String>>,
}

/// The host that Podman gives to image names without a registry. The digests under it are those of other names.
const LOCAL_NAMES_HOST: &str = "localhost";

impl ImageInspect {
    /// Parses the response. The error is a text with the cause.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let wire: Wire = json::parse(bytes, "its answer").map_err(|error| error.to_string())?;
        // Older versions of Podman omit the algorithm.
        let id = if wire.id.contains(':') { wire.id } else { format!("sha256:{}", wire.id) };
        let id =
            id.parse().map_err(|error: crate::oci::Error| format!("its answer has no image ID: {error}"))?;
        let digests = wire.digests.unwrap_or_default();
        let pulled: Vec<Reference> =
            digests.iter().map(|text| parse_repo_digest(text)).collect::<Result<_, _>>()?;
        // A tag that does not parse cannot be the requested one.
        let names = wire.tags.unwrap_or_default().iter().filter_map(|text| text.parse().ok()).collect();
        let pulled =
            pulled.into_iter().filter(|one| one.repository.host() != Some(LOCAL_NAMES_HOST)).collect();
        Ok(Self { id, tags: names, repo_digests: pulled })
    }
}

/// Parses `HOST/PATH@DIGEST`. Anything else is an error.
fn parse_repo_digest(text: &str) -> Result<Reference, String> {
    match text.parse() {
        Ok(reference @ Reference { repository: Repository::Remote(_), tag: None, digest: Some(_), .. }) => {
            Ok(reference)
        }
        _ => Err(format!("its answer has an invalid repository digest: `{}`", text.escape_default())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "sha256:57142da7266cda10b518d307d28372ce7bc170e5a2ab6b19400af08ac1a6c599";
    const DIGEST: &str = "sha256:aea6dba796e1c2b51e05959ed3449930c192624f6ec68472bd32d10a502b12b5";

    fn parse(text: &str) -> Result<ImageInspect, String> {
        ImageInspect::parse(text.replace("ID", ID).replace("DIGEST", DIGEST).as_bytes())
    }

    #[test]
    fn image_id_tags_and_digests_are_parsed() {
        let answer = parse(
            r#"{"Id":"ID","RepoTags":["python:3.13","<none>:<none>"],"RepoDigests":["dhi.io/python@DIGEST"],"Parent":""}"#,
        );
        let ImageInspect { id, tags: names, repo_digests: pulled } = answer.unwrap();
        assert_eq!(id.to_string(), ID);
        assert_eq!(names, ["docker.io/library/python:3.13".parse().unwrap()]);
        assert_eq!(pulled, [format!("dhi.io/python@{DIGEST}").parse().unwrap()]);
        for text in [r#"{"Id":"ID"}"#, r#"{"Id":"ID","RepoTags":null,"RepoDigests":null}"#] {
            assert!(parse(text).unwrap().repo_digests.is_empty(), "{text}");
        }
        let bare = ID.strip_prefix("sha256:").unwrap();
        assert_eq!(parse(&format!(r#"{{"Id":"{bare}"}}"#)).unwrap().id.to_string(), ID);
    }

    #[test]
    fn digests_under_localhost_are_ignored() {
        let answer = r#"{"Id":"ID","RepoDigests":["localhost/app@DIGEST","localhost:5000/app@DIGEST"]}"#;
        let pulled = parse(answer).unwrap().repo_digests;
        assert_eq!(pulled, [format!("localhost:5000/app@{DIGEST}").parse().unwrap()]);
    }

    #[test]
    fn malformed_or_ambiguous_responses_are_errors() {
        for text in [
            "",
            "[]",
            "{}",
            "<html>",
            r#"{"Id":7}"#,
            r#"{"Id":""}"#,
            r#"{"Id":"sha256:57"}"#,
            r#"{"Id":"ID","Id":"ID"}"#,
            r#"{"Id":"ID","RepoDigests":[],"RepoDigests":["dhi.io/python@DIGEST"]}"#,
            r#"{"Id":"ID","RepoDigests":"dhi.io/python@DIGEST"}"#,
            r#"{"Id":"ID","RepoDigests":["dhi.io/python:3.13@DIGEST"]}"#,
            r#"{"Id":"ID","RepoDigests":["dhi.io/python:3.13"]}"#,
            r#"{"Id":"ID","RepoDigests":["dhi.io/python"]}"#,
            r#"{"Id":"ID","RepoDigests":["DIGEST"]}"#,
            r#"{"Id":"ID","RepoDigests":["dhi.io/python@sha256:00"]}"#,
            r#"{"Id":"ID","RepoDigests":["oci:dir@DIGEST"]}"#,
            r#"{"Id":"ID","RepoDigests":["docker-daemon:dhi.io/python@DIGEST"]}"#,
            r#"{"Id":"ID","RepoDigests":["dhi.io/python@DIGEST","\u001b[2K@DIGEST"]}"#,
            r#"{"Id":"ID"} {"Id":"ID"}"#,
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains("its answer") && !error.contains('\u{1b}'), "{text}: {error}");
        }
    }
}
