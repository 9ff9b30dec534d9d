//! Every fixture gives the verdict that `fixtures/cases.json` says, and a result of the published shape.

use serde_json::Value;

use crate::binary::{User, project, read};
use crate::scripted::Scripted;

fn cases() -> Vec<Value> {
    let cases: Value = serde_json::from_str(&read("fixtures/cases.json")).unwrap();
    let cases = cases.as_array().unwrap().clone();
    assert!(cases.len() > 40);
    cases
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

fn check(case: &Value, reference: &str, more: &[&str], schema: &jsonschema::Validator, user: &User) {
    let arguments = [&["--format", "json"], more, &texts(&case["args"]), &[reference]].concat();
    let run = user.verify(&arguments);
    let name = format!("{} as {reference}", case["name"]);
    let document = run.json();
    let errors: Vec<String> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0], "{name}");
    let mut ids = texts(&case["ids"]);
    ids.sort_unstable();
    assert_eq!(
        (i64::from(run.code), run.ids()),
        (case["exit"].as_i64().unwrap(), ids.iter().map(ToString::to_string).collect()),
        "{name}"
    );
    assert_eq!(document["exitCode"], case["exit"], "{name}");
    assert_eq!(document["verdict"] == "pass", run.code == 0, "{name}");
}

fn schema() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&read("docs/schemas/verify-1.json")).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

#[test]
fn from_disk() {
    let (user, schema) = (User::new(), schema());
    for case in cases() {
        let layout = case["layout"].as_str().unwrap();
        let reference = format!("oci:fixtures/{layout}:{}", case["tag"].as_str().unwrap());
        check(&case, &reference, &[], &schema, &user);
    }
}

#[test]
fn from_registries_with_and_without_the_referrers_api() {
    let schema = schema();
    for api in [true, false] {
        let registry = Scripted::start();
        registry.referrers_api(api);
        let host = registry.host();
        for case in cases() {
            let layout = case["layout"].as_str().unwrap();
            // A manifest that names another subject is listed by a fallback tag only.
            if api && layout == "bad/wrong-manifest-subject" {
                continue;
            }
            registry.serve_layout(&project().join("fixtures").join(layout), layout);
            let reference = format!("{host}/{layout}:{}", case["tag"].as_str().unwrap());
            check(&case, &reference, &["--plain-http", &host, "--no-cache"], &schema, &User::new());
        }
    }
}
