//! Whole policies beside `opa eval`: the document `data.docker.scout` of each module, on the same `input` and
//! `data.config`.
//!
//! `modules/` has the constructs of the language. The files of `tests/it/rego/contract` are evaluated too; their host
//! functions are replaced by rules that read `data.config`, in the same text for both.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dhi::policy::facts::ImageFacts;
use dhi::policy::rego::{
    Evaluation, ImageValues, RegoPolicy, Settings, UnknownReason, Verdict, evaluate, input,
};
use serde_json::{Map, Value, json};

use super::documents;
use crate::support::peers::PeerEnv;

/// What replaces the host functions of a policy.
const HOST: &str = r#"
host_referrer(type) := object.get(data.config.referrers, type, null)

host_verify(references, _) := {reference: object.get(data.config.signatures, reference, {}) | some reference in references}

host_purl(purl) := {"type": split(trim_prefix(purl, "pkg:"), "/")[0]}
"#;

/// What an engine made of a policy.
#[derive(Debug, PartialEq)]
enum Made {
    /// The document.
    Document(Value),
    /// The evaluation ended: a complete rule, a function or a key of an object has two values.
    Conflict,
}

/// The policies in a folder, by name.
fn policies(folder: &str) -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let policies = files.filter(|file| file.extension().is_some_and(|extension| extension == "rego"));
    policies
        .map(|file| {
            (file.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(file).unwrap())
        })
        .collect()
}

/// A policy of the contract without host functions.
fn without_host_functions(source: &str) -> String {
    source
        .replace("oci.referrer(", "host_referrer(")
        .replace("cosign.verify_images(", "host_verify(")
        .replace("scout.parse_purl(", "host_purl(")
        .replace("time.now_ns()", "time.parse_rfc3339_ns(\"2026-11-30T00:00:00Z\")")
        + HOST
}

fn here(policy: &RegoPolicy, facts: &ImageFacts, config: &Map<String, Value>) -> Evaluation {
    let settings = Settings { now: jiff::Timestamp::UNIX_EPOCH, prints: false, bindings: true };
    evaluate(&policy.clone().with_config(config.clone()), &ImageValues::new(facts.clone()), &settings)
}

fn made_here(policy: &RegoPolicy, facts: &ImageFacts, config: &Map<String, Value>) -> Result<Made, String> {
    let evaluation = here(policy, facts, config);
    match evaluation.verdict {
        Verdict::Unknown(UnknownReason::Conflict(_)) => Ok(Made::Conflict),
        // So does the engine call two values of one key of an object.
        Verdict::Unknown(UnknownReason::Failed(cause)) if cause.contains("generated multiple times") => {
            Ok(Made::Conflict)
        }
        Verdict::Unknown(UnknownReason::Failed(cause)) => Err(cause),
        _ => Ok(Made::Document(evaluation.bindings)),
    }
}

/// What OPA makes of `policy.rego` in the directory of the environment.
fn made_by_opa(env: &PeerEnv, facts: &ImageFacts, config: &Map<String, Value>) -> Result<Made, String> {
    env.write("input.json", &input(facts));
    env.write("config.json", &json!({ "config": config }).to_string());
    let mut opa = env.peer("opa");
    opa.args(["eval", "--format", "json", "--data", "policy.rego", "--data", "config.json"]);
    let output = opa.args(["--input", "input.json", "data.docker.scout"]).output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    match &answer["errors"] {
        Value::Null => Ok(Made::Document(answer["result"][0]["expressions"][0]["value"].clone())),
        errors if errors[0]["code"] == "eval_conflict_error" => Ok(Made::Conflict),
        errors => Err(errors.to_string()),
    }
}

/// Whether the value is undefined for OPA, and the engine stops here. Then the policy is unknown, which never passes.
fn is_stricter(cause: &str) -> bool {
    cause.ends_with("modulo on floating-point number")
        || cause.ends_with("`some .. in collection` expects array/set/object. Got `null`")
}

/// Numbers as both engines mean them: `2` and `2.0` are one number. The last digits of fractions differ, as
/// `docs/policies/builtins.md` says.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => {
            number.as_f64().map_or_else(|| value.clone(), |number| json!(format!("{number:.12e}")))
        }
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), plain(value))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// The members that differ.
fn different(theirs: &Value, ours: &Value) -> Vec<String> {
    let (Some(theirs), Some(ours)) = (theirs.as_object(), ours.as_object()) else {
        return vec![format!("opa {theirs}, here {ours}")];
    };
    let mut names: Vec<&String> = theirs.keys().chain(ours.keys()).collect();
    names.sort();
    names.dedup();
    let differing =
        names.into_iter().filter(|name| theirs.get(*name).map(plain) != ours.get(*name).map(plain));
    differing.map(|name| format!("{name}: opa {:?}, here {:?}", theirs.get(name), ours.get(name))).collect()
}

