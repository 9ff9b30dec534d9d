//! Makes the lock of a definition: repositories are read, packages chosen, files and images pinned.
//!
//! Invariant: a lock is made of proven facts alone. Packages come from indexes that a signature covers, and a key whose
//! bytes differ from those of the last lock ends the work unless an update was asked for.

mod agreement;
mod convert;
mod error;
mod explain;
mod files;
mod inputs;
mod pin_error;
mod request;

use std::collections::BTreeMap;

pub use agreement::contradiction;
pub use convert::oci_platform;
pub use error::LockingError;
use futures_util::future::try_join_all;
pub use inputs::inputs_digest;
pub use pin_error::PinError;
pub use request::{LockRequest, Locking, PinArtifact, Update};

use super::definition::{Definition, TargetPlatform, WebUrl};
use super::lock::{Key, Lock, PlatformLock, Substitution};
use super::package_plan::{Distribution, PackagePlan, PlanError, PlannedRepository};
use super::repositories::{
    DebianMirror, DebianRelease, KeyFiles, LoadedRepository, Repositories, RepositoryRequest, VerifiedLists,
};
use super::substitution::Substitutions;

impl Locking<'_> {
    /// Makes the lock.
    ///
    /// # Errors
    ///
    /// [`LockingError`]
    pub async fn lock(&self, request: LockRequest<'_>) -> Result<Lock, LockingError> {
        let mut plans = Vec::new();
        for (platform, definition) in request.definitions {
            plans.push(PackagePlan::of(definition, *platform, request.substitutions)?);
        }
        let keys = self.keys(&plans, request).await?;
        let lists = VerifiedLists::default();
        let mut platforms = Vec::new();
        for plan in &plans {
            platforms.push(self.platform(plan, &keys, request, &lists).await?);
        }
        platforms.sort_by(|one, other| one.platform.cmp(&other.platform));
        let files = self.files(request.definitions, request).await?;
        let artifacts = self.artifacts(request.definitions).await?;
        Ok(Lock {
            definition: inputs_digest(request.definitions),
            substitutions: substitutions_of(request.definitions, request.substitutions)?,
            keys: keys.into_iter().map(|(_, key)| key).collect(),
            artifacts,
            files,
            platforms,
        })
    }

    /// The files with keys, each fetched once, or taken from the last lock.
    async fn keys(
        &self,
        plans: &[PackagePlan],
        request: LockRequest<'_>,
    ) -> Result<Vec<(WebUrl, Key)>, LockingError> {
        let mut urls: Vec<&WebUrl> = Vec::new();
        for url in plans.iter().flat_map(|plan| &plan.keys) {
            if !urls.contains(&url) {
                urls.push(url);
            }
        }
        urls.sort_by_key(|url| url.as_str());
        let files = KeyFiles { fetch: self.fetch, cache: self.cache };
        let fetched = urls.into_iter().map(|url| async {
            let bytes = files.read(url).await?;
            let key = convert::key(url, &bytes)
                .map_err(|cause| LockingError::Keys { url: url.to_string(), cause })?;
            let locked = request.last.and_then(|last| last.key(url.as_str()));
            match locked.filter(|locked| locked.digest != key.digest && request.update != Update::All) {
                Some(locked) => Err(LockingError::KeyChanged {
                    url: url.to_string(),
                    from: locked.fingerprints.clone(),
                    to: key.fingerprints.clone(),
                }),
                None => Ok((url.clone(), key)),
            }
        });
        try_join_all(fetched).await
    }

    async fn platform(
        &self,
        plan: &PackagePlan,
        keys: &[(WebUrl, Key)],
        request: LockRequest<'_>,
        lists: &VerifiedLists,
    ) -> Result<PlatformLock, LockingError> {
        let wrong = |error| LockingError::of_platform(plan.platform, error);
        let release = match &plan.distribution {
            Distribution::Debian(version) => DebianRelease::of_version(version),
            Distribution::Alpine(_) => None,
        };
        let keys: Vec<(&WebUrl, &Key)> =
            keys.iter().filter(|(url, _)| plan.keys.contains(url)).map(|(url, key)| (url, key)).collect();
        let needs_mirror =
            plan.repositories.iter().any(|repository| matches!(repository, PlannedRepository::Implied(_)));
        let mirror = match needs_mirror {
            true => Some(DebianMirror::of_machine(self.variable, self.apt)?),
            false => None,
        };
        let repositories = Repositories { fetch: self.fetch, cache: self.cache, now: self.now, lists };
        let loaded = repositories
            .load(RepositoryRequest {
                plan,
                keys: &keys,
                mirror: mirror.as_ref(),
                release,
                last: request.last,
            })
            .await?;
        let held = held(request, plan.platform);
        let selection = loaded.select(plan, release, &held).map_err(|error| {
            let names: Vec<String> = loaded.entries.iter().map(LoadedRepository::shown).collect();
            wrong((error, names))
        })?;
        Ok(convert::platform(plan, &loaded, &selection))
    }
}

/// The substitutions that a lock of these definitions names.
///
/// # Errors
///
/// [`PlanError`]
pub fn substitutions_of(
    definitions: &[(TargetPlatform, Definition)],
    substitutions: &Substitutions,
) -> Result<Vec<Substitution>, PlanError> {
    let mut all = Vec::new();
    for (platform, definition) in definitions {
        let plan = PackagePlan::of(definition, *platform, substitutions)?;
        all.extend(plan.substituted.iter().map(convert::substitution));
    }
    all.sort();
    all.dedup();
    Ok(all)
}

/// The versions that packages keep.
fn held(request: LockRequest<'_>, platform: TargetPlatform) -> BTreeMap<String, String> {
    let last = request.last.and_then(|last| last.platform(&oci_platform(platform)));
    let packages = last.into_iter().flat_map(|last| &last.packages);
    let is_held = |name: &str| match request.update {
        Update::Nothing => true,
        Update::Package(updated) => updated != name,
        Update::All => false,
    };
    packages
        .filter(|package| is_held(&package.name))
        .map(|package| (package.name.clone(), package.version.clone()))
        .collect()
}
