//! The definitions of the catalog, evaluated and written for each platform.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use dhi::builder::definition::{Definition, Finding, Keyword, Severity, TargetPlatform};
use dhi::builder::platform::{Loader, complete, render, resolve};

/// The catalog has no definition that includes others.
pub(super) struct Nothing;

impl Loader for Nothing {
    fn load(&self, _: &str) -> Result<String, String> {
        Err("nothing can be included here".to_owned())
    }
}

/// All files below a folder whose first line is that of a definition.
pub(super) fn definitions(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            definitions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            let text = fs::read_to_string(&path).unwrap();
            if text.starts_with("# syntax=") {
                found.push((path, text));
            }
        }
    }
    found.sort();
}

fn errors(findings: &[Finding]) -> Vec<&Finding> {
    findings.iter().filter(|finding| finding.severity == Severity::Error).collect()
}

/// The written form of a definition for a platform, and the definition.
fn rendered(text: &str, file: &str, platform: TargetPlatform) -> (String, Definition) {
    let complete = complete(file, text, &Nothing).unwrap_or_else(|error| panic!("{file}: {error}"));
    assert_eq!(errors(&complete.findings), Vec::<&Finding>::new(), "{file}");
    let resolution = resolve(&complete.definition, &complete.sources, platform).unwrap();
    assert_eq!(resolution.findings, [], "{file}");
    (render(&resolution.resolved), complete.definition)
}

/// The text with only this platform at its top level.
fn for_platform(text: &str, platform: TargetPlatform) -> String {
    let others = TargetPlatform::ALL.iter().filter(|other| **other != platform);
    others.fold(text.to_owned(), |text, other| text.replacen(&format!("\n  - {other}\n"), "\n", 1))
}

#[test]
fn the_written_form_of_a_definition_is_stable() {
    let data = crate::shared_data();
    let mut found = Vec::new();
    definitions(&data.join("catalog"), &mut found);
    definitions(&data.join("examples"), &mut found);
    if found.is_empty() {
        crate::print(&format!("skipped: there are no definitions in {}", data.display()));
        return;
    }
    let (mut written, mut as_written, mut differing) = (0, 0, BTreeSet::new());
    for (path, text) in &found {
        let file = path.display().to_string();
        for platform in TargetPlatform::ALL.iter().copied() {
            let is_for = complete(&file, text, &Nothing).unwrap().definition.platforms().contains(&platform);
            if !is_for {
                continue;
            }
            let (once, _) = rendered(text, &file, platform);
            let (twice, again) = rendered(&once, &file, platform);
            assert_eq!(once, twice, "{file}");
            assert_eq!(again.platforms(), [platform], "{file}");
            let left = once.lines().find(|line| line.contains("#{ target."));
            assert_eq!(left, None, "{file}: not evaluated");
            written += 1;
            if once == for_platform(text, platform) {
                as_written += 1;
            } else {
                differing.insert(file.clone());
            }
        }
    }
    crate::print(&format!(
        "{written} written, {as_written} of them as in the catalog, {} files differ",
        differing.len()
    ));
    // The catalog is in this form, so most files without templates for a platform do not change.
    assert!(as_written * 2 > written, "{differing:#?}");
}
