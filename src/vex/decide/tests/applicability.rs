//! Validity and sources.

use super::*;

const PRODUCT: &str = "pkg:deb/debian/bash@5.2-1";

fn trust(trust: SourceTrust, statements: Vec<Statement>) -> SourcedDocument {
    trusted_as(document(statements), trust)
}

fn failed() -> SourceTrust {
    SourceTrust::Failed { cause: "trust/tampered: a signature does not match".to_owned() }
}

fn too_old() -> SourceTrust {
    SourceTrust::TooOld { by: None, newest: Some(time("2026-01-01T00:00:00Z")) }
}

#[test]
fn a_source_that_may_not_suppress_suppresses_nothing() {
    for (source, reason) in
        [(SourceTrust::Unverified, "unverified"), (failed(), "proof-failed"), (too_old(), "too-old")]
    {
        for status in [Status::NotAffected, Status::Fixed] {
            let statements = vec![statement(status, 1, &[PRODUCT])];
            let decided = decision(&bash(), vec![trust(source.clone(), statements)]);
            assert_eq!(summary(&decided), format!("kept ({reason})"));
            assert_eq!(near_miss(&decided), "refused");
            let considered = &decided.considered[0];
            assert_eq!(considered.inapplicable.map(Inapplicable::id), Some(reason));
        }
    }
}

#[test]
fn a_document_without_proof_withdraws_nothing() {
    for source in [SourceTrust::Unverified, failed()] {
        let documents = vec![
            trust(SourceTrust::TrustedByUser, vec![statement(Status::NotAffected, 1, &[PRODUCT])]),
            trust(source, vec![statement(Status::Affected, 2, &[PRODUCT])]),
        ];
        let decided = decision(&bash(), documents);
        assert_eq!(summary(&decided), "suppressed by 0#0 not_affected package");
        let ignored = Warning::IgnoredKeeping { statement: at(1, 0) };
        assert!(decided.warnings.contains(&ignored), "{:?}", decided.warnings);
        assert_eq!(decided.considered.len(), 2);
    }
    // An older one would not count anyway.
    let documents = vec![
        trust(SourceTrust::TrustedByUser, vec![statement(Status::NotAffected, 2, &[PRODUCT])]),
        trust(SourceTrust::Unverified, vec![statement(Status::Affected, 1, &[PRODUCT])]),
    ];
    let decided = decision(&bash(), documents);
    assert!(!decided.warnings.iter().any(|warning| matches!(warning, Warning::IgnoredKeeping { .. })));
}

#[test]
fn a_newer_statement_without_a_known_status_is_told() {
    for (days, is_told) in [(1, false), (2, true), (3, true)] {
        let mut unknown = statement(Status::Unknown, days, &[PRODUCT]);
        unknown.validity = Validity::UnknownStatus;
        let suppressing = statement(Status::NotAffected, 2, &[PRODUCT]);
        let decided = decision(&bash(), vec![trust(SourceTrust::TrustedByUser, vec![suppressing, unknown])]);
        assert_eq!(summary(&decided), "suppressed by 0#0 not_affected package");
        let ignored = Warning::IgnoredStatus { statement: at(0, 1) };
        assert_eq!(decided.warnings.contains(&ignored), is_told, "{days}");
    }
}

#[test]
fn a_proven_statement_that_keeps_counts_even_if_too_old() {
    let documents = vec![
        trust(SourceTrust::TrustedByUser, vec![statement(Status::NotAffected, 1, &[PRODUCT])]),
        trust(too_old(), vec![statement(Status::Affected, 2, &[PRODUCT])]),
    ];
    assert_eq!(summary(&decision(&bash(), documents)), "kept by 1#0 affected package");
}

#[test]
fn a_statement_without_reason_suppresses_only_if_lenient() {
    let invalid =
        || Statement { validity: Validity::NoJustification, ..statement(Status::NotAffected, 1, &[PRODUCT]) };
    let decided = decision(&bash(), vec![document(vec![invalid()])]);
    assert_eq!(summary(&decided), "kept (invalid-no-justification)");
    let lenient = Rules { lenient: true, ..rules() };
    let decided = decide_with(&bash(), &ImageFacts::default(), vec![document(vec![invalid()])], &lenient);
    assert_eq!(summary(&decided), "suppressed by 0#0 not_affected package");
    // It does not override what an older valid one says.
    let older = statement(Status::Affected, 1, &[PRODUCT]);
    let newer = Statement { timestamp: Some(time("2026-02-01T00:00:00Z")), ..invalid() };
    let decided = decision(&bash(), vec![document(vec![older, newer])]);
    assert_eq!(summary(&decided), "kept by 0#0 affected package");
    assert_eq!(near_miss(&decided), "refused");
}

