//! Documents of a small image.

use std::sync::Arc;

use aws_lc_rs::digest as hash;
use cyclonedx_bom::models::bom::{Bom, SpecVersion};
use cyclonedx_bom::validation::Validate as _;
use serde_json::{Value, json};

use super::*;
use crate::builder::packages::apk::pkginfo::PackageInfo;
use crate::builder::packages::deb::container::{Container, ControlFiles};
use crate::builder::rootfs::{Description, Installed, Shipped, TreePath};
use crate::oci::{Digest, Platform};
use crate::vex::PackageUrl;

fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

fn file(at: &str, content: &str) -> BuiltFile {
    let sum = |algorithm| hash::digest(algorithm, content.as_bytes()).as_ref().to_vec();
    BuiltFile {
        path: path(at),
        sha1: sum(&hash::SHA1_FOR_LEGACY_USE_ONLY).try_into().unwrap(),
        sha256: sum(&hash::SHA256).try_into().unwrap(),
    }
}

fn package(name: &str, version: &str, depends: &[usize]) -> BuiltPackage {
    BuiltPackage {
        ecosystem: Ecosystem::Deb,
        name: name.to_owned(),
        version: version.to_owned(),
        architecture: "amd64".to_owned(),
        source: None,
        maintainer: Some("Debian Team <team@deb.example>".to_owned()),
        summary: Some(format!("what {name} is")),
        homepage: Some(format!("https://web.example/{name}")),
        licence: Licence::parse("BSD-3-clause and public-domain"),
        download: Some(format!("https://deb.example/pool/{name}.deb")),
        digest: Some(Digest::of(name.as_bytes())),
        package_url: None,
        files: vec![file(&format!("usr/bin/{name}"), name)],
        depends: depends.to_vec(),
    }
}

/// An image with something of every kind.
fn image() -> BuiltImage {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    BuiltImage {
        name: "dhi/redis".to_owned(),
        version: Some("8.0-debian13".to_owned()),
        platform: Platform { os: "linux".to_owned(), architecture: "amd64".to_owned(), variant: None },
        digest: Digest::of(b"manifest"),
        package_url: Some("pkg:docker/dhi.example/redis@8.0-debian13?platform=linux%2Famd64".to_owned()),
        distribution: Some(Distribution {
            id: "debian".to_owned(),
            version_id: Some("13".to_owned()),
            codename: Some("trixie".to_owned()),
            name: Some("Debian GNU/Linux 13 (trixie)".to_owned()),
        }),
        packages: vec![
            package("redis", "5:8.0.2-3", &[1, 2]),
            BuiltPackage {
                source: Some(SourcePackage { name: "glibc".to_owned(), version: "2.41-12".to_owned() }),
                licence: Licence::default(),
                maintainer: None,
                homepage: Some("not an address".to_owned()),
                files: vec![file("usr/lib/libc.so.6", "libc"), file("usr/lib/libm.so.6", "libm")],
                ..package("libc6", "2.41-12", &[])
            },
            BuiltPackage {
                package_url: Some(PackageUrl::parse("pkg:deb/azul/zulu@1:2~3").unwrap()),
                licence: Licence::parse("GPL-2+ or MIT"),
                digest: None,
                download: None,
                files: Vec::new(),
                ..package("libstdc++6", "1:2~3", &[1])
            },
        ],
        fetched: vec![
            FetchedFile {
                url: "https://files.example/tool-1.tar.gz".to_owned(),
                digest: Some(Digest::of(b"tool")),
                commit: None,
                spdx: Some(Snippet {
                    path: String::new(),
                    name: Some("tool".to_owned()),
                    version: Some("1".to_owned()),
                    packages: vec![NamedPackage {
                        package_url: Some("pkg:github/acme/tool@1".to_owned()),
                        licence: Some("Apache-2.0".to_owned()),
                        ..NamedPackage::default()
                    }],
                }),
                files: vec![file("opt/tool", "tool")],
            },
            FetchedFile {
                url: "https://git.example/acme/lib.git#v1".to_owned(),
                digest: None,
                commit: Some(commit.to_owned()),
                spdx: None,
                files: Vec::new(),
            },
        ],
        artifacts: vec![BuiltArtifact {
            reference: "dhi.example/static:1@sha256:00".to_owned(),
            digest: Digest::of(b"static"),
            files: vec![file("etc/nsswitch.conf", "hosts")],
        }],
        snippets: vec![Snippet {
            path: "opt/docker/sbom/gosu/.spdx.gosu.json".to_owned(),
            packages: vec![NamedPackage {
                name: Some("gosu".to_owned()),
                version: Some("1.17".to_owned()),
                ..NamedPackage::default()
            }],
            ..Snippet::default()
        }],
        files: vec![file("etc/passwd", "root"), file("usr/bin/redis", "the package owns it")],
        created: 1_700_000_000,
        tool: Tool { name: "dhi".to_owned(), version: "1.2.3".to_owned() },
    }
}

