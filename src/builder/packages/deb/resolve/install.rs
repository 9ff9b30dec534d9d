//! The depth-first walk that marks a package and what it needs.
//!
//! A package that an entry asks for is protected, and so is what is the only way to meet a dependency of a protected
//! package. A protected package keeps all that it excludes from being candidates. Any other package fails as soon as
//! one of its relations cannot hold, is no candidate from then on, and the next alternative is tried.
//!
//! The walk has a stack of its own, so its depth is bounded by a number and not by the thread's stack.

use std::collections::HashSet;
use std::rc::Rc;

use super::super::index::Priority;
use super::state::{Chosen, Search, Stop, all_versions};
use super::universe::{Alternative, Alternatives, NameId, Relations, VersionId};
use super::wanted::Wanted;
use crate::builder::packages::limits::RESOLVE_DEPTH;

/// A package whose relations are walked.
struct Frame<'a> {
    name: NameId,
    version: VersionId,
    /// Whether it was protected before: what it needs alone is then protected too.
    propagates: bool,
    /// Whether the first failure ends it.
    fails_early: bool,
    /// Whether the walk goes on after a failure, to do what else can be done.
    goes_on: bool,
    has_failed: bool,
    relations: Rc<Relations<'a>>,
    /// Groups to be met, by position.
    groups: Vec<usize>,
    /// Installed packages to be replaced by their candidates before.
    upgrades: Vec<Upgrade>,
    at: At,
}

/// An installed package to be replaced.
#[derive(Clone, Copy)]
struct Upgrade {
    name: NameId,
    /// Whether the package cannot be there without it.
    is_needed: bool,
}

/// The next step of a frame.
enum At {
    Upgrade(usize),
    /// The outcome of this upgrade is awaited.
    Upgraded(usize),
    Group(usize),
    /// A met dependency of a protected package, whose outcome is awaited.
    Protected(usize),
    /// The outcome of the solution before `next` is awaited.
    Tried(Solutions),
}

/// What could meet a group.
struct Solutions {
    /// The position in [`Frame::groups`].
    group: usize,
    /// Versions with the position of their alternative, the best one first.
    versions: Vec<(VersionId, usize)>,
    next: usize,
}

/// How the marking of a package begins.
enum Entered<'a> {
    Done(bool),
    Walk(Frame<'a>),
}

/// What a frame does next.
enum Next {
    Call(NameId),
    Return(bool),
}

impl<'a> Search<'a> {
    /// Chooses a requested version. All are chosen before any of their dependencies is looked at.
    pub(super) fn mark_requested(&mut self, wanted: &Wanted) -> Result<(), Stop> {
        self.change(wanted.name, |state| {
            state.candidate = Some(wanted.version);
            state.is_protected = true;
            state.is_requested = true;
        });
        self.enter(wanted.name, false, true, 0).map(|_| ())
    }

    /// Walks the relations of a requested version. What fails is found afterwards, as a broken relation.
    pub(super) fn install_requested(&mut self, wanted: &Wanted) -> Result<(), Stop> {
        self.walk(wanted.name, true).map(|_| ())
    }

    /// Chooses the candidate of a package, without its dependencies.
    pub(super) fn mark(&mut self, name: NameId) -> Result<bool, Stop> {
        Ok(matches!(self.enter(name, false, false, 0)?, Entered::Done(true)))
    }

    /// Chooses the candidate of a package, and what it needs.
    pub(super) fn install(&mut self, name: NameId) -> Result<bool, Stop> {
        self.walk(name, false)
    }

    fn walk(&mut self, name: NameId, from_request: bool) -> Result<bool, Stop> {
        let mut stack = Vec::new();
        let mut outcome = None;
        match self.enter(name, true, from_request, 0)? {
            Entered::Done(done) => return Ok(done),
            Entered::Walk(frame) => stack.push(frame),
        }
        while let Some(frame) = stack.last_mut() {
            match self.advance(frame, outcome.take())? {
                Next::Call(name) => match self.enter(name, true, false, stack.len())? {
                    Entered::Done(done) => outcome = Some(done),
                    Entered::Walk(frame) => stack.push(frame),
                },
                Next::Return(done) => {
                    outcome = Some(done);
                    stack.pop();
                }
            }
        }
        Ok(outcome.unwrap_or_default())
    }

    /// Whether the mode of a package may become "install".
    fn may_install(&self, name: NameId, from_request: bool, depth: usize) -> bool {
        let state = self.state(name);
        depth <= RESOLVE_DEPTH && (from_request || state.is_installing || !state.is_protected)
    }

