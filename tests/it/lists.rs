//! Many references in one run of `dhi verify`: lists of references, one line for each image, folded findings, and the
//! outputs for scripts.

use std::net::TcpListener;

use serde_json::Value;

use crate::snapshots::snapshot;
use crate::support::env::{ATTESTED_ONLY, KEY, ROOT, Run, TestEnv, fixture, run_with_input};
use crate::support::registry::InMemoryRegistry;

const GOOD: &str = "oci:fixtures/bad/two-signatures";
const PYTHON: &str = "oci:fixtures/python:3.13";
const WRONG_KEY: &str = "oci:fixtures/bad/wrong-key";

/// Images with every verdict, a malformed line, one that is given again, and lines that are skipped.
const LIST: &str = "\
# images of production\r
oci:fixtures/python:3.13\r
\r
oci:fixtures/bad/wrong-key\r
oci:fixtures/bad/wrong-key:latest\r
Docker.io/Python\r
  oci:fixtures/python:3.13\t\r
oci:fixtures/bad/index-unsigned\r
registry.example.com/a:1\r
registry.example.com/b:1";

/// Runs `dhi verify --from -` with the key and the log of the fixtures.
fn verify_list(env: &TestEnv, list: &str, more: &[&str]) -> Run {
    let flags = ["verify", "--key", KEY, "--trusted-root", ROOT, "--from", "-"];
    run_with_input(&mut env.command(&[&flags[..], more].concat()), list.as_bytes())
}

#[test]
fn lists_match_their_snapshots() {
    let env = TestEnv::new();
    // Without a network, each reference to a registry is unknown.
    let verify = |more: &[&str]| verify_list(&env, LIST, &[&["--offline"], more].concat());
    snapshot!("list-table", verify(&[]));
    snapshot!("list-digest", verify(&["--format", "digest"]));
    snapshot!("list-quiet", verify(&["--quiet"]));
    snapshot!("list-verbose", verify(&["--verbose", "oci:fixtures/bad/unsigned"]));
    snapshot!(
        "list-platform-digest",
        verify_list(&env, GOOD, &["--format", "digest", "--platform", "linux/amd64", PYTHON])
    );
}

#[test]
fn two_images_with_equal_findings_match_their_snapshot() {
    let env = TestEnv::new();
    snapshot!("two-equal-findings", env.verify(&[WRONG_KEY, "oci:fixtures/bad/wrong-key:latest"]));
    snapshot!(
        "three-references",
        env.verify(&[WRONG_KEY, "oci:fixtures/nothing:1", "oci:fixtures/nothing:2"])
    );
}

#[test]
fn every_reference_has_a_line_with_its_verdict() {
    let env = TestEnv::new();
    let run = verify_list(&env, LIST, &["--offline"]);
    let lines: Vec<&str> = run.stdout.lines().take_while(|line| !line.is_empty()).collect();
    let words: Vec<[&str; 2]> = lines
        .iter()
        .map(|line| {
            let mut words = line.split_whitespace();
            [words.next().unwrap(), words.next().unwrap()]
        })
        .collect();
    assert_eq!(
        words,
        [
            ["pass", PYTHON],
            ["fail", WRONG_KEY],
            ["fail", "oci:fixtures/bad/wrong-key:latest"],
            ["fail", "Docker.io/Python"],
            ["pass", PYTHON],
            ["pass", "oci:fixtures/bad/index-unsigned"],
            ["unknown", "registry.example.com/a:1"],
            ["unknown", "registry.example.com/b:1"],
        ]
    );
    // The most severe exit of all, and the verdict of it.
    assert_eq!(run.code, 4);
    assert!(run.stdout.ends_with("\nfail  3 of 8 images pass dhi-or-dhi-based; 3 failed, 2 unknown\n"));
    // The columns begin at the same place in each line.
    let columns: Vec<usize> =
        lines.iter().zip(&words).map(|(line, [_, name])| line.find(name).unwrap()).collect();
    assert!(columns.iter().all(|column| *column == 9), "{columns:?}");
    let json = verify_list(&env, LIST, &["--offline", "--format", "json"]).json();
    let names: Vec<&str> =
        json["images"].as_array().unwrap().iter().map(|image| image["reference"].as_str().unwrap()).collect();
    assert_eq!(names, words.iter().map(|[_, name]| *name).collect::<Vec<_>>());
}

