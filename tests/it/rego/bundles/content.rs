//! What is pushed, what is pulled, and where it is written.

use std::collections::BTreeSet;

use dhi::oci::Digest;

use super::{Fixture, REPO, policy};
use crate::support::env::{KEY, ROOT, run};

#[test]
fn the_same_files_give_the_same_digest() {
    let fixture = Fixture::new();
    let digest = fixture.pushed();
    assert_eq!(fixture.pushed(), digest);
    // A file without effect changes nothing.
    fixture.env.write("policies/README.md", "text");
    fixture.env.write("policies/one_test.rego", "package one_test\n");
    let again = fixture.push(&[]);
    again.assert(0, "without effect, so left out: 2 files");
    assert!(again.stdout.contains(&digest), "{}", again.stdout);
    let manifest = fixture.server.tagged(REPO, "1").unwrap();
    assert!(!String::from_utf8(manifest).unwrap().contains("created"));

    let arguments = ["policy", "push", &fixture.env.file("policies"), &fixture.reference()];
    let with_time = |time: &str| {
        let plain = ["--plain-http", &fixture.server.host()];
        run(fixture.env.command(&[arguments.as_slice(), &plain].concat()).env("SOURCE_DATE_EPOCH", time))
    };
    let timed = with_time("1790000000");
    assert_eq!((timed.code, &timed.stdout), (0, &with_time("1790000000").stdout), "{}", timed.stderr);
    assert_ne!(timed.stdout, again.stdout);
    let manifest = String::from_utf8(fixture.server.tagged(REPO, "1").unwrap()).unwrap();
    assert!(manifest.contains("2026-09-21T"), "{manifest}");
    with_time("soon").assert(2, "`SOURCE_DATE_EPOCH` is `soon`");
}

#[test]
fn a_bundle_is_pulled_with_one_request_for_each_part() {
    let fixture = Fixture::new();
    let digest = fixture.pushed();
    let pulled = fixture.pull(&[]);
    pulled.assert(0, "2 policies: two, one");
    assert_eq!(pulled.stdout, format!("{}\n", fixture.by_digest(&digest)));
    let blob = |name: &str| format!("200 GET blobs/{}", Digest::of(policy(name).as_bytes()));
    let requests = fixture.requests();
    assert_eq!(requests[0], "200 GET manifests/1");
    let blobs: BTreeSet<String> = requests[1..].iter().cloned().collect();
    assert_eq!(blobs, BTreeSet::from([blob("one"), blob("two")]));
    assert_eq!(requests.len(), 3, "{requests:?}");
    // Content is cached by digest: only the tag is asked for.
    fixture.pull(&[]).assert(0, "2 policies");
    assert_eq!(fixture.requests(), ["200 HEAD manifests/1"]);
    // A digest needs no request, and neither does `--offline`.
    fixture.policy(&["pull", &fixture.by_digest(&digest)]).assert(0, "2 policies");
    fixture.pull(&["--offline"]).assert(0, "2 policies");
    assert_eq!(fixture.requests(), [""; 0]);
    // A damaged copy is not used.
    let cache = fixture.env.path("cache");
    let mut damaged = 0;
    for entry in walk(&cache) {
        if std::fs::read_to_string(&entry).is_ok_and(|text| text == policy("one")) {
            std::fs::write(&entry, policy("on3")).unwrap();
            damaged += 1;
        }
    }
    assert_eq!(damaged, 1);
    fixture.pull(&["--offline"]).assert(6, "offline");
    fixture.pull(&[]).assert(0, "2 policies: two, one");
    assert_eq!(fixture.requests(), ["200 HEAD manifests/1".to_owned(), blob("one")]);
}

fn walk(directory: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(walk(&path)) } else { files.push(path) }
    }
    files
}

