//! The repositories of a plan, read with their keys, and the choice of packages among them.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use futures_util::future::try_join_all;
use jiff::Timestamp;

use super::alpine::{self, AlpineIndex};
use super::debian::{Suite, SuiteIndex, SuiteRequest, Suites, VerifiedLists};
use super::error::{Cause, RepositoryError};
use super::fetch::{Fetch, FetchError};
use super::keys::{ALPINE_KEYS, DebianRelease};
use super::limits::KEY_FILE;
use super::mirror::DebianMirror;
use crate::builder::definition::{DebRepository, RepositoryLine, TargetPlatform, WebUrl};
use crate::builder::lock::{Key, Lock};
use crate::builder::package_plan::{Distribution, ImpliedSuite, PackagePlan, PlannedRepository};
use crate::builder::packages::apk;
use crate::builder::packages::apk::signature::Keys;
use crate::builder::packages::deb::{Rank, Source, Universe};
use crate::builder::packages::openpgp::Keyring;
use crate::builder::packages::{Selection, Unsolved, deb};
use crate::oci::Digest;
use crate::registry::Cache;
use crate::registry::urls::Url;

/// Reads files with keys.
pub struct KeyFiles<'a> {
    /// How files arrive.
    pub fetch: &'a dyn Fetch,
    /// Files that were read before, for work without network.
    pub cache: &'a Cache,
}

impl KeyFiles<'_> {
    /// The file at an address. Without network, the last one that was read.
    ///
    /// # Errors
    ///
    /// [`RepositoryError`]
    pub async fn read(&self, url: &WebUrl) -> Result<Bytes, RepositoryError> {
        let wrong = |cause: Cause| cause.of("the keys of repositories");
        let key = format!("packages/keys\0{url}");
        let address: Url =
            url.as_str().parse().map_err(|_| wrong(Cause::Address(url.as_str().to_owned())))?;
        match self.fetch.fetch(&address, KEY_FILE).await {
            Ok(Some(bytes)) => {
                let digest = self.cache.keep(&bytes);
                self.cache.keep_last(&key, &digest);
                Ok(bytes)
            }
            Ok(None) => Err(wrong(Cause::Absent(url.as_str().to_owned()))),
            Err(offline @ FetchError::Offline { .. }) => {
                let seen =
                    self.cache.last::<Digest>(&key).and_then(|(digest, _)| self.cache.content(&digest));
                seen.ok_or_else(|| wrong(offline.into()))
            }
            Err(error) => Err(wrong(error.into())),
        }
    }
}

/// Reads repositories.
pub struct Repositories<'a> {
    /// How files arrive.
    pub fetch: &'a dyn Fetch,
    /// Lists and indexes that were read before.
    pub cache: &'a Cache,
    /// The time.
    pub now: Timestamp,
    /// The lists that were verified for other platforms.
    pub lists: &'a VerifiedLists,
}

/// What is read.
#[derive(Clone, Copy, Debug)]
pub struct RepositoryRequest<'a> {
    /// The plan.
    pub plan: &'a PackagePlan,
    /// The files with keys.
    pub keys: &'a [(&'a WebUrl, &'a Key)],
    /// Where implied suites are.
    pub mirror: Option<&'a DebianMirror>,
    /// The release of Debian, if its keys are known.
    pub release: Option<DebianRelease>,
    /// The last lock, whose lists no older one may follow.
    pub last: Option<&'a Lock>,
}

/// The indexes of a plan.
#[derive(Debug)]
pub struct Loaded {
    /// One for each index, in the order that decides between them.
    pub entries: Vec<LoadedRepository>,
    architecture: &'static str,
}

/// An index of a repository, verified.
#[derive(Debug)]
pub enum LoadedRepository {
    /// The index of a component of a suite.
    Debian {
        /// The line of the definition, or what stands for an implied suite.
        line: String,
        /// The suite.
        suite: Box<Suite>,
        /// The index.
        index: Box<SuiteIndex>,
    },
    /// The index of a repository of Alpine.
    Alpine {
        /// The line of the definition.
        line: String,
        /// The index.
        index: AlpineIndex,
    },
}

impl LoadedRepository {
    /// The repository, as it is shown.
    pub fn shown(&self) -> String {
        match self {
            Self::Debian { line, .. } | Self::Alpine { line, .. } => line.clone(),
        }
    }
}

