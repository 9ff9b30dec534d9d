//! One of the two definitions.

use std::collections::HashSet;
use std::sync::Arc;

use crate::builder::definition::{Definition, Kind, TargetPlatform};
use crate::builder::facts::{Aspect, Fact, facts};

/// A definition as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// The name of its file.
    pub name: String,
    /// What it makes.
    pub kind: Kind,
    /// The repository of the product.
    pub image: Option<String>,
    /// Whether there is no definition: the other one is new, or was deleted.
    pub is_absent: bool,
    /// Facts that do not depend on the platform: those about the text.
    pub(super) written: Vec<Fact>,
    /// Facts that hold only under a condition, as they are written.
    pub(super) conditional: Vec<Fact>,
    /// The other facts, evaluated for each platform.
    pub(super) platforms: Vec<(TargetPlatform, Arc<Vec<Fact>>)>,
}

impl Side {
    /// A definition from the file `name`: as it is written, and evaluated for each of its platforms.
    pub fn new(name: &str, written: &Definition, evaluated: &[(TargetPlatform, Definition)]) -> Self {
        let all = facts(written);
        let is_conditional = |fact: &&Fact| fact.get("if").is_some() || fact.get("platforms").is_some();
        let stages: HashSet<&String> = all
            .iter()
            .filter(|fact| fact.aspect == Aspect::Stage)
            .filter(is_conditional)
            .filter_map(|fact| fact.stage.as_ref())
            .collect();
        let steps: HashSet<(Option<&str>, &str)> = all
            .iter()
            .filter(|fact| fact.aspect == Aspect::Step)
            .filter(is_conditional)
            .map(|fact| (fact.stage.as_deref(), fact.name.as_str()))
            .collect();
        let is_in_conditional = |fact: &Fact| {
            let is_of_step = fact.aspect == Aspect::Secret
                && fact.text("step").is_some_and(|step| steps.contains(&(fact.stage.as_deref(), step)));
            is_conditional(&fact)
                || is_of_step
                || fact.stage.as_ref().is_some_and(|stage| stages.contains(stage))
        };
        let conditional = all.iter().filter(|fact| is_in_conditional(fact)).cloned().collect();
        let mut of_text: Vec<Fact> = all.into_iter().filter(|fact| is_of_text(fact.aspect)).collect();
        // The list of all facts gives its memory to the few that are left.
        of_text.shrink_to_fit();
        let mut platforms: Vec<(TargetPlatform, Arc<Vec<Fact>>)> = Vec::new();
        for (platform, definition) in evaluated {
            let own = facts(definition).into_iter().filter(|fact| !is_of_text(fact.aspect));
            let own: Vec<Fact> = own.collect();
            let equal =
                platforms.iter().find(|(_, known)| **known == own).map(|(_, known)| Arc::clone(known));
            platforms.push((*platform, equal.unwrap_or_else(|| Arc::new(own))));
        }
        Self {
            name: name.to_owned(),
            kind: written.kind(),
            image: written.image.as_ref().map(|image| image.value.clone()),
            is_absent: false,
            written: of_text,
            conditional,
            platforms,
        }
    }

    /// No definition, so that all of `other` counts as added or removed. `name` is what stands for it.
    pub fn absent(name: &str, other: &Self) -> Self {
        let nothing = Arc::new(Vec::new());
        Self {
            name: name.to_owned(),
            kind: other.kind,
            image: None,
            is_absent: true,
            written: Vec::new(),
            conditional: Vec::new(),
            platforms: other
                .platforms
                .iter()
                .map(|(platform, _)| (*platform, Arc::clone(&nothing)))
                .collect(),
        }
    }
}

/// Whether facts about this are compared as they are written. Their effects are facts of their own.
fn is_of_text(aspect: Aspect) -> bool {
    matches!(aspect, Aspect::Include | Aspect::Platform | Aspect::Suffix | Aspect::Variable | Aspect::Tracker)
}
