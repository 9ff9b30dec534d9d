//! Properties that hold for all documents.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::vex::HardenedStatus;
use crate::vex::decide::applicability::{Applicability, of_statement};
use crate::vex::decide::context::Context;
use crate::vex::matching::vulnerability::keys_of_finding;
use crate::vex::package_index::FoldedName;

const PRODUCTS: [&str; 14] = [
    "pkg:deb/debian/bash",
    "pkg:deb/debian/bash@5.2-1",
    "pkg:deb/debian/bash@5.3-1",
    "pkg:deb/debian/BASH@5.2-1?distro=debian-13",
    "pkg:deb/debian/bash-source@5.2-1",
    "pkg:deb/debian/perl",
    "pkg:deb/debian/shop@1.0 > pkg:deb/debian/bash",
    "pkg:deb/debian/cli@2.0",
    "pkg:oci/web",
    "pkg:oci/web > pkg:deb/debian/bash",
    "pkg:oci/web > pkg:deb/debian/perl",
    "pkg:oci/other",
    "registry.example.com/shop/web@sha256:1111111111111111111111111111111111111111111111111111111111111111",
    "cpe:2.3:a:gnu:bash:5.2:*:*:*:*:*:*:*",
];

fn statements() -> impl Strategy<Value = Vec<Statement>> {
    let status = prop::sample::select(vec![
        Status::NotAffected,
        Status::Fixed,
        Status::UnderInvestigation,
        Status::Affected,
    ]);
    let products = prop::collection::vec(prop::sample::select(PRODUCTS.to_vec()), 0..4);
    let name = prop::sample::select(vec![CVE, "CVE-2026-0002", "GHSA-aaaa-bbbb-cccc"]);
    let validity = prop::sample::select(vec![Validity::Valid, Validity::Valid, Validity::NoJustification]);
    let one =
        (status, 1u8..4, products, name, validity).prop_map(|(status, day, products, name, validity)| {
            Statement { validity, ..named(statement(status, day, &products), name) }
        });
    prop::collection::vec(one, 0..5)
}

fn documents() -> impl Strategy<Value = Vec<SourcedDocument>> {
    let trust = prop::sample::select(vec![
        SourceTrust::TrustedByUser,
        SourceTrust::TrustedByUser,
        SourceTrust::Unverified,
        SourceTrust::TooOld { by: None, newest: Some(time("2026-01-01T00:00:00Z")) },
    ]);
    let subjects = prop::sample::select(vec![None, None, Some(DIGEST), Some(OTHER)]);
    let one = (statements(), trust, any::<bool>(), subjects, 0usize..2);
    let one = one.prop_map(|(statements, trust, is_dhi, subject, priority)| {
        let mut sourced = trusted_as(document(statements), trust);
        sourced.source.priority = priority;
        sourced.document.subjects = subject.map(|subject| vec![subject.to_owned()]);
        if is_dhi { by_dhi(sourced) } else { sourced }
    });
    prop::collection::vec(one, 0..4)
}

fn facts() -> impl Strategy<Value = ImageFacts> {
    let hardened = prop::sample::select(vec![
        HardenedStatus::Unproven,
        HardenedStatus::Hardened,
        HardenedStatus::BuiltOn,
        HardenedStatus::Neither,
    ]);
    hardened.prop_map(|hardened| ImageFacts { hardened, ..ImageFacts::default() })
}

/// Two findings of a package with a source package, in a graph where `shop` and `cli` need it.
fn bash_in_graph() -> Scan {
    let mut scan = bash();
    let purls = [None, Some("pkg:deb/debian/shop@1.0"), Some("pkg:deb/debian/cli@2.0"), Some(BASH)];
    scan.graph = Some(crate::vex::Graph {
        nodes: purls.iter().map(|purl| purl.map(|purl| PackageUrl::parse(purl).unwrap())).collect(),
        parents: vec![vec![], vec![0], vec![0], vec![1, 2]],
        root: 0,
    });
    let package = &mut scan.findings[0].package;
    package.node = Some(3);
    package.sources = vec![crate::vex::SourcePackage { name: "bash-source".to_owned(), version: None }];
    let mut second = scan.findings[0].clone();
    second.id = "GHSA-aaaa-bbbb-cccc".to_owned();
    second.aliases = vec![CVE.to_owned()];
    scan.findings.push(second);
    scan
}

