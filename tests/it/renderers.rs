//! The output formats for pipelines, for the same results: compared with snapshots, read by independent parsers,
//! validated against the published schemas, and tested with text that tries to break out of its field.

use std::process::Command;

use dhi::cli::CommandHints;
use dhi::diagnostic::{Code, Diagnostic, Exit};
use dhi::evidence::{Check, CheckKind, CheckSubject, Claim, Conclusion, Outcome, Tally};
use dhi::policy::BuiltIn;
use dhi::report::{Frame, ItemResult, LastLine, Location, Pipeline, PipelineFormat, ReportItem, RunPolicies};
use roxmltree::{Document, Node};
use serde_json::{Value, json};

use crate::policy::bare;
use crate::sources::source;
use crate::support::env::{Run, TestEnv, run};

/// One run for each kind of result.
const RUNS: &[(&str, &[&str])] = &[
    ("pass", &["oci:fixtures/bad/two-signatures"]),
    ("warning", &["oci:fixtures/bad/index-unsigned"]),
    ("fail", &["oci:fixtures/bad/wrong-key"]),
    ("mixed-platforms", &["--policy", "attested", "--skip-tlog", "oci:fixtures/bad/hidden-platform"]),
    ("policy", &["--offline", "oci:fixtures/bad/hidden-platform"]),
    ("error", &["oci:fixtures/nothing:3.12", "oci:fixtures/bad/two-signatures"]),
    (
        "skipped",
        &[
            "--platform",
            "linux/amd64",
            "--predicate-type",
            "https://spdx.dev/Document",
            "oci:fixtures/python:3.13",
        ],
    ),
];

/// Every format of one run.
pub(crate) struct Outputs {
    pub(crate) table: String,
    pub(crate) sarif: String,
    pub(crate) junit: String,
    pub(crate) github: String,
    pub(crate) markdown: String,
    pub(crate) json: Value,
    pub(crate) code: i32,
}

/// Every format of `dhi verify`.
pub(crate) fn outputs(env: &TestEnv, arguments: &[&str]) -> Outputs {
    outputs_of(env, |flags| env.verify(&[flags, arguments].concat()))
}

/// Every format of a run that gets flags which write them.
pub(crate) fn outputs_of(env: &TestEnv, run: impl Fn(&[&str]) -> Run) -> Outputs {
    let file = |name: &str| env.path(name);
    let read = |name: &str| std::fs::read_to_string(file(name)).unwrap();
    let flags: Vec<String> = ["sarif", "junit", "github", "markdown", "json"]
        .into_iter()
        .map(|format| format!("--output={format}={}", file(format).display()))
        .collect();
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let run = run(&flags);
    // Beside all of them the table is still there.
    assert!(run.stdout.lines().last().unwrap().contains(" pass"), "{}{}", run.stdout, run.stderr);
    Outputs {
        table: run.stdout,
        sarif: read("sarif"),
        junit: read("junit"),
        github: read("github"),
        markdown: read("markdown"),
        json: serde_json::from_str(&read("json")).unwrap(),
        code: run.code,
    }
}

macro_rules! snapshot {
    ($name:expr, $text:expr) => {
        insta::with_settings!({snapshot_path => "snapshots", prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!($name, $text);
        })
    };
}

#[test]
fn each_renderer_matches_its_snapshot() {
    for (name, arguments) in RUNS {
        let env = TestEnv::new();
        let out = outputs(&env, arguments);
        snapshot!(format!("sarif-{name}"), out.sarif);
        snapshot!(format!("junit-{name}"), out.junit);
        snapshot!(format!("github-{name}"), out.github);
        snapshot!(format!("markdown-{name}"), out.markdown);
        check_all(name, &out);
        // The same result gives the same bytes.
        let again = outputs(&TestEnv::new(), arguments);
        assert_eq!(
            (again.sarif, again.junit, again.github, again.markdown),
            (out.sarif, out.junit, out.github, out.markdown),
            "{name}"
        );
    }
}

