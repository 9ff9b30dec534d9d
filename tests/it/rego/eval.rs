//! `dhi policy eval`: sources of policies, their settings, outputs and exit codes.

use std::io::Write as _;

use serde_json::{Value, json};

use super::{holds, policy};
use crate::support::env::{KEY, ROOT, Run, TestEnv, project, read, run, run_with_input};

const PYTHON: &str = "oci:fixtures/python:3.13";
const AMD64: [&str; 2] = ["--platform", "linux/amd64"];
const DATA: &str = "../shared/data/bugs-vex/38-policies-with-odd-results";

/// The `input` of a policy about one image.
const FACTS: &str = r#"{"source": {"image": {
    "digest": "sha256:7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e",
    "name": "shop/web", "config": {"config": {"User": "root"}}}}}"#;

/// A user with policies in files, and recorded facts.
struct EvalFixture {
    env: TestEnv,
    facts: String,
}

impl EvalFixture {
    fn new() -> Self {
        let env = TestEnv::new();
        let facts = env.write("facts.json", FACTS);
        env.write("rego/good.rego", holds("good"));
        env.write("rego/user.rego", user("user"));
        env.write("rego/user_test.rego", "this is no policy");
        env.write("rego/notes.txt", "neither is this");
        Self { env, facts }
    }

    fn file(&self, name: &str) -> String {
        self.env.file(&format!("rego/{name}.rego"))
    }

    /// Evaluates on the recorded facts.
    fn eval(&self, arguments: &[&str]) -> Run {
        self.env.dhi(&[&["policy", "eval", &self.facts], arguments].concat())
    }

    /// Evaluates for the image of the fixtures.
    fn image(&self, arguments: &[&str]) -> Run {
        let trust = ["policy", "eval", "--key", KEY, "--trusted-root", ROOT, PYTHON];
        self.env.dhi(&[&trust[..], arguments].concat())
    }
}

/// A policy about the user, with details, a remediation and a printed line.
fn user(name: &str) -> String {
    let rules = "violation contains {\n\t\"message\": \"the image runs as root\",\n\
         \t\"detail\": {\"user\": user, \"why\": \"rule 1\"},\n\t\"remediation\": \"set another `USER`\",\n} if {\n\
         \tuser := input.source.image.config.config.User\n\tprint(\"user\", user)\n\
         \tuser == object.get(data.config, \"user\", \"root\")\n}\n";
    policy(name, rules).replace("# custom:\n", "# custom:\n#   details_order: [why, user]\n#   weight: 30\n")
}

fn validated(run: &Run, schema: &str) -> Value {
    let schema: Value = serde_json::from_str(&read(format!("docs/schemas/{schema}.json"))).unwrap();
    let document = run.json();
    let errors: Vec<String> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&document)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}\n{}", run.stdout);
    document
}