#[test]
fn an_unknown_status_decides_nothing() {
    let unknown =
        Statement { validity: Validity::UnknownStatus, ..statement(Status::Unknown, 2, &[PRODUCT]) };
    let decided = decision(&bash(), vec![document(vec![unknown.clone()])]);
    assert_eq!(summary(&decided), "kept (invalid-unknown-status)");
    let lenient = Rules { lenient: true, ..rules() };
    let decided = decide_with(&bash(), &ImageFacts::default(), vec![document(vec![unknown])], &lenient);
    assert_eq!(decided.outcome, Outcome::Kept);
}

#[test]
fn subcomponents_of_a_package_do_not_count() {
    let product = "pkg:deb/debian/bash@5.2-1 > pkg:deb/debian/perl";
    let decided = decision(&bash(), vec![document(vec![statement(Status::Fixed, 1, &[product])])]);
    assert_eq!(summary(&decided), "suppressed by 0#0 fixed package");
}

#[test]
fn subcomponents_of_an_image_count() {
    let product = |subcomponents: &str| format!("pkg:oci/web@{DIGEST} > {subcomponents}");
    for (subcomponents, expected) in [
        (
            "pkg:deb/debian/perl pkg:deb/debian/bash",
            "suppressed by 0#0 fixed image-digest+package-any-version",
        ),
        ("pkg:deb/debian/bash pkg:deb/debian/bash@5.2-1", "suppressed by 0#0 fixed image-digest+package"),
        ("pkg:deb/debian/perl", "kept (no-product-match)"),
    ] {
        let statement = statement(Status::Fixed, 1, &[&product(subcomponents)]);
        assert_eq!(summary(&decision(&bash(), vec![document(vec![statement])])), expected, "{subcomponents}");
    }
}

#[test]
fn one_finding_in_two_places_is_decided_alike() {
    let mut scan = bash();
    let mut other = scan.findings[0].clone();
    other.package.locations = vec!["/opt/bash".to_owned()];
    scan.findings.extend([finding_of(CVE, "pkg:deb/debian/perl@5"), other]);
    let set = StatementSet::new(vec![document(vec![statement(Status::Fixed, 1, &[PRODUCT])])]);
    let decisions = decide(&scan, &ImageFacts::default(), &set, &rules());
    assert_eq!(decisions.len(), 3);
    assert_eq!(decisions[0], decisions[2]);
    assert_eq!(decisions[1].outcome, Outcome::Kept);
}

#[test]
fn a_range_does_not_take_the_match_of_an_equal_text() {
    let text = format!("pkg:oci/web?repository_url={IMAGE}");
    let other_cve = "CVE-2026-0002";
    let mut ranged = named(statement(Status::NotAffected, 1, &[&text]), other_cve);
    ranged.products = Products::new(vec![Product {
        component: Component {
            identities: vec![Identity::Purl {
                text: text.clone(),
                purl: Box::new(PackageUrl::parse(&text).unwrap()),
                is_range: true,
            }],
        },
        subcomponents: Vec::new(),
    }]);
    let set = StatementSet::new(vec![
        document(vec![statement(Status::NotAffected, 1, &[&text])]),
        document(vec![ranged]),
    ]);
    let decided = |ids: [&str; 2]| {
        let findings = ids.iter().map(|id| finding_of(id, BASH)).collect();
        let scan = scan(image(&[&format!("{IMAGE}:1")]), findings);
        decide(&scan, &ImageFacts::default(), &set, &rules())
            .into_iter()
            .map(|decision| decision.outcome)
            .collect::<Vec<_>>()
    };
    assert_eq!(decided([CVE, other_cve]), [Outcome::Suppressed, Outcome::Kept]);
    assert_eq!(decided([other_cve, CVE]), [Outcome::Kept, Outcome::Suppressed]);
}
