//! `dhi definition lint`.

use serde_json::{Value, json};

use crate::snapshots::snapshot;
use crate::support::env::{Run, TestEnv, read, run};

/// A definition in which no rule finds anything.
const CLEAN: &str = include_str!("../../../src/builder/lint/tests/image.yaml");

/// A definition with an error, warnings and a note.
const FAULTY: &str = "\
# syntax=dhi.io/build:2-debian13
name: Redis 8.0.x
image: dhi.io/redis
varaint: runtime
tags:
  - 8.0
vars:
  VERSION: 8.0.1
contents:
  packages:
    - redis
    - '!redis'
accounts:
  run-as: redsi
  users:
    - name: redis
      uid: 999
      gid: 999
paths:
  - type: directory
    path: /data
    uid: 999
    gid: 999
    mode: \"0777\"
";

/// Runs `dhi definition lint` in the home directory, at a fixed time.
fn lint(env: &TestEnv, arguments: &[&str]) -> Run {
    let fixed = ["definition", "lint", "--effective-time", "2026-11-30T00:00:00Z"];
    run(env.command(&[&fixed, arguments].concat()).current_dir(env.home()))
}

/// An environment with a repository that has the file that [`CLEAN`] takes.
fn repository() -> TestEnv {
    let env = TestEnv::new();
    env.write("image/example/config/example.conf", "");
    env.write("image/example/debian-13/1.yaml", CLEAN);
    env
}

