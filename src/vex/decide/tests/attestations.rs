//! The situations of an attestation that is about an index, or about an image in it.

use super::*;
use crate::oci::Platform;
use crate::vex::VerifiedImage;

const CONFIG: &str = "sha256:6666666666666666666666666666666666666666666666666666666666666666";
const INDEX: &str = "sha256:3333333333333333333333333333333333333333333333333333333333333333";
const AMD64: &str = DIGEST;
const ARM64: &str = "sha256:4444444444444444444444444444444444444444444444444444444444444444";

fn report(digest: &str) -> Scan {
    scan(image(&[&format!("{IMAGE}@{digest}")]), vec![finding_of(CVE, BASH)])
}

fn verified_index() -> ImageFacts {
    let platform = |architecture: &str| {
        Some(Platform { os: "linux".to_owned(), architecture: architecture.to_owned(), variant: None })
    };
    ImageFacts {
        verified: Some(VerifiedImage {
            root: INDEX.parse().unwrap(),
            images: vec![
                (AMD64.parse().unwrap(), platform("amd64")),
                (ARM64.parse().unwrap(), platform("arm64")),
            ],
            configs: vec![(CONFIG.parse().unwrap(), AMD64.parse().unwrap())],
        }),
        ..ImageFacts::default()
    }
}

fn about(subject: &str, products: &[&str]) -> Vec<SourcedDocument> {
    vec![attestation(vec![statement(Status::NotAffected, 1, products)], &[subject])]
}

fn decided(scan: &Scan, facts: &ImageFacts, documents: Vec<SourcedDocument>) -> Decision {
    decide_with(scan, facts, documents, &rules())
}

const SUBJECT: &str = "suppressed by 0#0 not_affected attestation-subject";

#[test]
fn the_subject_is_a_digest_that_the_report_names() {
    for facts in [ImageFacts::default(), verified_index()] {
        assert_eq!(summary(&decided(&report(AMD64), &facts, about(AMD64, &[]))), SUBJECT);
        assert_eq!(summary(&decided(&report(INDEX), &facts, about(INDEX, &[]))), SUBJECT);
    }
    let several = vec![attestation(vec![statement(Status::Fixed, 1, &[])], &[OTHER, AMD64])];
    let found = decided(&report(AMD64), &ImageFacts::default(), several);
    assert_eq!(summary(&found), "suppressed by 0#0 fixed attestation-subject");
}

#[test]
fn a_verified_index_binds_its_images() {
    assert_eq!(summary(&decided(&report(INDEX), &verified_index(), about(AMD64, &[]))), SUBJECT);
    assert_eq!(summary(&decided(&report(AMD64), &verified_index(), about(INDEX, &[]))), SUBJECT);
}

#[test]
fn an_image_for_another_platform_is_another_subject() {
    let found = decided(&report(INDEX), &verified_index(), about(ARM64, &[]));
    assert_eq!(summary(&found), "kept (subject-mismatch)");
    let near_miss = found.near_miss.unwrap();
    assert_eq!(
        near_miss.part,
        NearMissPart::Subject { statement: vec![ARM64.to_owned()], may_be_index: false }
    );
    // Without an architecture, the report does not tell which image of the index it is about.
    let mut unknown = report(INDEX);
    unknown.subject.architecture = None;
    assert_eq!(decided(&unknown, &verified_index(), about(AMD64, &[])).outcome, Outcome::Kept);
    unknown.subject.architecture = Some("x86_64".to_owned());
    assert_eq!(decided(&unknown, &verified_index(), about(AMD64, &[])).outcome, Outcome::Suppressed);
}

#[test]
fn without_the_verified_index_nothing_binds_the_two() {
    for (named, subject) in [(INDEX, AMD64), (AMD64, INDEX)] {
        let mut report = report(named);
        // The digest that Grype computes is no evidence by itself.
        report.subject.manifest_digest = Some(AMD64.to_owned());
        let found = decided(&report, &ImageFacts::default(), about(subject, &[]));
        assert_eq!(summary(&found), "kept (subject-mismatch)", "{named} {subject}");
        let part = found.near_miss.unwrap().part;
        assert_eq!(part, NearMissPart::Subject { statement: vec![subject.to_owned()], may_be_index: true });
    }
}

