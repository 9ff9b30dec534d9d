//! `dhi definition diff`.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::{Value, json};

use super::explain::{IMAGE, environment};
use crate::snapshots::snapshot;
use crate::support::env::{Run, TestEnv, read, run};

fn diff(env: &TestEnv, arguments: &[&str]) -> Run {
    run(env.command(&[&["definition", "diff"], arguments].concat()).current_dir(env.home()))
}

/// The image with an update, and with changes that a reviewer should see.
fn changed() -> String {
    let mut text = IMAGE.to_owned();
    for (from, to) in [
        ("golang-1.26=1.26.7-0", "golang-1.26=1.26.6-0"),
        ("#v2.15.2\n", "#v2.15.3\n"),
        (
            "checksum: 080b0220574cc853ae1e2946ce7a5610ba855757",
            "checksum: 1c2f0d5e574cc853ae1e2946ce7a5610ba855757",
        ),
        ("  VERSION: 2.15.2", "  VERSION: 2.15.3"),
        ("@sha256:0f6bb0e8", "@sha256:1f6bb0e8"),
        ("e9cdeb71bc771436f6b94b07", "e9cdeb71bc771436f6b94b08"),
        ("  run-as: harbor", "  root: true\n  run-as: root"),
        ("    - tzdata\n", "    - tzdata\n    - wget\n"),
        ("              -A harbor \\\n", "              -A core \\\n"),
        ("mode: \"0755\"\nannotations", "mode: \"0777\"\nannotations"),
        (
            "    gid: 10000\n    mode: \"0755\"\n  - type: symlink",
            "    gid: 10000\n    mode: \"0777\"\n  - type: symlink",
        ),
        ("  - 8080/tcp\n", "  - 8080/tcp\n  - 8443/tcp\n"),
        ("        - name: build\n", "        - name: build\n          privileged: true\n"),
    ] {
        text = text.replacen(from, to, 1);
    }
    text
}