/// Compares one policy on all documents. Returns the differences, and how many documents had no conflict.
fn compare(
    env: &PeerEnv,
    name: &str,
    source: &str,
    all: &[(ImageFacts, Map<String, Value>)],
) -> (Vec<String>, usize) {
    let policy = RegoPolicy::parse(name, source).unwrap_or_else(|error| panic!("{error}"));
    env.write("policy.rego", source);
    let (mut differences, mut documents) = (Vec::new(), 0);
    for (number, (facts, config)) in all.iter().enumerate() {
        let (theirs, ours) = (made_by_opa(env, facts, config), made_here(&policy, facts, config));
        let found = match (&theirs, &ours) {
            (Ok(Made::Document(theirs)), Ok(Made::Document(ours))) => {
                documents += 1;
                different(theirs, ours)
            }
            (Ok(Made::Conflict), Ok(Made::Conflict)) => Vec::new(),
            (Ok(Made::Document(_)), Err(cause)) if is_stricter(cause) => Vec::new(),
            _ => vec![format!("opa {theirs:?}, here {ours:?}")],
        };
        differences.extend(found.into_iter().map(|found| format!("{name}, document {number}: {found}")));
    }
    (differences, documents)
}

#[test]
fn each_construct_has_the_result_of_opa() {
    let Some(env) = PeerEnv::with(&["opa"]) else { return };
    let all = documents::generated(12);
    let mut differences = Vec::new();
    let modules = policies("tests/peers/policy/modules");
    assert!(modules.len() >= 10);
    for (name, source) in modules {
        let (found, documents) = compare(&env, &name, &source, &all);
        differences.extend(found);
        assert!(documents >= 4, "{name} has a document on {documents} of {}", all.len());
    }
    assert!(differences.is_empty(), "{} differ\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn policies_of_the_contract_have_the_result_of_opa() {
    let Some(env) = PeerEnv::with(&["opa"]) else { return };
    let all = documents::of_contract();
    let mut differences = Vec::new();
    let files = policies("tests/it/rego/contract");
    assert_eq!(files.len(), 9);
    for (name, source) in files {
        let (found, documents) = compare(&env, &name, &without_host_functions(&source), &all);
        differences.extend(found);
        assert!(documents >= 2, "{name} has a document on {documents} of {}", all.len());
    }
    assert!(differences.is_empty(), "{} differ\n{}", differences.len(), differences.join("\n"));
}

/// The differences that `docs/policies` names: each is still there, and no policy passes by one.
#[test]
fn the_known_differences_are_these() {
    let Some(env) = PeerEnv::with(&["opa"]) else { return };
    let facts = super::no_facts();
    let config = json!({"nothing": null, "tenth": 0.1});
    let config = config.as_object().unwrap();
    let both = |rules: &str| {
        let source = format!(
            "package docker.scout\n\nimport rego.v1\n\ndefault pass := false\n\npass if found\n\n\
             violation contains {{}} if false\n\n{rules}\n"
        );
        env.write("policy.rego", &source);
        let policy = RegoPolicy::parse("policy.rego", &source).unwrap();
        (made_by_opa(&env, &facts, config), here(&policy, &facts, config))
    };
    let found = |made: Result<Made, String>| match made {
        Ok(Made::Document(document)) => document.get("found").cloned(),
        other => panic!("{other:?}"),
    };

    let (theirs, ours) = both("found := data.config.tenth + 0.2");
    assert_eq!(found(theirs), Some(json!(0.3)));
    assert_eq!(ours.bindings["found"], json!(0.300_000_000_000_000_04));

    let (theirs, ours) = both("found := {1} < {\"a\": 1}");
    assert_eq!((found(theirs), &ours.bindings["found"]), (Some(json!(false)), &json!(true)));

    // Undefined in OPA, or a value, so a policy may pass there. Here it is unknown.
    for rules in [
        "found if not any_item\n\nany_item if some x in data.config.nothing",
        "found if not sum_of\n\nsum_of := data.config.nothing + 1",
        "found if -data.config.tenth == -0.1",
    ] {
        let (theirs, ours) = both(rules);
        assert_eq!(found(theirs), Some(json!(true)), "{rules}");
        assert!(
            matches!(ours.verdict, Verdict::Unknown(UnknownReason::Failed(_))),
            "{rules}: {:?}",
            ours.verdict
        );
    }
}

/// Two values of a complete rule, of a function and of a key are errors in both.
#[test]
fn conflicts_are_conflicts_in_both() {
    let Some(env) = PeerEnv::with(&["opa"]) else { return };
    let config = json!({"n": 5});
    let config = config.as_object().unwrap();
    for rules in [
        "found := 1 if data.config.n > 1\n\nfound := 2 if data.config.n > 2",
        "f(x) := 1 if x > 1\n\nf(x) := 2 if x > 2\n\nfound := f(data.config.n)",
        "found[key] := value if {\n\tsome key in [\"a\"]\n\tsome value in [1, data.config.n]\n}",
        "found := {key: value | some key in [\"a\"]; some value in [1, data.config.n]}",
    ] {
        let source = format!(
            "package docker.scout\n\nimport rego.v1\n\ndefault pass := false\n\npass if found\n\n\
             violation contains {{}} if false\n\n{rules}\n"
        );
        env.write("policy.rego", &source);
        let policy = RegoPolicy::parse("policy.rego", &source).unwrap();
        let facts = super::no_facts();
        assert_eq!(made_by_opa(&env, &facts, config), Ok(Made::Conflict), "{rules}");
        let ours = here(&policy, &facts, config);
        assert!(matches!(ours.verdict, Verdict::Unknown(_)), "{rules}: {:?}", ours.verdict);
    }
}
