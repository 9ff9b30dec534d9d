//! All names and packages, by number.
//!
//! Only packages that the request can reach have their dependencies read ([`super::discovery`]).

use std::collections::{BTreeSet, HashMap};

use super::arena::{Arena, NameId, PackageId};
use super::input::Input;
use super::unsolved::Unsolved;
use crate::builder::packages::apk::dependency::Dependency;
use crate::builder::packages::apk::index::{self, Uninstallable};
use crate::builder::packages::apk::limits::{ALPINE_TAGS, DEPENDENCIES};
use crate::limits::Exceeded;

/// A set of repositories, or of tags, by position.
pub(super) type Bits = u64;

/// The bit of what has no tag.
pub(super) const UNTAGGED: Bits = 1;

/// The names and packages of all repositories and of the installed set.
#[derive(Debug)]
pub(super) struct Universe<'a> {
    pub(super) names: Arena<NameId, Name<'a>>,
    pub(super) packages: Arena<PackageId, Package<'a>>,
    /// The request, by name.
    pub(super) world: Vec<Relation<'a>>,
    /// Which bit of a set of tags is that of an entry, beside [`Universe::world`].
    pub(super) world_tags: Vec<Bits>,
    /// The tags, the first for repositories without one, each with its repositories.
    pub(super) tags: Vec<(&'a str, Bits)>,
    by_text: HashMap<&'a str, NameId>,
}

/// A name: of packages, or one that packages provide.
#[derive(Debug, Default)]
pub(super) struct Name<'a> {
    pub(super) text: &'a str,
    /// The packages that have or provide it, installed ones first, then in the order of the repositories.
    pub(super) providers: Vec<Provider<'a>>,
    /// Packages with a dependency on it, of those that the request can reach.
    pub(super) dependents: Vec<PackageId>,
    /// Names of packages whose condition has it.
    pub(super) conditionals: Vec<NameId>,
    /// Whether the request can reach it.
    pub(super) is_reached: bool,
    /// Its rank among the names that wait: the highest is decided first.
    pub(super) order: Order,
}

/// Requested names go first, then names that a package has and not only provides, then those found later: a
/// package comes before what it needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Order {
    pub(super) is_requested: bool,
    pub(super) is_real: bool,
    pub(super) found: usize,
}

/// A package that has or provides a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Provider<'a> {
    pub(super) package: PackageId,
    /// The version in which it has or provides it, empty if none.
    pub(super) version: &'a str,
}

/// A package.
#[derive(Debug)]
pub(super) struct Package<'a> {
    pub(super) entry: &'a index::Package<'a>,
    pub(super) name: NameId,
    pub(super) is_installed: bool,
    /// The repositories that have it, with these very bytes.
    pub(super) repositories: Bits,
    pub(super) provides: Vec<Provided<'a>>,
    /// `install_if`. Empty if it has none, or one that cannot be read.
    pub(super) condition: Vec<Relation<'a>>,
    /// Empty until the request reaches the package.
    pub(super) depends: Vec<Relation<'a>>,
    pub(super) uninstallable: Option<Uninstallable>,
    pub(super) is_reached: bool,
}

/// A name that a package provides.
#[derive(Clone, Copy, Debug)]
pub(super) struct Provided<'a> {
    pub(super) name: NameId,
    pub(super) version: &'a str,
}

/// A dependency, with the number of its name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Relation<'a> {
    pub(super) name: NameId,
    pub(super) dependency: Dependency<'a>,
}

impl Package<'_> {
    /// The first repository that has it.
    pub(super) fn first_repository(&self) -> Option<usize> {
        usize::try_from(self.repositories.trailing_zeros()).ok().filter(|_| self.repositories != 0)
    }

    /// Its own name, then those that it provides.
    pub(super) fn all_names(&self) -> impl Iterator<Item = NameId> {
        std::iter::once(self.name).chain(self.provides.iter().map(|provided| provided.name))
    }
}