#[test]
fn pulled_directories_and_archives_push_the_same_bundle() {
    let fixture = Fixture::new();
    fixture.env.write("policies/data.json", r#"{"config": {"days": 7}}"#);
    fixture.env.write("policies/.manifest", r#"{"revision": "r1"}"#);
    let digest = fixture.pushed();
    for output in ["out", "out.tar.gz"] {
        let path = fixture.env.file(output);
        let pulled = fixture.pull(&["--output", &path]);
        pulled.assert(0, "`data.json` sets `config` for all of them: days");
        pulled.assert(0, "revision r1");
        let again = fixture.policy(&["push", &path, &fixture.reference()]);
        assert_eq!((again.code, again.stdout.contains(&digest)), (0, true), "{}", again.stderr);
        let again = fixture.pull(&["--output", &path]);
        again.assert(2, "exists already");
    }
    assert_eq!(std::fs::read_to_string(fixture.env.path("out/deep/two.rego")).unwrap(), policy("two"));
    let archive = std::fs::read(fixture.env.path("out.tar.gz")).unwrap();
    fixture.pull(&["--output", &fixture.env.file("out.tar.gz"), "--force"]).assert(0, "2 policies");
    assert_eq!(std::fs::read(fixture.env.path("out.tar.gz")).unwrap(), archive);
    // A directory with content is never replaced.
    fixture.pull(&["--output", &fixture.env.file("out"), "--force"]).assert(2, "not an empty directory");
    std::fs::create_dir(fixture.env.path("empty")).unwrap();
    fixture.pull(&["--output", &fixture.env.file("empty")]).assert(0, "2 policies");
    assert!(fixture.env.path("empty/one.rego").is_file());
    fixture.pull(&["--output", &fixture.env.file("none/out")]).assert(6, "cannot be written");
    // Nothing unfinished is left.
    let names = std::fs::read_dir(fixture.env.home()).unwrap();
    let names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with(".dhi-"))
        .collect();
    assert_eq!(names, [""; 0]);
}

#[test]
fn a_file_that_is_no_policy_is_not_pushed() {
    let fixture = Fixture::new();
    fixture.env.write("policies/bad.rego", "package docker.scout\n\npass if {");
    let run = fixture.push(&[]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("bad.rego"), "{}", run.stderr);
    assert_eq!(fixture.requests(), [""; 0]);
    fixture.env.write("policies/bad.rego", policy("one"));
    fixture.push(&[]).assert(2, "`bad.rego` and `one.rego` have one name, `one`");
    fixture.env.write("policies/bad.rego", policy("three"));
    let reference = format!("{}@{}", fixture.reference(), Digest::of(b"other"));
    let other = fixture.policy(&["push", &fixture.env.file("policies"), &reference]);
    assert_eq!(other.code, 4, "{}", other.stderr);
    assert_eq!(fixture.requests(), [""; 0]);
    fixture.policy(&["push", &fixture.env.file("none"), &fixture.reference()]).assert(2, "policy/bundle");
    fixture.push(&["--offline"]).assert(2, "`--offline` forbids");
}

#[test]
fn layouts_hold_bundles_too() {
    let fixture = Fixture::new();
    fixture.env.write("layout/oci-layout", r#"{"imageLayoutVersion": "1.0.0"}"#);
    fixture.env.write("layout/index.json", r#"{"schemaVersion": 2, "manifests": []}"#);
    let layout = format!("oci:{}:1", fixture.env.file("layout"));
    let pushed = fixture.policy(&["push", &fixture.env.file("policies"), &layout]);
    pushed.assert(0, "2 policies");
    let pulled = fixture.policy(&["pull", &layout]);
    assert_eq!((pulled.code, &pulled.stdout), (0, &pushed.stdout), "{}", pulled.stderr);
    fixture.env.generate_key("team");
    let (private, public) = (fixture.env.file("team.key"), fixture.env.file("team.pub"));
    fixture.policy(&["pull", &layout, "--bundle-key", &public]).assert(3, "policy/bundle-unsigned");
    fixture
        .policy(&["push", &fixture.env.file("policies"), &layout, "--sign-key", &private])
        .assert(0, "signed by");
    fixture.policy(&["pull", &layout, "--bundle-key", &public]).assert(0, "2 policies");
    assert_eq!(fixture.requests(), [""; 0]);
}

#[test]
fn policies_of_bundles_are_evaluated_with_their_settings() {
    let fixture = Fixture::new();
    fixture.env.write(
        "policies/one.rego",
        "# METADATA\n# custom:\n#   name: one\npackage docker.scout\n\nimport rego.v1\n\ndefault pass := false\n\n\
         pass if count(violation) == 0\n\nviolation contains v if {\n  data.config.strict\n  \
         v := {\"message\": \"it is strict\", \"detail\": {}}\n}\n",
    );
    let bundle = fixture.env.file("policies");
    let eval = |more: &[&str]| {
        let eval = ["eval", "oci:fixtures/python:3.13", "--key", KEY, "--trusted-root", ROOT];
        fixture.policy(&[eval.as_slice(), &["--policy-bundle", &bundle], more].concat())
    };
    eval(&[]).assert(0, "one");
    fixture.env.write("policies/data.json", r#"{"config": {"strict": true}}"#);
    eval(&[]).assert(1, "it is strict");
    // The configuration of a policy replaces the settings of its bundle.
    let config = |text: &str| fixture.env.write("config.json", format!(r#"{{"policies": [{text}]}}"#));
    let file = config(r#"{"name": "one", "config": {"other": 1}}"#);
    eval(&["--policy-config", &file]).assert(0, "one");
    config(r#"{"name": "two", "config": {"other": 1}}"#);
    eval(&["--policy-config", &file]).assert(1, "it is strict");
    config(r#"{"name": "one", "enabled": false}"#);
    eval(&["--policy-config", &file]).assert(0, "two");
}

#[test]
fn a_configuration_names_bundles_by_digest() {
    let fixture = Fixture::new();
    let digest = fixture.pushed();
    let bundle = format!("{}@{digest}", fixture.reference());
    let config = fixture.env.write("settings/config.json", format!(r#"{{"bundles": ["{bundle}"]}}"#));
    fixture.policy(&["list", "--policy-config", &config, "--locked"]).assert(0, "one");
    // The lock file beside it counts.
    let other = Digest::of(b"other");
    let lock = format!(
        r#"{{"schemaVersion": 1, "bundles": [{{"bundle": "{bundle}", "digest": "{other}", "files": {{}}}}]}}"#
    );
    fixture.env.write("settings/dhi-policies.lock", lock);
    fixture.policy(&["list", "--policy-config", &config]).assert(4, "error[policy/bundle-changed]");
}

#[test]
fn a_new_directory_becomes_a_layout() {
    let fixture = Fixture::new();
    let digest = fixture.pushed();
    let directory = fixture.env.file("new/layout");
    let push =
        |reference: &str| fixture.env.dhi(&["policy", "push", &fixture.env.file("policies"), reference]);
    let first = push(&format!("oci:{directory}:1"));
    first.assert(0, "is a new layout");
    assert!(first.stdout.contains(&digest), "{}", first.stdout);
    let again = push(&format!("oci:{directory}:2"));
    again.assert(0, &digest);
    assert!(!again.stderr.contains("new layout"), "{}", again.stderr);
    let pulled = fixture.env.dhi(&["policy", "pull", &format!("oci:{directory}:1")]);
    pulled.assert(0, "2 policies");
    // What has other content stays as it is.
    let refused = push(&format!("oci:{}:1", fixture.env.file("policies")));
    refused.assert(2, "error[registry/layout]");
    // Nothing is made for policies that cannot be used.
    fixture.env.write("wrong/a.rego", "package other\n");
    let wrong = fixture.env.file("unmade");
    let run = fixture.env.dhi(&["policy", "push", &fixture.env.file("wrong"), &format!("oci:{wrong}:1")]);
    assert_eq!((run.code, std::path::Path::new(&wrong).exists()), (2, false), "{}", run.stderr);
}
