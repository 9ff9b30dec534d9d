//! What broke, as apk reports it: needed names without a package, and packages that break relations.

use std::collections::{BTreeMap, BTreeSet};

use super::arena::{Arena, NameId, PackageId};
use super::collection::Collected;
use super::state::Search;
use super::universe::{Relation, UNTAGGED, Universe};
use super::unsolved::{Conflicting, PackageTrouble, Requirer, Trouble};
use crate::builder::packages::apk::limits::{SUGGESTED_LENGTH, SUGGESTIONS};
use crate::builder::packages::{Link, Reason};
use crate::diagnostic::closest;

/// How a package or a name is present.
type Presence = u8;
/// A relation of the request or of a present package asks for it.
const NEEDED: Presence = 1;
/// A condition asks for it.
const CONDITIONAL: Presence = 2;
/// Only a name that it provides without a version is asked for, which selects nothing.
const VIRTUAL: Presence = 4;

struct Report<'s, 'u, 'a> {
    search: &'s Search<'u, 'a>,
    reasons: BTreeMap<&'a str, (PackageId, &'s Reason)>,
    taken: BTreeSet<PackageId>,
    /// Packages with a dependency on a name, of those taken.
    dependents: BTreeMap<NameId, Vec<PackageId>>,
    names: Arena<NameId, Presence>,
    packages: Arena<PackageId, Presence>,
}

/// Lists what is broken.
pub(super) fn report(search: &Search<'_, '_>, collected: &Collected) -> Vec<Trouble> {
    let universe = search.universe;
    let reasons =
        collected.packages.iter().map(|(id, reason)| (universe.packages[*id].entry.name, (*id, reason)));
    let mut report = Report {
        search,
        reasons: reasons.collect(),
        taken: collected.packages.iter().map(|(package, _)| *package).collect(),
        dependents: BTreeMap::new(),
        names: Arena::like(&universe.names, |_| 0),
        packages: Arena::like(&universe.packages, |_| 0),
    };
    for (package, _) in &collected.packages {
        for relation in &universe.packages[*package].depends {
            let dependents = report.dependents.entry(relation.name).or_default();
            if dependents.last() != Some(package) {
                dependents.push(*package);
            }
        }
    }
    report.find_present();
    let mut troubles = Vec::new();
    let mut reported = BTreeSet::new();
    report.missing(&universe.world, &mut reported, &mut troubles);
    for (package, _) in &collected.packages {
        if let Some(trouble) = report.package(*package) {
            troubles.push(Trouble::Package(Box::new(trouble)));
        }
        report.missing(&universe.packages[*package].depends, &mut reported, &mut troubles);
    }
    if troubles.is_empty() {
        let broken = collected.packages.iter().filter(|(package, _)| search.packages[*package].is_broken);
        troubles.extend(broken.filter_map(|(package, _)| report.clash(*package)));
    }
    troubles
}