#[test]
fn explain_names_facts_and_sources() {
    let env = TestEnv::new();
    crate::snapshots::snapshot!(
        "explain-pass",
        env.verify(&["--explain", "oci:fixtures/bad/two-signatures"])
    );
    crate::snapshots::snapshot!("explain-fail", env.verify(&["--explain", "oci:fixtures/bad/wrong-key"]));
    crate::snapshots::snapshot!(
        "explain-skipped",
        env.verify(&["--explain", "--skip-tlog", "oci:fixtures/bad/index-unsigned"])
    );
    crate::snapshots::snapshot!("explain-error", env.verify(&["--explain", "oci:fixtures/nothing:3.12"]));
    // Every check is explained, and each attestation by its whole digest.
    let explained = env.verify(&["--explain", "oci:fixtures/python:3.13"]).stdout;
    let document = env.verify(&["--format", "json", "oci:fixtures/python:3.13"]).json();
    let image = &document["images"][0];
    for check in image["checks"].as_array().unwrap() {
        let [outcome, id, message] = ["outcome", "id", "message"].map(|name| check[name].as_str().unwrap());
        let (start, end) = (format!("{outcome}  {id}  "), format!(": {message}"));
        let is_its_line = |line: &str| line.starts_with(&start) && line.ends_with(&end);
        assert!(explained.lines().any(is_its_line), "{check}");
    }
    for platform in image["platforms"].as_array().unwrap() {
        for attestation in platform["attestations"].as_array().unwrap() {
            assert!(explained.contains(attestation["digest"].as_str().unwrap()));
        }
    }
}

/// The schema that OASIS publishes, as the crate serde-sarif carries it.
pub(crate) fn sarif_schema() -> jsonschema::Validator {
    let schema = std::fs::read_to_string(source("serde-sarif").join("src/schema.json")).unwrap();
    let mut schema: Value = serde_json::from_str(&schema).unwrap();
    assert!(schema["title"].as_str().unwrap().contains("(SARIF) Version 2.1.0"));
    // As published, these patterns are no regular expressions. Nothing here names a language.
    for owner in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][owner]["properties"]["language"];
        language.as_object_mut().unwrap().remove("pattern").unwrap();
    }
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

#[test]
fn sarif_matches_the_published_schema() {
    let schema = sarif_schema();
    // It does refuse what is not.
    assert!(!schema.is_valid(&json!({"version": "2.1.0", "runs": [{"tool": {"driver": {}}}]})));
    for (name, arguments) in RUNS {
        let out = outputs(&TestEnv::new(), arguments);
        let document: Value = serde_json::from_str(&out.sarif).unwrap();
        let errors: Vec<String> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
        assert_eq!(errors, [""; 0], "{name}");
        let read: serde_sarif::sarif::Sarif = serde_json::from_str(&out.sarif).unwrap();
        assert_eq!(read.runs.len(), 1);
    }
}

