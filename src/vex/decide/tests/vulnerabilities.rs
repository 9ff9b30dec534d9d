//! Ids, and advisories over several vulnerabilities.

use super::*;
use crate::vex::Equivalence;

const PRODUCT: &str = "pkg:deb/debian/bash@5.2-1";

fn found(id: &str, aliases: &[&str]) -> Scan {
    let mut scan = bash();
    scan.findings[0].id = id.to_owned();
    scan.findings[0].aliases = aliases.iter().map(|&alias| alias.to_owned()).collect();
    scan
}

fn about(status: Status, day: u8, name: &str) -> Statement {
    named(statement(status, day, &[PRODUCT]), name)
}

#[test]
fn aliases_meet_and_are_told() {
    let scan = found("GHSA-aaaa-bbbb-cccc", &["CVE-2026-0001"]);
    let decided = decision(&scan, vec![document(vec![about(Status::NotAffected, 1, "cve-2026-0001")])]);
    assert_eq!(decided.outcome, Outcome::Suppressed);
    assert_eq!(decided.ruling.unwrap().equivalences, [Equivalence::VulnerabilityAlias]);
    let decided = decision(&scan, vec![document(vec![about(Status::NotAffected, 1, "CVE-2026-0002")])]);
    assert_eq!(summary(&decided), "kept (no-statement)");
    assert_eq!(decided.considered, []);
}

#[test]
fn statements_under_several_names_are_ordered_by_time() {
    let scan = found("GHSA-aaaa-bbbb-cccc", &["CVE-2026-0001"]);
    let decided = decision(
        &scan,
        vec![document(vec![
            about(Status::Affected, 1, "GHSA-aaaa-bbbb-cccc"),
            about(Status::NotAffected, 2, "CVE-2026-0001"),
        ])],
    );
    assert_eq!(summary(&decided), "suppressed by 0#1 not_affected package");
}

#[test]
fn an_advisory_needs_every_vulnerability() {
    let scan = found("RHSA-2026:0001", &["CVE-2026-1", "CVE-2026-2"]);
    let one = || about(Status::NotAffected, 1, "CVE-2026-1");
    let two = |status, day| about(status, day, "CVE-2026-2");
    let decided = decision(&scan, vec![document(vec![one()])]);
    assert_eq!(summary(&decided), "kept (advisory-not-assessed)");
    let decided = decision(&scan, vec![document(vec![one(), two(Status::Fixed, 1)])]);
    assert_eq!(summary(&decided), "suppressed by 0#1 fixed package (all-bundled-cves-assessed)");
    assert_eq!(decided.ruling.unwrap().equivalences, [Equivalence::Advisory]);
    assert!(!decided.conflict);
    let decided = decision(&scan, vec![document(vec![one(), two(Status::Affected, 1)])]);
    assert_eq!(summary(&decided), "kept by 0#1 affected package (advisory-not-assessed)");
    // Each vulnerability needs a statement about this package.
    let elsewhere = named(statement(Status::Fixed, 1, &["pkg:deb/debian/perl"]), "CVE-2026-2");
    let decided = decision(&scan, vec![document(vec![one(), elsewhere])]);
    assert_eq!(summary(&decided), "kept (advisory-not-assessed)");
    assert_eq!(near_miss(&decided), "name");
}

#[test]
fn a_statement_on_the_advisory_covers_it() {
    let scan = found("DSA-9001-1", &["CVE-2026-1", "CVE-2026-2"]);
    let own = |day| about(Status::NotAffected, day, "DSA-9001-1");
    let decided = decision(&scan, vec![document(vec![own(1)])]);
    assert_eq!(summary(&decided), "suppressed by 0#0 not_affected package");
    // A newer statement that one of them does affect withdraws it.
    let affected = |day| about(Status::Affected, day, "CVE-2026-2");
    let decided = decision(&scan, vec![document(vec![own(1), affected(2)])]);
    assert_eq!(summary(&decided), "kept by 0#1 affected package");
    let decided = decision(&scan, vec![document(vec![own(2), affected(1)])]);
    assert_eq!(summary(&decided), "suppressed by 0#0 not_affected package");
}

#[test]
fn an_advisory_links_nothing_as_an_alias() {
    let scan = found("CVE-2026-2", &["DSA-9001-1"]);
    let mut one = about(Status::NotAffected, 1, "CVE-2026-1");
    one.vulnerability.aliases = vec!["DSA-9001-1".to_owned()];
    let decided = decision(&scan, vec![document(vec![one])]);
    assert_eq!(summary(&decided), "kept (no-statement)");
    let on_advisory = about(Status::NotAffected, 1, "DSA-9001-1");
    let decided = decision(&scan, vec![document(vec![on_advisory])]);
    assert_eq!(summary(&decided), "kept (no-statement)");
}

#[test]
fn an_advisory_without_vulnerabilities_needs_its_own_statement() {
    let scan = found("USN-9001-1", &["GHSA-aaaa-bbbb-cccc"]);
    let decided = decision(&scan, vec![document(vec![about(Status::Fixed, 1, "GHSA-aaaa-bbbb-cccc")])]);
    assert_eq!(decided.outcome, Outcome::Kept);
}

#[test]
fn a_finding_of_the_feed_of_hardened_packages_is_kept() {
    let purl = "pkg:deb/dhi/coreutils@9.7-3%2Bdhi3?arch=arm64&distro=dhi-13";
    let mut finding = finding_of("DHI-CVE-2017-18018-coreutils", purl);
    finding.aliases = vec!["CVE-2017-18018".to_owned()];
    let product = "pkg:deb/dhi/coreutils@9.7-3%2Bdhi3?os_distro=debian&os_name=dhi&os_version=13";
    let documents = |status| {
        let statement = named(statement(status, 1, &[product]), "CVE-2017-18018");
        vec![by_dhi(document(vec![statement]))]
    };
    let mut hardened = scan(image(&["dhi.io/bash:5"]), vec![finding]);
    let decided = decision(&hardened, documents(Status::NotAffected));
    assert_eq!(summary(&decided), "kept (feed-contradiction)");
    assert_eq!(near_miss(&decided), "refused");
    assert_eq!(decided.considered[0].inapplicable, Some(Inapplicable::FeedContradiction));
    let decided = decision(&hardened, documents(Status::Affected));
    assert_eq!(decided.ruling.map(|ruling| ruling.status), Some(Status::Affected));
    hardened.findings[0].id = "CVE-2017-18018".to_owned();
    hardened.findings[0].aliases.clear();
    assert_eq!(decision(&hardened, documents(Status::NotAffected)).outcome, Outcome::Suppressed);
}
