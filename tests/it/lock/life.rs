//! The life of a lock: made, fitting, updated, without network, explained.

use super::{KEY, LockFixture};
use crate::support::apk_repository::{ApkPackage, RepositoryKey, repository};

fn app(version: &str) -> ApkPackage {
    ApkPackage::new("app", version).depends(&["lib"])
}

fn lib(version: &str) -> ApkPackage {
    ApkPackage::new("lib", version)
}

fn extra() -> ApkPackage {
    ApkPackage::new("extra", "1-r0")
}

fn first() -> (LockFixture, RepositoryKey) {
    LockFixture::alpine(&[app("1-r0"), lib("1-r0"), extra()], &["app"])
}

#[test]
fn a_lock_made_twice_is_byte_equal() {
    let (fixture, _key) = first();
    let one = fixture.locked(&[]);
    assert_eq!(fixture.packages(), ["app 1-r0", "lib 1-r0"]);
    fixture.remove_lock();
    assert_eq!(fixture.locked(&[]), one);
    // Also without what the first run stored, and into another file.
    let other = fixture.env.file("other.lock");
    fixture.lock(&["--no-cache", "-o", &other]).assert(0, "2 packages for linux/amd64");
    assert_eq!(std::fs::read(other).unwrap(), one);
    // And made anew where there is one.
    assert_eq!(fixture.locked(&["--update"]), one);
}

#[test]
fn a_lock_that_fits_makes_no_request() {
    let (fixture, key) = first();
    let one = fixture.locked(&[]);
    fixture.serve(&[app("2-r0"), lib("2-r0")], &key);
    fixture.host.take_log();
    fixture.lock(&[]).assert(0, "fits its definition");
    fixture.lock(&["--check"]).assert(0, "fits its definition");
    fixture.lock(&["--offline"]).assert(0, "fits its definition");
    // What does not decide the lock may change.
    let text = std::fs::read_to_string(fixture.env.path("image.yaml")).unwrap();
    fixture.env.write("image.yaml", text.replace("name: App", "name: Other"));
    fixture.lock(&[]).assert(0, "fits its definition");
    assert_eq!(fixture.host.take_log(), [""; 0]);
    assert_eq!(fixture.bytes(), one);
}

#[test]
fn requests_are_as_many_as_lists_and_keys() {
    let (fixture, key) = first();
    let key_file = format!("GET /keys/{KEY}");
    let one = ["GET /alpine/x86_64/APKINDEX.tar.gz".to_owned(), key_file.clone()];
    // Cold and warm: an index of Alpine has no list that tells whether it changed.
    for _ in 0..2 {
        fixture.locked(&[]);
        assert_eq!(fixture.host.take_log(), one);
        fixture.remove_lock();
    }
    let mut other = app("1-r0");
    other.architecture = "aarch64".to_owned();
    let mut files = repository("x86_64", &[app("1-r0"), lib("1-r0")], &key);
    let needed = ApkPackage { architecture: "aarch64".to_owned(), ..lib("1-r0") };
    files.extend(repository("aarch64", &[other, needed], &key));
    fixture.host.put_all("/alpine", files);
    fixture.define_for(&["linux/arm64", "linux/amd64"], &fixture.host.url("/alpine"), &["app"]);
    let two = ["GET /alpine/aarch64/APKINDEX.tar.gz".to_owned(), one[0].clone(), key_file];
    for _ in 0..2 {
        fixture.lock(&[]).assert(0, "2 packages for linux/amd64, 2 packages for linux/arm64");
        assert_eq!(fixture.host.take_log(), two);
        fixture.remove_lock();
    }
}

#[test]
fn check_tells_whether_a_lock_fits() {
    let (fixture, key) = first();
    let missing = fixture.lock(&["--check"]);
    missing.assert(3, "error[lock/missing]");
    missing.assert(3, "dhi definition lock");
    let one = fixture.locked(&[]);
    fixture.lock(&["--check"]).assert(0, "");
    fixture.lock(&["--check", "--update"]).assert(0, "is the newest");
    // There are newer versions, which only `--update` asks for.
    fixture.serve(&[app("2-r0"), lib("1-r0"), extra()], &key);
    fixture.lock(&["--check"]).assert(0, "");
    let newer = fixture.lock(&["--check", "--update"]);
    newer.assert(1, "error[lock/changed]");
    newer.assert(1, "package app");
    fixture.define(&["app", "extra"]);
    fixture.host.take_log();
    fixture.lock(&["--check"]).assert(1, "error[lock/changed]");
    assert_eq!(fixture.host.take_log(), [""; 0]);
    assert_eq!(fixture.bytes(), one);
    // A damaged lock is neither.
    fixture.env.write("image.yaml.lock", "{}");
    fixture.lock(&["--check"]).assert(2, "error[lock/file]");
}

