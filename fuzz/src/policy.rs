//! Policies in Rego: modules, their configuration, the facts that they are evaluated for, and `sprintf`.

use std::sync::LazyLock;
use std::time::Duration;

use dhi::policy::config::PolicyConfig;
use dhi::policy::facts::RecordedFacts;
use dhi::policy::rego::{ImageValues, RegoPolicy, Settings, Verdict, evaluate_within};

/// The document `input` of a policy for a small image.
const INPUT: &[u8] = include_bytes!("../fixed/policy_input.json");

/// What one evaluation may take. A policy can count for ever.
const TIME: Duration = Duration::from_millis(500);

static IMAGE: LazyLock<ImageValues> = LazyLock::new(|| {
    let read = RecordedFacts::read(INPUT, "policy_input.json").unwrap_or_else(|error| panic!("{error}"));
    ImageValues::new(read.images()[0].clone())
});

fn settings() -> Settings {
    Settings { now: jiff::Timestamp::UNIX_EPOCH, prints: true, bindings: true }
}

/// A module is parsed to the same policy each time. A policy that passes has no violations and no question without an
/// answer.
pub fn rego_policy(data: &[u8]) {
    let (policy, again) =
        match (RegoPolicy::parse_bytes("p.rego", data), RegoPolicy::parse_bytes("p.rego", data)) {
            (Ok(policy), Ok(again)) => (policy, again),
            (policy, again) => {
                assert_eq!(policy.err(), again.err());
                return;
            }
        };
    assert_eq!(policy.identity(), again.identity());
    let found = evaluate_within(&policy, &IMAGE, &settings(), TIME);
    if found.verdict == Verdict::Pass {
        assert!(found.violations.is_empty());
        assert!(found.questions.iter().all(|question| question.answer == dhi::policy::rego::Answer::Given));
    }
}

/// A configuration is parsed to the same value each time, and no two entries have one name.
pub fn policy_config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let read = PolicyConfig::parse(text, "x.yaml");
    assert_eq!(read, PolicyConfig::parse(text, "x.yaml"));
    let Ok(config) = read else { return };
    for entry in config.policies() {
        assert_eq!(config.policy(&entry.name), Some(entry));
        assert_eq!(entry.config.as_ref().map_or(0, serde_json::Map::len), entry.config_lines.len());
    }
}

/// Recorded facts are read to the same value each time, and there are some.
pub fn recorded_facts(data: &[u8]) {
    let Ok(read) = RecordedFacts::read(data, "facts.json") else { return };
    let again = RecordedFacts::read(data, "facts.json").unwrap_or_else(|error| panic!("{error}"));
    assert!(!read.images().is_empty() || !read.unresolved().is_empty());
    let written = |facts: &RecordedFacts| serde_json::to_string(facts.images()).unwrap();
    assert_eq!(written(&read), written(&again));
}

/// The bytes are a JSON array: the format, then its arguments. Formatting ends without an error of the engine.
pub fn sprintf(data: &[u8]) {
    static POLICY: LazyLock<RegoPolicy> = LazyLock::new(|| {
        let source = "package docker.scout\n\nimport rego.v1\n\npass if is_string(text)\n\n\
                      text := sprintf(data.config.format, data.config.arguments)\n\n\
                      violation contains {} if false\n";
        RegoPolicy::parse("p.rego", source).unwrap_or_else(|error| panic!("{error}"))
    });
    let Ok((format, arguments)) = serde_json::from_slice::<(String, Vec<serde_json::Value>)>(data) else {
        return;
    };
    let mut config = serde_json::Map::new();
    config.insert("format".to_owned(), format.into());
    config.insert("arguments".to_owned(), arguments.into());
    let policy = POLICY.clone().with_config(config);
    let found = evaluate_within(&policy, &IMAGE, &settings(), TIME);
    match found.verdict {
        Verdict::Pass => assert!(found.bindings["text"].is_string()),
        verdict => assert!(matches!(verdict, Verdict::Unknown(_)), "{verdict:?}"),
    }
}