/// All formats tell of the same checks, and each is well-formed.
pub(crate) fn check_all(name: &str, out: &Outputs) {
    let images = out.json["images"].as_array().unwrap();
    let checks: Vec<&Value> =
        images.iter().flat_map(|image| image["checks"].as_array().into_iter().flatten()).collect();
    let count = |wanted: &[&str]| {
        checks.iter().filter(|check| wanted.contains(&check["outcome"].as_str().unwrap())).count()
    };
    let unresolved = |verdict: &str| {
        images.iter().filter(|image| image.get("error").is_some() && image["verdict"] == verdict).count()
    };
    let errors = unresolved("fail") + unresolved("unknown");
    // Each image is counted once, and the words agree.
    let verdicts = |verdict: &str| images.iter().filter(|image| image["verdict"] == verdict).count();
    let counts = &out.json["counts"];
    for (member, verdict) in [("passed", "pass"), ("failed", "fail"), ("unknown", "unknown")] {
        assert_eq!(counts[member], verdicts(verdict), "{name}: {verdict}");
    }
    assert_eq!(counts["images"], images.len(), "{name}");

    let sarif: Value = serde_json::from_str(&out.sarif).unwrap();
    let sarif_run = &sarif["runs"][0];
    assert_eq!(
        (&sarif_run["properties"]["verdict"], &sarif_run["properties"]["counts"]),
        (&out.json["verdict"], counts)
    );
    let results = sarif_run["results"].as_array().unwrap();
    let level = |level: &str| results.iter().filter(|result| result["level"] == level).count();
    assert_eq!(level("error"), count(&["fail", "unknown"]) + errors, "{name}");
    assert_eq!(level("warning"), count(&["warn"]), "{name}");
    assert_eq!(results.len(), level("error") + level("warning"), "{name}");
    assert_eq!(sarif_run["invocations"][0]["exitCode"], out.code, "{name}");
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        let rule = &sarif_run["tool"]["driver"]["rules"][index];
        assert_eq!(rule["id"], result["ruleId"], "{name}");
        assert!(rule["help"]["markdown"].as_str().unwrap().contains("**To do:**"), "{rule}");
        assert!(rule["properties"]["security-severity"].as_str().unwrap().parse::<f32>().is_ok(), "{rule}");
        assert!(result["suppressions"].is_array(), "{result}");
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        assert!(!uri.contains(':') && !uri.contains(' '), "{uri}");
    }
    // GitHub takes results with one fingerprint for one alert.
    let hashes = results.iter().map(|result| &result["partialFingerprints"]["primaryLocationLineHash"]);
    let distinct: std::collections::BTreeSet<&str> = hashes.map(|hash| hash.as_str().unwrap()).collect();
    assert_eq!(distinct.len(), results.len(), "{name}");

    // Only rules of results are listed, each once.
    let rules = sarif_run["tool"]["driver"]["rules"].as_array().unwrap();
    let fired: std::collections::BTreeSet<&str> =
        results.iter().map(|result| result["ruleId"].as_str().unwrap()).collect();
    let listed: Vec<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert_eq!(listed.len(), fired.len(), "{name}: {listed:?}");
    assert!(listed.iter().all(|id| fired.contains(id)), "{name}: {listed:?}");

    let junit = Document::parse(&out.junit).unwrap();
    assert_eq!(junit_shape(junit.root_element()), images.len(), "{name}");
    let elements = |tag: &str| junit.descendants().filter(|node| node.has_tag_name(tag)).count();
    assert_eq!(elements("failure"), count(&["fail"]) + unresolved("fail"), "{name}");
    assert_eq!(elements("error"), count(&["unknown"]) + unresolved("unknown"), "{name}");
    let left_out = elements("testcase") - checks.len() - errors;
    assert_eq!(elements("skipped"), count(&["skip"]) + left_out, "{name}");

    let commands: Vec<&str> = out.github.lines().collect();
    assert!(
        commands
            .iter()
            .all(|line| ["::error ", "::warning ", "::notice "].iter().any(|c| line.starts_with(c))),
        "{}",
        out.github
    );
    // One error for each that did not pass, and one notice for all others.
    let of = |command: &str| commands.iter().filter(|line| line.starts_with(command)).count();
    let failing = verdicts("fail") + verdicts("unknown");
    // GitHub shows ten annotations of a kind. If there are more, one counts the others.
    let counted = usize::from(failing > 10);
    assert_eq!(of("::error "), failing + counted, "{name}: {}", out.github);
    assert_eq!(of("::notice "), usize::from(verdicts("pass") > 0), "{name}: {}", out.github);

    for image in images {
        let (verdict, reference) = (image["verdict"].as_str().unwrap(), image["reference"].as_str().unwrap());
        let is_its_row = |line: &str| {
            line.starts_with(&format!("| **{verdict}")) && line.contains(&format!("** | `{reference}` |"))
        };
        assert!(out.markdown.lines().any(is_its_row), "{verdict} {reference}\n{}", out.markdown);
    }
    let folded = out.markdown.matches("\n<details><summary>").count();
    assert_eq!(folded, verdicts("fail") + verdicts("unknown"), "{name}: {}", out.markdown);
    assert_eq!(out.markdown.matches("\n</details>\n").count(), folded, "{name}");
}

