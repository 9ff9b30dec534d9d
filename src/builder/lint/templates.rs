//! Templates: names that mean nothing, and expressions that cannot be evaluated.

use std::collections::BTreeSet;
use std::ops::Range;

use super::limits::{LINT_NAMES, LINT_ROWS};
use super::linter::{Linter, shown, similar};
use super::texts::{Place, Usage, places};
use crate::builder::definition::{Definition, Entry, Rule, Severity, Stage, Text, Variant};
use crate::builder::template::{Budget, Cause, Condition, Error, Kind, Name, Scope, Target, Template, Values, Variables};

/// The names that all definitions have.
const NAMES: &[&str] = &["source.dir", "target.arch", "target.dev", "target.dir", "target.fips", "target.flavor"];

/// Before the dot of a name, these say that it is meant for the builder.
const ROOTS: &[&str] = &["matrix", "source", "target", "vars"];

pub(super) fn check(linter: &mut Linter<'_>) {
    let places = places(linter.definition);
    check_names(linter, &places);
    check_expressions(linter, &places);
}

fn check_names(linter: &mut Linter<'_>, places: &[Place<'_>]) {
    for Entry { value, .. } in &linter.definition.vars {
        let Ok(template) = Template::parse(value, Kind::Variable) else { continue };
        let names = template.references().map(|reference| (reference.name, reference.range.clone()));
        let found = names.filter_map(|(name, range)| {
            unresolved(linter, name, None, Usage::Passed).map(|(name, severity)| (name, severity, range))
        });
        for (name, severity, range) in found.take(LINT_NAMES).collect::<Vec<_>>() {
            report_name(linter, name, severity, value.range_of(linter.text, range));
        }
    }
    for place in places.iter().filter(|place| !place.is_condition) {
        let Ok(template) = Template::parse(place.text, place.kind()) else { continue };
        let names = template.references().map(|reference| (reference.name, reference.range.clone()));
        let found = names.filter_map(|(name, range)| {
            unresolved(linter, name, place.stage, place.usage).map(|(name, severity)| (name, severity, range))
        });
        for (name, severity, range) in found.take(LINT_NAMES).collect::<Vec<_>>() {
            report_name(linter, name, severity, place.range_of(linter.text, range));
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
    let is_in_matrix = |name: &str| {
        stage.is_some_and(|stage| stage.matrix.iter().any(|row| row.items.get(name).is_some()))
    };
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

fn report_name(linter: &mut Linter<'_>, name: &str, severity: Severity, range: Range<usize>) {
    let message = format!("no variable is named `{}`, so this text stays as it is", shown(name));
    let mut finding = linter.finding(Rule::UNRESOLVED_NAME, range.clone(), message);
    finding.severity = severity;
    let vars = linter.definition.vars.iter().map(|entry| entry.name.value.as_str());
    if linter.lists_findings()
        && let Some(other) = similar(name, NAMES.iter().copied().chain(vars))
        // A name that only begins like this one means something else.
        && other.len().abs_diff(name.len()) <= 2
    {
        finding = finding.suggest(range, format!("${{{other}}}"));
    }
    linter.report(finding);
}

fn check_expressions(linter: &mut Linter<'_>, places: &[Place<'_>]) {
    let definition = linter.definition;
    let mut reported = BTreeSet::new();
    for platform in definition.platforms() {
        let target = Target {
            arch: platform.architecture().to_owned(),
            dev: definition.variant() == Variant::Dev,
            fips: definition.fips_compliant.as_ref().is_some_and(|fips| fips.value),
            flavor: definition.flavor.as_ref().map(|flavor| flavor.value.clone()).unwrap_or_default(),
        };
        let mut budget = Budget::default();
        let written: Vec<(&str, &str)> = definition
            .vars
            .iter()
            .map(|entry| (entry.name.value.as_str(), entry.value.value.as_str()))
            .collect();
        let variables = Variables::evaluate(&written, &target, &mut budget);
        for (number, error) in &variables.errors {
            if let Some(entry) = definition.vars.iter().nth(*number) {
                report_error(linter, error, &entry.value, &mut reported);
            }
        }
        // What uses a variable without a value would only repeat its error.
        if !variables.errors.is_empty() {
            continue;
        }
        let expressions = places.iter().filter(|place| place.is_condition || is_expression(place));
        for place in expressions {
            for matrix in rows(place.stage) {
                let scope = Scope { target: &target, variables: &variables.values, matrix: &matrix };
                let Err(error) = evaluate(place, scope, &mut budget) else { continue };
                let text = Text::new(place.text.to_owned(), place.range.clone());
                report_error(linter, &error, &text, &mut reported);
                if matches!(error.cause, Cause::Exceeded(_)) {
                    return;
                }
            }
        }
    }
}

fn is_expression(place: &Place<'_>) -> bool {
    place.usage != Usage::Script && place.text.contains("#{")
}

fn evaluate(place: &Place<'_>, scope: Scope<'_>, budget: &mut Budget) -> Result<(), Error> {
    match place.is_condition {
        true => Condition::parse(place.text)?.evaluate(scope, budget).map(drop),
        false => Template::parse(place.text, place.kind())?.evaluate(scope, budget).map(drop),
    }
}

/// The values of the rows of a matrix. One without values if there is none.
fn rows(stage: Option<&Stage>) -> Vec<Values> {
    let rows = stage.map(|stage| stage.matrix.as_slice()).unwrap_or_default().iter().take(LINT_ROWS);
    let values = |entry: &Entry| (entry.name.value.clone(), entry.value.value.clone());
    let mut all: Vec<Values> = rows.map(|row| row.items.iter().map(values).collect()).collect();
    if all.is_empty() {
        all.push(Values::new());
    }
    all
}

fn report_error(
    linter: &mut Linter<'_>,
    error: &Error,
    text: &Text,
    reported: &mut BTreeSet<(usize, String)>,
) {
    // Other files may have the variable.
    if matches!(error.cause, Cause::UnknownVariable { .. }) && !is_complete(linter.definition) {
        return;
    }
    let message = error.cause.to_string();
    let range = text.range_of(linter.text, error.range.clone());
    if !reported.insert((range.start, message.clone())) {
        return;
    }
    let finding = linter.finding(Rule::TEMPLATE, range.clone(), shown_message(&message));
    linter.report(match error.suggestion() {
        // Only a text that is written in one piece can be replaced in part.
        Some(suggestion) if range != text.range => finding.suggest(range, suggestion),
        Some(suggestion) => finding.note(format!("write `{}` in its place", shown(suggestion))),
        None => finding,
    });
}

fn is_complete(definition: &Definition) -> bool {
    definition.includes.is_empty() && definition.directive.is_some()
}

/// A message that repeats text of the definition.
fn shown_message(message: &str) -> String {
    message.chars().flat_map(|c| if c.is_control() { c.escape_debug().collect::<Vec<_>>() } else { vec![c] }).collect()
}
