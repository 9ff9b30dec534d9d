//! The packages in the verified SBOMs of an image.

use crate::attestation::PredicateSelector;
use crate::diagnostic::{Diagnostic, ToDiagnostic};
use crate::evidence::PlatformEvidence;
use crate::gate::vex::{SbomPackage, SbomPackages};
use crate::oci::Digest;
use crate::report::Package;

/// Package URL types of images: an SBOM may list the image itself.
const IMAGES: [&str; 2] = ["docker", "oci"];

/// The packages of all verified SBOMs of an image, which the object `root` names. `None`: it has no SBOM.
///
/// # Errors
///
/// Why it is unknown whether it has one, or what it lists.
pub(super) fn packages(image: &PlatformEvidence, root: Digest) -> Result<Option<Vec<Package>>, Diagnostic> {
    let sbom = PredicateSelector::sbom();
    let mut found = SbomPackages::default();
    let mut is_read = false;
    let mut failure = None;
    for (attestation, outcome) in image.judged(root) {
        match outcome {
            Ok(attested) if sbom.includes(&attested.statement().predicate_type) => {
                let predicate = attested.whole().and_then(|whole| whole.statement().predicate.as_ref());
                is_read |= predicate.is_some_and(|predicate| found.add(predicate.get()));
            }
            Err(cause)
                if attestation.predicate_type.as_deref().is_none_or(|claimed| sbom.includes(claimed)) =>
            {
                failure.get_or_insert_with(|| cause.to_diagnostic());
            }
            _ => {}
        }
    }
    if is_read {
        let packages = found.into_iter().filter(|package| !IMAGES.contains(&package.kind.as_str()));
        let mut packages: Vec<Package> = packages.map(package).collect();
        packages.sort();
        return Ok(Some(packages));
    }
    let unread = || image.unread_sources().next().map(ToDiagnostic::to_diagnostic);
    match failure.or_else(unread) {
        Some(diagnostic) => Err(diagnostic),
        None => Ok(None),
    }
}

fn package(package: SbomPackage) -> Package {
    let SbomPackage { kind, namespace, name, version } = package;
    Package { kind, namespace, name, version }
}
