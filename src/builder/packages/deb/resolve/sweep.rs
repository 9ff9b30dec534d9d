//! From the end of a search to the selection: what nobody needs is left out, and everything else gets its reason.

use std::collections::{HashMap, HashSet, VecDeque};

use super::state::{Search, Stop, all_versions};
use super::universe::{NameId, VersionId};
use super::wanted::WantedSet;
use crate::builder::packages::selection::{
    Choice, Dependency, Identity, Link, Reason, Selected, Selection, Waived, Warning,
};
use crate::builder::packages::unsolved::Unsolved;

/// Why packages are chosen, by name: the shortest way from the request.
pub(super) type Reasons = HashMap<NameId, Reason>;

impl<'a> Search<'a> {
    /// The selection, after a search that left nothing broken.
    pub(super) fn select(&mut self, wanted: &WantedSet) -> Result<Selection, Unsolved> {
        let (reasons, order) = self.reasons(wanted)?;
        let mut selection = Selection { warnings: wanted.warnings.clone(), ..Selection::default() };
        for name in order {
            let state = self.state(name);
            let Some(version) = state.chosen else { continue };
            self.explain_groups(version, &reasons, &mut selection)?;
            if let Some(reason) = reasons.get(&name)
                && self.current(name) != Some(version)
            {
                selection.packages.extend(self.selected(version, reason));
                selection.warnings.extend(self.other_bytes(version));
            }
        }
        selection.packages.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(selection)
    }

    /// The reasons, and the packages in the order in which they are reached: requested ones, essential ones, installed
    /// ones, then what they need.
    pub(super) fn reasons(&mut self, wanted: &WantedSet) -> Result<(Reasons, Vec<NameId>), Stop> {
        let mut reasons = Reasons::new();
        let mut order = Vec::new();
        let mut queue = VecDeque::new();
        for one in &wanted.packages {
            reasons.insert(one.name, Reason::Requested { entry: one.entry.clone() });
            queue.push_back(one.name);
        }
        let installed = self.chosen().into_iter().filter(|(name, _)| self.current(*name).is_some());
        queue.extend(installed.map(|(name, _)| name).filter(|name| !reasons.contains_key(name)));
        let mut seen: HashSet<_> = queue.iter().copied().collect();
        self.reach(&mut queue, &mut seen, &mut order, &mut reasons)?;
        // apt keeps what is essential, needed or not.
        for (name, _) in self.chosen() {
            if self.known.name(name).is_some_and(|name| name.is_essential) && !seen.contains(&name) {
                reasons.insert(name, Reason::Essential);
                seen.insert(name);
                queue.push_back(name);
                self.reach(&mut queue, &mut seen, &mut order, &mut reasons)?;
            }
        }
        for name in &order {
            if let Some(current) = self.current(*name).filter(|current| !self.is_chosen(*current))
                && !reasons.contains_key(name)
            {
                let relation = self.outdated(current)?;
                reasons.insert(*name, Reason::Outdated { relation });
            }
        }
        Ok((reasons, order))
    }

    /// Follows what the packages of the queue need.
    fn reach(
        &mut self,
        queue: &mut VecDeque<NameId>,
        seen: &mut HashSet<NameId>,
        order: &mut Vec<NameId>,
        reasons: &mut Reasons,
    ) -> Result<(), Stop> {
        while let Some(name) = queue.pop_front() {
            order.push(name);
            let Some(version) = self.state(name).chosen else { continue };
            let relations = self.relations(version)?;
            for group in &relations.groups {
                for met_by in all_versions(group).filter(|met_by| self.is_chosen(*met_by)) {
                    let target = self.known.name_of(met_by);
                    let is_new = self.current(target) != Some(met_by);
                    if is_new && !reasons.contains_key(&target) {
                        let dependency = self.dependency(version, group.field, group.text);
                        reasons.insert(target, Reason::Needed(dependency));
                    }
                    if seen.insert(target) {
                        queue.push_back(target);
                    }
                }
            }
        }
        Ok(())
    }

    /// The relation that does not hold with an installed version that is replaced.
    fn outdated(&mut self, current: VersionId) -> Result<Option<Dependency>, Stop> {
        let relations = self.relations(current)?;
        if let Some(group) = relations.groups.iter().find(|group| !self.is_met(group)) {
            return Ok(Some(self.dependency(current, group.field, group.text)));
        }
        for (_, version) in self.chosen() {
            let relations = self.relations(version)?;
            if let Some(one) = relations.exclusions.iter().find(|one| one.excluded.contains(&current)) {
                return Ok(Some(self.dependency(version, one.field, one.text)));
            }
        }
        Ok(None)
    }

