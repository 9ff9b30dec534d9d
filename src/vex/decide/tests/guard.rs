use super::*;
use crate::vex::{HardenedStatus, Origin, RepositoryAlias};

const PACKAGE: &str = "pkg:deb/debian/bash";

fn dhi_statement(products: &[&str]) -> Vec<SourcedDocument> {
    vec![by_dhi(document(vec![statement(Status::NotAffected, 1, products)]))]
}

fn with(hardened: HardenedStatus) -> ImageFacts {
    ImageFacts { hardened, ..ImageFacts::default() }
}

fn of_image(references: &[&str]) -> Scan {
    scan(image(references), vec![finding_of(CVE, BASH)])
}

fn reason(scan: &Scan, facts: &ImageFacts, documents: Vec<SourcedDocument>) -> Option<Inapplicable> {
    let decided = decide_with(scan, facts, documents, &rules());
    assert_eq!(decided.outcome == Outcome::Suppressed, decided.reason.is_none(), "{decided:?}");
    decided.reason
}

#[test]
fn statements_of_hardened_images_need_a_hardened_target() {
    for scanned in ["docker.io/library/debian:13", "registry.example.com/shop/web:1"] {
        let scan = of_image(&[scanned]);
        for (hardened, expected) in [
            (HardenedStatus::Unproven, Some(Inapplicable::NotADhiImage)),
            (HardenedStatus::Neither, Some(Inapplicable::NotADhiImage)),
            (HardenedStatus::Hardened, None),
            (HardenedStatus::Assumed, None),
            (HardenedStatus::BuiltOn, Some(Inapplicable::OriginNotBase)),
        ] {
            let found = reason(&scan, &with(hardened), dhi_statement(&[PACKAGE]));
            assert_eq!(found, expected, "{scanned} {hardened:?}");
        }
    }
    let decided = decision(&of_image(&["debian:13"]), dhi_statement(&[PACKAGE]));
    assert_eq!(near_miss(&decided), "guard");
}

#[test]
fn an_assumption_is_never_silent() {
    for (hardened, is_assumed) in [(HardenedStatus::Assumed, true), (HardenedStatus::Hardened, false)] {
        let statements = dhi_statement(&[PACKAGE]);
        let decided = decide_with(&of_image(&["debian:13"]), &with(hardened), statements, &rules());
        assert_eq!(decided.outcome, Outcome::Suppressed);
        assert_eq!(decided.warnings.contains(&Warning::AssumedHardened), is_assumed);
    }
}

#[test]
fn statements_of_others_need_none() {
    let documents = || vec![document(vec![statement(Status::NotAffected, 1, &[PACKAGE])])];
    for hardened in [HardenedStatus::Unproven, HardenedStatus::Neither, HardenedStatus::BuiltOn] {
        assert_eq!(reason(&of_image(&["debian:13"]), &with(hardened), documents()), None, "{hardened:?}");
    }
}

#[test]
fn the_id_and_the_signature_of_a_document_count_too() {
    let plain = || document(vec![statement(Status::NotAffected, 1, &[PACKAGE])]);
    let mut by_id = plain();
    by_id.document.id = Some("https://dhi.docker.com/vex/vex-1".to_owned());
    let signed = signed_by_dhi(plain());
    for sourced in [by_id, signed] {
        let found = reason(&of_image(&["debian:13"]), &ImageFacts::default(), vec![sourced]);
        assert_eq!(found, Some(Inapplicable::NotADhiImage));
    }
}

#[test]
fn packages_of_a_derived_image_must_come_from_the_base() {
    for (origin, expected) in [
        (Origin::Unproven, Some(Inapplicable::OriginNotBase)),
        (Origin::Added, Some(Inapplicable::OriginNotBase)),
        (Origin::Base, None),
    ] {
        let mut scan = of_image(&["registry.example.com/shop/web:1"]);
        scan.findings[0].package.origin = origin;
        let found = reason(&scan, &with(HardenedStatus::BuiltOn), dhi_statement(&[PACKAGE]));
        assert_eq!(found, expected, "{origin:?}");
    }
}

