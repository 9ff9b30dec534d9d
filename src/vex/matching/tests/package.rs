use proptest::prelude::*;

use super::fixture::{component, package, package_of};
use crate::vex::matching::{self, PackageMatch};
use crate::vex::{
    Component, ComponentGrade, Equivalence, FoundPackage, Identity, NearMissPart, PackageUrl, SourcePackage,
};

type Outcome = Result<PackageMatch, NearMissPart>;

fn compare(statement: &str, found: &str) -> Outcome {
    matching::package(&component(&[statement]), &package(found), None)
}

/// The equivalences by which they match.
fn equivalences(outcome: &Outcome) -> &[Equivalence] {
    &outcome.as_ref().unwrap_or_else(|part| panic!("{part:?}")).equivalences
}

fn missed(outcome: Outcome) -> NearMissPart {
    match outcome {
        Err(part) => part,
        Ok(found) => panic!("{found:?}"),
    }
}

fn version(statement: &str, found: &str) -> NearMissPart {
    NearMissPart::Version { statement: statement.to_owned(), found: found.to_owned() }
}

fn qualifier(name: &str, statement: &str, found: &str) -> NearMissPart {
    let (name, statement, found) = (name.to_owned(), statement.to_owned(), found.to_owned());
    NearMissPart::Qualifier { name, statement, found }
}

#[test]
fn a_statement_without_version_is_about_any() {
    let found = compare("pkg:deb/debian/bash", "pkg:deb/debian/bash@5.3").unwrap();
    assert_eq!(found.grade, ComponentGrade::PackageAnyVersion);
    assert_eq!(found.written, "pkg:deb/debian/bash");
    let found = compare("pkg:deb/debian/bash@5.3", "pkg:deb/debian/bash@5.3?arch=amd64").unwrap();
    assert_eq!(found.grade, ComponentGrade::Package);
    assert_eq!(found.equivalences, []);
}

#[test]
fn a_scope_inside_the_name_is_another_package() {
    // bugs-vex 01.
    assert_eq!(
        missed(compare("pkg:npm/%40acme%2Ftable@7.29.7", "pkg:npm/%40acme/table@7.29.7")),
        NearMissPart::Namespace { statement: String::new(), found: "@acme".to_owned() }
    );
    assert_eq!(
        missed(compare("pkg:composer/acme%2Fhttp-core@8.1.0", "pkg:composer/acme/http-core@8.1.0")),
        NearMissPart::Namespace { statement: String::new(), found: "acme".to_owned() }
    );
    assert!(compare("pkg:composer/Acme/HTTP-Core@8.1.0", "pkg:composer/acme/http-core@8.1.0").is_ok());
}

#[test]
fn versions_of_go_are_compared_as_text() {
    // bugs-vex 03.
    assert_eq!(
        missed(compare("pkg:golang/stdlib@1.22.4", "pkg:golang/stdlib@v1.22.4")),
        version("1.22.4", "v1.22.4")
    );
    assert!(compare("pkg:golang/stdlib", "pkg:golang/stdlib@v1.22.4").is_ok());
    assert!(
        compare(
            "pkg:golang/github.com/Acme/Go-Auth/v3@v3.2.0",
            "pkg:golang/github.com/acme/go-auth/v3@v3.2.0"
        )
        .is_ok()
    );
    assert_eq!(
        missed(compare("pkg:golang/github.com/!acme/a@v1", "pkg:golang/github.com/Acme/a@v1")),
        NearMissPart::Namespace {
            statement: "github.com/!acme".to_owned(),
            found: "github.com/acme".to_owned()
        }
    );
}

