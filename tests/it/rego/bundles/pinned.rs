//! Pinned bundles: by digest, and by the lock file.

use dhi::oci::Digest;

use super::{Fixture, REPO, policy};
use crate::support::env::run;

impl Fixture {
    fn lock(&self) -> String {
        self.env.file("policies.lock")
    }

    /// Pulls the bundle and pins it.
    fn pinned(&self) {
        self.pull(&["--lock", "--policy-lock", &self.lock()]).assert(0, "pinned");
        self.server.clear_log();
    }
}

#[test]
fn a_bundle_that_changed_is_refused() {
    let fixture = Fixture::new();
    let before = fixture.pushed();
    fixture.pinned();
    let lock = fixture.lock();
    let pin = ["--policy-lock", &lock];
    fixture.list(&pin).assert(0, "one");
    assert_eq!(fixture.requests(), ["200 HEAD manifests/1"]);
    fixture.env.write("policies/one.rego", policy("weaker"));
    let after = fixture.push(&[]);
    assert_eq!(after.code, 0, "{}", after.stderr);
    fixture.server.clear_log();
    for run in [fixture.list(&pin), fixture.pull(&pin)] {
        assert_eq!(run.code, 4, "{}", run.stderr);
        assert!(run.stderr.contains("error[policy/bundle-changed]"), "{}", run.stderr);
        assert!(run.stderr.contains(&before) && run.stderr.contains("--lock`"), "{}", run.stderr);
        assert!(!run.stdout.contains("weaker"));
    }
    // The files of a bundle that is not what was pinned are not fetched.
    let requests = fixture.requests();
    assert!(requests.iter().all(|request| request.contains("manifests/")), "{requests:?}");
    // The digest wins over the tag: what was pinned stays available.
    let pinned = format!("{}@{before}", fixture.reference());
    fixture.policy(&["list", "--policy-bundle", &pinned, "--locked"]).assert(0, "one");
    fixture.pull(&["--lock", "--policy-lock", &lock]).assert(0, &format!("pinned again, before {before}"));
    fixture.list(&pin).assert(0, "weaker");
}

#[test]
fn bytes_that_do_not_have_their_digest_are_refused() {
    let fixture = Fixture::new();
    let digest = fixture.pushed();
    let file = Digest::of(policy("one").as_bytes());
    fixture.server.put_blob_as(REPO, &file.to_string(), policy("on3").as_bytes());
    let reference = fixture.by_digest(&digest);
    let run = fixture.policy(&["pull", &reference]);
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert!(!run.stderr.contains("on3"));
}

#[test]
fn every_bundle_must_be_pinned_if_that_is_required() {
    let fixture = Fixture::new();
    let digest = fixture.pushed();
    fixture.list(&[]).assert(0, "is not pinned, so its policies can change");
    fixture.server.clear_log();
    let refused = fixture.list(&["--locked"]);
    refused.assert(2, "error[policy/bundle-not-pinned]");
    refused.assert(2, "dhi policy pull");
    assert_eq!(fixture.requests(), [""; 0]);
    fixture.pinned();
    let pinned = fixture.list(&["--locked", "--policy-lock", &fixture.lock()]);
    pinned.assert(0, "one");
    assert!(!pinned.stderr.contains("is not pinned"), "{}", pinned.stderr);
    fixture.policy(&["list", "--policy-bundle", &fixture.by_digest(&digest), "--locked"]).assert(0, "one");
    fixture.list(&["--policy-lock", &fixture.env.file("none")]).assert(2, "error[policy/bundle-lock]");
    fixture.policy(&["list", "--policy-lock", &fixture.lock()]).assert(2, "`--policy-lock` has no effect");
    fixture.policy(&["list", "--bundle-key", "dhi-2"]).assert(2, "`--bundle-key` has no effect");
}

#[test]
fn directories_and_archives_are_pinned_too() {
    let fixture = Fixture::new();
    let (directory, archive, lock) =
        (fixture.env.file("policies"), fixture.env.file("policies.tar.gz"), fixture.lock());
    fixture.policy(&["pull", &directory, "--output", &archive]).assert(0, "2 policies");
    for bundle in [&directory, &archive] {
        fixture.policy(&["pull", bundle, "--lock", "--policy-lock", &lock]).assert(0, "pinned");
        let list = ["list", "--policy-bundle", bundle, "--locked", "--policy-lock", &lock];
        fixture.policy(&list).assert(0, "one");
    }
    let list = |bundle: &str| {
        fixture.policy(&["list", "--policy-bundle", bundle, "--locked", "--policy-lock", &lock])
    };
    fixture.env.write("policies/three.rego", policy("three"));
    list(&directory).assert(4, "`three.rego` was added");
    fixture.policy(&["pull", &directory, "--output", &archive, "--force"]).assert(0, "3 policies");
    list(&archive).assert(4, "its digest is another");
}

#[test]
fn the_lock_file_of_the_directory_is_used() {
    let fixture = Fixture::new();
    fixture.pushed();
    let here = |arguments: &[&str]| {
        let plain = ["--plain-http", &fixture.server.host()];
        run(fixture.env.command(&[&["policy"], arguments, &plain].concat()).current_dir(fixture.env.home()))
    };
    let reference = fixture.reference();
    here(&["pull", &reference, "--lock"]).assert(0, "`dhi-policies.lock`: pinned");
    here(&["pull", &reference, "--lock"]).assert(0, "`dhi-policies.lock`: already pinned");
    let list = ["list", "--policy-bundle", &reference, "--locked"];
    here(&list).assert(0, "one");
    fixture.env.write("policies/one.rego", policy("weaker"));
    fixture.push(&[]).assert(0, "weaker");
    here(&list).assert(4, "policy/bundle-changed");
    here(&["pull", &reference]).assert(4, "policy/bundle-changed");
    // Without network the pinned digest is used, whatever the tag named last.
    here(&[list.as_slice(), &["--offline"]].concat()).assert(0, "one");
    fixture.env.write("dhi-policies.lock", "{}");
    here(&list).assert(2, "error[policy/bundle-lock]");
}

#[test]
fn processes_pin_different_bundles_at_once() {
    let fixture = Fixture::new();
    let lock = fixture.lock();
    let names: Vec<String> = (0..4).map(|at| fixture.env.file(&format!("bundle{at}"))).collect();
    for (at, _) in names.iter().enumerate() {
        fixture.env.write(&format!("bundle{at}/a.rego"), policy(&format!("policy-{at}")));
    }
    let children: Vec<_> = names
        .iter()
        .map(|name| {
            let arguments = ["policy", "pull", name, "--lock", "--policy-lock", &lock];
            fixture.env.command(&arguments).stderr(std::process::Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let text = std::fs::read_to_string(&lock).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let pinned: Vec<&str> = document["bundles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["bundle"].as_str().unwrap())
        .collect();
    assert_eq!(pinned, names);
}
