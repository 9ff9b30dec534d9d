//! The choice of packages, equal to that of apk 3, with its failures.
//!
//! apk looks ahead, but does not go back: it propagates what is certain (the dependencies that all candidates
//! of a name share, the names that only one package can have) and then takes the best candidate of one name
//! at a time. So a newest version with a missing dependency is an error, though an older one would do, and
//! some requests fail that have an answer. An image that apk would not make is not made here either.
//!
//! Steps: `universe` gives every name and package a number, `discovery` finds those that the request can
//! reach, `state`, `propagation` and `selection` choose, `collection` goes from the request through
//! what was chosen, and `report` says what broke.
//!
//! The invariant: a [`Solution`] has every dependency of every package in it met by another one.

mod arena;
mod collection;
mod comparison;
mod discovery;
mod input;
mod propagation;
mod report;
mod selection;
mod state;
mod universe;
mod unsolved;
mod world;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

pub use input::{Input, Repository};
pub use unsolved::{Conflicting, PackageTrouble, Requirer, Trouble, Unsolved};
pub use world::World;

use self::arena::PackageId;
use self::collection::Collected;
use self::state::{Decision, Search};
use self::universe::Universe;

use super::limits::ALPINE_REPOSITORIES;
use crate::builder::packages::{
    Candidate, Choice, Dependency as NeededBy, Identity, Reason, Selected, Selection, Warning,
};
use crate::limits::Exceeded;

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Solution {
    /// The packages that are added, by name, each with its reason.
    pub selection: Selection,
    /// All packages of the image with their versions in the order in which apk installs them: a package comes
    /// after those that it needs, except in circles. Installed ones that stay are among them.
    pub order: Vec<(String, String)>,
    /// Installed packages that the answer does not have, in no version.
    pub removed: Vec<(String, String)>,
}

/// Chooses packages as `apk add` does, in an empty root or in one with packages.
///
/// # Errors
///
/// [`Unsolved`]: where apk fails, where an entry names a tag that no repository has, and where the search
/// exceeds its limits.
pub fn resolve(input: &Input<'_>) -> Result<Solution, Unsolved> {
    if input.repositories.len() > ALPINE_REPOSITORIES {
        let measured = format!("{} Alpine repositories", input.repositories.len());
        return Err(Exceeded::new(measured, ALPINE_REPOSITORIES, "repositories").into());
    }
    let world = input.world.dependencies();
    let mut universe = Universe::new(input, &world)?;
    universe.discover();
    let mut search = Search::new(&universe);
    search.run()?;
    let collected = collection::collect(&mut search)?;
    if search.has_failed() {
        return Err(Unsolved::Broken(report::report(&search, &collected)));
    }
    Ok(solution(&search, &collected, input))
}

fn solution(search: &Search<'_, '_>, collected: &Collected, input: &Input<'_>) -> Solution {
    let universe = search.universe;
    let mut solution = Solution::default();
    let mut names = BTreeSet::new();
    for &(package, ref reason) in &collected.packages {
        let entry = universe.packages[package].entry;
        names.insert(entry.name);
        solution.order.push((entry.name.to_owned(), entry.version.to_owned()));
        if !universe.packages[package].is_installed {
            solution.selection.packages.push(selected(search, package, reason, input));
            solution.selection.warnings.extend(other_bytes(universe, package));
        }
    }
    let removed = input.installed.iter().filter(|package| !names.contains(package.name));
    solution.removed = removed.map(|package| (package.name.to_owned(), package.version.to_owned())).collect();
    solution.selection.packages.sort_by(|one, other| one.name.cmp(&other.name));
    for decision in &search.decisions {
        let choice = choice(search, collected, decision);
        if decision.is_tie {
            solution.selection.warnings.push(Warning::Tie(choice.clone()));
        }
        solution.selection.choices.push(choice);
    }
    solution.selection.warnings.extend(request_warnings(search, input.world));
    solution
}

