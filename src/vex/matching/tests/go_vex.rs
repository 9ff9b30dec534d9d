use super::fixture::component;
use crate::vex::matching::go_vex::{Identifier, component_matches, product_matches, purl_matches};
use crate::vex::{Component, Identity, PackageUrl, Product};

fn purls_match(statement: &str, target: &str) -> bool {
    let purl = |text: &str| PackageUrl::parse(text).unwrap();
    purl_matches(&purl(statement), &purl(target))
}

#[test]
fn package_urls_are_compared_literally() {
    let found = "pkg:apk/wolfi/curl@8.1.2-r0?arch=x86_64#a";
    for statement in [
        "pkg:apk/wolfi/curl@8.1.2-r0?arch=x86_64",
        "pkg:apk/wolfi/curl@8.1.2-r0",
        "pkg:apk/wolfi/curl",
        "pkg:apk/wolfi/curl#other",
        "pkg:apk/wolfi/curl?arch=x86_64&x=",
    ] {
        assert!(purls_match(statement, found), "{statement}");
    }
    for statement in [
        "pkg:apk/alpine/curl",
        "pkg:deb/wolfi/curl",
        "pkg:apk/wolfi/curl-doc",
        "pkg:apk/wolfi/curl@8.1.2",
        "pkg:apk/wolfi/curl?arch=amd64",
        "pkg:apk/wolfi/curl?arch=x86_64&distro=wolfi",
    ] {
        assert!(!purls_match(statement, found), "{statement}");
    }
    assert!(!purls_match(found, "pkg:apk/wolfi/curl"));
    assert!(!purls_match("pkg:deb/debian/zlib@1:1.3", "pkg:deb/debian/zlib@1.3?epoch=1"));
}

#[test]
fn other_identities_are_compared_as_text() {
    let matches = |component: &Component, text: &str| component_matches(component, &Identifier::new(text));
    let cpe = "cpe:2.3:a:apache:log4j:*:*:*:*:*:*:*:*";
    let of = |identity: Identity| Component { identities: vec![identity] };
    assert!(matches(&of(Identity::Cpe(cpe.to_owned())), cpe));
    assert!(!matches(&of(Identity::Cpe(cpe.to_owned())), "cpe:2.3:a:apache:log4j:2.4:*:*:*:*:*:*:*"));
    assert!(matches(&of(Identity::Hash("b5cc".to_owned())), "b5cc"));
    assert!(!matches(&of(Identity::Hash("b5cc".to_owned())), "sha1:b5cc"));
    let iri = "https://example.com/document.spdx.json#node";
    assert!(matches(&component(&[iri]), iri));
    assert!(!matches(&component(&[iri]), "https://example.com/document.spdx.json"));
    assert!(matches(&component(&["x", "pkg:oci/curl"]), "pkg:oci/curl@sha256:47fe"));
    // What does not parse is still equal to itself.
    assert!(matches(&component(&["pkg:deb/debian/curl?a=1;b=2"]), "pkg:deb/debian/curl?a=1;b=2"));
    assert!(!matches(&component(&[]), "x"));
}

#[test]
fn subcomponents_count_only_if_one_is_asked_for() {
    let product = Product {
        component: component(&["pkg:oci/alpine@sha256%3A124c"]),
        subcomponents: vec![component(&["pkg:apk/alpine/libcrypto3@3.0.8-r3"])],
    };
    let image = Identifier::new("pkg:oci/alpine@sha256:124c?arch=amd64");
    let package = |text: &str| Identifier::from(&PackageUrl::parse(text).unwrap());
    assert!(product_matches(&product, &image, None));
    assert!(product_matches(&product, &image, Some(&package("pkg:apk/alpine/libcrypto3@3.0.8-r3"))));
    assert!(!product_matches(&product, &image, Some(&package("pkg:apk/alpine/busybox@1.36.1-r0"))));
    assert!(!product_matches(&product, &Identifier::new("alpine"), None));
    let whole = Product { subcomponents: Vec::new(), ..product };
    assert!(product_matches(&whole, &image, Some(&package("pkg:apk/alpine/busybox@1.36.1-r0"))));
}
