//! Names in templates that nothing defines. They stay as they are written.

use std::collections::{HashMap, HashSet};

use crate::builder::facts::{Aspect, Fact};
use crate::builder::template::{Kind, Name, Template};

/// A name in templates that nothing defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// The reference as it is written: `${NAME}`.
    pub reference: String,
    /// Where it is used.
    pub places: Vec<String>,
}

/// The names that nothing defines, without those in scripts, which belong to shells.
pub(super) fn unresolved(facts: &[Fact]) -> Vec<Unresolved> {
    let variables = facts.iter().filter(|fact| fact.aspect == Aspect::Variable);
    let known: HashSet<&str> = variables.map(|fact| fact.name.as_str()).collect();
    let mut found: Vec<Unresolved> = Vec::new();
    let mut numbers: HashMap<String, usize> = HashMap::new();
    for fact in facts {
        for attribute in fact.attributes.iter().filter(|attribute| attribute.templates != Kind::Script) {
            for text in attribute.value.texts() {
                // An expression that cannot be read is reported where the definition is evaluated.
                let Ok(template) = Template::parse(text, attribute.templates) else { continue };
                for reference in template.references() {
                    let is_unknown = match reference.name {
                        Name::Variable(name) => !known.contains(name),
                        Name::Other(_) => true,
                        Name::Matrix(_) | Name::Target(_) | Name::Directory => false,
                    };
                    if !is_unknown {
                        continue;
                    }
                    let number = *numbers.entry(reference.written.to_owned()).or_insert_with(|| {
                        found
                            .push(Unresolved { reference: reference.written.to_owned(), places: Vec::new() });
                        found.len() - 1
                    });
                    let place = place(fact, &attribute.name);
                    if let Some(known) = found.get_mut(number)
                        && known.places.last() != Some(&place)
                    {
                        known.places.push(place);
                    }
                }
            }
        }
    }
    found
}

/// `stage redis: step build, environment.LDFLAGS`.
fn place(fact: &Fact, attribute: &str) -> String {
    let stage = fact.stage.as_ref().filter(|_| fact.aspect != Aspect::Stage);
    let stage = stage.map(|stage| format!("stage {stage}: ")).unwrap_or_default();
    let name = if fact.name.is_empty() { String::new() } else { format!(" {}", fact.name) };
    let attribute = if attribute == "value" { String::new() } else { format!(", {attribute}") };
    format!("{stage}{}{name}{attribute}", fact.aspect.words())
}
