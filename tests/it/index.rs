//! Attestations about an index: they answer for what it names where attestations are asked for, and never say what an
//! image is.

use dhi::oci::media_type;
use serde_json::{Value, json};

use crate::binary::{ALONE, Run, User, read};
use crate::maker::Maker;

const SPDX: &str = "https://spdx.dev/Document";
const SLSA: &str = "https://slsa.dev/provenance/v1";
const VSA: &str = "https://slsa.dev/verification_summary/v1";
const OTHER: &str = "fixtures/keys/other.pub";

/// Two images in an index.
struct Shop {
    maker: Maker,
    images: [Value; 2],
    index: Value,
}

impl Shop {
    fn new() -> Self {
        let maker = Maker::new();
        let images = [maker.image("amd64"), maker.image("arm64")];
        let index = maker.index(&[&images[0], &images[1]]);
        Self { maker, images, index }
    }

    /// With this about the index.
    fn attested(types: &[&str]) -> Self {
        let shop = Self::new();
        for predicate_type in types {
            shop.maker.attest(&shop.index, &shop.index, predicate_type);
        }
        shop
    }

    fn verify(&self, flags: &[&str]) -> Run {
        self.maker.verify(&self.index, flags)
    }

    /// `dhi attest` with the team's key.
    fn attest(&self, arguments: &[&str]) -> Run {
        self.maker.write(&self.index);
        let (command, rest) = arguments.split_first().unwrap();
        let key = self.maker.key();
        let reference = self.maker.reference();
        User::new().dhi(&[&["attest", command, "--key", &key, &reference], rest].concat())
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
    warned.map(|check| format!("{} {}", check["scope"], check["problem"]["id"])).collect()
}

#[test]
fn they_answer_for_every_entry_where_attestations_are_asked_for() {
    let shop = Shop::attested(&[SPDX, SLSA]);
    assert(&shop.verify(&ALONE), 0, &[]);
    assert(&shop.verify(&["--platform", "linux/arm64", "--policy", "attested"]), 0, &[]);
    assert(&shop.verify(&["--predicate-type", SPDX, "--predicate-type", SLSA]), 0, &[]);
    let run = shop.verify(&["--predicate-type", SPDX, "--predicate-type", "https://x/y"]);
    assert(&run, 3, &["attest/predicate-missing"]);
    assert!(run.stdout.contains(SLSA), "the types that are there are named: {}", run.stdout);
    // Beside those of an image.
    shop.maker.attest(&shop.images[0], &shop.images[0], "https://x/y");
    assert(&shop.verify(&ALONE), 0, &[]);
    assert(&shop.verify(&["--predicate-type", "https://x/y"]), 3, &["attest/predicate-missing"]);
    let table = shop.maker.dhi(&["verify", "--policy", "attested", "--key", &shop.maker.key()]);
    table.assert(0, "  index        no signature, 2 verified  key  2 absent\n");
    table.assert(0, "signed by key (");
    let document = shop.verify(&ALONE).json();
    let schema: Value = serde_json::from_str(&read("docs/schemas/verify-1.json")).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&document), "{document}");
    let about = &document["images"][0]["aboutIndex"]["attestations"];
    assert_eq!(about.as_array().unwrap().len(), 2);
    assert_eq!(about[0]["statement"]["subjects"][0], shop.index["digest"]);
}

#[test]
fn they_never_make_an_image_hardened() {
    // The same about each image would be enough.
    let shop = Shop::attested(&[SPDX, SLSA]);
    assert(&shop.verify(&[]), 1, &["base/not-dhi"]);
    assert(&shop.verify(&["--policy", "dhi-or-dhi-based", "--predicate-type", SPDX]), 1, &["base/not-dhi"]);
    for image in &shop.images {
        shop.maker.attest(image, image, SPDX);
        shop.maker.attest(image, image, SLSA);
    }
    assert(&shop.verify(&[]), 0, &[]);
}

#[test]
fn a_summary_attached_to_the_index_does_not_answer() {
    let shop = Shop::attested(&[VSA]);
    let run = shop.verify(&ALONE);
    assert(&run, 3, &["attest/none"]);
    assert!(run.stdout.contains("verification summaries, which never answer"), "{}", run.stdout);
    assert!(!run.stdout.contains("there is no attestation\""), "{}", run.stdout);
    assert(&shop.verify(&["--predicate-type", VSA]), 3, &["attest/predicate-missing"]);
    // One of an image answers where it is asked for.
    for image in &shop.images {
        shop.maker.attest(image, image, VSA);
    }
    assert(&shop.verify(&["--predicate-type", VSA]), 0, &[]);
    assert(&shop.verify(&ALONE), 3, &["attest/none"]);
}

#[test]
fn one_by_an_attestor_does_not_answer() {
    let shop = Shop::attested(&[SPDX]);
    shop.maker.write(&shop.index);
    let key = shop.maker.key();
    let by = |flags: &[&str]| {
        let fixed = ["verify", "--format", "json", "--policy", "attested"];
        shop.maker.dhi(&[&fixed[..], flags].concat())
    };
    let attestor = by(&["--key", OTHER, "--attestor-key", &key]);
    assert(&attestor, 3, &["attest/none"]);
    assert!(attestor.stdout.contains("1 by attestor keys"), "{}", attestor.stdout);
    // Nor one by a key that is not given.
    assert(&by(&["--key", OTHER]), 4, &["trust/wrong-key"]);
    assert(&by(&["--key", &key]), 0, &[]);
}