/// A pass that is none without an exception, or without the date from which the policy is enforced, says so wherever it
/// is called a pass.
#[test]
fn every_format_shows_a_pass_by_exception() {
    let env = TestEnv::new();
    let bare = bare(&env);
    let exceptions = env.path("exceptions.yaml");
    let text = "- {image: '**', check: base/not-dhi, reason: until the rebuild, expires: 2100-12-31}\n";
    std::fs::write(&exceptions, text).unwrap();
    let excepted = ["--exceptions", exceptions.to_str().unwrap(), &bare];
    let later = ["--enforce-from", "2100-12-31", &bare];
    let cases = [
        (
            &excepted[..],
            "pass (1 finding excused until 2100-12-31)",
            json!({ "exceptions": { "findings": 1, "until": "2100-12-31" } }),
            json!({ "by": "exception", "reason": "until the rebuild", "expires": "2100-12-31" }),
        ),
        (
            &later[..],
            "pass (not enforced until 2100-12-31)",
            json!({ "notEnforced": { "findings": 1, "until": "2100-12-31T00:00:00Z" } }),
            json!({ "by": "not-enforced", "from": "2100-12-31T00:00:00Z" }),
        ),
    ];
    let schema = sarif_schema();
    let verify: Value =
        serde_json::from_str(&crate::support::env::read("docs/schemas/verify-2.json")).unwrap();
    for (arguments, says, excused, why) in cases {
        let out = outputs(&env, arguments);
        assert_eq!((out.code, &out.json["verdict"]), (0, &json!("pass")), "{}", out.table);
        check_all(says, &out);
        assert!(jsonschema::is_valid(&verify, &out.json), "{:#}", out.json);
        assert_eq!(out.table.lines().nth(1), Some(format!("not proven; {says}").as_str()));
        assert!(out.table.ends_with(&format!("\n\n{says}  1 of 1 image passes dhi-or-dhi-based\n")));
        let image = &out.json["images"][0];
        assert_eq!((&out.json["excused"], &image["excused"]), (&excused, &excused));
        let checks = image["checks"].as_array().unwrap();
        let of_check: Vec<&Value> = checks.iter().filter_map(|check| check.get("excused")).collect();
        assert_eq!(of_check, [&why]);

        let sarif: Value = serde_json::from_str(&out.sarif).unwrap();
        assert!(schema.is_valid(&sarif), "{sarif:#}");
        let [result] = sarif["runs"][0]["results"].as_array().unwrap().as_slice() else {
            panic!("{sarif:#}")
        };
        assert_eq!(result["suppressions"].as_array().unwrap().len(), 1, "{result}");
        assert!(result["message"]["text"].as_str().unwrap().contains(says), "{result}");

        let junit = Document::parse(&out.junit).unwrap();
        let properties = junit.descendants().filter(|node| node.has_tag_name("property"));
        let verdicts = properties.filter(|node| node.attribute("name") == Some("verdict"));
        assert_eq!(verdicts.filter_map(|node| node.attribute("value")).collect::<Vec<_>>(), [says]);

        assert!(out.github.starts_with(&format!("::warning title=dhi%3A {says}::")), "{}", out.github);
        assert!(out.github.contains(&format!("{bare}: {says}")), "{}", out.github);
        assert!(out.markdown.contains(&format!("| **{says}** | ")), "{}", out.markdown);
        assert!(out.markdown.starts_with(&format!("## dhi: {says}  1 of 1 image ")), "{}", out.markdown);

        // What is excused of one image is said also where another one fails.
        let beside = env.verify(&[arguments, &["oci:fixtures/bad/wrong-key:latest"]].concat());
        let says = says.trim_start_matches("pass (").trim_end_matches(')');
        let last = format!("\n\nfail  1 of 2 images pass dhi-or-dhi-based; 1 failed, {says}\n");
        assert!(beside.stdout.ends_with(&last), "{}", beside.stdout);
    }
    // A day on which it does not count any more.
    std::fs::write(&exceptions, text.replace("2100", "2020")).unwrap();
    let out = outputs(&env, &excepted);
    assert_eq!((out.code, out.json.get("excused")), (1, None));
    check_all("expired", &out);
}

