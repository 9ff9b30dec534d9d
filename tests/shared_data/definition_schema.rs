//! The JSON Schema of definitions, on the definitions of the catalog and the examples.

use std::fs;
use std::path::{Path, PathBuf};

use dhi::builder::schema::schema;
use dhi::yaml::{ScalarType, Value, documents};
use serde_json::Value as Json;

use super::{print, shared_data};

/// The files below a folder that begin with the line of a definition.
fn definitions(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            definitions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            let text = fs::read_to_string(&path).unwrap();
            if text.starts_with("# syntax=") {
                found.push((path, text));
            }
        }
    }
}

/// A value as an editor sees it, by the rules of YAML 1.2.
fn json(value: Value<'_>) -> Json {
    if let Some(members) = value.members() {
        return members.map(|(key, value)| (key.scalar().unwrap().to_owned(), json(value))).collect();
    }
    if let Some(items) = value.items() {
        return items.map(json).collect();
    }
    let text = value.scalar().unwrap();
    match value.scalar_types().unwrap().yaml_1_2 {
        ScalarType::Null => Json::Null,
        ScalarType::Bool => Json::Bool(text.eq_ignore_ascii_case("true")),
        ScalarType::Int => Json::from(text.parse::<i64>().unwrap()),
        ScalarType::Float => Json::from(text.parse::<f64>().unwrap()),
        _ => Json::from(text),
    }
}

#[test]
fn every_definition_of_the_catalog_has_the_schema() {
    let mut all = Vec::new();
    definitions(&shared_data().join("catalog"), &mut all);
    definitions(&shared_data().join("examples"), &mut all);
    if all.is_empty() {
        return print("skipped: there are no definitions");
    }
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    let mut wrong = Vec::new();
    for (path, text) in &all {
        let name = path.display().to_string();
        let document = documents(text, &name).next().unwrap().unwrap();
        let value = json(document.root().unwrap());
        wrong.extend(validator.iter_errors(&value).map(|error| {
            format!("{name}: {}: {error}", error.instance_path()).chars().take(300).collect::<String>()
        }));
    }
    print(&format!("{} definitions", all.len()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
