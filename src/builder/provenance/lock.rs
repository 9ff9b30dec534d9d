//! What a lock makes a build take from elsewhere.

use super::record::{Error, Material};
use crate::builder::lock::{
    Artifact, FilePin, Identity, Lock, LockedFile, Package, PlatformLock, Repository, RepositoryKind,
};
use crate::builder::sbom::of_image;
use crate::oci::Platform;
use crate::vex::PackageUrl;

/// What stands before the suite in the line of a suite that is implied: its mirror is no part of the lock.
const IMPLIED: &str = "debian ";

/// Everything that `lock` makes the build of `platform` take from elsewhere: keys, signed lists, indexes, packages,
/// artifacts and files.
///
/// What comes from a listed repository has its address there. What comes from Debian's implied suites has a package
/// URL or `urn:dhi:debian:PATH` instead: the mirror is a choice of the machine.
///
/// # Errors
///
/// [`Error::NoDigest`] for a package whose digest is not known, such as one of Alpine that was locked and never fetched;
/// [`Error::NoPackageUrl`] for a name that no package URL can have.
pub fn materials(lock: &Lock, platform: &Platform) -> Result<Vec<Material>, Error> {
    let mut materials: Vec<Material> =
        lock.keys.iter().map(|key| Material::new(&key.url, &key.digest).named("key")).collect();
    if let Some(locked) = lock.platform(platform) {
        for repository in &locked.repositories {
            materials.extend(lists(repository));
        }
        for item in &locked.packages {
            materials.push(package(item, locked)?);
        }
    }
    for material in lock.artifacts.iter().filter_map(|item| artifact(item, platform)) {
        materials.push(material?);
    }
    materials.extend(lock.files.iter().map(file));
    materials.sort_unstable();
    materials.dedup();
    Ok(materials)
}

/// The signed list of a suite, and the index.
fn lists(repository: &Repository) -> impl Iterator<Item = Material> {
    let base = base(repository);
    let index = Material::new(join(&base, &repository.index.path), &repository.index.digest).named("index");
    let release = repository.suite.as_ref().map(|suite| {
        let path = release_directory(repository);
        Material::new(join(&base, &format!("{path}InRelease")), &suite.release).named("release")
    });
    release.into_iter().chain([index])
}

/// The directory of the signed list: what the path of the index begins with, up to the component.
fn release_directory(repository: &Repository) -> &str {
    let path = repository.index.path.as_str();
    let component = repository.suite.as_ref().and_then(|suite| suite.component.as_deref());
    let end = match component {
        Some(component) => path.rfind(&format!("/{component}/binary-")).map(|at| at + 1),
        None => path.rfind('/').map(|at| at + 1),
    };
    end.and_then(|end| path.get(..end)).unwrap_or_default()
}

/// Where paths of a repository begin.
fn base(repository: &Repository) -> String {
    let line = repository.line.as_str();
    if line.starts_with(IMPLIED) {
        return "urn:dhi:debian:".to_owned();
    }
    let address = match repository.kind {
        RepositoryKind::Apk => line,
        RepositoryKind::Deb => {
            let words = line.split_whitespace();
            words.into_iter().find(|word| word.contains("://")).unwrap_or(line)
        }
    };
    format!("{}/", address.trim_end_matches('/'))
}

fn join(base: &str, path: &str) -> String {
    format!("{base}{}", path.trim_start_matches("./").trim_start_matches('/'))
}

fn package(package: &Package, locked: &PlatformLock) -> Result<Material, Error> {
    let without = || Error::NoDigest(format!("{} {}", package.name, package.version));
    let digest = match &package.identity {
        Identity::Deb(digest) => digest,
        Identity::Apk { digest, .. } => digest.as_ref().ok_or_else(without)?,
    };
    let repository = locked.repositories.get(package.repository).ok_or_else(without)?;
    if !repository.line.starts_with(IMPLIED) {
        return Ok(Material::new(join(&base(repository), &package.path), digest));
    }
    let url = PackageUrl::new("deb", Some("debian"), &package.name, Some(&package.version))
        .and_then(|url| url.with_qualifier("arch", &package.architecture));
    let url = url.map_err(|_| Error::NoPackageUrl(package.name.clone()))?;
    Ok(Material::new(url.to_string(), digest))
}

/// The manifest of an image for the platform, under the package URL that BuildKit would write.
fn artifact(artifact: &Artifact, platform: &Platform) -> Option<Result<Material, Error>> {
    let digest = &artifact.digests.iter().find(|digest| digest.platform == *platform)?.digest;
    let url = of_image(&artifact.reference, digest, platform);
    let url = url.ok_or_else(|| Error::NoPackageUrl(artifact.reference.clone()));
    Some(url.map(|url| Material::new(url.to_string(), digest).named("artifact")))
}

fn file(file: &LockedFile) -> Material {
    match &file.pin {
        FilePin::Digest(digest) => Material::new(&file.url, digest),
        FilePin::Commit(commit) => Material::of_commit(&file.url, commit),
    }
}
