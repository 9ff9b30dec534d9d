//! `dhi verify --policy`: policies in Rego are added to the policy that decides, and answer no requirement of it.

use serde_json::Value;

use super::{holds, policy};
use crate::policy::bare;
use crate::support::env::{KEY, ROOT, Run, TestEnv, fixture};
use crate::support::layout::LayoutFixture;
use crate::support::registry::InMemoryRegistry;

const PYTHON: &str = "oci:fixtures/python:3.13";
const SPDX: &str = "https://spdx.dev/Document";
const NAME: &str = "registry.example.com/shop/web";

/// A policy that no image passes.
fn denies(name: &str) -> String {
    policy(name, "violation contains {\"message\": \"not on my watch\", \"detail\": {\"why\": \"rules\"}}\n")
}

/// A policy whose result is unknown: `pass` has no value.
const UNKNOWN: &str = "# METADATA\n# title: open\n# custom:\n#   name: open\npackage docker.scout\n\nimport rego.v1\n\n\
     pass if input.nothing\n\nviolation contains v if {\n\tfalse\n\tv := {\"message\": \"\", \"detail\": {}}\n}\n";

/// A user with policies in files.
struct RegoFixture {
    env: TestEnv,
    good: String,
    bad: String,
    open: String,
}

impl RegoFixture {
    fn new() -> Self {
        let env = TestEnv::new();
        let good = env.write("good.rego", holds("good"));
        let bad = env.write("bad.rego", denies("bad"));
        let open = env.write("open.rego", UNKNOWN);
        Self { env, good, bad, open }
    }

    fn json(&self, arguments: &[&str]) -> Run {
        self.env.verify(&[&["--format", "json"], arguments].concat())
    }
}

/// The policy that decided, and the names of those that were added.
fn policies(run: &Run) -> (String, Vec<String>) {
    let document = run.json();
    let added = document["addedPolicies"].as_array().cloned().unwrap_or_default();
    let names = added.iter().map(|added| added["name"].as_str().unwrap().to_owned());
    (document["policy"].as_str().unwrap().to_owned(), names.collect())
}

