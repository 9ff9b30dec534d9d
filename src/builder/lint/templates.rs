//! Names in templates that mean nothing. Expressions are checked by their evaluation (`platform`).

use std::ops::Range;

use super::limits::LINT_NAMES;
use super::linter::{Linter, shown, similar};
use super::texts::{Usage, places};
use crate::builder::definition::{Entry, Rule, Severity, Stage};
use crate::builder::template::{Kind, Name, Template};

/// The names that all definitions have.
const NAMES: &[&str] =
    &["source.dir", "target.arch", "target.dev", "target.dir", "target.fips", "target.flavor"];

/// Before the dot of a name, these say that it is meant for the builder.
const ROOTS: &[&str] = &["matrix", "source", "target", "vars"];

pub(super) fn check(linter: &mut Linter<'_>) {
    for Entry { value, .. } in &linter.definition.vars {
        let Ok(template) = Template::parse(value, Kind::Variable) else { continue };
        let names = template.references().map(|reference| (reference.name, reference.range.clone()));
        let found = names.filter_map(|(name, range)| {
            unresolved(linter, name, None, Usage::Passed).map(|(name, severity)| (name, severity, range))
        });
        for (name, severity, range) in found.take(LINT_NAMES).collect::<Vec<_>>() {
            let place = value.range_of(linter.text, range.clone());
            let is_exact = linter.text.get(place.clone()) == value.get(range);
            report_name(linter, name, severity, place, is_exact);
        }
    }
    for place in places(linter.definition) {
        let Ok(template) = Template::parse(place.text, place.kind()) else { continue };
        let names = template.references().map(|reference| (reference.name, reference.range.clone()));
        let found = names.filter_map(|(name, range)| {
            unresolved(linter, name, place.stage, place.usage).map(|(name, severity)| (name, severity, range))
        });
        for (name, severity, range) in found.take(LINT_NAMES).collect::<Vec<_>>() {
            let written = place.range_of(linter.text, range.clone());
            let is_exact = linter.text.get(written.clone()) == place.text.get(range);
            report_name(linter, name, severity, written, is_exact);
        }
    }
}

/// The name and the severity, if nothing in the definition has the name.
fn unresolved<'n>(
    linter: &Linter<'_>,
    name: Name<'n>,
    stage: Option<&Stage>,
    usage: Usage,
) -> Option<(&'n str, Severity)> {
    let severity = if usage == Usage::Passed { Severity::Note } else { Severity::Warning };
    let is_in_matrix =
        |name: &str| stage.is_some_and(|stage| stage.matrix.iter().any(|row| row.items.get(name).is_some()));
    match name {
        Name::Target(_) | Name::Directory => None,
        Name::Matrix(name) if is_in_matrix(name) => None,
        Name::Variable(name) if linter.definition.vars.get(name).is_some() => None,
        // Other files may have it.
        Name::Variable(_) if !linter.is_whole() => None,
        Name::Variable(_) if usage == Usage::Script => None,
        Name::Variable(name) => Some((name, severity)),
        Name::Matrix(name) => Some((name, Severity::Warning)),
        Name::Other(name) => {
            let is_ours = name.split('.').next().is_some_and(|root| ROOTS.contains(&root));
            match usage {
                _ if is_ours => Some((name, Severity::Warning)),
                Usage::Script => None,
                _ => Some((name, severity)),
            }
        }
    }
}

/// `is_exact` is whether the range has the reference alone, as where its text has no escapes.
fn report_name(linter: &mut Linter<'_>, name: &str, severity: Severity, range: Range<usize>, is_exact: bool) {
    let message = format!("no variable is named `{}`, so this text stays as it is", shown(name));
    let mut finding = linter.finding(Rule::UNRESOLVED_NAME, range.clone(), message);
    finding.severity = severity;
    let vars = linter.definition.vars.iter().map(|entry| entry.name.value.as_str());
    if is_exact
        && linter.lists_findings()
        && let Some(other) = similar(name, NAMES.iter().copied().chain(vars))
        // A name that only begins like this one means something else.
        && other.len().abs_diff(name.len()) <= 2
    {
        finding = finding.suggest(range, format!("${{{other}}}"));
    }
    linter.report(finding);
}
