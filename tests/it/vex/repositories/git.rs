//! Repositories that git fetches, from a local repository.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::{TRUSTED, assert_suppressed, document, index, report};
use crate::support::env::{Run, TestEnv};

/// A git repository, and a user's environment.
struct GitFixture {
    env: TestEnv,
}

impl GitFixture {
    fn new() -> Self {
        let fixture = Self { env: TestEnv::new() };
        fixture.write("vex-repository.json", &manifest("0s"));
        fixture.write("index.json", &index());
        fixture.write("table.json", &document("not_affected", "2026-01-01"));
        fixture.git(&["init", "--quiet", "--initial-branch=main"]);
        fixture.commit();
        fixture
    }

    fn directory(&self) -> String {
        self.env.file("origin")
    }

    fn write(&self, name: &str, content: &str) {
        self.env.write(&format!("origin/{name}"), content);
    }

    fn git(&self, arguments: &[&str]) {
        let mut command = Command::new("git");
        command.current_dir(self.directory()).env_clear().env("HOME", self.env.home());
        command.env("PATH", std::env::var_os("PATH").unwrap());
        let user = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgSign=false"];
        let ended = command.args(user).args(arguments).output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message=change"]);
    }

    fn apply(&self) -> Run {
        let report = self.env.write("report.json", report().to_string());
        self.env.dhi(&[&["vex", "apply", &report, "--format", "json"], TRUSTED.as_slice()].concat())
    }
}

fn manifest(interval: &str) -> String {
    let version = json!({ "spec_version": "0.1", "locations": [], "update_interval": interval });
    json!({ "name": "test", "versions": [version] }).to_string()
}

#[test]
fn a_git_repository_is_fetched_and_updated() {
    let fixture = GitFixture::new();
    fixture.env.dhi(&["vex", "repo", "add", "test", &fixture.directory()]).assert(0, "file://");
    assert_suppressed(&fixture.apply(), 0, 1);
    fixture.env.dhi(&["vex", "repo", "update"]).assert(0, "unchanged  test");
    fixture.write("table.json", &document("affected", "2026-02-01"));
    fixture.commit();
    fixture.env.dhi(&["vex", "repo", "update"]).assert(0, "updated  test");
    assert_suppressed(&fixture.apply(), 0, 0);
    // Nothing of git is left.
    let copy = std::fs::read_dir(fixture.env.path("cache/dhi/vex")).unwrap().next().unwrap().unwrap().path();
    let mut names: Vec<_> =
        std::fs::read_dir(copy).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.retain(|name| Path::new(name).extension().is_none_or(|end| end != "pack"));
    names.sort();
    assert_eq!(names, ["lock", "record.json"]);
}

#[test]
fn hooks_filters_and_settings_of_the_user_have_no_effect() {
    let fixture = GitFixture::new();
    let marker = fixture.env.file("ran");
    let run = format!("touch {marker}");
    fixture.write(".gitattributes", "* filter=evil\n*.json export-subst\n");
    fixture.commit();
    // What a user's configuration could do.
    fixture.env.write(
        ".gitconfig",
        format!("[filter \"evil\"]\n smudge = {run}\n required = true\n[core]\n hooksPath = {}\n[url \"https://other.example/\"]\n insteadOf = file://\n[alias]\n clone = !{run}\n", fixture.env.home().display()),
    );
    for hook in ["post-checkout", "reference-transaction"] {
        let path = fixture.env.write(hook, format!("#!/bin/sh\n{run}\n"));
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    fixture.env.dhi(&["vex", "repo", "add", "test", &fixture.directory()]).assert(0, "added");
    assert_suppressed(&fixture.apply(), 0, 1);
    assert!(!Path::new(&marker).exists());
}

#[test]
fn links_and_missing_files_of_a_git_repository_are_refused() {
    let fixture = GitFixture::new();
    fixture.env.dhi(&["vex", "repo", "add", "test", &fixture.directory()]).assert(0, "added");
    assert_suppressed(&fixture.apply(), 0, 1);
    std::os::unix::fs::symlink("/etc/passwd", fixture.env.path("origin/evil.json")).unwrap();
    fixture.commit();
    fixture.env.dhi(&["vex", "repo", "update"]).assert(6, "is a link");
    // The copy is as it was.
    assert_suppressed(&fixture.apply(), 0, 1);
    std::fs::remove_file(fixture.env.path("origin/evil.json")).unwrap();
    std::fs::remove_file(fixture.env.path("origin/vex-repository.json")).unwrap();
    fixture.commit();
    fixture.env.dhi(&["vex", "repo", "update"]).assert(6, "has no `vex-repository.json`");
    std::fs::remove_dir_all(fixture.env.path("origin")).unwrap();
    fixture.env.dhi(&["vex", "repo", "update"]).assert(6, "git: ");
    assert_suppressed(&fixture.apply(), 0, 1);
}