/// The outcomes of the checks of a policy, one for each image.
fn outcomes(run: &Run, policy: &str) -> Vec<String> {
    let document = run.json();
    let checks = document["images"][0]["checks"].as_array().unwrap().iter();
    let of_policy = checks.filter(|check| check["id"] == "policy" && check["subject"]["policy"] == policy);
    of_policy.map(|check| check["outcome"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_policy_is_added_to_the_one_that_decides() {
    let setup = RegoFixture::new();
    let good = setup.json(&["--policy", &setup.good, PYTHON]);
    assert_eq!((good.code, policies(&good)), (0, ("dhi-or-dhi-based".to_owned(), vec!["good".to_owned()])));
    assert_eq!(outcomes(&good, "good"), ["pass", "pass"]);
    let bad = setup.json(&["--policy", &setup.good, "--policy", &setup.bad, PYTHON]);
    assert_eq!((bad.code, bad.ids()), (1, vec!["policy/violation".to_owned()]));
    assert_eq!(
        (outcomes(&bad, "good"), outcomes(&bad, "bad")),
        (vec!["pass".to_owned(); 2], vec!["fail".to_owned(); 2])
    );
    let open = setup.json(&["--policy", &setup.open, PYTHON]);
    assert_eq!((open.code, open.ids()), (1, vec!["policy/unknown".to_owned()]));
    // Alone it passes no image that the default policy denies.
    let unsigned = bare(&setup.env);
    let denied = setup.json(&["--policy", &setup.good, &unsigned]);
    assert_eq!((denied.code, denied.ids()), (1, vec!["base/not-dhi".to_owned()]));
    assert_eq!(outcomes(&denied, "good"), ["pass"]);
}

#[test]
fn another_policy_decides_only_if_it_is_named() {
    let setup = RegoFixture::new();
    for (flags, deciding) in [
        (vec![], "dhi-or-dhi-based"),
        (vec!["--policy", "attested"], "attested"),
        // Requested types are required in addition. They narrow nothing that a policy reads.
        (vec!["--predicate-type", SPDX], "dhi-or-dhi-based"),
        (vec!["--policy", "attested", "--predicate-type", SPDX], "attested"),
    ] {
        for (file, code) in [(&setup.good, 0), (&setup.bad, 1)] {
            let run = setup.json(&[&flags[..], &["--policy", file, PYTHON]].concat());
            assert_eq!((run.code, policies(&run).0.as_str()), (code, deciding), "{flags:?} {}", run.stderr);
        }
    }
    // A type that does not exist is still missing.
    let missing =
        setup.json(&["--predicate-type", "https://example.com/none", "--policy", &setup.good, PYTHON]);
    assert_eq!((missing.code, missing.ids()), (3, vec!["attest/predicate-missing".to_owned()]));
}

#[test]
fn images_are_judged_under_signed_if_policies_are_added() {
    let setup = RegoFixture::new();
    let layout = LayoutFixture::new();
    let image = layout.image("amd64");
    let index = layout.index(&[&image]);
    layout.sign(&index, &index, NAME, &Value::Null);
    let verify = |more: &[&str]| layout.verify(&index, &[&["--policy", "signed"], more].concat());
    assert_eq!(verify(&[]).code, 0);
    assert_eq!(verify(&["--policy", &setup.good]).code, 0);
    verify(&["--policy", &setup.bad]).assert(1, "not on my watch");
    verify(&["--policy", &setup.open]).assert(1, "policy/unknown");
    // Policies read all attestations, so a bad one counts.
    layout.attest(&image, &index, SPDX);
    assert_eq!(verify(&[]).code, 0);
    verify(&["--policy", &setup.good]).assert(4, "trust/subject-mismatch");
}

#[test]
fn what_an_added_policy_denies_is_still_proven() {
    let setup = RegoFixture::new();
    let kind = |run: &Run| run.json()["images"][0]["kind"].clone();
    let passes = setup.json(&[PYTHON]);
    let proven = kind(&passes);
    assert_ne!(proven, "not-proven");
    for file in [&setup.bad, &setup.open] {
        let run = setup.json(&["--policy", file, PYTHON]);
        assert_eq!((run.code, kind(&run)), (1, proven.clone()), "{}", run.stdout);
        let table = setup.env.verify(&["--policy", file, PYTHON]);
        assert!(!table.stdout.contains("not proven"), "{}", table.stdout);
    }
}

#[test]
fn a_failed_image_is_not_evaluated_and_stays_failed() {
    let setup = RegoFixture::new();
    let tampered = "oci:fixtures/bad/tampered-statement:latest";
    let before = setup.json(&[tampered]);
    let run = setup.json(&["--policy", &setup.good, tampered]);
    assert_eq!((run.code, run.ids()), (before.code, before.ids()));
    assert_eq!((run.code, outcomes(&run, "good")), (4, vec!["skip".to_owned()]));
}

#[test]
fn every_format_shows_each_policy_and_its_violations() {
    let setup = RegoFixture::new();
    let evil = "violation contains {\"message\": \"a\\u001b[31m\\u202e\\n<b>`evil`\", \"detail\": {}}\n";
    let evil = setup.env.write("evil.rego", policy("evil", evil));
    for format in ["table", "json", "sarif", "junit", "github", "markdown", "html"] {
        let flags = ["--format", format, "--policy", &setup.good, "--policy", &setup.bad, PYTHON];
        let run = setup.env.verify(&flags);
        run.assert(1, "not on my watch");
        assert!(run.stdout.contains("bad"), "{format}: {}", run.stdout);
        let run = setup.env.verify(&["--format", format, "--policy", &evil, PYTHON]);
        run.assert(1, "evil");
        assert!(!run.stdout.contains(['\u{1b}', '\u{202e}']), "{format}: {:?}", run.stdout);
        assert!(format != "html" || !run.stdout.contains("<b>`evil`"), "{}", run.stdout);
    }
    setup.env.verify(&["--explain", "--policy", &setup.good, PYTHON]).assert(0, "good of linux/amd64");
    setup
        .env
        .verify(&["--policy", &setup.good, PYTHON])
        .assert(0, "1 of 1 image passes dhi-or-dhi-based and good");
}

#[test]
fn an_exception_excuses_the_policy_that_it_names() {
    let setup = RegoFixture::new();
    let verify = |exception: &str, more: &[&str]| {
        let file = setup.env.write("exceptions.yaml", format!(
            "- image: '**'\n  check: policy/violation\n  reason: until the next release\n  expires: 2999-12-31\n{exception}"
        ));
        setup.json(&[&["--exceptions", &file], more, &["--policy", &setup.bad, PYTHON]].concat())
    };
    let run = verify("  policy: bad\n", &[]);
    assert_eq!((run.code, outcomes(&run, "bad")), (0, vec!["warn".to_owned(); 2]));
    assert_eq!(verify("  policy: good\n", &[]).code, 1);
    // With `attested` nothing else could be excused.
    assert_eq!(verify("  policy: bad\n", &["--policy", "attested"]).code, 0);
    verify("", &[]).assert(2, "`policy/violation` needs `policy`");
    let other =
        "- image: '**'\n  check: policy/unknown\n  policy: open\n  reason: no\n  expires: 2999-12-31\n";
    let file = setup.env.write("unknown.yaml", other);
    let run = setup.env.verify(&["--exceptions", &file, "--policy", &setup.open, PYTHON]);
    run.assert(2, "`policy/unknown` is not a finding of a policy and is never excused");
    let denies = setup.env.write("no-wrong-user.rego", denies("no-wrong-user"));
    let mistyped = other.replace("unknown", "violation").replace("open", "no-wrong-usr");
    let file = setup.env.write("mistyped.yaml", mistyped);
    let run = setup.env.verify(&["--exceptions", &file, "--policy", &denies, PYTHON]);
    run.assert(1, "is unused: the policy `no-wrong-usr` is not evaluated; did you mean `no-wrong-user`?");
}

#[test]
fn an_excused_finding_stands_in_the_row_of_its_image() {
    let setup = RegoFixture::new();
    let text =
        "- image: '**'\n  check: policy/violation\n  policy: bad\n  reason: no\n  expires: 2999-12-31\n";
    let file = setup.env.write("excused.yaml", text);
    let run = setup.env.verify(&["--exceptions", &file, "--policy", &setup.bad, PYTHON]);
    run.assert(0, "excused");
    let row = |start: &str| {
        run.stdout.lines().find(|line| line.trim_start().starts_with(start)).unwrap_or_default()
    };
    assert!(!row("index").contains("excused"), "{}", run.stdout);
    assert!(row("linux/amd64").contains("excused"), "{}", run.stdout);
    assert!(!run.stdout.contains("not proven"), "{}", run.stdout);
}

#[test]
fn violations_are_warnings_before_their_day() {
    let setup = RegoFixture::new();
    for (day, file, code) in [
        ("2999-12-31", &setup.bad, 0),
        ("2020-01-01", &setup.bad, 1),
        // An unknown result is never a warning.
        ("2999-12-31", &setup.open, 1),
    ] {
        for deciding in [&[][..], &["--policy", "attested"]] {
            let run = setup.json(&[&["--enforce-from", day, "--policy", file, PYTHON], deciding].concat());
            assert_eq!(run.code, code, "{day} {file} {}", run.stderr);
        }
    }
}

#[test]
fn policies_see_the_effective_time() {
    let setup = RegoFixture::new();
    // 2026-10-01T00:00:00Z
    let rules = "violation contains {\"message\": \"too late\", \"detail\": {}} if {\n\
                 \ttime.now_ns() > 1790812800000000000\n}\n";
    let file = setup.env.write("time.rego", policy("time", rules));
    for (time, code) in [("2026-09-30T23:59:59Z", 0), ("2026-10-01T00:00:01Z", 1)] {
        let run = setup.json(&["--effective-time", time, "--policy", &file, PYTHON]);
        assert_eq!((run.code, outcomes(&run, "time").len()), (code, 2), "{}", run.stderr);
    }
}

#[test]
fn settings_reach_the_policy_and_switch_nothing_off() {
    let setup = RegoFixture::new();
    let rules = "violation contains {\"message\": \"set\", \"detail\": {}} if {\n\
                 \tprint(\"the setting is\", data.config.level)\n\tdata.config.level > 3\n}\n";
    let file = setup.env.write("level.rego", policy("level", rules));
    let verify = |config: &str| {
        let config = setup.env.write("config.json", config);
        setup.env.verify(&["--policy", &file, "--policy-config", &config, PYTHON])
    };
    let config = |level: u32, more: &str| {
        format!(
            "{{\"policies\": [{{\"name\": \"level\", \"config\": {{\"level\": {level}}}{more}}}], \"debug\": true}}"
        )
    };
    verify(&config(3, "")).assert(0, "the setting is 3");
    verify(&config(4, "")).assert(1, "the setting is 4");
    let off = verify(&config(4, ", \"enabled\": false"));
    off.assert(2, "the policy `level` is required");
    verify("{\"polices\": []}").assert(2, "polices");
    // Policies of bundles would be required too, and are not evaluated here.
    let digest = "7e".repeat(32);
    let bundle = verify(&format!("{{\n\"bundles\": [\"dhi/policies:1@sha256:{digest}\"]}}"));
    bundle.assert(2, "config.json, line 2: the policies of the bundle");
    bundle.assert(2, "dhi policy eval IMAGE --policy-config");
    let alone = setup.env.write("config.json", "{}");
    setup.env.verify(&["--policy", "attested", "--policy-config", &alone, PYTHON]).assert(2, "has no effect");
    setup.env.verify(&["--policy-config", &alone, PYTHON]).assert(2, "name one with `--policy NAME`");
}

#[test]
fn names_are_checked_before_anything_is_fetched() {
    let setup = RegoFixture::new();
    let nowhere = "registry.invalid/image:1";
    let verify = |flags: &[&str]| setup.env.verify(&[flags, &[nowhere]].concat());
    verify(&["--policy", "nonroot"]).assert(2, "write `--policy non-root`");
    verify(&["--policy", "atested"]).assert(2, "write `--policy attested`");
    verify(&["--policy", "attested", "--policy", "signed"]).assert(2, "contradict each other");
    verify(&["--policy", "missing/file.rego"]).assert(2, "missing/file.rego");
    verify(&["--policy", "fixtures"]).assert(2, "is a directory");
    let twice = setup.env.write("twice.rego", denies("good"));
    verify(&["--policy", &setup.good, "--policy", &twice])
        .assert(2, "two different policies are named `good`");
    for name in ["dhi-or-dhi-based", "attested", "signed", "none"] {
        let reserved = setup.env.write("reserved.rego", holds(name));
        verify(&["--policy", &reserved]).assert(2, &format!("the name `{name}`"));
    }
    verify(&["--policy-bundle", "./pol"]).assert(2, "`dhi policy eval IMAGE --policy-bundle ./pol`");
    verify(&["--policy-dir", "pol"]).assert(2, "`dhi policy eval IMAGE --policy-dir pol`");
    verify(&["--policy-file", "a.rego"]).assert(2, "write `--policy a.rego`");
    let broken = setup.env.write("broken.rego", "package docker.scout\n\npass if {\n");
    verify(&["--policy", &broken]).assert(2, "broken.rego");
}

/// A registry with the image of the fixtures, and a key for summaries.
struct Summaries {
    setup: RegoFixture,
    registry: InMemoryRegistry,
}

impl Summaries {
    fn new() -> Self {
        let summaries = Self { setup: RegoFixture::new(), registry: InMemoryRegistry::start() };
        summaries.registry.serve_layout(&fixture("python"), "acme/python");
        summaries.setup.env.generate_key("vsa");
        summaries
    }

    fn verify(&self, more: &[&str]) -> Run {
        let host = self.registry.host();
        let image = format!("{host}/acme/python:3.13");
        let common =
            ["verify", "--plain-http", &host, "--key", KEY, "--trusted-root", ROOT, "--format", "json"];
        self.setup.env.dhi(&[&common[..], more, &[&image]].concat())
    }

    fn emit(&self, more: &[&str]) -> Run {
        let key = self.setup.env.file("vsa.key");
        self.verify(&[&["--emit-vsa", "attach", "--vsa-key", &key], more].concat())
    }

    /// The run, and whether a summary was accepted.
    fn accept(&self, more: &[&str]) -> (Run, bool) {
        let key = self.setup.env.file("vsa.pub");
        let run = self.verify(&[&["--accept-vsa", &key, "--max-age", "1h"], more].concat());
        let is_accepted = run.json()["images"][0]["kind"] == "verified-before";
        (run, is_accepted)
    }
}

#[test]
fn a_summary_never_answers_for_an_edited_policy() {
    let summaries = Summaries::new();
    let env = &summaries.setup.env;
    let file = env.write("team.rego", holds("team"));
    let config =
        env.write("config.json", "{\"policies\": [{\"name\": \"team\", \"config\": {\"level\": 1}}]}");
    let flags = ["--policy", &file, "--policy-config", &config];
    assert_eq!(summaries.emit(&flags).code, 0);
    let (run, is_accepted) = summaries.accept(&flags);
    assert_eq!((run.code, is_accepted), (0, true), "{}", run.stderr);
    // Without the policy, with another one beside it, and under another policy that decides.
    for other in [
        vec![],
        vec!["--policy", &file],
        [&flags[..], &["--policy", &summaries.setup.good]].concat(),
        [&flags[..], &["--policy", "attested"]].concat(),
        [&flags[..], &["--effective-time", "2026-11-01T00:00:00Z"]].concat(),
    ] {
        let (run, is_accepted) = summaries.accept(&other);
        assert_eq!((run.code, is_accepted), (0, false), "{other:?}: {}", run.stderr);
    }
    // A comment is an edit too.
    env.write("team.rego", format!("{}\n# reviewed\n", holds("team")));
    assert!(!summaries.accept(&flags).1);
    env.write("team.rego", denies("team"));
    let (run, is_accepted) = summaries.accept(&flags);
    assert_eq!((run.code, is_accepted), (1, false));
    env.write("team.rego", holds("team"));
    assert!(summaries.accept(&flags).1);
    env.write("config.json", "{\"policies\": [{\"name\": \"team\", \"config\": {\"level\": 2}}]}");
    let (run, is_accepted) = summaries.accept(&flags);
    assert!(!is_accepted && run.stderr.contains("it differs in `addedPolicies`"), "{}", run.stderr);
}

#[test]
fn a_summary_of_excused_violations_needs_the_exception() {
    let summaries = Summaries::new();
    let env = &summaries.setup.env;
    let exception = |policy: &str| {
        format!(
            "- image: '**'\n  check: policy/violation\n  policy: {policy}\n  reason: soon\n  expires: 2999-12-31\n"
        )
    };
    let file = env.write("exceptions.yaml", exception("bad"));
    let bad = ["--policy", summaries.setup.bad.as_str()];
    let excused = [&bad[..], &["--exceptions", &file]].concat();
    assert_eq!(summaries.emit(&excused).code, 0);
    let (run, is_accepted) = summaries.accept(&excused);
    assert_eq!((run.code, is_accepted), (0, true), "{}", run.stderr);
    assert_eq!(summaries.accept(&bad).0.code, 1);
    env.write("exceptions.yaml", exception("other"));
    assert_eq!(summaries.accept(&excused).0.code, 1);
    // A failed result is a summary too, which is never accepted.
    assert_eq!(summaries.emit(&bad).code, 1);
    let (run, is_accepted) = summaries.accept(&bad);
    assert_eq!((run.code, is_accepted), (1, false));
    // A result that is unknown has no summary.
    let open = ["--policy", summaries.setup.open.as_str()];
    let run = summaries.emit(&open);
    run.assert(1, "not everything could be checked");
}