/// The names of the evaluated policies with their outcomes.
fn outcomes(document: &Value) -> Vec<(String, String)> {
    let results = document["images"][0]["results"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    results.map(|result| (text(&result["policy"]), text(&result["outcome"]))).collect()
}

#[test]
fn odd_results_are_told_as_documented() {
    let data = project().join(DATA);
    let Ok(text) = std::fs::read_to_string(data.join("expected.json")) else {
        let _ = writeln!(std::io::stderr(), "skipped: there is no {}", data.display());
        return;
    };
    let expected: Value = serde_json::from_str(&text).unwrap();
    let (env, facts) = (TestEnv::new(), data.join("input.json"));
    for (name, row) in expected["rows"].as_object().unwrap() {
        let file = data.join(format!("{name}.rego"));
        let run = |more: &[&str]| {
            let (facts, file) = (facts.to_str().unwrap(), file.to_str().unwrap());
            env.dhi(&[&["policy", "eval", facts, "--policy-file", file], more].concat())
        };
        let exit = i32::try_from(row["exit"].as_i64().unwrap()).unwrap();
        let (table, report_only) = (run(&[]), run(&["--report-only"]));
        assert_eq!(table.code, exit, "{name}: {}{}", table.stdout, table.stderr);
        if row["outcome"] == "refused" {
            assert_eq!(report_only.code, 2, "{name}");
            assert!(table.stderr.contains("`http.send` is not offered"), "{}", table.stderr);
            continue;
        }
        assert_eq!(report_only.code, 0, "{name}");
        let document = validated(&run(&["--format", "json"]), "policy-1");
        let outcome = row["outcome"].as_str().unwrap().to_owned();
        assert_eq!(outcomes(&document), [(name.clone(), outcome)]);
        assert_eq!(document["verified"], false);
        let says = match name.as_str() {
            "detail-is-missing" => "no detail",
            _ => row["says"].as_str().unwrap(),
        };
        assert!(table.stdout.contains(says), "{name}: {says}\n{}", table.stdout);
    }
}

#[test]
fn recorded_facts_say_so_in_every_format() {
    let setup = EvalFixture::new();
    let user = setup.file("user");
    for format in ["table", "sarif", "junit", "github", "markdown"] {
        let run = setup.eval(&["--policy", &user, "--format", format]);
        assert_eq!(run.code, 1, "{format}: {}", run.stderr);
        assert!(run.stdout.contains("recorded, not verified"), "{format}: {}", run.stdout);
        assert!(run.stdout.contains("policy/violation"), "{format}: {}", run.stdout);
    }
    let document = validated(&setup.eval(&["--policy", &user, "--format", "json"]), "policy-1");
    assert_eq!((&document["verified"], &document["verdict"]), (&json!(false), &json!("fail")));
    assert_eq!(document.get("verification"), None);
    // A pass is one of recorded facts too.
    let good = setup.eval(&["--policy", &setup.file("good")]);
    good.assert(0, "recorded, not verified");
    assert!(good.stdout.lines().last().unwrap().ends_with("(recorded, not verified)"), "{}", good.stdout);
}

#[test]
fn options_without_effect_on_recorded_facts_are_refused() {
    let setup = EvalFixture::new();
    let user = setup.file("user");
    for option in [
        &["--key", KEY] as &[&str],
        &["--platform", "linux/amd64"],
        &["--skip-tlog"],
        &["--base", "dhi.io/python"],
        &["--plain-http", "localhost:5000"],
        &["--attestations", "example.com/a"],
    ] {
        let run = setup.eval(&[&["--policy", &user], option].concat());
        run.assert(2, &format!("`{}` has no effect on recorded facts", option[0]));
    }
    for deciding in ["signed", "attested"] {
        setup.eval(&["--policy", deciding]).assert(2, "recorded facts have none");
    }
    // These have one.
    let time = ["--effective-time", "2026-01-31T12:00:00Z"];
    assert_eq!(setup.eval(&[&["--policy", &user, "--offline", "-e"], &time[..]].concat()).code, 1);
}

#[test]
fn facts_come_from_standard_input_too() {
    let setup = EvalFixture::new();
    let mut command = setup.env.command(&["policy", "eval", "-", "--policy", &setup.file("good")]);
    run_with_input(&mut command, FACTS.as_bytes()).assert(0, "standard input");
    setup.env.dhi(&["policy", "eval", "missing.json"]).assert(2, "policy/facts");
    let other = setup.env.write("other.json", "{\"a\": 1}");
    setup.env.dhi(&["policy", "eval", &other]).assert(2, "policy/facts");
    let bare = setup.env.write("bare.json", r#"{"source": {"image": {"name": "a"}}}"#);
    setup.env.dhi(&["policy", "eval", &bare]).assert(2, "`source.image.digest` is missing");
}

/// Nothing of recorded facts is fetched, with or without `--offline`.
#[test]
fn recorded_facts_are_evaluated_without_a_network_interface() {
    let setup = EvalFixture::new();
    let verified = setup.env.verify(&["--format", "json", "--facts", PYTHON]);
    let facts = setup.env.write("verified.json", &verified.stdout);
    let (input, user) = (setup.facts.as_str(), setup.file("user"));
    for (arguments, code) in [
        (vec![input, "--policy", &user], 1),
        (vec![input, "--policy", &user, "--offline"], 1),
        (vec![facts.as_str(), "--policy", &user], 0),
        (vec![facts.as_str(), "--only-policy", "no-malware", "--only-policy", "tests-passed"], 0),
    ] {
        let arguments = [&["policy", "eval"], &arguments[..]].concat();
        let Some(mut isolated) = setup.env.without_network(&arguments) else { return };
        run(&mut isolated).assert(code, "recorded, not verified");
    }
}

#[test]
fn the_table_shows_details_in_their_order_and_hints() {
    let setup = EvalFixture::new();
    let run = setup.eval(&["--policy-dir", &setup.env.file("rego"), "-v"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    for line in [
        "  RESULT  POLICY  IMAGE",
        "  pass    good",
        "  fail    user",
        "  MESSAGE                 WHY     USER\n  the image runs as root  rule 1  root\n  hint: set another `USER`\n",
        "Health score  E (25%)\n",
    ] {
        assert!(run.stdout.contains(line), "{line}\n{}", run.stdout);
    }
    assert!(run.stdout.contains("printed by user of "), "{}", run.stdout);
    let last = run.stdout.lines().last().unwrap();
    assert_eq!(last, "fail  0 of 1 image passes good and user (recorded, not verified); 1 failed");
    let quiet = setup.eval(&["--policy-dir", &setup.env.file("rego"), "--quiet"]);
    assert_eq!((quiet.code, quiet.stdout.as_str()), (1, ""));
    assert!(quiet.stderr.contains("error[policy/violation]"), "{}", quiet.stderr);
}

#[test]
fn settings_configure_disable_and_weigh() {
    let setup = EvalFixture::new();
    let directory = setup.env.file("rego");
    let config = |policies: &str| {
        let text = format!("{{\"debug\": true, \"policies\": {policies}}}");
        setup.env.write("config.json", text)
    };
    let eval = |config: &str, more: &[&str]| {
        let all = ["--policy-dir", &directory, "--policy-config", config, "--format", "json"];
        setup.eval(&[&all[..], more].concat())
    };
    let file = config(r#"[{"name": "user", "weight": 0, "config": {"user": "nobody"}}]"#);
    let document = validated(&eval(&file, &[]), "policy-1");
    let both = [("good".to_owned(), "pass".to_owned()), ("user".to_owned(), "pass".to_owned())];
    assert_eq!(outcomes(&document), both);
    assert_eq!(
        document["images"][0]["healthScore"],
        json!({"letter": "A", "percent": 100, "held": 10, "total": 10})
    );
    assert!(document["images"][0]["results"][1]["prints"][0].as_str().unwrap().ends_with("user root"));
    let file = config(r#"[{"name": "user", "enabled": false}]"#);
    let run = eval(&file, &[]);
    let document = validated(&run, "policy-1");
    assert_eq!((run.code, outcomes(&document)), (0, vec![both[0].clone()]));
    assert_eq!(document["notEvaluated"][0]["reason"], "disabled");
    eval(&file, &["--only-policy", "user"]).assert(2, "the policy `user` is required");
    eval(&file, &["--only-policy", "goo"]).assert(2, "hint: write `good`");
    let file = config("[\n{\"name\": \"usr\"}]");
    eval(&file, &[]).assert(2, "line 2: no policy is named `usr`");
    let file = config("[{\"name\": \"user\", \"enable\": false}]");
    eval(&file, &[]).assert(2, "hint: write `enabled`");
    eval(&file, &["--report-only"]).assert(2, "`enable` is not a member of a policy");
}

#[test]
fn what_the_command_line_names_cannot_be_switched_off() {
    let setup = EvalFixture::new();
    let config = r#"{"policies": [{"name": "user", "enabled": false}]}"#;
    let config = setup.env.write("off.json", config);
    let (user, good) = (setup.file("user"), setup.file("good"));
    for named in [vec!["--policy", &user], vec!["--policy-file", &user, "--only-policy", "user"]] {
        let flags = [&named[..], &["--policy-file", &good, "--policy-config", &config]].concat();
        setup.eval(&flags).assert(2, "the policy `user` is required");
        setup.image(&flags).assert(2, "the policy `user` is required");
    }
    setup.eval(&["--policy", &user, "--policy", &good, "--only-policy", "good"]).assert(2, "leaves it out");
    // One that only its file names is not evaluated, and every format says so.
    let flags = ["--policy-file", &user, "--policy-file", &good, "--policy-config", &config];
    for format in ["table", "json", "sarif", "junit", "github", "markdown"] {
        let flags = [&flags[..], &["--format", format]].concat();
        for run in [setup.eval(&flags), setup.image(&flags)] {
            assert_eq!(run.code, 0, "{}", run.stderr);
            let is_told = |line: &str| line.contains("user") && line.contains("disabled");
            let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(is_told(&text), "{format}: {}", run.stdout);
        }
    }
}

#[test]
fn two_policies_of_one_name_are_refused() {
    let setup = EvalFixture::new();
    let twice = setup.env.write("twice.rego", holds("user"));
    let run = setup.eval(&["--policy", &twice, "--policy-file", &setup.file("user")]);
    run.assert(2, "two different policies are named `user`");
    // The same policy again changes nothing.
    let again = setup.eval(&["--policy", &setup.file("good"), "--policy-file", &setup.file("good")]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    setup.env.dhi(&["policy", "dhi.io/python:3.13"]).assert(2, "`dhi policy eval dhi.io/python:3.13`");
    let empty = setup.env.file("empty");
    std::fs::create_dir(&empty).unwrap();
    setup.eval(&["--policy-dir", &empty]).assert(2, "it has no `*.rego` file");
    setup.eval(&["--policy", "no-such"]).assert(2, "no policy is named `no-such`");
}

#[test]
fn a_directory_has_the_policies_that_a_bundle_has() {
    let setup = EvalFixture::new();
    setup.env.write("mixed/NEVER.REGO", holds("never"));
    setup.env.write("mixed/.hidden.rego", holds("hidden"));
    setup.env.write("mixed/a_TEST.Rego", "this is no policy");
    let directory = setup.env.file("mixed");
    for source in ["--policy-dir", "--policy-bundle"] {
        let run = setup.eval(&[source, &directory, "--format", "json"]);
        let mut names = outcomes(&run.json());
        names.sort();
        let pass = |name: &str| (name.to_owned(), "pass".to_owned());
        assert_eq!(names, [pass("hidden"), pass("never")], "{source}: {}", run.stderr);
    }
}

#[test]
fn no_line_of_the_table_is_a_workflow_command() {
    let setup = EvalFixture::new();
    let rules = "violation contains {\"message\": m, \"detail\": {\"why\": \"a ##[error]b\"}} if {\n\
         \tsome m in [\"::error::one\", \"  ::error::two\", \"##[error]three\"]\n\tprint(m)\n}\n\n\
         violation contains {\"message\": \" \", \"detail\": {\"why\": \"::error::four\"}}\n";
    let file = setup.env.write("commands.rego", policy("commands", rules));
    let run = setup.eval(&["--policy", &file, "--verbose"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    for text in ["one", "two", "three", "four"] {
        assert!(run.stdout.contains(text), "{}", run.stdout);
    }
    for line in run.stdout.lines() {
        assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{line}");
    }
}

#[test]
fn the_result_file_has_the_form_of_scout() {
    let setup = EvalFixture::new();
    let result = setup.env.file("result.json");
    let directory = setup.env.file("rego");
    let run = setup.eval(&["--policy-dir", &directory, "--result-file", &result]);
    assert_eq!(run.code, 1);
    let document: Value = serde_json::from_str(&std::fs::read_to_string(&result).unwrap()).unwrap();
    assert_eq!(document["good"]["pass"], true);
    let user = &document["user"];
    assert_eq!(
        (&user["pass"], &user["violations"]),
        (&json!(false), &json!([{"user": "root", "why": "rule 1"}]))
    );
    assert_eq!(user["bindings"]["pass"], false);
    assert_eq!(user["metrics"], json!({}));
    // Recorded facts prove nothing.
    assert_eq!((&user["verified"], &document["good"]["verified"]), (&json!(false), &json!(false)));
    let verified = setup.env.file("verified.json");
    let run =
        setup.image(&[&AMD64[..], &["--policy", &setup.file("good"), "--result-file", &verified]].concat());
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let verified: Value = serde_json::from_str(&std::fs::read_to_string(&verified).unwrap()).unwrap();
    assert_eq!((&verified["good"]["pass"], verified["good"].get("verified")), (&json!(true), None));
    // The file has no place for two images.
    let several = setup.image(&["--policy", &setup.file("good"), "--result-file", &result]);
    several.assert(2, "a file of results has one image, and 2 were evaluated");
    assert_eq!(several.stdout, "");
    setup.eval(&["--output", &result, "--result-file", &result]).assert(2, "two results would be written to");
}

#[test]
fn an_image_is_verified_before_its_policies_count() {
    let setup = EvalFixture::new();
    let good = setup.file("good");
    let run = setup.image(&["--policy", &good, "--format", "json"]);
    let document = validated(&run, "policy-1");
    assert_eq!((run.code, &document["verified"]), (0, &json!(true)));
    assert_eq!(
        (&document["decidingPolicy"], &document["counts"]["held"]),
        (&json!("dhi-or-dhi-based"), &json!(2))
    );
    let table = setup.image(&[&["--policy", good.as_str()], &AMD64[..]].concat());
    table.assert(0, "signed by fixture");
    assert!(
        table.stdout.ends_with("pass  1 of 1 image passes dhi-or-dhi-based and good\n"),
        "{}",
        table.stdout
    );
    // The policy holds, and the image is signed with another key.
    let other =
        ["policy", "eval", "--key", "fixtures/keys/other.pub", "--trusted-root", ROOT, "--policy", &good];
    let run = setup.env.dhi(&[&other[..], &[PYTHON]].concat());
    assert_eq!(run.code, 4, "{}", run.stdout);
    assert!(run.stdout.lines().last().unwrap().starts_with("fail  0 of 2 platforms pass"), "{}", run.stdout);
    // Nor does a report hide that.
    let run = setup.env.dhi(&[&other[..], &["--report-only", PYTHON]].concat());
    assert_eq!(run.code, 4, "{}", run.stdout);
    let missing = setup.env.dhi(&["policy", "eval", "--policy", &good, "--report-only", "oci:fixtures/none"]);
    missing.assert(2, "error[registry/layout]");
    missing.assert(2, "0 of 1 image passes");
}

#[test]
fn findings_of_a_report_count_for_the_image_that_it_names() {
    let setup = EvalFixture::new();
    let rules = "violation contains {\"message\": f.id, \"detail\": {\"severity\": f.severity}} if {\n\
         \tsome f in input.dhi.findings.all\n\tnot f.suppressed\n}\n";
    let open = setup.env.write("open.rego", policy("open", rules));
    let report = read("fixtures/vex/grype.json");
    let eval = |report: &str| {
        let report = setup.env.write("report.json", report);
        let time = ["--effective-time", "2026-10-01T00:00:00Z", "--format", "json"];
        setup.image(&[&["--policy", open.as_str(), "--report", &report], &AMD64[..], &time].concat())
    };
    let run = eval(&report);
    let document = validated(&run, "policy-1");
    let violations = document["images"][0]["results"][0]["violations"].as_array().unwrap().iter();
    let mut ids: Vec<&str> = violations.map(|violation| violation["message"].as_str().unwrap()).collect();
    ids.sort_unstable();
    // VEX that the image carries suppresses two of five.
    assert_eq!((run.code, ids), (1, vec!["CVE-2005-2541", "CVE-2025-9232", "CVE-2026-20002"]));
    let digest = named_digest(&report);
    let other = report.replace(&digest, &format!("sha256:{}", "1".repeat(64)));
    let other = eval(&other);
    other.assert(2, "vex/other-image");
    assert!(!other.stderr.contains("--image"), "{}", other.stderr);
}

/// The digest by which the report names its image.
fn named_digest(report: &str) -> String {
    let document: Value = serde_json::from_str(report).unwrap();
    let named = document["source"]["target"]["repoDigests"][0].as_str().unwrap();
    named.split_once('@').unwrap().1.to_owned()
}

#[test]
fn without_a_flag_all_built_in_policies_are_evaluated() {
    let setup = EvalFixture::new();
    let list = setup.env.dhi(&["policy", "list", "--format", "json"]).json();
    let names = |document: &Value| -> Vec<String> {
        let policies = document["policies"].as_array().unwrap().iter();
        policies.map(|policy| policy["name"].as_str().unwrap().to_owned()).collect()
    };
    let listed = names(&list);
    assert!(listed.contains(&"non-root".to_owned()), "{listed:?}");
    // One that needs settings is left out.
    let defaults: Vec<String> = listed.into_iter().filter(|name| name != "provenance-source").collect();
    let recorded = setup.eval(&["--format", "json"]);
    assert_eq!(names(&recorded.json()), defaults);
    // For an image that is verified the one that decides is not evaluated again.
    let run = setup.image(&[&["--format", "json"], &AMD64[..]].concat());
    let others: Vec<String> = defaults.into_iter().filter(|name| name != "dhi-or-dhi-based").collect();
    let document = validated(&run, "policy-1");
    assert_eq!(names(&document), others);
    assert_eq!(document["notEvaluated"], json!([{"name": "provenance-source", "reason": "needs-settings"}]));
    let results = document["images"][0]["results"].as_array().unwrap();
    let fips = results.iter().find(|result| result["policy"] == "fips").unwrap();
    assert_eq!((&fips["outcome"], &fips["notEvaluated"]), (&json!("skip"), &json!("not-fips")));
}

#[test]
fn each_format_lists_what_is_not_evaluated_once() {
    let setup = EvalFixture::new();
    let table = setup.image(&[]);
    assert!(!table.stdout.contains("did not arrive whole"), "{}", table.stdout);
    for line in [
        "not evaluated: provenance-source (needs settings)\n",
        "not evaluated: fips, stig-score (not a FIPS image)\n",
    ] {
        assert_eq!(table.stdout.matches(line).count(), 1, "{line}\n{}", table.stdout);
    }
    for format in ["sarif", "junit", "github", "markdown"] {
        let run = setup.image(&["--format", format]);
        for text in ["provenance-source", "needs settings", "stig-score", "not a FIPS image"] {
            assert!(run.stdout.contains(text), "{format}: {text}\n{}", run.stdout);
        }
    }
    let chart = ["policy", "eval", "--key", KEY, "--trusted-root", ROOT, "oci:fixtures/chart"];
    let chart = setup.env.dhi(&chart);
    assert!(chart.stdout.contains("non-root, signed-attestations, stig-score (a chart"), "{}", chart.stdout);
    // A named policy is evaluated.
    for named in [["--policy", "fips"], ["--only-policy", "fips"]] {
        let run = setup.image(&[&named[..], &["--format", "json"], &AMD64[..]].concat());
        assert_eq!(outcomes(&run.json()), [("fips".to_owned(), "fail".to_owned())]);
    }
    let config =
        setup.env.write("c.json", r#"{"policies": [{"name": "fips"}, {"name": "provenance-source"}]}"#);
    let run = setup.image(&["--policy-config", &config]);
    assert!(!run.stdout.contains("needs settings"), "{}", run.stdout);
    assert!(run.stdout.contains("not evaluated: stig-score (not a FIPS image)\n"), "{}", run.stdout);
}

#[test]
fn equal_results_of_platforms_are_one() {
    let setup = EvalFixture::new();
    let rules = "violation contains {\"message\": \"no\", \"detail\": {\"a\": \"\"}}\n";
    let no = setup.env.write("no.rego", policy("bad", rules));
    let run = setup.image(&["--policy", &no, "--policy", &setup.file("good")]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    for (text, count) in [
        ("  fail    bad               all    1           10\n", 1),
        ("  pass    dhi-or-dhi-based  all    -           10\n", 1),
        ("error[policy/violation]: bad of all: 1 violation\n", 1),
        ("  MESSAGE  A\n  no       -\n", 1),
        ("Health score  C (66%)\n", 1),
        ("Health score", 1),
    ] {
        assert_eq!(run.stdout.matches(text).count(), count, "{text}\n{}", run.stdout);
    }
    let rules = "violation contains {\"message\": \"arm\", \"detail\": {}} if \
                 input.source.image.platform.architecture == \"arm64\"\n";
    let arm = setup.env.write("arm.rego", policy("arm", rules));
    let run = setup.image(&["--policy", &arm]);
    for text in ["arm of linux/arm64", "A (100%) of linux/amd64\n", "D (50%) of linux/arm64"] {
        assert_eq!(run.stdout.matches(text).count(), 1, "{text}\n{}", run.stdout);
    }
    let only = setup.eval(&["--only-policy", "non-root"]);
    assert_eq!(only.stdout.matches("(not requested)").count(), 1, "{}", only.stdout);
}

#[test]
fn no_score_counts_policies_of_an_image_that_fails() {
    let setup = EvalFixture::new();
    let good = setup.file("good");
    let other = ["policy", "eval", "--key", "fixtures/keys/other.pub", "--trusted-root", ROOT, PYTHON];
    let run = setup.env.dhi(&[&other[..], &["--policy", &good, "--format", "json"]].concat());
    let score = &run.json()["images"][0]["healthScore"];
    assert_eq!((&score["letter"], &score["held"]), (&json!("F"), &json!(0)), "{}", run.stdout);
}

#[test]
fn markdown_has_results_and_sarif_a_rule_for_each_policy() {
    let setup = EvalFixture::new();
    let directory = setup.env.file("rego");
    let run = setup.image(&["--policy-dir", &directory, "--format", "markdown"]);
    let score = "* Health score `A (100%)`";
    for text in ["| **pass** | `good` | `all` | 0 | 10 |\n", score] {
        assert!(run.stdout.contains(text), "{text}\n{}", run.stdout);
    }
    let run = setup.eval(&["--policy-dir", &directory, "--format", "sarif", "--report-only"]);
    let sarif = run.json();
    let rules = &sarif["runs"][0]["tool"]["driver"]["rules"];
    assert_eq!(rules[0]["id"], "policy/violation/user", "{rules}");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "policy/violation/user");
    assert_eq!((run.code, &sarif["runs"][0]["invocations"][0]["exitCode"]), (0, &json!(0)));
}

#[test]
fn statements_are_written_only_if_requested() {
    let setup = EvalFixture::new();
    let asks = policy(
        "asks",
        "answer := oci.referrer(\"https://spdx.dev/Document\")\n\nviolation contains {\"message\": \"x\", \"detail\": {}} if is_null(answer)\n",
    );
    let asks = setup.env.write("asks.rego", asks);
    let run = |more: &[&str]| {
        let all = ["--policy", asks.as_str(), "--format", "json"];
        validated(&setup.image(&[&all[..], &AMD64[..], more].concat()), "policy-1")
    };
    assert_eq!(run(&[])["images"][0]["results"][0].get("bindings"), None);
    assert!(run(&["--facts"])["images"][0]["results"][0]["bindings"]["answer"]["statement"].is_object());
}

#[test]
fn text_of_policies_cannot_act_on_a_terminal() {
    let setup = EvalFixture::new();
    let evil = "\\u001b[2J\\u202e";
    let rules = format!(
        "violation contains {{\"message\": \"a{evil}\", \"detail\": {{\"x{evil}\": \"y{evil}\"}}, \"remediation\": \"z{evil}\"}} if {{\n\
         \tprint(\"p{evil}\")\n}}\n"
    );
    let file = setup.env.write("evil.rego", policy("evil", &rules));
    for format in ["table", "json", "sarif", "junit", "github", "markdown"] {
        let run = setup.eval(&["--policy", &file, "--format", format, "-v"]);
        assert_eq!(run.code, 1, "{format}: {}", run.stderr);
        assert!(!run.stdout.contains(['\u{1b}', '\u{202e}']), "{format}: {}", run.stdout);
    }
}

#[test]
fn only_what_is_evaluated_is_counted() {
    let setup = EvalFixture::new();
    let document = setup.image(&["--format", "json"]).json();
    let results = document["images"][0]["results"].as_array().unwrap();
    let evaluated = results.iter().filter(|result| result["notEvaluated"].is_null()).count();
    // `fips` and `stig-score` are not about the image.
    assert_eq!(results.len(), evaluated + 2, "{document}");
    let counted = format!("dhi-or-dhi-based and {evaluated} more policies");
    for format in ["table", "markdown"] {
        let run = setup.image(&["--format", format]);
        assert!(run.stdout.contains(&counted), "{format}: {counted}\n{}", run.stdout);
    }
}

#[test]
fn what_is_unknown_is_no_failure_in_any_format() {
    let setup = EvalFixture::new();
    let rules = "violation contains {\"message\": \"no SBOM\", \"detail\": {}} if {\n\
         \tnot oci.referrer(\"https://spdx.dev/Document\").statement.predicate.spdxVersion\n}\n";
    let file = setup.env.write("spdx.rego", policy("spdx", rules));
    let run = |format: &str| {
        let run = setup.eval(&["--policy", &file, "--format", format]);
        assert_eq!(run.code, 1, "{format}: {}{}", run.stdout, run.stderr);
        run
    };
    let table = run("table").stdout;
    assert!(table.lines().last().unwrap().starts_with("unknown  "), "{table}");
    let markdown = run("markdown").stdout;
    assert!(markdown.starts_with("## dhi: unknown  ") && markdown.contains("| **unknown** |"), "{markdown}");
    assert_eq!(run("json").json()["verdict"], "unknown");
    assert_eq!(run("sarif").json()["runs"][0]["properties"]["verdict"], "unknown");
}
