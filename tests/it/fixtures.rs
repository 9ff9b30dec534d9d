//! Every fixture gives the verdict in `fixtures/cases.json`, and a result that matches the published schema.

use std::path::Path;

use serde_json::Value;
use tempfile::NamedTempFile;

use crate::support::env::{Run, TestEnv, fixture, project, read};
use crate::support::registry::InMemoryRegistry;

fn cases() -> Vec<Value> {
    let cases: Value = serde_json::from_str(&read("fixtures/cases.json")).unwrap();
    let cases = cases.as_array().unwrap().clone();
    assert!(cases.len() > 40);
    cases
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

fn check(case: &Value, reference: &str, more: &[&str], schema: &jsonschema::Validator, env: &TestEnv) {
    let arguments = [&["--format", "json"], more, &texts(&case["args"]), &[reference]].concat();
    let run = env.verify(&arguments);
    let name = format!("{} as {reference}", case["name"]);
    let document = run.json();
    let errors: Vec<String> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0], "{name}");
    let mut ids = texts(&case["ids"]);
    if more.contains(&"--offline") {
        // Who must not be asked at all is not asked in vain.
        ids.iter_mut().filter(|id| **id == "registry/unreachable").for_each(|id| *id = "registry/offline");
    }
    ids.sort_unstable();
    assert_eq!(
        (i64::from(run.code), run.ids()),
        (case["exit"].as_i64().unwrap(), ids.iter().map(ToString::to_string).collect()),
        "{name}"
    );
    assert_eq!(document["exitCode"], case["exit"], "{name}");
    assert_eq!(document["verdict"] == "pass", run.code == 0, "{name}");
}

fn schema() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&read("docs/schemas/verify-2.json")).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

#[test]
fn fixtures_as_layouts() {
    let (env, schema) = (TestEnv::new(), schema());
    for case in cases() {
        let layout = case["layout"].as_str().unwrap();
        let reference = format!("oci:fixtures/{layout}:{}", case["tag"].as_str().unwrap());
        check(&case, &reference, &[], &schema, &env);
    }
}

fn pack(layout: &Path) -> NamedTempFile {
    let file = tempfile::Builder::new().suffix(".tar").tempfile().unwrap();
    let mut archive = tar::Builder::new(file.as_file());
    archive.append_dir_all(".", layout).unwrap();
    archive.into_inner().unwrap();
    file
}

#[test]
fn fixtures_as_archives() {
    let (env, schema) = (TestEnv::new(), schema());
    for case in cases() {
        let archive = pack(&fixture(case["layout"].as_str().unwrap()));
        let reference = format!("archive:{}:{}", archive.path().display(), case["tag"].as_str().unwrap());
        check(&case, &reference, &["--offline"], &schema, &env);
    }
}

#[test]
fn archives_of_other_formats_are_recognised() {
    let env = TestEnv::new();
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, entries: &[(&str, &str)]| {
        let path = folder.path().join(name);
        let mut archive = tar::Builder::new(std::fs::File::create(&path).unwrap());
        for (name, content) in entries {
            let mut header = tar::Header::new_ustar();
            header.set_size(content.len() as u64);
            archive.append_data(&mut header, name, content.as_bytes()).unwrap();
        }
        archive.into_inner().unwrap();
        path
    };
    let verify = |path: &Path| env.verify(&[&format!("archive:{}", path.display())]);
    let marker = ("oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#);
    let manifest = ("manifest.json", r#"[{"Config":"a.json","RepoTags":["python:3.13"],"Layers":[]}]"#);

    let saved = verify(&write("saved.tar", &[("a.json", "{}"), manifest, ("repositories", "{}")]));
    saved.assert(3, "error[registry/docker-archive]");
    saved.assert(3, "regctl image copy --referrers");
    // Newer Docker writes both, and an engine may load what the layout does not name.
    let index = ("index.json", r#"{"schemaVersion":2,"manifests":[]}"#);
    verify(&write("both.tar", &[marker, index, manifest])).assert(3, "error[registry/docker-archive]");
    let in_folder =
        verify(&write("folder.tar", &[("python/oci-layout", marker.1), ("python/index.json", "")]));
    in_folder.assert(2, "its folder `python`");
    in_folder.assert(2, "-cf FILE .");
    verify(&write("empty.tar", &[])).assert(2, "it has no file `oci-layout`");

    let gzip = folder.path().join("x.tar.gz");
    std::fs::write(&gzip, [&[0x1f, 0x8b, 8][..], &[0; 600]].concat()).unwrap();
    let refused: Run = verify(&gzip);
    refused.assert(2, "error[registry/archive]");
    refused.assert(2, &format!("hint: uncompress it: `gunzip {}`", gzip.display()));
}

#[test]
fn fixtures_in_registries_with_and_without_the_api() {
    let schema = schema();
    for api in [true, false] {
        let registry = InMemoryRegistry::start();
        registry.referrers_api(api);
        let host = registry.host();
        for case in cases() {
            let layout = case["layout"].as_str().unwrap();
            // A manifest that names another subject is listed by a fallback tag only.
            if api && layout == "bad/wrong-manifest-subject" {
                continue;
            }
            registry.serve_layout(&project().join("fixtures").join(layout), layout);
            let reference = format!("{host}/{layout}:{}", case["tag"].as_str().unwrap());
            check(&case, &reference, &["--plain-http", &host, "--no-cache"], &schema, &TestEnv::new());
        }
    }
}
