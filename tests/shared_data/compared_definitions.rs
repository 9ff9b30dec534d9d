//! The definitions of the catalog, explained and compared.

use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use dhi::builder::definition::{Definition, Finding, Severity, TargetPlatform};
use dhi::builder::diff::{Side, diff};
use dhi::builder::explain::Explanation;
use dhi::builder::platform::{complete, resolve};
use dhi::report::Style;
use dhi::yaml::{Value, documents};
use serde_json::Value as Json;

use crate::rendered_definitions::{Nothing, definitions};
use crate::{print, shared_data};

/// A definition as it is written, and for each of its platforms. `None` if it has errors.
type Evaluated = (Definition, Vec<(TargetPlatform, Definition)>);

fn evaluated(text: &str, file: &str) -> Option<Evaluated> {
    let is_error = |finding: &Finding| finding.severity == Severity::Error;
    let complete = complete(file, text, &Nothing).ok()?;
    if complete.findings.iter().any(is_error) {
        return None;
    }
    let mut platforms = Vec::new();
    for platform in complete.definition.platforms() {
        let resolution = resolve(&complete.definition, &complete.sources, platform).ok()?;
        if resolution.findings.iter().any(is_error) {
            return None;
        }
        platforms.push((platform, resolution.resolved.definition));
    }
    Some((complete.definition, platforms))
}

fn side(text: &str, file: &str) -> Option<Side> {
    let (written, platforms) = evaluated(text, file)?;
    Some(Side::new(file, &written, &platforms))
}

/// The definitions of the catalog and the examples.
fn all() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    definitions(&shared_data().join("catalog"), &mut found);
    definitions(&shared_data().join("examples"), &mut found);
    if found.is_empty() {
        print(&format!("skipped: there are no definitions in {}", shared_data().display()));
    }
    found
}

/// Keys of definitions, and the part of an explanation that tells what they say.
const SECTIONS: [(&str, &str); 37] = [
    ("name", "/product/name"),
    ("image", "/product/image"),
    ("variant", "/product/variant"),
    ("flavor", "/product/flavor"),
    ("tags", "/product/tag"),
    ("platforms", "/product/platform"),
    ("output", "/product/output"),
    ("dates", "/product/date"),
    ("vars", "/metadata/variable"),
    ("contents.repositories", "/contents/repository"),
    ("contents.repositories", "/inputs"),
    ("contents.keyring", "/contents/key"),
    ("contents.packages", "/contents/package,/contents/exclusion"),
    ("contents.files", "/contents/file"),
    ("contents.artifacts", "/contents/artifact"),
    ("contents.mappings", "/contents/mapping"),
    ("contents.builds", "/build/stage"),
    ("contents.builds.*.pipeline", "/build/step"),
    ("contents.builds.*.contents.packages", "/build/package"),
    ("contents.builds.*.contents.files", "/build/file"),
    ("contents.builds.*.contents.artifacts", "/build/artifact"),
    ("contents.builds.*.outputs", "/build/stage-output"),
    ("contents.builds.*.caches", "/build/cache"),
    ("contents.builds.*.attestations", "/build/attestation"),
    ("contents.builds.*.uses", "/build/stage-image"),
    ("contents.builds.*.pipeline.*.uses", "/actions,/build/step"),
    ("contents.builds.*.pipeline.*.secrets", "/secrets"),
    ("contents.builds.*.pipeline.*.privileged", "/network"),
    ("accounts.run-as", "/runtime/run-as"),
    ("accounts.users", "/runtime/user"),
    ("accounts.groups", "/runtime/group"),
    ("os-release", "/runtime/os-release"),
    ("environment", "/runtime/environment"),
    ("paths", "/contents/path"),
    ("entrypoint", "/runtime/entrypoint"),
    ("cmd", "/runtime/command"),
    ("ports", "/runtime/port"),
];

/// Whether there is a value that is not empty at a path. `*` stands for each item of a list.
fn has(value: Value<'_>, path: &str) -> bool {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let is_filled = |value: Value<'_>| match rest {
        Some(rest) => has(value, rest),
        None => {
            let has_items = value.items().is_some_and(|mut items| items.next().is_some());
            has_items
                || value.members().is_some_and(|mut members| members.next().is_some())
                || value.scalar().is_some()
        }
    };
    match first {
        "*" => value.items().is_some_and(|mut items| items.any(is_filled)),
        name => value.get(name).is_some_and(is_filled),
    }
}

