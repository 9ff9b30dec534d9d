//! `dhi vex create`: what it writes is read by the other commands, and what would be of no use is refused.

use serde_json::{Value, json};

use crate::support::env::{Run, TestEnv, fixture, run};
use crate::support::registry::InMemoryRegistry;

const ONE: [&str; 6] =
    ["--vulnerability", "CVE-2026-1", "--product", "pkg:npm/table@7.1.0", "--status", "fixed"];

fn create(env: &TestEnv, arguments: &[&str]) -> Run {
    let mut command = env.command(&[&["vex", "create"], arguments].concat());
    run(command.env("SOURCE_DATE_EPOCH", "1764500000"))
}

fn written(env: &TestEnv, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(env.path(name)).unwrap()).unwrap()
}

#[test]
fn a_created_document_is_written_once_and_amended() {
    let env = TestEnv::new();
    let file = env.file("vex.json");
    let author = ["--author", "Acme <vex@acme.example>"];
    let first = create(&env, &[&ONE[..], &author].concat());
    first.assert(0, "");
    assert_eq!(create(&env, &[&ONE[..], &author, &["-o", &file]].concat()).stdout, "");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), first.stdout);
    let before = written(&env, "vex.json");
    assert_eq!((&before["version"], &before["timestamp"]), (&json!(1), &json!("2025-11-30T10:53:20Z")));
    assert_eq!(before["author"], "Acme <vex@acme.example>");

    let more = [
        "--vuln",
        "GHSA-1111-2222-3333",
        "--aliases",
        "CVE-2026-2",
        "--product",
        "registry.example/shop/web:1.2",
        "--subcomponents",
        "pkg:npm/a@1,pkg:npm/b@2",
        "--status",
        "not_affected",
        "--justification",
        "vulnerable_code_not_present",
        "--status-note",
        "checked",
        "--timestamp",
        "2026-01-01T00:00:00Z",
    ];
    create(&env, &[&[file.as_str(), "--in-place"], &more[..]].concat()).assert(0, "");
    let after = written(&env, "vex.json");
    assert_eq!((&after["version"], &after["last_updated"]), (&json!(2), &json!("2026-01-01T00:00:00Z")));
    assert_eq!((&after["@id"], &after["timestamp"]), (&before["@id"], &before["timestamp"]));
    assert_eq!(after["statements"][0], before["statements"][0]);
    let parts = ["pkg:npm/a@1", "pkg:npm/b@2"].map(|id| json!({ "@id": id }));
    assert_eq!(
        after["statements"][1],
        json!({
            "vulnerability": { "name": "GHSA-1111-2222-3333", "aliases": ["CVE-2026-2"] },
            "timestamp": "2026-01-01T00:00:00Z",
            "products": [{
                "@id": "pkg:oci/web?repository_url=registry.example%2Fshop%2Fweb&tag=1.2", "subcomponents": parts,
            }],
            "status": "not_affected", "status_notes": "checked", "justification": "vulnerable_code_not_present",
        })
    );
    // Without `-i` the file stays, and the result goes to standard output.
    let third = create(&env, &[&[file.as_str(), "--timestamp", "2026-02-01T00:00:00Z"], &ONE[..]].concat());
    assert_eq!(serde_json::from_str::<Value>(&third.stdout).unwrap()["version"], 3);
    assert_eq!(written(&env, "vex.json"), after);
}

#[test]
fn a_created_document_suppresses_what_it_names() {
    let env = TestEnv::new();
    let file = env.file("vex.json");
    create(&env, &[&ONE[..], &["-o", &file]].concat()).assert(0, "");
    let found = |name: &str| {
        json!({
            "vulnerability": { "id": "CVE-2026-1", "severity": "High" },
            "artifact": { "name": name, "version": "7.1.0", "type": "npm", "purl": format!("pkg:npm/{name}@7.1.0") },
        })
    };
    let report = json!({
        "matches": [found("table"), found("router")],
        "source": { "type": "directory", "target": "/src" }, "descriptor": { "name": "grype", "version": "0.110.0" },
    });
    let report = env.write("report.json", report.to_string());
    let applied = env.dhi(&["vex", "apply", &report, "--vex", &file, "--trust-unsigned", &file]);
    assert_eq!(applied.code, 0, "{}", applied.stderr);
    let applied: Value = serde_json::from_str(&applied.stdout).unwrap();
    assert_eq!(applied["matches"], json!([found("router")]));
    assert_eq!(applied["ignoredMatches"][0]["artifact"]["name"], "table");
}