#[test]
fn a_computed_digest_confirms_and_never_refutes() {
    let mut confirming = report(INDEX);
    confirming.subject.architecture = None;
    confirming.subject.manifest_digest = Some(AMD64.to_owned());
    assert_eq!(decided(&confirming, &verified_index(), about(AMD64, &[])).outcome, Outcome::Suppressed);
    let mut made_up = report(INDEX);
    made_up.subject.manifest_digest = Some(OTHER.to_owned());
    assert_eq!(decided(&made_up, &verified_index(), about(AMD64, &[])).outcome, Outcome::Suppressed);
}

#[test]
fn a_replayed_attestation_counts_for_nothing() {
    for facts in [ImageFacts::default(), verified_index()] {
        let found = decided(&report(AMD64), &facts, about(OTHER, &[&format!("pkg:oci/web@{AMD64}"), BASH]));
        assert_eq!(summary(&found), "kept (subject-mismatch)");
        assert_eq!(near_miss(&found), "subject");
    }
    // The report is about another image than the one that was verified.
    let found = decided(&report(OTHER), &verified_index(), about(AMD64, &[]));
    assert_eq!(summary(&found), "kept (subject-mismatch)");
    let found = decided(&report(OTHER), &verified_index(), about(INDEX, &[]));
    assert_eq!(summary(&found), "kept (subject-mismatch)");
}

#[test]
fn products_must_include_the_subject() {
    let facts = verified_index();
    let names_index = format!("pkg:oci/web@{INDEX}");
    let found = decided(&report(AMD64), &facts, about(AMD64, &[&names_index]));
    assert_eq!(summary(&found), "kept (no-product-match)");
    assert_eq!(near_miss(&found), "products");
    let found = decided(&report(AMD64), &facts, about(AMD64, &["pkg:oci/other", BASH]));
    assert_eq!(summary(&found), "kept (no-product-match)");
    let names_subject = format!("pkg:oci/web@{AMD64} > pkg:deb/debian/bash");
    let found = decided(&report(INDEX), &facts, about(AMD64, &["pkg:oci/other", &names_subject]));
    assert_eq!(summary(&found), "suppressed by 0#0 not_affected image-digest+package-any-version");
    let other_package = format!("pkg:oci/web@{AMD64} > pkg:deb/debian/perl");
    let found = decided(&report(INDEX), &facts, about(AMD64, &[&other_package]));
    assert_eq!(near_miss(&found), "subcomponent");
}

#[test]
fn a_statement_without_products_needs_an_attestation() {
    let found = decision(&bash(), vec![document(vec![statement(Status::NotAffected, 1, &[])])]);
    assert_eq!(summary(&found), "kept (no-product-match)");
    assert_eq!(near_miss(&found), "no-form");
}

#[test]
fn a_report_without_digest_is_bound_by_the_user() {
    let unbound = scan(image(&["registry.example.com/shop/web:1"]), vec![finding_of(CVE, BASH)]);
    let found = decided(&unbound, &verified_index(), about(AMD64, &[]));
    assert_eq!(summary(&found), SUBJECT);
    assert!(found.warnings.contains(&Warning::UnboundReport), "{:?}", found.warnings);
    let found = decided(&unbound, &ImageFacts::default(), about(AMD64, &[]));
    assert_eq!(summary(&found), "kept (subject-mismatch)");
}

