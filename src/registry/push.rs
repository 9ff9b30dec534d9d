//! What is written is hashed here, never named by what came from elsewhere, and a referrer counts as stored only
//! once a list of referrers of its subject names it.

use async_trait::async_trait;
use bytes::Bytes;

use super::{Error, FoundBy, Registry};
use crate::limits::Exceeded;
use crate::oci::{Descriptor, Digest, Manifest, Repository, Version};

/// A manifest that names a subject, ready to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referrer {
    /// What lists of referrers say of it: media type, digest and size of `bytes`, artifact type, annotations.
    pub descriptor: Descriptor,
    /// The digest of the object that it is about, as its manifest names it.
    pub subject: Digest,
    /// The manifest.
    pub bytes: Bytes,
}

impl Referrer {
    /// Whether the bytes are what the descriptor and the subject say; `what` names them in the error.
    pub(super) fn check(&self, what: &str) -> Result<(), Error> {
        let Self { descriptor, subject, bytes } = self;
        checked_digest(&Version::Digest(descriptor.digest), bytes, what)?;
        let found = bytes.len() as u64;
        if found != descriptor.size {
            return Err(Error::Size { what: what.to_owned(), expected: descriptor.size, found });
        }
        let manifest =
            Manifest::parse(bytes, Some(&descriptor.media_type)).map_err(|error| Error::bad(what, &error))?;
        let named = match &manifest {
            Manifest::Index(index) => &index.subject,
            Manifest::Image(image) => &image.subject,
        };
        if named.as_ref().is_some_and(|named| named.digest == *subject) {
            return Ok(());
        }
        Err(Error::BadContent {
            what: what.to_owned(),
            cause: format!("it does not name `{subject}` as its subject"),
        })
    }
}

/// The digest of a manifest that is to be stored under `version`: under a digest only what has it.
pub(super) fn checked_digest(version: &Version, bytes: &[u8], what: &str) -> Result<Digest, Error> {
    let Version::Digest(expected) = version else { return Ok(Digest::of(bytes)) };
    let found = expected.rehash(bytes);
    if found == *expected {
        return Ok(found);
    }
    Err(Error::Digest { what: what.to_owned(), expected: *expected, found })
}

/// Whether bytes that are to be stored are within `limit`.
pub(super) fn check_size(length: usize, limit: u64, what: &str) -> Result<(), Error> {
    if u64::try_from(length).is_ok_and(|length| length <= limit) {
        return Ok(());
    }
    let exceeded = Exceeded::new(format!("its size of {length} bytes"), limit, "bytes");
    Err(Error::Limit { what: what.to_owned(), exceeded })
}

/// Write access to blobs, manifests and lists of referrers. Mirrors are never written to.
#[async_trait]
pub trait Push: Registry {
    /// Stores `bytes` as a blob. Nothing is sent where it is there already.
    async fn push_blob(&self, repository: &Repository, bytes: Bytes) -> Result<Digest, Error>;

    /// Stores a manifest or index under `version`; under a digest only bytes that have it.
    async fn push_manifest(
        &self,
        repository: &Repository,
        version: &Version,
        media_type: &str,
        bytes: Bytes,
    ) -> Result<Digest, Error>;

    /// Stores a referrer by digest, and sees to it that a list of referrers of its subject names it. Says by which
    /// list it is found.
    async fn push_referrer(&self, repository: &Repository, referrer: &Referrer) -> Result<FoundBy, Error>;
}
