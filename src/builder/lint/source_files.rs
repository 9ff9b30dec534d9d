//! Files of the repository that `paths` take.

use super::linter::{Linter, shown, similar};
use super::surroundings::SourceFiles;
use crate::builder::definition::{Definition, PathEntry, PathKind, Rule, Severity, Text, has_template};

/// The paths in the repository that a definition names, without those that are known only after templates are evaluated.
pub fn sources(definition: &Definition) -> impl Iterator<Item = &Text> {
    let of_stages = definition.stages.iter().flat_map(|stage| &stage.paths);
    definition.paths.iter().chain(of_stages).filter_map(source)
}

fn source(entry: &PathEntry) -> Option<&Text> {
    let source = entry.source.as_ref()?;
    let is_copied = matches!(entry.kind.value, PathKind::File | PathKind::Directory);
    (is_copied && !source.is_empty() && !has_template(source)).then_some(source)
}

/// Whether a path stays below the root of the repository.
pub fn is_inside(path: &str) -> bool {
    !path.starts_with('/') && !path.split('/').any(|part| part == "..")
}

pub(super) fn check(linter: &mut Linter<'_>) {
    for source in sources(linter.definition) {
        if !is_inside(source) {
            let message = format!("`{}` leads out of the repository", shown(source));
            linter.find(Rule::SOURCE_OUTSIDE, source.range.clone(), message);
            continue;
        }
        let path = source.trim_end_matches('/');
        let (files, severity) = match &linter.surroundings.sources {
            SourceFiles::Unknown => continue,
            SourceFiles::Guessed(files) => (files, Severity::Note),
            SourceFiles::Known(files) => (files, Severity::Error),
        };
        if files.contains(path) {
            continue;
        }
        let message = format!("there is no `{}` in the repository", shown(source));
        let mut finding = linter.finding(Rule::MISSING_SOURCE, source.range.clone(), message);
        finding.severity = severity;
        linter.report(match similar(path, files.iter().map(String::as_str)) {
            Some(other) => linter.suggest(finding, source, other),
            None => finding,
        });
    }
}
