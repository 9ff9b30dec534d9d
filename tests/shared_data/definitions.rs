//! Definitions of the catalog and the examples, and the definitions of bug reports with their right values.

use std::fs;
use std::path::{Path, PathBuf};

use dhi::builder::definition::{Definition, Finding, Kind, LineIndex, Read, Severity, read};
use dhi::yaml::{Document, Value, documents};
use serde_json::Value as Json;

use super::{print, shared_data};

/// The YAML files below a folder, sorted.
fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(yaml_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            all.push(path);
        }
    }
    all.sort();
    all
}

fn read_file(path: &Path) -> (String, Read) {
    let text = fs::read_to_string(path).unwrap();
    let read = read(&text, &path.display().to_string()).unwrap_or_else(|error| panic!("{error}"));
    (text, read)
}

fn shown(path: &Path, text: &str, finding: &Finding) -> String {
    let at = LineIndex::new(text).position(finding.range.start);
    let Finding { rule, severity, message, .. } = finding;
    format!("{}:{}:{}: {severity}: {message} ({rule})", path.display(), at.line, at.column)
}

#[test]
fn definitions_of_the_catalog_are_read_without_errors() {
    let folder = shared_data().join("catalog");
    let (mut counts, mut wrong, mut warnings) = ([0; 3], Vec::new(), Vec::new());
    for path in yaml_files(&folder) {
        if !fs::read_to_string(&path).unwrap().starts_with("# syntax=") {
            continue;
        }
        let (text, Read { definition, findings }) = read_file(&path);
        counts[match definition.kind() {
            Kind::Image => 0,
            Kind::Package => 1,
            Kind::Chart => 2,
        }] += 1;
        for finding in findings {
            let list = if finding.severity == Severity::Error { &mut wrong } else { &mut warnings };
            list.push(shown(&path, &text, &finding));
        }
    }
    if counts == [0; 3] {
        return print(&format!("skipped: there are no definitions in {}", folder.display()));
    }
    print(&format!("{counts:?} images, packages and charts, {} warnings", warnings.len()));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(counts.iter().all(|count| *count >= 10), "{counts:?}");
    // Known ones: versions without quotes, and users that are listed twice.
    assert!(warnings.len() < 100, "{}", warnings.join("\n"));
}

#[test]
fn examples_are_read_without_errors() {
    let files = yaml_files(&shared_data().join("examples"));
    if files.is_empty() {
        return print("skipped: there are no examples");
    }
    // The configuration of another program.
    for path in files.iter().filter(|path| !path.ends_with("regsync.yaml")) {
        let (text, read) = read_file(path);
        let errors = read.findings.iter().filter(|finding| finding.severity == Severity::Error);
        let errors: Vec<String> = errors.map(|finding| shown(path, &text, finding)).collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
    }
}

/// The definition of a bug report and its right values.
fn report(name: &str) -> Option<(String, Read, Json)> {
    let folder = shared_data().join("bugs-builder").join(name);
    let Ok(expected) = fs::read_to_string(folder.join("expected.json")) else {
        print(&format!("skipped: there is no {}", folder.display()));
        return None;
    };
    let (text, read) = read_file(&folder.join("definition.yaml"));
    Some((text, read, serde_json::from_str(&expected).unwrap()))
}

#[test]
fn accounts_are_read_in_their_order() {
    let Some((_, Read { definition, findings }, _)) = report("17-shadow") else { return };
    assert_eq!(findings, []);
    let accounts = definition.accounts.unwrap();
    assert!(accounts.root.unwrap().value);
    assert_eq!(accounts.run_as.unwrap().value, "root");
    let users: Vec<(&str, u32, u32)> = accounts
        .users
        .iter()
        .map(|user| (user.name.value.as_str(), user.uid.value, user.gid.value))
        .collect();
    assert_eq!(users, [("nonroot", 65532, 65532), ("kafka", 1001, 0)]);
    assert_eq!(accounts.groups[0].members[0].value, "nonroot");
}

