//! Attestations about an index: they count for the images of the index under `attested`, and never prove that an image
//! is hardened.

use dhi::oci::media_type;
use serde_json::{Value, json};

use crate::support::env::{ATTESTED_ONLY, Run, TestEnv, read};
use crate::support::layout::LayoutFixture;

const SPDX: &str = "https://spdx.dev/Document";
const SLSA: &str = "https://slsa.dev/provenance/v1";
const VSA: &str = "https://slsa.dev/verification_summary/v1";
const OTHER: &str = "fixtures/keys/other.pub";

/// Two images in an index.
struct IndexFixture {
    layout: LayoutFixture,
    images: [Value; 2],
    index: Value,
}

impl IndexFixture {
    fn new() -> Self {
        let layout = LayoutFixture::new();
        let images = [layout.image("amd64"), layout.image("arm64")];
        let index = layout.index(&[&images[0], &images[1]]);
        Self { layout, images, index }
    }

    /// With this about the index.
    fn attested(types: &[&str]) -> Self {
        let setup = Self::new();
        for predicate_type in types {
            setup.layout.attest(&setup.index, &setup.index, predicate_type);
        }
        setup
    }

    fn verify(&self, flags: &[&str]) -> Run {
        self.layout.verify(&self.index, flags)
    }

    /// `dhi attest` with the team's key.
    fn attest(&self, arguments: &[&str]) -> Run {
        self.layout.write(&self.index);
        let (command, rest) = arguments.split_first().unwrap();
        let key = self.layout.key();
        let reference = self.layout.reference();
        TestEnv::new().dhi(&[&["attest", command, "--key", &key, &reference], rest].concat())
    }
}

#[track_caller]
fn assert(run: &Run, code: i32, ids: &[&str]) {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    assert_eq!((run.code, run.ids()), (code, ids), "{}{}", run.stdout, run.stderr);
}

/// What is warned of.
fn warnings(run: &Run) -> Vec<String> {
    let checks = run.json()["images"][0]["checks"].as_array().unwrap().clone();
    let warned = checks.iter().filter(|check| check["outcome"] == "warn");
    warned.map(|check| format!("{} {}", check["subject"]["type"], check["failure"]["code"])).collect()
}

#[test]
fn index_attestations_count_for_every_entry_under_attested() {
    let setup = IndexFixture::attested(&[SPDX, SLSA]);
    assert(&setup.verify(&ATTESTED_ONLY), 0, &[]);
    assert(&setup.verify(&["--platform", "linux/arm64", "--policy", "attested"]), 0, &[]);
    assert(&setup.verify(&["--predicate-type", SPDX, "--predicate-type", SLSA]), 0, &[]);
    let run = setup.verify(&["--predicate-type", SPDX, "--predicate-type", "https://x/y"]);
    assert(&run, 3, &["attest/predicate-missing"]);
    assert!(run.stdout.contains(SLSA), "the types that are there are named: {}", run.stdout);
    // Beside those of an image.
    setup.layout.attest(&setup.images[0], &setup.images[0], "https://x/y");
    assert(&setup.verify(&ATTESTED_ONLY), 0, &[]);
    assert(&setup.verify(&["--predicate-type", "https://x/y"]), 3, &["attest/predicate-missing"]);
    let table = setup.layout.dhi(&["verify", "--policy", "attested", "--key", &setup.layout.key()]);
    table.assert(0, "  index        no signature, 2 verified  key        2 absent\n");
    table.assert(0, "signed by key (");
    let document = setup.verify(&ATTESTED_ONLY).json();
    let schema: Value = serde_json::from_str(&read("docs/schemas/verify-2.json")).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&document), "{document}");
    let about = &document["images"][0]["aboutIndex"]["attestations"];
    assert_eq!(about.as_array().unwrap().len(), 2);
    assert_eq!(about[0]["statement"]["subjects"][0], setup.index["digest"]);
}