#[test]
fn the_first_part_that_differs_is_named() {
    let found = "pkg:deb/debian/curl@7.88?arch=amd64#a/b";
    let text = str::to_owned;
    for (statement, part) in [
        ("pkg:rpm/x/y@1", NearMissPart::Type { statement: text("rpm"), found: text("deb") }),
        ("pkg:deb/ubuntu/x@1", NearMissPart::Namespace { statement: text("ubuntu"), found: text("debian") }),
        ("pkg:deb/debian/x@1", NearMissPart::Name { statement: text("x"), found: text("curl") }),
        ("pkg:deb/debian/curl@7.8?arch=arm64", version("7.8", "7.88")),
        ("pkg:deb/debian/curl@7.88?arch=arm64#x", qualifier("arch", "arm64", "amd64")),
        ("pkg:deb/debian/curl@7.88?foo=bar", qualifier("foo", "bar", "")),
        ("pkg:deb/debian/curl#a", NearMissPart::Subpath { statement: text("a"), found: text("a/b") }),
    ] {
        assert_eq!(missed(compare(statement, found)), part, "{statement}");
    }
    assert!(compare("pkg:deb/debian/curl@7.88#a/b", found).is_ok());
    // The identity that comes closest counts, in any order.
    let texts = ["pkg:deb/debian/x@1", "pkg:deb/debian/curl@7.8", "pkg:rpm/x/y", "Curl"];
    for start in 0..texts.len() {
        let mut texts = texts;
        texts.rotate_left(start);
        let outcome = matching::package(&component(&texts), &package(found), None);
        assert_eq!(missed(outcome), version("7.8", "7.88"));
    }
}

#[test]
fn a_range_matches_nothing() {
    let ranged = |text: &str, is_range| Component {
        identities: vec![Identity::Purl {
            text: text.to_owned(),
            purl: Box::new(PackageUrl::parse(text).unwrap()),
            is_range,
        }],
    };
    let found = package("pkg:npm/router@7.1.0");
    let no_form = NearMissPart::NoForm { statement: "pkg:npm/router".to_owned() };
    assert_eq!(missed(matching::package(&ranged("pkg:npm/router", true), &found, None)), no_form);
    assert!(matching::package(&ranged("pkg:npm/router", false), &found, None).is_ok());
    // A version beside the range is a version.
    assert!(matching::package(&ranged("pkg:npm/router@7.1.0", true), &found, None).is_ok());
    // A range in the text of the version is text.
    assert_eq!(missed(compare("pkg:npm/router@<7.2", "pkg:npm/router@7.1.0")), version("<7.2", "7.1.0"));
}

#[test]
fn an_epoch_is_written_in_two_ways() {
    let epoch: &[_] = &[Equivalence::Epoch];
    for (statement, found) in [
        ("pkg:deb/debian/zlib@1:1.3-1", "pkg:deb/debian/zlib@1.3-1?epoch=1"),
        ("pkg:deb/debian/zlib@1.3-1?epoch=1", "pkg:deb/debian/zlib@1%3A1.3-1"),
        ("pkg:rpm/redhat/zlib@0:1.3-1", "pkg:rpm/redhat/zlib@1.3-1"),
        ("pkg:rpm/redhat/zlib@1.3-1", "pkg:rpm/redhat/zlib@0:1.3-1"),
        ("pkg:rpm/redhat/zlib@1.3-1?epoch=0", "pkg:rpm/redhat/zlib@1.3-1"),
        ("pkg:deb/debian/zlib?epoch=1", "pkg:deb/debian/zlib@1:1.3-1"),
    ] {
        assert_eq!(equivalences(&compare(statement, found)), epoch, "{statement} {found}");
    }
    assert_eq!(
        missed(compare("pkg:deb/debian/zlib@1:1.3", "pkg:deb/debian/zlib@2:1.3")),
        version("1:1.3", "2:1.3")
    );
    assert_eq!(
        missed(compare("pkg:deb/debian/zlib@1.3?epoch=1", "pkg:deb/debian/zlib@1.3?epoch=2")),
        version("1:1.3", "2:1.3")
    );
    assert_eq!(
        missed(compare("pkg:deb/debian/zlib@1.3", "pkg:deb/debian/zlib@1:1.3")),
        version("1.3", "1:1.3")
    );
    // A qualifier that contradicts the version.
    assert!(compare("pkg:deb/debian/zlib@1:1.3?epoch=2", "pkg:deb/debian/zlib@1:1.3").is_err());
    // Other ecosystems have no epoch.
    assert!(compare("pkg:generic/zlib@0:1.3", "pkg:generic/zlib@1.3").is_err());
    assert_eq!(missed(compare("pkg:npm/a@1?epoch=0", "pkg:npm/a@1")), qualifier("epoch", "0", ""));
}

