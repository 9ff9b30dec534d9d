//! Packages that keep their versions although repositories have newer ones.

use super::LockFixture;
use crate::support::apk_repository::ApkPackage;

fn packages(versions: &[&str]) -> Vec<ApkPackage> {
    let extra = ApkPackage::new("extra", "1-r0");
    let of =
        |version: &&str| [ApkPackage::new("app", version).depends(&["lib"]), ApkPackage::new("lib", version)];
    versions.iter().flat_map(of).chain([extra]).collect()
}

#[test]
fn a_changed_definition_keeps_versions() {
    let (fixture, key) = LockFixture::alpine(&packages(&["1-r0"]), &["app"]);
    fixture.locked(&[]);
    fixture.serve(&packages(&["1-r0", "2-r0"]), &key);
    fixture.define(&["app", "extra"]);
    fixture.locked(&[]);
    assert_eq!(fixture.packages(), ["app 1-r0", "extra 1-r0", "lib 1-r0"]);
    fixture.locked(&["--update=lib"]);
    assert_eq!(fixture.packages(), ["app 1-r0", "extra 1-r0", "lib 2-r0"]);
    fixture.locked(&["--update"]);
    assert_eq!(fixture.packages(), ["app 2-r0", "extra 1-r0", "lib 2-r0"]);
}

#[test]
fn a_version_that_is_gone_is_not_kept() {
    let (fixture, key) = LockFixture::alpine(&packages(&["1-r0"]), &["app"]);
    fixture.locked(&[]);
    fixture.serve(&packages(&["2-r0"]), &key);
    fixture.define(&["app", "extra"]);
    fixture.lock(&[]).assert(0, "package app");
    assert_eq!(fixture.packages(), ["app 2-r0", "extra 1-r0", "lib 2-r0"]);
}
