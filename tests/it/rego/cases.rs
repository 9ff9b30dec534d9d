//! `dhi policy test`: cases beside a policy, and changed facts.

use serde_json::Value;

use super::{holds, policy};
use crate::support::env::{TestEnv, read};

/// Reads the user, a label and the SPDX document.
fn careful() -> String {
    policy(
        "careful",
        "user := object.get(input.source.image.config.config, \"User\", \"\")\n\n\
         sbom := oci.referrer(\"https://spdx.dev/Document\")\n\n\
         violation contains {\"message\": \"runs as root\", \"detail\": {\"user\": user}} if {\n\tnot user in \
         {\"65532\"}\n}\n\n\
         violation contains {\"message\": \"no SBOM\"} if {\n\tis_null(sbom)\n}\n\n\
         violation contains {\"message\": \"other image\"} if {\n\tnot about\n}\n\nabout if {\n\tsome subject in \
         sbom.statement.subject\n\tconcat(\":\", [\"sha256\", subject.digest.sha256]) == input.source.image.digest\n}\n",
    )
}

const CASES: &str = "\
- name: a good image passes
  facts:
    name: dhi/python
    config: {user: \"65532\", labels: {unread: x}}
    attestations:
      - {predicateType: \"https://spdx.dev/Document\", predicate: {packages: [{name: bash}]}}
  expect: pass
- name: root fails
  facts:
    config: {user: root}
    attestations: [{predicateType: \"https://spdx.dev/Document\", predicate: {}}]
  expect: fail
  violations:
    - {message: runs as root, detail: {user: root}}
- name: an image without an SBOM fails
  input: {source: {image: {name: shop/web, config: {config: {User: \"65532\"}}}}}
  expect: fail
  violations: [no SBOM, other image]
";

fn junit(text: &str) -> roxmltree::Document<'_> {
    roxmltree::Document::parse(text).unwrap()
}

#[test]
fn cases_that_hold_pass() {
    let env = TestEnv::new();
    let rego = env.write("careful.rego", careful());
    let cases = env.write("careful_test.yaml", CASES);
    let directory = env.home().to_string_lossy().into_owned();
    for argument in [rego.as_str(), cases.as_str(), directory.as_str()] {
        let run = env.dhi(&["policy", "test", argument]);
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        assert!(run.stdout.contains("3 of 3 cases hold"), "{}", run.stdout);
    }
    let run = env.dhi(&["policy", "test", &rego, "--format", "json"]);
    let schema: Value = serde_json::from_str(&read("docs/schemas/policy-test-1.json")).unwrap();
    assert!(jsonschema::is_valid(&schema, &run.json()), "{}", run.stdout);
    let run = env.dhi(&["policy", "test", &rego, "--format", "junit"]);
    let document = junit(&run.stdout);
    let cases = document.descendants().filter(|node| node.has_tag_name("testcase"));
    assert_eq!((cases.count(), run.code), (3, 0));
}

#[test]
fn a_case_that_does_not_hold_fails() {
    let env = TestEnv::new();
    env.write("careful.rego", careful());
    let text = CASES
        .replace("detail: {user: root}", "detail: {user: toor}")
        .replace("expect: pass", "expect: unknown");
    let cases = env.write("careful_test.yaml", text);
    let run = env.dhi(&["policy", "test", &cases]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    for text in [
        "careful_test.yaml:1: a good image passes",
        "expected unknown, found pass",
        "no such violation: runs as root, detail {\"user\":\"toor\"}",
        "2 of 3 cases do not hold",
    ] {
        assert!(run.stdout.contains(text), "{text}: {}", run.stdout);
    }
    let run = env.dhi(&["policy", "test", &cases, "--format", "junit"]);
    let document = junit(&run.stdout);
    let failures = document.descendants().filter(|node| node.has_tag_name("failure"));
    assert_eq!((failures.count(), run.code), (2, 1));
}

#[test]
fn changed_facts_show_what_a_policy_ignores() {
    let env = TestEnv::new();
    let rego = env.write("careful.rego", careful());
    env.write("careful_test.yaml", CASES);
    let run = env.dhi(&["policy", "test", &rego, "--mutate", "--format", "json"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let schema: Value = serde_json::from_str(&read("docs/schemas/policy-test-1.json")).unwrap();
    let document = run.json();
    assert!(jsonschema::is_valid(&schema, &document), "{}", run.stdout);
    let changed = &document["files"][0]["changedFacts"][0];
    let names = |member: &str| -> Vec<String> {
        let names = changed[member].as_array().unwrap().iter();
        names.map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let spdx = "https://spdx.dev/Document";
    for fact in [
        "input.source.image.config.config.User".to_owned(),
        format!("{spdx}: exists"),
        format!("{spdx}: about this image"),
        format!("{spdx}: verified"),
    ] {
        assert!(names("read").contains(&fact), "{fact}: {changed:#}");
    }
    let label = "input.source.image.config.config.Labels[\"unread\"]".to_owned();
    for fact in [label, format!("{spdx}: signed by a key of Docker")] {
        assert!(names("ignored").contains(&fact), "{fact}: {changed:#}");
    }
    // What the policy does not read is not listed.
    let unread = ["input.source.image.name", "input.dhi.standing"];
    assert!(unread.iter().all(|fact| !names("ignored").contains(&(*fact).to_owned())), "{changed:#}");
    assert!(names("insensitiveCases").is_empty());
    let run = env.dhi(&["policy", "test", &rego, "--mutate"]);
    assert!(
        run.stdout.contains("careful: changes of these facts never matter in its cases"),
        "{}",
        run.stdout
    );
}

/// The documentation has a policy and cases of it, of which one has recorded facts.
#[test]
fn the_documented_cases_hold() {
    let env = TestEnv::new();
    let page = read("docs/policies/testing.md");
    let block = |language: &str| {
        let (_, behind) = page.split_once(&format!("\n```{language}\n")).unwrap();
        behind.split_once("```").unwrap().0.to_owned()
    };
    let rego = env.write("has-owner.rego", block("rego"));
    env.write("has-owner_test.yaml", block("yaml"));
    env.write("web.json", recorded(&env));
    let run = env.dhi(&["policy", "test", &rego]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("4 of 4 cases hold"), "{}", run.stdout);
}

/// Recorded facts of an image with two platforms.
fn recorded(env: &TestEnv) -> String {
    let run = env.verify(&["--facts", "--format", "json", "oci:fixtures/python:3.13"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.stdout
}

#[test]
fn results_of_several_images_name_the_platform() {
    let env = TestEnv::new();
    let rego = env.write("good.rego", holds("good"));
    env.write("web.json", recorded(&env));
    env.write("good_test.yaml", "- {name: recorded, facts_from: web.json, expect: fail}");
    let run = env.dhi(&["policy", "test", &rego, "--format", "json"]);
    let document = run.json();
    assert_eq!((run.code, &document["exitCode"]), (1, &1.into()), "{}", run.stdout);
    let cases = document["files"][0]["cases"].as_array().unwrap();
    let platforms: Vec<&str> = cases.iter().map(|case| case["platform"].as_str().unwrap()).collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64/v8"]);
    let schema: Value = serde_json::from_str(&read("docs/schemas/policy-test-1.json")).unwrap();
    assert!(jsonschema::is_valid(&schema, &document), "{}", run.stdout);
    for format in ["table", "junit"] {
        let run = env.dhi(&["policy", "test", &rego, "--format", format]);
        for platform in &platforms {
            assert!(run.stdout.contains(&format!("recorded ({platform})")), "{}", run.stdout);
        }
    }
}

#[test]
fn facts_of_a_case_that_does_not_hold_are_not_changed() {
    let env = TestEnv::new();
    let rego = env.write("careful.rego", careful());
    env.write("careful_test.yaml", "- {name: wrong, facts: {}, expect: pass}");
    let run = env.dhi(&["policy", "test", &rego, "--mutate"]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(!run.stdout.contains("changed facts") && !run.stdout.contains("  ok "), "{}", run.stdout);
    let held = env.dhi(&["policy", "test", &rego, "--mutate", "--format", "json"]).json();
    assert_eq!(held["files"][0]["changedFacts"], serde_json::json!([]));
}

#[test]
fn the_table_escapes_texts_and_keeps_its_lines() {
    let env = TestEnv::new();
    let rules =
        "violation contains {\"message\": \"a\\nb\\u001b\"} if {\n\tinput.source.image.name == \"x\"\n}\n";
    let rego = env.write("odd.rego", policy("odd", rules));
    env.write(
        "odd_test.yaml",
        "- {name: one, facts: {name: x}, expect: pass}\n- {name: two, facts: {config: {user: '1'}}, expect: pass}\n",
    );
    let run = env.dhi(&["policy", "test", &rego, "--mutate"]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("  expected pass, found fail: a\\u{a}b\\u{1b}\n"), "{}", run.stdout);
    assert!(run.stdout.lines().all(|line| !line.starts_with("\\u")), "{}", run.stdout);
}

#[test]
fn a_policy_that_reads_nothing_fails_with_changed_facts() {
    let env = TestEnv::new();
    let rego = env.write("blind.rego", holds("blind"));
    env.write("blind_test.json", "[{\"name\": \"passes\", \"facts\": {}, \"expect\": \"pass\"}]");
    assert_eq!(env.dhi(&["policy", "test", &rego]).code, 0);
    let run = env.dhi(&["policy", "test", &rego, "--mutate"]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("the case `passes` passes whichever fact is changed"), "{}", run.stdout);
}

#[test]
fn the_time_and_the_settings_of_a_case_count() {
    let env = TestEnv::new();
    let rules = "violation contains {\"message\": \"too late\"} if {\n\ttime.now_ns() > object.get(data.config, \"until\", 0)\n}\n";
    let rego = env.write("timed.rego", policy("timed", rules));
    let cases = "- {name: early, facts: {}, effective_time: \"1970-01-01T00:00:00Z\", expect: pass}\n\
                 - {name: late, facts: {}, effective_time: \"1970-01-01T00:00:01Z\", expect: fail}\n\
                 - {name: set, facts: {}, effective_time: \"1970-01-01T00:00:01Z\", config: {until: 2000000000}, expect: pass}\n";
    env.write("timed_test.yaml", cases);
    let run = env.dhi(&["policy", "test", &rego]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
}

#[test]
fn files_of_cases_that_are_not_valid_are_refused() {
    let env = TestEnv::new();
    let rego = env.write("good.rego", holds("good"));
    for (cases, text) in [
        ("", "a file of cases is"),
        ("[]", "an array with at least one case"),
        ("name: x", "an array with at least one case"),
        ("- {name: x, facts: {}}", ":1: a case has no member `expect`"),
        (
            "- {name: x, facts: {}, expects: pass}",
            ":1: `expects` is not a member of a case: did you mean `expect`?",
        ),
        ("- {name: x, facts: {}, expect: yes}", ":1: `expect` is not `pass`, `fail` or `unknown`"),
        ("- {name: x, expect: pass}", ":1: a case has exactly one of `facts`, `facts_from` and `input`"),
        ("- {name: x, facts: {}, input: {}, expect: pass}", "exactly one of"),
        ("- name: x\n  facts: {usr: x}\n  expect: pass", ":2: `facts`: unknown field `usr`"),
        (
            "- {name: x, facts: {}, expect: pass}\n- {name: x, facts: {}, expect: pass}",
            ":2: the case `x` is also at line 1",
        ),
        ("- {name: x, facts: {}, expect: pass, violations: [x]}", "a policy that passes has no violations"),
        ("- {name: x, facts: {}, expect: pass, effective_time: today}", "not an RFC 3339 time"),
        ("- {name: x, input: {}, expect: pass}", "`input` has no member `source.image`"),
        ("- {name: x, policy: none.rego, facts: {}, expect: pass}", "none.rego` cannot be read"),
        ("- {name: x, facts_from: none.json, expect: pass}", "none.json` cannot be read"),
    ] {
        env.write("good_test.yaml", cases);
        let run = env.dhi(&["policy", "test", &rego]);
        assert_eq!(run.code, 2, "{cases}: {}{}", run.stdout, run.stderr);
        assert!(run.stderr.contains("error[policy/cases]"), "{cases}: {}", run.stderr);
        assert!(run.stderr.contains(text), "{cases}: {}", run.stderr);
    }
    let missing = env.file("missing_test.yaml");
    let run = env.dhi(&["policy", "test", &missing]);
    assert!(run.code == 2 && run.stderr.contains("error[policy/cases]"), "{}", run.stderr);
}
