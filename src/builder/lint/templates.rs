//! Names in templates that mean nothing, and references that do not end. Expressions are checked by their evaluation
//! (`platform`).

use std::collections::HashMap;
use std::ops::Range;

use super::limits::{LINT_NAMES, LINT_SCRIPT_NAMES};
use super::linter::{Linter, shown, similar};
use super::texts::{Place, Usage, places};
use crate::builder::definition::{Definition, Rule, Severity, Stage, TextMap};
use crate::builder::template::{Kind, Name, Template, unclosed};

/// The names that all definitions have.
const NAMES: &[&str] =
    &["source.dir", "target.arch", "target.dev", "target.dir", "target.fips", "target.flavor"];

/// Before the dot of a name, these say that it is meant for the builder.
const ROOTS: &[&str] = &["matrix", "source", "target", "vars"];

/// Names that shells and their environments have: they are no misspelled variables.
const SHELL_NAMES: &[&str] = &[
    "HOME",
    "HOSTNAME",
    "IFS",
    "LANG",
    "LINENO",
    "OLDPWD",
    "OPTARG",
    "OPTIND",
    "OSTYPE",
    "PATH",
    "PPID",
    "PWD",
    "RANDOM",
    "SECONDS",
    "SHELL",
    "SHLVL",
    "SOURCE_DATE_EPOCH",
    "TERM",
    "TMPDIR",
    "UID",
    "USER",
];

pub(super) fn check(linter: &mut Linter<'_>) {
    if linter.unread.is_misspelled("vars") {
        return;
    }
    let definition = linter.definition;
    let variables = definition.vars.iter().map(|entry| {
        let text = &entry.value;
        let place = Place { text: &text.value, range: text.range.clone(), usage: Usage::Passed, stage: None };
        (place, Kind::Variable)
    });
    let places = places(definition);
    let others = places.into_iter().map(|place| {
        let kind = place.kind();
        (place, kind)
    });
    let mut scripts = Scripts::default();
    for (place, kind) in variables.chain(others) {
        match place.usage {
            // Its names must exist: the evaluation checks them.
            Usage::Condition => continue,
            Usage::Script => {
                check_braces(linter, &place);
                scripts.check(linter, &place);
            }
            Usage::Content => {}
            Usage::Passed | Usage::Own => check_braces(linter, &place),
        }
        check_names(linter, &place, kind);
    }
}

/// Names that nothing in the definition has.
fn check_names(linter: &mut Linter<'_>, place: &Place<'_>, kind: Kind) {
    let Ok(template) = Template::parse(place.text, kind) else { return };
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

/// References without their closing brace.
fn check_braces(linter: &mut Linter<'_>, place: &Place<'_>) {
    for range in unclosed(place.text).into_iter().take(LINT_NAMES) {
        let Some(begun) = place.text.get(range.clone()) else { continue };
        let written = place.range_of(linter.text, range);
        let message = format!("`{}` has no closing `}}`, so this text stays as it is", shown(begun));
        let finding = linter.finding(Rule::UNCLOSED_REFERENCE, written.clone(), message);
        let is_exact = linter.text.get(written.clone()) == Some(begun);
        linter.report(match is_exact {
            true => finding.suggest(written, format!("{begun}}}")),
            false => finding,
        });
    }
}

/// Names in scripts. Most that are no variables of the definition are variables of the shell, so only one that is similar
/// to a variable, and that nothing sets, is misspelled.
#[derive(Default)]
struct Scripts<'a> {
    /// The names that were compared, and the variables that they are similar to.
    compared: HashMap<&'a str, Option<&'a str>>,
}

