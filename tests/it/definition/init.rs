//! `dhi definition init`.

use crate::support::env::TestEnv;

const DISTRIBUTIONS: [&str; 5] = ["debian13", "debian12", "alpine3.24", "alpine3.23", "alpine3.22"];

#[test]
fn every_combination_gives_a_definition() {
    let env = TestEnv::new();
    let mut all = Vec::new();
    for distribution in DISTRIBUTIONS {
        for variant in ["runtime", "dev"] {
            all.push(vec!["--distro", distribution, "--variant", variant]);
        }
        all.push(vec!["--kind", "package", "--distro", distribution]);
    }
    all.push(vec!["--kind", "chart"]);
    all.push(Vec::new());
    for arguments in all {
        let run =
            env.dhi(&[&["definition", "init", "--name", "acme.example/team/web"], &arguments[..]].concat());
        run.assert(0, "# syntax=dhi.io/build:2-");
        assert!(run.stdout.contains("image: acme.example/team/"), "{}", run.stdout);
        assert_eq!(run.stderr, "");
        // Nothing is found in it: not even a note.
        let file = env.write("web.yaml", &run.stdout);
        let lint = env.dhi(&["definition", "lint", "--deny-warnings", "--format", "json", &file]);
        lint.assert(0, "");
        assert_eq!(lint.json()["counts"], serde_json::json!({ "errors": 0, "warnings": 0, "notes": 0 }));
        // Every line of it fits a screen.
        assert!(run.stdout.lines().all(|line| line.chars().count() <= 120), "{}", run.stdout);
    }
}

#[test]
fn the_same_time_gives_the_same_definition() {
    let env = TestEnv::new();
    let text = |epoch: &str| {
        let mut command = env.command(&["definition", "init"]);
        crate::support::env::run(command.env("SOURCE_DATE_EPOCH", epoch)).stdout
    };
    assert!(text("1780000000").contains("release: \"2026-05-28\"\n  end-of-life: \"2027-05-28\"\n"));
    assert_eq!(text("1780000000"), text("1780000001"));
    // A leap day.
    assert!(text("1709200000").contains("release: \"2024-02-29\"\n  end-of-life: \"2025-02-28\"\n"));
}

#[test]
fn an_existing_file_is_not_replaced() {
    let env = TestEnv::new();
    let file = env.file("new.yaml");
    let init = |more: &[&str]| env.dhi(&[&["definition", "init", "-o", &file], more].concat());
    init(&[]).assert(0, "");
    let first = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, "mine").unwrap();
    init(&[]).assert(2, "error[output/exists]");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    init(&["--force"]).assert(0, "");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), first);
    env.dhi(&["definition", "init", "-o", &env.file("none/new.yaml")]).assert(6, "error[output/write]");
    // `-` is standard output.
    env.dhi(&["definition", "init", "-o", "-"]).assert(0, "# syntax=");
}

#[test]
fn what_has_no_meaning_is_refused() {
    let env = TestEnv::new();
    for (arguments, text) in [
        (&["--kind", "chart", "--distro", "debian13"][..], "`--distro` has no meaning for a chart"),
        (&["--kind", "chart", "--variant", "dev"], "`--variant` has no meaning for a chart"),
        (&["--kind", "package", "--variant", "dev"], "`--variant` has no meaning for a package"),
        (&["--distro", "debian14"], "debian13"),
        (&["--variant", "prod"], "runtime"),
        (&["--name", "API"], "is no name of a repository"),
        (&["--name", "api:1"], "is no name of a repository"),
        (&["--force"], "--output"),
        (&["--name", "pkg-x"], "--kind package"),
    ] {
        let run = env.dhi(&[&["definition", "init"], arguments].concat());
        run.assert(2, text);
        assert_eq!(run.stdout, "");
    }
}
