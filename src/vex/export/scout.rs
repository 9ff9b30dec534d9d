//! How Docker Scout names images and packages: images as `pkg:docker`, packages of the distribution by their source.

use crate::vex::engines::repo_digest::without_tag;
use crate::vex::{Finding, PackageUrl, Scan, ScannedKind};

/// The product and the package in it.
pub(super) fn names(scan: &Scan, finding: &Finding, purl: &PackageUrl) -> Option<(String, Option<String>)> {
    let package = package(scan, finding, purl)?.to_string();
    Some(match image(scan) {
        Some(image) => (image.to_string(), Some(package)),
        None => (package, None),
    })
}

/// The image in every version, as Docker's own documents name it. Hardened images have the namespace `dhi`.
fn image(scan: &Scan) -> Option<PackageUrl> {
    let subject = &scan.subject;
    if subject.kind != ScannedKind::Image {
        return None;
    }
    let named = subject.repo_digests.first().map_or(&subject.name, |reference| reference);
    let name = without_tag(named.split_once('@').map_or(named, |(name, _)| name));
    let name = match name.split_once('/') {
        Some(("docker.io" | "index.docker.io" | "registry-1.docker.io", rest)) => rest.to_owned(),
        Some(("dhi.io", rest)) => format!("dhi/{rest}"),
        _ => name.to_owned(),
    };
    let name = name.strip_prefix("library/").unwrap_or(&name);
    let (namespace, name) =
        name.rsplit_once('/').map_or((None, name), |(namespace, name)| (Some(namespace), name));
    PackageUrl::new("docker", namespace, name, None).ok()
}

fn package(scan: &Scan, finding: &Finding, purl: &PackageUrl) -> Option<PackageUrl> {
    let is_of_distribution = matches!(purl.kind(), "deb" | "apk" | "rpm");
    if !is_of_distribution {
        return PackageUrl::new(purl.kind(), purl.namespace(), purl.name(), purl.version()).ok();
    }
    let source = finding.package.sources.first().filter(|_| !finding.package.is_source);
    let name = source.map_or(purl.name(), |source| &source.name);
    let version =
        source.and_then(|source| source.version.as_deref()).or_else(|| purl.version().map(without_rebuild));
    let named = PackageUrl::new(purl.kind(), purl.namespace(), name, version).ok()?;
    let (system, release) = distribution(scan, purl).unwrap_or_default();
    named.with_qualifier("os_name", &system).ok()?.with_qualifier("os_version", &release).ok()
}

/// The version of the source package of a binary package that was built again (`+b1`).
fn without_rebuild(version: &str) -> &str {
    match version.rsplit_once("+b") {
        Some((version, number)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => {
            version
        }
        _ => version,
    }
}

fn distribution(scan: &Scan, purl: &PackageUrl) -> Option<(String, String)> {
    let of_package = purl.qualifier("distro").and_then(|distro| distro.rsplit_once('-'));
    let of_package = of_package.map(|(name, release)| (name.to_owned(), release.to_owned()));
    of_package.or_else(|| scan.subject.distribution.clone())
}
