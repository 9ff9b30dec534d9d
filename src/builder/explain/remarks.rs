//! What a user of a definition should know besides its contents.

use std::collections::HashMap;

use crate::builder::definition::keyword::keywords;
use crate::builder::definition::{Keyword, StepUses};
use crate::builder::facts::{Access, Aspect, Fact, Input, InputKind, Integrity};

/// Something whose content a definition does not fix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpinned {
    /// What is missing.
    pub kind: UnpinnedKind,
    /// The name of the package, or the address.
    pub name: String,
    /// The stage. `None`: the product itself.
    pub stage: Option<String>,
}

keywords! {
    /// What is missing.
    UnpinnedKind {
        /// A package without a version.
        Version = "version",
        /// An image or a frontend without digest.
        Digest = "digest",
        /// A Git tag or branch without commit.
        Commit = "commit",
        /// A file without checksum.
        Checksum = "checksum",
        /// A file whose checksum is fetched too.
        ChecksumFile = "checksum-file",
    }
}

/// Something that only some may fetch or use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatedInput {
    /// What it is: the kind of an input, or `product` or `stage` with an entitlement.
    pub what: &'static str,
    /// Its address, or the entitlement.
    pub name: String,
    /// Who may fetch it.
    pub access: Access,
    /// The stage.
    pub stage: Option<String>,
}

/// A stage or a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepUse {
    /// The stage.
    pub stage: String,
    /// The step. `None`: all steps of the stage.
    pub step: Option<String>,
}

/// A secret of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretUse {
    /// The name under which the builder is given it.
    pub id: String,
    /// The environment variable that holds it. `None`: it is the login for a URL.
    pub env: Option<String>,
    /// Whether the build works without it.
    pub optional: bool,
    /// The stage. `None`: the product itself.
    pub stage: Option<String>,
    /// The step, or the path of the file.
    pub user: String,
}

/// An action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Its name with its version.
    pub name: String,
    /// The number of steps that use it.
    pub steps: usize,
}

pub(super) fn unpinned(facts: &[Fact], inputs: &[Input]) -> Vec<Unpinned> {
    let packages = facts
        .iter()
        .filter(|fact| fact.aspect == Aspect::Package && fact.text("version").is_none())
        .map(|fact| Unpinned {
            kind: UnpinnedKind::Version,
            name: fact.name.clone(),
            stage: fact.stage.clone(),
        });
    let fetched = inputs.iter().filter_map(|input| {
        let kind = match (&input.kind, &input.integrity) {
            (InputKind::Distribution | InputKind::Repository | InputKind::Key, _) => return None,
            (InputKind::Frontend | InputKind::Image | InputKind::ChartReference, Integrity::None) => {
                UnpinnedKind::Digest
            }
            (InputKind::Git, Integrity::None) => UnpinnedKind::Commit,
            (_, Integrity::None) => UnpinnedKind::Checksum,
            (_, Integrity::ChecksumFile(_)) => UnpinnedKind::ChecksumFile,
            _ => return None,
        };
        Some(Unpinned { kind, name: input.address.clone(), stage: input.stage.clone() })
    });
    packages.chain(fetched).collect()
}

pub(super) fn gated(facts: &[Fact], inputs: &[Input]) -> Vec<GatedInput> {
    let entitled = facts.iter().filter_map(|fact| {
        let (what, name) = match fact.aspect {
            Aspect::Entitlement => ("product", fact.text("value")?),
            Aspect::Stage => ("stage", fact.text("entitlement")?),
            _ => return None,
        };
        let access = if name == "public" { return None } else { Access::Subscription };
        Some(GatedInput { what, name: name.to_owned(), access, stage: fact.stage.clone() })
    });
    let fetched = inputs.iter().filter(|input| input.access != Access::Public).map(|input| GatedInput {
        what: input.kind.as_str(),
        name: input.address.clone(),
        access: input.access,
        stage: input.stage.clone(),
    });
    entitled.chain(fetched).collect()
}

pub(super) fn network(facts: &[Fact]) -> Vec<StepUse> {
    let with_network = facts.iter().filter(|fact| fact.get("network").is_some());
    with_network
        .filter_map(|fact| {
            let stage = fact.stage.clone()?;
            let step = (fact.aspect == Aspect::Step).then(|| fact.name.clone());
            Some(StepUse { stage, step })
        })
        .collect()
}

pub(super) fn secrets(facts: &[Fact]) -> Vec<SecretUse> {
    let used = facts.iter().filter_map(|fact| match fact.aspect {
        Aspect::Secret => Some(SecretUse {
            id: fact.name.clone(),
            env: fact.text("env").map(str::to_owned),
            optional: fact.get("optional").is_some(),
            stage: fact.stage.clone(),
            user: fact.text("step").unwrap_or_default().to_owned(),
        }),
        Aspect::File => Some(SecretUse {
            id: fact.text("secret-id")?.to_owned(),
            env: None,
            optional: false,
            stage: fact.stage.clone(),
            user: fact.name.clone(),
        }),
        _ => None,
    });
    used.collect()
}

/// The actions, in the order of their first use.
pub(super) fn actions(facts: &[Fact]) -> Vec<Action> {
    let mut found: Vec<Action> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for fact in facts.iter().filter(|fact| fact.aspect == Aspect::Step) {
        let Some(uses) = fact.text("uses") else { continue };
        // A script in an image is no action.
        let is_image = matches!(uses.parse(), Ok(StepUses::Image(_)));
        if is_image && fact.get("runs").is_some() {
            continue;
        }
        let place = *places.entry(uses.to_owned()).or_insert_with(|| {
            found.push(Action { name: uses.to_owned(), steps: 0 });
            found.len() - 1
        });
        if let Some(action) = found.get_mut(place) {
            action.steps += 1;
        }
    }
    found
}