    fn enter(
        &mut self,
        name: NameId,
        with_dependencies: bool,
        from_request: bool,
        depth: usize,
    ) -> Result<Entered<'a>, Stop> {
        self.step()?;
        let state = self.state(name);
        let current = self.current(name);
        let stays = state.is_protected
            && !state.is_installing
            && state.candidate.is_some()
            && state.candidate == current;
        if !stays && !self.may_install(name, from_request, depth) {
            return Ok(Entered::Done(false));
        }
        let Some(candidate) = state.candidate else { return Ok(Entered::Done(false)) };
        if !state.is_protected
            && (state.is_installing || state.candidate == current)
            && !self.is_broken(name)?
        {
            return Ok(Entered::Done(true));
        }
        if with_dependencies && !self.can_hold(name, candidate)? {
            return Ok(Entered::Done(false));
        }
        if from_request {
            self.choose_candidate(name);
        }
        let fails_early = !state.is_protected && !from_request;
        let mut has_failed = false;
        let mut groups = Vec::new();
        let mut upgrades = Vec::new();
        let relations = self.relations(candidate)?;
        self.steps(relations.size())?;
        if with_dependencies {
            let protected = state.is_protected;
            groups = (0..relations.groups.len()).collect();
            groups.retain(|at| protected || relations.groups.get(*at).is_some_and(|one| !self.is_met(one)));
            if !self.clear_exclusions(&relations, protected, from_request, &mut upgrades) {
                if fails_early {
                    return Ok(Entered::Done(false));
                }
                has_failed = true;
            }
            self.upgrade_dependents(name, candidate, &mut upgrades)?;
        }
        if !from_request {
            self.choose_candidate(name);
        }
        if !with_dependencies {
            return Ok(Entered::Done(!has_failed));
        }
        let propagates = self.state(name).is_protected;
        self.protect(name);
        let siblings = self.siblings(name, candidate)?;
        upgrades.splice(0..0, siblings);
        Ok(Entered::Walk(Frame {
            name,
            version: candidate,
            propagates,
            fails_early,
            goes_on: propagates || from_request,
            has_failed,
            relations,
            groups,
            upgrades,
            at: At::Upgrade(0),
        }))
    }

    /// Whether each dependency of a candidate could be met. If not, the package is no candidate from now on.
    fn can_hold(&mut self, name: NameId, candidate: VersionId) -> Result<bool, Stop> {
        let current = self.current(name);
        if Some(candidate) == current {
            return Ok(true);
        }
        let relations = self.relations(candidate)?;
        if relations.groups.iter().all(|group| self.is_possible(group)) {
            return Ok(true);
        }
        self.change(name, |state| {
            if !state.is_protected {
                state.candidate = current;
                state.chosen = current;
                state.is_installing = false;
            }
        });
        Ok(false)
    }

    fn choose_candidate(&mut self, name: NameId) {
        let current = self.current(name);
        self.change(name, |state| {
            if state.is_protected && state.chosen == state.candidate {
                return;
            }
            state.chosen = state.candidate;
            state.is_installing = state.candidate != current;
        });
    }

    /// Takes what is not chosen by now, and is excluded by a protected package, from the candidates; drops or replaces
    /// what is chosen. False if something has to stay.
    fn clear_exclusions(
        &mut self,
        relations: &Relations<'_>,
        protected: bool,
        from_request: bool,
        upgrades: &mut Vec<Upgrade>,
    ) -> bool {
        let mut failed = false;
        let mut bad_candidates = Vec::new();
        for exclusion in &relations.exclusions {
            let is_violated = exclusion.excluded.iter().any(|version| self.is_chosen(*version));
            if !is_violated && !protected {
                continue;
            }
            for version in &exclusion.excluded {
                let name = self.known.name_of(*version);
                let current = self.current(name);
                if current != Some(*version) && self.is_candidate(*version) {
                    if !self.keep(name) {
                        failed = true;
                    } else if protected {
                        self.change(name, |state| {
                            state.candidate = state.chosen;
                            state.is_protected |= current.is_none();
                        });
                    } else {
                        bad_candidates.push(name);
                    }
                } else if current == Some(*version) {
                    let candidate = self.state(name).candidate;
                    let is_replaceable = candidate.is_some_and(|candidate| {
                        candidate != *version && !exclusion.excluded.contains(&candidate)
                    });
                    if is_replaceable && !bad_candidates.contains(&name) {
                        upgrades.push(Upgrade { name, is_needed: true });
                    } else {
                        failed = true;
                    }
                }
                if failed && !protected && !from_request {
                    return false;
                }
            }
        }
        !failed
    }

    /// Installed packages whose dependency on the installed version does not hold with the new one.
    fn upgrade_dependents(
        &mut self,
        name: NameId,
        candidate: VersionId,
        upgrades: &mut Vec<Upgrade>,
    ) -> Result<(), Stop> {
        let Some(current) = self.current(name).filter(|current| *current != candidate) else { return Ok(()) };
        for (other, version) in self.installed() {
            if self.state(other).is_installing || upgrades.iter().any(|upgrade| upgrade.name == other) {
                continue;
            }
            let relations = self.relations(version)?;
            self.steps(relations.size())?;
            let mut alternatives = relations.groups.iter().flat_map(|group| &group.alternatives);
            let is_outdated = |one: &Alternative| {
                let is_named = one.target.name == name && !one.target.is_any;
                is_named && one.met_by.contains(&current) && !one.met_by.contains(&candidate)
            };
            if alternatives.any(is_outdated) {
                upgrades.push(Upgrade { name: other, is_needed: true });
            }
        }
        Ok(())
    }

    /// Installed packages that have a candidate of the same source package in the same version.
    fn siblings(&mut self, name: NameId, candidate: VersionId) -> Result<Vec<Upgrade>, Stop> {
        let source = |search: &Self, version| search.known.version(version).map(|one| one.package.source());
        let wanted = source(self, candidate);
        let mut siblings = Vec::new();
        for (other, version) in self.installed() {
            let state = self.state(other);
            let differs = state.candidate.is_some_and(|candidate| candidate != version);
            let is_sibling = state.candidate.and_then(|candidate| source(self, candidate)) == wanted;
            if other != name && differs && is_sibling && !state.is_installing && self.mark(other)? {
                siblings.push(Upgrade { name: other, is_needed: false });
            }
        }
        Ok(siblings)
    }

    fn installed(&self) -> Vec<(NameId, VersionId)> {
        if self.known.universe().installed.is_none() {
            return Vec::new();
        }
        (0..self.known.name_count())
            .filter_map(|name| self.current(name).map(|version| (name, version)))
            .collect()
    }

    /// Goes on with a frame until it calls or returns. `outcome` is that of what it called.
    fn advance(&mut self, frame: &mut Frame<'a>, mut outcome: Option<bool>) -> Result<Next, Stop> {
        loop {
            self.step()?;
            if let Some(next) = self.turn(frame, outcome.take().unwrap_or_default())? {
                return Ok(next);
            }
        }
    }

    fn turn(&mut self, frame: &mut Frame<'a>, is_good: bool) -> Result<Option<Next>, Stop> {
        match std::mem::replace(&mut frame.at, At::Group(usize::MAX)) {
            At::Upgrade(at) => {
                let upgrade = frame.upgrades.get(at).copied();
                frame.at = if upgrade.is_some() { At::Upgraded(at) } else { At::Group(0) };
                Ok(upgrade.map(|upgrade| Next::Call(upgrade.name)))
            }
            At::Upgraded(at) => {
                let is_needed = frame.upgrades.get(at).is_some_and(|upgrade| upgrade.is_needed);
                frame.at = At::Upgrade(at + 1);
                Ok(if is_good || !is_needed { None } else { self.fail(frame) })
            }
            At::Group(at) => self.begin_group(frame, at),
            At::Protected(at) => {
                frame.has_failed |= !is_good;
                frame.at = At::Group(at + 1);
                Ok(None)
            }
            At::Tried(solutions) if is_good => {
                self.note_choice(frame, &solutions);
                frame.at = At::Group(solutions.group + 1);
                Ok(None)
            }
            At::Tried(solutions) => self.try_solution(frame, solutions),
        }
    }

    fn begin_group(&mut self, frame: &mut Frame<'a>, at: usize) -> Result<Option<Next>, Stop> {
        let relations = Rc::clone(&frame.relations);
        let group = frame.groups.get(at).and_then(|at| relations.groups.get(*at));
        let Some(group) = group else { return Ok(Some(Next::Return(self.leave(frame)))) };
        frame.at = At::Group(at + 1);
        if !self.is_met(group) {
            let versions = self.solutions(group);
            return self.try_solution(frame, Solutions { group: at, versions, next: 0 });
        }
        if !frame.propagates {
            return Ok(None);
        }
        // What alone meets a dependency of a protected package is protected too.
        let mut ways: Vec<_> = all_versions(group)
            .filter(|version| !self.is_kept_out(*version))
            .filter(|version| {
                self.is_candidate(*version) || self.current(self.known.name_of(*version)) == Some(*version)
            })
            .collect();
        ways.sort_unstable();
        ways.dedup();
        let [only] = ways.as_slice() else { return Ok(None) };
        let name = self.known.name_of(*only);
        if group.is_provided || self.state(name).is_protected {
            return Ok(None);
        }
        self.protect(name);
        frame.at = At::Protected(at);
        Ok(Some(Next::Call(name)))
    }

    /// Calls the next solution that is still one.
    fn try_solution(
        &mut self,
        frame: &mut Frame<'a>,
        mut solutions: Solutions,
    ) -> Result<Option<Next>, Stop> {
        let relations = Rc::clone(&frame.relations);
        let group = frame.groups.get(solutions.group).and_then(|at| relations.groups.get(*at));
        let Some(group) = group else { return Ok(None) };
        let is_waivable = self.is_waivable(group);
        while let Some((version, _)) = solutions.versions.get(solutions.next).copied() {
            solutions.next += 1;
            if !self.is_candidate(version) {
                continue;
            }
            let name = self.known.name_of(version);
            if frame.propagates && solutions.versions.len() == 1 && !is_waivable {
                if !self.mark(name)? {
                    continue;
                }
                self.protect(name);
            }
            frame.at = At::Tried(solutions);
            return Ok(Some(Next::Call(name)));
        }
        frame.at = At::Group(solutions.group + 1);
        Ok(if is_waivable { None } else { self.fail(frame) })
    }

    /// The candidates that meet a group: installed packages first, then alternative by alternative, the best one
    /// first.
    fn solutions(&self, group: &Alternatives<'_>) -> Vec<(VersionId, usize)> {
        let mut all = Vec::new();
        for (at, alternative) in group.alternatives.iter().enumerate() {
            let mut versions: Vec<_> = alternative
                .met_by
                .iter()
                .copied()
                .filter(|version| self.is_candidate(*version) && !self.is_kept_out(*version))
                .collect();
            versions.sort_by_cached_key(|version| self.preference(*version, alternative.target.name));
            all.extend(versions.into_iter().map(|version| (version, at)));
        }
        all.sort_by_key(|(version, _)| self.current(self.known.name_of(*version)).is_none());
        let mut seen = HashSet::new();
        all.retain(|(version, _)| seen.insert(*version));
        all
    }

    /// What a request keeps out.
    fn is_kept_out(&self, version: VersionId) -> bool {
        let name = self.known.name_of(version);
        let state = self.state(name);
        state.is_excluded || (state.is_protected && !state.is_installing && self.current(name).is_none())
    }

    /// The order of packages that meet one alternative, with the name last.
    fn preference(&self, version: VersionId, target: NameId) -> (Preference, &'a str) {
        let name = self.known.name_of(version);
        let known = self.known.name(name);
        let priority = self.known.version(version).map(|version| version.package.priority);
        let preference = Preference {
            is_unprotected: !self.state(name).is_protected,
            is_new: self.current(name).is_none(),
            is_provider: name != target,
            is_optional: !known.is_some_and(|name| name.is_essential),
            priority: priority.unwrap_or_default(),
        };
        (preference, self.known.text(name))
    }

    /// Keeps a choice between several packages for the explanation.
    fn note_choice(&mut self, frame: &Frame<'a>, solutions: &Solutions) {
        let taken = solutions.next.checked_sub(1).and_then(|at| solutions.versions.get(at));
        let Some((version, alternative)) = taken.copied() else { return };
        let others = solutions.versions.iter().filter(|(_, at)| *at == alternative);
        let candidates: Vec<_> = others.map(|(version, _)| *version).collect();
        if let Some(group) = frame.groups.get(solutions.group)
            && candidates.len() > 1
        {
            let target =
                frame.relations.groups.get(*group).and_then(|group| group.alternatives.get(alternative));
            let target = target.map(|one| one.target.name).unwrap_or_default();
            let rank = |version| self.preference(version, target).0;
            let equals = candidates.iter().filter(|one| **one != version && rank(**one) == rank(version));
            let is_tie = equals.count() > 0;
            self.choices.insert((frame.version, *group), Chosen { alternative, version, candidates, is_tie });
        }
    }

    /// A relation cannot hold.
    fn fail(&mut self, frame: &mut Frame<'a>) -> Option<Next> {
        frame.has_failed = true;
        if frame.fails_early {
            let current = self.current(frame.name);
            self.change(frame.name, |state| {
                state.chosen = current;
                state.candidate = current;
                state.is_installing = false;
            });
            return Some(Next::Return(self.leave(frame)));
        }
        if !frame.goes_on {
            frame.at = At::Group(usize::MAX);
        }
        None
    }

    fn leave(&mut self, frame: &Frame<'a>) -> bool {
        self.change(frame.name, |state| state.is_protected = frame.propagates);
        !frame.has_failed
    }
}

/// What makes a package the better one of two, the strongest reason first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Preference {
    is_unprotected: bool,
    is_new: bool,
    is_provider: bool,
    is_optional: bool,
    priority: Priority,
}
