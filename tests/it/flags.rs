//! Values of flags that users of other tools write, and flags that have no effect together.

use crate::support::env::TestEnv;
use crate::support::registry::InMemoryRegistry;

#[test]
fn values_that_cannot_be_used_name_the_form_or_the_way() {
    let env = TestEnv::new();
    for (arguments, texts) in [
        (
            &["verify", "--effective-time", "yesterday", "x"] as &[&str],
            &["`2026-01-31T12:00:00Z`", "RFC 3339"] as &[&str],
        ),
        (&["verify", "--enforce-from", "soon", "x"], &["`2026-12-31`"]),
        (
            &["verify", "--key", "awskms:///alias/x", "x"],
            &["key of a key service", "`cosign public-key --key awskms:///alias/x > key.pub`"],
        ),
        (
            &["verify", "--key", "pkcs11:token=x", "x"],
            &["`cosign public-key --key pkcs11:token=x > key.pub`"],
        ),
        (
            &["verify", "--certificate-identity-regexp", "(", "--certificate-oidc-issuer", "https://x", "x"],
            &["`(` is not a usable regular expression: unclosed group"],
        ),
        (&["verify", "--plain-http", "http://127.0.0.1:5000/v2", "x"], &["only the host of a registry"]),
        (&["verify", "--plain-http", "http://", "x"], &["only the host of a registry"]),
    ] {
        let run = env.dhi(arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        for text in texts {
            assert!(run.stderr.contains(text), "{arguments:?}: {}", run.stderr);
        }
        assert!(!run.stderr.contains("\\u{a}"), "{}", run.stderr);
    }
}

#[test]
fn a_plain_http_host_may_be_written_as_a_url() {
    let (env, server) = (TestEnv::new(), InMemoryRegistry::start());
    let url = format!("HTTP://{}/", server.host());
    env.dhi(&["verify", "--plain-http", &url, &format!("{}/x:1", server.host())]).assert(3, "does not exist");
}

#[test]
fn platforms_may_be_separated_by_commas() {
    let env = TestEnv::new();
    let both = env.verify(&["--platform", "linux/amd64,linux/arm64", "oci:fixtures/python:3.13"]);
    both.assert(0, "linux/arm64/v8");
    let list =
        env.verify(&["--platform", "linux/amd64", "--platform", "linux/arm64", "oci:fixtures/python:3.13"]);
    assert_eq!(both.stdout, list.stdout);
    env.verify(&["--platform", "linux/amd64,", "oci:fixtures/python:3.13"]).assert(2, "is not a platform");
}

#[test]
fn flags_without_effect_are_refused() {
    let env = TestEnv::new();
    for flags in [
        &["--base", "dhi.io/python:3.13"] as &[&str],
        &["--alias", "a.example/x=dhi.io/x"],
        &["--base-registry", "a.example"],
        &["--verify-layers"],
        &["--accept-declared-layers"],
    ] {
        for policy in
            [&["--policy", "signed"] as &[&str], &["--policy", "attested"], &["--predicate-type", "spdx"]]
        {
            let run = env.verify(&[flags, policy, &["oci:fixtures/python:3.13"]].concat());
            run.assert(2, "the flags of base images have no effect");
        }
    }
}

#[test]
fn the_cache_of_nothing_is_not_created() {
    let env = TestEnv::new();
    let directory = env.file("nothing");
    for command in [&["cache", "df"] as &[&str], &["cache", "prune"], &["cache", "df", "--format", "json"]] {
        env.dhi(&[command, &["--cache-dir", &directory]].concat()).assert(0, "0");
        assert!(!env.path("nothing").exists(), "{command:?}");
    }
}

#[test]
fn a_signing_key_is_opened_before_the_network_is_used() {
    let (env, server) = (TestEnv::new(), InMemoryRegistry::start());
    let reference = format!("{}/x:1", server.host());
    let file = env.write("p.json", "{}");
    let attest = ["attest", "add", "--predicate-type", "https://x.example/y", "--file", &file];
    for (key, text) in
        [("nothing.key", "there is no such file"), ("awskms:///alias/x", "`'exec:PROGRAM [ARGUMENT...]'`")]
    {
        for command in [&["sign"] as &[&str], &attest] {
            let access = ["--key", key, "--plain-http", &server.host(), &reference];
            env.dhi(&[command, &access].concat()).assert(2, text);
            assert!(server.log().is_empty(), "{:?}", server.log().len());
        }
    }
}