#[test]
fn an_architecture_has_several_names() {
    let architecture: &[_] = &[Equivalence::Architecture];
    for (statement, found) in [
        ("pkg:rpm/a/b@1?arch=amd64", "pkg:rpm/a/b@1?arch=x86_64"),
        ("pkg:apk/a/b@1?arch=aarch64", "pkg:apk/a/b@1?arch=arm64"),
        ("pkg:apk/a/b@1?arch=x86", "pkg:apk/a/b@1?arch=386"),
        ("pkg:deb/a/b@1?arch=all", "pkg:deb/a/b@1?arch=amd64"),
        ("pkg:deb/a/b@1?arch=all", "pkg:deb/a/b@1"),
    ] {
        assert_eq!(equivalences(&compare(statement, found)), architecture, "{statement} {found}");
    }
    assert_eq!(equivalences(&compare("pkg:deb/a/b?arch=all", "pkg:deb/a/b@1?arch=all")), []);
    assert_eq!(
        missed(compare("pkg:deb/a/b@1?arch=amd64", "pkg:deb/a/b@1?arch=all")),
        qualifier("arch", "amd64", "all")
    );
    assert_eq!(missed(compare("pkg:deb/a/b@1?arch=amd64", "pkg:deb/a/b@1")), qualifier("arch", "amd64", ""));
    assert!(compare("pkg:rpm/a/b@1?arch=amd64", "pkg:rpm/a/b@1?arch=aarch64").is_err());
}

#[test]
fn a_distribution_is_written_in_several_ways() {
    let of = |statement: &str, found: &str| {
        compare(&format!("pkg:deb/debian/a@1{statement}"), &format!("pkg:deb/debian/a@1{found}"))
    };
    for (statement, found) in [
        ("?os_distro=trixie&os_name=debian&os_version=13", "?distro=debian-13"),
        ("?os_distro=trixie&os_name=debian&os_version=13", "?distro=debian-13.1"),
        ("?distro=debian-13", "?distro=debian-13.6"),
        ("?distro=trixie", "?distro=debian-13.6"),
        ("?distro=debian-trixie", "?distro=debian-13"),
        ("?distro=debian-13", "?distro=trixie"),
        ("?distro=debian", "?distro=debian-13"),
        ("?os_distro=trixie", "?distro=debian-13"),
        ("?os_name=debian", "?distro=debian-13"),
        ("?os_version=13", "?distro=debian-13"),
        ("?os_distro=jammy&os_name=ubuntu&os_version=22.04", "?distro=ubuntu-22.04"),
        ("?os_distro=jammy&os_name=ubuntu", "?os_distro=jammy&os_name=Ubuntu"),
        ("?distro=debian-13", "?os_name=debian&os_version=13"),
    ] {
        let outcome = of(statement, found);
        assert_eq!(equivalences(&outcome), [Equivalence::Distribution], "{statement} {found}");
    }
    assert_eq!(equivalences(&of("?distro=debian-13", "?distro=debian-13")), []);
    for (statement, found, part) in [
        ("?distro=debian-13.1", "?distro=debian-13", qualifier("distro", "debian-13.1", "debian-13")),
        ("?distro=debian-1", "?distro=debian-13", qualifier("distro", "debian-1", "debian-13")),
        ("?distro=bookworm", "?distro=debian-13", qualifier("distro", "bookworm", "debian-13")),
        ("?distro=debian-13", "", qualifier("distro", "debian-13", "")),
        ("?distro=debian-13", "?distro=debian", qualifier("distro", "debian-13", "debian")),
        ("?distro=dhi-13", "?distro=debian-13", qualifier("distro", "dhi-13", "debian-13")),
        ("?os_name=debian&os_version=12", "?distro=debian-13", qualifier("os_version", "12", "13")),
        ("?os_name=ubuntu&os_version=13", "?distro=debian-13", qualifier("os_version", "13", "debian-13")),
        ("?os_distro=sid", "?distro=debian-13", qualifier("os_distro", "sid", "")),
        // A code name that is not known is only equal to itself.
        ("?os_distro=jammy&os_name=ubuntu", "?distro=ubuntu-24.04", qualifier("os_distro", "jammy", "")),
        ("?os_distro=sid&os_name=debian", "?distro=debian-13", qualifier("os_distro", "sid", "")),
        (
            "?os_distro=jammy&os_name=ubuntu&os_version=22.04",
            "?distro=ubuntu-24.04",
            qualifier("os_version", "22.04", "24.04"),
        ),
        // The code name contradicts the version.
        (
            "?os_distro=bookworm&os_name=debian&os_version=13",
            "?distro=debian-13",
            qualifier("os_distro", "bookworm", "debian-13"),
        ),
    ] {
        assert_eq!(missed(of(statement, found)), part, "{statement} {found}");
    }
}