#[test]
fn a_created_document_can_be_attested() {
    let env = TestEnv::new();
    let registry = InMemoryRegistry::start();
    registry.serve_layout(&fixture("python"), "acme/api");
    env.generate_key("team");
    let (file, host, key) = (env.file("vex.json"), registry.host(), env.file("team.key"));
    create(&env, &[&ONE[..], &["-o", &file]].concat()).assert(0, "");
    let image = format!("{host}/acme/api:3.13");
    let add = ["attest", "add", "--plain-http", &host, "--key", &key, "--platform", "linux/amd64"];
    let added = env.dhi(&[&add[..], &["--predicate-type", "openvex", "--file", &file, &image]].concat());
    assert_eq!(added.code, 0, "{}", added.stderr);
    let public = env.file("team.pub");
    let get = ["attest", "get", "--plain-http", &host, "--attestor-key", &public, "--key", &public];
    let predicate =
        ["--platform", "linux/amd64", "--predicate-type", "https://openvex.dev/ns", "--predicate", &image];
    let read = env.dhi(&[&get[..], &predicate].concat());
    assert_eq!(read.code, 0, "{}", read.stderr);
    assert_eq!(serde_json::from_str::<Value>(&read.stdout).unwrap(), written(&env, "vex.json"));
}

#[test]
fn what_is_not_valid_is_refused_with_the_flags_that_correct_it() {
    let env = TestEnv::new();
    let start = ["--vulnerability", "CVE-2026-1", "--product", "pkg:npm/a@1"];
    let refused = |arguments: &[&str], expected: &[&str]| {
        let run = create(&env, arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
        assert!(expected.iter().all(|text| run.stderr.contains(text)), "{}", run.stderr);
    };
    let with = |more: &[&'static str]| [&start[..], more].concat();
    let label = "component_not_present";
    refused(
        &with(&["--status", "not_affected"]),
        &["needs a justification", "hint:", "--justification vuln"],
    );
    refused(&with(&["--status", "affected"]), &["needs an action statement", "--action-statement 'Update"]);
    refused(
        &with(&["--status", "fixed", "--justification", label]),
        &["`fixed` has no justification", "leave out"],
    );
    refused(&with(&["--status", "fixed", "--action-statement", "x"]), &["`fixed` has no action statement"]);
    refused(&with(&["--status", "fixed", "--impact-statement", "x"]), &["`fixed` has no impact statement"]);
    refused(&with(&["--status", "resolved"]), &["usage/invalid-value", "under_investigation"]);
    refused(
        &with(&["--status", "not_affected", "--justification", "not_used"]),
        &["inline_mitigations_already_exist"],
    );
    refused(&start, &["--status"]);
    let fixed = ["--vulnerability", "CVE-2026-1", "--status", "fixed", "--product"];
    refused(
        &[&fixed[..], &["pkg:npm/router@<7.2"]].concat(),
        &["`pkg:npm/router@<7.2` would match nothing", "range"],
    );
    refused(&[&fixed[..], &["Unknown Product"]].concat(), &["`Unknown Product` is not a product"]);
    refused(
        &[&fixed[..], &["openssl"]].concat(),
        &["`openssl` is not a product", "hint: write a package URL"],
    );
    let known = env.write("known.json", r#"{"timestamp":"2027-01-01T00:00:00Z","statements":[]}"#);
    refused(&[&[known.as_str()], &ONE[..]].concat(), &["before 2027-01-01T00:00:00Z", "known.json"]);
    let csaf = env.write("csaf.json", r#"{"document":{"csaf_version":"2.0"}}"#);
    refused(&[&[csaf.as_str()], &ONE[..]].concat(), &["cannot be added to", "csaf.json", "it is CSAF"]);
    let text = env.write("text.json", "no JSON");
    refused(&[&[text.as_str()], &ONE[..]].concat(), &["vex/document", "text.json", "line 1, column 1"]);
    refused(&[&[env.file("none.json").as_str()], &ONE[..]].concat(), &["none.json", "cannot be read"]);
    refused(&[&ONE[..], &["--in-place"]].concat(), &["FILE"]);
    let mut command = env.command(&[&["vex", "create"], &ONE[..]].concat());
    let run = run(command.env("SOURCE_DATE_EPOCH", "yesterday"));
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("`SOURCE_DATE_EPOCH` is `yesterday`"), "{}", run.stderr);
}