#[test]
fn a_malformed_reference_fails_and_the_others_are_verified() {
    let env = TestEnv::new();
    let run = env.verify(&[GOOD, "Docker.io/Python"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stdout.contains(&format!("\npass  {GOOD}\n")), "{}", run.stdout);
    assert!(run.stdout.contains("\nfail  Docker.io/Python\n"), "{}", run.stdout);
    assert!(run.stdout.contains("error[usage/reference]: `Docker.io/Python` is not"), "{}", run.stdout);
    assert!(run.stdout.ends_with("\nfail  1 of 2 images pass dhi-or-dhi-based; 1 failed\n"));
    // Alone it is wrong usage, with the line of the list that has it.
    let alone = verify_list(&env, "\n\nDocker.io/Python\n", &[]);
    assert_eq!((alone.code, &*alone.stdout), (2, ""));
    assert!(alone.stderr.starts_with("error[usage/reference]: <stdin>:3: "), "{}", alone.stderr);
    // A login in one is not printed, in any format.
    for format in ["table", "json", "sarif", "junit", "github", "markdown", "digest"] {
        let run = env.verify(&["--format", format, GOOD, "https://me:hunter2@registry.example.com/x"]);
        assert!(!format!("{}{}", run.stdout, run.stderr).contains("hunter2"), "{format}: {}", run.stdout);
        assert_eq!(run.code, 2, "{format}");
    }
}

#[test]
fn lists_that_cannot_be_used_are_errors() {
    let env = TestEnv::new();
    let list = |name: &str, content: &[u8]| env.write(name, content);
    let verify = |file: &str| env.verify(&["--from", file, GOOD]);
    verify(&list("empty.txt", b"\n# none\n")).assert(2, "empty.txt` has no reference");
    verify(&env.file("missing.txt")).assert(2, "missing.txt` cannot be read: no such file or directory");
    verify(&env.home().display().to_string()).assert(2, "cannot be read: is a directory");
    verify(&list("utf-16.txt", b"\xff\xfed\0h\0i\0")).assert(2, "not UTF-8");
    verify(&list("long.txt", &[b'\n'; (1 << 20) + 1])).assert(4, "error[limits/exceeded]");
    verify(&list("many.txt", "dhi.io/x\n".repeat(4096).as_bytes())).assert(4, "references");
    // A bad line has a result of its own.
    let run = verify(&list("binary.txt", b"\xff\x00\xfe\n"));
    run.assert(2, "binary.txt:1: the line is not UTF-8");
    assert!(run.stdout.contains(&format!("pass  {GOOD}")), "{}", run.stdout);
    env.dhi(&["verify"]).assert(2, "needs `REF`");
}

#[test]
fn a_reference_that_is_given_again_is_judged_once() {
    let registry = InMemoryRegistry::start();
    registry.serve_layout(&fixture("log-shape-2"), "x");
    let (host, env) = (registry.host(), TestEnv::new());
    let image = format!("{host}/x:latest");
    let requests = |count: usize| {
        registry.clear_log();
        let list = format!("{image}\n").repeat(count);
        let flags = ["--plain-http", &host, "--no-cache", ATTESTED_ONLY[0], ATTESTED_ONLY[1]];
        let run = verify_list(&env, &list, &flags);
        assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
        let line = format!("pass     {image}  signed by");
        assert_eq!(run.stdout.matches(&line).count(), if count > 3 { count } else { 0 });
        registry.log().len()
    };
    assert_eq!(requests(5), requests(1));
}

#[test]
fn a_dead_host_is_reported_once() {
    // A port at which nothing listens.
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = free.local_addr().unwrap().to_string();
    drop(free);
    let env = TestEnv::new();
    for count in [2, 25] {
        let references: Vec<String> = (0..count).map(|number| format!("{host}/x:{number}")).collect();
        let run = verify_list(&env, &references.join("\n"), &["--plain-http", &host, "--no-cache"]);
        assert_eq!(run.code, 6, "{}", run.stdout);
        assert_eq!(run.stdout.matches("error[").count(), 1, "{}", run.stdout);
        assert!(run.stdout.contains(&format!("cannot be reached: connection refused ({count} images)\n")));
        let lines = run.stdout.lines().filter(|line| line.starts_with("unknown  127.0.0.1:"));
        assert_eq!(lines.count(), count, "each has its own line: {}", run.stdout);
        let last = format!("\nunknown  0 of {count} images pass dhi-or-dhi-based; {count} unknown\n");
        assert!(run.stdout.ends_with(&last), "{}", run.stdout);
        assert!(run.stdout.lines().count() < count * 2 + 10, "{}", run.stdout);
    }
}

#[test]
fn a_line_shows_that_an_image_passes_by_an_exception() {
    let env = TestEnv::new();
    let denied = crate::policy::bare(&env);
    let list = format!("{PYTHON}\n{GOOD}\n{denied}\n{WRONG_KEY}\n");
    let exceptions =
        format!("- {{image: '{denied}', check: base/not-dhi, reason: r, expires: 2099-12-31}}\n");
    let exceptions = env.write("exceptions.yaml", exceptions);
    for (flags, excuse) in [
        (["--exceptions", &exceptions], "1 finding excused until 2099-12-31"),
        (["--enforce-from", "2099-12-31"], "not enforced until 2099-12-31"),
    ] {
        let run = verify_list(&env, &list, &flags);
        let line = run.stdout.lines().find(|line| line.contains(&denied)).unwrap();
        assert!(line.starts_with("pass     ") && line.ends_with(&format!("; {excuse}")), "{}", run.stdout);
        // Its finding is shown, as a warning.
        assert!(run.stdout.contains("\nwarning[base/not-dhi]"), "{}", run.stdout);
        let digest = verify_list(&env, &list, &[&["--format", "digest"], &flags[..]].concat());
        assert!(digest.stdout.contains(&denied) && digest.stderr.contains("warning[base/not-dhi]"));
        let quiet = verify_list(&env, &list, &[&["--quiet"], &flags[..]].concat());
        assert!(quiet.stdout.is_empty() && !quiet.stderr.contains("base/not-dhi"), "{}", quiet.stderr);
    }
}

#[test]
fn digests_are_references_that_verify_again() {
    let registry = InMemoryRegistry::start();
    registry.serve_layout(&fixture("python"), "x");
    let (host, env) = (registry.host(), TestEnv::new());
    let verify = |more: &[&str]| env.verify(&[&["--plain-http", &host], more].concat());
    let image = format!("{host}/x:3.13");
    for (flags, name) in [(&[][..], image.clone()), (&["--platform", "linux/arm64"], image.clone())] {
        let run = verify(&[&["--format", "digest", &name], flags].concat());
        // What a flag leaves out is named beside the digest.
        let not_checked = "not checked: NAME: linux/amd64: not for a requested platform\n\n\
                           pass  1 of 1 image passes dhi-or-dhi-based\n";
        let expected = if flags.is_empty() { String::new() } else { not_checked.replace("NAME", &image) };
        assert_eq!((run.code, &*run.stderr), (0, &*expected), "{}", run.stdout);
        let pinned = run.stdout.strip_suffix('\n').unwrap();
        let digest = pinned.strip_prefix(&format!("{image}@")).unwrap();
        let json: Value = verify(&[&["--format", "json", &name], flags].concat()).json();
        let judged = if flags.is_empty() { &json["images"][0] } else { &json["images"][0]["platforms"][0] };
        assert_eq!(judged["digest"], digest);
        let again = verify(&["--format", "digest", pinned]);
        assert_eq!((again.code, again.stdout), (0, format!("{pinned}\n")));
    }
}

#[test]
fn quiet_runs_print_nothing_if_all_pass() {
    let env = TestEnv::new();
    let run = env.verify(&["--quiet", PYTHON, "oci:fixtures/bad/index-unsigned"]);
    assert_eq!((run.code, &*run.stdout, &*run.stderr), (0, "", ""));
    let run = env.verify(&["-q", WRONG_KEY, PYTHON]);
    assert_eq!((run.code, &*run.stdout), (4, ""));
    assert!(
        run.stderr.starts_with("error[trust/wrong-key]") && !run.stderr.contains(PYTHON),
        "{}",
        run.stderr
    );
    // Files are written all the same.
    let file = env.file("dhi.xml");
    env.verify(&["-q", "--output", &format!("junit={file}"), PYTHON]).assert(0, "");
    assert!(std::fs::read_to_string(file).unwrap().contains(PYTHON));
    for flags in [&["--format", "json"][..], &["--explain"], &["--print-cosign"]] {
        env.verify(&[&["-q"], flags, &[PYTHON]].concat()).assert(2, "exclude each other");
    }
}

#[test]
fn reports_point_to_the_line_of_the_list() {
    let env = TestEnv::new();
    let file = env.write("images.txt", format!("# all\n{WRONG_KEY}\n\nDocker.io/Python\n{WRONG_KEY}\n"));
    let sarif = env.verify(&["--from", &file, "--format", "sarif", "oci:fixtures/bad/unsigned"]).json();
    let lines: Vec<Value> = sarif["runs"][0]["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["locations"][0]["physicalLocation"].clone())
        .filter(|location| location["artifactLocation"]["uri"].as_str().unwrap().ends_with("images.txt"))
        .map(|location| location["region"]["startLine"].clone())
        .collect();
    assert_eq!(lines, [2, 4, 5], "{sarif:#}");
}
