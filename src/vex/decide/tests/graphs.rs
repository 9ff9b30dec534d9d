use super::*;
use crate::vex::Graph;

const ROOT: usize = 0;
const SHOP: usize = 1;
const LIBGCC: usize = 2;
const LIBC: usize = 3;
const BASE: usize = 4;
const CLI: usize = 5;

/// `libc6` in a graph with these parents.
fn libc(parents: &[(usize, &[usize])]) -> Scan {
    let purls = [
        None,
        Some("pkg:deb/debian/shop@1.0"),
        Some("pkg:deb/debian/libgcc-s1@12.2.0"),
        Some("pkg:deb/debian/libc6@2.36-9"),
        Some("pkg:deb/debian/gcc-12-base@12.2.0"),
        Some("pkg:deb/debian/cli@2.0"),
    ];
    let mut graph = Graph {
        nodes: purls.iter().map(|purl| purl.map(|purl| PackageUrl::parse(purl).unwrap())).collect(),
        parents: vec![Vec::new(); purls.len()],
        root: ROOT,
    };
    for (node, parents) in parents {
        graph.parents[*node] = parents.to_vec();
    }
    let mut finding = finding_of(CVE, "pkg:deb/debian/libc6@2.36-9");
    finding.package.node = Some(LIBC);
    let subject = Scanned { kind: ScannedKind::Files, ..Scanned::default() };
    Scan { graph: Some(graph), ..scan(subject, vec![finding]) }
}

const SHOP_PRODUCT: &str = "pkg:deb/debian/shop@1.0 > pkg:deb/debian/libc6";
const CLI_PRODUCT: &str = "pkg:deb/debian/cli@2.0 > pkg:deb/debian/libc6";

fn not_affected(products: &[&str]) -> Vec<SourcedDocument> {
    vec![document(vec![statement(Status::NotAffected, 1, products)])]
}

#[test]
fn packages_that_need_each_other_add_no_path() {
    let scan = libc(&[(LIBC, &[LIBGCC]), (LIBGCC, &[LIBC, SHOP]), (SHOP, &[ROOT])]);
    let decided = decision(&scan, not_affected(&[SHOP_PRODUCT]));
    assert_eq!(summary(&decided), "suppressed by 0#0 not_affected ancestor");
    assert_eq!(decided.ruling.unwrap().subcomponent.as_deref(), Some("pkg:deb/debian/libc6"));
}

#[test]
fn a_dead_end_behind_a_cycle_adds_no_path() {
    let dead_end = [(LIBC, &[LIBGCC][..]), (LIBGCC, &[BASE, SHOP]), (BASE, &[LIBGCC]), (SHOP, &[ROOT])];
    assert_eq!(
        summary(&decision(&libc(&dead_end), not_affected(&[SHOP_PRODUCT]))),
        "suppressed by 0#0 not_affected ancestor"
    );
    let second_way =
        [(LIBC, &[LIBGCC][..]), (LIBGCC, &[BASE, SHOP]), (BASE, &[LIBGCC, ROOT]), (SHOP, &[ROOT])];
    let decided = decision(&libc(&second_way), not_affected(&[SHOP_PRODUCT]));
    assert_eq!(summary(&decided), "kept (reachable-via-unassessed-path)");
    assert_eq!(near_miss(&decided), "refused");
}

#[test]
fn an_ancestor_without_parents_counts_as_reached() {
    let scan = libc(&[(LIBC, &[LIBGCC, SHOP]), (SHOP, &[ROOT])]);
    let decided = decision(&scan, not_affected(&[SHOP_PRODUCT]));
    assert_eq!(summary(&decided), "kept (reachable-via-unassessed-path)");
}

#[test]
fn every_path_needs_a_statement() {
    let scan = libc(&[(LIBC, &[SHOP, CLI]), (SHOP, &[ROOT]), (CLI, &[ROOT])]);
    let both = vec![
        document(vec![statement(Status::NotAffected, 1, &[SHOP_PRODUCT])]),
        document(vec![statement(Status::NotAffected, 2, &[CLI_PRODUCT])]),
    ];
    assert_eq!(summary(&decision(&scan, both)), "suppressed by 1#0 not_affected ancestor");
    let decided = decision(&scan, not_affected(&[SHOP_PRODUCT]));
    assert_eq!(summary(&decided), "kept (reachable-via-unassessed-path)");
}

#[test]
fn the_newest_statement_on_an_ancestor_decides_there() {
    let scan = libc(&[(LIBC, &[SHOP]), (SHOP, &[ROOT])]);
    let withdrawn = vec![document(vec![
        statement(Status::NotAffected, 1, &[SHOP_PRODUCT]),
        statement(Status::Affected, 2, &[SHOP_PRODUCT]),
    ])];
    let decided = decision(&scan, withdrawn);
    assert_eq!(decided.outcome, Outcome::Kept);
    assert_eq!(decided.reason, Some(Inapplicable::ReachableViaUnassessedPath));
}

#[test]
fn ancestors_are_asked_only_without_a_direct_statement() {
    let scan = libc(&[(LIBC, &[SHOP]), (SHOP, &[ROOT])]);
    let documents = vec![document(vec![
        statement(Status::NotAffected, 2, &[SHOP_PRODUCT]),
        statement(Status::Affected, 1, &["pkg:deb/debian/libc6"]),
    ])];
    assert_eq!(summary(&decision(&scan, documents)), "kept by 0#1 affected package-any-version");
}

#[test]
fn the_subcomponent_of_an_ancestor_must_be_the_package() {
    let scan = libc(&[(LIBC, &[SHOP]), (SHOP, &[ROOT])]);
    for product in [
        "pkg:deb/debian/shop@1.0 > pkg:deb/debian/perl",
        "pkg:deb/debian/shop@1.1 > pkg:deb/debian/libc6",
        "pkg:deb/debian/cli@2.0 > pkg:deb/debian/libc6",
    ] {
        let decided = decision(&scan, not_affected(&[product]));
        assert_eq!(decided.outcome, Outcome::Kept, "{product}");
        assert_eq!(decided.ruling, None, "{product}");
    }
    let whole = decision(&scan, not_affected(&["pkg:deb/debian/shop@1.0"]));
    assert_eq!(summary(&whole), "suppressed by 0#0 not_affected ancestor");
}

#[test]
fn an_unverified_statement_cuts_no_path() {
    let scan = libc(&[(LIBC, &[SHOP]), (SHOP, &[ROOT])]);
    let documents = not_affected(&[SHOP_PRODUCT]);
    let documents = documents.into_iter().map(|sourced| trusted_as(sourced, SourceTrust::Unverified));
    let decided = decision(&scan, documents.collect());
    assert_eq!(summary(&decided), "kept (unverified)");
}

#[test]
fn a_report_without_a_graph_is_told() {
    let with_graph = libc(&[(LIBC, &[SHOP]), (SHOP, &[ROOT])]);
    let without = Scan { graph: None, ..with_graph };
    let decided = decision(&without, not_affected(&[SHOP_PRODUCT]));
    assert_eq!(summary(&decided), "kept (no-product-match)");
    assert!(decided.warnings.contains(&Warning::NoGraph));
    // A statement about another version of the package is no statement about an ancestor.
    let decided =
        decision(&without, not_affected(&["pkg:deb/debian/libc6@2.37-1", "pkg:deb/debian/shop@1.0"]));
    assert!(!decided.warnings.contains(&Warning::NoGraph));
}
