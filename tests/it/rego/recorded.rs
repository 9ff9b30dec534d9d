//! Recorded facts: the file that `dhi verify` writes, read again.

use dhi::policy::facts::{ImageFacts, RecordedFacts, Standing};
use dhi::policy::rego::{Evaluation, ImageValues, RegoPolicy, Settings, UnknownReason, Verdict, evaluate};
use serde_json::{Value, json};

use crate::support::env::{TestEnv, read};

const PYTHON: &str = "oci:fixtures/python:3.13";

/// The document of a verification, with facts or without.
fn document(more: &[&str]) -> Value {
    let run = TestEnv::new().verify(&[&["--format", "json"], more, &[PYTHON]].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.json()
}

fn recorded(document: &Value) -> RecordedFacts {
    RecordedFacts::read(document.to_string().as_bytes(), "facts.json").unwrap()
}

fn run(facts: &ImageFacts, condition: &str) -> Evaluation {
    let source = format!(
        "# METADATA\n# title: test\n# custom:\n#   name: test\npackage docker.scout\n\nimport rego.v1\n\n\
         default pass := false\n\npass if count(violation) == 0\n\n\
         violation contains {{\"message\": \"it does not hold\", \"detail\": {{}}}} if not holds\n\n\
         holds if {condition}\n"
    );
    let policy = RegoPolicy::parse("test.rego", &source).unwrap();
    let settings = Settings { now: "2026-11-30T00:00:00Z".parse().unwrap(), prints: false, bindings: true };
    evaluate(&policy, &ImageValues::new(facts.clone()), &settings)
}

fn is_unanswered(evaluation: &Evaluation) -> bool {
    matches!(evaluation.verdict, Verdict::Unknown(UnknownReason::Unanswered { .. }))
}

const SPDX: &str = r#"oci.referrer("https://spdx.dev/Document").statement.predicate.spdxVersion"#;
/// The fixture is signed as `dhi/python`, but not by a key of Docker.
const FIXTURE: &str = "oci:fixtures/python";
const NAME: &str = r#"input.source.image.name == "oci:fixtures/python""#;
const USER: &str = "input.source.image.config.config.User";
const OTHER: &str = "input.source.image.config.os == \"linux\"";

#[test]
fn recorded_facts_are_those_of_the_verification() {
    let document = document(&["--facts"]);
    let schema: Value = serde_json::from_str(&read("docs/schemas/verify-2.json")).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&document));
    let recorded = recorded(&document);
    assert_eq!(recorded.unresolved(), []);
    assert_eq!(recorded.images().len(), 2);
    for facts in recorded.images() {
        assert_eq!((facts.name.as_str(), facts.standing), (FIXTURE, Standing::Dhi));
        for condition in [SPDX, NAME, OTHER] {
            assert_eq!(run(facts, condition).verdict, Verdict::Pass, "{condition}");
        }
    }
}

#[test]
fn a_document_without_facts_answers_only_what_it_holds() {
    let recorded = recorded(&document(&[]));
    assert_eq!(recorded.images().len(), 2);
    for facts in recorded.images() {
        assert_eq!((facts.name.as_str(), facts.standing), (FIXTURE, Standing::Dhi));
        for condition in [NAME, USER] {
            assert_eq!(run(facts, condition).verdict, Verdict::Pass, "{condition}");
        }
        for condition in [SPDX, OTHER, "input.source.image.manifest.layers"] {
            assert!(is_unanswered(&run(facts, condition)), "{condition}");
        }
    }
}

#[test]
fn an_input_alone_has_no_attestations() {
    let digest = format!("sha256:{}", "7e".repeat(32));
    let input = json!({"source": {"image": {
        "digest": digest, "name": "shop/web", "config": {"config": {"User": "app"}},
    }}});
    let recorded = recorded(&input);
    let [facts] = recorded.images() else { panic!("{recorded:?}") };
    assert_eq!(run(facts, USER).verdict, Verdict::Pass);
    assert_eq!(run(facts, "input.source.image.config.config.Env").verdict, Verdict::Fail);
    for condition in [SPDX, "input.dhi.standing == \"dhi\"", "input.source.image.manifest", "input.artifacts"]
    {
        assert!(is_unanswered(&run(facts, condition)), "{condition}");
    }
}

#[test]
fn references_without_facts_are_listed() {
    let run = TestEnv::new().verify(&["--format", "json", "--facts", PYTHON, "oci:fixtures/python:none"]);
    assert_eq!((run.code, &run.json()["images"][1]["error"]["code"]), (3, &json!("registry/not-found")));
    let recorded = recorded(&run.json());
    assert_eq!(recorded.images().len(), 2);
    let [unresolved] = recorded.unresolved() else { panic!("{recorded:?}") };
    assert_eq!(unresolved.reference, "oci:fixtures/python:none");
}

#[test]
fn other_files_are_refused() {
    let good = document(&["--facts"]);
    let change = |change: &dyn Fn(&mut Value)| {
        let mut document = good.clone();
        change(&mut document);
        document.to_string()
    };
    let image = |document: &mut Value| document["images"][0]["platforms"][0].take();
    for (text, cause) in [
        ("{}".to_owned(), "neither"),
        ("[]".to_owned(), "cannot be read"),
        (r#"{"images": [], "schemaVersion": 2}"#.to_owned(), "no images"),
        (r#"{"images": [], "images": [], "schemaVersion": 2}"#.to_owned(), "occurs twice"),
        (r#"{"source": {"image": {"digest": "x"}}}"#.to_owned(), "source"),
        (change(&|document| document["schemaVersion"] = json!(3)), "version 3"),
        (
            change(&|document| {
                let other = image(document)["facts"].take();
                document["images"][0]["platforms"] = json!([document["images"][0]["platforms"][1]]);
                document["images"][0]["platforms"][0]["facts"] = other;
            }),
            "name another image",
        ),
        (
            change(&|document| document["images"][0]["platforms"][0]["platform"] = json!("linux/riscv64")),
            "name another platform",
        ),
        (
            change(&|document| {
                document["images"][0]["digest"] = json!(format!("sha256:{}", "7e".repeat(32)));
            }),
            "name another root",
        ),
        (
            change(&|document| document["images"][0]["platforms"][0]["facts"]["more"] = json!(1)),
            "unknown field",
        ),
    ] {
        let error = RecordedFacts::read(text.as_bytes(), "facts.json").unwrap_err();
        assert!(error.to_string().contains(cause), "{cause}: {error}");
        assert!(error.to_string().starts_with("facts.json "), "{error}");
    }
}

#[test]
fn facts_need_a_document_to_record_them_in() {
    let run = TestEnv::new().verify(&["--facts", PYTHON]);
    run.assert(2, "error[usage/");
    run.assert(2, "--facts");
}
