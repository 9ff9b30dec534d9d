//! The state of a search: for each name the chosen version, and what may still change.

use std::collections::HashMap;
use std::rc::Rc;

use super::sources::Universe;
use super::universe::{Alternatives, Known, NameId, Relations, Unreadable, VersionId};
use crate::builder::packages::limits::RESOLVE_STEPS;
use crate::builder::packages::unsolved::Unsolved;
use crate::limits::Exceeded;

/// A search.
pub(super) struct Search<'a> {
    pub(super) known: Known<'a>,
    states: Vec<State>,
    /// Versions chosen for a dependency for which there were others, by the version and the position of its group.
    pub(super) choices: HashMap<(VersionId, usize), Chosen>,
    exclusions: Exclusions,
    steps: u64,
}

/// What becomes of a dependency that only an excluded package would meet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Exclusions {
    /// It cannot hold.
    Hold,
    /// It is waived.
    Waive,
}

/// What is decided about a name.
#[derive(Clone, Copy, Default)]
pub(super) struct State {
    /// The version that will be there.
    pub(super) chosen: Option<VersionId>,
    /// The version that would be chosen. It is gone for good once it cannot be installed.
    pub(super) candidate: Option<VersionId>,
    /// Whether the chosen version is to be installed.
    pub(super) is_installing: bool,
    /// Only a request changes it.
    pub(super) is_protected: bool,
    /// An entry asks for it.
    pub(super) is_requested: bool,
    /// An entry keeps it out.
    pub(super) is_excluded: bool,
}

/// A choice between packages that meet one alternative.
#[derive(Clone)]
pub(super) struct Chosen {
    pub(super) alternative: usize,
    pub(super) version: VersionId,
    /// The best one first.
    pub(super) candidates: Vec<VersionId>,
    /// Whether only its name ranked the taken one first.
    pub(super) is_tie: bool,
}

/// Why a search ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    Exceeded(Exceeded),
    Unreadable(Unreadable),
}

impl From<Stop> for Unsolved {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Exceeded(exceeded) => Self::Exceeded(exceeded),
            Stop::Unreadable(Unreadable { package, source, error }) => {
                Self::Unreadable { package, repository: source, error: error.to_string() }
            }
        }
    }
}

impl From<Unreadable> for Stop {
    fn from(unreadable: Unreadable) -> Self {
        Self::Unreadable(unreadable)
    }
}

impl<'a> Search<'a> {
    pub(super) fn new(universe: Universe<'a>, exclusions: Exclusions) -> Self {
        let mut known = Known::new(universe);
        known.find_installed();
        Self { known, states: Vec::new(), choices: HashMap::new(), exclusions, steps: 0 }
    }

    /// Counts a step.
    pub(super) fn step(&mut self) -> Result<(), Stop> {
        self.steps(1)
    }

    /// Counts a look at this many versions, each of which is a step.
    pub(super) fn steps(&mut self, count: usize) -> Result<(), Stop> {
        self.steps = self.steps.saturating_add(count.try_into().unwrap_or(u64::MAX));
        if self.steps > RESOLVE_STEPS {
            let measured = format!("more than {RESOLVE_STEPS} steps");
            return Err(Stop::Exceeded(Exceeded::new(measured, RESOLVE_STEPS, "steps")));
        }
        Ok(())
    }

    pub(super) fn state(&self, name: NameId) -> State {
        self.states.get(name).copied().unwrap_or_else(|| self.initial(name))
    }

    fn initial(&self, name: NameId) -> State {
        let known = self.known.name(name);
        State {
            chosen: known.and_then(|name| name.current),
            candidate: known.and_then(|name| name.preferred),
            ..State::default()
        }
    }

    pub(super) fn change(&mut self, name: NameId, change: impl FnOnce(&mut State)) {
        if self.states.len() <= name && name < self.known.name_count() {
            let new: Vec<_> =
                (self.states.len()..self.known.name_count()).map(|name| self.initial(name)).collect();
            self.states.extend(new);
        }
        if let Some(state) = self.states.get_mut(name) {
            change(state);
        }
    }

