//! What a definition means: what its product contains, how it runs, what its build fetches and does, and what of this is
//! not fixed, not public or left open.

mod json;
mod remarks;
#[cfg(test)]
mod tests;
mod text;
mod unresolved;

pub use remarks::{Action, GatedInput, SecretUse, StepUse, Unpinned, UnpinnedKind};
pub use unresolved::Unresolved;

use super::definition::{Definition, Kind, TargetPlatform, Variant};
use super::diff::{Change, changes};
use super::facts::{Aspect, Fact, Input, facts, inputs};

/// What a definition means for one platform, and how the others differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The name of the file.
    pub file: String,
    /// What it makes.
    pub kind: Kind,
    /// The variant.
    pub variant: Variant,
    /// The platform that is explained. `None`: the definition is for no platform.
    pub platform: Option<TargetPlatform>,
    /// Whether `root` runs the image.
    pub runs_as_root: bool,
    /// Everything that the definition says.
    pub facts: Vec<Fact>,
    /// Everything that the build fetches.
    pub inputs: Vec<Input>,
    /// What the definition does not fix.
    pub unpinned: Vec<Unpinned>,
    /// What is not public.
    pub gated: Vec<GatedInput>,
    /// The stages and steps with network access.
    pub network: Vec<StepUse>,
    /// The secrets.
    pub secrets: Vec<SecretUse>,
    /// The actions.
    pub actions: Vec<Action>,
    /// Names in templates that nothing defines.
    pub unresolved: Vec<Unresolved>,
    /// For each other platform, what is different there.
    pub differences: Vec<(TargetPlatform, Vec<Change>)>,
}

impl Explanation {
    /// Explains a definition: as it is written in `file`, and evaluated for its platforms. The first one is explained.
    pub fn new(file: &str, written: &Definition, evaluated: &[(TargetPlatform, Definition)]) -> Self {
        let first = evaluated.first();
        // What the evaluation removes is told as it is written.
        let of_text = |fact: &Fact| {
            matches!(
                fact.aspect,
                Aspect::Include | Aspect::Platform | Aspect::Suffix | Aspect::Variable | Aspect::Tracker
            )
        };
        let mut own: Vec<Fact> = facts(written).into_iter().filter(|fact| of_text(fact)).collect();
        let evaluated_facts = |definition: &Definition| -> Vec<Fact> {
            facts(definition).into_iter().filter(|fact| !of_text(fact)).collect()
        };
        let shown = evaluated_facts(first.map_or(written, |(_, definition)| definition));
        let others = evaluated.iter().skip(1);
        let differences = others.map(|(platform, definition)| {
            let changes = changes(&shown, &evaluated_facts(definition));
            (*platform, changes)
        });
        let differences = differences.filter(|(_, changes)| !changes.is_empty()).collect();
        own.extend(shown);
        let inputs = inputs(&own);
        Self {
            file: file.to_owned(),
            kind: written.kind(),
            variant: written.variant(),
            platform: first.map(|(platform, _)| *platform),
            runs_as_root: first.map_or(written, |(_, definition)| definition).runs_as_root(),
            unpinned: remarks::unpinned(&own, &inputs),
            gated: remarks::gated(&own, &inputs),
            network: remarks::network(&own),
            secrets: remarks::secrets(&own),
            actions: remarks::actions(&own),
            unresolved: unresolved::unresolved(&own),
            differences,
            inputs,
            facts: own,
        }
    }

    /// The facts about an aspect of the product itself.
    pub(super) fn of(&self, aspect: Aspect) -> impl Iterator<Item = &Fact> {
        self.facts.iter().filter(move |fact| fact.aspect == aspect && fact.stage.is_none())
    }

    /// The facts about an aspect of stages.
    pub(super) fn of_stages(&self, aspect: Aspect) -> impl Iterator<Item = &Fact> {
        self.facts.iter().filter(move |fact| fact.aspect == aspect && fact.stage.is_some())
    }

    /// The only value of an aspect.
    pub(super) fn value(&self, aspect: Aspect) -> Option<&str> {
        self.of(aspect).next()?.text("value")
    }
}
