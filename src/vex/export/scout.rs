//! How Docker Scout names images and packages: images as `pkg:docker`, packages of the distribution by their source.

use std::collections::{BTreeSet, HashMap};

use crate::vex::engines::repo_digest::without_tag;
use crate::vex::matching::of_source;
use crate::vex::{Finding, PackageUrl, Scan, ScannedKind};

/// The product and the package in it.
pub(super) fn names(scan: &Scan, finding: &Finding, purl: &PackageUrl) -> Option<(String, Option<String>)> {
    let package = package(scan, finding, purl)?.to_string();
    Some(match image(scan) {
        Some(image) => (image.to_string(), Some(package)),
        None => (package, None),
    })
}

/// The image as Docker's own documents name it, with its tag if the report has one: otherwise in every version. Hardened
/// images have the namespace `dhi`.
fn image(scan: &Scan) -> Option<PackageUrl> {
    let subject = &scan.subject;
    if subject.kind != ScannedKind::Image {
        return None;
    }
    let named = subject.repo_digests.first().map_or(&subject.name, |reference| reference);
    let (repository, _) = repository_and_tag(named);
    let references = subject.repo_digests.iter().chain(&subject.tags).chain([&subject.name]);
    let same = references.map(|reference| repository_and_tag(reference));
    let tag = same.filter(|(other, _)| *other == repository).find_map(|(_, tag)| tag);
    let (namespace, name) = repository
        .rsplit_once('/')
        .map_or((None, repository.as_str()), |(namespace, name)| (Some(namespace), name));
    PackageUrl::new("docker", namespace, name, tag).ok()
}

/// The repository in the form of Scout, and the tag.
fn repository_and_tag(reference: &str) -> (String, Option<&str>) {
    let tagged = reference.split_once('@').map_or(reference, |(name, _)| name);
    let name = without_tag(tagged);
    let tag = tagged.strip_prefix(name).and_then(|rest| rest.strip_prefix(':'));
    let repository = match name.split_once('/') {
        Some(("docker.io" | "index.docker.io" | "registry-1.docker.io", rest)) => rest.to_owned(),
        Some(("dhi.io", rest)) => format!("dhi/{rest}"),
        _ => name.to_owned(),
    };
    (repository.strip_prefix("library/").unwrap_or(&repository).to_owned(), tag)
}

/// The findings that are kept, by all that a statement can name: image, package and vulnerability. The tags are those
/// of the image; `None` stands for all.
#[derive(Default)]
pub(super) struct KeptFindings(HashMap<(String, String, String), BTreeSet<Option<String>>>);

impl KeptFindings {
    /// Adds a finding that is kept.
    pub(super) fn add(&mut self, scan: &Scan, finding: &Finding) {
        let Some(purl) = &finding.package.purl else { return };
        let (repository, tag) = place(scan);
        let sources = finding.package.sources.iter().map(|source| source.name.as_str());
        for name in sources.chain([purl.name()]) {
            for id in finding.aliases.iter().chain([&finding.id]) {
                let key = (repository.clone(), package_key(purl, name), id.to_ascii_uppercase());
                self.0.entry(key).or_default().insert(tag.clone());
            }
        }
    }

    /// Whether a statement for this finding would cover one that is kept.
    pub(super) fn are_covered_by(&self, scan: &Scan, finding: &Finding) -> bool {
        let Some(purl) = &finding.package.purl else { return false };
        let (repository, tag) = place(scan);
        let package = package_key(purl, package_name(finding, purl));
        finding.aliases.iter().chain([&finding.id]).any(|id| {
            let key = (repository.clone(), package.clone(), id.to_ascii_uppercase());
            let kept = self.0.get(&key);
            kept.is_some_and(|tags| tag.is_none() || tags.contains(&tag) || tags.contains(&None))
        })
    }
}

/// The repository of the image, and its tag.
fn place(scan: &Scan) -> (String, Option<String>) {
    let Some(image) = image(scan) else { return (String::new(), None) };
    let repository = format!("{}/{}", image.namespace().unwrap_or_default(), image.name());
    (repository, image.version().map(ToOwned::to_owned))
}

/// A package of this name. Packages of one source package count as one, whatever version the report has for each.
fn package_key(purl: &PackageUrl, name: &str) -> String {
    let version = purl.version().filter(|_| !is_of_distribution(purl)).unwrap_or_default();
    format!("{}/{}/{name}@{version}", purl.kind(), purl.namespace().unwrap_or_default())
}

fn is_of_distribution(purl: &PackageUrl) -> bool {
    matches!(purl.kind(), "deb" | "apk" | "rpm")
}

/// The name of the source package of a package of the distribution, otherwise that of the package.
fn package_name<'a>(finding: &'a Finding, purl: &'a PackageUrl) -> &'a str {
    let source = finding.package.sources.first();
    let source = source.filter(|_| is_of_distribution(purl) && !finding.package.is_source);
    source.map_or(purl.name(), |source| &source.name)
}

fn package(scan: &Scan, finding: &Finding, purl: &PackageUrl) -> Option<PackageUrl> {
    if !is_of_distribution(purl) {
        return PackageUrl::new(purl.kind(), purl.namespace(), purl.name(), purl.version()).ok();
    }
    let source = finding.package.sources.first().filter(|_| !finding.package.is_source);
    let name = package_name(finding, purl);
    let version = source
        .and_then(|source| source.version.as_deref())
        .or_else(|| purl.version().map(|version| of_source(purl.kind(), version)));
    let named = PackageUrl::new(purl.kind(), purl.namespace(), name, version).ok()?;
    let (system, release) = distribution(scan, purl).unwrap_or_default();
    named.with_qualifier("os_name", &system).ok()?.with_qualifier("os_version", &release).ok()
}

fn distribution(scan: &Scan, purl: &PackageUrl) -> Option<(String, String)> {
    let of_package = purl.qualifier("distro").and_then(|distro| distro.rsplit_once('-'));
    let of_package = of_package.map(|(name, release)| (name.to_owned(), release.to_owned()));
    of_package.or_else(|| scan.subject.distribution.clone())
}