fn spdx_value(image: &BuiltImage) -> Value {
    serde_json::from_str(&spdx::write(image).unwrap()).unwrap()
}

fn cyclonedx_value(image: &BuiltImage) -> Value {
    serde_json::from_str(&cyclonedx::write(image).unwrap()).unwrap()
}

/// The text of a fixture, without the line break at its end.
fn pretty(document: &Value) -> String {
    serde_json::to_string_pretty(document).unwrap()
}

fn errors(schema: &str, document: &Value) -> Vec<String> {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let registry = jsonschema::Registry::new()
        .add(
            "http://cyclonedx.org/schema/spdx.schema.json",
            read(include_str!("../../../fixtures/sbom/spdx.schema.json")),
        )
        .unwrap()
        .add(
            "http://cyclonedx.org/schema/jsf-0.82.schema.json",
            read(include_str!("../../../fixtures/sbom/jsf-0.82.schema.json")),
        )
        .unwrap()
        .prepare()
        .unwrap();
    let validator = jsonschema::options().with_registry(&registry).build(&read(schema)).unwrap();
    validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

const SPDX_SCHEMA: &str = include_str!("../../../fixtures/sbom/spdx-2.3.schema.json");
const CYCLONEDX_SCHEMA: &str = include_str!("../../../fixtures/sbom/bom-1.6.schema.json");

/// The smallest image: nothing but its digest.
fn empty() -> BuiltImage {
    BuiltImage {
        version: None,
        package_url: None,
        distribution: None,
        packages: Vec::new(),
        fetched: Vec::new(),
        artifacts: Vec::new(),
        snippets: Vec::new(),
        files: Vec::new(),
        ..image()
    }
}

#[test]
fn the_spdx_document_is_this_one() {
    let expected = include_str!("../../../fixtures/sbom/image.spdx.json");
    assert_eq!(pretty(&spdx_value(&image())), expected.trim_end());
}

#[test]
fn the_cyclonedx_document_is_this_one() {
    let expected = include_str!("../../../fixtures/sbom/image.cdx.json");
    assert_eq!(pretty(&cyclonedx_value(&image())), expected.trim_end());
}

#[test]
fn documents_satisfy_the_official_schemas() {
    for image in [image(), empty()] {
        assert_eq!(errors(SPDX_SCHEMA, &spdx_value(&image)), [""; 0]);
        assert_eq!(errors(CYCLONEDX_SCHEMA, &cyclonedx_value(&image)), [""; 0]);
    }
    // The validators see what is wrong.
    let mut spdx = spdx_value(&image());
    spdx["packages"][0]["downloadLocation"] = Value::Null;
    assert_eq!(errors(SPDX_SCHEMA, &spdx).len(), 1);
    let mut cyclonedx = cyclonedx_value(&image());
    cyclonedx["components"][1]["hashes"][0]["content"] = json!("00");
    assert_ne!(errors(CYCLONEDX_SCHEMA, &cyclonedx).len(), 0);
}

/// Every identifier is there once, and every relationship is between elements of the document.
/// The library reads no version after 1.5, which has all members that are written.
#[test]
fn another_library_reads_the_cyclonedx_document() {
    let mut document = cyclonedx_value(&image());
    let unknown = Bom::parse_json_value(document.clone()).unwrap_err();
    assert!(unknown.to_string().contains("1.6"), "it reads this version now: {unknown}");
    document["specVersion"] = json!("1.5");
    let bom = Bom::parse_json_value(document.clone()).unwrap();
    let validated = bom.validate_version(SpecVersion::V1_5);
    assert!(validated.passed(), "{validated:?}");
    let components = bom.components.unwrap().0;
    let read = components.iter().map(|component| json!(component.purl.as_ref().map(ToString::to_string)));
    let written = document["components"].as_array().unwrap();
    assert_eq!(read.collect::<Vec<_>>(), written.iter().map(|one| one["purl"].clone()).collect::<Vec<_>>());
    let depended: usize = bom.dependencies.unwrap().0.iter().map(|one| one.dependencies.len()).sum();
    assert!(depended >= 3, "{depended}");
}

#[test]
fn all_references_lead_to_elements() {
    let spdx = spdx_value(&image());
    let ids = |list: &str| -> Vec<String> {
        let list = spdx[list].as_array().unwrap().iter();
        list.map(|element| element["SPDXID"].as_str().unwrap().to_owned()).collect()
    };
    let mut known = [vec!["SPDXRef-DOCUMENT".to_owned()], ids("packages"), ids("files")].concat();
    known.sort();
    let count = known.len();
    known.dedup();
    assert_eq!(known.len(), count);
    for relationship in spdx["relationships"].as_array().unwrap() {
        for end in ["spdxElementId", "relatedSpdxElement"] {
            assert!(known.iter().any(|id| relationship[end] == **id), "{relationship}");
        }
    }
    let bom = cyclonedx_value(&image());
    let refs: Vec<&Value> = bom["components"].as_array().unwrap().iter().map(|one| &one["bom-ref"]).collect();
    assert_eq!(bom["dependencies"].as_array().unwrap().len(), refs.len() + 1);
    for on in bom["dependencies"].as_array().unwrap().iter().filter_map(|one| one["dependsOn"].as_array()) {
        assert!(on.iter().all(|on| refs.contains(&on)), "{on:?}");
    }
}

#[test]
fn the_order_of_the_packages_does_not_count() {
    let mut other = image();
    other.packages.reverse();
    for package in &mut other.packages {
        package.depends = package.depends.iter().map(|position| 2 - position).rev().collect();
        package.files.reverse();
    }
    other.fetched.reverse();
    assert_eq!(spdx::write(&other), spdx::write(&image()));
    assert_eq!(cyclonedx::write(&other), cyclonedx::write(&image()));
}

#[test]
fn identifiers_follow_from_the_digest() {
    let other = BuiltImage { digest: Digest::of(b"other"), ..image() };
    let namespace = |image| spdx_value(image)["documentNamespace"].clone();
    assert_ne!(namespace(&other), namespace(&image()));
    let (one, other) = (cyclonedx_value(&image()), cyclonedx_value(&other));
    assert_ne!(one["serialNumber"], other["serialNumber"]);
    let serial = one["serialNumber"].as_str().unwrap();
    assert_eq!((serial.len(), serial.as_bytes()[23]), (45, b'8'), "{serial}");
}

/// The example of the specification (7.9.5) has no values, so this one was computed with sha1sum.
#[test]
fn the_verification_code_covers_the_files() {
    let spdx = spdx_value(&image());
    let libc =
        spdx["packages"].as_array().unwrap().iter().find(|package| package["name"] == "libc6").unwrap();
    let code = &libc["packageVerificationCode"]["packageVerificationCodeValue"];
    assert_eq!(code, "c1be7763a5761bff5b2888e74bed92f8c2511a5e");
}

#[test]
fn wrong_values_are_errors() {
    let mut broken = image();
    broken.packages[0].depends = vec![3];
    let expected = Error::NoSuchPackage { package: "redis".to_owned(), position: 3, count: 3 };
    assert_eq!(spdx::write(&broken), Err(expected.clone()));
    assert_eq!(cyclonedx::write(&broken), Err(expected));
    let timeless = BuiltImage { created: i64::MAX, ..image() };
    assert_eq!(spdx::write(&timeless), Err(Error::Time(i64::MAX)));
    assert_eq!(cyclonedx::write(&timeless), Err(Error::Time(i64::MAX)));
}

struct Facts;

impl Origin for Facts {
    fn download(&self, package: &Installed) -> Option<String> {
        Some(format!("https://apk.example/{}.apk", package.name))
    }

    fn digest(&self, package: &Installed) -> Option<Digest> {
        Some(Digest::of(package.name.as_bytes()))
    }

    fn package_url(&self, package: &Installed) -> Option<PackageUrl> {
        (package.name == "zlib").then(|| PackageUrl::parse("pkg:apk/acme/zlib@1").unwrap())
    }

    fn file(&self, path: &TreePath) -> Option<BuiltFile> {
        (path.name() != "link").then(|| file(path.as_str(), "content"))
    }

    fn copyright(&self, _: &Installed) -> Option<Arc<[u8]>> {
        Some(Arc::from(&b"Format: copyright-format/1.0/\n\nFiles: *\nLicense: Expat\n"[..]))
    }
}

fn apk(name: &str, depends: &[&str], provides: &[&str]) -> Installed {
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    let shipped = |at: &str, is_directory, replaced_by: Option<&str>| Shipped {
        path: path(at),
        at: path(&format!("usr/{at}")),
        is_directory,
        sha1: None,
        replaced_by: replaced_by.map(str::to_owned),
    };
    let other = [("pkgdesc", "a package"), ("url", "https://x.example"), ("license", "MIT AND BSD-2-Clause")];
    Installed {
        name: name.to_owned(),
        version: "1.0-r0".to_owned(),
        architecture: "x86_64".to_owned(),
        description: Description::Apk {
            info: Box::new(PackageInfo {
                name: name.to_owned(),
                origin: Some("source".to_owned()),
                depends: texts(depends),
                provides: texts(provides),
                other: other.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec(),
                ..PackageInfo::default()
            }),
            identity: [0; 20],
            scripts: Vec::new(),
        },
        shipped: vec![
            shipped("lib", true, None),
            shipped("lib/link", false, None),
            shipped("lib/b", false, Some("other")),
            shipped("lib/a", false, None),
        ],
    }
}

#[test]
fn alpine_packages_describe_themselves() {
    let installed = [
        apk("busybox", &["so:libc.musl-x86_64.so.1", "/bin/sh", "!mksh"], &["/bin/sh"]),
        apk("musl", &[], &["so:libc.musl-x86_64.so.1=1", "mksh"]),
        apk("zlib", &["musl>=1", "absent"], &[]),
    ];
    let built = packages(&installed, &Facts);
    let depends: Vec<&[usize]> = built.iter().map(|package| package.depends.as_slice()).collect();
    assert_eq!(depends, [&[0, 1][..], &[], &[1]]);
    let first = &built[0];
    assert_eq!(first.licence.expression.as_deref(), Some("MIT AND BSD-2-Clause"));
    assert_eq!(first.source.as_ref().map(|source| source.name.as_str()), Some("source"));
    assert_eq!(
        (first.summary.as_deref(), first.homepage.as_deref()),
        (Some("a package"), Some("https://x.example"))
    );
    assert_eq!(first.files, [file("usr/lib/a", "content")]);
    let distribution = Distribution {
        id: "alpine".to_owned(),
        version_id: Some("3.22.1".to_owned()),
        codename: None,
        name: None,
    };
    let url = |package| purl::of_package(package, Some(&distribution)).unwrap().to_string();
    assert_eq!(
        url(first),
        "pkg:apk/alpine/busybox@1.0-r0?arch=x86_64&distro=alpine-3.22.1&os_name=alpine&os_version=3.22&upstream=source"
    );
    assert_eq!(url(&built[2]), "pkg:apk/acme/zlib@1");
}

/// A package file of Debian with this control stanza.
fn control_files(control: &str) -> ControlFiles {
    let tar = |name: &str, content: &[u8]| {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, content).unwrap();
        builder.into_inner().unwrap()
    };
    let member = |name: &str, content: &[u8]| {
        let header = format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 100_644, content.len());
        [header.as_bytes(), content].concat()
    };
    let members = [
        b"!<arch>\n".to_vec(),
        member("debian-binary", b"2.0\n"),
        member("control.tar", &tar("./control", control.as_bytes())),
        member("data.tar", &tar("./a", b"")),
    ];
    let mut file = std::io::Cursor::new(members.concat());
    let container = Container::read(&mut file).unwrap();
    ControlFiles::read(&mut file, &container).unwrap()
}