#[test]
fn index_attestations_never_make_an_image_hardened() {
    // The same about each image would be enough.
    let setup = IndexFixture::attested(&[SPDX, SLSA]);
    assert(&setup.verify(&[]), 1, &["base/not-dhi"]);
    assert(&setup.verify(&["--policy", "dhi-or-dhi-based", "--predicate-type", SPDX]), 1, &["base/not-dhi"]);
    for image in &setup.images {
        setup.layout.attest(image, image, SPDX);
        setup.layout.attest(image, image, SLSA);
    }
    assert(&setup.verify(&[]), 0, &[]);
}

#[test]
fn a_summary_about_the_index_is_not_an_attestation() {
    let setup = IndexFixture::attested(&[VSA]);
    let run = setup.verify(&ATTESTED_ONLY);
    assert(&run, 3, &["attest/none"]);
    assert!(run.stdout.contains("verification summaries, which never count"), "{}", run.stdout);
    assert!(!run.stdout.contains("there is no attestation\""), "{}", run.stdout);
    assert(&setup.verify(&["--predicate-type", VSA]), 3, &["attest/predicate-missing"]);
    // One of an image answers where it is asked for.
    for image in &setup.images {
        setup.layout.attest(image, image, VSA);
    }
    assert(&setup.verify(&["--predicate-type", VSA]), 0, &[]);
    assert(&setup.verify(&ATTESTED_ONLY), 3, &["attest/none"]);
}

#[test]
fn an_index_attestation_by_an_attestor_does_not_count() {
    let setup = IndexFixture::attested(&[SPDX]);
    setup.layout.write(&setup.index);
    let key = setup.layout.key();
    let by = |flags: &[&str]| {
        let fixed = ["verify", "--format", "json", "--policy", "attested"];
        setup.layout.dhi(&[&fixed[..], flags].concat())
    };
    let attestor = by(&["--key", OTHER, "--attestor-key", &key]);
    assert(&attestor, 3, &["attest/none"]);
    assert!(attestor.stdout.contains("1 by attestor keys"), "{}", attestor.stdout);
    // Nor one by a key that is not given.
    assert(&by(&["--key", OTHER]), 4, &["trust/wrong-key"]);
    assert(&by(&["--key", &key]), 0, &[]);
}

