//! `dhi vex get`: the signed VEX of an image, merged or as it is.

use serde_json::Value;

use crate::support::env::{KEY, ROOT, Run, TestEnv};

const IMAGE: &str = "oci:fixtures/python:3.13";

fn get(env: &TestEnv, more: &[&str]) -> Run {
    env.dhi(&[&["vex", "get", "--key", KEY, "--trusted-root", ROOT], more].concat())
}

/// The statements of the VEX attestations of the image for amd64, as `dhi attest get` prints them.
fn attested(env: &TestEnv) -> Vec<String> {
    let fixed = ["--key", KEY, "--trusted-root", ROOT, "--platform", "linux/amd64"];
    let list = ["attest", "list", "--format", "json", "--predicate-type", "openvex", IMAGE];
    let list = env.dhi(&[&list[..], &fixed].concat()).json();
    let attestations = list["platforms"][0]["attestations"].as_array().unwrap();
    let is_vex = |one: &&Value| one["predicateType"].as_str().unwrap().starts_with("https://openvex.dev/");
    let digests = attestations.iter().filter(is_vex).map(|one| one["digest"].as_str().unwrap());
    digests.map(|digest| env.dhi(&[&["attest", "get", IMAGE, digest], &fixed[..4]].concat()).stdout).collect()
}

fn statements(document: &Value) -> usize {
    document["statements"].as_array().unwrap().len()
}

#[test]
fn all_vex_of_one_platform_is_merged() {
    let env = TestEnv::new();
    let run = get(&env, &["--platform", "linux/amd64", "--verify", IMAGE]);
    run.assert(0, "note: OpenVEX of oci:fixtures/python (linux/amd64)");
    run.assert(0, "signed by fixture");
    run.assert(0, "equivalent cosign command: # cosign reads registries only");
    let merged = run.json();
    assert_eq!(merged["@context"], "https://openvex.dev/ns/v0.2.0");
    let all: Vec<Value> = attested(&env).iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    assert!(!all.is_empty());
    let most: usize = all.iter().map(|statement| statements(&statement["predicate"])).sum();
    assert!((1..=most).contains(&statements(&merged)), "{most}");
    for statement in merged["statements"].as_array().unwrap() {
        assert!(statement["timestamp"].is_string() && statement["products"].is_array(), "{statement}");
    }
    // The platform of this machine, if none is named.
    get(&env, &[IMAGE]).assert(0, "choose with `--platform`");
}

#[test]
fn each_attestation_is_printed_as_it_was_signed() {
    let env = TestEnv::new();
    let amd64 = ["--platform", "linux/amd64", "--per-attestation"];
    let mut expected = attested(&env);
    let run = get(&env, &[&amd64[..], &[IMAGE]].concat());
    let mut printed: Vec<String> = run.stdout.lines().map(str::to_owned).collect();
    printed.sort();
    expected.sort();
    assert_eq!(printed, expected);
    let directory = env.file("vex");
    std::fs::create_dir(&directory).unwrap();
    let run = get(&env, &[&amd64[..], &["-o", &directory, IMAGE]].concat());
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    let files = std::fs::read_dir(&directory).unwrap();
    let mut written: Vec<String> =
        files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    written.sort();
    assert_eq!(written, expected);
}

/// All platforms of the image, so that there are two.
#[test]
fn several_attestations_are_not_written_to_one_file() {
    let env = TestEnv::new();
    let missing = env.file("missing");
    let all = ["--platform", "linux/amd64,linux/arm64", "--per-attestation", "-o"];
    let run = get(&env, &[&all[..], &[&missing, IMAGE]].concat());
    run.assert(2, "2 attestations would be written to one file");
    run.assert(2, &format!("hint: create a directory for them: `mkdir {missing}`"));
    assert!(!std::path::Path::new(&missing).exists());
    assert_eq!(get(&env, &[&all[..], &["-", IMAGE]].concat()).stdout.lines().count(), 2);
}

#[test]
fn vex_that_does_not_verify_is_not_printed() {
    let env = TestEnv::new();
    // Docker's key did not sign it. So it may have a base, whose VEX would count and which cannot be reached.
    let run = env.dhi(&["vex", "get", "--platform", "linux/amd64", IMAGE]);
    assert_eq!((run.code, run.stdout.as_str()), (6, ""), "{}", run.stderr);
    run.assert(
        6,
        "warning[trust/wrong-key]: VEX of oci:fixtures/python (linux/amd64): not signed by a trusted key",
    );
    run.assert(6, "error[registry/unreachable]");
    let run = get(&env, &["oci:fixtures/bad/single-manifest"]);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{}", run.stderr);
    run.assert(3, "error[attest/none]");
    let run = get(&env, &["--platform", "linux/s390x", IMAGE]);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{}", run.stderr);
    run.assert(3, "error[verify/no-such-platform]");
}