#[test]
fn a_lock_that_was_edited_does_not_fit_or_is_shown() {
    let (fixture, _key) = first();
    fixture.locked(&[]);
    let good: serde_json::Value = serde_json::from_slice(&fixture.bytes()).unwrap();
    let mut empty = good.clone();
    empty["platforms"][0]["packages"] = serde_json::json!([]);
    fixture.env.write("image.yaml.lock", empty.to_string());
    fixture.lock(&["--check"]).assert(1, "error[lock/changed]");
    // The hash of a package is compared with the repository only when that is asked.
    let mut other = good;
    let checksum = &mut other["platforms"][0]["packages"][0]["identity"]["apk"]["checksum"];
    assert!(checksum.is_string(), "{checksum}");
    *checksum = "Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=".into();
    fixture.env.write("image.yaml.lock", other.to_string());
    fixture.lock(&["--check", "--update"]).assert(1, "Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
}

#[test]
fn update_moves_packages() {
    let (fixture, key) = first();
    fixture.locked(&[]);
    fixture.serve(&[app("2-r0"), lib("2-r0")], &key);
    let moved = fixture.lock(&["--update"]);
    moved.assert(0, "package app");
    moved.assert(0, "package lib");
    assert_eq!(fixture.packages(), ["app 2-r0", "lib 2-r0"]);
    fixture.lock(&["--update=curl"]).assert(3, "has no package `curl`");
}

#[test]
fn why_is_the_chain_from_the_definition() {
    let (fixture, _key) = first();
    fixture.lock(&["--why", "lib"]).assert(3, "error[lock/missing]");
    fixture.locked(&[]);
    fixture.host.take_log();
    let why = fixture.lock(&["--why", "lib"]);
    why.assert(0, "app 1-r0: the definition lists `app`");
    why.assert(0, "lib 1-r0: `app` has `depend: lib`");
    fixture.lock(&["--why", "extra"]).assert(3, "has no package `extra`");
    assert_eq!(fixture.host.take_log(), [""; 0]);
}

#[test]
fn without_network_the_last_index_is_used() {
    let (fixture, key) = first();
    let before = fixture.lock(&["--offline"]);
    before.assert(6, "error[packages/repository]");
    before.assert(6, "without `--offline`");
    let one = fixture.locked(&[]);
    fixture.serve(&[app("2-r0"), lib("2-r0")], &key);
    fixture.remove_lock();
    fixture.host.take_log();
    assert_eq!(fixture.locked(&["--offline"]), one);
    assert_eq!(fixture.host.take_log(), [""; 0]);
}

#[test]
fn substitutions_are_recorded_and_needed_again() {
    let (fixture, _key) = LockFixture::alpine(&[app("1-r0"), lib("1-r0")], &["app-gated", "app-config"]);
    fixture.refuses(2, "packages/unsolved", "no package `app-gated`");
    let file = fixture.env.write("rules.yaml", "packages:\n  app-gated: app\n  \"*-config\": null\n");
    let one = fixture.locked(&["--substitute", &file]);
    assert_eq!(fixture.packages(), ["app 1-r0", "lib 1-r0"]);
    let lock: serde_json::Value = serde_json::from_slice(&one).unwrap();
    assert_eq!(lock["substitutions"].as_array().unwrap().len(), 2, "{}", lock["substitutions"]);
    assert!(lock["substitutions"].to_string().contains("app-gated"));
    fixture.lock(&["--check", "--substitute", &file]).assert(0, "fits");
    fixture.lock(&["--check"]).assert(1, "error[lock/changed]");
    // Without the file, the names are unknown again, and the lock stays.
    fixture.lock(&[]).assert(2, "error[packages/unsolved]");
    assert_eq!(fixture.bytes(), one);
    // Rules that replace nothing here change nothing.
    let more =
        fixture.env.write("more.yaml", "packages:\n  app-gated: app\n  \"*-config\": null\n  curl: wget\n");
    fixture.lock(&["--check", "--substitute", &more]).assert(0, "fits");
    let wrong = fixture.env.write("wrong.yaml", "package: {}\n");
    fixture.lock(&["--substitute", &wrong]).assert(2, "error[packages/substitution]");
}

#[test]
fn what_no_repository_has_is_named() {
    let (fixture, _key) = first();
    fixture.define(&["ap"]);
    fixture.refuses(2, "packages/unsolved", "no package `ap`");
    fixture.define(&["extra=2-r0"]);
    fixture.refuses(2, "packages/unsolved", "extra 1-r0");
    fixture.define(&["app", "!lib"]);
    fixture.refuses(2, "packages/unsolved", "lib");
}
