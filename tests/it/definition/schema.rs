//! `dhi definition schema`.

use std::path::Path;

use serde_json::Value;

use crate::support::env::{TestEnv, project, read};

const FILE: &str = "docs/schemas/definition-1.json";

#[test]
fn the_schema_is_printed_and_documented() {
    let env = TestEnv::new();
    let run = env.dhi(&["definition", "schema"]);
    run.assert(0, "\"$id\": \"urn:dhi:schema:definition:1\"");
    if std::env::var_os("DHI_UPDATE").is_some() {
        std::fs::write(project().join(FILE), &run.stdout).unwrap();
    }
    let current = read(FILE);
    assert!(current == run.stdout, "{FILE} is stale: DHI_UPDATE=1 cargo test --test it definition::schema");
    let file = env.file("definition.schema.json");
    env.dhi(&["definition", "schema", "-o", &file]).assert(0, "");
    assert_eq!(std::fs::read_to_string(Path::new(&file)).unwrap(), run.stdout);
    env.dhi(&["definition", "schema", "-o", &env.file("none/x.json")]).assert(6, "error[output/write]");
}

/// A validator takes it, and each reference in it leads to something.
#[test]
fn the_schema_is_a_schema() {
    let schema: Value = serde_json::from_str(&read(FILE)).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let (mut references, mut open) = (0, vec![&schema]);
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(schema.pointer(pointer).is_some(), "{reference}");
                    references += 1;
                }
                open.extend(members.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    assert!(references > 40, "{references}");
}
