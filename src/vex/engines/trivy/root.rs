//! The package URL by which Trivy knows what it scanned.

use crate::vex::engines::repo_digest::RepoDigest;
use crate::vex::matching::go_vex::Identifier;
use crate::vex::{PackageUrl, Scan, ScannedKind};

/// The root of the dependency graph. An image without a digest in a repository has no package URL.
pub(super) fn identifier(scan: &Scan) -> Option<Identifier> {
    let subject = &scan.subject;
    if subject.kind == ScannedKind::Image {
        let image = RepoDigest::parse(subject.repo_digests.first()?)?;
        let architecture = subject.architecture.as_deref().unwrap_or_default();
        let purl = PackageUrl::new("oci", None, &image.last_part().to_lowercase(), Some(image.digest))
            .and_then(|purl| purl.with_qualifier("repository_url", &image.path()))
            .and_then(|purl| purl.with_qualifier("arch", architecture));
        return purl.as_ref().ok().map(Identifier::from);
    }
    let of_graph = scan.graph.as_ref().and_then(|graph| graph.nodes.get(graph.root)?.as_ref());
    of_graph.or(subject.purl.as_ref()).map(Identifier::from)
}