fn deb(name: &str, version: &str, more: &str) -> Installed {
    let control = format!("Package: {name}\nVersion: {version}\n{more}");
    let description = Description::Deb(control_files(&control));
    Installed { name: name.to_owned(), version: version.to_owned(), description, ..apk(name, &[], &[]) }
}

#[test]
fn debian_packages_describe_themselves() {
    let installed = [
        deb("a", "1", "Depends: c (>= 3) | b:any (>= 2),\n mta, absent | d\nPre-Depends: c\n"),
        deb("b", "2-1", "Source: src (5)\nMaintainer: B <b@x.example>\nHomepage: https://b.example\n"),
        deb("c", "2", "Provides: mta\nDescription: short\n long\n"),
        deb("d", "1", "Source: d\nProvides: c (= 4)\n"),
    ];
    let built = packages(&installed, &Facts);
    let depends: Vec<&[usize]> = built.iter().map(|package| package.depends.as_slice()).collect();
    // `c (>= 3)` is met by what `d` provides, `c` alone by the real package.
    assert_eq!(depends, [&[2, 3][..], &[], &[], &[]]);
    let source = SourcePackage { name: "src".to_owned(), version: "5".to_owned() };
    assert_eq!(built[1].source, Some(source));
    assert_eq!(built[1].maintainer.as_deref(), Some("B <b@x.example>"));
    assert_eq!(built[1].homepage.as_deref(), Some("https://b.example"));
    assert_eq!((built[2].summary.as_deref(), &built[3].source), (Some("short"), &None));
    assert_eq!(built[0].licence.expression.as_deref(), Some("MIT"));
    let url = purl::of_package(&built[1], None).unwrap().to_string();
    assert_eq!(url, "pkg:deb/debian/b@2-1?arch=x86_64&upstream=src%405");
}

#[test]
fn artifacts_have_package_urls_as_of_buildkit() {
    let digest = Digest::of(b"static");
    let url = |reference| of_image(reference, &digest, &image().platform).unwrap().to_string();
    for (reference, expected) in [
        ("dhi.example/a/b:1@sha256:11", "dhi.example/a/b@1"),
        ("localhost:5000/b", "localhost:5000/b"),
        ("docker.io/library/b:1", "b@1"),
        ("acme/b:1", "acme/b@1"),
    ] {
        assert_eq!(url(reference), format!("pkg:docker/{expected}?digest={digest}&platform=linux%2Famd64"));
    }
}
