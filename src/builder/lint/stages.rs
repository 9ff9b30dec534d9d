//! Stages and what the image takes from them.

use std::collections::{HashMap, HashSet};

use super::linter::{Linter, shown};
use crate::builder::definition::{Rule, Stage, has_template};

pub(super) fn check(linter: &mut Linter<'_>) {
    let definition = linter.definition;
    let mut names = HashSet::new();
    let mut targets: HashMap<&str, &str> = HashMap::new();
    for stage in &definition.stages {
        let name = stage.name.as_ref();
        // Stages with conditions can be alternatives.
        if let Some(name) = name.filter(|_| stage.condition.is_none())
            && !names.insert(name.value.as_str())
        {
            let message = format!("two stages are named `{}`", shown(name));
            linter.find(Rule::DUPLICATE_STAGE, name.range.clone(), message);
        }
        check_rows(linter, stage);
        let stage_name = name.map_or("", |name| name.value.as_str());
        for output in stage.outputs.iter().filter(|output| output.condition.is_none()) {
            let Some(target) = &output.target else { continue };
            let is_diff = output.diff.as_ref().is_some_and(|diff| diff.value);
            // What changed in the stage is laid over the image, so several can have one target.
            if is_diff {
                continue;
            }
            let key = target.trim_end_matches('/');
            if let Some(earlier) = targets.insert(key, stage_name) {
                let message =
                    format!("`{}` is also the target of an output of `{}`", shown(target), shown(earlier));
                linter.find(Rule::REPEATED_TARGET, target.range.clone(), message);
            }
        }
        let is_unused = stage.outputs.is_empty() && stage.attestations.is_empty();
        if linter.is_image() && is_unused && !linter.unread.is_in(&stage.range) {
            let range = name.map_or(stage.range.clone(), |name| name.range.clone());
            let message = format!("nothing is taken from the stage `{}`", shown(stage_name));
            linter.find(Rule::NO_OUTPUTS, range, message);
        }
    }
}

/// The name of a row ends that of the stage, unless the stage has values of the row in its name.
fn check_rows(linter: &mut Linter<'_>, stage: &Stage) {
    if stage.name.as_ref().is_some_and(|name| has_template(name)) {
        return;
    }
    let mut names = HashSet::new();
    for name in stage.matrix.iter().filter_map(|row| row.name.as_ref()) {
        if !names.insert(name.value.as_str()) {
            let message = format!("two rows of the matrix are named `{}`", shown(name));
            linter.find(Rule::DUPLICATE_STAGE, name.range.clone(), message);
        }
    }
}
