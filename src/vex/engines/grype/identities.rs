//! The names by which Grype asks for what it scanned, in the order in which it asks.

use crate::vex::engines::repo_digest::{RepoDigest, without_tag};
use crate::vex::matching::go_vex::Identifier;
use crate::vex::{PackageUrl, Scanned, ScannedKind};

/// The names of what was scanned.
pub(in crate::vex::engines) fn identities(subject: &Scanned) -> Vec<Identifier> {
    match subject.kind {
        ScannedKind::Image => {
            let name = subject.name.split_once('@').map_or(&*subject.name, |(name, _)| name);
            let tags = subject.tags.iter().flat_map(|tag| of_tag(tag, without_tag(name)));
            tags.chain(subject.repo_digests.iter().flat_map(|digest| of_digest(digest))).collect()
        }
        ScannedKind::Files | ScannedKind::Sbom | ScannedKind::Unknown => {
            generic(subject).into_iter().collect()
        }
    }
}

/// The tag itself, and the repository with everything after the first colon as tag: that of a port, if it has one.
fn of_tag(tag: &str, name: &str) -> Vec<Identifier> {
    let purl = tag.split_once(':').and_then(|(_, after)| {
        PackageUrl::new("oci", None, name, None).and_then(|purl| purl.with_qualifier("tag", after)).ok()
    });
    [Identifier::new(tag)].into_iter().chain(purl.as_ref().map(Identifier::from)).collect()
}

/// The digest itself, the image with the parent of its path as `repository_url`, and the bare hex digits.
fn of_digest(reference: &str) -> Vec<Identifier> {
    let mut names = vec![Identifier::new(reference)];
    if let Some(image) = RepoDigest::parse(reference) {
        let path = image.path();
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let purl = PackageUrl::new("oci", None, image.last_part(), Some(image.digest));
        let purl = purl.and_then(|purl| purl.with_qualifier("repository_url", &with_index_host(parent)));
        names.extend(purl.as_ref().map(Identifier::from));
        names.push(Identifier::new(image.digest.trim_start_matches("sha256:")));
    }
    names
}

/// Docker Hub as Grype writes it. What a statement writes stays as it is.
fn with_index_host(path: &str) -> String {
    let (host, rest) = path.split_once('/').map_or((path, None), |(host, rest)| (host, Some(rest)));
    let host = match host.to_ascii_lowercase().as_str() {
        "docker.io" | "registry-1.docker.io" => "index.docker.io",
        _ => host,
    };
    rest.map_or_else(|| host.to_owned(), |rest| format!("{host}/{rest}"))
}

/// Name and version of anything else. A directory has no version.
fn generic(subject: &Scanned) -> Option<Identifier> {
    let purl = subject.purl.as_ref()?;
    // Grype does not encode them.
    Some(Identifier::new(&format!("pkg:generic/{}@{}", purl.name().to_lowercase(), purl.version()?)))
}