/// Why packages cannot be chosen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectError {
    /// Among packages of Debian.
    #[error("{0}")]
    Debian(#[from] Unsolved),
    /// Among packages of Alpine.
    #[error("{0}")]
    Alpine(#[from] apk::resolve::Unsolved),
}

impl Repositories<'_> {
    /// Reads the repositories of a plan, side by side.
    ///
    /// # Errors
    ///
    /// The first [`RepositoryError`].
    pub async fn load(&self, request: RepositoryRequest<'_>) -> Result<Loaded, RepositoryError> {
        let read = request.plan.repositories.iter().map(|repository| self.repository(repository, request));
        let entries = try_join_all(read).await?.into_iter().flatten().collect();
        let is_alpine = matches!(request.plan.distribution, Distribution::Alpine(_));
        Ok(Loaded { entries, architecture: architecture(request.plan.platform, is_alpine) })
    }

    async fn repository(
        &self,
        repository: &PlannedRepository,
        request: RepositoryRequest<'_>,
    ) -> Result<Vec<LoadedRepository>, RepositoryError> {
        match repository {
            PlannedRepository::Listed(RepositoryLine::Apk(url)) => self.alpine(url, request).await,
            PlannedRepository::Listed(line @ RepositoryLine::Deb(listed)) => {
                self.listed(&line.to_string(), listed, request).await
            }
            PlannedRepository::Implied(suite) => self.implied(*suite, request).await,
        }
    }

    async fn listed(
        &self,
        line: &str,
        listed: &DebRepository,
        request: RepositoryRequest<'_>,
    ) -> Result<Vec<LoadedRepository>, RepositoryError> {
        let wrong = |cause: Cause| cause.of(&format!("`{line}`"));
        let keys = match listed.signed_by.is_empty() {
            true => debian_keys(request).map_err(wrong)?,
            false => {
                let mut keys = Keyring::default();
                for (url, key) in request.keys {
                    keys.merge(
                        Keyring::read(&key.bytes)
                            .map_err(|cause| wrong(Cause::Keys { url: url.as_str().to_owned(), cause }))?,
                    );
                }
                if keys.certificates().is_empty() {
                    return Err(wrong(Cause::NoKeys));
                }
                keys
            }
        };
        let url = listed.url.as_str();
        let url: Url = url.parse().map_err(|_| wrong(Cause::Address(url.to_owned())))?;
        let suite = SuiteRequest {
            name: format!("`{line}`"),
            url,
            suite: listed.suite.clone(),
            components: listed.components.clone(),
            keys,
            architecture: request.plan.platform.architecture(),
            locked: locked(request, line),
        };
        self.suite(line, suite).await
    }

    async fn implied(
        &self,
        implied: ImpliedSuite,
        request: RepositoryRequest<'_>,
    ) -> Result<Vec<LoadedRepository>, RepositoryError> {
        let version = match &request.plan.distribution {
            Distribution::Debian(version) | Distribution::Alpine(version) => version,
        };
        let wrong = |cause: Cause| cause.of("the repositories of Debian");
        let release = request.release.ok_or_else(|| wrong(Cause::UnknownRelease(version.clone())))?;
        let mirror = request.mirror.ok_or_else(|| wrong(Cause::UnknownRelease(version.clone())))?;
        let name = implied.name(release.codename());
        let line = format!("debian {name} {COMPONENT}");
        let suite = SuiteRequest {
            name: format!("`{name}` of Debian"),
            url: match implied {
                ImpliedSuite::Main | ImpliedSuite::Updates => mirror.archive.clone(),
                ImpliedSuite::Security => mirror.security.clone(),
            },
            suite: name,
            components: vec![COMPONENT.to_owned()],
            keys: debian_keys(request).map_err(wrong)?,
            architecture: request.plan.platform.architecture(),
            locked: locked(request, &line),
        };
        self.suite(&line, suite).await
    }

    async fn suite(
        &self,
        line: &str,
        request: SuiteRequest,
    ) -> Result<Vec<LoadedRepository>, RepositoryError> {
        let suites = Suites { fetch: self.fetch, cache: self.cache, now: self.now, lists: self.lists };
        let mut suite = suites.read(&request).await?;
        let indexes = std::mem::take(&mut suite.indexes);
        let entry = |index| LoadedRepository::Debian {
            line: line.to_owned(),
            suite: Box::new(suite.clone()),
            index: Box::new(index),
        };
        Ok(indexes.into_iter().map(entry).collect())
    }

    async fn alpine(
        &self,
        url: &WebUrl,
        request: RepositoryRequest<'_>,
    ) -> Result<Vec<LoadedRepository>, RepositoryError> {
        let line = url.to_string();
        let wrong = |cause: Cause| cause.of(&format!("`{line}`"));
        let mut keys = Keys::default();
        for (name, file) in ALPINE_KEYS {
            let key =
                apk::signature::Key::parse(name, file).map_err(|error| wrong(Cause::AlpineKey(error)))?;
            keys.add(key).map_err(|error| wrong(Cause::AlpineKey(error)))?;
        }
        for (url, key) in request.keys {
            let key = apk::signature::Key::parse(url.file_name(), &key.bytes)
                .map_err(|error| wrong(Cause::AlpineKey(error)))?;
            keys.add(key).map_err(|error| wrong(Cause::AlpineKey(error)))?;
        }
        let address: Url = line.parse().map_err(|_| wrong(Cause::Address(line.clone())))?;
        let architecture = architecture(request.plan.platform, true);
        let name = format!("`{line}`");
        let index = alpine::read(self.fetch, self.cache, &name, &address, architecture, &keys).await?;
        Ok(vec![LoadedRepository::Alpine { line, index }])
    }
}

