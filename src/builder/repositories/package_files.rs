//! Package files: taken from the cache or fetched side by side, hashed while they arrive.
//!
//! Invariant: a package file is given out only if its size and its hash are those that the lock has from a signed index,
//! and an Alpine package only if its parts hash to the identity in the index.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};

use futures_util::StreamExt as _;
use futures_util::stream;

use super::debian::address;
use super::fetch::{Fetch, FetchError};
use super::limits::{PACKAGE_FILE, PARALLEL_DOWNLOADS};
use super::mirror::DebianMirror;
use crate::builder::definition::RepositoryLine;
use crate::builder::lock::{Identity, Package, Repository, RepositoryKind};
use crate::builder::packages::apk::pkginfo;
use crate::diagnostic::{Code, Diagnostic, IoCause, Remedy, ToDiagnostic};
use crate::limits::Exceeded;
use crate::oci::Digest;
use crate::registry::urls::Url;
use crate::registry::{Cache, Sink};

/// Fetches package files.
pub struct PackageFiles<'a> {
    /// How files arrive.
    pub fetch: &'a dyn Fetch,
    /// Files that were fetched before.
    pub cache: &'a Cache,
    /// Where Debian's own repositories are. Needed if the lock has packages of these.
    pub mirror: Option<&'a DebianMirror>,
    /// Hears what arrives.
    pub observer: &'a dyn Observe,
}

/// Hears of package files that arrive.
pub trait Observe: Send + Sync {
    /// A file is there: its bytes, and whether they were fetched.
    fn arrived(&self, bytes: u64, is_fetched: bool);
}

/// A package file. It is the one that the lock names.
#[derive(Debug)]
pub struct PackageFile {
    /// The file, at its beginning.
    pub file: File,
    /// SHA-256 of all of its bytes.
    pub digest: Digest,
    /// The address of its repository, without login.
    pub url: String,
}

/// Why a package file is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{package}`: {cause}")]
pub struct PackageFileError {
    /// The package, with its version.
    pub package: String,
    /// The cause.
    pub cause: PackageFileFault,
}

/// What is wrong with a package file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackageFileFault {
    /// It did not arrive.
    #[error("{0}")]
    Fetch(#[from] FetchError),
    /// The host says that it does not exist.
    #[error("its repository no longer has `{0}`")]
    Gone(String),
    /// Its repository is not known: a lock that names none, or no mirror.
    #[error("the address of its repository `{0}` is not known")]
    NoRepository(String),
    /// It is not the one in the lock.
    #[error("`{url}` is not the file in the lock: its {what} is {found}, not {expected}")]
    Changed {
        /// The address.
        url: String,
        /// What differs.
        what: &'static str,
        /// What arrived.
        found: String,
        /// What the lock has.
        expected: String,
    },
    /// The file of an Alpine package is damaged, or is another one.
    #[error("`{url}`: {cause}")]
    Apk {
        /// The address.
        url: String,
        /// The cause.
        cause: Box<pkginfo::Error>,
    },
    /// The lock names a size beyond that of real packages.
    #[error(transparent)]
    Limit(#[from] Exceeded),
    /// There is no place for it.
    #[error("it cannot be kept: {0}")]
    Storage(String),
}

impl PackageFiles<'_> {
    /// The files of the packages, in their order. The largest are fetched first.
    ///
    /// # Errors
    ///
    /// The first [`PackageFileError`].
    pub async fn all(
        &self,
        repositories: &[Repository],
        packages: &[Package],
    ) -> Result<Vec<PackageFile>, PackageFileError> {
        let mut order: Vec<(usize, &Package)> = packages.iter().enumerate().collect();
        order.sort_by_key(|(at, package)| (std::cmp::Reverse(package.size), *at));
        let mut fetched = stream::iter(order)
            .map(|(at, package)| async move { (at, self.one(repositories, package).await) })
            .buffer_unordered(PARALLEL_DOWNLOADS);
        let mut files: Vec<(usize, PackageFile)> = Vec::with_capacity(packages.len());
        while let Some((at, file)) = fetched.next().await {
            files.push((at, file?));
        }
        files.sort_by_key(|(at, _)| *at);
        Ok(files.into_iter().map(|(_, file)| file).collect())
    }

    async fn one(
        &self,
        repositories: &[Repository],
        package: &Package,
    ) -> Result<PackageFile, PackageFileError> {
        self.get(repositories, package).await.map_err(|cause| PackageFileError {
            package: format!("{} {}", package.name, package.version),
            cause,
        })
    }

    async fn get(
        &self,
        repositories: &[Repository],
        package: &Package,
    ) -> Result<PackageFile, PackageFileFault> {
        let base = match repositories.get(package.repository) {
            Some(repository) => self.base(repository)?,
            None => return Err(PackageFileFault::NoRepository(package.repository.to_string())),
        };
        if package.size > PACKAGE_FILE {
            return Err(Exceeded::new("size of the package file in the lock", PACKAGE_FILE, "bytes").into());
        }
        let url = address(&base, &package.path)
            .map_err(|_| PackageFileFault::NoRepository(format!("{base}/{}", package.path)))?;
        // A package of Alpine is known by the hash of a part of it, so the hash of the file is looked up.
        let key = format!("packages/file\0{url}\0{}", identity_text(&package.identity));
        let expected = match &package.identity {
            Identity::Deb(digest) | Identity::Apk { digest: Some(digest), .. } => Some(*digest),
            Identity::Apk { digest: None, .. } => self.cache.last::<Digest>(&key).map(|(digest, _)| digest),
        };
        let file = |file: File, digest: Digest| PackageFile { file, digest, url: url.to_string() };
        if let Some(digest) = expected
            && let Some(mut kept) = self.cache.file(&digest)
            && check(&mut kept, package, &url).is_ok()
        {
            self.observer.arrived(package.size, false);
            return Ok(file(kept, digest));
        }
        let storage = |error: std::io::Error| PackageFileFault::Storage(IoCause(&error).to_string());
        let mut incoming = self.cache.incoming().map_err(storage)?;
        let changed = |what, found: String, expected: String| PackageFileFault::Changed {
            url: url.to_string(),
            what,
            found,
            expected,
        };
        match self.fetch.download(&url, package.size, &mut incoming).await {
            Ok(true) => {}
            Ok(false) => return Err(PackageFileFault::Gone(package.path.clone())),
            Err(FetchError::Limit { .. }) => {
                let found = format!("more than {} bytes", package.size);
                return Err(changed("size", found, format!("{} bytes", package.size)));
            }
            Err(error) => return Err(error.into()),
        }
        if incoming.length() != package.size {
            return Err(changed(
                "size",
                format!("{} bytes", incoming.length()),
                format!("{} bytes", package.size),
            ));
        }
        let (mut arrived, digest) = match &package.identity {
            Identity::Deb(expected) | Identity::Apk { digest: Some(expected), .. } => {
                match incoming.finish_as(expected).map_err(storage)? {
                    Ok(arrived) => (arrived, *expected),
                    Err(found) => return Err(changed("SHA-256", found.hex(), expected.hex())),
                }
            }
            Identity::Apk { digest: None, .. } => {
                let (digest, arrived) = incoming.finish().map_err(storage)?;
                (arrived, digest)
            }
        };
        check(&mut arrived, package, &url)?;
        if matches!(package.identity, Identity::Apk { .. }) {
            self.cache.keep_last(&key, &digest);
        }
        self.observer.arrived(package.size, true);
        Ok(file(arrived, digest))
    }

    /// The address of a repository.
    fn base(&self, repository: &Repository) -> Result<Url, PackageFileFault> {
        let unknown = || PackageFileFault::NoRepository(repository.line.clone());
        let implied = repository.line.strip_prefix("debian ");
        if let (RepositoryKind::Deb, Some(implied)) = (repository.kind, implied) {
            let mirror = self.mirror.ok_or_else(unknown)?;
            let suite = implied.split(' ').next().unwrap_or_default();
            let is_security = suite.ends_with("-security");
            return Ok(if is_security { mirror.security.clone() } else { mirror.archive.clone() });
        }
        let line: RepositoryLine = repository.line.parse().map_err(|_| unknown())?;
        line.url().as_str().parse().map_err(|_| unknown())
    }
}

