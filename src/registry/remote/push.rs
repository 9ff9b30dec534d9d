//! Writes blobs, manifests and lists of referrers to a registry.
//!
//! Invariants: digests are computed here, existing blobs are not uploaded again, mirrors are not written to, and a list
//! of referrers that cannot be read is never overwritten.
//!
//! Source: OCI distribution specification 1.1, "pushing blobs", "pushing manifests", "pushing manifests with subject"
//! and "referrers tag schema".

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use reqwest::Method;
use reqwest::header::HeaderValue;

use super::content::{claimed_digest, manifest_label, manifest_path};
use super::mirrors::Endpoint;
use super::referrers::{Source, SourceResult};
use super::retry_error::RetryError;
use super::{RemoteRegistry, Request, remote_name};
use crate::oci::{Descriptor, Digest, Repository, Tag, Version, media_type};
use crate::registry::index_editor::{IndexEditor, parse_referrers_list};
use crate::registry::push::{check_size, checked_digest};
use crate::registry::transport::redirect::target;
use crate::registry::transport::retry::Attempts;
use crate::registry::transport::{HttpResponse, Payload};
use crate::registry::{Error, FoundBy, Push, Referrer};

const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");
/// The first wait before a list is read again is a random time up to this. The maximum doubles with each further wait,
/// up to [`MAX_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(100);
const MAX_WAIT: Duration = Duration::from_secs(2);

#[async_trait]
impl Push for RemoteRegistry {
    async fn push_blob(&self, repository: &Repository, bytes: Bytes) -> Result<Digest, Error> {
        let endpoint = Endpoint::to_push(remote_name(repository)?);
        let digest = Digest::of(&bytes);
        let what = format!("blob {}@{digest}", endpoint.name);
        check_size(bytes.len(), self.http.limits.max_upload, &what)?;
        if !self.has_blob(&endpoint, &digest, bytes.len(), &what).await? {
            self.upload(&endpoint, &digest, &bytes, &what).await?;
        }
        Ok(digest)
    }

    async fn push_manifest(
        &self,
        repository: &Repository,
        version: &Version,
        media_type: &str,
        bytes: Bytes,
    ) -> Result<Digest, Error> {
        let endpoint = Endpoint::to_push(remote_name(repository)?);
        self.put_manifest(&endpoint, version, media_type, bytes).await
    }

    async fn push_referrer(&self, repository: &Repository, referrer: &Referrer) -> Result<FoundBy, Error> {
        let endpoint = Endpoint::to_push(remote_name(repository)?);
        let Referrer { descriptor, bytes, .. } = referrer;
        let version = Version::Digest(descriptor.digest);
        let what = manifest_label(&endpoint.name, &version);
        referrer.check(&what)?;
        self.put_manifest(&endpoint, &version, &descriptor.media_type, bytes.clone()).await?;
        self.ensure_listed(&endpoint, referrer, &what).await.map_err(|error| match error {
            error @ Error::Contended { .. } => error,
            // The manifest is stored already, and the error must say so.
            error => Error::Unlisted { what, cause: Box::new(error) },
        })
    }
}

