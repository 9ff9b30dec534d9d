//! Nothing is sent that is not hashed here, nothing is sent twice that is there, no mirror is written to, and a list
//! of referrers that cannot be read is never written over.
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
/// The first wait before a list is looked at again is a random time up to this, each further one up to twice the one
/// before, not more than [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(100);
const MAX_WAIT: Duration = Duration::from_secs(2);

#[async_trait]
impl Push for RemoteRegistry {
    async fn push_blob(&self, repository: &Repository, bytes: Bytes) -> Result<Digest, Error> {
        let place = Endpoint::to_push(remote_name(repository)?);
        let digest = Digest::of(&bytes);
        let what = format!("blob {}@{digest}", place.name);
        check_size(bytes.len(), self.http.limits.max_upload, &what)?;
        if !self.has_blob(&place, &digest, bytes.len(), &what).await? {
            self.upload(&place, &digest, &bytes, &what).await?;
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
        let place = Endpoint::to_push(remote_name(repository)?);
        self.put_manifest(&place, version, media_type, bytes).await
    }

    async fn push_referrer(&self, repository: &Repository, referrer: &Referrer) -> Result<FoundBy, Error> {
        let place = Endpoint::to_push(remote_name(repository)?);
        let Referrer { descriptor, bytes, .. } = referrer;
        let version = Version::Digest(descriptor.digest);
        let what = manifest_label(&place.name, &version);
        referrer.check(&what)?;
        self.put_manifest(&place, &version, &descriptor.media_type, bytes.clone()).await?;
        self.ensure_listed(&place, referrer, &what).await.map_err(|error| match error {
            error @ Error::Contended { .. } => error,
            // It is stored whatever comes of the list, and who repeats the command must know.
            error => Error::Unlisted { what, cause: Box::new(error) },
        })
    }
}

impl RemoteRegistry {
    /// Whether the registry says that it has the blob.
    async fn has_blob(
        &self,
        place: &Endpoint,
        digest: &Digest,
        size: usize,
        what: &str,
    ) -> Result<bool, Error> {
        let url = self.url(&place.name, &format!("/v2/{}/blobs/{digest}", place.name.path()))?;
        match self.request(Request::new(Method::HEAD, url, place, what)).await {
            Ok(answer) => {
                Ok(answer.header("content-length").and_then(|length| length.parse().ok()) == Some(size))
            }
            // It only saves the upload, which says what is wrong.
            Err(error) if error.is_answer() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Uploads until the registry has it. An upload that breaks off is begun anew: what became of the old one is not
    /// known.
    async fn upload(
        &self,
        place: &Endpoint,
        digest: &Digest,
        bytes: &Bytes,
        what: &str,
    ) -> Result<(), Error> {
        let mut attempts = Attempts::new(&self.http.limits, u32::MAX, None);
        loop {
            attempts.made += 1;
            let (error, asked) = match self.upload_once(place, digest, bytes, what).await {
                Ok(()) => return Ok(()),
                Err(RetryError::Transient { error, retry_after: asked }) => (error, asked),
                Err(RetryError::Final(error)) => return Err(error),
            };
            match attempts.wait(asked) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(error.after(attempts.made)),
            }
        }
    }

    async fn upload_once(
        &self,
        place: &Endpoint,
        digest: &Digest,
        bytes: &Bytes,
        what: &str,
    ) -> Result<(), RetryError> {
        let bad = |cause: &str| Error::BadContent { what: what.to_owned(), cause: cause.to_owned() };
        let begin = self.url(&place.name, &format!("/v2/{}/blobs/uploads/", place.name.path()))?;
        let request = Request {
            payload: Some(Payload { media_type: OCTETS, bytes: Bytes::new() }),
            attempts: 1,
            ..Request::new(Method::POST, begin.clone(), place, what)
        };
        let answer = self.try_request(&request).await?;
        if answer.status == 201 {
            // It says that it needs no upload.
            return if self.has_blob(place, digest, bytes.len(), what).await? {
                Ok(())
            } else {
                Err(bad("the registry says that it has it, and does not").into())
            };
        }
        let location =
            answer.header("location").ok_or_else(|| bad("the registry names no place to upload it to"))?;
        let mut url = target(&begin, &begin, location)
            .map_err(|cause| bad(&self.http.secrets.redact(&format!("its upload: {cause}"))))?;
        url.set_fragment(None);
        url.query_pairs_mut().append_pair("digest", &digest.to_string());
        let request = Request {
            payload: Some(Payload { media_type: OCTETS, bytes: bytes.clone() }),
            cross_origin: url.origin() != begin.origin(),
            attempts: 1,
            ..Request::new(Method::PUT, url, place, what)
        };
        match self.try_request(&request).await {
            Ok(answer) => Ok(check_stored_digest(&answer, digest, what)?),
            // The registry has forgotten the upload.
            Err(RetryError::Final(error @ Error::Server { status: 404, .. })) => {
                Err(RetryError::Transient { error, retry_after: None })
            }
            Err(setback) => Err(setback),
        }
    }

    async fn put_manifest(
        &self,
        place: &Endpoint,
        version: &Version,
        media_type: &str,
        bytes: Bytes,
    ) -> Result<Digest, Error> {
        let what = manifest_label(&place.name, version);
        let bad = |cause: String| Error::BadContent { what: what.clone(), cause };
        check_size(bytes.len(), self.http.limits.manifest, &what)?;
        let digest = checked_digest(version, &bytes, &what)?;
        let media_type =
            HeaderValue::from_str(media_type).map_err(|_| bad(format!("`{media_type}` is no media type")))?;
        let url = self.url(&place.name, &manifest_path(&place.name, version)?)?;
        let request = Request {
            payload: Some(Payload { media_type, bytes }),
            ..Request::new(Method::PUT, url, place, &what)
        };
        let answer = self.request(request).await?;
        check_stored_digest(&answer, &digest, &what)?;
        Ok(digest)
    }

    /// Sees to it that a list names what was stored, and says which. That is believed only of the list itself: a registry
    /// may say `OCI-Subject` and list nothing.
    ///
    /// 1. The referrers API is asked, again after a pause where it does not name it yet.
    /// 2. Where there is none, where it is withheld and where it names it at no time, the list under the fallback tag is
    ///    changed.
    /// 3. An API that answers is what readers ask. It must name it in the end.
    async fn ensure_listed(
        &self,
        place: &Endpoint,
        referrer: &Referrer,
        what: &str,
    ) -> Result<FoundBy, Error> {
        let by_api = match self.uses_fallback_tags(&place.name) {
            true => ApiListing::NoApi,
            false => self.api_listing(place, referrer, self.http.limits.list_update_attempts).await?,
        };
        if by_api == ApiListing::Named {
            return Ok(FoundBy::Api);
        }
        self.add_to_fallback_tag(place, referrer, what).await?;
        match by_api {
            ApiListing::Named | ApiListing::Withheld => {}
            ApiListing::NoApi => self.note_fallback_tags(&place.name),
            ApiListing::NotNamed => {
                if self.api_listing(place, referrer, 1).await? != ApiListing::Named {
                    let attempts = self.http.limits.list_update_attempts.saturating_add(1);
                    return Err(Error::Contended { what: what.to_owned(), attempts });
                }
                return Ok(FoundBy::Api);
            }
        }
        Ok(FoundBy::FallbackTag)
    }

    /// What the referrers API says of it, asked so many times.
    async fn api_listing(
        &self,
        place: &Endpoint,
        referrer: &Referrer,
        most: u32,
    ) -> Result<ApiListing, Error> {
        for round in 0..most {
            backoff(round).await;
            match self.query_source(Source::Api, place, &referrer.subject).await? {
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

    /// Puts it into the list under the fallback tag, and again where another writer's list has replaced the one with
    /// it.
    async fn add_to_fallback_tag(
        &self,
        place: &Endpoint,
        referrer: &Referrer,
        what: &str,
    ) -> Result<(), Error> {
        let limits = &self.http.limits;
        let tag = Version::Tag(Tag::from(&referrer.subject));
        let list_name = manifest_label(&place.name, &tag);
        let bad = |error: serde_json::Error| Error::BadContent {
            what: list_name.clone(),
            cause: error.to_string(),
        };
        let _turn =
            self.lock_dir.lock(&format!("{}@{}", place.name, referrer.subject), limits.lock_wait).await?;
        let mut written: Option<IndexEditor> = None;
        for round in 0..=limits.list_update_attempts {
            backoff(round.saturating_sub(1)).await;
            let listed = self.read_list(place, &tag, &referrer.subject, &list_name).await?;
            if listed.as_ref().is_some_and(|list| list.contains(&referrer.descriptor.digest)) {
                return Ok(());
            }
            if round == limits.list_update_attempts {
                break;
            }
            // A list that was there and is not any more is no reason to lose what stood in it.
            let mut list = match listed.or(written) {
                Some(list) => list,
                None => IndexEditor::empty().map_err(|error| Error::bad(&list_name, &error))?,
            };
            if !list.contains(&referrer.descriptor.digest) {
                list.push(&referrer.descriptor).map_err(bad)?;
            }
            self.check_count(list.iter().count(), &list_name)?;
            let bytes = list.to_bytes().map_err(bad)?;
            self.put_manifest(place, &tag, media_type::OCI_INDEX, bytes.into()).await?;
            written = Some(list);
        }
        Err(Error::Contended { what: what.to_owned(), attempts: limits.list_update_attempts })
    }

    /// The list under the fallback tag, checked as for reading. `None` only where the registry has none, or reads the tag
    /// as the digest of the subject. One that it withholds may be there, and would be lost: that is an error.
    async fn read_list(
        &self,
        place: &Endpoint,
        tag: &Version,
        subject: &Digest,
        what: &str,
    ) -> Result<Option<IndexEditor>, Error> {
        let content = match self.get_manifest(place, tag).await {
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

/// What the referrers API says of something that was stored.
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

/// What the registry says that it stored must be what was sent.
fn check_stored_digest(answer: &HttpResponse, digest: &Digest, what: &str) -> Result<(), Error> {
    match claimed_digest(answer) {
        Some(found) if found != *digest => {
            Err(Error::Digest { what: what.to_owned(), expected: *digest, found })
        }
        _ => Ok(()),
    }
}

/// The wait after so many failures.
async fn backoff(failures: u32) {
    if failures > 0 {
        let longest = FIRST_WAIT.saturating_mul(1 << (failures - 1).min(8)).min(MAX_WAIT);
        tokio::time::sleep(longest.mul_f64(fastrand::f64())).await;
    }
}
