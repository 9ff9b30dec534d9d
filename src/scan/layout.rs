//! Writes one image as an OCI image layout for a scanner.
//!
//! Scanners do not hash what they read from a layout, and choose its first image. So they get a copy with one image, of
//! which every blob was hashed.

use std::path::Path;

use serde_json::json;

use super::Error;
use super::limits::LAYER;
use crate::diagnostic::IoCause;
use crate::evidence::PlatformEvidence;
use crate::oci::{Digest, Manifest, Repository, Version};
use crate::registry::{self, Registry};

/// Writes the image into `directory`, which is created.
pub(super) async fn write(
    registry: &dyn Registry,
    repository: &Repository,
    image: &PlatformEvidence,
    directory: &Path,
) -> Result<(), Error> {
    let blobs = directory.join("blobs");
    make(directory).await?;
    make(&blobs).await?;
    let content = registry.manifest(repository, &Version::Digest(image.digest)).await?;
    let what = format!("manifest {}", image.digest);
    let manifest = match Manifest::parse(&content.bytes, content.media_type.as_deref()) {
        Ok(Manifest::Image(manifest)) => manifest,
        Ok(Manifest::Index(_)) => {
            return Err(registry::Error::BadContent { what, cause: "it is an index".to_owned() }.into());
        }
        Err(error) => return Err(registry::Error::BadContent { what, cause: error.to_string() }.into()),
    };
    store(&blobs, &image.digest, &content.bytes).await?;
    for descriptor in std::iter::once(&manifest.config).chain(&manifest.layers) {
        let bytes = registry.blob(repository, descriptor, LAYER).await?;
        store(&blobs, &descriptor.digest, &bytes).await?;
    }
    let index = json!({
        "schemaVersion": 2,
        "manifests": [{
            "mediaType": manifest.media_type, "digest": image.digest.to_string(), "size": content.bytes.len(),
        }],
    });
    put(&directory.join("index.json"), index.to_string().as_bytes()).await?;
    put(&directory.join("oci-layout"), br#"{"imageLayoutVersion":"1.0.0"}"#).await
}

async fn store(blobs: &Path, digest: &Digest, bytes: &[u8]) -> Result<(), Error> {
    let blobs = blobs.join(digest.algorithm());
    make(&blobs).await?;
    put(&blobs.join(digest.hex()), bytes).await
}

/// Makes a directory. Its parent is not made, so that nothing is written again after the removal of all.
pub(super) async fn make(directory: &Path) -> Result<(), Error> {
    match tokio::fs::create_dir(directory).await {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(failed(directory, &error)),
        _ => Ok(()),
    }
}

async fn put(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    tokio::fs::write(path, bytes).await.map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &std::io::Error) -> Error {
    Error::Write { path: path.display().to_string(), cause: IoCause(error).to_string() }
}