/// The component that is implied.
const COMPONENT: &str = "main";

/// The architecture in the words of the distribution.
fn architecture(platform: TargetPlatform, is_alpine: bool) -> &'static str {
    match (platform, is_alpine) {
        (_, false) => platform.architecture(),
        (TargetPlatform::LinuxAmd64, true) => "x86_64",
        (TargetPlatform::LinuxArm64, true) => "aarch64",
    }
}

fn debian_keys(request: RepositoryRequest<'_>) -> Result<Keyring, Cause> {
    let version = match &request.plan.distribution {
        Distribution::Debian(version) | Distribution::Alpine(version) => version,
    };
    let release = request.release.ok_or_else(|| Cause::UnknownRelease(version.clone()))?;
    release.keys().map_err(|cause| Cause::Keys { url: format!("Debian {version}"), cause })
}

/// The newest date that the last lock has of a repository.
fn locked(request: RepositoryRequest<'_>, line: &str) -> Option<Timestamp> {
    let platforms = request.last.into_iter().flat_map(|last| &last.platforms);
    let repositories = platforms.flat_map(|platform| &platform.repositories);
    let of_line = repositories.filter(|repository| repository.line == line);
    of_line.filter_map(|repository| repository.suite.as_ref()).map(|suite| suite.date).max()
}

impl Loaded {
    /// Chooses packages.
    ///
    /// # Errors
    ///
    /// [`SelectError`]
    pub fn select(
        &self,
        plan: &PackagePlan,
        release: Option<DebianRelease>,
        held: &BTreeMap<String, String>,
    ) -> Result<Selection, SelectError> {
        let mut sources = Vec::new();
        let mut alpine = Vec::new();
        for (repository, entry) in self.entries.iter().enumerate() {
            match entry {
                LoadedRepository::Debian { suite, index, .. } => {
                    let rank = match (suite.release.not_automatic, suite.release.automatic_upgrades) {
                        (false, _) => Rank::Automatic,
                        (true, true) => Rank::AutomaticUpgrades,
                        (true, false) => Rank::NotAutomatic,
                    };
                    sources.push(Source { index: &index.index, repository, rank });
                }
                LoadedRepository::Alpine { index, .. } => alpine.push(index),
            }
        }
        match plan.distribution {
            Distribution::Debian(_) => {
                let provided = release.map_or(&[][..], DebianRelease::provided);
                let universe = Universe { sources: &sources, installed: None, provided, held };
                Ok(deb::resolve(universe, &plan.requests)?)
            }
            Distribution::Alpine(_) => {
                let held = self.select_alpine(plan, &alpine, held);
                // Versions that are held can exclude what the definition wants now.
                held.or_else(|_| self.select_alpine(plan, &alpine, &BTreeMap::new()))
            }
        }
    }

    fn select_alpine(
        &self,
        plan: &PackagePlan,
        indexes: &[&AlpineIndex],
        held: &BTreeMap<String, String>,
    ) -> Result<Selection, SelectError> {
        let read = indexes.iter().map(|index| apk::index::Index::parse(&index.text, self.architecture));
        // The texts were read once, when they were verified.
        let mut indexes: Vec<apk::index::Index<'_>> = read.map(Result::unwrap_or_default).collect();
        // A name with its held version has no other one.
        let there: BTreeSet<(&str, &str)> = indexes
            .iter()
            .flat_map(|index| &index.packages)
            .filter(|package| held.get(package.name).is_some_and(|version| version == package.version))
            .map(|package| (package.name, package.version))
            .collect();
        let is_held = |name: &str| held.get(name).is_some_and(|version| there.contains(&(name, version)));
        for index in &mut indexes {
            index
                .packages
                .retain(|package| !is_held(package.name) || there.contains(&(package.name, package.version)));
        }
        let repositories: Vec<_> =
            indexes.iter().map(|index| apk::resolve::Repository { index, tag: None }).collect();
        let world = apk::resolve::World::from_requests(&plan.requests).map_err(Unsolved::Failures)?;
        let input = apk::resolve::Input {
            architecture: self.architecture,
            repositories: &repositories,
            installed: &[],
            world: &world,
        };
        Ok(apk::resolve::resolve(&input)?.selection)
    }
}