fn selected(search: &Search<'_, '_>, package: PackageId, reason: &Reason, input: &Input<'_>) -> Selected {
    let known = &search.universe.packages[package];
    let entry = known.entry;
    let replaced = input.installed.iter().find(|installed| installed.name == entry.name);
    let origin = if entry.origin.is_empty() { entry.name } else { entry.origin };
    Selected {
        name: entry.name.to_owned(),
        version: entry.version.to_owned(),
        architecture: entry.architecture.to_owned(),
        source: (origin.to_owned(), entry.version.to_owned()),
        repository: known.first_repository().unwrap_or_default(),
        path: entry.path(input.architecture),
        size: entry.size,
        identity: Identity::Control(entry.identity_bytes()),
        installed_size: entry.installed_size,
        replaces: replaced.map(|installed| installed.version.to_owned()),
        reason: reason.clone(),
    }
}

/// A warning if other repositories have the same version of a package with other bytes.
fn other_bytes(universe: &Universe<'_>, package: PackageId) -> Option<Warning> {
    let taken = &universe.packages[package];
    let providers = universe.names[taken.name].providers.iter();
    let mut others: Vec<usize> = providers
        .map(|provider| (provider.package, &universe.packages[provider.package]))
        .filter(|(other, known)| {
            *other != package && known.name == taken.name && known.entry.version == taken.entry.version
        })
        .filter_map(|(_, known)| known.first_repository())
        .collect();
    others.sort_unstable();
    others.dedup();
    (!others.is_empty()).then(|| Warning::OtherBytes {
        name: taken.entry.name.to_owned(),
        version: taken.entry.version.to_owned(),
        taken: taken.first_repository().unwrap_or_default(),
        others,
    })
}

fn choice(search: &Search<'_, '_>, collected: &Collected, decision: &Decision) -> Choice {
    let universe = search.universe;
    let candidate = |package: &PackageId| {
        let entry = universe.packages[*package].entry;
        Candidate {
            name: entry.name.to_owned(),
            version: entry.version.to_owned(),
            priority: entry.provider_priority.to_string(),
        }
    };
    let name = universe.names[decision.name].text;
    let needed = collected.packages.iter().find_map(|(package, _)| {
        let known = &universe.packages[*package];
        let relation = known
            .depends
            .iter()
            .find(|relation| relation.name == decision.name && !relation.dependency.is_conflict)?;
        Some(NeededBy {
            package: known.entry.name.to_owned(),
            version: known.entry.version.to_owned(),
            field: "depend",
            relation: relation.dependency.to_string(),
        })
    });
    let is_requested = universe.world.iter().any(|relation| relation.name == decision.name);
    Choice {
        dependency: needed.filter(|_| !is_requested),
        name: name.to_owned(),
        taken: universe.packages[decision.taken].entry.name.to_owned(),
        candidates: decision.candidates.iter().map(candidate).collect(),
    }
}

fn request_warnings(search: &Search<'_, '_>, world: &World) -> Vec<Warning> {
    let universe = search.universe;
    let mut warnings: Vec<Warning> = world
        .listed_and_excluded()
        .map(|name| Warning::ListedAndExcluded { name: name.to_owned() })
        .collect();
    for relation in &universe.world {
        let name = &universe.names[relation.name];
        if relation.dependency.is_conflict {
            if name.providers.is_empty() {
                warnings.push(Warning::UnknownExclusion { name: name.text.to_owned() });
            }
            continue;
        }
        let taken = search.names[relation.name].chosen().and_then(|chosen| chosen.package);
        if let Some(taken) =
            taken.map(|taken| &universe.packages[taken]).filter(|taken| taken.name != relation.name)
        {
            warnings.push(Warning::Provided {
                entry: relation.dependency.to_string(),
                taken: taken.entry.name.to_owned(),
            });
        }
    }
    warnings
}