    /// The choices and the waived dependencies of a package.
    fn explain_groups(
        &mut self,
        version: VersionId,
        reasons: &Reasons,
        selection: &mut Selection,
    ) -> Result<(), Stop> {
        let relations = self.relations(version)?;
        for (at, group) in relations.groups.iter().enumerate() {
            let dependency = || self.dependency(version, group.field, group.text);
            if !self.is_met(group) {
                let excluded = all_versions(group).filter(|version| self.is_excluded(*version));
                let mut excluded: Vec<_> = excluded.map(|one| self.available(one)).collect();
                // The version that it would have had: the first one of each name is the highest.
                let mut seen = Vec::new();
                excluded.retain(|one| {
                    let is_new = !seen.contains(&one.name);
                    seen.push(one.name.clone());
                    is_new
                });
                let excluded = excluded.into_iter().map(|one| (one.name, one.version)).collect();
                selection.waived.push(Waived { dependency: dependency(), excluded });
                continue;
            }
            let Some(chosen) = self.choices.get(&(version, at)) else { continue };
            let taken = self.known.name_of(chosen.version);
            if !self.is_chosen(chosen.version) || !reasons.contains_key(&taken) {
                continue;
            }
            let name =
                group.alternatives.get(chosen.alternative).map(|one| one.target.name).unwrap_or_default();
            let choice = Choice {
                dependency: Some(dependency()),
                name: self.known.text(name).to_owned(),
                taken: self.known.text(taken).to_owned(),
                candidates: chosen.candidates.iter().map(|one| self.candidate(*one)).collect(),
            };
            if chosen.is_tie {
                selection.warnings.push(Warning::Tie(choice.clone()));
            }
            selection.choices.push(choice);
        }
        Ok(())
    }

    pub(super) fn dependency(&self, version: VersionId, field: &'static str, relation: &str) -> Dependency {
        let package = self.known.version(version).map(|version| version.package);
        Dependency {
            package: package.map_or_else(String::new, |package| package.name.to_owned()),
            version: package.map_or_else(String::new, |package| package.version.to_owned()),
            field,
            relation: relation.split_ascii_whitespace().collect::<Vec<_>>().join(" "),
        }
    }

    /// The steps from an entry to a chosen package.
    pub(super) fn chain(&self, reasons: &Reasons, name: NameId) -> Vec<Link> {
        let mut links = Vec::new();
        let mut next = Some(name);
        while let Some(name) = next.take() {
            let version = self.state(name).chosen.or(self.state(name).candidate);
            let package = version.and_then(|version| self.known.version(version));
            let Some(reason) = reasons.get(&name) else { break };
            links.push(Link {
                package: self.known.text(name).to_owned(),
                version: package.map_or_else(String::new, |one| one.package.version.to_owned()),
                reason: reason.clone(),
            });
            if let Reason::Needed(dependency) = reason
                && links.len() <= reasons.len()
            {
                next = self.known.get(&dependency.package);
            }
        }
        links.reverse();
        links
    }

    fn selected(&self, version: VersionId, reason: &Reason) -> Option<Selected> {
        let known = self.known.version(version)?;
        let package = known.package;
        let repository = self.known.universe().sources.get(known.source?)?.repository;
        let architecture = self.known.architecture();
        let (source, source_version) = package.source();
        let current = self.current(known.name).and_then(|current| self.known.version(current));
        Some(Selected {
            name: package.name.to_owned(),
            version: package.version.to_owned(),
            architecture: if package.is_all { "all" } else { architecture }.to_owned(),
            source: (source.to_owned(), source_version.to_owned()),
            repository,
            path: package.filename(architecture),
            size: package.size,
            identity: Identity::File(package.sha256),
            installed_size: package.installed_size,
            replaces: current.map(|current| current.package.version.to_owned()),
            reason: reason.clone(),
        })
    }

    /// A warning where another repository has other bytes under the same name and version.
    fn other_bytes(&self, version: VersionId) -> Option<Warning> {
        let known = self.known.version(version)?;
        let sources = self.known.universe().sources;
        let repository = |source: Option<usize>| Some(sources.get(source?)?.repository);
        let versions = &self.known.name(known.name)?.versions;
        let others = versions.iter().filter_map(|other| self.known.version(*other));
        let mut others: Vec<_> = others
            .filter(|other| other.package.version == known.package.version)
            .filter(|other| other.package.sha256 != known.package.sha256)
            .filter_map(|other| repository(other.source))
            .collect();
        others.dedup();
        (!others.is_empty()).then(|| Warning::OtherBytes {
            name: known.package.name.to_owned(),
            version: known.package.version.to_owned(),
            taken: repository(known.source).unwrap_or_default(),
            others,
        })
    }
}
