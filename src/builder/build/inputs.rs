//! What a build takes from elsewhere: package files, fetched files, and the layers of images.
//!
//! Invariant: an input is used only if it has the hash that the lock names.

use std::collections::BTreeMap;
use std::fs::File;

use async_trait::async_trait;
use bytes::Bytes;

use super::error::BuildError;
use super::limits::{ARTIFACT_LAYER, FETCHED_FILE};
use crate::builder::definition::{Definition, SourceUrl, TargetPlatform};
use crate::builder::lock::{FilePin, Lock, PlatformLock};
use crate::builder::locking::oci_platform;
use crate::builder::repositories::{Fetch, PackageFile, PackageFiles};
use crate::diagnostic::{IoCause, ToDiagnostic as _};
use crate::oci::{Descriptor, Digest, ImageManifest, Manifest, Platform, Reference, Repository, Version};
use crate::registry::urls::Url;
use crate::registry::{Cache, Registry};

/// The inputs of one platform.
pub(super) struct PlatformInputs {
    /// The files of the packages, in the order of the lock.
    pub(super) packages: Vec<PackageFile>,
    /// The fetched files, in the order of the definition.
    pub(super) files: Vec<FetchedInput>,
    /// The images, in the order of the definition.
    pub(super) artifacts: Vec<ArtifactInput>,
}

/// A file that was fetched.
pub(super) struct FetchedInput {
    /// Its position in `contents.files`.
    pub(super) position: usize,
    /// Its URL, as the definition writes it.
    pub(super) url: String,
    /// The digest of its bytes.
    pub(super) digest: Digest,
    /// The file.
    pub(super) file: File,
}

/// An image that files are copied from.
pub(super) struct ArtifactInput {
    /// Its position in `contents.artifacts`.
    pub(super) position: usize,
    /// Its reference, as the definition writes it.
    pub(super) reference: String,
    /// The digest of its manifest for this platform.
    pub(super) digest: Digest,
    /// The layers with their media types, lowest first.
    pub(super) layers: Vec<(String, Bytes)>,
}

/// Where the inputs of an image come from.
#[derive(Clone, Debug, Default)]
pub(super) struct InputDescription {
    /// The address and digest of each package file, by package. Packages of implied repositories have no address.
    pub(super) packages: BTreeMap<String, (Option<String>, Digest)>,
    /// The fetched files: their positions in the definition, URLs and digests.
    pub(super) files: Vec<(usize, String, Digest)>,
    /// The images: their references and digests.
    pub(super) artifacts: Vec<(String, Digest)>,
}

/// How inputs arrive.
pub struct Fetching<'a> {
    /// Package files.
    pub packages: PackageFiles<'a>,
    /// Other files.
    pub fetch: &'a dyn Fetch,
    /// Files that were fetched before.
    pub cache: &'a Cache,
    /// Images that files are copied from.
    pub images: &'a dyn ReadImages,
}

impl PlatformInputs {
    /// Where they come from.
    pub(super) fn describe(&self, locked: &PlatformLock) -> InputDescription {
        let packages = locked.packages.iter().zip(&self.packages);
        InputDescription {
            packages: packages
                .map(|(package, file)| {
                    let repository = locked.repositories.get(package.repository);
                    // The mirror of Debian is a choice of the machine.
                    let is_listed =
                        repository.is_some_and(|repository| !repository.line.starts_with("debian "));
                    (package.name.clone(), (is_listed.then(|| file.url.clone()), file.digest))
                })
                .collect(),
            files: self.files.iter().map(|file| (file.position, file.url.clone(), file.digest)).collect(),
            artifacts: self
                .artifacts
                .iter()
                .map(|artifact| (artifact.reference.clone(), artifact.digest))
                .collect(),
        }
    }
}

/// Reads images of registries.
#[async_trait]
pub trait ReadImages: Send + Sync {
    /// See [`Registry::manifest`].
    ///
    /// # Errors
    ///
    /// See there.
    async fn manifest(
        &self,
        repository: &Repository,
        digest: Digest,
    ) -> Result<Bytes, crate::registry::Error>;

    /// See [`Registry::blob`].
    ///
    /// # Errors
    ///
    /// See there.
    async fn blob(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Bytes, crate::registry::Error>;
}

#[async_trait]
impl<R: Registry> ReadImages for R {
    async fn manifest(
        &self,
        repository: &Repository,
        digest: Digest,
    ) -> Result<Bytes, crate::registry::Error> {
        let content = Registry::manifest(self, repository, &Version::Digest(digest)).await?;
        Ok(content.bytes)
    }

    async fn blob(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
        limit: u64,
    ) -> Result<Bytes, crate::registry::Error> {
        Registry::blob(self, repository, descriptor, limit).await
    }
}

impl Fetching<'_> {
    /// Fetches the inputs of a platform.
    ///
    /// # Errors
    ///
    /// [`BuildError`]
    pub(super) async fn inputs(
        &self,
        definition: &Definition,
        platform: TargetPlatform,
        lock: &Lock,
        locked: &PlatformLock,
    ) -> Result<PlatformInputs, BuildError> {
        Ok(PlatformInputs {
            packages: self.packages.all(&locked.repositories, &locked.packages).await?,
            files: self.files(definition, platform, lock).await?,
            artifacts: self.artifacts(definition, platform, lock).await?,
        })
    }

