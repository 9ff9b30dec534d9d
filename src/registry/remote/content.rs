//! Fetches manifests and blobs.
//!
//! Content is returned only after its digest was compared, and a response that is not JSON is never taken for a
//! manifest.

use bytes::Bytes;
use reqwest::Method;

use super::mirrors::Endpoint;
use super::{RemoteRegistry, Request};
use crate::limits::Exceeded;
use crate::oci::reference::RemoteName;
use crate::oci::{Descriptor, Digest, Tag, Version, media_type};
use crate::registry::transport::{Expected, HttpResponse, displayable};
use crate::registry::{Content, Error, Secrets};

const CONTENT_DIGEST: &str = "docker-content-digest";

impl RemoteRegistry {
    pub(super) async fn get_manifest(
        &self,
        endpoint: &Endpoint,
        version: &Version,
    ) -> Result<Content, Error> {
        let name = &endpoint.name;
        let what = manifest_label(name, version);
        let url = self.url(name, &manifest_path(name, version)?)?;
        let request = Request {
            accept: &media_type::MANIFESTS.join(", "),
            expected: Expected::AtMost(self.http.limits.manifest),
            ..Request::new(Method::GET, url, endpoint, &what)
        };
        let answer = self.request(request).await?;
        let bytes = &answer.body;
        let media_type = json_type(&answer, &what, &self.http.secrets);
        let (digest, media_type) = match version {
            // Bytes with the requested digest are correct under any media type. The caller checks the type.
            Version::Digest(digest) if digest.rehash(bytes) == *digest => {
                (*digest, media_type.ok().flatten())
            }
            Version::Digest(digest) => (*digest, media_type?),
            Version::Tag(_) | Version::Name(_) | Version::Unnamed => {
                let media_type = media_type?;
                check_json_object(&answer, &what)?;
                (Digest::of(bytes), media_type)
            }
        };
        // Both the requested digest and the digest in the response header must match.
        for expected in [Some(digest), claimed_digest(&answer)].into_iter().flatten() {
            check_digest(bytes, &expected, &what)?;
        }
        Ok(Content { bytes: answer.body, digest, media_type, age: None })
    }

    /// Sends a HEAD request for the manifest of `tag`.
    pub(super) async fn head_manifest(
        &self,
        endpoint: &Endpoint,
        tag: &Tag,
    ) -> Result<Option<Digest>, Error> {
        let name = &endpoint.name;
        let version = Version::Tag(tag.clone());
        let what = manifest_label(name, &version);
        let url = self.url(name, &manifest_path(name, &version)?)?;
        let request = Request {
            accept: &media_type::MANIFESTS.join(", "),
            ..Request::new(Method::HEAD, url, endpoint, &what)
        };
        self.request(request).await.map(|answer| claimed_digest(&answer))
    }

    pub(super) async fn get_blob(
        &self,
        endpoint: &Endpoint,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Bytes, Error> {
        let name = &endpoint.name;
        let what = format!("blob {name}@{}", descriptor.digest);
        if descriptor.size > limit {
            let found = format!("size of {} bytes", descriptor.size);
            return Err(Error::Limit { what, exceeded: Exceeded::new(found, limit, "bytes") });
        }
        let url = self.url(name, &format!("/v2/{}/blobs/{}", name.path(), descriptor.digest))?;
        let request = Request {
            expected: Expected::Exactly(descriptor.size),
            ..Request::new(Method::GET, url, endpoint, &what)
        };
        let answer = self.request(request).await?;
        check_digest(&answer.body, &descriptor.digest, &what)?;
        Ok(answer.body)
    }
}

/// The URL path of a manifest. Only a tag or a digest becomes a part of it.
pub(super) fn manifest_path(name: &RemoteName, version: &Version) -> Result<String, Error> {
    match version {
        Version::Name(_) => {
            let cause = "images of a registry have only tags as names".to_owned();
            Err(Error::Layout { path: manifest_label(name, version), cause })
        }
        Version::Tag(_) | Version::Digest(_) | Version::Unnamed => {
            Ok(format!("/v2/{}/manifests/{version}", name.path()))
        }
    }
}

pub(super) fn manifest_label(name: &RemoteName, version: &Version) -> String {
    match version {
        Version::Tag(_) | Version::Name(_) | Version::Unnamed => format!("manifest {name}:{version}"),
        Version::Digest(digest) => format!("manifest {name}@{digest}"),
    }
}

fn check_digest(bytes: &[u8], expected: &Digest, what: &str) -> Result<(), Error> {
    let found = expected.rehash(bytes);
    if found == *expected {
        return Ok(());
    }
    Err(Error::Digest { what: what.to_owned(), expected: *expected, found })
}

pub(super) fn claimed_digest(answer: &HttpResponse) -> Option<Digest> {
    answer.header(CONTENT_DIGEST)?.trim().parse().ok()
}

/// The media type of a response that must be JSON. `None` if it is missing or generic (`application/json`).
pub(super) fn json_type(
    answer: &HttpResponse,
    what: &str,
    secrets: &Secrets,
) -> Result<Option<String>, Error> {
    let essence =
        answer.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    let is_generic = matches!(essence.as_str(), "" | "application/json" | "text/json");
    if !is_generic && !essence.ends_with("+json") {
        let media_type = displayable(&essence, secrets, &[]);
        return Err(Error::NotJson { what: what.to_owned(), media_type });
    }
    Ok((!is_generic).then_some(essence))
}

/// Checks that the body of a response starts like a JSON object: a login page can have the media type of JSON.
pub(super) fn check_json_object(answer: &HttpResponse, what: &str) -> Result<(), Error> {
    if answer.body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{') {
        return Ok(());
    }
    Err(Error::BadContent { what: what.to_owned(), cause: "the answer is not a JSON object".to_owned() })
}
