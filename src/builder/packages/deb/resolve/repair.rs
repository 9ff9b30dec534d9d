//! The repair of what the walk left broken, by scores, as apt does it.
//!
//! Every package has a score: its priority, what depends on it, and much more if an entry asks for it. From the highest
//! score to the lowest, a broken package either gets another alternative, or gives way, or what it excludes does.

use std::cmp::Reverse;
use std::rc::Rc;

use super::super::index::Priority;
use super::state::{Search, Stop};
use super::universe::{NameId, Relations, Target, VersionId};
use crate::builder::packages::limits::{REPAIR_DEPTH, REPAIR_ROUNDS};

/// Scores, and what was tried.
#[derive(Default)]
struct Repair {
    scores: Vec<i64>,
    /// Whether a package was tried as a solution.
    is_tried: Vec<bool>,
    round: usize,
    has_changed: bool,
}

/// What is done with a package whose alternatives all failed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fallback {
    Remove,
    Keep,
}

const REQUESTED: i64 = 10_000;
const ESSENTIAL: i64 = 5_000;

impl Search<'_> {
    /// Repairs what is broken, as far as that is possible.
    pub(super) fn repair(&mut self) -> Result<(), Stop> {
        if self.broken_count()? == 0 {
            return Ok(());
        }
        loop {
            let mut has_changed = false;
            for name in 0..self.known.name_count() {
                if !self.state(name).is_installing && self.is_broken(name)? {
                    has_changed |= self.mark(name)? && self.state(name).is_installing;
                }
            }
            if !has_changed {
                break;
            }
        }
        let mut repair = Repair { scores: self.scores()?, ..Repair::default() };
        let mut order: Vec<_> = (0..self.known.name_count()).collect();
        order.sort_by_key(|name| (Reverse(repair.score(*name)), self.known.text(*name)));
        for round in 0..REPAIR_ROUNDS {
            repair.round = round;
            repair.has_changed = false;
            for name in &order {
                self.repair_package(*name, &mut repair)?;
            }
            if !repair.has_changed {
                break;
            }
        }
        Ok(())
    }

    fn scores(&mut self) -> Result<Vec<i64>, Stop> {
        let chosen = self.chosen();
        let mut scores = Vec::new();
        let mut depends = Vec::new();
        for (name, version) in &chosen {
            let relations = self.relations(*version)?;
            scores.resize(self.known.name_count(), 0);
            add(&mut scores, *name, self.own_score(*name, *version));
            for alternative in relations.groups.iter().flat_map(|group| &group.alternatives) {
                self.weigh(&mut scores, *name, alternative.target, &alternative.met_by, 1);
                if !alternative.target.is_any {
                    depends.push((*name, alternative.target.name));
                }
            }
            for exclusion in &relations.exclusions {
                self.weigh(&mut scores, *name, exclusion.target, &exclusion.excluded, -1);
            }
        }
        // What important packages need is important, and so is what provides that.
        let before = scores.clone();
        let old = |name: NameId| before.get(name).copied().unwrap_or_default();
        for (name, target) in depends {
            if self.state(target).chosen.is_some() {
                add(&mut scores, target, old(name).max(0));
            }
        }
        for (name, _) in &chosen {
            let gained = (scores.get(*name).copied().unwrap_or_default() - old(*name)).abs();
            let providers = self.known.providers(*name);
            let mut names: Vec<_> = providers
                .iter()
                .filter(|(version, _)| self.is_chosen(*version))
                .map(|(version, _)| self.known.name_of(*version))
                .collect();
            names.dedup();
            for provider in names {
                add(&mut scores, provider, gained);
            }
        }
        for (name, _) in &chosen {
            if self.state(*name).is_requested {
                add(&mut scores, *name, REQUESTED);
            }
            if self.known.name(*name).is_some_and(|name| name.is_essential) {
                add(&mut scores, *name, ESSENTIAL);
            }
        }
        Ok(scores)
    }

    /// Adds the weight of one relation. One with a version counts only if the chosen package of the name itself fits.
    fn weigh(&self, scores: &mut [i64], owner: NameId, target: Target, fitting: &[VersionId], weight: i64) {
        let mut names: Vec<_> = fitting
            .iter()
            .filter(|version| self.is_chosen(**version))
            .map(|version| self.known.name_of(*version))
            .collect();
        names.sort_unstable();
        names.dedup();
        let is_itself = |name: &NameId| !target.is_any && *name == target.name;
        if target.is_versioned && !names.iter().any(is_itself) {
            return;
        }
        if !target.is_any && (weight > 0 || target.name != owner) {
            add(scores, target.name, weight);
        }
        for provider in names.into_iter().filter(|name| !is_itself(name)) {
            add(scores, provider, weight);
        }
    }

    fn own_score(&self, name: NameId, version: VersionId) -> i64 {
        let priority = self.known.version(version).map(|version| version.package.priority);
        let by_priority = match priority.unwrap_or_default() {
            Priority::None => 0,
            Priority::Required => 3,
            Priority::Important => 2,
            Priority::Standard => 1,
            Priority::Optional => -1,
            Priority::Extra => -2,
        };
        let is_essential = self.known.name(name).is_some_and(|name| name.is_essential);
        let is_current = self.current(name).is_some();
        by_priority + if is_essential { 100 } else { 0 } + i64::from(is_current)
    }

    fn repair_package(&mut self, name: NameId, repair: &mut Repair) -> Result<(), Stop> {
        let Some(version) = self.state(name).chosen else { return Ok(()) };
        if !self.is_broken(name)? {
            return Ok(());
        }
        let relations = self.relations(version)?;
        for group in 0..relations.groups.len() {
            if self.repair_group(name, &relations, group, repair)? || self.state(name).chosen != Some(version)
            {
                return Ok(());
            }
        }
        let mut losers = Vec::new();
        for exclusion in 0..relations.exclusions.len() {
            if self.repair_exclusion(name, &relations, exclusion, &mut losers, repair)? {
                break;
            }
        }
        if self.state(name).chosen.is_none() {
            return Ok(());
        }
        for loser in losers {
            let is_gone = if self.current(loser).is_some() { self.remove(loser) } else { self.keep(loser) };
            if (!is_gone || repair.round > 1) && repair.score(name) > repair.score(loser) {
                repair.set_score(loser, repair.score(name));
                repair.has_changed = true;
            }
            repair.has_changed |= is_gone;
        }
        Ok(())
    }

    /// Repairs a dependency. True if nothing else of this package is to be looked at in this round.
    fn repair_group(
        &mut self,
        name: NameId,
        relations: &Rc<Relations<'_>>,
        at: usize,
        repair: &mut Repair,
    ) -> Result<bool, Stop> {
        let Some(group) = relations.groups.get(at) else { return Ok(false) };
        let has_others = group.alternatives.len() > 1;
        let mut fallback = Fallback::Remove;
        for alternative in &group.alternatives {
            self.step()?;
            if self.is_met(group) || self.is_waivable(group) {
                return Ok(false);
            }
            if alternative.met_by.is_empty() && !self.state(name).is_protected {
                if has_others {
                    continue;
                }
                self.keep(name);
                repair.has_changed = true;
                return Ok(true);
            }
            let mut is_done = false;
            for version in &alternative.met_by {
                let target = self.known.name_of(*version);
                if self.state(name).is_protected {
                    if self.try_upgrade(target, repair, 0)? {
                        let score = repair.score(name).min(repair.score(target));
                        repair.set_score(target, score);
                        break;
                    }
                    continue;
                }
                let was_installing = self.state(name).is_installing;
                self.keep(name);
                if self.is_broken(name)? {
                    self.change_instead(name, alternative.target.name, has_others, repair)?;
                } else {
                    fallback = Fallback::Keep;
                    if has_others && was_installing {
                        self.mark(name)?;
                    }
                }
                repair.has_changed = true;
                is_done = true;
                break;
            }
            if is_done && !has_others {
                return Ok(true);
            }
        }
        if has_others && !self.is_met(group) && self.state(name).chosen.is_some() {
            let is_gone = match fallback {
                Fallback::Remove if self.state(name).is_protected => false,
                Fallback::Remove => self.remove(name),
                Fallback::Keep => self.keep(name),
            };
            repair.has_changed |= is_gone;
        }
        Ok(false)
    }

    /// A package that stays broken when nothing new is chosen for it: upgrades it, or what it needs.
    fn change_instead(
        &mut self,
        name: NameId,
        target: NameId,
        has_others: bool,
        repair: &mut Repair,
    ) -> Result<(), Stop> {
        if self.try_upgrade(name, repair, 0)? {
            return Ok(());
        }
        if !has_others {
            self.remove(name);
        } else if self.current(target).is_none()
            && self.state(target).candidate.is_some()
            && !self.state(target).is_excluded
        {
            let before = self.broken_count()?;
            self.install(target)?;
            if self.is_broken(target)? || self.broken_count()? > before {
                self.remove(target);
            }
        }
        Ok(())
    }

    /// Repairs an exclusion. True if nothing else of this package is to be looked at in this round.
    fn repair_exclusion(
        &mut self,
        name: NameId,
        relations: &Rc<Relations<'_>>,
        at: usize,
        losers: &mut Vec<NameId>,
        repair: &mut Repair,
    ) -> Result<bool, Stop> {
        let Some(exclusion) = relations.exclusions.get(at) else { return Ok(false) };
        for version in &exclusion.excluded {
            self.step()?;
            if !self.is_chosen(*version) {
                continue;
            }
            let target = self.known.name_of(*version);
            if repair.score(name) > repair.score(target) {
                let candidate = self.state(target).candidate;
                let is_cured = candidate.is_some_and(|candidate| !exclusion.excluded.contains(&candidate));
                if exclusion.field == "Breaks" && is_cured {
                    self.mark(target)?;
                } else if !self.state(target).is_protected {
                    losers.push(target);
                }
                continue;
            }
            if self.state(name).is_protected {
                if self.try_upgrade(target, repair, 0)? {
                    repair.set_score(target, repair.score(name).min(repair.score(target)));
                    break;
                }
                continue;
            }
            self.keep(name);
            if self.is_broken(name)? && !self.try_upgrade(name, repair, 0)? {
                self.remove(name);
                if repair.round > 1 && repair.score(target) > repair.score(name) {
                    repair.set_score(name, repair.score(target));
                }
            }
            repair.has_changed = true;
            return Ok(true);
        }
        Ok(false)
    }

    /// Chooses the candidate of a package if all it needs can be chosen too.
    fn try_upgrade(&mut self, name: NameId, repair: &mut Repair, depth: usize) -> Result<bool, Stop> {
        self.step()?;
        let state = self.state(name);
        let is_upgradable = state.candidate.is_some() && state.candidate != self.current(name);
        if depth > REPAIR_DEPTH || !is_upgradable || state.is_requested || !repair.try_once(name) {
            return Ok(false);
        }
        if !self.mark(name)? {
            return Ok(false);
        }
        let Some(version) = self.state(name).chosen else { return Ok(false) };
        let relations = self.relations(version)?;
        let mut has_failed = false;
        for group in &relations.groups {
            if self.is_waivable(group) {
                continue;
            }
            for alternative in &group.alternatives {
                if self.is_met(group) {
                    break;
                }
                let target = self.only_target(alternative.target.name, version);
                has_failed = true;
                if self.state(target).is_protected
                    || !alternative.met_by.iter().any(|version| self.is_candidate(*version))
                {
                    continue;
                }
                if self.try_upgrade(target, repair, depth + 1)? {
                    has_failed = false;
                    break;
                }
            }
            if has_failed {
                break;
            }
        }
        if has_failed {
            if state.is_installing {
                self.remove(name)
            } else {
                self.keep(name)
            };
        }
        Ok(!has_failed)
    }

    /// The name itself, or the package that alone provides it.
    fn only_target(&mut self, name: NameId, owner: VersionId) -> NameId {
        if self.known.name(name).is_some_and(|name| !name.versions.is_empty()) {
            return name;
        }
        let owner = self.known.name_of(owner);
        let providers = self.known.providers(name);
        let mut names: Vec<_> = providers.iter().map(|(version, _)| self.known.name_of(*version)).collect();
        names.retain(|name| *name != owner);
        names.dedup();
        match names.as_slice() {
            [only] => *only,
            _ => name,
        }
    }
}

impl Repair {
    fn score(&self, name: NameId) -> i64 {
        self.scores.get(name).copied().unwrap_or_default()
    }

    fn set_score(&mut self, name: NameId, score: i64) {
        if self.scores.len() <= name {
            self.scores.resize(name + 1, 0);
        }
        if let Some(one) = self.scores.get_mut(name) {
            *one = score;
        }
    }

    /// True for the first time.
    fn try_once(&mut self, name: NameId) -> bool {
        if self.is_tried.len() <= name {
            self.is_tried.resize(name + 1, false);
        }
        self.is_tried.get_mut(name).is_some_and(|tried| !std::mem::replace(tried, true))
    }
}

fn add(scores: &mut [i64], name: NameId, score: i64) {
    if let Some(one) = scores.get_mut(name) {
        *one += score;
    }
}
