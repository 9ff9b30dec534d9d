//! Checks one definition with all rules, also those of its reader and of its evaluation.

use std::collections::HashSet;

use super::accounts;
use super::catalogue::severity;
use super::linter::Linter;
use super::result::FileResult;
use super::surroundings::Surroundings;
use super::tag_owners::TagOwners;
use super::{
    actions, comparisons, contents, images, metadata, packages, paths, permissions, ports, repositories,
    scripts, source_files, stages, templates,
};
use crate::builder::definition::{Finding, Rule};
use crate::builder::platform::{Complete, Error, SourceFile, resolve};

/// Checks a definition. The first result is that of its file; files that it includes follow if they have findings.
///
/// # Errors
///
/// A limit was reached.
pub fn check(
    complete: &Complete,
    surroundings: &Surroundings<'_>,
    tags: &mut TagOwners,
) -> Result<Vec<FileResult>, Error> {
    let Complete { definition, sources, findings } = complete;
    let files = sources.files();
    // The ranges of the findings are those of all texts one after another.
    let texts: Vec<&str> = files.iter().map(|file| file.text.as_str()).collect();
    let text = texts.join("\n");
    let mut found = findings.clone();

    let is_whole =
        definition.directive.is_some() && !findings.iter().any(|finding| finding.rule == Rule::INCLUDE);
    let platforms = definition.platforms().into_iter();
    let resolutions = platforms.map(|platform| resolve(definition, sources, platform));
    let resolutions = resolutions.collect::<Result<Vec<_>, _>>()?;
    let mut linter = Linter::new(&text, definition, surroundings, findings, is_whole);
    for check in CHECKS.iter().chain(VALUE_CHECKS) {
        check(&mut linter);
    }
    for resolution in &resolutions {
        linter.evaluate(&resolution.resolved.definition);
        for check in VALUE_CHECKS.iter().chain(EVALUATED_CHECKS) {
            check(&mut linter);
        }
    }
    // Without the variables, every use of one would be an error.
    let has_variables = !linter.unread.is_misspelled("vars");
    found.extend(linter.finish());
    let mut owners = tags.of(surroundings.file);
    let mut known: HashSet<Finding> = HashSet::new();
    for resolution in resolutions {
        let is_own = |finding: &Finding| has_variables || finding.rule != Rule::TEMPLATE;
        let findings = resolution.findings.into_iter().filter(is_own);
        found.extend(findings.filter(|finding| known.insert(finding.clone())));
        found.extend(owners.add(&resolution.resolved, severity(Rule::TAG_REUSED)));
    }

    let mut results: Vec<FileResult> = files.iter().map(FileResult::of).collect();
    for mut finding in found {
        let Some((file, range)) = sources.locate(&finding.range) else { continue };
        let number = files.iter().position(|other| std::ptr::eq(other, file)).unwrap_or_default();
        let offset = finding.range.start - range.start;
        finding.range = range;
        if let Some(suggestion) = &mut finding.suggestion {
            suggestion.range = suggestion.range.start - offset..suggestion.range.end - offset;
        }
        if let Some(result) = results.get_mut(number) {
            result.findings.push(finding);
        }
    }
    results.iter_mut().for_each(FileResult::sort);
    let mut number = 0;
    results.retain(|result| {
        number += 1;
        number == 1 || !result.findings.is_empty()
    });
    Ok(results)
}

/// The rules about the definition as it is written.
const CHECKS: &[fn(&mut Linter<'_>)] = &[
    metadata::check,
    stages::check,
    scripts::check,
    actions::check,
    templates::check,
    comparisons::check,
    source_files::check,
];

/// The rules about single values. As written, also entries that no platform uses are checked; as evaluated, also values
/// that variables have.
const VALUE_CHECKS: &[fn(&mut Linter<'_>)] =
    &[contents::check, repositories::check, packages::check, images::check, paths::check, permissions::check];

/// The rules that compare values which can have templates on both sides.
const EVALUATED_CHECKS: &[fn(&mut Linter<'_>)] = &[accounts::check, ports::check];

impl FileResult {
    fn of(file: &SourceFile) -> Self {
        Self { file: file.name.clone(), text: file.text.clone(), findings: Vec::new() }
    }
}