#[test]
fn a_release_of_apk_has_the_namespace_as_family() {
    let distribution = [Equivalence::Distribution];
    let apk = "pkg:apk/alpine/busybox@1.37.0-r18";
    let outcome = compare(&format!("{apk}?distro=3.22.1"), &format!("{apk}?distro=alpine-3.22.1"));
    assert_eq!(equivalences(&outcome), distribution);
    let outcome = compare(&format!("{apk}?distro=alpine-3.22"), &format!("{apk}?arch=x86_64&distro=3.22.1"));
    assert_eq!(equivalences(&outcome), distribution);
    let outcome = compare(&format!("{apk}?os_name=alpine&os_version=3.22"), &format!("{apk}?distro=3.22.1"));
    assert_eq!(equivalences(&outcome), distribution);
    let outcome = compare(&format!("{apk}?os_name=alpine&os_version=3.2"), &format!("{apk}?distro=3.22.1"));
    assert_eq!(missed(outcome), qualifier("os_version", "3.2", "3.22.1"));
    // The code names of Debian are no releases of another family.
    assert!(compare("pkg:deb/ubuntu/a@1?distro=trixie", "pkg:deb/ubuntu/a@1?distro=ubuntu-13").is_err());
    let dhi = "pkg:deb/dhi/coreutils@9.7-3%2Bdhi3";
    let outcome = compare(
        &format!("{dhi}?os_distro=debian&os_name=dhi&os_version=13"),
        &format!("{dhi}?arch=arm64&distro=dhi-13"),
    );
    assert_eq!(equivalences(&outcome), distribution);
}

#[test]
fn the_distribution_of_the_scan_counts() {
    let with = |statement: &str, found: &str, scanned| {
        matching::package(&component(&[statement]), &package(found), Some(scanned))
    };
    let statement = "pkg:deb/debian/a@1?os_name=debian&os_version=13";
    assert!(with(statement, "pkg:deb/debian/a@1", ("debian", "13.1")).is_ok());
    assert!(with(statement, "pkg:deb/debian/a@1", ("Debian", "13.1")).is_ok());
    assert!(with(statement, "pkg:deb/debian/a@1", ("debian", "12.1")).is_err());
    assert!(with(statement, "pkg:deb/debian/a@1", ("debian", "")).is_err());
    // The scan knows the release better than the package URL, if they agree.
    let statement = "pkg:deb/debian/a@1?distro=debian-13.1";
    assert!(with(statement, "pkg:deb/debian/a@1?distro=debian-13", ("debian", "13.1")).is_ok());
    assert!(with(statement, "pkg:deb/debian/a@1?distro=debian-12", ("debian", "13.1")).is_err());
}

