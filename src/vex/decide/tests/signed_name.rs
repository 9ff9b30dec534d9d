//! The name under which the DHI key signed an image whose copy is stored elsewhere.

use super::*;
use crate::vex::{Equivalence, HardenedStatus, Origin, VerifiedImage};

fn decided(scan: &Scan, facts: &ImageFacts, documents: Vec<SourcedDocument>) -> Decision {
    decide_with(scan, facts, documents, &rules())
}

#[test]
fn the_signed_name_counts_for_the_dhi_key_alone() {
    let copy = scan(image(&[&format!("mirror.example:5000/copies/x@{DIGEST}")]), vec![finding_of(CVE, BASH)]);
    let proven = ImageFacts {
        hardened: HardenedStatus::Hardened,
        signed_as: Some("dhi.io/bash".to_owned()),
        ..ImageFacts::default()
    };
    let about = |products: &[&str]| document(vec![statement(Status::NotAffected, 1, products)]);
    let subcomponent = "pkg:deb/debian/bash@5.2-1";
    let of_image = |image: &str| format!("{image} > {subcomponent}");
    for name in ["pkg:docker/dhi/bash", "pkg:oci/bash?repository_url=dhi.io", "dhi.io/bash"] {
        let product = of_image(name);
        let found = decided(&copy, &proven, vec![signed_by_dhi(about(&[&product]))]);
        assert_eq!(found.outcome, Outcome::Suppressed, "{name}: {}", summary(&found));
        assert!(found.ruling.unwrap().equivalences.contains(&Equivalence::SignedName), "{name}");
        // Another author, another key, and a name that is not the signed one.
        for other in [about(&[&product]), by_dhi(about(&[&product]))] {
            assert_eq!(decided(&copy, &proven, vec![other]).outcome, Outcome::Kept, "{name}");
        }
    }
    let other = of_image("pkg:docker/dhi/python");
    assert_eq!(decided(&copy, &proven, vec![signed_by_dhi(about(&[&other]))]).outcome, Outcome::Kept);
    // No tag is proven, and a digest must be that of the image.
    for wrong in
        ["pkg:docker/dhi/bash@5".to_owned(), format!("pkg:docker/dhi/bash@sha256:{}", "f".repeat(64))]
    {
        let found = decided(&copy, &proven, vec![signed_by_dhi(about(&[&of_image(&wrong)]))]);
        assert_eq!(found.outcome, Outcome::Kept, "{wrong}");
    }
    let exact = of_image(&format!("pkg:docker/dhi/bash@{DIGEST}?tag=5"));
    let found = decided(&copy, &proven, vec![signed_by_dhi(about(&[&exact]))]);
    assert_eq!(found.outcome, Outcome::Suppressed, "{}", summary(&found));
    // What was proven of another image is no name of this one.
    let elsewhere = ImageFacts {
        verified: Some(VerifiedImage { root: Digest::of(b"other"), images: Vec::new(), configs: Vec::new() }),
        ..proven
    };
    let product = of_image("pkg:docker/dhi/bash");
    let found = decided(&copy, &elsewhere, vec![signed_by_dhi(about(&[&product]))]);
    assert_eq!(found.outcome, Outcome::Kept, "{}", summary(&found));
}

#[test]
fn the_signed_name_of_a_base_needs_proof_of_origin() {
    let base = format!("mirror.example:5000/copies/x@{OTHER}");
    let facts = ImageFacts {
        hardened: HardenedStatus::BuiltOn,
        base_references: vec![base],
        base_signed_as: Some("dhi.io/bash".to_owned()),
        ..ImageFacts::default()
    };
    let about = || document(vec![statement(Status::NotAffected, 1, &["pkg:docker/dhi/bash"])]);
    let mut derived = scan(image(&[&format!("shop.example/web@{DIGEST}")]), vec![finding_of(CVE, BASH)]);
    let found = decided(&derived, &facts, vec![signed_by_dhi(about())]);
    assert_eq!(summary(&found), "kept (origin-not-base)");
    derived.findings[0].package.origin = Origin::Base;
    let found = decided(&derived, &facts, vec![signed_by_dhi(about())]);
    assert_eq!(found.outcome, Outcome::Suppressed, "{}", summary(&found));
    assert_eq!(decided(&derived, &facts, vec![about()]).outcome, Outcome::Kept);
}
