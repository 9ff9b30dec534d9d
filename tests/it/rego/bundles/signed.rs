//! Signed bundles: signed before they have a tag, and read only if a given key signed them.

use super::{Fixture, policy};

impl Fixture {
    /// Pushes the bundle, signed with a new key of this name.
    fn pushed_signed(&self, name: &str) {
        self.env.generate_key(name);
        let key = self.env.file(&format!("{name}.key"));
        self.push(&["--sign-key", &key]).assert(0, "signed by key");
    }

    fn key(&self, name: &str) -> String {
        self.env.file(&format!("{name}.pub"))
    }
}

#[test]
fn a_signature_is_required_if_a_key_is_given() {
    let fixture = Fixture::new();
    fixture.env.generate_key("other");
    fixture.env.generate_key("team");
    fixture.pushed();
    let (team, other) = (fixture.key("team"), fixture.key("other"));
    let unsigned = fixture.pull(&["--bundle-key", &team, "--output", &fixture.env.file("out")]);
    unsigned.assert(3, "error[policy/bundle-unsigned]");
    assert!(!fixture.env.path("out").exists());
    let key = fixture.env.file("team.key");
    fixture.push(&["--sign-key", &key]).assert(0, "signed by key");
    fixture.pull(&["--bundle-key", &team]).assert(0, "2 policies");
    fixture.list(&["--bundle-key", &other, "--bundle-key", &team]).assert(0, "one");
    // Offline, the signature is in the cache too.
    fixture.list(&["--bundle-key", &team, "--offline"]).assert(0, "one");
    for run in [fixture.pull(&["--bundle-key", &other]), fixture.list(&["--bundle-key", &other])] {
        assert_eq!(run.code, 4, "{}", run.stderr);
        assert!(run.stderr.contains("error[trust/wrong-key]"), "{}", run.stderr);
        assert!(
            run.stderr.contains("give the key that signed the bundle with `--bundle-key`"),
            "{}",
            run.stderr
        );
        assert!(!run.stderr.contains("`--key`"), "{}", run.stderr);
        assert!(!run.stdout.contains("one"));
    }
    // Files have no signatures.
    let directory = fixture.env.file("policies");
    fixture.policy(&["pull", &directory, "--bundle-key", &team]).assert(3, "error[policy/bundle-unsigned]");
}

#[test]
fn the_tag_is_written_after_the_signature() {
    let fixture = Fixture::new();
    fixture.pushed_signed("team");
    let writes: Vec<String> = fixture
        .requests()
        .into_iter()
        .filter(|request| request.contains(" PUT manifests/"))
        .map(|request| request.rsplit(' ').next().unwrap().to_owned())
        .collect();
    let [first, signature, last] = writes.as_slice() else { panic!("{writes:?}") };
    assert!(
        first.starts_with("manifests/sha256:") && signature.starts_with("manifests/sha256:"),
        "{writes:?}"
    );
    assert_eq!(last, "manifests/1");
    fixture.pull(&["--bundle-key", &fixture.key("team")]).assert(0, "2 policies");
}

#[test]
fn a_key_that_cannot_be_used_stores_nothing() {
    let fixture = Fixture::new();
    let key = fixture.env.write("bad.key", "text");
    let run = fixture.push(&["--sign-key", &key]);
    run.assert(2, "sign/key");
    let requests = fixture.requests();
    assert!(
        requests.iter().all(|request| !request.contains("PUT") && !request.contains("POST")),
        "{requests:?}"
    );
}

#[test]
fn a_signature_of_another_bundle_does_not_count() {
    let fixture = Fixture::new();
    fixture.pushed_signed("team");
    fixture.env.write("policies/one.rego", policy("weaker"));
    fixture.push(&[]).assert(0, "weaker");
    let run = fixture.pull(&["--bundle-key", &fixture.key("team")]);
    run.assert(3, "error[policy/bundle-unsigned]");
}
