//! Why a search failed: from each broken package back to its entry, and down to the relation that cannot hold.

use super::sources::Rank;
use super::state::{Search, Stop, all_versions};
use super::sweep::Reasons;
use super::universe::{Alternatives, NameId, VersionId};
use super::wanted::WantedSet;
use crate::builder::packages::limits::REPAIR_DEPTH;
use crate::builder::packages::selection::{Dependency, Link, Reason};
use crate::builder::packages::unsolved::{Available, Failure, Problem};

impl Search<'_> {
    /// What is broken. Empty after a good search.
    pub(super) fn failures(&mut self, wanted: &WantedSet) -> Result<Vec<Failure>, Stop> {
        let mut failures = Vec::new();
        if self.broken_count()? == 0 {
            return Ok(failures);
        }
        let (reasons, mut order) = self.reasons(wanted)?;
        let unreached: Vec<_> =
            self.chosen().into_iter().map(|(name, _)| name).filter(|name| !order.contains(name)).collect();
        order.extend(unreached);
        for name in order {
            let Some(version) = self.state(name).chosen else { continue };
            if !self.is_broken(name)? {
                continue;
            }
            let chain = self.chain(&reasons, name);
            let entry = match chain.first().map(|link| &link.reason) {
                Some(Reason::Requested { entry }) => entry.clone(),
                _ => self.known.text(name).to_owned(),
            };
            if let Some((more, problem)) = self.problem(version, &reasons, &mut Vec::new())? {
                let chain = chain.into_iter().chain(more).collect();
                failures.push(Failure::NotInstallable { entry, chain, problem });
            }
        }
        Ok(failures)
    }

    /// What keeps a version from being installed, and the packages between.
    fn problem(
        &mut self,
        version: VersionId,
        reasons: &Reasons,
        seen: &mut Vec<VersionId>,
    ) -> Result<Option<(Vec<Link>, Problem)>, Stop> {
        self.step()?;
        if seen.contains(&version) || seen.len() > REPAIR_DEPTH {
            return Ok(None);
        }
        seen.push(version);
        let relations = self.relations(version)?;
        for group in &relations.groups {
            if self.is_met(group) || self.is_waivable(group) {
                continue;
            }
            if !self.is_installable_at_all(group) {
                return Ok(Some((Vec::new(), self.missing(version, group))));
            }
            for next in all_versions(group) {
                if let Some((mut chain, problem)) = self.problem(next, reasons, seen)? {
                    let dependency = self.dependency(version, group.field, group.text);
                    let link = Link {
                        package: self.known.text(self.known.name_of(next)).to_owned(),
                        version: self.available(next).version,
                        reason: Reason::Needed(dependency),
                    };
                    chain.insert(0, link);
                    return Ok(Some((chain, problem)));
                }
            }
            return Ok(Some((Vec::new(), self.missing(version, group))));
        }
        for exclusion in &relations.exclusions {
            if let Some(with) = exclusion.excluded.iter().find(|version| self.is_chosen(**version)) {
                let dependency = self.dependency(version, exclusion.field, exclusion.text);
                return Ok(Some((Vec::new(), self.conflict(dependency, *with, reasons))));
            }
        }
        // What is chosen may exclude it too.
        for (other, chosen) in self.chosen() {
            let relations = self.relations(chosen)?;
            if other == self.known.name_of(version) {
                continue;
            }
            if let Some(exclusion) = relations.exclusions.iter().find(|one| one.excluded.contains(&version)) {
                let dependency = self.dependency(chosen, exclusion.field, exclusion.text);
                let mut problem = self.conflict(dependency, version, reasons);
                if let Problem::Conflict { chain, .. } = &mut problem {
                    *chain = self.chain(reasons, other);
                }
                return Ok(Some((Vec::new(), problem)));
            }
        }
        Ok(None)
    }

    fn conflict(&self, dependency: Dependency, with: VersionId, reasons: &Reasons) -> Problem {
        let Available { name, version, .. } = self.available(with);
        let chain = self.chain(reasons, self.known.name_of(with));
        Problem::Conflict { dependency, with: name, version, chain }
    }

    /// Whether a version that would be taken meets a dependency.
    fn is_installable_at_all(&self, group: &Alternatives<'_>) -> bool {
        all_versions(group).any(|version| self.would_be_taken(version))
    }

    fn would_be_taken(&self, version: VersionId) -> bool {
        let name = self.known.name_of(version);
        let state = self.state(name);
        let preferred = self.known.name(name).and_then(|name| name.preferred);
        if state.is_requested { state.chosen == Some(version) } else { preferred == Some(version) }
    }

    /// Nothing that would be taken meets a dependency: what there is instead.
    fn missing(&mut self, version: VersionId, group: &Alternatives<'_>) -> Problem {
        let dependency = self.dependency(version, group.field, group.text);
        let mut available = Vec::new();
        for alternative in &group.alternatives {
            let taken = |search: &Self, name: NameId| {
                let state = search.state(name);
                state.chosen.or_else(|| search.known.name(name).and_then(|name| name.preferred))
            };
            let mut names = vec![alternative.target.name];
            names.extend(
                self.known.providers(alternative.target.name).iter().map(|(one, _)| self.known.name_of(*one)),
            );
            names.dedup();
            available.extend(
                names.into_iter().filter_map(|name| taken(self, name)).map(|one| self.available(one)),
            );
        }
        let mut elsewhere: Vec<_> = all_versions(group)
            .filter(|version| self.known.rank(*version) != Rank::Automatic)
            .map(|version| self.available(version))
            .collect();
        elsewhere.dedup();
        if available.is_empty() && elsewhere.is_empty() {
            Problem::Missing { dependency }
        } else {
            Problem::OtherVersion { dependency, available, elsewhere }
        }
    }
}
