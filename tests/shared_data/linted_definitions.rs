//! The rules over the definitions of the catalog: no error, and as many files with findings as a script counts that reads
//! the definitions with another YAML reader.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use dhi::builder::definition::Severity;
use dhi::builder::lint::{SourceFiles, Surroundings, TagOwners, check};
use dhi::builder::platform::complete;
use jiff::civil::date;

use super::rendered_definitions::{Nothing, definitions};

/// The files of the catalog in which a rule finds something, if that can be counted from the values alone. Rules with 0
/// have no finding in the whole catalog, of which these files are a part.
const COUNTED: &[(&str, usize)] = &[
    ("definition/ambiguous-scalar", 5),
    ("definition/arguments-without-action", 0),
    ("definition/checksum-file", 16),
    ("definition/date-order", 0),
    ("definition/deleted-root", 0),
    ("definition/dev-package-manager", 2),
    ("definition/dev-runs-as-user", 6),
    ("definition/dev-tag", 6),
    ("definition/directory-mode", 61),
    ("definition/duplicate-package", 12),
    ("definition/duplicate-repository", 0),
    ("definition/duplicate-stage", 3),
    ("definition/end-of-life", 15),
    ("definition/errors-ignored", 0),
    ("definition/file-without-checksum", 86),
    ("definition/fixed-comparison", 0),
    ("definition/image-directory", 0),
    ("definition/link-mode", 6),
    ("definition/missing-key", 0),
    ("definition/moving-revision", 13),
    ("definition/no-annotation", 14),
    ("definition/no-end-of-life", 204),
    ("definition/no-entrypoint", 7),
    ("definition/no-keyring", 0),
    ("definition/no-network", 0),
    ("definition/no-outputs", 0),
    ("definition/no-signed-by", 0),
    ("definition/other-distribution", 30),
    ("definition/package-and-exclusion", 52),
    ("definition/parent-path", 0),
    ("definition/plain-http-file", 14),
    ("definition/plain-http-key", 0),
    ("definition/plain-http-repository", 2),
    ("definition/privileged-port", 3),
    ("definition/relative-path", 3),
    ("definition/repeated-path", 4),
    ("definition/repeated-target", 7),
    ("definition/required-secret", 3),
    ("definition/root-not-declared", 0),
    ("definition/run-as-not-declared", 0),
    ("definition/runs-as-root", 6),
    ("definition/runtime-package-manager", 3),
    ("definition/runtime-shell", 59),
    ("definition/set-id", 3),
    ("definition/shared-id", 0),
    ("definition/short-mode", 10),
    ("definition/source-outside", 0),
    ("definition/tag-reused", 0),
    ("definition/template", 0),
    ("definition/unclosed-reference", 0),
    ("definition/undeclared-group", 24),
    ("definition/undeclared-member", 5),
    ("definition/unknown-action", 0),
    ("definition/unknown-key", 0),
    ("definition/unknown-parameter", 0),
    ("definition/unpinned-image", 5),
    ("definition/unresolved-name", 45),
    ("definition/world-writable", 6),
];

/// The files in which each rule finds something. Errors are a failure.
fn hits(folder: &Path) -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut found = Vec::new();
    definitions(folder, &mut found);
    let mut tags = TagOwners::default();
    let mut hits: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (path, text) in &found {
        let name = path.strip_prefix(folder).unwrap().display().to_string();
        let complete = complete(&name, text, &Nothing).unwrap();
        let surroundings =
            Surroundings { file: &name, today: date(2026, 11, 30), sources: SourceFiles::Unknown };
        for result in check(&complete, &surroundings, &mut tags).unwrap() {
            for finding in result.findings {
                assert_ne!(finding.severity, Severity::Error, "{name}: {finding:?}");
                hits.entry(finding.rule.as_str()).or_default().insert(name.clone());
            }
        }
    }
    hits
}

#[test]
fn rules_find_in_the_catalog_what_another_reader_counts() {
    let data = crate::shared_data();
    let hits = hits(&data.join("catalog"));
    if hits.is_empty() {
        crate::print("skipped: there is no catalog");
        return;
    }
    let count = |rule: &str| hits.get(rule).map_or(0, BTreeSet::len);
    let found: Vec<(&str, usize)> = COUNTED.iter().map(|(rule, _)| (*rule, count(rule))).collect();
    assert_eq!(found, COUNTED);
}

#[test]
fn the_examples_have_no_errors() {
    hits(&crate::shared_data().join("examples"));
}
