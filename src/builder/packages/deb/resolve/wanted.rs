//! From the entries of a request to versions.

use std::cmp::Reverse;

use super::state::Search;
use super::universe::{NameId, VersionId};
use crate::builder::packages::limits::CLOSEST_NAMES;
use crate::builder::packages::request::{Constraint, Operator, Request};
use crate::builder::packages::selection::{Candidate, Warning};
use crate::builder::packages::unsolved::{Available, Failure, Unsolved};

/// The entries of a request, as versions.
#[derive(Default)]
pub(super) struct WantedSet {
    /// Each package once, in the order of the entries.
    pub(super) packages: Vec<Wanted>,
    pub(super) excluded: Vec<NameId>,
    pub(super) warnings: Vec<Warning>,
}

/// A version that an entry asks for.
pub(super) struct Wanted {
    pub(super) entry: String,
    pub(super) name: NameId,
    pub(super) version: VersionId,
    is_pinned: bool,
}

impl<'a> Search<'a> {
    /// Finds the version of each entry.
    ///
    /// # Errors
    ///
    /// All entries that have none.
    pub(super) fn want(&mut self, requests: &'a [Request]) -> Result<WantedSet, Unsolved> {
        let mut set = WantedSet::default();
        let mut failures = Vec::new();
        for request in requests {
            if let Request::Install { name, constraint, tag } = request
                && let Err(failure) =
                    self.want_one(request, name, constraint.as_ref(), tag.as_deref(), &mut set)
                && !failures.contains(&failure)
            {
                failures.push(failure);
            }
        }
        for request in requests {
            if let Request::Exclude { name, constraint } = request
                && let Err(failure) = self.exclude_one(request, name, constraint.as_ref(), &mut set)
            {
                failures.push(failure);
            }
        }
        if failures.is_empty() { Ok(set) } else { Err(Unsolved::Failures(failures)) }
    }

    fn want_one(
        &mut self,
        request: &Request,
        text: &'a str,
        constraint: Option<&Constraint>,
        tag: Option<&str>,
        set: &mut WantedSet,
    ) -> Result<(), Failure> {
        let entry = request.to_string();
        let refuse = |cause: &str| Failure::Entry { entry: entry.clone(), cause: cause.to_owned() };
        if tag.is_some() {
            return Err(refuse("Debian has no tagged repositories"));
        }
        let version = match constraint {
            None => self.want_name(text, &entry, set)?,
            Some(Constraint { operator: Operator::Equal, version }) => {
                self.want_version(text, version, &entry, set)?
            }
            Some(_) => return Err(refuse("the only operator of a Debian package list is `=`")),
        };
        let name = self.known.name_of(version);
        let is_pinned = constraint.is_some();
        let Some(before) = set.packages.iter_mut().find(|wanted| wanted.name == name) else {
            set.packages.push(Wanted { entry, name, version, is_pinned });
            return Ok(());
        };
        if before.version != version && before.is_pinned && is_pinned {
            let text = |version| {
                self.known.version(version).map_or_else(String::new, |one| one.package.version.to_owned())
            };
            let name = self.known.text(name).to_owned();
            return Err(Failure::TwoVersions { name, one: text(before.version), other: text(version) });
        }
        if is_pinned && !before.is_pinned {
            *before = Wanted { entry, name, version, is_pinned };
        }
        Ok(())
    }

    /// The candidate of a name, else of the only package that provides it.
    fn want_name(&mut self, text: &'a str, entry: &str, set: &mut WantedSet) -> Result<VersionId, Failure> {
        let name = self.known.find(text);
        if let Some(version) = self.state(name).candidate {
            return Ok(version);
        }
        let mut providers: Vec<_> = self.known.providers(name).iter().map(|(version, _)| *version).collect();
        providers.retain(|version| self.is_candidate(*version));
        self.only_provider(text, entry, providers, set)
    }

    /// The pinned version of a name, else of the only package that provides it at that version.
    fn want_version(
        &mut self,
        text: &'a str,
        wanted: &str,
        entry: &str,
        set: &mut WantedSet,
    ) -> Result<VersionId, Failure> {
        let name = self.known.find(text);
        let versions = self.known.name(name).map_or_else(Vec::new, |name| name.versions.clone());
        let is_wanted = |version: &VersionId| {
            self.known.version(*version).is_some_and(|one| one.package.version == wanted)
        };
        if let Some(version) = versions.iter().copied().find(is_wanted) {
            return Ok(version);
        }
        let providers = self.known.providers(name);
        let mut fitting: Vec<_> = providers
            .iter()
            .filter(|(_, provider)| provider.version == Some(wanted) && !provider.only_any)
            .map(|(version, _)| *version)
            .collect();
        if fitting.is_empty() && (!versions.is_empty() || !providers.is_empty()) {
            let owners =
                providers.iter().filter(|(_, one)| one.version.is_some()).map(|(version, _)| *version);
            let available = versions.iter().copied().chain(owners).map(|one| self.available(one)).collect();
            let (name, wanted) = (text.to_owned(), wanted.to_owned());
            return Err(Failure::NoVersion { name, wanted, available });
        }
        // Of several versions of one package, the one that would be taken anyway.
        fitting.sort_by_key(|version| Reverse(self.is_candidate(*version)));
        self.only_provider(text, entry, fitting, set)
    }

