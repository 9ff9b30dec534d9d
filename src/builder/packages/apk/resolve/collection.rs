//! The way from the request through the decisions: the packages that the image gets, and why.
//!
//! Not every decided package is needed in the end. Dependencies that a decision does not meet are found here.

use std::collections::HashMap;

use super::arena::{Arena, NameId, PackageId};
use super::state::{Chosen, Search};
use super::universe::Relation;
use crate::builder::packages::{Dependency as NeededBy, Reason};
use crate::limits::Exceeded;

/// The packages that were met.
#[derive(Debug)]
pub(super) struct Collected {
    /// In the order of installation, with the reason of each.
    pub(super) packages: Vec<(PackageId, Reason)>,
}

/// A package whose dependencies are being followed.
struct Frame {
    package: PackageId,
    stage: Stage,
    next: usize,
    /// The package of the dependency that was followed last.
    awaited: Option<PackageId>,
}

enum Stage {
    Dependencies,
    /// The names whose condition this package may have met.
    Conditionals(Vec<NameId>),
}

/// The walk.
struct Walk {
    is_done: Arena<NameId, bool>,
    reasons: HashMap<PackageId, Reason>,
    order: Vec<PackageId>,
    frames: Vec<Frame>,
}

/// Follows the request, then the installed packages.
pub(super) fn collect(search: &mut Search<'_, '_>) -> Result<Collected, Exceeded> {
    let universe = search.universe;
    let is_done = Arena::like(&universe.names, |_| false);
    let mut walk = Walk { is_done, reasons: HashMap::new(), order: Vec::new(), frames: Vec::new() };
    for relation in &universe.world {
        let reason = Reason::Requested { entry: relation.dependency.to_string() };
        if !search.satisfies(None, relation, chosen(search, relation.name)) {
            search.fail_name();
        }
        walk.enter(search, relation.name, reason);
        walk.follow(search)?;
    }
    let installed = universe.packages.ids().filter(|package| universe.packages[*package].is_installed);
    for package in installed {
        let entry = universe.packages[package].entry;
        let reason = Reason::Requested { entry: entry.name.to_owned() };
        walk.enter(search, universe.packages[package].name, reason);
        walk.follow(search)?;
    }
    // A package that is requested as well as needed is requested.
    for relation in universe.world.iter().filter(|relation| !relation.dependency.is_conflict) {
        let package = chosen(search, relation.name).package;
        if let Some(reason) = package.and_then(|package| walk.reasons.get_mut(&package)) {
            *reason = Reason::Requested { entry: relation.dependency.to_string() };
        }
    }
    let Walk { order, mut reasons, .. } = walk;
    let with_reason = |package| reasons.remove(&package).map(|reason| (package, reason));
    Ok(Collected { packages: order.into_iter().filter_map(with_reason).collect() })
}

/// The decision about a name. A name that never waited is provided by nothing.
fn chosen<'a>(search: &Search<'_, 'a>, name: NameId) -> Chosen<'a> {
    search.names[name].chosen().unwrap_or(Chosen::NONE)
}

impl Walk {
    /// Begins with the package of a name, if it was not met before.
    fn enter(&mut self, search: &Search<'_, '_>, name: NameId, reason: Reason) {
        if std::mem::replace(&mut self.is_done[name], true) {
            return;
        }
        let Some(package) = chosen(search, name).package else { return };
        if self.reasons.contains_key(&package) {
            return;
        }
        self.reasons.insert(package, reason);
        for other in search.universe.packages[package].all_names() {
            self.is_done[other] = true;
        }
        self.frames.push(Frame { package, stage: Stage::Dependencies, next: 0, awaited: None });
    }

    fn follow(&mut self, search: &mut Search<'_, '_>) -> Result<(), Exceeded> {
        let universe = search.universe;
        while let Some(frame) = self.frames.last_mut() {
            search.spend(1)?;
            let package = frame.package;
            let is_broken = frame.awaited.take().is_some_and(|awaited| search.packages[awaited].is_broken);
            if is_broken {
                search.fail(package);
            }
            let known = &universe.packages[package];
            match &frame.stage {
                Stage::Dependencies => match known.depends.get(frame.next) {
                    Some(relation) => {
                        frame.next += 1;
                        let chosen = chosen(search, relation.name);
                        frame.awaited = chosen.package;
                        if !search.satisfies(Some(package), relation, chosen) {
                            search.fail(package);
                        }
                        self.enter(
                            search,
                            relation.name,
                            Reason::Needed(needed_by(search, package, relation)),
                        );
                    }
                    None => {
                        let conditionals = known
                            .all_names()
                            .flat_map(|name| universe.names[name].conditionals.iter().copied())
                            .collect();
                        (frame.stage, frame.next) = (Stage::Conditionals(conditionals), 0);
                        self.order.push(package);
                    }
                },
                Stage::Conditionals(conditionals) => match conditionals.get(frame.next).copied() {
                    Some(conditional) => {
                        frame.next += 1;
                        if let Some(terms) = self.met_condition(search, conditional)? {
                            let met_by = known.entry.name.to_owned();
                            self.enter(search, conditional, Reason::Condition { terms, met_by });
                        }
                    }
                    None => {
                        self.frames.pop();
                    }
                },
            }
        }
        Ok(())
    }

    /// The terms of the condition of a name's package, if all are met by packages that were met before.
    fn met_condition(
        &self,
        search: &mut Search<'_, '_>,
        name: NameId,
    ) -> Result<Option<Vec<String>>, Exceeded> {
        let universe = search.universe;
        if self.is_done[name] || !universe.names[name].is_reached {
            return Ok(None);
        }
        let Some(package) = chosen(search, name).package else { return Ok(None) };
        let terms = &universe.packages[package].condition;
        search.spend(terms.len())?;
        let is_met = terms.iter().all(|term| {
            (term.dependency.is_conflict || self.is_done[term.name])
                && search.satisfies(Some(package), term, chosen(search, term.name))
        });
        Ok(is_met.then(|| terms.iter().map(|term| term.dependency.to_string()).collect()))
    }
}

fn needed_by(search: &Search<'_, '_>, package: PackageId, relation: &Relation<'_>) -> NeededBy {
    let entry = search.universe.packages[package].entry;
    NeededBy {
        package: entry.name.to_owned(),
        version: entry.version.to_owned(),
        field: "depend",
        relation: relation.dependency.to_string(),
    }
}