#[test]
fn a_source_package_matches_what_is_built_from_it() {
    let source = "pkg:deb/debian/lz4@1.10.0-4?os_distro=trixie&os_name=debian&os_version=13";
    let binary = "pkg:deb/debian/liblz4-1@1.10.0-4%2Bb1?arch=amd64&distro=debian-13&upstream=lz4";
    let with = |statement: &str, version| {
        matching::package(&component(&[statement]), &package_of(binary, "lz4", version), None)
    };
    let found = with(source, None).unwrap();
    assert_eq!(found.grade, ComponentGrade::Source);
    assert_eq!(found.equivalences, [Equivalence::Distribution]);
    assert_eq!(with(source, Some("1.10.0-4")).unwrap().grade, ComponentGrade::Source);
    assert_eq!(with(source, Some("0:1.10.0-4")).unwrap().grade, ComponentGrade::Source);
    assert_eq!(with("pkg:deb/debian/lz4", None).unwrap().grade, ComponentGrade::SourceAnyVersion);
    assert_eq!(
        with("pkg:deb/debian/lz4?arch=source", None).unwrap().equivalences,
        [Equivalence::Architecture]
    );
    let source_only = |text: &str| NearMissPart::SourceOnly { statement: text.to_owned() };
    assert_eq!(missed(with("pkg:deb/debian/lz4@1.10.0-3", None)), source_only("lz4 1.10.0-3"));
    // The version of the report is the one of the source, also where the binary has that of the statement.
    assert_eq!(missed(with(source, Some("1.10.0-3"))), source_only("lz4 1.10.0-4"));
    assert_eq!(
        missed(with("pkg:deb/debian/lz4@1.10.0-4?distro=debian-12", None)),
        qualifier("distro", "debian-12", "debian-13")
    );
    assert_eq!(
        missed(with("pkg:deb/ubuntu/lz4@1.10.0-4", None)),
        NearMissPart::Namespace { statement: "ubuntu".to_owned(), found: "debian".to_owned() }
    );
    // `+b1` is a rebuild for Debian alone, and only with a number.
    let rebuilt = |binary: &str, statement: &str| {
        matching::package(&component(&[statement]), &package_of(binary, "s", None), None)
    };
    assert!(rebuilt("pkg:rpm/a/b@1+b1", "pkg:rpm/a/s@1").is_err());
    assert!(rebuilt("pkg:rpm/a/b@1+b1", "pkg:rpm/a/s@1+b1").is_ok());
    assert!(rebuilt("pkg:deb/a/b@1+b", "pkg:deb/a/s@1").is_err());
    assert!(rebuilt("pkg:deb/a/b@1+b12", "pkg:deb/a/s@1").is_ok());
    assert!(rebuilt("pkg:deb/a/b@1?epoch=1", "pkg:deb/a/s@1:1").is_ok());
    // Other ecosystems have no source packages.
    assert!(rebuilt("pkg:npm/b@1", "pkg:npm/s@1").is_err());
}

#[test]
fn a_binary_named_as_its_source_matches_as_binary() {
    let perl = |version: &str| package_of(&format!("pkg:deb/debian/perl@{version}"), "perl", None);
    let with = |statement: &str, version: &str| {
        matching::package(&component(&[statement]), &perl(version), None).map(|found| found.grade)
    };
    assert_eq!(with("pkg:deb/debian/perl@5.40", "5.40"), Ok(ComponentGrade::Package));
    assert_eq!(with("pkg:deb/debian/perl@5.40", "5.40+b1"), Ok(ComponentGrade::Source));
    assert_eq!(with("pkg:deb/debian/perl@5.38", "5.40"), Err(version("5.38", "5.40")));
    // A report that names sources alone.
    let scout = FoundPackage { is_source: true, ..package("pkg:deb/debian/perl@5.40") };
    let found = matching::package(&component(&["pkg:deb/debian/perl@5.40"]), &scout, None).unwrap();
    assert_eq!(found.grade, ComponentGrade::Source);
}

