//! Builds and their locks: `--locked`, `--update`, `--offline`.

use super::{BuildFixture, packages};
use crate::support::apk_repository::repository;

/// The requests for the package files of the first version.
const FILES: [&str; 2] = ["GET /alpine/x86_64/app-1-r0.apk", "GET /alpine/x86_64/lib-1-r0.apk"];

impl BuildFixture {
    /// The index lists the second version only. The files of the first one stay.
    fn move_repository(&self) {
        let mut files = repository("x86_64", &packages("1-r0"), &self.key);
        files.extend(repository("x86_64", &packages("2-r0"), &self.key));
        self.host.put_all("/alpine", files);
        self.host.take_log();
    }
}

#[test]
fn a_build_makes_and_writes_its_lock() {
    let fixture = BuildFixture::new();
    fixture.built("out", &[]);
    let made = fixture.lock();
    // It is what the command for locks makes.
    let other = fixture.env.file("other.lock");
    fixture.env.dhi(&["definition", "lock", &fixture.definition(), "-o", &other]).assert(0, "2 packages");
    assert!(made == std::fs::read(&other).unwrap());
    // In another place, if that is asked.
    let named = fixture.env.file("named.lock");
    fixture.define("packages: [app, unused]");
    fixture.built("second", &["--lock", &named]);
    assert_eq!(fixture.lock(), made);
    assert!(String::from_utf8(std::fs::read(&named).unwrap()).unwrap().contains("unused"));
}

#[test]
fn locked_wants_a_lock_that_fits() {
    let fixture = BuildFixture::new();
    fixture.refuses(&["--locked"], 3, "lock/missing", "dhi definition lock");
    assert!(!fixture.env.path("project/image.yaml.lock").exists());
    fixture.built("out", &[]);
    let lock = fixture.lock();
    fixture.define("packages: [app, unused]");
    fixture.host.take_log();
    fixture.refuses(&["--locked"], 1, "lock/changed", "does not fit");
    assert_eq!(fixture.host.take_log(), [""; 0]);
    assert_eq!(fixture.lock(), lock);
    fixture.env.write("project/image.yaml.lock", "{}");
    fixture.refuses(&["--locked"], 2, "lock/file", "image.yaml.lock");
    fixture.refuses(&["--locked", "--update"], 2, "usage/conflict", "`--locked` and `--update`");
}

#[test]
fn a_lock_outlives_the_index_that_it_was_made_from() {
    let fixture = BuildFixture::new();
    let first = fixture.built("first", &[]);
    let lock = fixture.lock();
    fixture.move_repository();
    let cases: [&[&str]; 2] = [&["--locked", "--no-cache"], &["--no-cache"]];
    for flags in cases {
        assert_eq!(fixture.built("next", flags), first);
        assert_eq!(fixture.host.take_log(), FILES);
    }
    assert_eq!(fixture.lock(), lock);
}

#[test]
fn update_takes_the_newest_packages() {
    let fixture = BuildFixture::new();
    let first = fixture.built("first", &[]);
    fixture.move_repository();
    assert_ne!(fixture.built("second", &["--update"]), first);
    assert_eq!(fixture.layout("first").text("usr/share/lib"), "1-r0");
    assert_eq!(fixture.layout("second").text("usr/share/lib"), "2-r0");
    assert!(String::from_utf8(fixture.lock()).unwrap().contains("lib-2-r0.apk"));
}

#[test]
fn offline_needs_one_build_before() {
    let fixture = BuildFixture::new();
    fixture.refuses(&["--offline"], 6, "packages/repository", "without `--offline`");
    assert!(!fixture.env.path("project/image.yaml.lock").exists());
    assert_eq!(fixture.host.take_log(), [""; 0]);
    let first = fixture.built("first", &[]);
    fixture.move_repository();
    assert_eq!(fixture.built("second", &["--offline"]), first);
    assert_eq!(fixture.built("third", &["--offline", "--locked"]), first);
    // The package files suffice: the lock is made anew from the index that was seen last.
    std::fs::remove_file(fixture.env.path("project/image.yaml.lock")).unwrap();
    assert_eq!(fixture.built("fourth", &["--offline"]), first);
    assert_eq!(fixture.host.take_log(), [""; 0]);
    // A lock alone does not.
    let cold = fixture.env.file("cold");
    fixture.refuses(&["--offline", "--cache-dir", &cold], 6, "packages/repository", "app 1-r0");
}

#[test]
fn a_lock_with_other_packages_is_not_built() {
    let fixture = BuildFixture::locked();
    let good = String::from_utf8(fixture.lock()).unwrap();
    let edited = |from: &str, to: &str, text: &str| {
        assert!(good.contains(from), "{good}");
        fixture.env.write("project/image.yaml.lock", good.replace(from, to));
        fixture.refuses(&["--locked"], 4, "packages/untrusted", text);
    };
    edited(r#""name":"lib","version":"1-r0""#, r#""name":"lib","version":"9-r0""#, "lib 9-r0");
    // The file of another package.
    edited("x86_64/lib-1-r0.apk", "x86_64/unused-1-r0.apk", "lib 1-r0");
    let at = good.find("\"checksum\":\"Q1").unwrap() + "\"checksum\":\"Q1".len();
    let sum = &good[at..at + 26];
    edited(sum, "AAAAAAAAAAAAAAAAAAAAAAAAAA", "1-r0");
    fixture.env.write("project/image.yaml.lock", &good);
    fixture.built("out", &["--locked"]);
}