/// Checks what the hash of the file does not prove: that an Alpine package is the one in the index.
fn check(file: &mut File, package: &Package, url: &Url) -> Result<(), PackageFileFault> {
    let Identity::Apk { checksum, .. } = &package.identity else { return Ok(()) };
    let storage = |error: std::io::Error| PackageFileFault::Storage(IoCause(&error).to_string());
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(storage)?;
    file.seek(SeekFrom::Start(0)).map_err(storage)?;
    let listed = pkginfo::Listed {
        size: package.size,
        identity: checksum.0,
        name: &package.name,
        version: &package.version,
        architecture: &package.architecture,
    };
    pkginfo::check(&bytes, &listed)
        .map(|_| ())
        .map_err(|cause| PackageFileFault::Apk { url: url.to_string(), cause: Box::new(cause) })
}

fn identity_text(identity: &Identity) -> String {
    match identity {
        Identity::Deb(digest) => digest.to_string(),
        Identity::Apk { checksum, .. } => checksum.to_string(),
    }
}

impl ToDiagnostic for PackageFileError {
    fn to_diagnostic(&self) -> Diagnostic {
        let of = |code| Diagnostic::new(code, self.to_string());
        match &self.cause {
            PackageFileFault::Fetch(FetchError::Denied { host, .. }) => {
                of(Code::PACKAGES_DENIED).remedy(Remedy::LogInToRepository { host: host.clone() })
            }
            PackageFileFault::Fetch(FetchError::Offline { .. }) => {
                of(Code::PACKAGES_REPOSITORY).remedy(Remedy::FetchIndexesFirst)
            }
            PackageFileFault::Fetch(FetchError::Limit { .. }) | PackageFileFault::Limit(_) => {
                of(Code::LIMITS_EXCEEDED)
            }
            PackageFileFault::Fetch(_) | PackageFileFault::NoRepository(_) | PackageFileFault::Storage(_) => {
                of(Code::PACKAGES_REPOSITORY)
            }
            PackageFileFault::Gone(_) => of(Code::PACKAGES_REPOSITORY).remedy(Remedy::UpdateLock),
            PackageFileFault::Changed { .. } | PackageFileFault::Apk { .. } => of(Code::PACKAGES_UNTRUSTED),
        }
    }
}
