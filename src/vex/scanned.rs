//! What a scanner scanned, and the packages that it found to depend on each other.

use super::{Finding, PackageUrl};
use crate::oci::Digest;

/// One scan: a subject and its findings. A report has one, or one for each image of a cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    /// What was scanned.
    pub subject: Scanned,
    /// The findings, in the order of the report. Entries that the report already lists as suppressed are not among
    /// them.
    pub findings: Vec<Finding>,
    /// How many entries the report already lists as suppressed.
    pub suppressed_before: usize,
    /// Which packages depend on which, if the report records it.
    pub graph: Option<Graph>,
    /// Why the subject was not scanned, as the report writes it.
    pub not_scanned: Option<String>,
}

/// The subject of a scan, as the report names it. Nothing of it is verified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    /// What kind of thing was scanned.
    pub kind: ScannedKind,
    /// Its name as the report writes it: an image reference, a path.
    pub name: String,
    /// Where it is used in a cluster: `shop/Deployment/web`.
    pub resource: Option<String>,
    /// Tags of the image, as whole references.
    pub tags: Vec<String>,
    /// Digests of the image in repositories, as whole references `NAME@ALGORITHM:HEX`. For an image that was pulled by
    /// a tag, the digest is usually that of the index.
    pub repo_digests: Vec<String>,
    /// The digest of the manifest as Grype computes it. It may be one that no registry has.
    pub manifest_digest: Option<String>,
    /// The digest of the image configuration.
    pub image_id: Option<String>,
    /// The operating system and architecture: `amd64`.
    pub architecture: Option<String>,
    /// The distribution and its release, as `debian`, `13.1`.
    pub distribution: Option<(String, String)>,
    /// The package URL of the scanned thing itself: the root component of an SBOM.
    pub purl: Option<PackageUrl>,
    /// `serialNumber` and `version` of a CycloneDX report.
    pub bom: Option<(String, String)>,
}

impl Scanned {
    /// The references that the report may have for it.
    pub fn references(&self) -> impl Iterator<Item = &str> {
        self.repo_digests.iter().chain(&self.tags).chain([&self.name]).map(String::as_str)
    }

    /// Those of its references that have a digest, each with the digest.
    pub fn digests(&self) -> impl Iterator<Item = (&str, Digest)> {
        self.references().filter_map(|reference| Some((reference, digest_in(reference)?)))
    }
}

/// The digest in a reference. Its case does not count.
pub fn digest_in(reference: &str) -> Option<Digest> {
    let (_, digest) = reference.rsplit_once('@')?;
    digest.to_ascii_lowercase().parse().ok()
}

/// What kind of thing was scanned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ScannedKind {
    /// A container image.
    Image,
    /// A directory, a file or a source repository.
    Files,
    /// An SBOM.
    Sbom,
    /// The report does not record it.
    #[default]
    Unknown,
}

/// Packages, and which of them depend on which.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// The package URL of each node. The root, operating systems and lock files often have none.
    pub nodes: Vec<Option<PackageUrl>>,
    /// The parents of each node: what depends on it. As long as `nodes`.
    pub parents: Vec<Vec<usize>>,
    /// The node of the scanned thing itself.
    pub root: usize,
}