#[test]
fn a_repository_name_alone_is_told_and_can_be_refused() {
    for name in ["dhi.io/bash:5", "docker.io/dhi/bash:5", "index.docker.io/dhi/bash:5", "dhi/bash:5"] {
        let scan = of_image(&[name]);
        let decided = decision(&scan, dhi_statement(&[PACKAGE]));
        assert_eq!(decided.outcome, Outcome::Suppressed, "{name}: {decided:?}");
        assert!(decided.warnings.contains(&Warning::UnverifiedImage), "{name}");
        let strict = Rules { require_verified: true, ..rules() };
        let decided = decide_with(&scan, &ImageFacts::default(), dhi_statement(&[PACKAGE]), &strict);
        assert_eq!(summary(&decided), "kept (image-not-verified)", "{name}");
        let proven = with(HardenedStatus::Hardened);
        let decided = decide_with(&scan, &proven, dhi_statement(&[PACKAGE]), &strict);
        assert_eq!(decided.outcome, Outcome::Suppressed, "{name}");
        assert!(!decided.warnings.contains(&Warning::UnverifiedImage), "{name}");
    }
    for name in ["dhi.io.example.com/bash:5", "example.com/dhi/bash:5", "docker.io/dhi-bash:5", "bash:5"] {
        let found = reason(&of_image(&[name]), &ImageFacts::default(), dhi_statement(&[PACKAGE]));
        assert_eq!(found, Some(Inapplicable::NotADhiImage), "{name}");
    }
}

#[test]
fn an_alias_of_the_user_names_a_hardened_image() {
    let mirror = "registry.example.com/mirror/dhi-bash";
    let aliases = vec![RepositoryAlias { mirror: mirror.to_owned(), original: "dhi.io/bash".to_owned() }];
    let facts = ImageFacts { aliases, ..ImageFacts::default() };
    let scan = of_image(&[&format!("{mirror}:5")]);
    assert_eq!(reason(&scan, &facts, dhi_statement(&[PACKAGE])), None);
    assert_eq!(
        reason(&scan, &ImageFacts::default(), dhi_statement(&[PACKAGE])),
        Some(Inapplicable::NotADhiImage)
    );
}

#[test]
fn statements_on_an_image_by_name_are_guarded_too() {
    // A name without a repository matches an image that is no hardened one.
    let scan = of_image(&["docker.io/library/bash:5"]);
    let found = reason(&scan, &ImageFacts::default(), dhi_statement(&["pkg:oci/bash"]));
    assert_eq!(found, Some(Inapplicable::NotADhiImage));
    // A digest names this very image.
    let scan = of_image(&[&format!("{IMAGE}@{DIGEST}")]);
    let found = reason(&scan, &ImageFacts::default(), dhi_statement(&[&format!("pkg:oci/web@{DIGEST}")]));
    assert_eq!(found, None);
}

#[test]
fn an_image_by_name_needs_a_verified_image_if_required() {
    let documents = || vec![document(vec![statement(Status::NotAffected, 1, &["pkg:docker/shop/web"])])];
    let scan = of_image(&["docker.io/shop/web:1"]);
    let decided = decision(&scan, documents());
    assert_eq!(summary(&decided), "suppressed by 0#0 not_affected image-any");
    assert!(decided.warnings.contains(&Warning::UnverifiedImage));
    let strict = Rules { require_verified: true, ..rules() };
    let decided = decide_with(&scan, &ImageFacts::default(), documents(), &strict);
    assert_eq!(summary(&decided), "kept (image-not-verified)");
}

#[test]
fn facts_about_another_image_prove_nothing() {
    let verified = crate::vex::VerifiedImage {
        root: OTHER.parse().unwrap(),
        images: vec![(OTHER.parse().unwrap(), None)],
        configs: Vec::new(),
    };
    for hardened in [HardenedStatus::Hardened, HardenedStatus::BuiltOn] {
        let facts = ImageFacts { verified: Some(verified.clone()), ..with(hardened) };
        let mut scan = of_image(&[&format!("{IMAGE}@{DIGEST}")]);
        scan.findings[0].package.origin = Origin::Base;
        assert_eq!(reason(&scan, &facts, dhi_statement(&[PACKAGE])), Some(Inapplicable::NotADhiImage));
    }
}

#[test]
fn the_sharper_proof_of_several_products_counts() {
    // By its name the image is not verified; by its digest it is this very image.
    let digest = format!("pkg:oci/web@{DIGEST}");
    let scan = of_image(&[&format!("{IMAGE}@{DIGEST}")]);
    let strict = Rules { require_verified: true, ..rules() };
    let documents = dhi_statement(&[PACKAGE, "pkg:oci/web", &digest]);
    let decided = decide_with(&scan, &ImageFacts::default(), documents, &strict);
    assert_eq!(summary(&decided), "suppressed by 0#0 not_affected image-digest");
}
