//! The registry as a value of the trait `Registry`, without a network: it answers for all hosts. A repository has the name
//! `HOST/PATH` here, so a request is for `/v2/HOST/PATH/…`.
//!
//! It keeps the contract of the trait: content has the digest and the size of its descriptor, and a list that is not
//! JSON is withheld, with the referrers that the fallback tag names.

use async_trait::async_trait;
use bytes::Bytes;
use dhi::oci::{Descriptor, Digest, Manifest, Repository, Version, media_type};
use dhi::registry::{ConnectionFailure, Content, Error, FoundBy, Freshness, Referrers, Registry, Withheld};

use super::{Body, InMemoryRegistry, Reply, Request};

impl InMemoryRegistry {
    /// A registry that is not reached over HTTP.
    pub(crate) fn in_process() -> Self {
        Self::default()
    }

    /// The content of the reply to a request; `None` for 404.
    fn get(&self, repository: &Repository, kind: &str, name: &str) -> Result<Option<Reply>, Error> {
        let mut request = Request::get(format!("/v2/{repository}/{kind}/{name}"));
        let reply = self.state.answer(&request);
        request.status = reply.status;
        self.state.log.push(request);
        let (what, host) = (format!("{repository}/{name}"), repository.host().unwrap_or_default().to_owned());
        match reply.status {
            _ if matches!(reply.body, Body::Cut) => {
                Err(Error::Unreachable { what, host, failure: ConnectionFailure::Broken, attempts: 1 })
            }
            200 => Ok(Some(reply)),
            404 => Ok(None),
            401 => Err(Error::Unauthorized { what, host, answer: "401".to_owned(), logged_in: false }),
            status => Err(Error::Server { what, host, status, answer: String::new(), attempts: 1 }),
        }
    }

    /// An object whose bytes have this digest.
    fn object(&self, repository: &Repository, kind: &str, name: &str) -> Result<Bytes, Error> {
        let reply = self.get(repository, kind, name)?;
        let bytes = reply.ok_or_else(|| Error::NotFound { what: name.to_owned() })?.into_bytes();
        let Ok(expected) = name.parse::<Digest>() else { return Ok(bytes) };
        let found = expected.rehash(&bytes);
        if found == expected {
            Ok(bytes)
        } else {
            Err(Error::Digest { what: name.to_owned(), expected, found })
        }
    }
}

/// The descriptors in an index. A list of referrers is read as a whole or not at all.
fn entries(bytes: &[u8]) -> Result<Vec<Descriptor>, Error> {
    match Manifest::parse(bytes, Some(media_type::OCI_INDEX)) {
        Ok(Manifest::Index(index)) => Ok(index.manifests),
        other => {
            let cause = other.err().map_or_else(String::new, |error| error.to_string());
            Err(Error::BadContent { what: "list".to_owned(), cause })
        }
    }
}

#[async_trait]
impl Registry for InMemoryRegistry {
    async fn manifest(&self, repository: &Repository, version: &Version) -> Result<Content, Error> {
        let bytes = self.object(repository, "manifests", &version.to_string())?;
        Ok(Content { digest: Digest::of(&bytes), bytes, media_type: None, age: None })
    }

    async fn blob(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Bytes, Error> {
        let what = || format!("blob {}", descriptor.digest);
        if descriptor.size > limit {
            let exceeded = dhi::limits::Exceeded::new(what(), limit, "bytes");
            return Err(Error::Limit { what: what(), exceeded });
        }
        let bytes = self.object(repository, "blobs", &descriptor.digest.to_string())?;
        let found = bytes.len() as u64;
        if found == descriptor.size {
            Ok(bytes)
        } else {
            Err(Error::Size { what: what(), expected: descriptor.size, found })
        }
    }

    async fn referrers(
        &self,
        repository: &Repository,
        subject: &Digest,
        _: Freshness,
    ) -> Result<Referrers, Error> {
        let all = |descriptors| Referrers { descriptors, found_by: FoundBy::Api, ..Referrers::default() };
        let Some(reply) = self.get(repository, "referrers", &subject.to_string())? else {
            return Ok(Referrers::default());
        };
        let media_type = reply.header_value("content-type").unwrap_or_default().split(';').next();
        let media_type = media_type.unwrap_or_default().to_owned();
        if media_type == media_type::OCI_INDEX {
            return Ok(all(entries(&reply.into_bytes())?));
        }
        let tagged = self.get(repository, "manifests", &subject.fallback_tag())?;
        let descriptors = tagged.map_or(Ok(Vec::new()), |reply| entries(&reply.into_bytes()))?;
        let withheld = Some(Withheld::NotJson { what: format!("referrers of {subject}"), media_type });
        Ok(Referrers { withheld, ..all(descriptors) })
    }
}
