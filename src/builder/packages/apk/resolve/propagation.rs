//! What follows from the request and from decisions, without choosing.

use std::collections::{BTreeMap, BTreeSet};

use super::arena::{NameId, PackageId};
use super::state::{Chosen, Condition, Search};
use super::universe::{Bits, Provider, Relation};
use crate::limits::Exceeded;

/// What all candidates of a name have in common.
#[derive(Default)]
struct Common {
    /// The first candidate.
    first: Option<PackageId>,
    candidates: usize,
    /// Names that each of them needs.
    needed: BTreeSet<NameId>,
    /// Names that each of them has or provides, and whether one of them provides it without a version.
    provided: BTreeMap<NameId, bool>,
}

impl<'a> Search<'_, 'a> {
    /// Applies a relation of a package, or of the request with its tags.
    pub(super) fn constrain(
        &mut self,
        of: Option<PackageId>,
        tags: Bits,
        relation: &Relation<'a>,
    ) -> Result<(), Exceeded> {
        let universe = self.universe;
        if !relation.dependency.is_conflict {
            self.want(relation.name);
        }
        let providers = &universe.names[relation.name].providers;
        self.spend(providers.len())?;
        for provider in providers {
            if self.satisfies(of, relation, Chosen::provider(*provider)) {
                self.allow(provider.package, of, tags);
            } else {
                let package = &mut self.packages[provider.package];
                package.conflicts = package.conflicts.saturating_add(1);
            }
            let package = &self.packages[provider.package];
            if package.is_selectable && package.conflicts > 0 {
                self.rule_out(provider.package)?;
            }
        }
        Ok(())
    }

    /// Counts a need for a name.
    fn want(&mut self, name: NameId) {
        let state = &mut self.names[name];
        state.wanted = state.wanted.saturating_add(1);
        if state.wanted == 1 {
            self.enqueue(name, false);
            self.recheck_conditions_on(name);
            self.mark_changed(name);
        }
    }

    /// Lets a package come from the tags of what needs it. A package that the request names is preferred from
    /// them.
    fn allow(&mut self, package: PackageId, of: Option<PackageId>, tags: Bits) {
        let repositories = self.universe.usable_in(package);
        match of {
            Some(of) => {
                let inherited = self.packages[of].tags;
                self.packages[package].tags |= inherited;
            }
            None => {
                let is_preferred = repositories & self.universe.repositories(tags) != 0;
                self.packages[package].tags |= tags;
                self.packages[package].is_preferred = is_preferred;
            }
        }
        let allowed = self.universe.repositories(self.packages[package].tags);
        self.packages[package].is_allowed |= repositories & allowed != 0;
    }

    /// Rules a package out, and has everything looked at again that could use it.
    pub(super) fn rule_out(&mut self, package: PackageId) -> Result<(), Exceeded> {
        self.packages[package].is_selectable = false;
        let universe = self.universe;
        for name in universe.packages[package].all_names() {
            self.recheck_dependents(name)?;
        }
        self.recheck_conditions_on_package(package)
    }

    pub(super) fn recheck_dependents(&mut self, name: NameId) -> Result<(), Exceeded> {
        let universe = self.universe;
        for dependent in &universe.names[name].dependents {
            self.spend(universe.packages[*dependent].provides.len() + 1)?;
            for name in universe.packages[*dependent].all_names() {
                if universe.names[name].is_reached {
                    self.names[name].recheck_dependencies = true;
                    self.mark_changed(name);
                }
            }
        }
        Ok(())
    }

    pub(super) fn recheck_conditions_on(&mut self, name: NameId) {
        let universe = self.universe;
        for conditional in &universe.names[name].conditionals {
            if universe.names[*conditional].is_reached && !self.names[*conditional].lacks_condition {
                self.names[*conditional].recheck_conditions = true;
                self.mark_changed(*conditional);
            }
        }
    }

    pub(super) fn recheck_conditions_on_package(&mut self, package: PackageId) -> Result<(), Exceeded> {
        let universe = self.universe;
        for name in universe.packages[package].all_names() {
            self.spend(universe.names[name].conditionals.len() + 1)?;
            self.recheck_conditions_on(name);
        }
        Ok(())
    }

    /// Looks at the candidates of a name: rules out those whose dependencies became impossible, finds met
    /// conditions, and applies what all candidates have in common.
    pub(super) fn reconsider(&mut self, name: NameId) -> Result<(), Exceeded> {
        let universe = self.universe;
        let recheck_dependencies = std::mem::take(&mut self.names[name].recheck_dependencies);
        let recheck_conditions = std::mem::take(&mut self.names[name].recheck_conditions);
        let (mut has_met, mut lacks_condition) = (false, true);
        let (mut has_selectable, mut has_masked) = (false, false);
        let mut common = Common::default();
        for provider in &universe.names[name].providers {
            let package = provider.package;
            self.spend(1)?;
            self.packages[package].is_candidate = false;
            if recheck_dependencies && self.packages[package].is_selectable {
                self.check_dependencies(package)?;
            }
            if !self.packages[package].is_selectable {
                continue;
            }
            if recheck_conditions {
                self.check_condition(package)?;
            }
            let condition = self.packages[package].condition;
            has_met |= condition == Condition::Met;
            lacks_condition &= condition == Condition::Failed;
            has_selectable |= condition == Condition::Met;
            if self.names[name].wanted == 0 {
                continue;
            }
            self.packages[package].is_candidate = true;
            self.add_candidate(&mut common, *provider)?;
            has_masked |= !self.packages[package].is_allowed;
            has_selectable = has_selectable || self.may_be_taken(provider);
        }
        let state = &mut self.names[name];
        state.has_options = common.candidates > 1 || has_masked;
        state.has_met_condition = has_met;
        state.lacks_condition = lacks_condition;
        let is_other = std::mem::replace(&mut state.has_selectable, has_selectable) != has_selectable;
        self.apply_common(name, common)?;
        self.names[name].is_settled = self.are_dependents_decided(name)?;
        self.enqueue(name, is_other);
        Ok(())
    }

    /// Whether every name of every package that depends on a name is decided.
    fn are_dependents_decided(&mut self, name: NameId) -> Result<bool, Exceeded> {
        let universe = self.universe;
        for dependent in &universe.names[name].dependents {
            self.spend(universe.packages[*dependent].provides.len() + 1)?;
            let is_open = |name: NameId| universe.names[name].is_reached && !self.names[name].is_locked();
            if universe.packages[*dependent].all_names().any(is_open) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a package may be taken for a name without being listed: not if it provides the name without a
    /// version and has no priority among the providers.
    pub(super) fn may_be_taken(&self, provider: &Provider<'a>) -> bool {
        let package = &self.universe.packages[provider.package];
        !provider.version.is_empty()
            || package.entry.provider_priority > 0
            || self.names[package.name].wanted > 0
    }

    fn check_dependencies(&mut self, package: PackageId) -> Result<(), Exceeded> {
        let universe = self.universe;
        for relation in &universe.packages[package].depends {
            if !self.can_be_satisfied(package, relation)? {
                return self.rule_out(package);
            }
        }
        Ok(())
    }

    fn can_be_satisfied(&mut self, package: PackageId, relation: &Relation<'a>) -> Result<bool, Exceeded> {
        let of = Some(package);
        let state = &self.names[relation.name];
        if let Some(chosen) = state.chosen() {
            return Ok(self.satisfies(of, relation, chosen));
        }
        if state.wanted == 0 && self.satisfies(of, relation, Chosen::NONE) {
            return Ok(true);
        }
        let universe = self.universe;
        let providers = &universe.names[relation.name].providers;
        self.spend(providers.len())?;
        Ok(providers.iter().any(|provider| {
            self.packages[provider.package].is_selectable
                && self.satisfies(of, relation, Chosen::provider(*provider))
        }))
    }

    /// Finds out whether a condition is met. It is when all its names are decided so.
    fn check_condition(&mut self, package: PackageId) -> Result<(), Exceeded> {
        let universe = self.universe;
        let terms = &universe.packages[package].condition;
        self.spend(terms.len())?;
        if self.packages[package].condition == Condition::Pending {
            self.packages[package].condition = Condition::Met;
            for term in terms {
                let Some(chosen) = self.names[term.name].chosen() else {
                    if term.dependency.is_conflict {
                        // Nothing else would decide a name that must be absent.
                        self.names[term.name].awaits_absence = true;
                        self.enqueue(term.name, false);
                    }
                    self.packages[package].condition = Condition::Pending;
                    break;
                };
                if !self.satisfies(Some(package), term, chosen) {
                    self.packages[package].condition = Condition::Failed;
                    break;
                }
            }
        }
        if self.packages[package].condition == Condition::Met {
            for term in terms {
                // An absent name gives its package what an entry without a tag would.
                let by = self.names[term.name].chosen().and_then(|chosen| chosen.package);
                self.allow(package, by, 0);
            }
        }
        Ok(())
    }

    fn add_candidate(&mut self, common: &mut Common, provider: Provider<'a>) -> Result<(), Exceeded> {
        let package = &self.universe.packages[provider.package];
        self.spend(package.depends.len() + package.provides.len())?;
        let needs = package.depends.iter().filter(|relation| !relation.dependency.is_conflict);
        let needs: BTreeSet<NameId> = needs.map(|relation| relation.name).collect();
        // What counts for its own name is the version in which it has the name that is looked at.
        let mut provides = BTreeMap::from([(package.name, provider.version.is_empty())]);
        for provided in &package.provides {
            provides.entry(provided.name).or_insert(provided.version.is_empty());
        }
        if common.first.is_none() {
            common.first = Some(provider.package);
            (common.needed, common.provided) = (needs, provides);
        } else {
            common.needed.retain(|name| needs.contains(name));
            common.provided.retain(|name, is_without| {
                let other = provides.get(name);
                *is_without |= other.is_some_and(|other| *other);
                other.is_some()
            });
        }
        common.candidates += 1;
        Ok(())
    }

    /// Applies what all candidates have in common: with one candidate its dependencies, with several the need
    /// for the names that all of them need. Other packages with a name that all of them provide are ruled
    /// out.
    fn apply_common(&mut self, name: NameId, mut common: Common) -> Result<(), Exceeded> {
        let universe = self.universe;
        let Some(first) = common.first else { return Ok(()) };
        for provider in &universe.names[name].providers {
            let package = &mut self.packages[provider.package];
            package.was_propagated = package.is_candidate;
        }
        for relation in &universe.packages[first].depends {
            // As in apk, only the first relation to a name counts here; all count when the package is
            // selected.
            if !common.needed.remove(&relation.name) {
                continue;
            }
            if common.candidates == 1 {
                self.constrain(Some(first), 0, relation)?;
            } else if self.names[relation.name].wanted == 0 {
                self.want(relation.name);
                let providers = &universe.names[relation.name].providers;
                self.spend(providers.len())?;
                for provider in providers {
                    self.allow(provider.package, Some(first), 0);
                }
            }
        }
        for provided in universe.packages[first].all_names() {
            if let Some(is_without) = common.provided.remove(&provided) {
                self.rule_out_others(provided, name, is_without)?;
            }
        }
        Ok(())
    }

    /// Rules out the packages that provide `provided` but not `name`: whatever is taken for `name` provides
    /// both.
    fn rule_out_others(&mut self, provided: NameId, name: NameId, is_without: bool) -> Result<(), Exceeded> {
        if provided == name {
            return Ok(());
        }
        let universe = self.universe;
        for provider in &universe.names[provided].providers {
            let package = &universe.packages[provider.package];
            self.spend(package.provides.len() + 1)?;
            let may_stay = package.name == name
                || !self.packages[provider.package].is_selectable
                || is_without && provider.version.is_empty()
                || package
                    .provides
                    .iter()
                    .any(|other| other.name == name || is_without && other.version.is_empty());
            if !may_stay {
                self.rule_out(provider.package)?;
            }
        }
        Ok(())
    }
}