    async fn files(
        &self,
        definition: &Definition,
        platform: TargetPlatform,
        lock: &Lock,
    ) -> Result<Vec<FetchedInput>, BuildError> {
        let mut inputs = Vec::new();
        let files = definition.contents.iter().flat_map(|contents| &contents.files);
        for (position, file) in files.enumerate() {
            let is_for = file.platforms.is_empty() || file.platforms.iter().any(|one| one.value == platform);
            let Some(source) = file.url.as_ref().and_then(|url| url.value.as_ref()).filter(|_| is_for) else {
                continue;
            };
            let url = source.to_string();
            let pin = lock.files.iter().find(|locked| locked.url == url).map(|locked| &locked.pin);
            let digest = match (source, pin) {
                (_, None) => return Err(BuildError::NotLocked { what: format!("file `{url}`") }),
                (SourceUrl::Web(_), Some(FilePin::Digest(digest))) => *digest,
                _ => return Err(BuildError::Git { url }),
            };
            let file = self.file(&url, &digest).await?;
            inputs.push(FetchedInput { position, url, digest, file });
        }
        Ok(inputs)
    }

    async fn file(&self, url: &str, digest: &Digest) -> Result<File, BuildError> {
        if let Some(file) = self.cache.file(digest) {
            return Ok(file);
        }
        let storage = |error: std::io::Error| BuildError::Storage(IoCause(&error).to_string());
        let address: Url = url.parse().map_err(|_| BuildError::Address { url: url.to_owned() })?;
        let mut incoming = self.cache.incoming().map_err(storage)?;
        let is_there = self.fetch.download(&address, FETCHED_FILE, &mut incoming).await;
        if !is_there.map_err(|cause| BuildError::Fetch { url: url.to_owned(), cause })? {
            return Err(BuildError::Gone { url: url.to_owned() });
        }
        incoming.finish_as(digest).map_err(storage)?.map_err(|found| BuildError::FileChanged {
            url: url.to_owned(),
            found,
            expected: *digest,
        })
    }

    async fn artifacts(
        &self,
        definition: &Definition,
        platform: TargetPlatform,
        lock: &Lock,
    ) -> Result<Vec<ArtifactInput>, BuildError> {
        let platform = oci_platform(platform);
        let mut inputs = Vec::new();
        let artifacts = definition.contents.iter().flat_map(|contents| &contents.artifacts);
        for (position, artifact) in artifacts.enumerate() {
            let Some(source) = artifact.name.as_ref().and_then(|name| name.value.as_ref()) else { continue };
            let written = source.to_string();
            let locked = lock.artifacts.iter().find(|locked| locked.reference == written);
            let digest = locked
                .and_then(|locked| {
                    locked.digests.iter().find(|one| one.platform.normalized() == platform.normalized())
                })
                .ok_or_else(|| BuildError::NotLocked { what: format!("image `{written}`") })?
                .digest;
            inputs.push(self.artifact(position, source.reference(), written, digest, &platform).await?);
        }
        Ok(inputs)
    }

    async fn artifact(
        &self,
        position: usize,
        reference: &Reference,
        written: String,
        digest: Digest,
        platform: &Platform,
    ) -> Result<ArtifactInput, BuildError> {
        let unreadable = |diagnostic| BuildError::Image { reference: written.clone(), diagnostic };
        let repository = &reference.repository;
        let (digest, image) = self.image(repository, digest, platform).await.map_err(unreadable)?;
        let image = image.ok_or_else(|| BuildError::NoPlatform {
            reference: written.clone(),
            platform: platform.clone(),
        })?;
        let mut layers = Vec::new();
        for layer in &image.layers {
            let bytes = self.images.blob(repository, layer, ARTIFACT_LAYER).await;
            let bytes = bytes.map_err(|error| BuildError::Image {
                reference: written.clone(),
                diagnostic: error.to_diagnostic(),
            })?;
            layers.push((layer.media_type.clone(), bytes));
        }
        Ok(ArtifactInput { position, reference: written, digest, layers })
    }

    /// The manifest for a platform: the one that is named, or its entry in the index that is named.
    async fn image(
        &self,
        repository: &Repository,
        digest: Digest,
        platform: &Platform,
    ) -> Result<(Digest, Option<ImageManifest>), crate::diagnostic::Diagnostic> {
        let parse = |bytes: &Bytes| Manifest::parse(bytes, None).map_err(|error| error.to_diagnostic());
        let bytes = self.images.manifest(repository, digest).await.map_err(|error| error.to_diagnostic())?;
        let index = match parse(&bytes)? {
            Manifest::Image(image) => return Ok((digest, Some(image))),
            Manifest::Index(index) => index,
        };
        let entry = index.manifests.iter().find(|entry| {
            entry.platform.as_ref().is_some_and(|found| found.normalized() == platform.normalized())
        });
        let Some(entry) = entry else { return Ok((digest, None)) };
        let bytes =
            self.images.manifest(repository, entry.digest).await.map_err(|error| error.to_diagnostic())?;
        match parse(&bytes)? {
            Manifest::Image(image) => Ok((entry.digest, Some(image))),
            Manifest::Index(_) => Ok((entry.digest, None)),
        }
    }
}
