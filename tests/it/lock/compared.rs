//! `dhi definition diff` with two locks.

use serde_json::{Value, json};

use super::LockFixture;
use crate::snapshots::snapshot;
use crate::support::apk_repository::ApkPackage;
use crate::support::env::{Run, read, run};

fn diff(fixture: &LockFixture, arguments: &[&str]) -> Run {
    let mut command = fixture.env.command(&[&["definition", "diff"], arguments].concat());
    run(command.current_dir(fixture.env.home()))
}

/// A lock, and another with a new version, an added package, and other bytes under one version.
fn two_locks() -> LockFixture {
    let package = |name: &str, version: &str| ApkPackage::new(name, version);
    let (fixture, key) =
        LockFixture::alpine(&[package("app", "1-r0"), package("lib", "1-r0")], &["app", "lib"]);
    fixture.env.write("old.lock", fixture.locked(&[]));
    fixture.serve(&[package("app", "2-r0"), package("lib", "1-r0"), package("new", "1-r0")], &key);
    fixture.define(&["app", "lib", "new"]);
    let mut new: Value = serde_json::from_slice(&fixture.locked(&["--update"])).unwrap();
    for lock in ["old.lock", "new.lock"] {
        let mut lock_file: Value = match lock {
            "old.lock" => serde_json::from_str(&read(fixture.env.path(lock))).unwrap(),
            _ => new.take(),
        };
        // Digests and ports differ between runs of the test.
        lock_file["definition"] = json!(format!("sha256:{}", "d".repeat(64)));
        lock_file["keys"] = json!([]);
        let platform = &mut lock_file["platforms"][0];
        platform["repositories"][0]["line"] = json!("https://alpine.example");
        platform["repositories"][0]["index"]["digest"] = json!(format!("sha256:{}", "1".repeat(64)));
        let lib = platform["packages"].as_array_mut().unwrap().iter_mut().find(|one| one["name"] == "lib");
        let letter = if lock == "old.lock" { "A" } else { "B" };
        lib.unwrap()["identity"]["apk"]["checksum"] = json!(format!("Q1{}A=", letter.repeat(26)));
        fixture.env.write(lock, lock_file.to_string());
    }
    fixture
}

#[test]
fn two_locks_are_compared() {
    let fixture = two_locks();
    snapshot!("lock-diff-text", diff(&fixture, &["old.lock", "new.lock"]));
    snapshot!("lock-diff-markdown", diff(&fixture, &["old.lock", "new.lock", "--format", "markdown"]));
    let run = diff(&fixture, &["old.lock", "new.lock", "--format", "json", "--exit-code"]);
    run.assert(1, "");
    let document = run.json();
    let schema: Value = serde_json::from_str(&read("docs/schemas/lock-diff-1.json")).unwrap();
    assert!(jsonschema::is_valid(&schema, &document), "{document}");
    assert_eq!(document["counts"], json!({"changes": 3, "suspicious": 1}), "{document}");
    assert_eq!(
        (&document["changes"][0]["name"], &document["changes"][0]["suspicious"]),
        (&json!("lib"), &json!(true))
    );
}

#[test]
fn a_lock_equals_itself() {
    let fixture = two_locks();
    diff(&fixture, &["old.lock", "old.lock", "--exit-code"]).assert(0, "equal  both locks are the same");
}

#[test]
fn a_lock_is_compared_with_a_lock_only() {
    let fixture = two_locks();
    diff(&fixture, &["old.lock", "image.yaml"]).assert(2, "`image.yaml` is no lock file");
    diff(&fixture, &["-", "old.lock"]).assert(2, "`-` is no lock file");
    diff(&fixture, &["old.lock", "none.lock"]).assert(3, "error[lock/missing]");
    fixture.env.write("bad.lock", "{}");
    diff(&fixture, &["old.lock", "bad.lock"]).assert(2, "error[lock/file]");
}
