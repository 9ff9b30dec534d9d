//! The commands in the pages about pipelines: those in YAML are steps of GitHub Actions and jobs of GitLab.
//!
//! Each script is run by a shell. `dhi` gets `--help` behind its arguments, so every flag and value before it is parsed
//! and nothing is done; all other programs are stand-ins that do nothing.

use std::collections::BTreeSet;

use dhi::yaml::{Value, documents};

use crate::support::env::{DHI, TestEnv, project, read, run};

/// The pages with commands for pipelines.
const PAGES: [&str; 3] = ["docs/ci.md", "docs/recipes.md", "docs/vex.md"];

/// Programs of the examples besides `dhi`.
const OTHERS: [&str; 10] =
    ["curl", "docker", "gh", "grype", "helm", "kubectl", "jq", "npm", "trivy", "vexctl"];

/// The blocks of a page in a language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    page.split(fence.as_str()).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

/// The scripts in a document: `run` of steps, and each entry of `script`.
fn scripts(value: Value<'_>, found: &mut Vec<String>) {
    if let Some(items) = value.items() {
        items.for_each(|item| scripts(item, found));
    }
    let Some(entries) = value.entries() else { return };
    for (name, value) in entries {
        match (name, value.text()) {
            ("run", Some(script)) => found.push(script.to_owned()),
            ("script", _) => {
                let lines = value.items().unwrap().map(|item| item.text().unwrap().to_owned());
                found.push(lines.collect::<Vec<_>>().join("\n"));
            }
            _ => scripts(value, found),
        }
    }
}

/// All scripts of a page.
fn scripts_of(page: &str) -> Vec<String> {
    let text = read(page);
    let mut found: Vec<String> = blocks(&text, "sh").into_iter().map(ToOwned::to_owned).collect();
    for block in blocks(&text, "yaml") {
        // For readers of YAML 1.1 the word is a boolean. GitHub reads text.
        let block = block.replace("\non:\n", "\n\"on\":\n");
        for document in documents(&block, page) {
            let document = document.unwrap_or_else(|error| panic!("{page}: {error}\n{block}"));
            scripts(document.root().unwrap(), &mut found);
        }
    }
    found
}

#[cfg(unix)]
#[test]
fn every_command_of_a_pipeline_is_accepted() {
    use std::os::unix::fs::PermissionsExt;

    let env = TestEnv::new();
    let program = |name: &str, script: &str| {
        let path = env.write(&format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    OTHERS.iter().for_each(|name| program(name, "exit 0"));
    let log = env.file("commands");
    program(
        "dhi",
        &format!("echo \"$*\" >> {log}\n{DHI} \"$@\" --help > /dev/null 2>> {log} || echo REFUSED >> {log}"),
    );
    let path = format!("{}:/usr/bin:/bin", env.file("bin"));
    let mut commands = BTreeSet::new();
    for page in PAGES {
        for script in scripts_of(page) {
            // The value of an expression becomes part of the script, and branches have names from outside.
            assert!(!script.contains("${{"), "{page}: write expressions to `env`\n{script}");
            if !script.contains("dhi ") {
                continue;
            }
            std::fs::write(&log, "").unwrap();
            let mut shell = env.program("bash");
            shell.args(["-c", &script]).current_dir(env.home()).env("PATH", &path);
            shell.env("IMAGE", "registry.example.com/acme/api:1").env("GITHUB_STEP_SUMMARY", "summary.md");
            let shell = run(&mut shell);
            assert!(!shell.stderr.contains("not found"), "{page}\n{script}\n{}", shell.stderr);
            let log = std::fs::read_to_string(&log).unwrap();
            assert!(!log.contains("REFUSED"), "{page}\n{script}\n{log}");
            assert!(!log.is_empty(), "{page}: no command of\n{script}");
            commands.extend(log.lines().filter_map(|line| line.split(' ').next().map(ToOwned::to_owned)));
        }
    }
    for name in ["scan", "verify", "vex"] {
        assert!(commands.contains(name), "{name} is in no example: {commands:?}");
    }
}

/// Steps that upload results run although a gate failed.
#[test]
fn results_are_uploaded_although_a_gate_failed() {
    let mut uploads = 0;
    for page in PAGES {
        let text = read(page);
        for (at, _) in text.match_indices("codeql-action/upload-sarif@") {
            let step = text[at..].split("\n- ").next().unwrap().split("\n      - ").next().unwrap();
            assert!(step.contains("if: always()"), "{page}: {step}");
            uploads += 1;
        }
    }
    assert!(uploads >= 3, "{uploads}");
    assert!(project().join("docs/ci.md").exists());
}
