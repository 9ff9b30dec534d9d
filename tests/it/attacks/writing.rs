//! Output that cannot be written: an output error, never a usage error and never another verdict.

use std::io::Write as _;
use std::path::Path;

use super::secrets::LoginFixture;
use super::tampered_image::{GOOD, TamperedImage};
use crate::support::env::{KEY, ROOT, Run, TestEnv, run};

fn key(env: &TestEnv) -> String {
    env.generate_key("team");
    env.file("team.key")
}

fn copy(from: &Path, to: &Path) {
    assert!(std::process::Command::new("cp").arg("-r").arg(from).arg(to).status().unwrap().success());
}

/// In a shell that has these limits.
fn limited(env: &TestEnv, limit: &str, arguments: &[&str]) -> Run {
    let script = format!("trap '' XFSZ; {limit}; exec \"$@\"");
    let mut command = env.program("sh");
    command.env("COSIGN_PASSWORD", "").args(["-c", &script, "sh", crate::support::env::DHI]).args(arguments);
    run(&mut command)
}

#[test]
fn a_file_size_limit_leaves_the_layout_unchanged() {
    let env = TestEnv::new();
    let key = key(&env);
    let layout = TamperedImage::of(GOOD).write();
    let before = std::fs::read(layout.path().join("index.json")).unwrap();
    let reference = format!("oci:{}:1", layout.path().display());
    let sign = ["sign", "--key", &key, "--sign-container-identity", "example.org/x", &reference];
    let run = limited(&env, "ulimit -f 0", &sign);
    run.assert(6, "error[output/write]");
    assert!(!run.stderr.contains("not a readable"), "{}", run.stderr);
    assert_eq!(std::fs::read(layout.path().join("index.json")).unwrap(), before);
    limited(&env, "true", &sign).assert(0, "stored");
    // A result that cannot be written is reported beside the verdict.
    let file = env.path("result.json");
    let output = ["--output", file.to_str().unwrap(), "oci:fixtures/python:3.13"];
    let verify = [&["verify", "--key", KEY, "--trusted-root", ROOT], &output[..]].concat();
    limited(&env, "ulimit -f 0", &verify).assert(6, "error[output/write]");
    assert!(!file.exists());
}

#[test]
fn an_unwritable_cache_is_a_note_and_changes_no_verdict() {
    let setup = LoginFixture::new();
    let (host, image) = (setup.registry.host(), setup.image());
    let verify = ["verify", "--key", KEY, "--trusted-root", ROOT, "--plain-http", &host, &image];
    let run = limited(&setup.env, "ulimit -f 0", &verify);
    run.assert(0, "not everything is cached");
    assert_eq!(run.stderr.matches("cached").count(), 1, "{}", run.stderr);
    let wrong = ["verify", "--key", super::OTHER, "--plain-http", &host, &image];
    limited(&setup.env, "ulimit -f 0", &wrong).assert(4, "trust/wrong-key");
}

#[test]
fn a_full_standard_output_is_an_output_error() {
    let env = TestEnv::new();
    for arguments in
        [&["verify", "--key", KEY, "--trusted-root", ROOT, "oci:fixtures/python:3.13"][..], &["keys", "list"]]
    {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = env.command(arguments).stdout(full).output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(6), "{error}");
        assert!(error.contains("error[output/write]") && error.contains("hint: free space"), "{error}");
    }
}

/// A file system of its own, unmounted at the end.
struct Disk<'a>(&'a Path);

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(self.0).status();
    }
}

fn mount<'a>(options: &str, place: &'a Path) -> Option<Disk<'a>> {
    std::fs::create_dir_all(place).unwrap();
    let mut command = std::process::Command::new("mount");
    let done = command.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(place).output();
    if done.is_ok_and(|done| done.status.success()) {
        return Some(Disk(place));
    }
    // Not by `eprintln!`, which the test runner keeps to itself when the test passes.
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    let _ = writeln!(std::io::stderr(), "skipped: no file system can be mounted here, so not run: {test}");
    None
}

#[test]
fn a_full_and_a_read_only_disk_are_output_errors() {
    let env = TestEnv::new();
    let key = key(&env);
    let place = env.path("disk");
    let Some(_disk) = mount("size=400k", &place) else { return };
    let (layout, source) = (place.join("layout"), TamperedImage::of(GOOD).write());
    copy(source.path(), &layout);
    // Everything but a little is taken.
    let _ = std::fs::write(place.join("ballast"), vec![0; 400 << 10]);
    let reference = format!("oci:{}:1", layout.display());
    let index = || std::fs::read(layout.join("index.json")).unwrap();
    let before = index();
    let sign = || {
        let words = ["sign", "--key", &key, "--sign-container-identity", "example.org/x", &reference];
        env.dhi(&words)
    };
    let full = sign();
    full.assert(6, "error[output/write]");
    full.assert(6, "no space left on device");
    full.assert(6, "hint: free space on that file system");
    assert_eq!(index(), before);
    // A cache there is of no use, and does no harm.
    let setup = LoginFixture::new();
    let cache = place.join("cache");
    let verify = setup.command(&["verify"], &["--cache-dir", cache.to_str().unwrap()]);
    verify.assert(0, "cached");
    std::fs::remove_file(place.join("ballast")).unwrap();
    let remount = |options: &str| {
        let mut command = std::process::Command::new("mount");
        assert!(command.args(["-o", options]).arg(&place).status().unwrap().success());
    };
    remount("remount,ro");
    let read_only = sign();
    read_only.assert(6, "error[output/write]");
    read_only.assert(6, "read-only file system");
    assert_eq!(index(), before);
    setup.command(&["verify"], &["--cache-dir", cache.to_str().unwrap()]).assert(0, "nothing is cached");
    let result = place.join("result");
    env.verify(&["-o", result.to_str().unwrap(), "oci:fixtures/python:3.13"])
        .assert(6, "error[output/write]");
    remount("remount,rw");
    sign().assert(0, "stored");
}
