//! What is attached to a built image, signed or not.

use serde_json::Value;

use super::BuildFixture;
use crate::support::env::Run;

const TYPES: [&str; 3] =
    ["https://cyclonedx.org/bom/v1.6", "https://slsa.dev/provenance/v1", "https://spdx.dev/Document"];

/// An image that is signed with the key `team`.
fn signed() -> BuildFixture {
    let fixture = BuildFixture::new();
    fixture.env.generate_key("team");
    fixture.built("out", &["--key", &fixture.env.file("team.key")]);
    fixture
}

impl BuildFixture {
    /// The exit code and the output of a command about the layout `out`, with the key `team`.
    fn judge(&self, command: &[&str]) -> Run {
        let (key, image) = (self.env.file("team.pub"), format!("oci:{}:app", self.env.file("out")));
        self.env.dhi(&[command, &["--key", &key, &image]].concat())
    }

    /// `dhi verify` with this policy.
    fn verify(&self, policy: &str) -> Run {
        self.judge(&["verify", "--policy", policy])
    }

    /// Whether the policies `signed` and `attested` find tampering if one byte of this blob is another one.
    fn is_tampered(&self, descriptor: &Value) -> (bool, bool) {
        let file = self.layout("out").file(descriptor);
        let good = std::fs::read(&file).unwrap();
        let mut bad = good.clone();
        let middle = bad.len() / 2;
        bad[middle] ^= 1;
        std::fs::write(&file, bad).unwrap();
        let tampered = |policy: &str| {
            let run = self.verify(policy);
            assert!(matches!(run.code, 0 | 4), "{}{}", run.stdout, run.stderr);
            run.code == 4 && format!("{}{}", run.stdout, run.stderr).contains("error[trust/tampered]")
        };
        let found = (tampered("signed"), tampered("attested"));
        std::fs::write(&file, good).unwrap();
        found
    }
}

#[test]
fn a_signed_image_passes_our_own_verify() {
    let fixture = signed();
    fixture.verify("signed").assert(0, "1 of 1 image passes signed");
    fixture.verify("attested").assert(0, "1 of 1 image passes attested");
    let list = fixture.judge(&["attest", "list"]);
    list.assert(0, "3 attestations, all verified");
    for text in ["SPDX SBOM", "CycloneDX SBOM 1.6", "SLSA provenance v1", "urn:dhi:builder:local"] {
        list.assert(0, text);
    }
    assert_eq!(fixture.layout("out").predicate_types(), TYPES);
    // A key that did not sign it proves nothing.
    fixture.env.generate_key("other");
    let (key, image) = (fixture.env.file("other.pub"), format!("oci:{}:app", fixture.env.file("out")));
    for policy in ["signed", "attested"] {
        let arguments = ["verify", "--policy", policy, "--key", &key, &image];
        fixture.env.dhi(&arguments).assert(4, "trust/wrong-key");
    }
}

#[test]
fn the_digest_does_not_depend_on_the_key() {
    let fixture = signed();
    assert_eq!(fixture.built("unsigned", &[]), fixture.layout("out").root()["digest"].as_str().unwrap());
}

#[test]
fn one_changed_byte_of_a_signed_object_is_found() {
    let fixture = signed();
    let layout = fixture.layout("out");
    let (root, manifest) = (layout.root(), layout.manifest());
    assert_eq!(fixture.is_tampered(&root), (true, true), "index");
    assert_eq!(fixture.is_tampered(&manifest), (false, true), "manifest");
    assert_eq!(fixture.is_tampered(&layout.json(&manifest)["config"]), (false, true), "config");
    // Both the objects that are attached, and what they hold.
    let attached = |subject: &Value| -> Vec<Value> {
        let of = |referrer: Value| {
            let layers = layout.json(&referrer)["layers"].as_array().unwrap().clone();
            std::iter::once(referrer).chain(layers).collect::<Vec<_>>()
        };
        layout.referrers(subject).into_iter().flat_map(of).collect()
    };
    let of_index = attached(&root);
    assert_eq!(of_index.len(), 2);
    for object in &of_index {
        assert_eq!(fixture.is_tampered(object), (true, true), "{object}");
    }
    let attestations: Vec<Value> = layout
        .referrers(&manifest)
        .into_iter()
        .filter(|one| one["artifactType"] == "application/vnd.in-toto+json")
        .collect();
    assert_eq!(attestations.len(), 3);
    for attestation in &attestations {
        let statement = layout.json(attestation)["layers"][0].clone();
        let signature = attached(attestation);
        assert_eq!(signature.len(), 2);
        for object in [attestation, &statement].into_iter().chain(&signature) {
            assert_eq!(fixture.is_tampered(object), (false, true), "{object}");
        }
    }
    fixture.verify("attested").assert(0, "passes");
}

#[test]
fn without_a_key_attestations_are_there_unsigned() {
    let fixture = BuildFixture::new();
    fixture.env.generate_key("team");
    fixture.built("out", &[]);
    let layout = fixture.layout("out");
    assert_eq!(layout.predicate_types(), TYPES);
    assert!(layout.referrers(&layout.root()).is_empty());
    fixture.judge(&["attest", "list"]).assert(0, "3 attestations, none verified: trust/unsigned");
    fixture.verify("signed").assert(3, "error[trust/unsigned]");
    fixture.verify("attested").assert(3, "trust/unsigned");
}

#[test]
fn statements_are_about_the_manifest() {
    let fixture = signed();
    let layout = fixture.layout("out");
    let manifest = layout.manifest();
    let hex = manifest["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
    let mut types = Vec::new();
    for referrer in layout.referrers(&manifest) {
        assert_eq!(layout.json(&referrer)["subject"]["digest"], manifest["digest"]);
        if referrer["artifactType"] != "application/vnd.in-toto+json" {
            continue;
        }
        let statement = layout.json(&layout.json(&referrer)["layers"][0]);
        assert_eq!(statement["subject"].as_array().unwrap().len(), 1, "{statement}");
        assert_eq!(statement["subject"][0]["digest"]["sha256"], hex);
        types.push(statement["predicateType"].as_str().unwrap().to_owned());
    }
    types.sort();
    assert_eq!(types, TYPES);
}

#[test]
fn flags_choose_the_attestations() {
    let fixture = BuildFixture::new();
    let cases: [(&str, [&str; 2], &[&str]); 3] = [
        ("none", ["--sbom=false", "--provenance=false"], &[]),
        ("old", ["--sbom=false", "--provenance=v0.2"], &["https://slsa.dev/provenance/v0.2"]),
        ("default", ["--sbom", "--provenance=mode=max"], &TYPES),
    ];
    for (name, flags, expected) in cases {
        fixture.built(name, &flags);
        assert_eq!(fixture.layout(name).predicate_types(), expected, "{name}");
    }
}