/// An unknown result is neither a pass nor a fail, and the most severe one decides.
#[test]
fn every_format_shows_unknown() {
    let env = TestEnv::new();
    let bare = bare(&env);
    let (open, good, bad) =
        ("dhi.io/python:3.13", "oci:fixtures/bad/two-signatures", "oci:fixtures/bad/wrong-key");
    for (references, code, last) in [
        (&[open][..], 6, "unknown  0 of 1 image passes dhi-or-dhi-based"),
        (&[good, open], 6, "unknown  1 of 2 images pass dhi-or-dhi-based; 1 unknown"),
        // What is certain beside it is counted, and does not hide that more was to be known.
        (&[&bare, open, good], 6, "unknown  1 of 3 images pass dhi-or-dhi-based; 1 failed, 1 unknown"),
        (&[open, bad, good, good], 4, "fail  2 of 4 images pass dhi-or-dhi-based; 1 failed, 1 unknown"),
    ] {
        let out = outputs(&env, &[&["--offline"], references].concat());
        assert_eq!(out.code, code, "{references:?}: {}", out.table);
        check_all(last, &out);
        assert_eq!(out.table.lines().last(), Some(last));
        let verdict = format!("unknown  {open}");
        assert!(out.table.lines().any(|line| line.starts_with(&verdict)), "{}", out.table);
        let (word, counts) = last.split_once("  ").unwrap();
        assert_eq!(out.json["verdict"], word);
        assert!(out.markdown.starts_with(&format!("## dhi: {last}\n")), "{}", out.markdown);
        assert!(out.github.contains("::error title=dhi%3A unknown (registry/offline)::"), "{}", out.github);
        // The title is about what passed, not about the run.
        let passed = references.iter().filter(|reference| **reference == good).count();
        let notice = format!("::notice title=dhi%3A {passed} passed::{counts}%0A");
        assert_eq!(out.github.contains(&notice), references.contains(&good), "{}", out.github);
        let junit = Document::parse(&out.junit).unwrap();
        let errors = junit.descendants().filter(|node| node.has_tag_name("error"));
        assert_eq!(
            errors.filter_map(|node| node.attribute("type")).collect::<Vec<_>>(),
            ["registry/offline"]
        );
        let sarif: Value = serde_json::from_str(&out.sarif).unwrap();
        assert_eq!(sarif["runs"][0]["invocations"][0]["executionSuccessful"], code != 6);
        let results = sarif["runs"][0]["results"].as_array().unwrap();
        let unknown = results.iter().filter(|result| result["properties"]["verdict"] == "unknown");
        assert_eq!(unknown.map(|result| &result["properties"]["outcome"]).collect::<Vec<_>>(), ["unknown"]);
    }
    // So it is where only the proof of an image is asked for.
    let base = env.dhi(&["base", "--offline", open]);
    assert_eq!((base.code, base.stdout.as_str()), (6, "unknown  dhi.io/python:3.13\n"), "{}", base.stderr);
    let gone = env.dhi(&["base", "oci:fixtures/python:nothing"]);
    assert_eq!(
        (gone.code, gone.stdout.as_str()),
        (3, "fail  oci:fixtures/python:nothing\n"),
        "{}",
        gone.stderr
    );
}

