//! Near misses and warnings.

use super::*;

fn miss(products: &[&str]) -> Decision {
    let decided = decision(&bash(), vec![document(vec![statement(Status::NotAffected, 1, products)])]);
    assert_eq!(decided.outcome, Outcome::Kept, "{products:?}");
    assert_eq!(decided.reason, Some(Inapplicable::NoProductMatch), "{products:?}");
    decided
}

#[test]
fn the_first_part_that_differs_is_told() {
    for (product, expected) in [
        ("pkg:rpm/debian/bash@5.2-1", "type"),
        ("pkg:deb/ubuntu/bash@5.2-1", "namespace"),
        ("pkg:deb/debian/perl", "name"),
        ("pkg:deb/debian/bash@5.3-1", "version"),
        ("pkg:deb/debian/bash@5.2-1?distro=debian-12", "qualifier"),
        ("pkg:oci/other", "image"),
        ("cpe:2.3:a:gnu:bash:5.2:*:*:*:*:*:*:*", "no-form"),
    ] {
        let decided = miss(&[product]);
        assert_eq!(near_miss(&decided), expected, "{product}");
        assert_eq!(decided.near_miss.unwrap().component, product);
        let considered = &decided.considered[0];
        assert_eq!(considered.inapplicable, Some(Inapplicable::NoProductMatch));
        assert_eq!(considered.differs.as_ref().map(NearMissPart::id), Some(expected));
    }
    let other_digest = format!("pkg:oci/web@{OTHER}");
    assert_eq!(near_miss(&miss(&[&other_digest])), "digest");
    let not_listed = format!("pkg:oci/web@{DIGEST} > pkg:deb/debian/perl");
    assert_eq!(near_miss(&miss(&[&not_listed])), "subcomponent");
    let other_version = format!("pkg:oci/web@{DIGEST} > pkg:deb/debian/perl pkg:deb/debian/bash@5.3-1");
    let decided = miss(&[&other_version]);
    assert_eq!(near_miss(&decided), "version");
    assert_eq!(decided.near_miss.unwrap().component, "pkg:deb/debian/bash@5.3-1");
}

#[test]
fn the_closest_statement_is_told() {
    let decided = decision(
        &bash(),
        vec![document(vec![
            statement(Status::NotAffected, 3, &["pkg:deb/debian/perl"]),
            statement(Status::NotAffected, 1, &["pkg:deb/debian/bash@5.3-1"]),
            statement(Status::NotAffected, 2, &["pkg:npm/bash"]),
        ])],
    );
    let near = decided.near_miss.unwrap();
    assert_eq!((near.statement, near.part.id()), (at(0, 1), "version"));
    assert_eq!(decided.considered.len(), 3);
}

#[test]
fn a_name_in_another_spelling_is_told() {
    let npm = scan(Scanned::default(), vec![finding_of(CVE, "pkg:npm/%40acme/table@7.29.7")]);
    let product = "pkg:npm/%40acme%2Ftable@7.29.7";
    let decided = decision(&npm, vec![document(vec![statement(Status::NotAffected, 1, &[product])])]);
    assert_eq!(summary(&decided), "kept (no-product-match)");
    assert_eq!(near_miss(&decided), "namespace");
}

#[test]
fn beside_one_that_keeps_the_closest_suppressing_one_is_told() {
    let decided = decision(
        &bash(),
        vec![document(vec![
            statement(Status::Affected, 1, &["pkg:deb/debian/bash"]),
            statement(Status::NotAffected, 2, &["pkg:deb/debian/bash@5.3-1"]),
            statement(Status::Affected, 2, &["pkg:deb/debian/bash@5.4-1"]),
        ])],
    );
    assert_eq!(summary(&decided), "kept by 0#0 affected package-any-version");
    assert_eq!(decided.near_miss.map(|near| near.statement), Some(at(0, 1)));
}

#[test]
fn a_suppressed_finding_has_no_near_miss() {
    let decided = decision(
        &bash(),
        vec![document(vec![
            statement(Status::NotAffected, 1, &["pkg:deb/debian/bash@5.2-1"]),
            statement(Status::NotAffected, 2, &["pkg:deb/debian/bash@5.3-1"]),
        ])],
    );
    assert_eq!(decided.outcome, Outcome::Suppressed);
    assert_eq!(decided.near_miss, None);
    assert_eq!(decided.considered.len(), 2);
}

#[test]
fn weak_matches_are_told() {
    let warned = |scan: &Scan, product: &str, warning: &Warning| {
        let decided = decision(scan, vec![document(vec![statement(Status::Fixed, 1, &[product])])]);
        assert_eq!(decided.outcome, Outcome::Suppressed, "{product}");
        decided.warnings.contains(warning)
    };
    let scan = bash();
    assert!(warned(&scan, "pkg:deb/debian/bash", &Warning::AnyVersion));
    assert!(!warned(&scan, "pkg:deb/debian/bash@5.2-1", &Warning::AnyVersion));
    assert!(warned(&scan, "pkg:oci/web > pkg:deb/debian/bash", &Warning::AnyVersion));
    assert!(warned(&scan, "pkg:oci/web", &Warning::NameOnly));
    assert!(warned(&scan, "pkg:deb/debian/bash", &Warning::UnverifiedSource));
    let mut by_name = bash();
    by_name.findings[0].package.purl = None;
    assert!(warned(&by_name, "pkg:deb/debian/bash@5.2-1", &Warning::PackageName));
}

#[test]
fn the_most_exact_product_is_told() {
    let exact = format!("pkg:oci/web@{DIGEST} > pkg:deb/debian/bash@5.2-1");
    let mut products = ["pkg:oci/web", "pkg:deb/debian/bash", &exact, "pkg:oci/web > pkg:deb/debian/bash"];
    for _ in 0..products.len() {
        products.rotate_left(1);
        let decided = decision(&bash(), vec![document(vec![statement(Status::Fixed, 1, &products)])]);
        assert_eq!(summary(&decided), "suppressed by 0#0 fixed image-digest+package");
    }
}

#[test]
fn distant_statements_are_bounded() {
    let others: Vec<String> = (0..100).map(|number| format!("pkg:deb/debian/other{number}")).collect();
    let statements = others.iter().map(|product| statement(Status::NotAffected, 1, &[product]));
    let mut statements: Vec<Statement> = statements.collect();
    statements.push(statement(Status::NotAffected, 1, &["pkg:deb/debian/bash@5.3-1"]));
    let decided = decision(&bash(), vec![document(statements)]);
    assert_eq!(near_miss(&decided), "version");
    assert_eq!(decided.considered.len(), crate::vex::limits::DISTANT_STATEMENTS + 1);
}
