//! `--output`: files, formats and standard output.

use std::path::Path;
use std::process::Stdio;

use crate::support::env::{KEY, ROOT, TestEnv, fixture, run};

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
    // A path is not a format.
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
fn a_format_is_never_taken_for_a_file_name() {
    let env = TestEnv::new();
    let directory = env.path("empty");
    std::fs::create_dir(&directory).unwrap();
    let image = format!("oci:{}", fixture("bad/two-signatures").display());
    let absolute = |file: &str| crate::support::env::project().join(file).display().to_string();
    let (key, root) = (absolute(KEY), absolute(ROOT));
    let in_directory = |arguments: &[&str]| {
        let trust = ["--key", &key, "--trusted-root", &root];
        run(env.command(&[arguments, &trust, &[image.as_str()]].concat()).current_dir(&directory))
    };
    let files = || std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name());
    for (command, value, told) in [
        (&["verify"][..], "sarf=x", "did you mean `sarif=x`?"),
        (&["verify"], "JSON=x", "did you mean `json=x`?"),
        (&["verify"], "xml=x", "`xml` is not a format (table, json, "),
        (&["verify"], "a=b", "for a file of that name write `./a=b`"),
        (&["verify"], "json", "write `--format json`; for a file of that name write `./json`"),
        (&["base"], "json", "write `--format json`"),
        (&["attest", "list"], "JSON", "write `--format json`"),
    ] {
        let run = in_directory(&[command, &["-o", value]].concat());
        run.assert(2, told);
        assert_eq!((run.stdout.as_str(), files().count()), ("", 0), "{value}");
    }
    for (value, file) in [("./a=b", "a=b"), ("./json", "json"), ("a.b=c", "a.b=c"), ("sarif=x=y", "x=y")] {
        assert_eq!(in_directory(&["verify", "-o", value]).code, 0, "{value}");
        assert!(directory.join(file).is_file(), "{value}");
    }
}

/// A key that only its owner may read, and results that the umask allows others to read.
#[cfg(unix)]
#[test]
fn written_files_have_the_permissions_of_the_umask() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let env = TestEnv::new();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let shell = |umask: &str, arguments: &[&str]| {
        let script = format!("umask {umask} && exec \"$0\" \"$@\"");
        let mut command = env.program("sh");
        let command = command.args(["-c", &script, crate::support::env::DHI]).args(arguments);
        let run = run(command.env("COSIGN_PASSWORD", ""));
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    };
    let trust = ["--key", KEY, "--trusted-root", ROOT];
    for (umask, expected) in [("022", 0o644), ("027", 0o640), ("002", 0o664)] {
        let file = |name: &str| env.path(&format!("{name}-{umask}"));
        let (json, table, vsa, list) = (file("json"), file("table"), file("vsa"), file("list"));
        let prefix = file("key");
        shell(umask, &["keys", "generate", "-o", prefix.to_str().unwrap()]);
        let private = format!("{}.key", prefix.display());
        let also = format!("json={}", json.display());
        let outputs = ["-o", table.to_str().unwrap(), "-o", &also, "--emit-vsa", vsa.to_str().unwrap()];
        shell(umask, &[&["verify"], &trust[..], &outputs, &["--vsa-key", &private, IMAGE]].concat());
        shell(umask, &[&["attest", "list"], &trust[..], &["-o", list.to_str().unwrap(), IMAGE]].concat());
        let public = Path::new(&private).with_extension("pub");
        for file in [&json, &table, &vsa, &list, &public] {
            assert_eq!(mode(file), expected, "{} {umask}", file.display());
        }
        assert_eq!(mode(Path::new(&private)), 0o600);
    }
    // An existing file keeps its permissions, and a link to it stays a link.
    let (kept, link) = (env.path("kept"), env.path("link"));
    std::fs::write(&kept, "old").unwrap();
    std::fs::set_permissions(&kept, std::fs::Permissions::from_mode(0o606)).unwrap();
    symlink(&kept, &link).unwrap();
    assert_eq!(env.verify(&["-o", link.to_str().unwrap(), IMAGE]).code, 0);
    assert_eq!(mode(&kept), 0o606);
    assert!(std::fs::read_to_string(&kept).unwrap().contains("PLATFORM"));
    assert!(link.symlink_metadata().unwrap().is_symlink());
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
        run.assert(2, "the file name is empty");
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
    copy(&fixture("bad/platform-mismatch"), &layout);
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