/// Other modules give the renderers what they judged: every outcome has its place in each format, and lines of files
/// are where findings are shown.
#[test]
fn each_outcome_is_shown_in_every_format() {
    let outcomes = [Outcome::Pass, Outcome::Fail, Outcome::Unknown, Outcome::Warn, Outcome::Skip];
    let check = |outcome: Outcome| {
        let (kind, subject, scope) = (CheckKind::Attestation, CheckSubject::Root, "linux/amd64");
        if outcome == Outcome::Pass {
            return Check::pass(kind, subject, scope, "says");
        }
        let diagnostic = Diagnostic::new(Code::LIMITS_EXCEEDED, outcome.as_str());
        let mut check = Check::noted(kind, subject, scope, outcome, diagnostic);
        "says".clone_into(&mut check.message);
        check
    };
    let checks = outcomes.map(check);
    let headline = Claim::NotProven(Vec::new());
    let place = |line| Location { file: "deploy/my app.yaml".to_owned(), line };
    let judged = || ReportItem {
        reference: "registry.example.com/app:1".to_owned(),
        digest: None,
        places: vec![place(4), place(9)],
        claim: Some(&headline),
        result: ItemResult::Checks(&checks),
        conclusion: Conclusion::Fail,
        policy: "attested",
        skipped: Vec::new(),
    };
    let mut tally = Tally::default();
    tally.add(&Conclusion::Fail, Exit::BadProof);
    let policies = RunPolicies::new(BuiltIn::Attested, Vec::new());
    let last = LastLine { tally: &tally, policies: &policies, objects: None };
    let render = |format| {
        let mut pipeline = Pipeline::new(format, &CommandHints);
        let [first, second] = pipeline.add(&judged());
        let Frame([before, between, after]) = pipeline.finish(last);
        [before, first, between, second, after].concat()
    };

    let sarif: Value = serde_json::from_str(&render(PipelineFormat::Sarif)).unwrap();
    assert!(sarif_schema().is_valid(&sarif));
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let levels: Vec<&Value> = results.iter().map(|result| &result["level"]).collect();
    assert_eq!(levels, ["error", "error", "warning"]);
    let notes = &sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"];
    assert_eq!(notes.as_array().unwrap().len(), 1);
    let places = results[0]["locations"].as_array().unwrap().iter().map(|place| &place["physicalLocation"]);
    let places: Vec<(&Value, &Value)> =
        places.map(|place| (&place["artifactLocation"]["uri"], &place["region"]["startLine"])).collect();
    assert_eq!(
        places,
        [(&json!("deploy/my%20app.yaml"), &json!(4)), (&json!("deploy/my%20app.yaml"), &json!(9))]
    );

    let junit = render(PipelineFormat::Junit);
    let junit = Document::parse(&junit).unwrap();
    assert_eq!(junit_shape(junit.root_element()), 1);
    let cases = junit.descendants().filter(|node| node.has_tag_name("testcase"));
    let ends: Vec<&str> = cases
        .map(|case| case.children().find(Node::is_element).map_or("", |end| end.tag_name().name()))
        .collect();
    assert_eq!(ends, ["", "failure", "error", "system-out", "skipped"]);

    let github = render(PipelineFormat::Github);
    let [error] = github.lines().collect::<Vec<_>>()[..] else { panic!("{github}") };
    let (command, text) = error.strip_prefix("::").unwrap().split_once("::").unwrap();
    assert_eq!(command, "error title=dhi%3A fail (limits/exceeded),file=deploy/my app.yaml,line=4");
    for line in [
        "error[limits/exceeded]: linux/amd64: fail",
        "error[limits/exceeded]: linux/amd64: unknown",
        "warning[limits/exceeded]: linux/amd64: warn",
        "also at deploy/my app.yaml:9",
        "not checked: linux/amd64: says",
    ] {
        assert!(text.split("%0A").any(|found| found == line), "{line}\n{text}");
    }

    let markdown = render(PipelineFormat::Markdown);
    assert!(markdown.contains("| 1 pass, 1 fail, 1 unknown, 1 warn, 1 skip |"), "{markdown}");
    assert!(markdown.contains("* `deploy/my app.yaml:4`\n"), "{markdown}");
    for line in ["linux/amd64: unknown\n", "linux/amd64: warn\n", "not checked: linux/amd64: says\n"] {
        assert!(markdown.contains(line), "{line}{markdown}");
    }
}

/// What Jenkins' schema `junit-10.xsd` allows, for the elements that are written: which children and attributes,
/// which of them must be there, and counts that are right. Returns the number of suites.
fn junit_shape(root: Node<'_, '_>) -> usize {
    fn attributes(node: Node<'_, '_>, required: &[&str], optional: &[&str]) {
        for attribute in node.attributes() {
            let known = required.contains(&attribute.name()) || optional.contains(&attribute.name());
            assert!(known, "{} of {}", attribute.name(), node.tag_name().name());
        }
        for name in required {
            assert!(node.attribute(*name).is_some(), "{name} of {}", node.tag_name().name());
        }
    }
    fn counted(node: Node<'_, '_>, attribute: &str, tag: &str) {
        let found = node.descendants().filter(|node| node.has_tag_name(tag)).count();
        assert_eq!(node.attribute(attribute), Some(found.to_string().as_str()), "{attribute}");
    }
    assert!(root.has_tag_name("testsuites"));
    attributes(root, &[], &["name", "time", "tests", "failures", "errors"]);
    let suites: Vec<Node<'_, '_>> = root.children().filter(Node::is_element).collect();
    for node in std::iter::once(&root).chain(&suites) {
        counted(*node, "tests", "testcase");
        counted(*node, "failures", "failure");
        counted(*node, "errors", "error");
    }
    let mut suite_names = std::collections::BTreeSet::new();
    for suite in &suites {
        assert!(suite_names.insert(suite.attribute("name")), "twice: {:?}", suite.attribute("name"));
        assert!(suite.has_tag_name("testsuite"));
        attributes(*suite, &["name", "tests", "failures", "errors"], &["skipped"]);
        counted(*suite, "skipped", "skipped");
        let mut names = std::collections::BTreeSet::new();
        for child in suite.children().filter(Node::is_element) {
            match child.tag_name().name() {
                "properties" => {
                    for property in child.children().filter(Node::is_element) {
                        assert!(property.has_tag_name("property"));
                        attributes(property, &["name", "value"], &[]);
                    }
                }
                "testcase" => {
                    attributes(child, &["name"], &["classname", "time", "group"]);
                    assert!(names.insert(child.attribute("name")), "twice: {:?}", child.attribute("name"));
                    for end in child.children().filter(Node::is_element) {
                        match end.tag_name().name() {
                            "failure" | "error" | "skipped" => attributes(end, &[], &["type", "message"]),
                            "system-out" => attributes(end, &[], &[]),
                            other => panic!("{other}"),
                        }
                    }
                }
                other => panic!("{other}"),
            }
        }
    }
    suites.len()
}

