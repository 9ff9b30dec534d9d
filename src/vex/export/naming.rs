//! How each scanner names packages and images.

use super::scout;
use super::target::{Precision, Target};
use crate::vex::engines::repo_digest::RepoDigest;
use crate::vex::{Finding, PackageUrl, Scan, ScannedKind};

/// The names in one statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Named {
    /// The id of the vulnerability that the scanner reports.
    pub(super) id: String,
    /// Other ids of it.
    pub(super) aliases: Vec<String>,
    /// The product.
    pub(super) product: String,
    /// The package in the product.
    pub(super) subcomponent: Option<String>,
}

/// The scan with its packages in the form of the scanner.
pub(super) fn in_form_of(target: Target, scan: &Scan) -> Scan {
    let mut scan = scan.clone();
    let purls = scan.findings.iter_mut().map(|finding| &mut finding.package.purl);
    let nodes = scan.graph.iter_mut().flat_map(|graph| &mut graph.nodes);
    for purl in purls.chain(nodes) {
        let changed = purl.as_ref().and_then(|purl| match target {
            Target::Grype => form_of_grype(purl),
            Target::Trivy => form_of_trivy(purl),
            Target::Scout => None,
        });
        if changed.is_some() {
            *purl = changed;
        }
    }
    scan
}

/// The names for a finding. `None`: it has no package URL, or nothing is to be written.
pub(super) fn name(target: Target, scan: &Scan, finding: &Finding, precision: Precision) -> Option<Named> {
    let purl = finding.package.purl.as_ref()?;
    let is_cve = |id: &&String| id.starts_with("CVE-");
    let aliases = match precision {
        Precision::Version => finding.aliases.iter().filter(is_cve).cloned().collect(),
        Precision::Exact => Vec::new(),
        Precision::Nothing => return None,
    };
    let (product, subcomponent) = match target {
        Target::Scout => scout::names(scan, finding, purl)?,
        Target::Grype | Target::Trivy => {
            let package = match precision {
                Precision::Version => by_version(purl)?,
                _ => purl.clone(),
            };
            match image(scan) {
                Some(image) => (image.to_string(), Some(package.to_string())),
                None => (package.to_string(), None),
            }
        }
    };
    Some(Named { id: finding.id.clone(), aliases, product, subcomponent })
}

/// The scanned image by the digest that the report names. Without `repository_url`, which scanners write differently.
fn image(scan: &Scan) -> Option<PackageUrl> {
    let subject = &scan.subject;
    let reference = subject.repo_digests.first().filter(|_| subject.kind == ScannedKind::Image)?;
    let image = RepoDigest::parse(reference)?;
    PackageUrl::new("oci", None, image.last_part(), Some(image.digest)).ok()
}

/// Name, version and epoch.
fn by_version(purl: &PackageUrl) -> Option<PackageUrl> {
    let plain = PackageUrl::new(purl.kind(), purl.namespace(), purl.name(), purl.version()).ok()?;
    plain.with_qualifier("epoch", purl.qualifier("epoch").unwrap_or_default()).ok()
}

/// Grype writes the epoch of deb packages into the version, and versions of the Go standard library without `v`.
fn form_of_grype(purl: &PackageUrl) -> Option<PackageUrl> {
    let version = purl.version()?;
    if is_go_standard_library(purl) {
        return with_version(purl, version.strip_prefix('v')?);
    }
    let epoch = purl.qualifier("epoch").filter(|_| purl.kind() == "deb" && !version.contains(':'))?;
    with_version(purl, &format!("{epoch}:{version}"))?.with_qualifier("epoch", "").ok()
}

/// Trivy writes the epoch of deb packages as a qualifier, and versions of the Go standard library with `v`.
fn form_of_trivy(purl: &PackageUrl) -> Option<PackageUrl> {
    let version = purl.version()?;
    if is_go_standard_library(purl) {
        return if version.starts_with('v') { None } else { with_version(purl, &format!("v{version}")) };
    }
    let (epoch, version) = version.split_once(':').filter(|_| purl.kind() == "deb")?;
    let epoch = if epoch == "0" { "" } else { epoch };
    with_version(purl, version)?.with_qualifier("epoch", epoch).ok()
}

fn is_go_standard_library(purl: &PackageUrl) -> bool {
    (purl.kind(), purl.namespace(), purl.name()) == ("golang", None, "stdlib")
}

/// The package URL with another version. A subpath is not kept, since scanners write none for these packages.
fn with_version(purl: &PackageUrl, version: &str) -> Option<PackageUrl> {
    let changed = PackageUrl::new(purl.kind(), purl.namespace(), purl.name(), Some(version)).ok()?;
    purl.qualifiers()
        .iter()
        .try_fold(changed, |changed, (name, value)| changed.with_qualifier(name, value))
        .ok()
}
