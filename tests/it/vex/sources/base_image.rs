//! VEX of the base image: it applies only to packages that are proven to come from there.

use dhi::gate::vex::Loaded;
use dhi::vex::{HardenedStatus, Scan, SourceKind};
use serde_json::{Value, json};

use super::{Applied, OPENVEX, load_with, now, scan, vex};
use crate::support::base::{BaseFixture, Image, Pushed, SLSA, SPDX, child, python};

const CHILD: &str = "registry.example.com/acme/api";

/// A hardened image of two layers, and an image that adds a layer to it.
struct Derived {
    fixture: BaseFixture,
    base: Pushed,
    child: Pushed,
}

impl Derived {
    fn new() -> Self {
        Self::of(&["amd64"])
    }

    /// For these platforms, each on its own image of the base.
    fn of(architectures: &[&'static str]) -> Self {
        let fixture = BaseFixture::empty();
        let images: Vec<Image> = architectures.iter().map(|one| python("ab").on(one)).collect();
        let base = fixture.push("dhi.io/python:3.13", &images);
        let sbom = json!({ "spdxVersion": "SPDX-2.3", "packages": [{ "name": "bash", "externalRefs": [{
            "referenceType": "purl", "referenceLocator": "pkg:deb/debian/bash@5.2?os_name=debian&os_version=13"
        }] }] });
        for image in &base.images {
            for (kind, predicate) in [(SPDX, &sbom), (SLSA, &json!({}))] {
                let key = Some((&fixture.key, "dhi/python"));
                fixture.attest(&base.repository, image, kind, predicate, key);
            }
        }
        let built = images.iter().map(|image| {
            let built = child(image, "abc").on(image.architecture);
            built.built_from(&[("dhi.io/python@3.13", &base)])
        });
        let child = fixture.push(&format!("{CHILD}:1"), &built.collect::<Vec<_>>());
        Self { fixture, base, child }
    }

    fn attest(&self, predicate: &Value) {
        self.attest_image(0, predicate);
    }

    fn attest_image(&self, position: usize, predicate: &Value) {
        let key = Some((&self.fixture.key, "dhi/python"));
        self.fixture.attest(&self.base.repository, &self.base.images[position], OPENVEX, predicate, key);
    }

    fn scan(&self, purl: &str) -> Scan {
        scan(Some(&format!("{CHILD}@{}", self.child.images[0]["digest"].as_str().unwrap())), purl)
    }

    fn load(&self, scan: &Scan) -> Loaded {
        let key = dhi::trust::PublicKey::from_pem(&self.fixture.key.pem(), "team.pub").unwrap();
        let verifier = dhi::gate::Verifier::builder().key("team", key).at(now()).build().unwrap();
        let image = format!("{CHILD}:1").parse().unwrap();
        load_with(&verifier, &self.fixture, scan, |options| options.image = Some(image)).unwrap()
    }

    fn apply(&self, purl: &str) -> Applied {
        let scan = self.scan(purl);
        Applied::of(self.load(&scan), scan)
    }
}

/// Products as Docker writes them: the package, and the image with the package in it.
fn products(package: &str) -> [Value; 2] {
    [
        json!({ "@id": package }),
        json!({ "@id": "pkg:docker/dhi/python", "subcomponents": [{ "@id": package }] }),
    ]
}

#[test]
fn vex_of_the_base_applies_to_packages_of_the_base() {
    let bash = "pkg:deb/debian/bash@5.2";
    for products in [&products(bash)[..], &[]] {
        let derived = Derived::new();
        derived.attest(&vex(products));
        let scan = derived.scan("pkg:deb/debian/bash@5.2?arch=amd64&distro=debian-13");
        let loaded = derived.load(&scan);
        let facts = loaded.facts(&scan.subject);
        assert_eq!(facts.hardened, HardenedStatus::BuiltOn, "{:#?}", loaded.problems);
        assert!(facts.base_references.contains(&format!("dhi.io/python@{}", derived.base.digest)));
        let [document] = loaded.documents.as_slice() else { panic!("{:#?}", loaded.documents) };
        let SourceKind::Base { attestation } = document.source.kind else { panic!() };
        let name = format!("OpenVEX of base image dhi.io/python (linux/amd64) {}", attestation.short());
        assert_eq!(document.source.name, name);
        Applied::of(loaded, scan).assert_suppressed();
    }
}

#[test]
fn vex_of_the_base_does_not_apply_to_packages_that_were_added() {
    for (package, found) in [
        ("pkg:deb/debian/bash", "pkg:deb/debian/bash@5.3?arch=amd64"),
        ("pkg:pypi/flask", "pkg:pypi/flask@3.0"),
        ("pkg:pypi/flask@3.0", "pkg:pypi/flask@3.0"),
    ] {
        let derived = Derived::new();
        derived.attest(&vex(&products(package)));
        derived.apply(found).assert_kept("OriginNotBase");
    }
}

/// A layer of the base proves the origin of packages that its SBOM does not list.
#[test]
fn a_layer_of_the_base_proves_the_origin() {
    for (layer, suppressed) in [("a", true), ("c", false)] {
        let derived = Derived::new();
        derived.attest(&vex(&products("pkg:pypi/pip")));
        let mut scan = derived.scan("pkg:pypi/pip@25.0");
        scan.findings[0].package.layers = vec![dhi::oci::Digest::of(layer.as_bytes()).to_string()];
        let applied = Applied::of(derived.load(&scan), scan);
        if suppressed { applied.assert_suppressed() } else { applied.assert_kept("OriginNotBase") }
    }
}

/// A run that knows the bases of several platforms uses for each report that of its platform.
#[test]
fn vex_of_the_base_of_another_platform_is_not_used() {
    for (position, suppressed) in [(0, true), (1, false)] {
        let derived = Derived::of(&["amd64", "arm64"]);
        derived.attest_image(position, &vex(&products("pkg:deb/debian/bash")));
        let applied = derived.apply("pkg:deb/debian/bash@5.2");
        if suppressed { applied.assert_suppressed() } else { applied.assert_kept("Subject {") }
    }
}

/// What a base has attested counts only if the base is proven.
#[test]
fn vex_of_an_unproven_base_is_not_used() {
    let derived = Derived::new();
    derived.attest(&vex(&products("pkg:deb/debian/bash")));
    let other = child(&python("ab"), "xyz").built_from(&[("dhi.io/python@3.13", &derived.base)]);
    let other = derived.fixture.push(&format!("{CHILD}:1"), &[other]);
    let image = format!("{CHILD}@{}", other.images[0]["digest"].as_str().unwrap());
    let scan = scan(Some(&image), "pkg:deb/debian/bash@5.2");
    let loaded = derived.load(&scan);
    assert!(loaded.documents.is_empty());
    assert_ne!(loaded.facts(&scan.subject).hardened, HardenedStatus::BuiltOn);
    Applied::of(loaded, scan).assert_kept("NoStatement");
}

/// Every attestation of a hardened image must verify, so this is no proven base.
#[test]
fn unsigned_vex_of_the_base_suppresses_nothing() {
    let derived = Derived::new();
    derived.fixture.attest(
        "dhi.io/python",
        &derived.base.images[0],
        OPENVEX,
        &vex(&products("pkg:deb/debian/bash")),
        None,
    );
    derived.apply("pkg:deb/debian/bash@5.2").assert_kept("base/claims-only: ");
}