/// What must not depend on an order: outcome, reason, conflict, and status, time and grade of what decided.
fn verdicts(documents: Vec<SourcedDocument>, facts: &ImageFacts) -> Vec<String> {
    let decisions = decide(&bash_in_graph(), facts, &StatementSet::new(documents), &rules());
    let verdict = |decision: &Decision| {
        let ruling = decision.ruling.as_ref().map(|ruling| (ruling.status, ruling.timestamp));
        let warned: BTreeSet<&str> = decision.warnings.iter().map(Warning::id).collect();
        let shadows: Vec<&str> = warned.into_iter().filter(|id| id.starts_with("shadowed")).collect();
        format!(
            "{:?} {:?} {ruling:?} {} {shadows:?}",
            decision.outcome,
            decision.reason.is_some(),
            decision.conflict
        )
    };
    decisions.iter().map(verdict).collect()
}

proptest! {
    #[test]
    fn the_order_of_documents_changes_no_verdict(
        (documents, shuffled) in documents().prop_flat_map(|one| (Just(one.clone()), Just(one).prop_shuffle())),
        facts in facts(),
    ) {
        prop_assert_eq!(verdicts(documents, &facts), verdicts(shuffled, &facts));
    }

    #[test]
    fn the_order_of_statements_changes_no_verdict(documents in documents(), facts in facts(), turn in 0usize..5) {
        let mut turned = documents.clone();
        for sourced in &mut turned {
            let statements = &mut sourced.document.statements;
            let count = statements.len().max(1);
            statements.rotate_left(turn % count);
            statements.reverse();
        }
        prop_assert_eq!(verdicts(documents, &facts), verdicts(turned, &facts));
    }

    #[test]
    fn the_order_of_products_changes_no_verdict(documents in documents(), facts in facts()) {
        let mut turned = documents.clone();
        for statement in turned.iter_mut().flat_map(|sourced| &mut sourced.document.statements) {
            let mut products = statement.products.get().to_vec();
            products.reverse();
            products.iter_mut().for_each(|product| product.subcomponents.reverse());
            statement.products = Products::new(products);
        }
        let grades = |documents: &[SourcedDocument]| {
            let set = StatementSet::new(documents.to_vec());
            let decisions = decide(&bash_in_graph(), &facts, &set, &rules());
            let grade = |decision: &Decision| decision.ruling.as_ref().map(|ruling| (ruling.statement, ruling.grade));
            decisions.iter().map(grade).collect::<Vec<_>>()
        };
        prop_assert_eq!(grades(&documents), grades(&turned));
        prop_assert_eq!(verdicts(documents, &facts), verdicts(turned, &facts));
    }

    /// The index by package leaves out nothing that applies.
    #[test]
    fn every_statement_that_applies_is_found(documents in documents(), facts in facts()) {
        let scan = bash_in_graph();
        let set = StatementSet::new(documents);
        let rules = rules();
        let context = Context::new(&scan, &facts, &set, &rules);
        for finding in &scan.findings {
            let ids = keys_of_finding(finding).ids;
            let names = FoldedName::all_of(&finding.package);
            let found = set.about_package(&ids, &names.iter().cloned());
            for at in set.about(&ids) {
                let statement = set.get(at).unwrap();
                let applicability = of_statement(&context, at, statement, &finding.package, &names);
                if !matches!(applicability, Applicability::Differs(_)) {
                    prop_assert!(found.contains(&at), "{applicability:?}");
                }
            }
        }
    }

    /// What is suppressed rests on a statement that suppresses, of a source that may, and that is valid.
    #[test]
    fn only_what_may_suppress_suppresses(documents in documents(), facts in facts()) {
        let set = StatementSet::new(documents);
        for decision in decide(&bash_in_graph(), &facts, &set, &rules()) {
            match decision.outcome {
                Outcome::Suppressed => {
                    let ruling = decision.ruling.unwrap();
                    let (sourced, statement) = set.get(ruling.statement).unwrap();
                    prop_assert!(statement.status.suppresses());
                    prop_assert!(sourced.source.trust.may_suppress());
                    prop_assert_eq!(statement.validity, Validity::Valid);
                }
                Outcome::Kept => {
                    let is_explained = decision.reason.is_some() || decision.ruling.is_some();
                    prop_assert!(is_explained);
                    prop_assert_eq!(decision.ruling.is_some_and(|ruling| ruling.status.suppresses()), false);
                }
            }
        }
    }
}