impl<'a> Report<'_, '_, 'a> {
    fn universe(&self) -> &Universe<'a> {
        self.search.universe
    }

    /// Marks the taken packages, and their names, that the request leads to.
    fn find_present(&mut self) {
        let universe = self.search.universe;
        let needed = |relations: &[Relation<'_>]| -> Vec<(NameId, Presence)> {
            let positive = relations.iter().filter(|relation| !relation.dependency.is_conflict);
            positive.map(|relation| (relation.name, NEEDED)).collect()
        };
        let mut open = needed(&universe.world);
        while let Some((name, presence)) = open.pop() {
            for provider in &universe.names[name].providers {
                let package = provider.package;
                let known = &universe.packages[package];
                let is_concrete = known.name == name || !provider.version.is_empty();
                let presence =
                    if is_concrete || known.entry.provider_priority > 0 { presence } else { VIRTUAL };
                if !self.taken.contains(&package) || self.packages[package] & presence != 0 {
                    continue;
                }
                self.packages[package] |= presence;
                self.names[known.name] |= presence;
                for provided in &known.provides {
                    let is_virtual = presence == CONDITIONAL && provided.version.is_empty();
                    self.names[provided.name] |= if is_virtual { VIRTUAL } else { presence };
                }
                open.extend(needed(&known.depends));
                if presence != VIRTUAL {
                    for name in known.all_names() {
                        self.find_conditional(name, &mut open);
                    }
                }
            }
        }
    }

    /// Adds the names of taken packages whose condition has `name` and is met.
    fn find_conditional(&self, name: NameId, open: &mut Vec<(NameId, Presence)>) {
        let universe = self.search.universe;
        for conditional in &universe.names[name].conditionals {
            for provider in &universe.names[*conditional].providers {
                let package = &universe.packages[provider.package];
                let is_met = |term: &Relation<'_>| {
                    let is_present = self.names[term.name] & (NEEDED | CONDITIONAL) != 0;
                    term.dependency.is_conflict != is_present
                };
                let is_taken = self.taken.contains(&provider.package);
                if is_taken && !package.condition.is_empty() && package.condition.iter().all(is_met) {
                    open.extend(package.all_names().map(|name| (name, CONDITIONAL)));
                }
            }
        }
    }

    /// Adds the needed names that no taken package has.
    fn missing(
        &self,
        relations: &[Relation<'a>],
        reported: &mut BTreeSet<NameId>,
        troubles: &mut Vec<Trouble>,
    ) {
        for relation in relations.iter().filter(|relation| !relation.dependency.is_conflict) {
            let is_present = self.names[relation.name] & (NEEDED | CONDITIONAL) != 0;
            if !is_present && reported.insert(relation.name) {
                let is_suggested = troubles.len() < SUGGESTIONS;
                troubles.push(self.missing_name(relation.name, is_suggested));
            }
        }
    }

    fn missing_name(&self, id: NameId, is_suggested: bool) -> Trouble {
        let universe = self.universe();
        let name = &universe.names[id];
        let mut needed_by = Vec::new();
        let is_positive = |relation: &&Relation<'a>| relation.name == id && !relation.dependency.is_conflict;
        for relation in universe.world.iter().filter(is_positive) {
            needed_by.push(requirer(None, relation, universe));
        }
        for package in self.dependents.get(&id).into_iter().flatten() {
            let depends = &universe.packages[*package].depends;
            needed_by.extend(
                depends.iter().find(is_positive).map(|relation| requirer(Some(*package), relation, universe)),
            );
        }
        let first = self.dependents.get(&id).and_then(|dependents| dependents.first());
        let is_requested = universe.world.iter().any(|relation| is_positive(&relation));
        let chain = first.filter(|_| !is_requested).map_or_else(Vec::new, |first| self.chain(*first));
        if name.providers.is_empty() {
            let closest = if is_suggested { self.closest(name.text) } else { None };
            return Trouble::NoPackage { name: name.text.to_owned(), needed_by, chain, closest };
        }
        Trouble::NotSelected { name: name.text.to_owned(), providers: self.providers(id), needed_by, chain }
    }

    /// The package name that may be meant.
    fn closest(&self, text: &str) -> Option<String> {
        let universe = self.universe();
        let known = universe.packages.iter().map(|package| package.entry.name);
        let comparable = |name: &&str| name.len() <= SUGGESTED_LENGTH;
        let found = closest(Some(text).filter(comparable)?, known.filter(comparable));
        found.map(str::to_owned)
    }

    /// The steps from an entry to a package.
    fn chain(&self, id: PackageId) -> Vec<Link> {
        let mut links = Vec::new();
        let mut next = Some(self.universe().packages[id].entry.name);
        while let Some(&(package, reason)) = next.and_then(|name| self.reasons.get(name)) {
            let entry = self.universe().packages[package].entry;
            let (package, version) = (entry.name.to_owned(), entry.version.to_owned());
            links.push(Link { package, version, reason: reason.clone() });
            // Of two versions of one package, the reason of the other one can lead in a circle.
            if links.len() > self.reasons.len() {
                break;
            }
            next = match reason {
                Reason::Needed(dependency) => Some(dependency.package.as_str()),
                Reason::Condition { met_by, .. } => Some(met_by.as_str()),
                _ => None,
            };
        }
        links.reverse();
        links
    }

    /// The packages that provide a name: by name where all their versions do, else with the version.
    fn providers(&self, name: NameId) -> Vec<String> {
        let universe = self.universe();
        let mut count: BTreeMap<NameId, usize> = BTreeMap::new();
        for provider in &universe.names[name].providers {
            *count.entry(universe.packages[provider.package].name).or_default() += 1;
        }
        let mut texts = Vec::new();
        for provider in &universe.names[name].providers {
            let package = &universe.packages[provider.package];
            let all = universe.names[package.name].providers.len();
            if count.get(&package.name).is_some_and(|count| *count == all) {
                texts.push(package.entry.name.to_owned());
            } else {
                texts.push(format!("{}-{}", package.entry.name, package.entry.version));
            }
        }
        let mut seen = BTreeSet::new();
        texts.retain(|text| seen.insert(text.clone()));
        texts
    }

    /// What a taken package breaks, if anything.
    fn package(&self, id: PackageId) -> Option<PackageTrouble> {
        let universe = self.universe();
        let package = &universe.packages[id];
        let mut trouble = PackageTrouble {
            name: package.entry.name.to_owned(),
            version: package.entry.version.to_owned(),
            uninstallable: package.uninstallable.clone(),
            masked_in: self.masked_in(id),
            conflicts: self.conflicts(id),
            ..PackageTrouble::default()
        };
        trouble.breaks = self.requirers(id, false);
        let is_broken = trouble.uninstallable.is_some()
            || !trouble.masked_in.is_empty()
            || !trouble.conflicts.is_empty()
            || !trouble.breaks.is_empty();
        is_broken.then(|| {
            trouble.satisfies = self.requirers(id, true);
            trouble.chain = self.chain(id);
            trouble
        })
    }

    /// The tags of a package's repositories, if it may come from none of them.
    fn masked_in(&self, id: PackageId) -> Vec<String> {
        let universe = self.universe();
        let package = &universe.packages[id];
        let usable = universe.repositories(self.search.packages[id].tags | UNTAGGED);
        if package.is_installed || package.repositories & usable != 0 {
            return Vec::new();
        }
        let has = universe.tags.iter().filter(|(_, repositories)| package.repositories & repositories != 0);
        has.map(|(tag, _)| (*tag).to_owned()).collect()
    }

    /// The taken packages that have a name in common with another one, except for names without a version.
    fn conflicts(&self, id: PackageId) -> Vec<Conflicting> {
        let universe = self.universe();
        let package = &universe.packages[id];
        let mut conflicts = Vec::new();
        let mut add = |other: PackageId, provided: Option<String>| {
            let entry = universe.packages[other].entry;
            let (name, version) = (entry.name.to_owned(), entry.version.to_owned());
            conflicts.push(Conflicting { name, version, provided });
        };
        for provider in &universe.names[package.name].providers {
            if provider.package != id && self.taken.contains(&provider.package) {
                add(provider.package, None);
            }
        }
        for provided in &package.provides {
            let mut is_own_seen = false;
            for provider in &universe.names[provided.name].providers {
                if !self.taken.contains(&provider.package)
                    || provided.version.is_empty() && provider.version.is_empty()
                {
                    continue;
                }
                if !is_own_seen && provider.package == id && provider.version == provided.version {
                    is_own_seen = true;
                    continue;
                }
                let name = universe.names[provided.name].text;
                let equals = if provided.version.is_empty() { "" } else { "=" };
                add(provider.package, Some(format!("{name}{equals}{}", provided.version)));
            }
        }
        conflicts
    }

    /// A package that would have a name of another one which no relation leads to in the end. apk finds
    /// nothing to report then.
    fn clash(&self, id: PackageId) -> Option<Trouble> {
        let universe = self.universe();
        let mut conflicts = Vec::new();
        for &(name, first, second) in &self.search.clashes {
            let other = if first == id { second } else { first };
            if first != id && second != id {
                continue;
            }
            let (package, entry) = (&universe.packages[id], universe.packages[other].entry);
            let provided = (package.name != name).then(|| universe.names[name].text.to_owned());
            let (name, version) = (entry.name.to_owned(), entry.version.to_owned());
            conflicts.push(Conflicting { name, version, provided });
        }
        let entry = universe.packages[id].entry;
        (!conflicts.is_empty()).then(|| {
            Trouble::Package(Box::new(PackageTrouble {
                name: entry.name.to_owned(),
                version: entry.version.to_owned(),
                conflicts,
                satisfies: self.requirers(id, true),
                chain: self.chain(id),
                ..PackageTrouble::default()
            }))
        })
    }

    /// The relations of the request and of taken packages that a package meets, or breaks.
    fn requirers(&self, id: PackageId, is_met: bool) -> Vec<Requirer> {
        let universe = self.universe();
        let package = &universe.packages[id];
        let concerns = |of: Option<PackageId>, relation: &Relation<'a>| -> bool {
            let own = (relation.name == package.name).then_some((package.entry.version, true));
            let mut provides = package.provides.iter().filter(|provided| provided.name == relation.name);
            let Some((version, is_own)) = own.or_else(|| provides.next().map(|one| (one.version, false)))
            else {
                return false;
            };
            let dependency = &relation.dependency;
            let is_self = of == Some(id) && dependency.is_conflict && !is_own;
            let accepts = dependency.accepts(version, package.entry.identity) != dependency.is_conflict;
            (is_self || accepts) == is_met
        };
        let mut requirers: Vec<Requirer> = universe
            .world
            .iter()
            .filter(|relation| concerns(None, relation))
            .map(|relation| requirer(None, relation, universe))
            .collect();
        let mut by_package = BTreeSet::new();
        for name in package.all_names() {
            for dependent in self.dependents.get(&name).into_iter().flatten() {
                by_package.insert((universe.packages[*dependent].entry.name, *dependent));
            }
        }
        for (_, dependent) in by_package {
            let relations = universe.packages[dependent].depends.iter();
            let concerned = relations.filter(|relation| concerns(Some(dependent), relation));
            requirers.extend(concerned.map(|relation| requirer(Some(dependent), relation, universe)));
        }
        requirers
    }
}

fn requirer(package: Option<PackageId>, relation: &Relation<'_>, universe: &Universe<'_>) -> Requirer {
    let package = package.map(|package| {
        let entry = universe.packages[package].entry;
        (entry.name.to_owned(), entry.version.to_owned())
    });
    Requirer { package, relation: relation.dependency.to_string() }
}
