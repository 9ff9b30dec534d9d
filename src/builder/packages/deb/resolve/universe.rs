//! The names, versions and relations that a search meets, each read once, when it is met first.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::rc::Rc;

use super::super::index::{Index, MultiArch, Package, Provider};
use super::super::relation::{Error, Group, Relation};
use super::super::version::compare;
use super::sources::{Rank, Universe};

/// The position of a name in [`Known::names`].
pub(super) type NameId = usize;
/// The position of a version in [`Known::versions`].
pub(super) type VersionId = usize;

/// What was met so far.
pub(super) struct Known<'a> {
    universe: Universe<'a>,
    architecture: &'a str,
    ids: HashMap<&'a str, NameId>,
    names: Vec<Name<'a>>,
    versions: Vec<Version<'a>>,
    relations: HashMap<VersionId, Rc<Relations<'a>>>,
}

/// A name of packages, or one that packages provide.
#[derive(Default)]
pub(super) struct Name<'a> {
    /// The name.
    pub(super) text: &'a str,
    /// Its packages: the highest version first, then the first source.
    pub(super) versions: Vec<VersionId>,
    /// The installed one.
    pub(super) current: Option<VersionId>,
    /// The one that is taken unless another is asked for.
    pub(super) preferred: Option<VersionId>,
    /// Whether a version of it is essential.
    pub(super) is_essential: bool,
    /// Packages that provide it, where they were looked for.
    providers: Option<Rc<[(VersionId, Provider<'a>)]>>,
}

/// A package in one version.
#[derive(Clone, Copy)]
pub(super) struct Version<'a> {
    pub(super) name: NameId,
    /// The position in the sources. `None` is the installed set.
    pub(super) source: Option<usize>,
    /// The position in its index.
    position: u32,
    pub(super) package: Package<'a>,
}

/// The relations of a version that decide: those that must hold.
#[derive(Default)]
pub(super) struct Relations<'a> {
    /// `Pre-Depends`, then `Depends`.
    pub(super) groups: Vec<Alternatives<'a>>,
    /// `Conflicts`, then `Breaks`.
    pub(super) exclusions: Vec<Exclusion<'a>>,
}

/// A dependency.
pub(super) struct Alternatives<'a> {
    pub(super) field: &'static str,
    pub(super) text: &'a str,
    pub(super) alternatives: Vec<Alternative>,
    /// Whether the builder meets it.
    pub(super) is_provided: bool,
}

/// One alternative of a dependency.
pub(super) struct Alternative {
    pub(super) target: Target,
    /// Every version that meets it: of the name itself, then of providers.
    pub(super) met_by: Vec<VersionId>,
}

/// What a relation is about.
#[derive(Clone, Copy)]
pub(super) struct Target {
    pub(super) name: NameId,
    /// `NAME:any`
    pub(super) is_any: bool,
    pub(super) is_versioned: bool,
}

/// What must not be there.
pub(super) struct Exclusion<'a> {
    pub(super) field: &'static str,
    pub(super) text: &'a str,
    pub(super) target: Target,
    /// Every version that it excludes.
    pub(super) excluded: Vec<VersionId>,
}

/// A relation of a stored index that cannot be read, though it was checked when the index was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unreadable {
    pub(super) package: String,
    pub(super) source: Option<usize>,
    pub(super) error: Error,
}

impl Relations<'_> {
    /// How many versions they name, and one for each relation.
    pub(super) fn size(&self) -> usize {
        let alternatives = self.groups.iter().flat_map(|group| &group.alternatives);
        let met_by = alternatives.map(|one| one.met_by.len() + 1).sum::<usize>();
        met_by + self.exclusions.iter().map(|one| one.excluded.len() + 1).sum::<usize>() + 1
    }
}

impl<'a> Known<'a> {
    pub(super) fn new(universe: Universe<'a>) -> Self {
        let first = universe.sources.first().map(|source| source.index).or(universe.installed);
        Self {
            universe,
            architecture: first.map_or("", |index| index.architecture()),
            ids: HashMap::new(),
            names: Vec::new(),
            versions: Vec::new(),
            relations: HashMap::new(),
        }
    }

