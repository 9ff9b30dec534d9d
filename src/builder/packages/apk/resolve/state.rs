//! What the search knows about each name and package, and the queues of names.

use std::collections::{BTreeSet, VecDeque};

use super::arena::{Arena, NameId, PackageId};
use super::universe::{Bits, Order, Provider, Relation, UNTAGGED, Universe};
use crate::builder::packages::apk::limits::RESOLUTION_STEPS;
use crate::limits::Exceeded;

/// A search.
pub(super) struct Search<'u, 'a> {
    pub(super) universe: &'u Universe<'a>,
    pub(super) names: Arena<NameId, NameState<'a>>,
    pub(super) packages: Arena<PackageId, PackageState>,
    /// Choices between packages of several names.
    pub(super) decisions: Vec<Decision>,
    /// Names that two packages would have, with the one that had it first, and the other one.
    pub(super) clashes: Vec<(NameId, PackageId, PackageId)>,
    queues: Queues,
    steps: u64,
    failures: usize,
}

/// The names that wait.
#[derive(Debug, Default)]
struct Queues {
    /// To be looked at again, the oldest first.
    changed: VecDeque<NameId>,
    /// With one candidate, and nothing that could change that: decided first, the oldest first.
    certain: VecDeque<NameId>,
    /// With a candidate that may be taken, the highest first.
    open: BTreeSet<(Order, NameId)>,
    /// With none, the highest first.
    stuck: BTreeSet<(Order, NameId)>,
}

/// The queue in which an undecided name waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Waiting {
    /// None: nothing asks for it.
    #[default]
    No,
    Certain,
    Open,
    Stuck,
}

/// The state of a name.
#[derive(Debug, Default)]
pub(super) struct NameState<'a> {
    /// How many packages and entries need it.
    pub(super) wanted: u32,
    /// The decision, which is never taken back.
    locked: Option<Chosen<'a>>,
    pub(super) waiting: Waiting,
    is_changed: bool,
    /// Dependencies of its candidates may have become impossible.
    pub(super) recheck_dependencies: bool,
    /// Conditions of its candidates may have been met.
    pub(super) recheck_conditions: bool,
    /// A candidate's condition is met.
    pub(super) has_met_condition: bool,
    /// No candidate's condition can be met.
    pub(super) lacks_condition: bool,
    /// More than one candidate, or one from a repository that may not be used.
    pub(super) has_options: bool,
    /// A candidate may be taken without being listed.
    pub(super) has_selectable: bool,
    /// All names that depend on it are decided.
    pub(super) is_settled: bool,
    /// A condition waits for its absence.
    pub(super) awaits_absence: bool,
}

/// The decision about a name: a provider, or that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chosen<'a> {
    pub(super) package: Option<PackageId>,
    /// The version in which the package has or provides the name, empty if none.
    pub(super) version: &'a str,
}

/// The state of a package.
#[derive(Debug)]
pub(super) struct PackageState {
    /// Nothing is known that rules it out.
    pub(super) is_selectable: bool,
    /// How many relations forbid it.
    pub(super) conflicts: u32,
    /// The tags that it may come from.
    pub(super) tags: Bits,
    /// A repository that has it may be used.
    pub(super) is_allowed: bool,
    /// A repository that has it is one that the request asks for, or has no tag.
    pub(super) is_preferred: bool,
    pub(super) condition: Condition,
    /// It was a candidate when its name was looked at the last time.
    pub(super) is_candidate: bool,
    /// It was one of those whose shared dependencies were propagated the last time.
    pub(super) was_propagated: bool,
    /// It is selected, and something about it is wrong.
    pub(super) is_broken: bool,
}

/// The state of a condition (`install_if`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    Pending,
    Met,
    /// It cannot be met, or there is none.
    Failed,
}

/// A choice between packages.
#[derive(Debug)]
pub(super) struct Decision {
    pub(super) name: NameId,
    pub(super) taken: PackageId,
    /// One package of each name that could be taken, the taken one first.
    pub(super) candidates: Vec<PackageId>,
    /// Whether another one was equally good.
    pub(super) is_tie: bool,
}

impl<'a> Chosen<'a> {
    /// Nothing.
    pub(super) const NONE: Self = Self { package: None, version: "" };

    pub(super) fn provider(provider: Provider<'a>) -> Self {
        Self { package: Some(provider.package), version: provider.version }
    }
}

impl<'a> NameState<'a> {
    /// The decision, if there is one.
    pub(super) fn chosen(&self) -> Option<Chosen<'a>> {
        self.locked
    }

    pub(super) fn is_locked(&self) -> bool {
        self.locked.is_some()
    }

    /// Whether nothing that is still open could change the only candidate.
    fn is_certain(&self) -> bool {
        self.is_settled && self.wanted > 0 && self.has_selectable && !self.has_options
    }
}