#[test]
fn a_finding_without_package_url_is_met_by_name() {
    let named = |kind: Option<&str>, name: &str, version: &str| FoundPackage {
        name: name.to_owned(),
        version: Some(version.to_owned()),
        kind: kind.map(str::to_owned),
        ..FoundPackage::default()
    };
    let with = |statement: &str, package: &FoundPackage| {
        matching::package(&component(&[statement]), package, None).map(|found| found.grade)
    };
    let by_name = Ok(ComponentGrade::PackageName);
    for (statement, name) in [
        ("pkg:npm/%40acme/table@1", "@acme/table"),
        ("pkg:maven/example.acme/core@1", "example.acme:core"),
        ("pkg:golang/github.com/acme/engine@1", "github.com/Acme/Engine"),
        ("pkg:pypi/acme-lib@1", "Acme_Lib"),
        ("pkg:composer/acme/http-core@1", "acme/http-core"),
        ("pkg:deb/debian/openssl@1", "openssl"),
        ("pkg:cargo/serde@1", "serde"),
    ] {
        let kind = statement.split([':', '/']).nth(1);
        assert_eq!(with(statement, &named(kind, name, "1")), by_name, "{statement}");
        assert_eq!(with(statement, &named(None, name, "1")), by_name, "{statement}");
        assert_eq!(with(statement, &named(kind, name, "2")), Err(version("1", "2")), "{statement}");
        assert!(with(statement, &named(Some("gem"), name, "1")).is_err(), "{statement}");
        assert!(with(statement, &named(kind, "other/x:y", "1")).is_err(), "{statement}");
    }
    let npm = named(Some("npm"), "table", "1");
    assert_eq!(with("pkg:npm/table", &npm), Err(version("", "1")));
    assert_eq!(
        with("pkg:npm/%40acme/table@1", &npm),
        Err(NearMissPart::Namespace { statement: "@acme".to_owned(), found: String::new() })
    );
    let no_version = FoundPackage { version: None, ..npm };
    assert_eq!(with("pkg:npm/table@1", &no_version), Err(version("1", "")));
    assert!(with("pkg:npm/table", &no_version).is_err());
    assert_eq!(with("pkg:rpm/a/b@1:2", &named(Some("rpm"), "b", "1:2")), by_name);
    assert_eq!(
        with("pkg:deb/debian/a@1?distro=debian-13", &named(Some("deb"), "a", "1")),
        Err(qualifier("distro", "debian-13", ""))
    );
    assert!(with("Table", &named(None, "Table", "1")).is_err());
    // The report knows no more than whether the operating system owns the package.
    let of = |of_system| FoundPackage { of_system: Some(of_system), ..named(None, "a", "1") };
    assert_eq!(with("pkg:deb/debian/a@1", &of(true)), by_name);
    assert_eq!(with("pkg:npm/a@1", &of(false)), by_name);
    let other = |kind: &str| Err(NearMissPart::Type { statement: kind.to_owned(), found: String::new() });
    assert_eq!(with("pkg:npm/a@1", &of(true)), other("npm"));
    assert_eq!(with("pkg:apk/alpine/a@1", &of(false)), other("apk"));
}

#[test]
fn names_are_met_only_in_the_scanned_distribution() {
    let package = FoundPackage {
        name: "libssl3t64".to_owned(),
        version: Some("3.5.1-1+b1".to_owned()),
        kind: Some("deb".to_owned()),
        sources: vec![SourcePackage { name: "openssl".to_owned(), version: None }],
        ..FoundPackage::default()
    };
    let with = |statement: &str, scanned| {
        matching::package(&component(&[statement]), &package, scanned).map(|found| found.grade)
    };
    let debian = Some(("debian", "13.1"));
    assert_eq!(with("pkg:deb/debian/libssl3t64@3.5.1-1+b1", debian), Ok(ComponentGrade::PackageName));
    assert_eq!(with("pkg:deb/debian/openssl@3.5.1-1?distro=debian-13", debian), Ok(ComponentGrade::Source));
    assert!(with("pkg:deb/ubuntu/libssl3t64@3.5.1-1+b1", debian).is_err());
    assert!(with("pkg:deb/debian/openssl@3.5.1-1?distro=debian-12", debian).is_err());
    // Without the distribution, a source package is not enough.
    assert!(with("pkg:deb/debian/openssl@3.5.1-1", None).is_err());
    // Nor is a statement without a version, even if binary and source have one name.
    assert!(with("pkg:deb/debian/openssl?distro=debian-13", debian).is_err());
    let sources = vec![SourcePackage { name: package.name.clone(), version: None }];
    let same_name = FoundPackage { sources, ..package.clone() };
    assert_eq!(
        matching::package(&component(&["pkg:deb/debian/libssl3t64"]), &same_name, debian),
        Err(version("", "3.5.1-1+b1"))
    );
}

