//! The list of repositories.

use super::{Fixture, MANIFEST, TRUSTED, assert_suppressed};
use crate::support::env::TestEnv;

#[test]
fn repositories_are_added_listed_and_removed() {
    let fixture = Fixture::unlisted();
    let env = &fixture.env;
    let url = fixture.url();
    env.dhi(&["vex", "repo", "list"]).assert(0, "no VEX repositories");
    env.dhi(&["vex", "repo", "add", "acme/team", &url]).assert(0, "added  acme/team");
    env.dhi(&["vex", "repo", "add", "test", &url]).assert(0, "added  test");
    assert_eq!(fixture.requests(), [""; 0]);
    env.dhi(&["vex", "repo", "add", "test", "https://other.example"]).assert(2, "vex repo remove test");
    let list = env.dhi(&["vex", "repo", "list", "--format", "json"]).json();
    assert_eq!(list["repositories"][1]["name"], "test");
    assert_eq!(list["repositories"][1]["updated"], serde_json::Value::Null);
    assert_eq!(list["repositories"][1]["login"], serde_json::Value::Null);
    assert_suppressed(&fixture.apply(&TRUSTED), 0, 1);
    let table = env.dhi(&["vex", "repo", "list"]);
    assert!(table.stdout.contains("acme/team") && table.stdout.contains("never"), "{}", table.stdout);
    let fetched = table.stdout.split_whitespace().last().unwrap();
    assert_eq!(fetched.len(), "2026-01-01T00:00:00Z".len(), "{fetched}");
    assert!(fixture.pack().exists());
    env.dhi(&["vex", "repo", "remove", "test"]).assert(0, "removed  test");
    let left = std::fs::read_dir(fixture.copy()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(left.collect::<Vec<_>>(), ["lock"]);
    env.dhi(&["vex", "repo", "remove", "test"]).assert(2, "there is no VEX repository `test`");
    fixture.apply(&TRUSTED).assert(2, "acme/team");
}

#[test]
fn wrong_names_addresses_and_secrets_are_refused() {
    let env = TestEnv::new();
    for (name, url) in [
        ("../a", "https://example.com"),
        ("all", "https://example.com"),
        ("a", "http://example.com"),
        ("a", "https://me:hunter2@example.com"),
        ("a", "https://example.com/?token=hunter2"),
        ("a", "ssh://git@example.com/a"),
    ] {
        let run = env.dhi(&["vex", "repo", "add", name, url]);
        assert_eq!(run.code, 2, "{name} {url}");
        assert!(!run.stderr.contains("hunter2"), "{}", run.stderr);
    }
    let secret = ["vex", "repo", "add", "a", "https://example.com", "--token-env", "ghp-hunter2"];
    assert_eq!(env.dhi(&secret).code, 2);
    assert!(!env.trust_store().join("vex-repositories.json").exists());
    let update = env.dhi(&["vex", "repo", "update"]);
    update.assert(2, "there are no VEX repositories");
    assert!(update.stderr.contains("vex repo add"), "{}", update.stderr);
    env.dhi(&["vex", "repo", "add", "a", env.path("").to_str().unwrap()]).assert(2, "no git repository");
}

#[test]
fn the_list_of_trivy_is_taken_over() {
    let fixture = Fixture::unlisted();
    let text = format!(
        "repositories:\n- name: test\n  url: {}\n  enabled: true\n  token: hunter2\n- name: off\n  url: https://off.example\n",
        fixture.url()
    );
    let file = fixture.env.write("repository.yaml", text);
    let added = fixture.env.dhi(&["vex", "repo", "add", "--from-trivy", &file]);
    added.assert(0, "added  test");
    assert!(
        added.stderr.contains("off is not enabled") || added.stderr.contains("`off` is not enabled"),
        "{}",
        added.stderr
    );
    assert!(!format!("{}{}", added.stdout, added.stderr).contains("hunter2"));
    assert_suppressed(&fixture.apply(&TRUSTED), 0, 1);
    assert_eq!(fixture.requests()[0], format!("200 {MANIFEST}"));
}

#[test]
fn a_repository_of_another_version_is_refused() {
    let fixture = Fixture::new();
    let manifest = r#"{"versions": [{"spec_version": "0.2", "locations": []}]}"#;
    fixture.change(|site| site.instead = Some(crate::support::http::Reply::json(200, manifest)));
    fixture.env.dhi(&["vex", "repo", "update"]).assert(6, "it has: 0.2");
}

#[test]
fn lint_reads_the_copy() {
    let fixture = Fixture::new();
    let lint = |more: &[&str]| {
        fixture.env.dhi(&[&["vex", "lint", "--vex-repo", "test", "--format", "json"], more].concat())
    };
    assert_eq!(lint(&[]).code, 6);
    assert_eq!(fixture.requests(), [""; 0]);
    fixture.env.dhi(&["vex", "repo", "update"]).assert(0, "updated");
    fixture.requests();
    let linted = lint(&[]);
    assert!(linted.stdout.contains("test: table.json"), "{}{}", linted.stdout, linted.stderr);
    let report = fixture.env.write("report.json", super::report().to_string());
    lint(&["--report", &report]).assert(0, "test: table.json");
    assert_eq!(fixture.requests(), [""; 0]);
}