#[test]
fn an_attestation_about_the_base_needs_proof_of_origin() {
    let facts = ImageFacts {
        hardened: crate::vex::HardenedStatus::BuiltOn,
        base_references: vec![format!("dhi.io/bash@{OTHER}")],
        ..ImageFacts::default()
    };
    let product = "pkg:docker/dhi/bash > pkg:deb/debian/bash";
    for products in [&[][..], &[product]] {
        let mut derived = report(AMD64);
        assert_eq!(summary(&decided(&derived, &facts, about(OTHER, products))), "kept (origin-not-base)");
        derived.findings[0].package.origin = crate::vex::Origin::Added;
        assert_eq!(summary(&decided(&derived, &facts, about(OTHER, products))), "kept (origin-not-base)");
        derived.findings[0].package.origin = crate::vex::Origin::Base;
        assert_eq!(decided(&derived, &facts, about(OTHER, products)).outcome, Outcome::Suppressed);
        let found = decided(&derived, &ImageFacts::default(), about(OTHER, products));
        assert_eq!(summary(&found), "kept (subject-mismatch)");
    }
}

#[test]
fn the_base_of_another_platform_counts_for_nothing() {
    let facts = ImageFacts {
        hardened: crate::vex::HardenedStatus::BuiltOn,
        base_references: vec![format!("dhi.io/bash@{OTHER}")],
        ..ImageFacts::default()
    };
    let mut derived = report(AMD64);
    derived.findings[0].package.origin = crate::vex::Origin::Base;
    let mut documents = about(ARM64, &[]);
    documents[0].source.kind = SourceKind::Base { attestation: ARM64.parse().unwrap() };
    assert_eq!(summary(&decided(&derived, &facts, documents)), "kept (subject-mismatch)");
}

#[test]
fn an_attestation_binds_the_image_under_any_name() {
    let statements = vec![statement(Status::NotAffected, 1, &["pkg:oci/web"])];
    let strict = Rules { require_verified: true, ..rules() };
    let documents = vec![by_dhi(attestation(statements, &[AMD64]))];
    let found = decide_with(&report(AMD64), &ImageFacts::default(), documents, &strict);
    assert_eq!(summary(&found), "suppressed by 0#0 not_affected image-name-only");
    assert!(!found.warnings.contains(&Warning::UnverifiedImage));
}

#[test]
fn packages_in_an_attestation_of_hardened_images_are_guarded() {
    let hardened = |hardened| ImageFacts { hardened, ..ImageFacts::default() };
    let statements =
        || vec![statement(Status::NotAffected, 1, &["pkg:deb/debian/bash", "pkg:docker/dhi/bash"])];
    let documents = || vec![signed_by_dhi(attestation(statements(), &[AMD64]))];
    let proven = hardened(crate::vex::HardenedStatus::Hardened);
    let found = decided(&report(AMD64), &proven, documents());
    assert_eq!(summary(&found), "suppressed by 0#0 not_affected package-any-version");
    for status in [crate::vex::HardenedStatus::Unproven, crate::vex::HardenedStatus::Neither] {
        let found = decided(&report(AMD64), &hardened(status), documents());
        assert_eq!(summary(&found), "kept (not-a-dhi-image)");
    }
    // Others name their packages as subcomponents of the subject, whatever author they write.
    for other in [attestation(statements(), &[AMD64]), by_dhi(attestation(statements(), &[AMD64]))] {
        let found = decided(&report(AMD64), &proven, vec![other]);
        assert_eq!(summary(&found), "kept (no-product-match)");
        assert_eq!(near_miss(&found), "products");
    }
    let found = decided(&report(AMD64), &proven, vec![signed_by_dhi(attestation(statements(), &[OTHER]))]);
    assert_eq!(summary(&found), "kept (subject-mismatch)");
}

#[test]
fn an_old_attestation_of_hardened_images_still_keeps() {
    let sourced = signed_by_dhi(attestation(vec![statement(Status::Affected, 2, &[BASH])], &[AMD64]));
    let by = sourced.source.trust.verified_by().cloned();
    let old = trusted_as(sourced, SourceTrust::TooOld { by, newest: None });
    assert!(old.source.trust.is_dhi() && !old.source.trust.may_suppress());
    let facts = ImageFacts { hardened: crate::vex::HardenedStatus::Hardened, ..verified_index() };
    let young = document(vec![statement(Status::NotAffected, 1, &[BASH])]);
    let found = decided(&report(AMD64), &facts, vec![young, old]);
    assert_eq!(summary(&found), "kept by 1#0 affected package");
}
