//! Write access to registries and layouts.
//!
//! Invariants: digests of written content are computed here, never taken from elsewhere, and a referrer counts as
//! stored only when a list of referrers of its subject names it.

use async_trait::async_trait;
use bytes::Bytes;

use super::{Error, FoundBy, Registry};
use crate::limits::Exceeded;
use crate::oci::{Descriptor, Digest, Manifest, Repository, Version};

/// A manifest that names a subject, ready to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referrer {
    /// Its entry in lists of referrers: media type, digest and size of `bytes`, artifact type, annotations.
    pub descriptor: Descriptor,
    /// The digest of its subject, as the manifest has it.
    pub subject: Digest,
    /// The manifest.
    pub bytes: Bytes,
}

impl Referrer {
    /// Checks the bytes against the descriptor and the subject. `what` names the manifest in errors.
    pub(super) fn check(&self, what: &str) -> Result<(), Error> {
        let Self { descriptor, subject, bytes } = self;
        checked_digest(&Version::Digest(descriptor.digest), bytes, what)?;
        let found = bytes.len() as u64;
        if found != descriptor.size {
            return Err(Error::Size { what: what.to_owned(), expected: descriptor.size, found });
        }
        let manifest =
            Manifest::parse(bytes, Some(&descriptor.media_type)).map_err(|error| Error::bad(what, &error))?;
        let found_subject = match &manifest {
            Manifest::Index(index) => &index.subject,
            Manifest::Image(image) => &image.subject,
        };
        if found_subject.as_ref().is_some_and(|found| found.digest == *subject) {
            return Ok(());
        }
        Err(Error::BadContent {
            what: what.to_owned(),
            cause: format!("it does not name `{subject}` as its subject"),
        })
    }
}

/// The digest of a manifest that is to be stored under `version`. An error if `version` is another digest.
pub(super) fn checked_digest(version: &Version, bytes: &[u8], what: &str) -> Result<Digest, Error> {
    let Version::Digest(expected) = version else { return Ok(Digest::of(bytes)) };
    let found = expected.rehash(bytes);
    if found == *expected {
        return Ok(found);
    }
    Err(Error::Digest { what: what.to_owned(), expected: *expected, found })
}

/// Checks that `length`, in bytes, is within `limit`.
pub(super) fn check_size(length: usize, limit: u64, what: &str) -> Result<(), Error> {
    if u64::try_from(length).is_ok_and(|length| length <= limit) {
        return Ok(());
    }
    let exceeded = Exceeded::new(format!("its size of {length} bytes"), limit, "bytes");
    Err(Error::Limit { what: what.to_owned(), exceeded })
}

/// Write access to blobs, manifests and lists of referrers. Nothing is written to mirrors.
#[async_trait]
pub trait Push: Registry {
    /// Stores `bytes` as a blob, unless the repository already has it.
    ///
    /// # Errors
    ///
    /// [`Error::PushRefused`] without permission, [`Error::ReadOnly`] for an archive.
    async fn push_blob(&self, repository: &Repository, bytes: Bytes) -> Result<Digest, Error>;

    /// Stores a manifest or index under `version`.
    ///
    /// # Errors
    ///
    /// [`Error::Digest`] if `version` is a digest that the bytes do not have; else as [`Push::push_blob`].
    async fn push_manifest(
        &self,
        repository: &Repository,
        version: &Version,
        media_type: &str,
        bytes: Bytes,
    ) -> Result<Digest, Error>;

    /// Stores a referrer by digest and ensures that a list of referrers of its subject names it. Returns which list
    /// does.
    ///
    /// # Errors
    ///
    /// [`Error::Unlisted`] and [`Error::Contended`] where the manifest is stored, but not listed; else as
    /// [`Push::push_blob`].
    async fn push_referrer(&self, repository: &Repository, referrer: &Referrer) -> Result<FoundBy, Error>;
}