#[test]
fn every_definition_is_explained_with_all_its_sections() {
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schemas/definition-explain-1.json");
    let schema: Json = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let mut wrong = Vec::new();
    for (path, text) in all() {
        let file = path.display().to_string();
        let Some((written, platforms)) = evaluated(&text, &file) else {
            wrong.push(format!("{file}: has errors"));
            continue;
        };
        let told = Explanation::new(&file, &written, &platforms);
        let shown = told.text(Style::default());
        assert!(shown.contains("\nfetches\n") && shown.contains("\ncontains\n"), "{shown}");
        let json: Json = serde_json::from_str(&told.json()).unwrap();
        wrong.extend(schema.iter_errors(&json).map(|error| format!("{file}: {error}")));
        let document = documents(&text, &file).next().unwrap().unwrap();
        let root = document.root().unwrap();
        for (key, sections) in SECTIONS {
            let is_told = sections.split(',').any(|section| {
                let part = json.pointer(section);
                part.is_some_and(|part| part.as_array().is_some_and(|items| !items.is_empty()))
            });
            if has(root, key) && !is_told {
                wrong.push(format!("{file}: {key} is not told in {sections}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_definition_is_equal_to_itself_and_not_to_its_dev_variant() {
    let all = all();
    let mut pairs = 0;
    for (path, text) in &all {
        let file = path.display().to_string();
        let own = side(text, &file).unwrap();
        assert_eq!(diff(own.clone(), own.clone()).changes, [], "{file}");
        let name = path.file_stem().unwrap().to_str().unwrap();
        let dev = path.with_file_name(format!("{name}-dev.yaml"));
        if let Ok(at) = all.binary_search_by(|(other, _)| other.cmp(&dev)) {
            pairs += 1;
            let other = side(&all[at].1, &dev.display().to_string()).unwrap();
            let there = diff(own.clone(), other.clone());
            let back = diff(other, own);
            assert!(!there.is_empty() && !back.is_empty(), "{file}");
        }
    }
    assert!(all.is_empty() || pairs > 20, "{pairs}");
}

/// The ranges of all scalars that are values.
fn scalars(value: Value<'_>, found: &mut Vec<Range<usize>>) {
    if let Some(members) = value.members() {
        members.for_each(|(_, member)| scalars(member, found));
    } else if let Some(items) = value.items() {
        items.for_each(|item| scalars(item, found));
    } else if value.scalar().is_some() {
        found.push(value.range());
    }
}

/// The text with another scalar in place of one.
fn mutated(text: &str, range: &Range<usize>) -> String {
    let written = &text[range.clone()];
    let replacement = match written {
        "true" => "false".to_owned(),
        "false" => "true".to_owned(),
        _ if written.bytes().all(|byte| byte.is_ascii_digit()) && !written.is_empty() => {
            format!("{written}1")
        }
        _ if written.starts_with(['"', '\'']) => {
            let (inner, quote) = written.split_at(written.len() - 1);
            format!("{inner}x{quote}")
        }
        // A block: at the end of its last line.
        _ => {
            let end = written.trim_end().len();
            format!("{}x{}", &written[..end], &written[end..])
        }
    };
    format!("{}{replacement}{}", &text[..range.start], &text[range.end..])
}

#[test]
fn every_scalar_that_changes_is_a_change() {
    let (mut count, mut missed) = (0, Vec::new());
    // Whole files in equal distances, as all of them would take long.
    for (path, text) in all().iter().step_by(16) {
        let file = path.display().to_string();
        let own = side(text, &file).unwrap();
        let document = documents(text, &file).next().unwrap().unwrap();
        let mut places = Vec::new();
        scalars(document.root().unwrap(), &mut places);
        for range in places {
            count += 1;
            // A definition with errors is refused instead.
            let Some(other) = side(&mutated(text, &range), &file) else { continue };
            if diff(own.clone(), other).is_empty() {
                let line = text[..range.start].lines().count();
                missed.push(format!("{file}:{line}: {}", &text[range]));
            }
        }
    }
    print(&format!("{count} scalars were changed"));
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