/// Text that means something to each of the formats.
const EVIL: &str = "x\r\n::error::a%0A::b,c=d]]>--><script>alert(1)</script>&amp;`|``` [l](https://evil.example) \
                    ![i](//evil.example/i.png) @everyone {0} \u{1b}[2J\u{202e}\u{fffe}\u{ffff}";

/// A copy of a fixture whose index names an evil operating system, and its reference.
fn evil_layout(env: &TestEnv) -> String {
    let layout = env.path("layout");
    let copied = run(Command::new("cp")
        .arg("-r")
        .arg(crate::support::env::fixture("bad/platform-mismatch"))
        .arg(&layout));
    assert_eq!(copied.code, 0, "{}", copied.stderr);
    let index = layout.join("index.json");
    let mut root: Value = serde_json::from_slice(&std::fs::read(&index).unwrap()).unwrap();
    let digest = root["manifests"][0]["digest"].as_str().unwrap().replace(':', "/");
    let mut entries: Value =
        serde_json::from_slice(&std::fs::read(layout.join("blobs").join(digest)).unwrap()).unwrap();
    entries["manifests"][0]["platform"]["os"] = EVIL.into();
    let bytes = serde_json::to_vec(&entries).unwrap();
    let fresh = dhi::oci::Digest::of(&bytes);
    std::fs::write(layout.join("blobs/sha256").join(fresh.hex()), &bytes).unwrap();
    root["manifests"][0]["digest"] = fresh.to_string().into();
    root["manifests"][0]["size"] = bytes.len().into();
    std::fs::write(&index, serde_json::to_vec(&root).unwrap()).unwrap();
    format!("oci:{}", layout.display())
}

/// Markdown without its code: what is left is read as markup.
fn outside_of_code(markdown: &str) -> String {
    let mut out = String::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        let ticks = line.chars().take_while(|c| *c == '`').count();
        if ticks >= 3 {
            // A fence is closed by one that is as long, with nothing behind it.
            lines.by_ref().find(|line| line.len() >= ticks && line.chars().all(|c| c == '`')).unwrap();
            continue;
        }
        for (number, part) in line.split('`').enumerate() {
            if number % 2 == 0 {
                out.push_str(part);
            } else {
                assert!(!part.contains('|'), "{line}");
            }
        }
        assert_eq!(line.matches('`').count() % 2, 0, "{line}");
        out.push('\n');
    }
    out
}

