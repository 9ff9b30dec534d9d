//! Turns what was read and chosen into the values of a lock.

use crate::builder::definition::{TargetPlatform, WebUrl};
use crate::builder::lock::{
    ApkChecksum, Candidate, Choice, Dependency, Excluded, Identity, IndexFile, Key, Package, PlatformLock,
    Reason, Repository, RepositoryKind, Source, Substitution, Suite, Waived,
};
use crate::builder::package_plan::PackagePlan;
use crate::builder::packages::openpgp::{self, Keyring};
use crate::builder::packages::{self, Selection};
use crate::builder::repositories::{Loaded, LoadedRepository, fingerprints};
use crate::builder::substitution::{Applied, AppliedKind};
use crate::oci::{Digest, Platform};

/// The platform in the words of OCI.
pub fn oci_platform(platform: TargetPlatform) -> Platform {
    let architecture = platform.architecture().to_owned();
    Platform { os: "linux".to_owned(), architecture, variant: None }
}

/// A file with keys. Keys of Alpine have no fingerprint: their file name identifies them.
pub(super) fn key(url: &WebUrl, bytes: &[u8]) -> Result<Key, openpgp::Error> {
    let is_alpine = [&b"-----BEGIN PUBLIC KEY-----"[..], b"-----BEGIN RSA PUBLIC KEY-----"];
    let fingerprints = match is_alpine.iter().any(|begin| bytes.starts_with(begin)) {
        true => Vec::new(),
        false => fingerprints(&Keyring::read(bytes)?),
    };
    Ok(Key { url: url.to_string(), digest: Digest::of(bytes), fingerprints, bytes: bytes.to_vec() })
}

/// A substitution that was applied.
pub(super) fn substitution(applied: &Applied) -> Substitution {
    let Applied { kind, from, to } = applied.clone();
    match (kind, to) {
        (AppliedKind::Repository, Some(to)) => Substitution::Repository { from, to },
        (AppliedKind::Repository, None) => Substitution::DroppedRepository { from },
        (AppliedKind::Package, Some(to)) => Substitution::Package { from, to },
        (AppliedKind::Package, None) => Substitution::Dropped { from },
    }
}

/// The packages of a platform.
pub(super) fn platform(plan: &PackagePlan, loaded: &Loaded, selection: &Selection) -> PlatformLock {
    PlatformLock {
        platform: oci_platform(plan.platform),
        repositories: loaded.entries.iter().map(repository).collect(),
        packages: selection.packages.iter().map(package).collect(),
        waived: selection.waived.iter().map(waived).collect(),
        choices: selection.choices.iter().map(choice).collect(),
        warnings: selection.warnings.iter().map(|warning| super::explain::warning(warning, loaded)).collect(),
    }
}

fn repository(entry: &LoadedRepository) -> Repository {
    match entry {
        LoadedRepository::Debian { line, suite, index } => Repository {
            line: line.clone(),
            kind: RepositoryKind::Deb,
            suite: Some(Suite {
                suite: suite.release.suite.clone(),
                codename: suite.release.codename.clone(),
                component: index.component.clone(),
                date: suite.release.date,
                release: suite.digest,
            }),
            index: IndexFile { path: index.path.clone(), digest: index.file.digest, size: index.file.size },
        },
        LoadedRepository::Alpine { line, index } => Repository {
            line: line.clone(),
            kind: RepositoryKind::Apk,
            suite: None,
            index: IndexFile { path: index.path.clone(), digest: index.digest, size: index.size },
        },
    }
}

fn package(selected: &packages::Selected) -> Package {
    let (name, version) = selected.source.clone();
    let is_own = name == selected.name && version == selected.version;
    Package {
        name: selected.name.clone(),
        version: selected.version.clone(),
        architecture: selected.architecture.clone(),
        repository: selected.repository,
        path: selected.path.clone(),
        size: selected.size,
        identity: match selected.identity {
            packages::Identity::File(digest) => Identity::Deb(Digest::Sha256(digest)),
            packages::Identity::Control(checksum) => {
                Identity::Apk { checksum: ApkChecksum(checksum), digest: None }
            }
        },
        source: (!is_own).then_some(Source { name, version }),
        reason: match &selected.reason {
            packages::Reason::Requested { entry } => Reason::Requested(entry.clone()),
            packages::Reason::Needed(needed) | packages::Reason::Outdated { relation: Some(needed) } => {
                Reason::Needed(dependency(needed))
            }
            packages::Reason::Outdated { relation: None } | packages::Reason::Essential => Reason::Implied,
            packages::Reason::Condition { terms, met_by } => {
                Reason::Condition { by: met_by.clone(), terms: terms.clone() }
            }
        },
    }
}

fn dependency(dependency: &packages::Dependency) -> Dependency {
    Dependency {
        by: dependency.package.clone(),
        field: dependency.field.to_owned(),
        relation: dependency.relation.clone(),
    }
}

fn waived(waived: &packages::Waived) -> Waived {
    let excluded = waived.excluded.iter();
    Waived {
        dependency: dependency(&waived.dependency),
        excluded: excluded
            .map(|(name, version)| Excluded { name: name.clone(), version: version.clone() })
            .collect(),
    }
}

fn choice(choice: &packages::Choice) -> Choice {
    let candidates = choice.candidates.iter().map(|candidate| Candidate {
        name: candidate.name.clone(),
        version: candidate.version.clone(),
        priority: candidate.priority.clone(),
    });
    Choice {
        name: choice.name.clone(),
        dependency: choice.dependency.as_ref().map(dependency),
        taken: choice.taken.clone(),
        candidates: candidates.collect(),
    }
}
