//! `--output`: files, formats and standard output.

use std::path::Path;
use std::process::Stdio;

use crate::support::env::{KEY, ROOT, TestEnv, run};

const IMAGE: &str = "oci:fixtures/bad/two-signatures";

#[test]
fn output_with_a_format_writes_an_additional_file() {
    let env = TestEnv::new();
    let file = env.path("result.json");
    let run = env.verify(&["--output", &format!("json={}", file.display()), IMAGE]);
    run.assert(0, "PLATFORM");
    let document: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(document["verdict"], "pass");
}

#[test]
fn output_without_a_format_replaces_standard_output() {
    let env = TestEnv::new();
    let file = env.path("result");
    let run = env.verify(&["--format", "json", "-o", file.to_str().unwrap(), IMAGE]);
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (0, "", ""));
    assert!(std::fs::read_to_string(&file).unwrap().starts_with('{'));
    // The prefix counts only if it is a format.
    let odd = env.path("a=b");
    let run = env.verify(&["-o", odd.to_str().unwrap(), IMAGE]);
    assert_eq!(run.stdout, "");
    let written = std::fs::read_to_string(&odd).unwrap();
    assert!(written.ends_with("\n\npass  1 of 1 image passes dhi-or-dhi-based\n"), "{written}");
}

/// Of two results in one file the first would be lost.
#[test]
fn two_results_cannot_share_a_file() {
    let env = TestEnv::new();
    let home = env.home().to_str().unwrap();
    let (a, other) = (format!("{home}/a"), format!("{home}/./a"));
    for (one, two) in [
        (format!("json={a}"), format!("sarif={a}")),
        (format!("json={a}"), format!("sarif={other}")),
        (format!("json={a}"), a.clone()),
        (format!("json={a}"), format!("json={a}")),
    ] {
        let run = env.verify(&["--output", &one, "--output", &two, IMAGE]);
        run.assert(2, "error[usage/arguments]: two results would be written to ");
        assert!(!Path::new(&a).exists() && run.stdout.is_empty(), "{one} {two}");
    }
    let manifest = env.path("none.yaml");
    std::fs::write(&manifest, "apiVersion: v1\nkind: ConfigMap\n").unwrap();
    let both = ["--output", &format!("json={a}"), "--output", &format!("junit={a}")];
    env.dhi(&[&["admit", "check"], &both[..], &[manifest.to_str().unwrap()]].concat())
        .assert(2, "two results");
    // Summaries are results too.
    let key = env.path("key");
    let keys = ["keys", "generate", "-o", key.to_str().unwrap()];
    let generated = run(&mut env.command(&keys));
    generated.assert(0, "key.key");
    let vsa =
        ["--emit-vsa", &a, "--vsa-key", &format!("{}.key", key.display()), "--output", &format!("json={a}")];
    let arguments = [&["verify", "--key", KEY, "--trusted-root", ROOT], &vsa[..], &[IMAGE]].concat();
    env.dhi(&arguments).assert(2, "two results");
    assert!(!Path::new(&a).exists());
}

#[test]
fn a_dash_is_standard_output() {
    let env = TestEnv::new();
    let (plain, dash) = (env.verify(&[IMAGE]), env.verify(&["-o", "-", IMAGE]));
    assert_eq!((dash.code, dash.stdout), (0, plain.stdout));
    for refused in ["json=-", "table=-"] {
        env.verify(&["-o", refused, IMAGE]).assert(2, "`--format` sets the format of standard output");
    }
    env.verify(&["--emit-vsa", "-", "--vsa-key", "x", IMAGE]).assert(2, "but a file is required");
    let base = ["base", "--key", KEY, "--trusted-root", ROOT, IMAGE];
    let (plain, dash) = (env.dhi(&base), env.dhi(&[&base[..], &["-o", "-"]].concat()));
    assert_eq!((dash.code, dash.stdout), (0, plain.stdout));
    let list = ["attest", "list", "--key", KEY, "--trusted-root", ROOT, IMAGE];
    let (plain, dash) = (env.dhi(&list), env.dhi(&[&list[..], &["-o", "-"]].concat()));
    assert_eq!((dash.code, dash.stdout), (0, plain.stdout));
    assert!(!crate::support::env::project().join("-").exists());
}

#[test]
fn an_unwritable_output_is_an_error_and_leaves_no_file() {
    let env = TestEnv::new();
    let file = env.path("missing/result.json");
    let missing = env.verify(&["-o", file.to_str().unwrap(), IMAGE]);
    missing.assert(6, "error[output/write]");
    missing.assert(6, "missing/result.json` cannot be written: no such file or directory\n");
    let full = env.verify(&["-o", "/dev/full", IMAGE]);
    full.assert(6, "error[output/write]");
    // A bad verdict is not hidden by a result that could not be written.
    env.verify(&["-o", "/dev/full", "oci:fixtures/bad/wrong-key"]).assert(4, "error[output/write]");
}

#[test]
fn an_unset_variable_is_refused_before_verification() {
    let env = TestEnv::new();
    for output in ["markdown=", ""] {
        let run = env.verify(&["--output", output, IMAGE]);
        run.assert(2, "the file name is empty; check that its variable is set");
        assert_eq!(run.stdout, "");
    }
}

#[test]
fn a_closed_pipe_does_not_change_the_verdict() {
    let env = TestEnv::new();
    for (image, code) in [(IMAGE, 0), ("oci:fixtures/bad/wrong-key", 4)] {
        let mut command = env.command(&["verify", "--key", KEY, "--trusted-root", ROOT, image]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(code));
    }
}

#[test]
fn results_are_reproducible() {
    let results: Vec<String> = (0..3)
        .map(|_| TestEnv::new().verify(&["--format", "json", "oci:fixtures/python:3.13"]).stdout)
        .collect();
    assert!(results.iter().all(|result| *result == results[0]));
}

#[test]
fn untrusted_names_cannot_forge_lines_or_move_the_cursor() {
    let env = TestEnv::new();
    let layout = env.path("layout");
    copy(&crate::support::env::fixture("bad/platform-mismatch"), &layout);
    // The platform of the entry is shown, and nothing signs it.
    let index = layout.join("index.json");
    let root: serde_json::Value = serde_json::from_slice(&std::fs::read(&index).unwrap()).unwrap();
    let digest = root["manifests"][0]["digest"].as_str().unwrap();
    let blob = layout.join("blobs").join(digest.replace(':', "/"));
    let text = std::fs::read_to_string(&blob).unwrap();
    let forged = text.replacen("\"os\":\"linux\"", "\"os\":\"l\\npass  dhi\\u001b[2J\"", 1);
    assert_ne!(text, forged);
    let fresh = dhi::oci::Digest::of(forged.as_bytes());
    std::fs::write(layout.join("blobs/sha256").join(fresh.hex()), &forged).unwrap();
    let entry = std::fs::read_to_string(&index).unwrap();
    let entry = entry
        .replace(digest, &fresh.to_string())
        .replace(&format!("\"size\":{}", text.len()), &format!("\"size\":{}", forged.len()));
    std::fs::write(&index, entry).unwrap();
    let run = env.verify(&[&format!("oci:{}", layout.display())]);
    assert_ne!(run.code, 0);
    assert!(!run.stdout.contains('\u{1b}'), "{}", run.stdout);
    assert!(!run.stdout.contains("\npass"), "{}", run.stdout);
}

fn copy(from: &Path, to: &Path) {
    let copied = run(std::process::Command::new("cp").arg("-r").arg(from).arg(to));
    assert_eq!(copied.code, 0, "{}", copied.stderr);
}
