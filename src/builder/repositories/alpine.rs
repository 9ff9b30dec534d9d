//! Repositories of Alpine: the signed index.
//!
//! An index has no date of its own, so an older one cannot be told from a newer one: the lock names its hash.

use std::sync::Arc;

use bytes::Bytes;

use super::alpine_fault::AlpineFault;
use super::debian::address;
use super::error::{Cause, RepositoryError};
use super::fetch::{Fetch, FetchError};
use super::limits::PACKED_INDEX;
use crate::builder::packages::apk::container::Signed;
use crate::builder::packages::apk::index::Index;
use crate::builder::packages::apk::signature::{Keys, verify};
use crate::oci::Digest;
use crate::registry::Cache;
use crate::registry::urls::Url;

/// The index of a repository, verified.
#[derive(Clone, Debug)]
pub struct AlpineIndex {
    /// The text of the index.
    pub text: Arc<Vec<u8>>,
    /// The path of the file, relative to the address of the repository.
    pub path: String,
    /// SHA-256 of the file.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// The file name of the key that signed it.
    pub signed_by: String,
}

/// Reads a repository for an architecture of Alpine.
pub(super) async fn read(
    fetch: &dyn Fetch,
    cache: &Cache,
    name: &str,
    url: &Url,
    architecture: &str,
    keys: &Keys,
) -> Result<AlpineIndex, RepositoryError> {
    index(fetch, cache, url, architecture, keys).await.map_err(|cause| cause.of(name))
}

async fn index(
    fetch: &dyn Fetch,
    cache: &Cache,
    url: &Url,
    architecture: &str,
    keys: &Keys,
) -> Result<AlpineIndex, Cause> {
    let path = format!("{architecture}/APKINDEX.tar.gz");
    let key = format!("packages/alpine\0{url}\0{architecture}");
    let bytes: Bytes = match fetch.fetch(&address(url, &path)?, PACKED_INDEX).await {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Err(Cause::Absent(path)),
        Err(offline @ FetchError::Offline { .. }) => {
            let seen = cache.last::<Digest>(&key).and_then(|(digest, _)| cache.content(&digest));
            seen.ok_or(Cause::Fetch(offline))?
        }
        Err(error) => return Err(error.into()),
    };
    let container = |cause| Cause::AlpineIndex { file: path.clone(), cause: AlpineFault::Container(cause) };
    let signed = Signed::split(&bytes).map_err(container)?;
    let by = verify(&signed.signatures, signed.rest, keys)
        .map_err(|cause| Cause::AlpineSignature { file: path.clone(), cause })?;
    let text = signed.index().map_err(container)?;
    Index::parse(&text, architecture)
        .map_err(|cause| Cause::AlpineIndex { file: path.clone(), cause: AlpineFault::Index(cause) })?;
    let digest = cache.keep(&bytes);
    cache.keep_last(&key, &digest);
    let size = bytes.len() as u64;
    Ok(AlpineIndex { text: Arc::new(text), path, digest, size, signed_by: by.key })
}
