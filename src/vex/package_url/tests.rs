//! The expected values are those of packageurl-go.

use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> PackageUrl {
    PackageUrl::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

fn cause(text: &str) -> String {
    match PackageUrl::parse(text) {
        Err(Error::PackageUrl { cause, .. }) => cause,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn all_parts_are_split_before_they_are_decoded() {
    let purl = parse(
        "pkg:deb/debian/libstdc%2B%2B6@12%3A2.0%2Bb1?arch=amd64&repository_url=a%2Fb&x=1+2#src%2Fa/b%20c",
    );
    assert_eq!(purl.kind(), "deb");
    assert_eq!(purl.namespace(), Some("debian"));
    assert_eq!(purl.name(), "libstdc++6");
    assert_eq!(purl.version(), Some("12:2.0+b1"));
    assert_eq!(purl.qualifier("repository_url"), Some("a/b"));
    // `+` is no space.
    assert_eq!(purl.qualifier("x"), Some("1+2"));
    assert_eq!(purl.subpath(), Some("src/a/b c"));
    assert_eq!(parse("pkg:deb/debian/libstdc++6@12:2.0+b1").name(), "libstdc++6");
}

#[test]
fn an_encoded_slash_stays_in_the_name() {
    let purl = parse("pkg:npm/%40acme%2Ftable@7.29.7");
    assert_eq!((purl.namespace(), purl.name()), (None, "@acme/table"));
    let purl = parse("pkg:npm/%40acme/table@7.29.7");
    assert_eq!((purl.namespace(), purl.name()), (Some("@acme"), "table"));
    assert_eq!(parse("pkg:oci/dhi.io%2Fbash").name(), "dhi.io/bash");
}

#[test]
fn the_namespace_ends_at_the_last_slash() {
    let purl = parse("pkg:npm/@acme/hook");
    assert_eq!((purl.namespace(), purl.name(), purl.version()), (Some("@acme"), "hook", None));
    let purl = parse("pkg:golang/github.com/Acme/Engine/v3@v3.2.0");
    assert_eq!((purl.namespace(), purl.name()), (Some("github.com/acme/engine"), "v3"));
    let purl = parse("pkg:generic/a@b@c");
    assert_eq!((purl.name(), purl.version()), ("a@b", Some("c")));
    // Empty parts of a namespace do not count.
    assert_eq!(parse("pkg:generic//a///b/c").namespace(), Some("a/b"));
}

#[test]
fn scheme_and_type_have_no_case_and_slashes_are_dropped() {
    for text in ["PKG:NPM/table@1", "pkg:/npm/table@1", "pkg://npm/table@1", "Pkg:///Npm/table@1"] {
        assert_eq!(parse(text), parse("pkg:npm/table@1"), "{text}");
    }
}

#[test]
fn case_counts_by_type() {
    for kind in ["alpm", "apk", "bitbucket", "brew", "composer", "deb", "github", "golang"] {
        let purl = parse(&format!("pkg:{kind}/Acme/Table@V1"));
        assert_eq!((purl.namespace(), purl.name(), purl.version()), (Some("acme"), "table", Some("V1")));
    }
    for kind in ["rpm", "qpkg"] {
        let purl = parse(&format!("pkg:{kind}/Acme/Table"));
        assert_eq!((purl.namespace(), purl.name()), (Some("acme"), "Table"), "{kind}");
    }
    for kind in ["npm", "nuget", "cargo", "gem", "maven", "oci", "docker", "hex"] {
        let purl = parse(&format!("pkg:{kind}/Acme/Table"));
        assert_eq!((purl.namespace(), purl.name()), (Some("Acme"), "Table"), "{kind}");
    }
    assert_eq!(parse("pkg:bitnami/Acme/Table").name(), "table");
    assert_eq!(parse("pkg:pypi/Typing_Extensions@4.0").name(), "typing-extensions");
    assert_eq!(parse("pkg:huggingface/A/B@ABC").version(), Some("abc"));
    assert_eq!(parse("pkg:golang/Ünder/X").namespace(), Some("ünder"));
}

#[test]
fn qualifiers_are_sorted_and_empty_ones_dropped() {
    let purl = parse("pkg:deb/debian/curl?distro=debian-12&ARCH=amd64&epoch=&&x=");
    let qualifiers = [("arch", "amd64"), ("distro", "debian-12")];
    assert_eq!(
        purl.qualifiers(),
        qualifiers.map(|(name, value)| (name.to_owned(), value.to_owned())).as_slice()
    );
    // A `?` and an `=` in a value are part of it.
    assert_eq!(parse("pkg:a/b?x=1?y=2").qualifier("x"), Some("1?y=2"));
}

#[test]
fn what_packageurl_go_refuses_is_an_error() {
    assert_eq!(cause("curl"), "it has no scheme");
    assert_eq!(cause("https://example.com/curl"), "its scheme is not `pkg`");
    assert_eq!(cause("pkg:curl"), "it has no name");
    assert_eq!(cause("pkg:deb/debian/"), "it has no name");
    assert_eq!(cause("pkg:npm/@4.17.21"), "it has no name");
    assert_eq!(cause("pkg:/deb"), "it has no name");
    assert_eq!(cause("pkg:3d/x"), "its type is not valid");
    assert_eq!(cause("pkg:a%62/x"), "its type is not valid");
    assert_eq!(cause("pkg:swift/x@1"), "its type needs a namespace");
    assert_eq!(cause("pkg:deb/debian/curl?a=1;b=2"), "qualifiers are separated by `;`");
    assert_eq!(cause("pkg:deb/debian/curl?a b=1"), "a qualifier has no valid name");
    assert_eq!(cause("pkg:deb/debian/curl?1a=1"), "a qualifier has no valid name");
    assert_eq!(cause("pkg:deb/debian/curl?a=1&A=2"), "it has a qualifier twice");
    assert_eq!(cause("pkg:deb/debian/curl@1%2"), "`%` is not followed by two hex digits");
    assert_eq!(cause("pkg:deb/debian/curl@%zz"), "`%` is not followed by two hex digits");
    assert_eq!(cause("pkg:deb/debian/curl@%ff"), "a part is not UTF-8");
    assert_eq!(cause("pkg:golang/a/b#x/../y"), "its subpath has `.` or `..`");
    assert_eq!(cause(&format!("pkg:npm/{}", "a".repeat(PACKAGE_URL))), "it is too long");
}

#[test]
fn display_is_the_canonical_form() {
    for (written, canonical) in [
        ("pkg:npm/@acme/table@7.1.0", "pkg:npm/%40acme/table@7.1.0"),
        ("pkg:deb/debian/libstdc%2b%2b6@1:2.0", "pkg:deb/debian/libstdc%2B%2B6@1:2.0"),
        ("pkg:oci/dhi.io%2Fbash?tag=5", "pkg:oci/dhi.io%2Fbash?tag=5"),
        (
            "pkg:oci/a@sha256%3Aab?repository_url=localhost:5000/a&arch=amd64",
            "pkg:oci/a@sha256:ab?arch=amd64&repository_url=localhost:5000%2Fa",
        ),
        ("pkg:golang/a.b/C@v1#x/y z/", "pkg:golang/a.b/c@v1#x/y%20z"),
    ] {
        assert_eq!(parse(written).to_string(), canonical);
    }
}

#[test]
fn parts_make_a_package_url() {
    let purl = PackageUrl::new("PyPI", None, "Acme_Lib", Some("1.0")).unwrap();
    assert_eq!(purl, parse("pkg:pypi/acme-lib@1.0"));
    let purl = PackageUrl::new("deb", Some("Debian"), "libstdc++6", Some("1+b1")).unwrap();
    assert_eq!(purl, parse("pkg:deb/debian/libstdc++6@1+b1"));
    let purl = purl.with_qualifier("Arch", "amd64").unwrap().with_qualifier("arch", "arm64").unwrap();
    assert_eq!(purl.to_string(), "pkg:deb/debian/libstdc%2B%2B6@1%2Bb1?arch=arm64");
    assert_eq!(purl.unversioned().to_string(), "pkg:deb/debian/libstdc%2B%2B6");
    assert_eq!(purl.with_qualifier("arch", "").unwrap().qualifiers(), []);
    assert!(PackageUrl::new("deb", None, "", None).is_err());
    assert!(parse("pkg:npm/a").with_qualifier("a b", "c").is_err());
}

/// Texts that are nearly package URLs.
fn near_package_url() -> impl Strategy<Value = String> {
    let part = "(%[0-9a-fA-F]{2}|[a-cA-C_ .@+:~;=é-]|%|/){0,6}";
    (
        "(pkg|PKG|p):/{0,2}",
        "(deb|npm|pypi|golang|oci|Rpm|swift|x)/",
        part,
        "(@[0-9a.:+%@/-]{0,5})?",
        "(\\?(a|B|arch)=[a-c%2F+]{0,4}(&(c|d|a)=[x&=;]{0,3})?)?",
        "(#[a./%2F]{0,6})?",
    )
        .prop_map(|(scheme, kind, name, version, query, subpath)| {
            format!("{scheme}{kind}{name}{version}{query}{subpath}")
        })
}

proptest! {
    #[test]
    fn what_is_displayed_parses_to_the_same(text in near_package_url()) {
        if let Ok(purl) = PackageUrl::parse(&text) {
            prop_assert_eq!(&PackageUrl::parse(&purl.to_string()).unwrap(), &purl);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*") {
        let _ = PackageUrl::parse(&text);
        let _ = PackageUrl::parse(&format!("pkg:deb/{text}"));
    }
}
