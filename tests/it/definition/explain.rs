//! `dhi definition explain`.

use serde_json::{Value, json};

use crate::snapshots::snapshot;
use crate::support::env::{Run, TestEnv, read, run};

pub(super) const IMAGE: &str = include_str!("excerpts/harbor-core.yaml");
const CHART: &str = include_str!("excerpts/temporalio-chart.yaml");
const PACKAGE: &str = include_str!("excerpts/kubeflow-package.yaml");

/// An environment with the excerpts.
pub(super) fn environment() -> TestEnv {
    let env = TestEnv::new();
    env.write("image.yaml", IMAGE);
    env.write("chart.yaml", CHART);
    env.write("package.yaml", PACKAGE);
    env
}

fn explain(env: &TestEnv, arguments: &[&str]) -> Run {
    run(env.command(&[&["definition", "explain"], arguments].concat()).current_dir(env.home()))
}

fn document(run: &Run) -> Value {
    assert_eq!(run.code, 0, "{}", run.stderr);
    let document = run.json();
    let schema: Value = serde_json::from_str(&read("docs/schemas/definition-explain-1.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0], "{document}");
    document
}

#[test]
fn images_packages_and_charts_are_explained() {
    let env = environment();
    snapshot!("definition-explain-image", explain(&env, &["image.yaml"]));
    snapshot!("definition-explain-package", explain(&env, &["package.yaml"]));
    snapshot!("definition-explain-chart", explain(&env, &["chart.yaml"]));
}

#[test]
fn json_has_everything_with_its_names() {
    let env = environment();
    let document = document(&explain(&env, &["image.yaml", "--format", "json"]));
    assert_eq!((&document["kind"], &document["platform"]), (&json!("image"), &json!("linux/amd64")));
    assert_eq!(document["runtime"]["run-as"], json!([{"values": {"value": "harbor"}}]));
    assert_eq!(document["runtime"]["port"], json!([{"name": "8080/tcp", "values": {}}]));
    assert_eq!(document["contents"]["exclusion"], json!([{"name": "mawk", "values": {}}]));
    assert_eq!(
        document["network"],
        json!([{"stage": "harbor-core", "step": "patch vulnerable dependencies"}])
    );
    let secret = json!([{
        "id": "github_token", "env": "GITHUB_TOKEN", "optional": true, "stage": "harbor-core",
        "usedBy": "patch vulnerable dependencies",
    }]);
    assert_eq!(document["secrets"], secret);
    let unresolved: Vec<&str> = document["unresolved"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["reference"].as_str().unwrap())
        .collect();
    assert_eq!(unresolved, ["${LD_LIBRARY_PATH}", "${SOURCE_DATE_EPOCH}"]);
    let other = &document["differences"][0];
    assert_eq!(other["platform"], "linux/arm64");
    let names: Vec<&str> = other["changes"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|change| change["attributes"].as_array().unwrap())
        .map(|attribute| attribute["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["url", "checksum"]);
}

#[test]
fn one_platform_has_no_differences() {
    let env = environment();
    let arguments = ["image.yaml", "--platform", "linux/arm64", "--format", "json"];
    let document = document(&explain(&env, &arguments));
    assert_eq!((&document["platform"], &document["differences"]), (&json!("linux/arm64"), &json!([])));
    let swagger = document["inputs"].as_array().unwrap().iter();
    let addresses: Vec<&str> = swagger.map(|input| input["address"].as_str().unwrap()).collect();
    assert!(addresses.iter().any(|address| address.ends_with("/swagger_linux_arm64")), "{addresses:?}");
}

#[test]
fn what_has_errors_is_not_explained() {
    let env = environment();
    env.write("wrong.yaml", IMAGE.replace("variant: runtime", "varaint: runtime"));
    snapshot!("definition-explain-wrong", explain(&env, &["wrong.yaml"]));
    let run = explain(&env, &["chart.yaml", "--platform", "linux/arm64"]);
    run.assert(2, "");
    assert!(run.stderr.contains("is not for `linux/arm64`"), "{}", run.stderr);
    explain(&env, &["."]).assert(2, "name one definition; `dhi definition lint .` checks all of a directory");
    let run = explain(&env, &["missing.yaml"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("error[definition/source]"), "{}", run.stderr);
}

#[test]
fn text_of_a_definition_cannot_act_on_the_terminal() {
    let env = environment();
    env.write("evil.yaml", IMAGE.replace("name: Harbor Core 2.15.x", "name: \"a\\e[2Jb\\u202Ec\""));
    for format in ["table", "json"] {
        let run = explain(&env, &["evil.yaml", "--format", format]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(!run.stdout.contains(['\u{1b}', '\u{202e}']), "{}", run.stdout);
    }
}

#[test]
fn an_included_file_is_named_so_that_it_can_be_opened() {
    let env = TestEnv::new();
    let file = env.write(
        "repo/image/redis/8.yaml",
        format!(
            "# syntax=dhi.io/build:2-debian13\nincludes: [common/base.yaml]\n{}",
            IMAGE.split_once('\n').unwrap().1
        ),
    );
    env.write("repo/.git/HEAD", "");
    let included = env.write("repo/common/base.yaml", "unknown: x\n");
    for (directory, name, context, shown) in [
        ("repo", "image/redis/8.yaml", None, "common/base.yaml"),
        ("", "repo/image/redis/8.yaml", None, "repo/common/base.yaml"),
        ("repo/image", "redis/8.yaml", None, "../common/base.yaml"),
        ("repo/common", "../image/redis/8.yaml", None, "../common/base.yaml"),
        ("repo", "image/redis/8.yaml", Some("."), "common/base.yaml"),
        ("", "repo/image/redis/8.yaml", Some("repo"), "repo/common/base.yaml"),
        ("", &file, None, &included),
    ] {
        let context = context.map(|root| ["--context", root]).into_iter().flatten();
        for command in ["explain", "lint"] {
            let arguments: Vec<&str> =
                ["definition", command, name].into_iter().chain(context.clone()).collect();
            let run = run(env.command(&arguments).current_dir(env.home().join(directory)));
            let place = format!("{shown}:1:1");
            assert!(
                run.code > 0 && (run.stdout + &run.stderr).contains(&place),
                "{directory} {name}: {place}"
            );
        }
    }
}

#[test]
fn a_file_and_standard_output_have_formats_of_their_own() {
    let env = environment();
    let run = explain(&env, &["image.yaml", "-o", "json=out.json"]);
    run.assert(0, "runs as");
    let written = std::fs::read_to_string(env.home().join("out.json")).unwrap();
    assert_eq!(written, explain(&env, &["image.yaml", "--format", "json"]).stdout);
}
