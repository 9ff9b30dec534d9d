//! Images that a definition takes files from, or runs in.

use super::action_table::is_known_image;
use super::linter::{Linter, shown};
use crate::builder::definition::{ImageSource, Rule, StepUses, Typed};

pub(super) fn check(linter: &mut Linter<'_>) {
    let definition = linter.definition;
    for (_, contents) in linter.contents() {
        for name in contents.artifacts.iter().filter_map(|artifact| artifact.name.as_ref()) {
            check_image(linter, name, "an artifact");
        }
    }
    for stage in &definition.stages {
        if let Some(uses) = &stage.uses {
            check_image(linter, uses, "a stage");
        }
        for uses in stage.pipeline.iter().filter_map(|step| step.uses.as_ref()) {
            if let Some(StepUses::Image(image)) = &uses.value
                && !is_known_image(uses.as_str())
                && image.reference().digest.is_none()
            {
                report(linter, uses.as_str(), &uses.text.range, "a step");
            }
        }
    }
}

fn check_image(linter: &mut Linter<'_>, image: &Typed<ImageSource>, what: &str) {
    if image.value.as_ref().is_some_and(|source| source.reference().digest.is_none()) {
        report(linter, image.as_str(), &image.text.range, what);
    }
}

fn report(linter: &mut Linter<'_>, image: &str, range: &std::ops::Range<usize>, what: &str) {
    let message = format!("`{}`, the image of {what}, has no digest", shown(image));
    let finding = linter.finding(Rule::UNPINNED_IMAGE, range.clone(), message);
    linter.report(finding.label("the tag can move"));
}
