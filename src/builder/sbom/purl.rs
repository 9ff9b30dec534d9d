//! Package URLs of the packages of distributions.
//!
//! The qualifiers are those of both worlds, since readers ask for theirs and ignore the others: `arch` and `distro` of
//! the package URL specification and `upstream` as scanners of SBOMs read it, and `os_name`, `os_version` and
//! `os_distro` as Docker writes them (its VEX names the latter).

use super::image::{BuiltPackage, Distribution, Ecosystem};
use crate::oci::{Digest, Platform};
use crate::vex::PackageUrl;

/// The package URL of a package. `None` if its name is empty.
pub(super) fn of_package(package: &BuiltPackage, distribution: Option<&Distribution>) -> Option<PackageUrl> {
    if let Some(given) = &package.package_url {
        return Some(given.clone());
    }
    let (kind, default) = match package.ecosystem {
        Ecosystem::Deb => ("deb", "debian"),
        Ecosystem::Apk => ("apk", "alpine"),
    };
    let namespace = distribution.map_or(default, |distribution| distribution.id.as_str());
    let mut url = PackageUrl::new(kind, Some(namespace), &package.name, Some(&package.version)).ok()?;
    let mut qualifiers = vec![("arch", package.architecture.clone())];
    if let Some(distribution) = distribution {
        qualifiers.push(("os_name", distribution.id.clone()));
        if let Some(version) = &distribution.version_id {
            qualifiers.push(("distro", format!("{}-{version}", distribution.id)));
            qualifiers.push(("os_version", release(package.ecosystem, version)));
        }
        qualifiers.extend(distribution.codename.clone().map(|codename| ("os_distro", codename)));
    }
    if let Some(source) = &package.source {
        let upstream = match source.version == package.version {
            true => source.name.clone(),
            false => format!("{}@{}", source.name, source.version),
        };
        qualifiers.push(("upstream", upstream));
    }
    for (name, value) in qualifiers {
        url = url.with_qualifier(name, &value).ok()?;
    }
    Some(url)
}

/// The package URL of the image that a reference names, as BuildKit writes it (`dhi-formats.md` 4.3): without the host
/// and the first part that Docker leaves out.
pub(in crate::builder) fn of_image(
    reference: &str,
    digest: &Digest,
    platform: &Platform,
) -> Option<PackageUrl> {
    let named = reference.split_once('@').map_or(reference, |(named, _)| named);
    let (path, tag) = match named.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (named, None),
    };
    let path = path.strip_prefix("docker.io/").unwrap_or(path);
    let path = path.strip_prefix("library/").unwrap_or(path);
    let (namespace, name) =
        path.rsplit_once('/').map_or((None, path), |(namespace, name)| (Some(namespace), name));
    let url = PackageUrl::new("docker", namespace, name, tag).ok()?;
    let url = url.with_qualifier("digest", &digest.to_string()).ok()?;
    url.with_qualifier("platform", &platform.to_string()).ok()
}

/// Alpine names a release by two numbers.
fn release(ecosystem: Ecosystem, version: &str) -> String {
    match ecosystem {
        Ecosystem::Deb => version.to_owned(),
        Ecosystem::Apk => version.split('.').take(2).collect::<Vec<_>>().join("."),
    }
}