fn document(run: &Run) -> Value {
    let document = run.json();
    let schema: Value = serde_json::from_str(&read("docs/schemas/definition-diff-1.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0], "{document}");
    document
}

#[test]
fn changes_are_shown_to_reviewers() {
    let env = environment();
    env.write("new.yaml", changed());
    snapshot!("definition-diff-text", diff(&env, &["image.yaml", "new.yaml"]));
    snapshot!("definition-diff-markdown", diff(&env, &["image.yaml", "new.yaml", "--format", "markdown"]));
    snapshot!("definition-diff-json", diff(&env, &["image.yaml", "new.yaml", "--format", "json"]));
    let document = document(&diff(&env, &["image.yaml", "new.yaml", "--format", "json"]));
    assert_eq!(document["equal"], json!(false));
}

#[test]
fn another_spelling_is_no_change() {
    let env = environment();
    let text = IMAGE.replace("\"0755\"", "'755'").replace("# Shortened", "# Comment. Shortened");
    let (head, variables) = text.split_once("vars:\n").unwrap();
    env.write("same.yaml", format!("{head}vars:\n  # none of these changes\n{variables}"));
    let run = diff(&env, &["image.yaml", "same.yaml", "--exit-code"]);
    run.assert(0, "equal  both definitions mean the same");
    let document = document(&diff(&env, &["image.yaml", "same.yaml", "--format", "json"]));
    assert_eq!((&document["equal"], &document["changes"]), (&json!(true), &json!([])));
}

#[test]
fn only_a_gate_fails_on_changes() {
    let env = environment();
    env.write("new.yaml", changed());
    assert_eq!(diff(&env, &["image.yaml", "new.yaml"]).code, 0);
    assert_eq!(diff(&env, &["image.yaml", "new.yaml", "--exit-code"]).code, 1);
    assert_eq!(diff(&env, &["image.yaml", "image.yaml", "--exit-code"]).code, 0);
}

#[test]
fn one_definition_can_come_from_standard_input() {
    let env = environment();
    let mut command = env.command(&["definition", "diff", "-", "image.yaml"]);
    let mut child = command
        .current_dir(env.home())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(changed().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("from  standard input  dhi.io/harbor-core\n"), "{text}");
    let run = diff(&env, &["-", "-"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("standard input has one"), "{}", run.stderr);
}

#[test]
fn what_has_errors_is_not_compared() {
    let env = environment();
    env.write("wrong.yaml", IMAGE.replace("variant: runtime", "varaint: runtime"));
    let run = diff(&env, &["image.yaml", "wrong.yaml"]);
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stderr.contains("error[definition/invalid]"), "{}", run.stderr);
    assert!(run.stdout.is_empty());
}

#[test]
fn text_of_a_definition_is_no_markup() {
    let env = environment();
    let evil = IMAGE
        .replace("    - tzdata\n", "    - tzdata\n    - wget\n")
        .replace("name: Harbor Core 2.15.x", "name: \"| <script> @team [x](http://e.example) `a` \\e[2J\"");
    env.write("evil.yaml", evil);
    let run = diff(&env, &["image.yaml", "evil.yaml", "--format", "markdown"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let line = run.stdout.lines().find(|line| line.contains("script")).unwrap();
    // All of it is in one code span of one cell.
    assert!(line.contains("`\\| <script> @team [x](http://e.example) \\u{60}a\\u{60} \\u{1b}[2J`"), "{line}");
}

#[test]
fn a_new_or_deleted_definition_is_compared_with_none() {
    let env = environment();
    let run = diff(&env, &["/dev/null", "image.yaml"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    assert!(
        run.stdout.starts_with("from  /dev/null  -\nto    image.yaml  dhi.io/harbor-core\n"),
        "{}",
        run.stdout
    );
    let last = run.stdout.lines().last().unwrap();
    assert!(last.starts_with("new definition  ") && !last.contains(" 0 relevant"), "{last}");
    let words = |run: &Run| {
        let rows = run.stdout.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
        let words: std::collections::BTreeSet<&str> =
            rows.filter(|word| !word.is_empty() && *word != "CHANGE").collect();
        words.into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(words(&run), ["added"], "{}", run.stdout);
    let gate = diff(&env, &["/dev/null", "image.yaml", "--exit-code"]);
    assert_eq!(gate.code, 1, "{}", gate.stderr);
    let run = diff(&env, &["image.yaml", "/dev/null"]);
    assert_eq!(words(&run), ["removed"], "{}", run.stdout);
    assert!(run.stdout.lines().last().unwrap().starts_with("deleted definition  "), "{}", run.stdout);
    let document = document(&diff(&env, &["/dev/null", "image.yaml", "--format", "json"]));
    let from = json!({
        "name": "/dev/null", "kind": "image", "platforms": ["linux/amd64", "linux/arm64"], "absent": true,
    });
    assert_eq!((&document["from"], &document["to"]["absent"]), (&from, &Value::Null));
    let markdown = diff(&env, &["/dev/null", "image.yaml", "--format", "markdown"]);
    assert!(markdown.stdout.starts_with("## dhi: new definition: "), "{}", markdown.stdout);
    diff(&env, &["/dev/null", "/dev/null"]).assert(2, "both definitions are `/dev/null`, which is none");
    // What is empty may be a mistake.
    env.write("empty.yaml", "");
    diff(&env, &["empty.yaml", "image.yaml"]).assert(2, "error[definition/unreadable]");
}

#[test]
fn several_formats_are_written_at_once() {
    let env = environment();
    env.write("new.yaml", changed());
    let run = diff(&env, &["image.yaml", "new.yaml", "-o", "json=out.json", "-o", "markdown=out.md"]);
    run.assert(0, "changes, ");
    let written = std::fs::read_to_string(env.home().join("out.json")).unwrap();
    assert_eq!(written, diff(&env, &["image.yaml", "new.yaml", "--format", "json"]).stdout);
    let written = std::fs::read_to_string(env.home().join("out.md")).unwrap();
    assert!(written.starts_with("## dhi: "), "{written}");
    let run = diff(&env, &["image.yaml", "new.yaml", "-o", "json=out", "-o", "out"]);
    run.assert(2, "two results would be written to `out`");
    // The file replaces standard output.
    let run = diff(&env, &["image.yaml", "new.yaml", "-o", "out"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    diff(&env, &["image.yaml", "new.yaml", "-o", "jsn=out"]).assert(2, "did you mean `json=out`?");
}