#[test]
fn a_bom_link_names_a_component_of_one_report() {
    let link = |serial: &str, bom_ref: &str| Component {
        identities: vec![Identity::BomLink {
            serial: serial.to_owned(),
            version: "1".to_owned(),
            bom_ref: Some(bom_ref.to_owned()),
            versions: Vec::new(),
        }],
    };
    let texts = ["urn:uuid:a", "1", "c-table"].map(str::to_owned);
    let found = FoundPackage { bom_link: Some(Box::new(texts)), ..package("pkg:npm/table@1") };
    assert!(matching::package(&link("urn:uuid:a", "c-table"), &found, None).is_ok());
    assert!(matching::package(&link("urn:uuid:b", "c-table"), &found, None).is_err());
    assert!(matching::package(&link("urn:uuid:a", "c-router"), &found, None).is_err());
    assert!(matching::package(&link("urn:uuid:a", "c-table"), &package("pkg:npm/table@1"), None).is_err());
    // Some versions of it.
    let listed = |versions: &[&str]| {
        let mut component = link("urn:uuid:a", "c-table");
        if let Some(Identity::BomLink { versions: listed, .. }) = component.identities.first_mut() {
            listed.extend(versions.iter().map(|version| (*version).to_owned()));
        }
        matching::package(&component, &found, None)
    };
    assert!(listed(&["0", "1"]).is_ok());
    assert_eq!(missed(listed(&["0", "2"])), version("0, 2", "1"));
}

/// Package URLs of a few packages, in many spellings.
fn spelling() -> impl Strategy<Value = String> {
    let arch = ["arch=amd64", "arch=x86_64", "arch=all", "arch=arm64"];
    let distro = ["distro=debian-13", "distro=trixie", "os_name=debian&os_version=13", "distro=debian-13.1"];
    (
        prop::sample::select(vec!["deb/debian", "DEB/Debian", "rpm/debian"]),
        prop::sample::select(vec!["lz4", "liblz4-1", "LZ4"]),
        prop::sample::select(vec!["", "@1.0", "@0:1.0", "@1:1.0", "@1.0+b1", "@1.0%2Bb1"]),
        prop::option::of(prop::sample::select(arch.to_vec())),
        prop::option::of(prop::sample::select(distro.to_vec())),
        prop::option::of(prop::sample::select(vec!["epoch=1", "epoch=0", "upstream=lz4"])),
        any::<bool>(),
    )
        .prop_map(|(kind, name, version, arch, distro, other, is_reversed)| {
            let mut qualifiers: Vec<&str> = [arch, distro, other].into_iter().flatten().collect();
            if is_reversed {
                qualifiers.reverse();
            }
            let mark = if qualifiers.is_empty() { "" } else { "?" };
            format!("pkg:{kind}/{name}{version}{mark}{}", qualifiers.join("&"))
        })
}

proptest! {
    #[test]
    fn the_order_of_identities_does_not_count(
        (texts, shuffled) in prop::collection::vec(spelling(), 0..5)
            .prop_flat_map(|texts| (Just(texts.clone()), Just(texts).prop_shuffle())),
        found in spelling(),
    ) {
        let found = package_of(&found, "lz4", None);
        let compare = |texts: &[String]| {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            matching::package(&component(&texts), &found, None)
        };
        prop_assert_eq!(compare(&texts), compare(&shuffled));
    }

    #[test]
    fn the_order_of_qualifiers_does_not_count(statement in spelling(), found in spelling()) {
        let reversed = |text: &str| match text.split_once('?') {
            Some((name, query)) => {
                format!("{name}?{}", query.split('&').rev().collect::<Vec<_>>().join("&"))
            }
            None => text.to_owned(),
        };
        let grade = |statement: &str, found: &str| compare(statement, found).map(|found| found.grade);
        prop_assert_eq!(grade(&statement, &found), grade(&reversed(&statement), &reversed(&found)));
    }

    #[test]
    fn what_go_vex_matches_is_matched(statement in spelling(), found in spelling()) {
        let purl = |text: &str| PackageUrl::parse(text).unwrap();
        if matching::go_vex::purl_matches(&purl(&statement), &purl(&found)) {
            let equivalences = compare(&statement, &found).unwrap().equivalences;
            prop_assert_eq!(equivalences, []);
        }
    }
}
