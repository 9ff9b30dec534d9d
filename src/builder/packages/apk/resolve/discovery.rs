//! What the request can reach: through dependencies, provided names and conditions.
//!
//! The order in which names are found decides ties between names that wait ([`super::universe::Order`]).

use super::arena::{NameId, PackageId};
use super::universe::{Universe, too_many};
use crate::builder::packages::apk::dependency::Dependency;
use crate::builder::packages::apk::index::Uninstallable;
use crate::builder::packages::apk::limits::DEPENDENCIES;

/// A name whose neighbours are being visited. Circles and chains of any length are possible, so this is not a
/// recursion.
struct Visit {
    name: NameId,
    stage: Stage,
    provider: usize,
    item: usize,
}

/// The neighbours of a name, in the order in which they are visited.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The dependencies of its providers that were not reached before.
    Dependencies,
    /// The packages whose condition has it.
    Conditionals,
    /// For each provider, the packages whose condition has the provider's name, and the names that it
    /// provides.
    Providers,
    /// The conditions of its providers. The name's own place in the order is fixed before.
    Conditions,
}

impl<'a> Universe<'a> {
    /// Finds the names and packages that the request can reach, and reads their dependencies.
    pub(super) fn discover(&mut self) {
        let mut found = 0;
        let world: Vec<NameId> = self.world.iter().map(|relation| relation.name).collect();
        for name in world {
            let mut visits = Vec::new();
            self.begin(name, &mut visits);
            while let Some(visit) = visits.last_mut() {
                match self.next(visit, &mut found) {
                    Some(neighbour) => self.begin(neighbour, &mut visits),
                    None => {
                        visits.pop();
                    }
                }
            }
        }
    }

    fn begin(&mut self, name: NameId, visits: &mut Vec<Visit>) {
        if !std::mem::replace(&mut self.names[name].is_reached, true) {
            visits.push(Visit { name, stage: Stage::Dependencies, provider: 0, item: 0 });
        }
    }

    fn next(&mut self, visit: &mut Visit, found: &mut usize) -> Option<NameId> {
        loop {
            let name = &self.names[visit.name];
            let provider = name.providers.get(visit.provider).map(|provider| provider.package);
            match (visit.stage, provider) {
                (Stage::Dependencies, Some(package)) => {
                    let is_new = !self.packages[package].is_reached;
                    if is_new {
                        self.reach(package);
                    } else if visit.item == 0 {
                        visit.provider += 1;
                        continue;
                    }
                    // One past the next dependency, since 0 is for a package that was not looked at.
                    let at = visit.item.saturating_sub(1);
                    match self.packages[package].depends.get(at) {
                        Some(relation) => {
                            visit.item = at + 2;
                            return Some(relation.name);
                        }
                        None => (visit.provider, visit.item) = (visit.provider + 1, 0),
                    }
                }
                (Stage::Dependencies, None) => {
                    (visit.stage, visit.provider, visit.item) = (Stage::Conditionals, 0, 0);
                }
                (Stage::Conditionals, _) => match name.conditionals.get(visit.item) {
                    Some(conditional) => {
                        visit.item += 1;
                        return Some(*conditional);
                    }
                    None => (visit.stage, visit.item) = (Stage::Providers, 0),
                },
                (Stage::Providers, Some(package)) => {
                    let package = &self.packages[package];
                    let conditionals = &self.names[package.name].conditionals;
                    let provided = || package.provides.get(visit.item.checked_sub(conditionals.len())?);
                    match conditionals.get(visit.item).copied().or_else(|| provided().map(|one| one.name)) {
                        Some(neighbour) => {
                            visit.item += 1;
                            return Some(neighbour);
                        }
                        None => (visit.provider, visit.item) = (visit.provider + 1, 0),
                    }
                }
                (Stage::Providers, None) => {
                    *found += 1;
                    let own = |package: PackageId| self.packages[package].name == visit.name;
                    let is_real = name.providers.iter().any(|provider| own(provider.package));
                    let order = &mut self.names[visit.name].order;
                    (order.found, order.is_real) = (*found, is_real);
                    (visit.stage, visit.provider, visit.item) = (Stage::Conditions, 0, 0);
                }
                (Stage::Conditions, Some(package)) => {
                    match self.packages[package].condition.get(visit.item) {
                        Some(relation) => {
                            visit.item += 1;
                            return Some(relation.name);
                        }
                        None => (visit.provider, visit.item) = (visit.provider + 1, 0),
                    }
                }
                (Stage::Conditions, None) => return None,
            }
        }
    }

    /// Reads the dependencies of a package. One that cannot be read makes it impossible to install.
    fn reach(&mut self, package: PackageId) {
        self.packages[package].is_reached = true;
        let entry = self.packages[package].entry;
        let mut depends = Vec::new();
        let mut wrong = None;
        for text in entry.depends.split_ascii_whitespace() {
            if depends.len() >= DEPENDENCIES {
                wrong = Some(too_many("dependencies"));
                break;
            }
            match Dependency::parse(text) {
                Ok(dependency) => depends.push(self.relation(dependency)),
                Err(error) => wrong = Some(Uninstallable::Dependency(error)),
            }
        }
        for relation in &depends {
            let dependents = &mut self.names[relation.name].dependents;
            if dependents.last() != Some(&package) {
                dependents.push(package);
            }
        }
        let package = &mut self.packages[package];
        package.depends = depends;
        if package.uninstallable.is_none() {
            package.uninstallable = wrong;
        }
    }
}