impl RemoteRegistry {
    /// Whether the registry reports that it has the blob.
    async fn has_blob(
        &self,
        endpoint: &Endpoint,
        digest: &Digest,
        size: usize,
        what: &str,
    ) -> Result<bool, Error> {
        let url = self.url(&endpoint.name, &format!("/v2/{}/blobs/{digest}", endpoint.name.path()))?;
        match self.request(Request::new(Method::HEAD, url, endpoint, what)).await {
            Ok(answer) => {
                Ok(answer.header("content-length").and_then(|length| length.parse().ok()) == Some(size))
            }
            // HEAD only saves the upload. If there is a problem, the upload reports it.
            Err(error) if error.is_answer() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Uploads a blob. An upload that breaks is started again, since the state of the old one is unknown.
    async fn upload(
        &self,
        endpoint: &Endpoint,
        digest: &Digest,
        bytes: &Bytes,
        what: &str,
    ) -> Result<(), Error> {
        let mut attempts = Attempts::new(&self.http.limits, u32::MAX, None);
        loop {
            attempts.made += 1;
            let (error, retry_after) = match self.upload_once(endpoint, digest, bytes, what).await {
                Ok(()) => return Ok(()),
                Err(RetryError::Transient { error, retry_after }) => (error, retry_after),
                Err(RetryError::Final(error)) => return Err(error),
            };
            match attempts.wait(retry_after) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(error.after(attempts.made)),
            }
        }
    }

    async fn upload_once(
        &self,
        endpoint: &Endpoint,
        digest: &Digest,
        bytes: &Bytes,
        what: &str,
    ) -> Result<(), RetryError> {
        let bad = |cause: &str| Error::BadContent { what: what.to_owned(), cause: cause.to_owned() };
        let begin = self.url(&endpoint.name, &format!("/v2/{}/blobs/uploads/", endpoint.name.path()))?;
        let request = Request {
            payload: Some(Payload { media_type: OCTETS, bytes: Bytes::new() }),
            attempts: 1,
            ..Request::new(Method::POST, begin.clone(), endpoint, what)
        };
        let answer = self.try_request(&request).await?;
        if answer.status == 201 {
            // The registry reports that it has the blob.
            return if self.has_blob(endpoint, digest, bytes.len(), what).await? {
                Ok(())
            } else {
                Err(bad("the registry reports that it has the blob, and does not have it").into())
            };
        }
        let location = answer.header("location").ok_or_else(|| bad("the registry names no upload URL"))?;
        let mut url = target(&begin, &begin, location)
            .map_err(|cause| bad(&self.http.secrets.redact(&format!("its upload: {cause}"))))?;
        url.set_fragment(None);
        url.query_pairs_mut().append_pair("digest", &digest.to_string());
        let request = Request {
            payload: Some(Payload { media_type: OCTETS, bytes: bytes.clone() }),
            cross_origin: url.origin() != begin.origin(),
            attempts: 1,
            ..Request::new(Method::PUT, url, endpoint, what)
        };
        match self.try_request(&request).await {
            Ok(answer) => Ok(check_stored_digest(&answer, digest, what)?),
            // The registry has forgotten the upload.
            Err(RetryError::Final(error @ Error::Server { status: 404, .. })) => {
                Err(RetryError::Transient { error, retry_after: None })
            }
            Err(error) => Err(error),
        }
    }

    async fn put_manifest(
        &self,
        endpoint: &Endpoint,
        version: &Version,
        media_type: &str,
        bytes: Bytes,
    ) -> Result<Digest, Error> {
        let what = manifest_label(&endpoint.name, version);
        let bad = |cause: String| Error::BadContent { what: what.clone(), cause };
        check_size(bytes.len(), self.http.limits.manifest, &what)?;
        let digest = checked_digest(version, &bytes, &what)?;
        let media_type = HeaderValue::from_str(media_type)
            .map_err(|_| bad(format!("`{media_type}` is not a media type")))?;
        let url = self.url(&endpoint.name, &manifest_path(&endpoint.name, version)?)?;
        let request = Request {
            payload: Some(Payload { media_type, bytes }),
            ..Request::new(Method::PUT, url, endpoint, &what)
        };
        let answer = self.request(request).await?;
        check_stored_digest(&answer, &digest, &what)?;
        Ok(digest)
    }

    /// Ensures that a list names the stored referrer, and returns which. Only the list itself counts: a registry may
    /// send `OCI-Subject` and not list the referrer.
    ///
    /// 1. Queries the referrers API, with retries while it does not name the referrer.
    /// 2. If there is no API, or it is withheld, or never names the referrer: adds the referrer to the list under the
    ///    fallback tag.
    /// 3. If there is an API, it must name the referrer in the end, since readers query the API.
    async fn ensure_listed(
        &self,
        endpoint: &Endpoint,
        referrer: &Referrer,
        what: &str,
    ) -> Result<FoundBy, Error> {
        let by_api = match self.uses_fallback_tags(&endpoint.name) {
            true => ApiListing::NoApi,
            false => self.api_listing(endpoint, referrer, self.http.limits.list_update_attempts).await?,
        };
        if by_api == ApiListing::Named {
            return Ok(FoundBy::Api);
        }
        self.add_to_fallback_tag(endpoint, referrer, what).await?;
        match by_api {
            ApiListing::Named | ApiListing::Withheld => {}
            ApiListing::NoApi => self.note_fallback_tags(&endpoint.name),
            ApiListing::NotNamed => {
                if self.api_listing(endpoint, referrer, 1).await? != ApiListing::Named {
                    let attempts = self.http.limits.list_update_attempts.saturating_add(1);
                    return Err(Error::Contended { what: what.to_owned(), attempts });
                }
                return Ok(FoundBy::Api);
            }
        }
        Ok(FoundBy::FallbackTag)
    }

    /// Whether the referrers API names the referrer, with at most `attempts` queries.
    async fn api_listing(
        &self,
        endpoint: &Endpoint,
        referrer: &Referrer,
        attempts: u32,
    ) -> Result<ApiListing, Error> {
        for round in 0..attempts {
            backoff(round).await;
            match self.query_source(Source::Api, endpoint, &referrer.subject).await? {
                SourceResult::Absent => return Ok(ApiListing::NoApi),
                SourceResult::Withheld(_) => return Ok(ApiListing::Withheld),
                SourceResult::List(list) if is_listed(&list.descriptors, referrer) => {
                    return Ok(ApiListing::Named);
                }
                SourceResult::List(_) => {}
            }
        }
        Ok(ApiListing::NotNamed)
    }

    /// Adds the referrer to the list under the fallback tag, and repeats that if another writer replaced the list.
    async fn add_to_fallback_tag(
        &self,
        endpoint: &Endpoint,
        referrer: &Referrer,
        what: &str,
    ) -> Result<(), Error> {
        let limits = &self.http.limits;
        let tag = Version::Tag(Tag::from(&referrer.subject));
        let list_name = manifest_label(&endpoint.name, &tag);
        let bad = |error: serde_json::Error| Error::BadContent {
            what: list_name.clone(),
            cause: error.to_string(),
        };
        let _lock =
            self.lock_dir.lock(&format!("{}@{}", endpoint.name, referrer.subject), limits.lock_wait).await?;
        let mut written: Option<IndexEditor> = None;
        for round in 0..=limits.list_update_attempts {
            backoff(round.saturating_sub(1)).await;
            let listed = self.read_list(endpoint, &tag, &referrer.subject, &list_name).await?;
            if listed.as_ref().is_some_and(|list| list.contains(&referrer.descriptor.digest)) {
                return Ok(());
            }
            if round == limits.list_update_attempts {
                break;
            }
            // If the list disappeared after it was written, write it again with all its entries.
            let mut list = match listed.or(written) {
                Some(list) => list,
                None => IndexEditor::empty().map_err(|error| Error::bad(&list_name, &error))?,
            };
            if !list.contains(&referrer.descriptor.digest) {
                list.push(&referrer.descriptor).map_err(bad)?;
            }
            self.check_count(list.iter().count(), &list_name)?;
            let bytes = list.to_bytes().map_err(bad)?;
            self.put_manifest(endpoint, &tag, media_type::OCI_INDEX, bytes.into()).await?;
            written = Some(list);
        }
        Err(Error::Contended { what: what.to_owned(), attempts: limits.list_update_attempts })
    }

    /// The list under the fallback tag, checked as for reading. `None` if the registry has none, or resolves the tag to
    /// the subject itself. A withheld list is an error: it may exist and would be overwritten.
    async fn read_list(
        &self,
        endpoint: &Endpoint,
        tag: &Version,
        subject: &Digest,
        what: &str,
    ) -> Result<Option<IndexEditor>, Error> {
        let content = match self.get_manifest(endpoint, tag).await {
            Ok(content) if content.digest == *subject => return Ok(None),
            Ok(content) => content,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let checked = parse_referrers_list(&content.bytes, content.media_type.as_deref(), what)?;
        self.check_count(checked.manifests.len(), what)?;
        IndexEditor::parse(&content.bytes).map(Some).map_err(|error| Error::bad(what, &error))
    }
}

/// Whether the referrers API names a stored referrer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ApiListing {
    Named,
    NotNamed,
    NoApi,
    Withheld,
}

fn is_listed(descriptors: &[Descriptor], referrer: &Referrer) -> bool {
    descriptors.iter().any(|listed| listed.digest == referrer.descriptor.digest)
}

/// Checks that the digest in the response, if any, is that of the sent bytes.
fn check_stored_digest(answer: &HttpResponse, digest: &Digest, what: &str) -> Result<(), Error> {
    match claimed_digest(answer) {
        Some(found) if found != *digest => {
            Err(Error::Digest { what: what.to_owned(), expected: *digest, found })
        }
        _ => Ok(()),
    }
}

/// Waits after this number of failures.
async fn backoff(failures: u32) {
    if failures > 0 {
        let maximum = FIRST_WAIT.saturating_mul(1 << (failures - 1).min(8)).min(MAX_WAIT);
        tokio::time::sleep(maximum.mul_f64(fastrand::f64())).await;
    }
}
