//! Suites of Debian: the signed list, and the indexes that it names.
//!
//! 1. `InRelease` is fetched, or `Release` with `Release.gpg`, and a key of the repository must have signed it.
//! 2. The signed text is judged: time, suite, architecture, and the last one that was seen from there.
//! 3. Each index is taken from the cache by the hash that the list names, or fetched and compared with it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::{Cause, RepositoryError};
use super::fetch::{Fetch, FetchError};
use super::keys::fingerprints;
use super::limits::{PACKED_INDEX, RELEASE_FILE};
use super::unpack::Packing;
use crate::builder::packages::deb::index::{Contents, FORMAT};
use crate::builder::packages::deb::{Expected, Index, Release, ReleaseFile};
use crate::builder::packages::openpgp::{Keyring, verify, verify_detached};
use crate::oci::Digest;
use crate::registry::Cache;
use crate::registry::mutex::lock;
use crate::registry::urls::Url;

/// What is asked of a suite.
#[derive(Clone, Debug)]
pub(super) struct SuiteRequest {
    /// How it is shown.
    pub(super) name: String,
    /// The address of the repository.
    pub(super) url: Url,
    /// The suite, or a path that ends in `/` for a flat repository.
    pub(super) suite: String,
    /// The components. A flat repository has none.
    pub(super) components: Vec<String>,
    /// The keys that may sign it.
    pub(super) keys: Keyring,
    /// The architecture.
    pub(super) architecture: &'static str,
    /// The `Date` of the list that a lock names.
    pub(super) locked: Option<Timestamp>,
}

/// A suite whose list was verified.
#[derive(Clone, Debug)]
pub struct Suite {
    /// What the list says.
    pub release: Release,
    /// The digest of `InRelease`, or of `Release`.
    pub digest: Digest,
    /// The fingerprints of the certificates that signed it.
    pub signed_by: Vec<String>,
    /// One index for each component.
    pub indexes: Vec<SuiteIndex>,
}

/// The index of a component.
#[derive(Clone, Debug)]
pub struct SuiteIndex {
    /// The component. `None` in a flat repository.
    pub component: Option<String>,
    /// The path of the file, relative to the address of the repository.
    pub path: String,
    /// The file, as the list names it.
    pub file: ReleaseFile,
    /// Its packages.
    pub index: Arc<Index>,
}

/// The last list that was seen from an address.
#[derive(Serialize, Deserialize)]
struct Seen {
    date: Timestamp,
    digest: Digest,
    /// The digest of `Release.gpg`, if the signature is in another file.
    signature: Option<Digest>,
}

/// Reads suites.
pub(super) struct Suites<'a> {
    pub(super) fetch: &'a dyn Fetch,
    pub(super) cache: &'a Cache,
    pub(super) now: Timestamp,
    pub(super) lists: &'a VerifiedLists,
}

/// The lists whose signatures were verified in this run: several platforms have the same ones.
#[derive(Debug, Default)]
pub struct VerifiedLists(Mutex<BTreeMap<ListKey, VerifiedList>>);

/// Address, suite, and the fingerprints of the keys that may sign it.
type ListKey = (String, String, Vec<String>);

/// A list whose signature was verified.
#[derive(Clone, Debug)]
struct VerifiedList {
    signed: SignedList,
    release: Release,
    digest: Digest,
    signed_by: Vec<String>,
}

/// The bytes of a list, and of its signature if that is another file.
#[derive(Clone, Debug)]
struct SignedList {
    file: &'static str,
    bytes: Bytes,
    signature: Option<Bytes>,
}