#[test]
fn a_wrong_subject_fails_attested_and_warns_elsewhere() {
    let setup = IndexFixture::new();
    let other = setup.layout.index(&[&setup.images[0]]);
    // It hangs on this index and is about another one, or about an image in it.
    for about in [&other, &setup.images[0]] {
        let setup = IndexFixture::new();
        for image in &setup.images {
            setup.layout.attest(image, image, SPDX);
            setup.layout.attest(image, image, SLSA);
        }
        setup.layout.attest(&setup.index, about, SPDX);
        assert(&setup.verify(&ATTESTED_ONLY), 4, &["trust/subject-mismatch"]);
        let run = setup.verify(&[]);
        assert(&run, 0, &[]);
        assert!(warnings(&run).contains(&r#""index-attestation" "trust/subject-mismatch""#.to_owned()));
    }
    // What hangs on another index is none of this one.
    let setup = IndexFixture::new();
    let other = setup.layout.index(&[&setup.images[0]]);
    setup.layout.attest(&other, &other, SPDX);
    assert(&setup.verify(&ATTESTED_ONLY), 3, &["attest/none"]);
    // Unsigned ones are not passed over.
    let setup = IndexFixture::attested(&[SPDX]);
    setup.layout.attest_unsigned(&setup.index, &setup.index, SLSA);
    assert(&setup.verify(&ATTESTED_ONLY), 3, &["trust/unsigned"]);
}

#[test]
fn only_attestations_of_the_requested_index_count() {
    let layout = LayoutFixture::new();
    let image = layout.image("amd64");
    let inner = layout.index(&[&image]);
    let outer = layout.index(&[&inner]);
    layout.attest(&inner, &inner, SPDX);
    assert(&layout.verify(&outer, &ATTESTED_ONLY), 3, &["attest/none"]);
    assert(&layout.verify(&inner, &ATTESTED_ONLY), 0, &[]);
    layout.attest(&outer, &outer, SPDX);
    assert(&layout.verify(&outer, &ATTESTED_ONLY), 0, &[]);
}

#[test]
fn attest_list_and_get_show_index_attestations() {
    let setup = IndexFixture::attested(&[SPDX, SLSA]);
    let list = setup.attest(&["list"]);
    list.assert(0, "index  ");
    list.assert(0, "2 attestations, all verified: key, log absent");
    list.assert(0, "no attestations except those about the index");
    let document = setup.attest(&["list", "--format", "json"]).json();
    assert_eq!(document["aboutIndex"]["attestations"].as_array().unwrap().len(), 2);

    let get = setup.attest(&["get", "--predicate-type", SLSA]);
    get.assert(0, "showing the attestation about the index");
    assert_eq!(serde_json::from_str::<Value>(&get.stdout).unwrap()["predicateType"], SLSA);
    let digest = document["aboutIndex"]["attestations"][0]["digest"].as_str().unwrap();
    setup.attest(&["get", digest, "--verify"]).assert(0, "of the index, signed by key");
    setup.attest(&["get", "--predicate-type", "https://x/y"]).assert(3, SLSA);
    // One platform has none; that is not reported about the whole index.
    let none = setup.attest(&["get", "--platform", "linux/amd64", "--predicate-type", SLSA]);
    none.assert(3, "about the index");

    // Several of a type are listed.
    for image in &setup.images {
        setup.layout.attest(image, image, SLSA);
    }
    let several = setup.attest(&["get", "--predicate-type", SLSA]);
    several.assert(2, "2 attestations match");
    several.assert(2, "of the index");
    setup.attest(&["get", "--platform", "linux/arm64", "--predicate-type", SLSA]).assert(0, SLSA);
}

#[test]
fn attest_list_all_shows_referrers_as_a_tree() {
    let setup = IndexFixture::attested(&[SLSA, VSA]);
    setup.layout.sign(&setup.index, &setup.index, "registry.example.com/shop", &json!({}));
    setup.layout.attest_unsigned(&setup.images[1], &setup.images[1], SPDX);
    let layer = setup.layout.blob("text/plain", b"notes");
    let notes = setup.layout.manifest(
        media_type::OCI_EMPTY,
        Some(&setup.index),
        &json!({"artifactType": "text/x-notes"}),
        &[layer],
    );
    setup.layout.sign(&notes, &notes, "registry.example.com/notes", &json!({}));

    let text = setup.attest(&["list", "--all"]);
    text.assert(0, "index  ");
    for line in [
        "\n  signature  ",
        "\n  attestation  SLSA provenance v1  ",
        "\n    signature  ",
        "\n  summary  ",
        "\n  referrer  text/x-notes  ",
        "  verified: key, log absent\n",
        "trust/unsigned: there is no signature",
    ] {
        text.assert(0, line);
    }
    let document = setup.attest(&["list", "--all", "--format", "json"]).json();
    let schema: Value = serde_json::from_str(&read("docs/schemas/attest-list-2.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0]);
    let tree = document["tree"].as_array().unwrap();
    assert_eq!(tree.len(), 3);
    assert_eq!((&tree[0]["type"], tree[0]["referrers"].as_array().unwrap().len()), (&json!("index"), 4));
    let notes =
        tree[0]["referrers"].as_array().unwrap().iter().find(|one| one["kind"] == "referrer").unwrap();
    assert_eq!(
        (&notes["state"], &notes["referrers"][0]["state"]),
        (&json!("not-judged"), &json!("verified"))
    );
    // With another key nothing verifies, and the list shows it.
    let other = setup.layout.dhi(&["attest", "list", "--all", "--key", OTHER]);
    other.assert(0, "\n  signature  ");
    other.assert(0, "trust/wrong-key");
    assert!(!other.stdout.contains("verified: "), "{}", other.stdout);
}
