//! The choice of a package for one name.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use super::arena::{NameId, PackageId};
use super::state::{Chosen, Condition, Decision, Search};
use super::universe::Provider;
use crate::limits::Exceeded;

impl<'a> Search<'_, 'a> {
    /// Takes the best candidate for a name, and locks every name that it has or provides. Without a
    /// candidate, the name is locked to nothing.
    pub(super) fn select(&mut self, name: NameId) -> Result<(), Exceeded> {
        let universe = self.universe;
        let mut candidates = Vec::new();
        for provider in &universe.names[name].providers {
            self.spend(1)?;
            if self.is_candidate(name, provider) {
                candidates.push(*provider);
            }
        }
        let Some((best, is_tie)) = self.best(&candidates) else {
            self.assign(name, Chosen::NONE)?;
            if self.names[name].wanted > 0 {
                self.fail_name();
            }
            return Ok(());
        };
        let package = best.package;
        self.note_decision(name, package, &candidates, is_tie);
        if !self.packages[package].is_selectable || !self.packages[package].is_allowed {
            self.fail(package);
        }
        let known = &universe.packages[package];
        self.assign(known.name, Chosen { package: Some(package), version: known.entry.version })?;
        for provided in &known.provides {
            self.assign(provided.name, Chosen { package: Some(package), version: provided.version })?;
        }
        for relation in &known.depends {
            self.constrain(Some(package), 0, relation)?;
        }
        Ok(())
    }

    /// Whether a package may be taken for a name: one that the name is needed for, or whose condition is met.
    fn is_candidate(&self, name: NameId, provider: &Provider<'a>) -> bool {
        let state = &self.names[name];
        let package = &self.packages[provider.package];
        let by_condition = state.has_met_condition
            && package.condition == Condition::Met
            && package.is_allowed
            && package.is_selectable;
        (state.wanted > 0 || by_condition) && self.may_be_taken(provider)
    }

    /// The best candidate, the first of several that are equally good, and whether another package is as
    /// good.
    fn best(&self, candidates: &[Provider<'a>]) -> Option<(Provider<'a>, bool)> {
        let (first, rest) = candidates.split_first()?;
        let mut best = *first;
        let mut is_tie = false;
        for candidate in rest {
            match self.compare(candidate, &best) {
                Ordering::Greater => (best, is_tie) = (*candidate, false),
                Ordering::Equal => {
                    let name = |provider: &Provider<'_>| self.universe.packages[provider.package].name;
                    is_tie |= name(candidate) != name(&best);
                }
                Ordering::Less => {}
            }
        }
        Some((best, is_tie))
    }

    /// Remembers a choice between packages of several names.
    fn note_decision(&mut self, name: NameId, taken: PackageId, candidates: &[Provider<'a>], is_tie: bool) {
        let universe = self.universe;
        let mut by_name = BTreeMap::from([(universe.packages[taken].name, taken)]);
        for candidate in candidates {
            let package = &self.packages[candidate.package];
            if package.is_selectable && package.is_allowed {
                by_name.entry(universe.packages[candidate.package].name).or_insert(candidate.package);
            }
        }
        if by_name.len() < 2 {
            return;
        }
        let mut candidates: Vec<PackageId> = by_name.into_values().collect();
        candidates.sort_by_key(|package| {
            let entry = universe.packages[*package].entry;
            (*package != taken, Reverse(entry.provider_priority), entry.name)
        });
        self.decisions.push(Decision { name, taken, candidates, is_tie });
    }

    /// Locks a name.
    fn assign(&mut self, name: NameId, chosen: Chosen<'a>) -> Result<(), Exceeded> {
        let universe = self.universe;
        if let Some(before) = self.names[name].chosen() {
            // Several packages may provide a name without a version.
            if !(chosen.version.is_empty() && before.version.is_empty()) {
                for package in [chosen.package, before.package].into_iter().flatten() {
                    self.fail(package);
                }
                if let (Some(first), Some(other)) = (before.package, chosen.package) {
                    self.clashes.push((name, first, other));
                }
            }
            return Ok(());
        }
        self.lock(name, chosen);
        if let Some(package) = chosen.package {
            // A package that is there only for its condition keeps the condition met.
            if self.names[name].wanted == 0 && self.packages[package].condition == Condition::Met {
                for term in &universe.packages[package].condition {
                    if !self.names[term.name].is_locked() {
                        self.constrain(Some(package), 0, term)?;
                    }
                }
            }
        }
        let providers = &universe.names[name].providers;
        self.spend(providers.len())?;
        for provider in providers {
            let is_same = Some(provider.package) == chosen.package;
            let may_share = chosen.version.is_empty() && provider.version.is_empty();
            if !is_same && !may_share {
                self.rule_out(provider.package)?;
            }
        }
        self.recheck_dependents(name)?;
        match chosen.package {
            Some(package) => self.recheck_conditions_on_package(package),
            None => {
                self.recheck_conditions_on(name);
                Ok(())
            }
        }
    }
}