fn assert_valid(document: &Value) {
    let schema: Value = serde_json::from_str(&read("docs/schemas/definition-lint-1.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = schema.iter_errors(document).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0], "{document}");
}

#[test]
fn findings_are_shown_with_the_line_and_what_to_write() {
    let env = TestEnv::new();
    env.write("redis.yaml", FAULTY);
    snapshot!("definition-lint-text", lint(&env, &["redis.yaml"]));
    snapshot!("definition-lint-verbose", lint(&env, &["-v", "redis.yaml"]));
}

#[test]
fn a_careful_definition_passes() {
    let env = repository();
    let file = "image/example/debian-13/1.yaml";
    let run = lint(&env, &[file, "--deny-warnings", "--context", "."]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    assert_eq!(run.stdout, "pass: 1 file, 0 errors, 0 warnings, 0 notes\n");
}

#[test]
fn warnings_fail_only_if_they_are_denied() {
    let env = repository();
    let warned = CLEAN.replace("mode: \"0644\"", "mode: \"0666\"");
    env.write("image/example/debian-13/1.yaml", warned);
    let run = lint(&env, &["image"]);
    run.assert(0, "pass: 1 file, 0 errors, 1 warning, 0 notes");
    run.assert(0, "warning[definition/world-writable]: every user can change `/etc/example.conf`");
    lint(&env, &["image", "--deny-warnings"]).assert(1, "fail: 1 file, 0 errors, 1 warning, 0 notes");
}

#[test]
fn json_has_every_finding_with_its_place() {
    let env = TestEnv::new();
    env.write("redis.yaml", FAULTY);
    let run = lint(&env, &["redis.yaml", "--format", "json"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let document = run.json();
    assert_valid(&document);
    assert_eq!(document["verdict"], "fail");
    let findings = document["findings"].as_array().unwrap();
    let unknown = findings.iter().find(|finding| finding["rule"] == "definition/unknown-key").unwrap();
    assert_eq!(unknown["start"], json!({"line": 4, "column": 1}));
    assert_eq!(unknown["end"], json!({"line": 4, "column": 8}));
    assert_eq!(unknown["suggestion"]["text"], "variant");
    let user = findings.iter().find(|finding| finding["rule"] == "definition/run-as-not-declared").unwrap();
    assert_eq!((&user["start"]["line"], &user["suggestion"]["text"]), (&json!(14), &json!("redis")));
    let places: Vec<u64> = findings.iter().map(|one| one["start"]["line"].as_u64().unwrap()).collect();
    assert!(places.is_sorted(), "{places:?}");
    let clean = repository();
    let document = lint(&clean, &["image", "--format", "json"]).json();
    assert_valid(&document);
    assert_eq!((&document["verdict"], &document["findings"]), (&json!("pass"), &json!([])));
}

#[test]
fn sarif_has_regions_and_replacements() {
    let env = TestEnv::new();
    env.write("redis.yaml", FAULTY);
    let run = lint(&env, &["redis.yaml", "--output", "sarif=out.sarif"]);
    run.assert(1, "error[definition/unknown-key]");
    let text = std::fs::read_to_string(env.home().join("out.sarif")).unwrap();
    let sarif: serde_sarif::sarif::Sarif = serde_json::from_str(&text).unwrap();
    let run = &sarif.runs[0];
    let results = run.results.as_ref().unwrap();
    let rules = run.tool.driver.rules.as_ref().unwrap();
    for rule in rules {
        let uri = format!("urn:dhi:error:{}", rule.id);
        assert_eq!(rule.help_uri.as_deref(), Some(uri.as_str()));
        env.dhi(&["help", &rule.id]).assert(0, &rule.id);
    }
    for result in results {
        let rule = usize::try_from(result.rule_index.unwrap()).unwrap();
        assert_eq!(Some(&rules[rule].id), result.rule_id.as_ref());
        let location = result.locations.as_ref().unwrap()[0].physical_location.as_ref().unwrap();
        assert_eq!(location.artifact_location.as_ref().unwrap().uri.as_deref(), Some("redis.yaml"));
    }
    let unknown =
        results.iter().find(|result| result.rule_id.as_deref() == Some("definition/unknown-key")).unwrap();
    let replacement = &unknown.fixes.as_ref().unwrap()[0].artifact_changes[0].replacements[0];
    let region = &replacement.deleted_region;
    assert_eq!(
        (region.start_line, region.start_column, region.end_line, region.end_column),
        (Some(4), Some(1), Some(4), Some(8))
    );
    let inserted = replacement.inserted_content.as_ref().unwrap();
    assert_eq!(inserted.text.as_deref(), Some("variant"));
}

#[test]
fn annotations_are_at_the_place_of_their_finding() {
    let env = TestEnv::new();
    env.write("redis.yaml", FAULTY);
    let run = lint(&env, &["redis.yaml", "--format", "github"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    let line = run.stdout.lines().find(|line| line.contains("unknown-key")).unwrap();
    let start = "::error title=dhi%3A definition/unknown-key,file=redis.yaml,line=4,col=1,endColumn=7::";
    assert!(line.starts_with(start), "{line}");
    assert!(!run.stdout.contains("::notice title=dhi%3A definition/"), "{}", run.stdout);
    assert!(run.stdout.lines().last().unwrap().starts_with("::notice title=dhi%3A fail::1 file, "));
}

#[test]
fn folders_are_searched_for_definitions() {
    let env = repository();
    env.write("image/example/info.yaml", "name: example\n");
    env.write("image/other/debian-13/1.yml", FAULTY);
    let run = lint(&env, &["."]);
    run.assert(1, "2 files, ");
    run.assert(1, "1 file that is no definition");
    let document = lint(&env, &[".", "image/example", "--format", "json"]).json();
    let names: Vec<&str> =
        document["files"].as_array().unwrap().iter().map(|file| file["name"].as_str().unwrap()).collect();
    assert_eq!(document["skipped"], 2);
    assert!(names.is_sorted(), "{names:?}");
    // A file that is named is always read.
    lint(&env, &["image/example/info.yaml"]).assert(0, "1 file, ");
}

#[test]
fn files_that_are_nearly_definitions_are_not_passed_over() {
    let env = TestEnv::new();
    env.write("bom.yaml", "\u{feff}# syntax=dhi.io/build:2-debian13\nbad: 1\n");
    env.write("typo.yaml", "# syntax=dhi.io/biuld:2-debian13\nname: x\n");
    env.write("none.yaml", "image: dhi.io/x\ntags:\n  - \"1\"\n");
    env.write("other.yaml", "a: 1\n");
    let run = lint(&env, &["."]);
    run.assert(1, "2 files, ");
    run.assert(1, "2 files that are no definition");
    assert!(run.stdout.contains("definition/syntax-line"), "{}", run.stdout);
    assert!(
        run.stderr.contains("none.yaml` has `image` and `tags` but no `# syntax=` line"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("other.yaml"), "{}", run.stderr);
    let run = lint(&env, &[".", "-v"]);
    assert!(run.stderr.contains("other.yaml` is no definition"), "{}", run.stderr);
}

#[test]
fn standard_input_has_no_repository() {
    let env = repository();
    let mut command = env.command(&["definition", "lint", "-", "--format", "json"]);
    let mut child = command
        .current_dir(env.home())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), CLEAN.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success(), "{document}");
    assert_eq!(document["files"], json!([{"name": "-"}]));
    let empty = run(env.command(&["definition", "lint", "-"]).stdin(std::process::Stdio::null()));
    empty.assert(2, "error[definition/unreadable]: -:1: it has no content, expected a definition");
}

#[test]
fn a_missing_file_is_an_error_only_if_the_root_is_given() {
    let env = repository();
    env.write(
        "image/example/debian-13/1.yaml",
        CLEAN.replace("example.conf\n    uid", "exmaple.conf\n    uid"),
    );
    lint(&env, &["image"]).assert(0, "pass: 1 file, 0 errors, 0 warnings, 1 note");
    let run = lint(&env, &["image", "--context", "."]);
    run.assert(
        1,
        "error[definition/missing-source]: there is no `image/example/config/exmaple.conf` in the repository",
    );
    run.assert(1, "write `image/example/config/example.conf`");
}

#[test]
fn a_file_that_cannot_be_read_does_not_hide_the_others() {
    let env = repository();
    env.write("image/example/debian-13/2.yaml", "# syntax=dhi.io/build:2-debian13\nname: a\nname: b\n");
    let run = lint(&env, &["image", "none.yaml"]);
    run.assert(2, "error[definition/unreadable]: `name` occurs twice in one mapping");
    run.assert(2, "--> image/example/debian-13/2.yaml:3:1");
    assert!(!run.stderr.contains("2.yaml"), "{}", run.stderr);
    run.assert(2, "`none.yaml` cannot be read");
    run.assert(2, "fail: 3 files, 2 errors, 0 warnings, 0 notes");
    let document = lint(&env, &["image", "--format", "json"]).json();
    assert_valid(&document);
    let finding = &document["findings"][0];
    assert_eq!((&finding["rule"], &finding["start"]["line"]), (&json!("definition/unreadable"), &json!(3)));
}

#[test]
fn no_format_passes_a_file_that_cannot_be_read() {
    let env = repository();
    for name in ["none.yaml", "http://git.example.com/8.yaml"] {
        let document = lint(&env, &["--format", "json", name]).json();
        assert_valid(&document);
        assert_eq!(document["verdict"], "fail", "{document}");
        assert_eq!(document["findings"][0]["rule"], "definition/unreadable");
        let sarif = lint(&env, &["--format", "sarif", name]).json();
        assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "definition/unreadable", "{sarif}");
        lint(&env, &["--format", "github", name]).assert(2, "::error ");
    }
}

#[test]
fn a_folder_without_definitions_is_a_warning() {
    let env = repository();
    env.write("empty/info.yaml", "name: example\n");
    let run = lint(&env, &["empty"]);
    run.assert(0, "pass: 0 files");
    run.assert(0, "warning: no definition was found, so nothing is checked");
}

#[test]
fn no_result_replaces_a_definition() {
    let env = repository();
    let file = env.write("image/example/debian-13/1.yaml", CLEAN);
    for arguments in [
        &["lint", "-o", &file, &file][..],
        &["lint", "--output", &format!("json={file}"), "image"],
        &["explain", "-o", &file, &file],
        &["render", "-o", &file, &file],
        &["diff", "-o", &file, &file, &file],
    ] {
        let mut command = env.command(&[&["definition"], arguments].concat());
        run(command.current_dir(env.home())).assert(2, "is read, and would be replaced by the result");
        assert_eq!(read(&file), CLEAN);
    }
}

#[test]
fn a_root_that_is_no_directory_is_refused() {
    let env = repository();
    lint(&env, &["image", "--context", "none"]).assert(2, "`--context none` is no directory");
    let file = env.file("image/example/debian-13/1.yaml");
    let explain = env.dhi(&["definition", "explain", "--context", &file, &file]);
    explain.assert(2, "is no directory");
}

#[test]
fn text_of_a_definition_cannot_act_on_a_terminal() {
    let env = TestEnv::new();
    let evil = FAULTY.replace("varaint:", "\"vari\\e[2Jant\":").replace("redsi", "\"\\u202ered\\e[31m\"");
    env.write("evil\u{1b}[2J.yaml", evil.replace("Redis 8.0.x", "Redis \u{202e}31m"));
    for format in ["table", "github", "json", "sarif"] {
        let run = lint(&env, &["-v", "evil\u{1b}[2J.yaml", "--format", format]);
        let all = format!("{}{}", run.stdout, run.stderr);
        let acts = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!all.contains(acts), "{format}: {all:?}");
    }
}

#[test]
fn included_files_are_checked_with_their_definition() {
    let env = repository();
    let file = CLEAN.replace("name: Example 1.x", "includes:\n  - common/base.yaml\nname: Example 1.x");
    env.write("image/example/debian-13/1.yaml", &file);
    env.write("image/example/debian-13/2.yaml", file.replace("1.2.3", "2.0.0"));
    env.write("common/base.yaml", "environment:\n  A: ${B}\nunknown: x\n");
    let run = lint(&env, &["image", "--format", "json"]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    let document = run.json();
    let found: Vec<(&str, u64, u64)> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let number = |value: &Value| value.as_u64().unwrap();
            (finding["rule"].as_str().unwrap(), number(&finding["file"]), number(&finding["start"]["line"]))
        })
        .collect();
    assert_eq!(found, [("definition/unresolved-name", 0, 2), ("definition/unknown-key", 0, 3)]);
    assert_eq!(document["files"][0]["name"], "common/base.yaml");
}

#[test]
fn what_to_do_about_a_rule_is_said_once() {
    let env = TestEnv::new();
    let packages =
        FAULTY.replace("    - redis\n    - '!redis'\n", "    - redis>=8\n    - redis<9\n    - a>b\n");
    env.write("redis.yaml", packages);
    let run = lint(&env, &["redis.yaml"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert_eq!(run.stdout.matches("error[definition/invalid-value]").count(), 3, "{}", run.stdout);
    assert_eq!(run.stdout.matches("Write the value in the expected form").count(), 1, "{}", run.stdout);
    assert!(run.stdout.contains("= help: Write the value in the expected form (3 findings of this rule)"));
}