impl<'a> Scripts<'a> {
    fn check(&mut self, linter: &mut Linter<'a>, place: &Place<'a>) {
        let vars = &linter.definition.vars;
        if !linter.is_whole() || vars.is_empty() {
            return;
        }
        let Ok(template) = Template::parse(place.text, Kind::Script) else { return };
        let mut found = Vec::new();
        for reference in template.references() {
            let Name::Variable(name) = reference.name else { continue };
            if vars.get(name).is_some() {
                continue;
            }
            let is_new = !self.compared.contains_key(name);
            if is_new && self.compared.len() >= LINT_SCRIPT_NAMES {
                continue;
            }
            let similar = *self.compared.entry(name).or_insert_with(|| misspelled(name, vars));
            found.extend(similar.map(|meant| (name, meant, reference.range.clone())));
        }
        let is_set = |name: &str| is_set(linter.definition, place, name);
        found.retain(|(name, ..)| !is_set(name));
        for (name, meant, range) in found.into_iter().take(LINT_NAMES) {
            let written = place.range_of(linter.text, range.clone());
            let is_exact = linter.text.get(written.clone()) == place.text.get(range);
            let message =
                format!("no variable is named `{}`, and nothing in the script sets it", shown(name));
            let finding = linter.finding(Rule::UNRESOLVED_NAME, written.clone(), message);
            linter.report(match is_exact {
                true => finding.suggest(written, format!("${{{meant}}}")),
                false => finding.note(format!("a variable is named `{}`", shown(meant))),
            });
        }
    }
}

/// The variable that a name of a script is similar to.
fn misspelled<'a>(name: &str, vars: &'a TextMap) -> Option<&'a str> {
    if SHELL_NAMES.contains(&name) {
        return None;
    }
    let meant = similar(name, vars.iter().map(|entry| entry.name.value.as_str()))?;
    // Scripts have variables of their own in lower case.
    (is_near(name, meant) && !name.eq_ignore_ascii_case(meant)).then_some(meant)
}

/// Whether the step, its stage or the script itself sets a variable: any mention of the name alone counts.
fn is_set(definition: &Definition, place: &Place<'_>, name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_mentioned = place.text.match_indices(name).any(|(at, _)| {
        let before = place.text.get(..at).unwrap_or_default();
        let after = place.text.get(at + name.len()..).unwrap_or_default();
        !before.ends_with(is_part) && !before.ends_with(['{', '$']) && !after.starts_with(is_part)
    });
    let steps = place.stage.iter().flat_map(|stage| &stage.pipeline);
    let environments = steps.clone().map(|step| &step.environment);
    let environments = environments.chain(place.stage.iter().map(|stage| &stage.environment));
    let mut environments = environments.chain([&definition.environment]);
    let mut secrets = steps.flat_map(|step| &step.secrets);
    is_mentioned
        || environments.any(|environment| environment.get(name).is_some())
        || secrets.any(|secret| secret.env.value == name)
}

/// A name that only begins like another one means something else.
fn is_near(name: &str, other: &str) -> bool {
    other.len().abs_diff(name.len()) <= 2
}

/// The name and the severity, if nothing in the definition has the name.
fn unresolved<'n>(
    linter: &Linter<'_>,
    name: Name<'n>,
    stage: Option<&Stage>,
    usage: Usage,
) -> Option<(&'n str, Severity)> {
    let severity = if usage == Usage::Passed { Severity::Note } else { Severity::Warning };
    let is_script = matches!(usage, Usage::Script | Usage::Content);
    let is_in_matrix =
        |name: &str| stage.is_some_and(|stage| stage.matrix.iter().any(|row| row.items.get(name).is_some()));
    match name {
        Name::Target(_) | Name::Directory => None,
        Name::Matrix(name) if is_in_matrix(name) => None,
        Name::Variable(name) if linter.definition.vars.get(name).is_some() => None,
        // Other files may have it.
        Name::Variable(_) if !linter.is_whole() => None,
        Name::Variable(_) if is_script => None,
        Name::Variable(name) => Some((name, severity)),
        Name::Matrix(name) => Some((name, Severity::Warning)),
        Name::Other(name) => {
            let is_ours = name.split('.').next().is_some_and(|root| ROOTS.contains(&root));
            match (is_ours, is_script) {
                (true, _) => Some((name, Severity::Warning)),
                (false, true) => None,
                (false, false) => Some((name, severity)),
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
    if linter.lists_findings()
        && !SHELL_NAMES.contains(&name)
        && let Some(other) = similar(name, NAMES.iter().copied().chain(vars))
        && is_near(name, other)
    {
        // Another program has no name that is so similar.
        finding.severity = Severity::Warning;
        if is_exact {
            finding = finding.suggest(range, format!("${{{other}}}"));
        }
    }
    linter.report(finding);
}
