//! Actions and their arguments.

use super::action_table::{Action, action, names};
use super::linter::{Linter, shown, similar};
use crate::builder::definition::{Rule, Step, StepUses, Tree};

pub(super) fn check(linter: &mut Linter<'_>) {
    let definition = linter.definition;
    for step in definition.stages.iter().flat_map(|stage| &stage.pipeline) {
        let action = step.uses.as_ref().and_then(|uses| action(uses.as_str()));
        if let Some(uses) = &step.uses
            && let Some(StepUses::Action { .. }) = &uses.value
            && !names().any(|name| name == uses.as_str())
        {
            let message = format!("there is no action `{}`", shown(uses.as_str()));
            let finding = linter.finding(Rule::UNKNOWN_ACTION, uses.text.range.clone(), message);
            linter.report(match intended(uses.as_str()) {
                Some(name) => finding.suggest(uses.text.range.clone(), name),
                None => finding,
            });
        }
        check_arguments(linter, step, action);
    }
}

/// The action that may be meant. Another version of the same action is the most similar one.
fn intended(written: &str) -> Option<&'static str> {
    let name = written.split('@').next();
    let versions = names().filter(|action| action.split('@').next() == name);
    versions.last().or_else(|| similar(written, names()))
}

fn check_arguments(linter: &mut Linter<'_>, step: &Step, action: Option<&'static Action>) {
    let Some(members) = step.with.as_ref().and_then(Tree::members) else { return };
    if step.uses.is_none() {
        if let Some((first, _)) = members.first() {
            let message = "`with` has arguments, and the step has no `uses`";
            linter.find(Rule::ARGUMENTS_WITHOUT_ACTION, first.range.clone(), message);
        }
        return;
    }
    for (name, _) in members {
        if let Some(action) = action
            && !action.parameters.contains(&name.value.as_str())
        {
            let message = format!("`{}` has no parameter `{}`", action.name, shown(name));
            let finding = linter.finding(Rule::UNKNOWN_PARAMETER, name.range.clone(), message);
            linter.report(match similar(name, action.parameters.iter().copied()) {
                Some(parameter) => finding.suggest(name.range.clone(), parameter),
                None => finding.label(match action.parameters {
                    [] => "it has none".to_owned(),
                    all => format!(
                        "it has {}",
                        all.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                    ),
                }),
            });
        }
    }
}