impl Suites<'_> {
    /// Reads a suite.
    pub(super) async fn read(&self, request: &SuiteRequest) -> Result<Suite, RepositoryError> {
        self.suite(request).await.map_err(|cause| cause.of(&request.name))
    }

    async fn suite(&self, request: &SuiteRequest) -> Result<Suite, Cause> {
        let key = format!("packages/list\0{}\0{}", request.url, request.suite);
        let seen = self.cache.last::<Seen>(&key).map(|(seen, _)| seen);
        let list = self.verified(request, seen.as_ref()).await?;
        let VerifiedList { signed, release, digest, signed_by } = list;
        let expected = Expected {
            suite: (!is_flat(&request.suite)).then_some(request.suite.as_str()),
            architecture: request.architecture,
            now: self.now,
            seen: seen.as_ref().map(|seen| seen.date).max(request.locked),
        };
        release.check(expected).map_err(|cause| Cause::Refused { file: signed.file.to_owned(), cause })?;
        if seen.is_none_or(|seen| seen.digest != digest) {
            self.cache.keep(&signed.bytes);
            let signature = signed.signature.as_ref().map(|signature| self.cache.keep(signature));
            self.cache.keep_last(&key, &Seen { date: release.date, digest, signature });
        }
        let components: Vec<Option<&str>> = match is_flat(&request.suite) {
            true => vec![None],
            false => request.components.iter().map(|component| Some(component.as_str())).collect(),
        };
        let indexes = components.into_iter().map(|component| self.index(request, &release, component));
        let indexes = try_join_all(indexes).await?;
        Ok(Suite { release, digest, signed_by, indexes })
    }

    /// The list of a suite, signed by a key of the repository. Neither time nor suite are checked.
    async fn verified(&self, request: &SuiteRequest, seen: Option<&Seen>) -> Result<VerifiedList, Cause> {
        let key = (request.url.to_string(), request.suite.clone(), fingerprints(&request.keys));
        if let Some(known) = lock(&self.lists.0).get(&key) {
            return Ok(known.clone());
        }
        let list = self.list(request, seen).await?;
        let file = list.file.to_owned();
        let signed = match &list.signature {
            None => verify(&list.bytes, &request.keys, self.now),
            Some(signature) => verify_detached(&list.bytes, signature, &request.keys, self.now),
        };
        let signed = signed.map_err(|cause| Cause::Signature { file: file.clone(), cause })?;
        let release = Release::read(&signed.text).map_err(|cause| Cause::List { file, cause })?;
        let mut signed_by: Vec<String> =
            signed.signatures.into_iter().map(|signature| signature.certificate).collect();
        signed_by.sort();
        signed_by.dedup();
        let digest = Digest::of(&list.bytes);
        let verified = VerifiedList { signed: list, release, digest, signed_by };
        lock(&self.lists.0).insert(key, verified.clone());
        Ok(verified)
    }

    /// The list of a suite. Without network, the last one that was seen.
    async fn list(&self, request: &SuiteRequest, seen: Option<&Seen>) -> Result<SignedList, Cause> {
        let directory = directory(&request.suite);
        let whole = self.get(request, &format!("{directory}InRelease"), RELEASE_FILE).await;
        match whole {
            Ok(Some(bytes)) => return Ok(SignedList { file: "InRelease", bytes, signature: None }),
            Ok(None) => {}
            Err(Cause::Fetch(FetchError::Offline { .. })) => {
                return self.seen_list(seen).ok_or_else(|| offline(request));
            }
            Err(cause) => return Err(cause),
        }
        let bytes = self.get(request, &format!("{directory}Release"), RELEASE_FILE).await?;
        let bytes = bytes.ok_or_else(|| Cause::Absent(format!("{directory}InRelease")))?;
        let signature = self.get(request, &format!("{directory}Release.gpg"), RELEASE_FILE).await?;
        let signature = signature.ok_or_else(|| Cause::Absent(format!("{directory}Release.gpg")))?;
        Ok(SignedList { file: "Release", bytes, signature: Some(signature) })
    }

    fn seen_list(&self, seen: Option<&Seen>) -> Option<SignedList> {
        let seen = seen?;
        let bytes = self.cache.content(&seen.digest)?;
        match &seen.signature {
            None => Some(SignedList { file: "InRelease", bytes, signature: None }),
            Some(signature) => {
                let signature = Some(self.cache.content(signature)?);
                Some(SignedList { file: "Release", bytes, signature })
            }
        }
    }

    /// The index of a component, from the cache or the repository.
    async fn index(
        &self,
        request: &SuiteRequest,
        release: &Release,
        component: Option<&str>,
    ) -> Result<SuiteIndex, Cause> {
        let architecture = request.architecture;
        let stem = match component {
            None => "Packages".to_owned(),
            Some(component) => format!("{component}/binary-{architecture}/Packages"),
        };
        let listed = Packing::ALL.into_iter().find_map(|packing| {
            let name = format!("{stem}{}", packing.suffix());
            release.file(&name).map(|file| (packing, name, file.clone()))
        });
        let Some((packing, name, file)) = listed else {
            let component = component.unwrap_or_default().to_owned();
            return Err(Cause::NoComponent { component, architecture: architecture.to_owned() });
        };
        let directory = directory(&request.suite);
        let path = format!("{directory}{name}");
        let found = |index: Index| SuiteIndex {
            component: component.map(str::to_owned),
            path: path.clone(),
            file: file.clone(),
            index: Arc::new(index),
        };
        let key = format!("packages/index\0{FORMAT}\0{architecture}\0{}", file.digest);
        if let Some((digest, _)) = self.cache.last::<Digest>(&key)
            && let Some(bytes) = self.cache.content(&digest)
            && let Ok(index) = Index::open(bytes.into())
            && index.architecture() == architecture
        {
            return Ok(found(index));
        }
        let packed = self.packed(request, release, &path, &name, &file).await?;
        let text = packing.unpack(&packed).map_err(|cause| Cause::Unpack { file: name.clone(), cause })?;
        drop(packed);
        let index = Index::read(&text, architecture, Contents::Repository)
            .map_err(|cause| Cause::Index { file: name.clone(), cause })?;
        let digest = self.cache.keep(index.as_bytes());
        self.cache.keep_last(&key, &digest);
        Ok(found(index))
    }

    /// The file of an index, compared with the list.
    async fn packed(
        &self,
        request: &SuiteRequest,
        release: &Release,
        path: &str,
        name: &str,
        file: &ReleaseFile,
    ) -> Result<Bytes, Cause> {
        let mut last = None;
        // By its hash, the file is the right one even while the mirror is updated.
        let by_hash = path.rsplit_once('/').map(|(parent, _)| parent).unwrap_or_default();
        let separator = if by_hash.is_empty() { "" } else { "/" };
        let by_hash = format!("{by_hash}{separator}by-hash/SHA256/{}", file.digest.hex());
        let paths = release.by_hash.then_some(by_hash.as_str()).into_iter().chain([path]);
        for path in paths {
            let Some(bytes) = self.get(request, path, PACKED_INDEX).await? else { continue };
            if bytes.len() as u64 == file.size && file.digest.matches(&bytes) {
                return Ok(bytes);
            }
            last = Some(Cause::Changed {
                file: name.to_owned(),
                found: format!("{} bytes with `{}`", bytes.len(), Digest::of(&bytes)),
                expected: format!("{} bytes with `{}`", file.size, file.digest),
            });
        }
        Err(last.unwrap_or_else(|| Cause::Absent(path.to_owned())))
    }

    async fn get(&self, request: &SuiteRequest, path: &str, bound: u64) -> Result<Option<Bytes>, Cause> {
        Ok(self.fetch.fetch(&address(&request.url, path)?, bound).await?)
    }
}

/// The directory of a suite, relative to the address of its repository.
fn directory(suite: &str) -> String {
    match suite.strip_suffix('/') {
        None => format!("dists/{suite}/"),
        Some("" | ".") => String::new(),
        Some(path) => format!("{}/", path.trim_start_matches('/')),
    }
}

fn is_flat(suite: &str) -> bool {
    suite.ends_with('/')
}

/// The address of a file of a repository.
pub(super) fn address(repository: &Url, path: &str) -> Result<Url, Cause> {
    let mut url = repository.clone();
    let wrong = || Cause::Address(format!("{repository}{path}"));
    {
        let mut segments = url.path_segments_mut().map_err(|()| wrong())?;
        segments.pop_if_empty().extend(path.split('/'));
    }
    url.set_query(None);
    Ok(url)
}

fn offline(request: &SuiteRequest) -> Cause {
    Cause::Fetch(FetchError::Offline { url: request.url.to_string() })
}