#[test]
fn one_about_another_object_fails_what_asks_for_it_and_warns_elsewhere() {
    let shop = Shop::new();
    let other = shop.maker.index(&[&shop.images[0]]);
    // It hangs on this index and is about another one, or about an image in it.
    for about in [&other, &shop.images[0]] {
        let shop = Shop::new();
        for image in &shop.images {
            shop.maker.attest(image, image, SPDX);
            shop.maker.attest(image, image, SLSA);
        }
        shop.maker.attest(&shop.index, about, SPDX);
        assert(&shop.verify(&ALONE), 4, &["trust/subject-mismatch"]);
        let run = shop.verify(&[]);
        assert(&run, 0, &[]);
        assert!(warnings(&run).contains(&r#""SPDX SBOM of index" "trust/subject-mismatch""#.to_owned()));
    }
    // What hangs on another index is none of this one.
    let shop = Shop::new();
    let other = shop.maker.index(&[&shop.images[0]]);
    shop.maker.attest(&other, &other, SPDX);
    assert(&shop.verify(&ALONE), 3, &["attest/none"]);
    // Unsigned ones are not passed over.
    let shop = Shop::attested(&[SPDX]);
    shop.maker.attest_unsigned(&shop.index, &shop.index, SLSA);
    assert(&shop.verify(&ALONE), 3, &["trust/unsigned"]);
}

#[test]
fn only_the_index_that_is_asked_for_counts() {
    let maker = Maker::new();
    let image = maker.image("amd64");
    let inner = maker.index(&[&image]);
    let outer = maker.index(&[&inner]);
    maker.attest(&inner, &inner, SPDX);
    assert(&maker.verify(&outer, &ALONE), 3, &["attest/none"]);
    assert(&maker.verify(&inner, &ALONE), 0, &[]);
    maker.attest(&outer, &outer, SPDX);
    assert(&maker.verify(&outer, &ALONE), 0, &[]);
}

#[test]
fn lists_and_single_attestations_know_them() {
    let shop = Shop::attested(&[SPDX, SLSA]);
    let list = shop.attest(&["list"]);
    list.assert(0, "index  ");
    list.assert(0, "2 attestations, all verified: key, log absent");
    list.assert(0, "no attestations except those about the index");
    let document = shop.attest(&["list", "--format", "json"]).json();
    assert_eq!(document["aboutIndex"]["attestations"].as_array().unwrap().len(), 2);

    let get = shop.attest(&["get", "--predicate-type", SLSA]);
    get.assert(0, "the one about the index");
    assert_eq!(serde_json::from_str::<Value>(&get.stdout).unwrap()["predicateType"], SLSA);
    let digest = document["aboutIndex"]["attestations"][0]["digest"].as_str().unwrap();
    shop.attest(&["get", digest, "--verify"]).assert(0, "of the index, signed by key");
    shop.attest(&["get", "--predicate-type", "https://x/y"]).assert(3, SLSA);
    // Of one platform there is none, which is not said of the whole.
    let none = shop.attest(&["get", "--platform", "linux/amd64", "--predicate-type", SLSA]);
    none.assert(3, "about the index");

    // Several of a type are listed.
    for image in &shop.images {
        shop.maker.attest(image, image, SLSA);
    }
    let several = shop.attest(&["get", "--predicate-type", SLSA]);
    several.assert(2, "2 attestations match");
    several.assert(2, "of the index");
    shop.attest(&["get", "--platform", "linux/arm64", "--predicate-type", SLSA]).assert(0, SLSA);
}

#[test]
fn all_that_hangs_on_an_image_is_a_tree() {
    let shop = Shop::attested(&[SLSA, VSA]);
    shop.maker.sign(&shop.index, &shop.index, "registry.example.com/shop", &json!({}));
    shop.maker.attest_unsigned(&shop.images[1], &shop.images[1], SPDX);
    let layer = shop.maker.blob("text/plain", b"notes");
    let notes = shop.maker.manifest(
        media_type::OCI_EMPTY,
        Some(&shop.index),
        &json!({"artifactType": "text/x-notes"}),
        &[layer],
    );
    shop.maker.sign(&notes, &notes, "registry.example.com/notes", &json!({}));

    let text = shop.attest(&["list", "--all"]);
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
    let document = shop.attest(&["list", "--all", "--format", "json"]).json();
    let schema: Value = serde_json::from_str(&read("docs/schemas/attest-list-1.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0]);
    let tree = document["tree"].as_array().unwrap();
    assert_eq!(tree.len(), 3);
    assert_eq!((&tree[0]["object"], tree[0]["referrers"].as_array().unwrap().len()), (&json!("index"), 4));
    let notes =
        tree[0]["referrers"].as_array().unwrap().iter().find(|one| one["kind"] == "referrer").unwrap();
    assert_eq!(
        (&notes["state"], &notes["referrers"][0]["state"]),
        (&json!("not-judged"), &json!("verified"))
    );
    // By somebody else's key nothing of it verifies, and that is said.
    let other = shop.maker.dhi(&["attest", "list", "--all", "--key", OTHER]);
    other.assert(0, "\n  signature  ");
    other.assert(0, "trust/wrong-key");
    assert!(!other.stdout.contains("verified: "), "{}", other.stdout);
}