#[test]
fn untrusted_text_is_escaped_in_every_format() {
    let env = TestEnv::new();
    let reference = evil_layout(&env);
    let schema = sarif_schema();
    // As the platform of a signed image, and as a predicate type that was asked for.
    for arguments in
        [vec![reference.as_str()], vec!["--predicate-type", EVIL, "oci:fixtures/bad/two-signatures"]]
    {
        let out = outputs(&env, &arguments);
        assert_ne!(out.code, 0);
        check_all("evil", &out);
        let sarif: Value = serde_json::from_str(&out.sarif).unwrap();
        assert!(schema.is_valid(&sarif));
        assert!(out.sarif.contains("alert(1)"), "{}", out.sarif);
        for result in sarif["runs"][0]["results"].as_array().unwrap() {
            let text = result["message"]["text"].as_str().unwrap();
            assert!(!text.contains("]("), "{text}");
            assert!(!text.replace("{{", "").contains("{0}"), "{text}");
        }
        for text in [&out.sarif, &out.junit, &out.github, &out.markdown] {
            assert!(text.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{text}");
        }
        let junit = Document::parse(&out.junit).unwrap();
        assert!(junit.descendants().all(|node| !node.has_tag_name("script")));
        assert!(out.junit.contains("&lt;script&gt;"), "{}", out.junit);
        for line in out.github.lines() {
            let (properties, data) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
            assert_eq!(properties.matches('=').count(), 1, "{line}");
            assert!(!data.contains('\r'), "{line}");
        }
        let markup = outside_of_code(&out.markdown);
        for piece in ["<script", "](", "@everyone", "evil.example"] {
            assert!(!markup.contains(piece), "{markup}");
        }
        assert!(out.markdown.contains("alert(1)"), "{}", out.markdown);
    }
}

#[test]
fn the_step_summary_is_appended_and_other_files_are_replaced() {
    let env = TestEnv::new();
    let summary = env.path("summary.md");
    std::fs::write(&summary, "# before\n").unwrap();
    let output = format!("markdown={}", summary.display());
    let verify = |set: bool| {
        let mut command = env.command(&["verify", "--key", crate::support::env::KEY, "--output", &output]);
        command.arg("oci:fixtures/bad/two-signatures");
        if set {
            command.env("GITHUB_STEP_SUMMARY", &summary);
        }
        assert_eq!(run(&mut command).code, 0);
        std::fs::read_to_string(&summary).unwrap()
    };
    let (once, twice) = (verify(true), verify(true));
    assert!(once.starts_with("# before\n## dhi: pass  1 of 1 image passes dhi-or-dhi-based\n"), "{once}");
    assert_eq!(twice.matches("\n## dhi: pass").count(), 2);
    assert!(twice.starts_with(&once));
    let replaced = verify(false);
    assert_eq!(replaced, once.strip_prefix("# before\n").unwrap());
}

#[test]
fn reports_point_to_the_given_location() {
    let env = TestEnv::new();
    let image = "oci:fixtures/bad/wrong-key:latest";
    let out = outputs(&env, &["--location", "deploy/my app.yaml:31", image, "oci:fixtures/nothing:3.12"]);
    check_all("location", &out);
    assert!(sarif_schema().is_valid(&serde_json::from_str(&out.sarif).unwrap()));
    let sarif: Value = serde_json::from_str(&out.sarif).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let place = json!({
        "artifactLocation": { "uri": "deploy/my%20app.yaml", "uriBaseId": "%SRCROOT%" },
        "region": { "startLine": 31 }
    });
    assert!(results.iter().all(|result| result["locations"][0]["physicalLocation"] == place), "{sarif:#}");
    let names = results.iter().map(|result| &result["locations"][0]["logicalLocations"][0]);
    assert!(names.into_iter().any(|name| name["fullyQualifiedName"] == image), "{sarif:#}");
    let errors: Vec<&str> = out.github.lines().filter(|line| line.starts_with("::error ")).collect();
    assert_eq!(errors.len(), 2, "{}", out.github);
    for error in errors {
        assert!(error.contains(",file=deploy/my app.yaml,line=31::"), "{error}");
    }
    // The finding is the same one after the line moved.
    let moved = outputs(&env, &["--location", "deploy/my app.yaml:4", image]);
    let moved: Value = serde_json::from_str(&moved.sarif).unwrap();
    let moved = &moved["runs"][0]["results"][0]["partialFingerprints"];
    assert!(results.iter().any(|result| result["partialFingerprints"] == *moved), "{moved}");
    for (location, told) in [("", "the file name is empty"), ("-", "but a file is required")] {
        env.verify(&["--location", location, image]).assert(2, told);
    }
}

#[test]
fn every_format_can_be_printed() {
    let env = TestEnv::new();
    for (format, start) in [
        ("sarif", "{"),
        ("junit", "<?xml version=\"1.0\""),
        ("github", "::notice "),
        ("markdown", "## dhi: pass"),
    ] {
        let run = env.verify(&["--format", format, "oci:fixtures/bad/two-signatures"]);
        run.assert(0, start);
        assert!(
            run.stdout.starts_with(start) && run.stdout.ends_with('\n') && run.stderr.is_empty(),
            "{format}"
        );
    }
}