    fn only_provider(
        &mut self,
        text: &'a str,
        entry: &str,
        mut providers: Vec<VersionId>,
        set: &mut WantedSet,
    ) -> Result<VersionId, Failure> {
        let mut seen = Vec::new();
        providers.retain(|version| {
            let name = self.known.name_of(*version);
            let is_new = !seen.contains(&name);
            seen.push(name);
            is_new
        });
        match providers.as_slice() {
            [] => Err(Failure::NoPackage { name: text.to_owned(), closest: self.closest(text) }),
            [only] => {
                let taken = self.known.text(self.known.name_of(*only)).to_owned();
                set.warnings.push(Warning::Provided { entry: entry.to_owned(), taken });
                Ok(*only)
            }
            _ => {
                let mut providers: Vec<_> = providers.iter().map(|one| self.candidate(*one)).collect();
                providers.sort_by(|one, other| one.name.cmp(&other.name));
                Err(Failure::SeveralProviders { name: text.to_owned(), providers })
            }
        }
    }

    fn exclude_one(
        &mut self,
        request: &Request,
        text: &'a str,
        constraint: Option<&Constraint>,
        set: &mut WantedSet,
    ) -> Result<(), Failure> {
        if constraint.is_some() {
            let cause = "an exclusion in a Debian package list has no version".to_owned();
            return Err(Failure::Entry { entry: request.to_string(), cause });
        }
        let name = self.known.find(text);
        let has_versions = self.known.name(name).is_some_and(|name| !name.versions.is_empty());
        let warning = if !has_versions {
            Some(Warning::UnknownExclusion { name: text.to_owned() })
        } else if set.packages.iter().any(|wanted| wanted.name == name) {
            Some(Warning::ListedAndExcluded { name: text.to_owned() })
        } else {
            if !set.excluded.contains(&name) {
                set.excluded.push(name);
            }
            None
        };
        if let Some(warning) = warning.filter(|warning| !set.warnings.contains(warning)) {
            set.warnings.push(warning);
        }
        Ok(())
    }

    /// Keeps the excluded packages out.
    pub(super) fn exclude(&mut self, set: &WantedSet) {
        for name in &set.excluded {
            // What is installed stays.
            if self.current(*name).is_none() {
                self.change(*name, |state| {
                    state.is_excluded = true;
                    state.is_protected = true;
                });
            }
        }
    }

    pub(super) fn available(&self, version: VersionId) -> Available {
        let known = self.known.version(version);
        let sources = self.known.universe().sources;
        let source = known.and_then(|version| version.source).and_then(|source| sources.get(source));
        Available {
            name: known.map_or_else(String::new, |version| version.package.name.to_owned()),
            version: known.map_or_else(String::new, |version| version.package.version.to_owned()),
            repository: source.map(|source| source.repository),
        }
    }

    pub(super) fn candidate(&self, version: VersionId) -> Candidate {
        let package = self.known.version(version).map(|version| version.package);
        Candidate {
            name: package.map_or_else(String::new, |package| package.name.to_owned()),
            version: package.map_or_else(String::new, |package| package.version.to_owned()),
            priority: package.map_or_else(String::new, |package| package.priority.as_str().to_owned()),
        }
    }

    /// The names that are most like an unknown one.
    fn closest(&self, text: &str) -> Vec<String> {
        let mut close: Vec<(usize, &str)> = Vec::new();
        for source in self.known.universe().sources {
            close.extend(source.index.names().filter_map(|name| Some((distance(text, name)?, name))));
        }
        close.sort_unstable();
        close.dedup();
        close.into_iter().take(CLOSEST_NAMES).map(|(_, name)| name.to_owned()).collect()
    }
}

/// The edits from one name to another, if they are few. A name that continues the text counts as one edit more than
/// the longest misspelling.
fn distance(text: &str, name: &str) -> Option<usize> {
    const MOST: usize = 2;
    let (text, name) = (text.as_bytes(), name.as_bytes());
    if text.len().abs_diff(name.len()) > MOST {
        let continues = name.starts_with(text) && text.len() > MOST && name.len() < text.len() * 2;
        return continues.then_some(MOST + 1);
    }
    let mut row: Vec<usize> = (0..=name.len()).collect();
    for (line, one) in text.iter().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        for (cell, other) in row.iter_mut().skip(1).zip(name) {
            let replaced = diagonal + usize::from(one != other);
            diagonal = *cell;
            left = replaced.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().filter(|edits| *edits <= MOST && edits * 2 < text.len())
}