impl<'a> Universe<'a> {
    /// Reads the packages.
    ///
    /// # Errors
    ///
    /// [`Unsolved::UnknownTag`] for an entry with a tag that no repository has.
    pub(super) fn new(input: &Input<'a>, world: &[Dependency<'a>]) -> Result<Self, Unsolved> {
        let mut universe = Self {
            names: Arena::new(),
            packages: Arena::new(),
            world: Vec::new(),
            world_tags: Vec::new(),
            tags: vec![("", 0)],
            by_text: HashMap::new(),
        };
        let mut known = HashMap::new();
        for entry in input.installed {
            universe.add(entry, None, &mut known);
        }
        for (position, repository) in input.repositories.iter().enumerate() {
            universe.add_tag(repository.tag.unwrap_or_default(), 1 << position)?;
            for entry in &repository.index.packages {
                universe.add(entry, Some(1 << position), &mut known);
            }
        }
        for dependency in world {
            let tag = dependency.tag.unwrap_or_default();
            let Some(position) = universe.tags.iter().position(|(known, _)| *known == tag) else {
                return Err(Unsolved::UnknownTag { entry: dependency.to_string(), tag: tag.to_owned() });
            };
            let relation = universe.relation(*dependency);
            universe.names[relation.name].order.is_requested = true;
            universe.world.push(relation);
            universe.world_tags.push(1 << position);
        }
        Ok(universe)
    }

    fn add_tag(&mut self, tag: &'a str, repository: Bits) -> Result<(), Exceeded> {
        if let Some((_, repositories)) = self.tags.iter_mut().find(|(known, _)| *known == tag) {
            *repositories |= repository;
            return Ok(());
        }
        if self.tags.len() > ALPINE_TAGS {
            let measured = format!("more than {ALPINE_TAGS} repository tags");
            return Err(Exceeded::new(measured, ALPINE_TAGS, "tags"));
        }
        self.tags.push((tag, repository));
        Ok(())
    }

    /// The repositories of a set of tags.
    pub(super) fn repositories(&self, tags: Bits) -> Bits {
        let chosen = self.tags.iter().enumerate().filter(|(position, _)| tags & (1 << position) != 0);
        chosen.fold(0, |all, (_, (_, repositories))| all | repositories)
    }

    /// The repositories that a package counts as coming from. An installed one comes from those without a
    /// tag.
    pub(super) fn usable_in(&self, package: PackageId) -> Bits {
        let package = &self.packages[package];
        package.repositories | if package.is_installed { self.repositories(UNTAGGED) } else { 0 }
    }

    pub(super) fn name(&mut self, text: &'a str) -> NameId {
        if let Some(id) = self.by_text.get(text) {
            return *id;
        }
        let id = self.names.push(Name { text, ..Name::default() });
        self.by_text.insert(text, id);
        id
    }

    pub(super) fn relation(&mut self, dependency: Dependency<'a>) -> Relation<'a> {
        Relation { name: self.name(dependency.name), dependency }
    }

    /// Adds a package of the installed set or of a repository. The same package in several places is one.
    fn add(
        &mut self,
        entry: &'a index::Package<'a>,
        repository: Option<Bits>,
        known: &mut HashMap<&'a str, PackageId>,
    ) {
        if let Some(package) = known.get(entry.identity) {
            let package = &mut self.packages[*package];
            if package.entry.name == entry.name && package.entry.version == entry.version {
                package.repositories |= repository.unwrap_or_default();
                return;
            }
        }
        let name = self.name(entry.name);
        let mut uninstallable = entry.uninstallable.clone();
        // As in apk, a provided name that cannot be read is passed over, and so is a condition.
        let mut provides = Vec::new();
        for text in entry.provides.split_ascii_whitespace() {
            if provides.len() >= DEPENDENCIES {
                uninstallable = Some(too_many("provided names"));
                break;
            }
            if let Ok((provided, version)) = Dependency::parse_provided(text) {
                provides.push(Provided { name: self.name(provided), version });
            }
        }
        let condition: Result<Vec<_>, _> = entry
            .install_if
            .split_ascii_whitespace()
            .take(DEPENDENCIES)
            .map(|text| Dependency::parse(text).map(|dependency| self.relation(dependency)))
            .collect();
        let package = self.packages.push(Package {
            entry,
            name,
            is_installed: repository.is_none(),
            repositories: repository.unwrap_or_default(),
            provides,
            condition: condition.unwrap_or_default(),
            depends: Vec::new(),
            uninstallable,
            is_reached: false,
        });
        known.entry(entry.identity).or_insert(package);
        self.names[name].providers.push(Provider { package, version: entry.version });
        let added = &self.packages[package];
        for provided in &added.provides {
            self.names[provided.name].providers.push(Provider { package, version: provided.version });
        }
        let conditions: BTreeSet<NameId> = added.condition.iter().map(|relation| relation.name).collect();
        for term in conditions {
            for conditional in added.all_names() {
                let conditionals = &mut self.names[term].conditionals;
                // A package comes after all others, so its names are at the end.
                if conditionals.last() != Some(&conditional) {
                    conditionals.push(conditional);
                }
            }
        }
    }
}

/// That a package has more dependencies than any real one.
pub(super) fn too_many(what: &str) -> Uninstallable {
    let measured = format!("a package with more than {DEPENDENCIES} {what}");
    Uninstallable::Exceeded(Exceeded::new(measured, DEPENDENCIES, what))
}
