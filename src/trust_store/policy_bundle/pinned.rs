//! Finds a bundle and compares it with what is pinned, before its content is read.

use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::content::{ContentBuilder, PolicyBundle, exceeded};
use super::error::BundleError;
use super::lock::{BundleLock, LockEntry};
use super::source::BundleSource;
use super::{directory, layers, tar};
use crate::diagnostic::IoCause;
use crate::limits::{ReadError, read_whole};
use crate::oci::{Digest, Reference, Version};
use crate::registry::{Content, Registry, open_nonblocking};
use crate::trust_store::limits::POLICY_BUNDLE_ARCHIVE;

/// What must be pinned, and where.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pin<'a> {
    /// The lock file.
    pub lock: Option<&'a BundleLock>,
    /// Whether a bundle that is not pinned is an error.
    pub required: bool,
    /// Whether no registry may be asked. Then the digest in the lock file replaces the tag.
    pub offline: bool,
}

/// A bundle that was found, and is what was pinned as far as its root tells.
#[derive(Debug)]
pub struct BundleRoot {
    bundle: String,
    pinned: Option<LockEntry>,
    resolved: Resolved,
}

/// The root of a bundle.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "few are alive at once")]
enum Resolved {
    /// The manifest or index of an OCI artifact.
    Artifact {
        /// The reference, with the digest of the manifest.
        reference: Reference,
        /// The manifest.
        content: Content,
        /// Whether the reference was given with a digest.
        by_digest: bool,
    },
    /// The content of an archive.
    Archive(Bytes),
    /// A directory.
    Directory(PathBuf),
}

/// Finds the bundle at `source`.
///
/// 1. A reference is resolved and its manifest is fetched. An archive is read.
/// 2. Its digest is compared with the lock file.
///
/// # Errors
///
/// [`BundleError::Changed`] and [`BundleError::NotPinned`]; else [`BundleError::Registry`] or [`BundleError::Read`].
pub async fn resolve(
    registry: &dyn Registry,
    source: &BundleSource,
    pin: &Pin<'_>,
) -> Result<BundleRoot, BundleError> {
    let bundle = source.to_string();
    let pinned = pin.lock.and_then(|lock| lock.entry(&bundle)).cloned();
    let by_digest = matches!(source, BundleSource::Reference(reference) if reference.digest.is_some());
    if pin.required && pinned.is_none() && !by_digest {
        return Err(BundleError::NotPinned { bundle });
    }
    let resolved = match source {
        BundleSource::Reference(reference) => {
            let locked = pinned.as_ref().and_then(|entry| entry.digest).filter(|_| pin.offline && !by_digest);
            let version = locked.map_or_else(|| reference.version(), Version::Digest);
            let content = registry.manifest(&reference.repository, &version).await?;
            let reference = Reference { digest: Some(content.digest), ..reference.clone() };
            Resolved::Artifact { reference, content, by_digest }
        }
        BundleSource::File(path) => Resolved::Archive(archive(path, &bundle)?),
        BundleSource::Directory(path) => Resolved::Directory(path.clone()),
    };
    let root = BundleRoot { bundle, pinned, resolved };
    if let Some(entry) = &root.pinned {
        entry.check_digest(root.digest())?;
    }
    Ok(root)
}

fn archive(path: &Path, bundle: &str) -> Result<Bytes, BundleError> {
    let failed = |error: &std::io::Error| BundleError::Read {
        bundle: bundle.to_owned(),
        cause: IoCause(error).to_string(),
    };
    let file = open_nonblocking(path).map_err(|error| failed(&error))?;
    match read_whole(file, POLICY_BUNDLE_ARCHIVE) {
        Ok(bytes) => Ok(bytes.into()),
        Err(ReadError::TooLong(limit)) => Err(exceeded("its size", limit, "bytes").of(bundle)),
        Err(ReadError::Failed(error)) => Err(failed(&error)),
    }
}

impl BundleRoot {
    /// The bundle, as it is written where it is used and in lock files.
    pub fn bundle(&self) -> &str {
        &self.bundle
    }

    /// The digest of the manifest or of the archive. A directory has none.
    pub fn digest(&self) -> Option<Digest> {
        match &self.resolved {
            Resolved::Artifact { content, .. } => Some(content.digest),
            Resolved::Archive(bytes) => Some(Digest::of(bytes)),
            Resolved::Directory(_) => None,
        }
    }

    /// The artifact by its digest. `None` for archives and directories.
    pub fn reference(&self) -> Option<&Reference> {
        match &self.resolved {
            Resolved::Artifact { reference, .. } => Some(reference),
            Resolved::Archive(_) | Resolved::Directory(_) => None,
        }
    }

    /// Whether a digest in the reference or the lock file pins it.
    pub fn is_pinned(&self) -> bool {
        self.pinned.is_some() || matches!(self.resolved, Resolved::Artifact { by_digest: true, .. })
    }

    /// Whether it is in a registry, where another push could replace it.
    pub fn can_move(&self) -> bool {
        matches!(&self.resolved, Resolved::Artifact { by_digest: false, .. })
    }

    /// Reads all of it.
    ///
    /// # Errors
    ///
    /// [`BundleError`]. A bundle with one unusable part is refused whole.
    pub async fn read(&self, registry: &dyn Registry) -> Result<PolicyBundle, BundleError> {
        let bundle = &self.bundle;
        let mut content = ContentBuilder::default();
        match &self.resolved {
            Resolved::Artifact { reference, content: root, .. } => {
                layers::read(registry, &reference.repository, root, bundle, &mut content).await?;
            }
            Resolved::Archive(bytes) => {
                tar::read(bytes, &mut content).map_err(|error| error.of(bundle))?;
            }
            Resolved::Directory(path) => directory::read(path, bundle, &mut content)?,
        }
        let content = content.finish().map_err(|error| error.of(bundle))?;
        if let Some(entry) = &self.pinned {
            entry.check_files(&content.digests())?;
        }
        Ok(content)
    }
}