    pub(super) fn universe(&self) -> Universe<'a> {
        self.universe
    }

    pub(super) fn architecture(&self) -> &'a str {
        self.architecture
    }

    pub(super) fn name_count(&self) -> usize {
        self.names.len()
    }

    pub(super) fn name(&self, name: NameId) -> Option<&Name<'a>> {
        self.names.get(name)
    }

    pub(super) fn text(&self, name: NameId) -> &'a str {
        self.names.get(name).map_or("", |name| name.text)
    }

    pub(super) fn version(&self, version: VersionId) -> Option<&Version<'a>> {
        self.versions.get(version)
    }

    /// The name of a version.
    pub(super) fn name_of(&self, version: VersionId) -> NameId {
        self.versions.get(version).map_or(NameId::MAX, |version| version.name)
    }

    /// The sources and the installed set, which counts as the last one.
    fn indexes(&self) -> impl Iterator<Item = (Option<usize>, &'a Index)> + use<'a> {
        let sources = self.universe.sources.iter().enumerate().map(|(at, source)| (Some(at), source.index));
        sources.chain(self.universe.installed.map(|index| (None, index)))
    }

    /// Looks all installed names up, whose relations decide from the start.
    pub(super) fn find_installed(&mut self) {
        for name in self.universe.installed.into_iter().flat_map(Index::names) {
            self.find(name);
        }
    }

    /// A name that was looked up.
    pub(super) fn get(&self, text: &str) -> Option<NameId> {
        self.ids.get(text).copied()
    }

    /// Looks a name up.
    pub(super) fn find(&mut self, text: &'a str) -> NameId {
        if let Some(known) = self.ids.get(text) {
            return *known;
        }
        let id = self.names.len();
        self.ids.insert(text, id);
        let mut versions = Vec::new();
        let mut current = None;
        for (source, index) in self.indexes() {
            let positions = index.find(text).map(|name| index.packages_of(name));
            for position in positions.into_iter().flatten() {
                let Some(package) = index.package(position) else { continue };
                let version = self.versions.len();
                self.versions.push(Version { name: id, source, position, package });
                if source.is_none() {
                    current = current.or(Some(version));
                }
                versions.push(version);
            }
        }
        // Stable: equal versions stay in the order of the sources.
        versions.sort_by(|one, other| self.compare(*other, *one));
        let held = self.universe.held.get(text).and_then(|held| {
            let is_held =
                |version: &&VersionId| self.version(**version).is_some_and(|one| one.package.version == held);
            versions.iter().find(is_held).copied()
        });
        let preferred = held.or_else(|| self.prefer(&versions, current));
        // The installed version is one with its equals in the sources, which apt would not fetch.
        versions.retain(|one| {
            current.is_none_or(|current| *one == current || self.compare(*one, current) != Ordering::Equal)
        });
        let is_essential = versions
            .iter()
            .any(|version| self.version(*version).is_some_and(|version| version.package.is_essential));
        self.names.push(Name { text, versions, current, preferred, is_essential, providers: None });
        id
    }

    /// The order of the versions of two packages.
    pub(super) fn compare(&self, one: VersionId, other: VersionId) -> Ordering {
        let text = |version| self.version(version).map_or("", |version| version.package.version);
        compare(text(one), text(other))
    }

    /// The rank of a version in its source. What is installed has that of upgrades.
    pub(super) fn rank(&self, version: VersionId) -> Rank {
        let source = self.version(version).and_then(|version| version.source);
        let source = source.and_then(|source| self.universe.sources.get(source));
        source.map_or(Rank::AutomaticUpgrades, |source| source.rank)
    }

    /// Of versions from high to low, the first of the highest rank, but none that is lower than the installed one.
    fn prefer(&self, versions: &[VersionId], current: Option<VersionId>) -> Option<VersionId> {
        let mut best: Option<(Rank, VersionId)> = None;
        for version in versions {
            let against = current.map(|current| self.compare(*version, current));
            if against == Some(Ordering::Less) {
                continue;
            }
            let rank = self.rank(*version);
            if best.is_none_or(|(best, _)| rank > best) {
                let is_current = against == Some(Ordering::Equal);
                best = Some((rank, current.filter(|_| is_current).unwrap_or(*version)));
            }
        }
        best.map(|(_, version)| version)
    }

    /// The packages that provide a name, in the order of the sources.
    pub(super) fn providers(&mut self, name: NameId) -> Rc<[(VersionId, Provider<'a>)]> {
        if let Some(known) = self.names.get(name).and_then(|name| name.providers.clone()) {
            return known;
        }
        let text = self.text(name);
        let mut found = Vec::new();
        for (source, index) in self.indexes() {
            let Some(position) = index.find(text) else { continue };
            for provider in index.providers_of(position) {
                let Some(package) = index.package(provider.package) else { continue };
                let owner = self.find(package.name);
                let versions = self.names.get(owner).map_or(&[][..], |name| &name.versions);
                let is_it =
                    |version: &Version<'_>| version.source == source && version.position == provider.package;
                let version = versions.iter().find(|id| self.version(**id).is_some_and(is_it));
                found.extend(version.map(|version| (*version, provider)));
            }
        }
        let found: Rc<[_]> = found.into();
        if let Some(name) = self.names.get_mut(name) {
            name.providers = Some(Rc::clone(&found));
        }
        found
    }

    /// The relations of a version.
    pub(super) fn relations(&mut self, version: VersionId) -> Result<Rc<Relations<'a>>, Unreadable> {
        if let Some(known) = self.relations.get(&version) {
            return Ok(Rc::clone(known));
        }
        let Some(Version { name, source, package, .. }) = self.version(version).copied() else {
            return Ok(Rc::default());
        };
        let unreadable = |error| Unreadable { package: package.name.to_owned(), source, error };
        let mut relations = Relations::default();
        for (field, group) in package.dependencies() {
            let group = group.map_err(unreadable)?;
            relations.groups.push(self.read_group(field, &group));
        }
        for (field, group) in package.exclusions() {
            let group: Group<'a> = group.map_err(unreadable)?;
            for relation in &group.alternatives {
                let target = self.target(relation);
                let mut excluded = self.meeting(target, relation);
                // A package never excludes itself, in whichever version.
                excluded.retain(|one| self.name_of(*one) != name);
                relations.exclusions.push(Exclusion { field, text: group.text, target, excluded });
            }
        }
        let relations = Rc::new(relations);
        self.relations.insert(version, Rc::clone(&relations));
        Ok(relations)
    }

    fn read_group(&mut self, field: &'static str, group: &Group<'a>) -> Alternatives<'a> {
        let mut alternatives = Vec::with_capacity(group.alternatives.len());
        for relation in &group.alternatives {
            let target = self.target(relation);
            let met_by = self.meeting(target, relation);
            alternatives.push(Alternative { target, met_by });
        }
        let provided = self.universe.provided;
        let is_provided = group.alternatives.iter().any(|relation| provided.contains(&relation.name));
        Alternatives { field, text: group.text, alternatives, is_provided }
    }

    fn target(&mut self, relation: &Relation<'a>) -> Target {
        Target {
            name: self.find(relation.name),
            is_any: relation.qualifier == Some("any"),
            is_versioned: relation.versions.is_some(),
        }
    }

    /// Every version that meets a relation: of the name itself, then of providers, each once.
    fn meeting(&mut self, target: Target, relation: &Relation<'a>) -> Vec<VersionId> {
        let Target { name, is_any, .. } = target;
        // `all` packages are of the native architecture (apt).
        let is_native =
            relation.qualifier.is_none_or(|one| matches!(one, "native" | "all") || one == self.architecture);
        if !is_any && !is_native {
            return Vec::new();
        }
        let allows = |version: &VersionId| {
            self.version(*version).is_some_and(|one| one.package.multi_arch == MultiArch::Allowed)
        };
        let fits = |version: &VersionId| {
            let text = self.version(*version).map_or("", |version| version.package.version);
            relation.versions.is_none_or(|versions| versions.contain(text))
        };
        let own = self.names.get(name).map_or(&[][..], |name| &name.versions);
        let mut all: Vec<_> =
            own.iter().copied().filter(|one| (!is_any || allows(one)) && fits(one)).collect();
        // The last provider first, as apt lists them. It matters to a repair only.
        for (version, provider) in self.providers(name).iter().rev() {
            let is_allowed =
                self.version(*version).is_some_and(|one| one.package.multi_arch == MultiArch::Allowed);
            let is_qualified = if is_any {
                provider.only_any || (is_allowed && !provider.with_architecture)
            } else {
                !provider.only_any
            };
            // A name that is provided without a version meets no relation with one (Policy 7.5).
            let is_met = relation
                .versions
                .is_none_or(|versions| provider.version.is_some_and(|version| versions.contain(version)));
            if is_qualified && is_met && !all.contains(version) {
                all.push(*version);
            }
        }
        all
    }
}