impl<'u, 'a> Search<'u, 'a> {
    pub(super) fn new(universe: &'u Universe<'a>) -> Self {
        let untagged = universe.repositories(UNTAGGED);
        let mut ids = universe.packages.ids();
        let mut names = Arena::like(&universe.names, |_| NameState::default());
        let packages = Arena::like(&universe.packages, |package| {
            let usable_in = ids.next().map_or(0, |id| universe.usable_in(id));
            // As in apk, a package without files is allowed from everywhere.
            let is_preferred = package.entry.installed_size == 0 || usable_in & untagged != 0;
            PackageState {
                is_selectable: package.uninstallable.is_none(),
                conflicts: 0,
                tags: UNTAGGED,
                is_allowed: is_preferred || package.is_installed,
                is_preferred,
                condition: if package.condition.is_empty() { Condition::Failed } else { Condition::Pending },
                is_candidate: false,
                was_propagated: false,
                is_broken: false,
            }
        });
        for name in names.ids() {
            let mut providers = universe.names[name].providers.iter();
            names[name].lacks_condition =
                providers.all(|provider| packages[provider.package].condition == Condition::Failed);
        }
        let (decisions, clashes, queues) = (Vec::new(), Vec::new(), Queues::default());
        Self { universe, names, packages, decisions, clashes, queues, steps: 0, failures: 0 }
    }

    /// Applies the request, and decides names until none waits.
    ///
    /// # Errors
    ///
    /// Where this takes more steps than any real request.
    pub(super) fn run(&mut self) -> Result<(), Exceeded> {
        let universe = self.universe;
        for (relation, tags) in universe.world.iter().zip(&universe.world_tags) {
            self.constrain(None, *tags, relation)?;
        }
        loop {
            while let Some(name) = self.queues.changed.pop_front() {
                // A decided name stays in the queue, and is passed over.
                if std::mem::take(&mut self.names[name].is_changed) {
                    self.reconsider(name)?;
                }
            }
            let Some(name) = self.next_name() else { return Ok(()) };
            self.select(name)?;
        }
    }

    /// Counts work.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Exceeded> {
        self.steps = self.steps.saturating_add(u64::try_from(steps).unwrap_or(u64::MAX));
        if self.steps > RESOLUTION_STEPS {
            let measured = format!("search of more than {RESOLUTION_STEPS} steps");
            return Err(Exceeded::new(measured, RESOLUTION_STEPS, "steps"));
        }
        Ok(())
    }

    /// Whether a decision satisfies a relation of a package, or of the request. A package does not conflict
    /// with itself.
    pub(super) fn satisfies(
        &self,
        of: Option<PackageId>,
        relation: &Relation<'a>,
        chosen: Chosen<'a>,
    ) -> bool {
        let dependency = &relation.dependency;
        match chosen.package {
            None => dependency.is_conflict,
            Some(_) if dependency.is_conflict && of == chosen.package => true,
            Some(package) => {
                let identity = self.universe.packages[package].entry.identity;
                dependency.accepts(chosen.version, identity) != dependency.is_conflict
            }
        }
    }

    /// Marks a selected package as broken.
    pub(super) fn fail(&mut self, package: PackageId) {
        if !std::mem::replace(&mut self.packages[package].is_broken, true) {
            self.failures += 1;
        }
    }

    /// Counts a needed name that nothing provides.
    pub(super) fn fail_name(&mut self) {
        self.failures += 1;
    }

    pub(super) fn has_failed(&self) -> bool {
        self.failures > 0
    }

    /// Has a name looked at again, if something asks for it.
    pub(super) fn mark_changed(&mut self, name: NameId) {
        let state = &mut self.names[name];
        if !state.is_changed && !state.is_locked() && (state.wanted > 0 || state.recheck_conditions) {
            state.is_changed = true;
            self.queues.changed.push_back(name);
        }
    }

    /// Puts a name into the queue where it belongs. One that waits already is moved only if it became
    /// certain, or if `is_other` says that its candidates changed.
    pub(super) fn enqueue(&mut self, name: NameId, is_other: bool) {
        let state = &self.names[name];
        let is_certain = state.is_certain();
        match state.waiting {
            _ if state.is_locked() => return,
            Waiting::Certain => return,
            Waiting::No if state.wanted == 0 && !state.has_met_condition && !state.awaits_absence => return,
            Waiting::Open | Waiting::Stuck if !is_certain && !is_other => return,
            _ => {}
        }
        self.dequeue(name);
        let key = (self.universe.names[name].order, name);
        let waiting = if is_certain {
            self.queues.certain.push_back(name);
            Waiting::Certain
        } else if self.names[name].has_selectable {
            self.queues.open.insert(key);
            Waiting::Open
        } else {
            self.queues.stuck.insert(key);
            Waiting::Stuck
        };
        self.names[name].waiting = waiting;
    }

    /// Takes a name out of its queue. The queue of certain names passes over those that left it.
    fn dequeue(&mut self, name: NameId) {
        let key = (self.universe.names[name].order, name);
        match std::mem::take(&mut self.names[name].waiting) {
            Waiting::Open => self.queues.open.remove(&key),
            Waiting::Stuck => self.queues.stuck.remove(&key),
            Waiting::No | Waiting::Certain => false,
        };
    }

    fn next_name(&mut self) -> Option<NameId> {
        while let Some(name) = self.queues.certain.pop_front() {
            if self.names[name].waiting == Waiting::Certain {
                self.names[name].waiting = Waiting::No;
                return Some(name);
            }
        }
        let next = self.queues.open.last().or_else(|| self.queues.stuck.last());
        let name = next.map(|(_, name)| *name)?;
        self.dequeue(name);
        Some(name)
    }

    /// Decides a name.
    pub(super) fn lock(&mut self, name: NameId, chosen: Chosen<'a>) {
        self.dequeue(name);
        let state = &mut self.names[name];
        state.locked = Some(chosen);
        state.is_changed = false;
    }
}