#[test]
fn a_port_range_is_one_entry_for_each_port() {
    let Some((_, Read { definition, findings }, expected)) = report("19-port-range") else { return };
    assert_eq!(findings, []);
    let ports = definition.ports.iter().flat_map(|port| port.value.as_ref().unwrap().ports());
    let mut ports: Vec<String> = ports.map(|port| port.to_string()).collect();
    let mut right: Vec<String> =
        expected["config.ExposedPorts"].as_object().unwrap().keys().cloned().collect();
    ports.sort();
    right.sort();
    assert_eq!(ports, right);
    for wrong in expected["must_not"].as_array().unwrap() {
        assert!(!ports.iter().any(|port| port == wrong));
    }
}

/// The value at a path such as `contents.builds[0].name`, or its key if it is empty.
fn line_at(document: &Document, path: &str) -> usize {
    let mut value: Value<'_> = document.root().unwrap();
    let mut line = value.line();
    for part in path.split(['.', '[']) {
        (line, value) = match part.strip_suffix(']') {
            Some(number) => {
                let item = value.items().unwrap().nth(number.parse().unwrap()).unwrap();
                (item.line(), item)
            }
            None => {
                let (key, member) =
                    value.members().unwrap().find(|(key, _)| key.scalar() == Some(part)).unwrap();
                (key.line(), member)
            }
        };
    }
    line
}

/// The text of the model for a path of the expected values.
fn kept<'d>(definition: &'d Definition, path: &str) -> Option<&'d str> {
    let (area, name) = path.rsplit_once('.').unwrap_or(("", path));
    match (area, name) {
        ("environment", name) => definition.environment.get(name).map(|text| text.value.as_str()),
        (_, "tags[0]") => definition.tags.first().map(dhi::builder::definition::Typed::as_str),
        (_, "checksum") => definition.stages[0].contents.as_ref()?.files[0]
            .checksum
            .as_ref()
            .map(dhi::builder::definition::Typed::as_str),
        (_, "version") => definition.stages[0].pipeline[0].with.as_ref()?.get("version")?.as_str(),
        _ => panic!("no value is compared at {path}"),
    }
}

#[test]
fn ambiguous_scalars_are_findings_and_keep_their_characters() {
    let Some((text, Read { definition, findings }, expected)) = report("28-yaml-numbers") else { return };
    let document = documents(&text, "definition.yaml").next().unwrap().unwrap();
    let index = LineIndex::new(&text);
    let expected_findings = expected["findings"].as_array().unwrap();
    for right in expected_findings {
        let path = right["at"].as_str().unwrap();
        let line = line_at(&document, path);
        let finding = findings.iter().find(|finding| index.position(finding.range.start).line == line);
        let finding = finding.unwrap_or_else(|| panic!("no finding at {path}, line {line}: {findings:#?}"));
        for part in right["text_has"].as_array().into_iter().flatten() {
            assert!(finding.message.contains(part.as_str().unwrap()), "{path}: {}", finding.message);
        }
        if let Some(value) = right["value_kept"].as_str() {
            assert_eq!(kept(&definition, path), Some(value), "{path}");
            let suggested = finding.suggestion.as_ref().map(|suggestion| suggestion.text.as_str());
            assert_eq!(suggested, Some(&*format!("\"{value}\"")), "{path}");
        }
    }
    assert_eq!(findings.len(), expected_findings.len(), "{findings:#?}");
    assert!(findings.iter().any(|finding| finding.severity == Severity::Error));
    let empty = findings.iter().find(|finding| finding.message.contains("EMPTY")).unwrap();
    assert_eq!((definition.environment.get("EMPTY"), empty.severity), (None, Severity::Error));
    assert_eq!(kept(&definition, "environment.QUOTED"), Some("010"));
    for wrong in expected["must_not"].as_array().unwrap().iter().filter_map(Json::as_str) {
        for finding in &findings {
            assert!(!finding.message.contains(&format!("`{wrong}`")), "{wrong}: {}", finding.message);
        }
    }
}