    pub(super) fn current(&self, name: NameId) -> Option<VersionId> {
        self.known.name(name).and_then(|name| name.current)
    }

    pub(super) fn relations(&mut self, version: VersionId) -> Result<Rc<Relations<'a>>, Stop> {
        Ok(self.known.relations(version)?)
    }

    pub(super) fn is_chosen(&self, version: VersionId) -> bool {
        self.state(self.known.name_of(version)).chosen == Some(version)
    }

    pub(super) fn is_candidate(&self, version: VersionId) -> bool {
        self.state(self.known.name_of(version)).candidate == Some(version)
    }

    pub(super) fn is_excluded(&self, version: VersionId) -> bool {
        self.state(self.known.name_of(version)).is_excluded
    }

    /// Whether a dependency is met by what is chosen.
    pub(super) fn is_met(&self, group: &Alternatives<'_>) -> bool {
        group.is_provided || all_versions(group).any(|version| self.is_chosen(version))
    }

    /// Whether it may be waived: an excluded package would meet it.
    pub(super) fn is_waivable(&self, group: &Alternatives<'_>) -> bool {
        self.exclusions == Exclusions::Waive && all_versions(group).any(|version| self.is_excluded(version))
    }

    /// Whether it is met, or a candidate would meet it, or it may be waived.
    pub(super) fn is_possible(&self, group: &Alternatives<'_>) -> bool {
        self.is_met(group)
            || all_versions(group).any(|version| self.is_candidate(version) || self.is_excluded(version))
    }

    /// Whether a relation of the chosen version does not hold.
    pub(super) fn is_broken(&mut self, name: NameId) -> Result<bool, Stop> {
        let Some(version) = self.state(name).chosen else { return Ok(false) };
        let relations = self.relations(version)?;
        self.steps(relations.size())?;
        let unmet = |group: &Alternatives<'_>| !self.is_met(group) && !self.is_waivable(group);
        let violated = relations
            .exclusions
            .iter()
            .any(|one| one.excluded.iter().any(|version| self.is_chosen(*version)));
        Ok(violated || relations.groups.iter().any(unmet))
    }

    pub(super) fn broken_count(&mut self) -> Result<usize, Stop> {
        let mut count = 0;
        for name in 0..self.states.len() {
            count += usize::from(self.is_broken(name)?);
        }
        Ok(count)
    }

    /// The names that have a chosen version, sorted by name.
    pub(super) fn chosen(&self) -> Vec<(NameId, VersionId)> {
        let chosen = |name| self.state(name).chosen.map(|version| (name, version));
        let mut all: Vec<_> = (0..self.known.name_count()).filter_map(chosen).collect();
        all.sort_by_key(|(name, _)| self.known.text(*name));
        all
    }

    /// Drops what was chosen anew. False if a request prevents it.
    pub(super) fn keep(&mut self, name: NameId) -> bool {
        let state = self.state(name);
        if !state.is_installing {
            return true;
        }
        if state.is_protected {
            return false;
        }
        let current = self.current(name);
        self.change(name, |state| {
            state.is_installing = false;
            state.chosen = current;
        });
        true
    }

    /// Takes a package out. False if a request prevents it, or it is installed or essential.
    pub(super) fn remove(&mut self, name: NameId) -> bool {
        let state = self.state(name);
        let is_fixed = state.is_protected
            || self.current(name).is_some()
            || self.known.name(name).is_some_and(|name| name.is_essential);
        if is_fixed || (state.chosen.is_some() && state.is_requested) {
            return false;
        }
        self.change(name, |state| {
            state.is_installing = false;
            state.chosen = None;
        });
        true
    }

    pub(super) fn protect(&mut self, name: NameId) {
        self.change(name, |state| state.is_protected = true);
    }
}

/// Every version that meets one of the alternatives.
pub(super) fn all_versions(group: &Alternatives<'_>) -> impl Iterator<Item = VersionId> {
    group.alternatives.iter().flat_map(|one| one.met_by.iter().copied())
}
