//! What is asked for: the entries of a definition, and what an installed set was asked for.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::builder::packages::apk::dependency::{Comparison, Constraint, Dependency, InvalidDependency};
use crate::builder::packages::apk::version;
use crate::builder::packages::{Failure, Operator, Request};

/// The request, as apk keeps it in `/etc/apk/world`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct World {
    entries: Vec<Entry>,
    listed_and_excluded: Vec<String>,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    text: String,
    /// Its `=` has no revision, and comes from a definition.
    has_any_revision: bool,
}

impl World {
    /// Reads the entries of a definition. They mean what they mean to `apk add`, with three exceptions that
    /// definitions need: `NAME=VERSION` without a revision means any revision, an entry that is repeated with
    /// and without a version counts once, and a package that is listed and excluded is listed.
    ///
    /// # Errors
    ///
    /// One [`Failure`] for each entry that has no meaning.
    pub fn from_requests(requests: &[Request]) -> Result<Self, Vec<Failure>> {
        let mut failures = Vec::new();
        let mut read = Vec::new();
        for request in requests {
            match Entry::from_request(request) {
                Ok(entry) => read.push((request, entry)),
                Err((entry, error)) => {
                    failures.push(Failure::Entry { entry, cause: error.to_string() });
                }
            }
        }
        let mut world = Self::default();
        let mut pins: BTreeMap<&str, &str> = BTreeMap::new();
        for (request, entry) in &read {
            let name = request.name();
            let same_name = || read.iter().filter(|(other, _)| other.name() == name);
            match request {
                Request::Exclude { .. } => {
                    if same_name().any(|(other, _)| matches!(other, Request::Install { .. })) {
                        if !world.listed_and_excluded.iter().any(|known| known == name) {
                            world.listed_and_excluded.push(name.to_owned());
                        }
                        continue;
                    }
                }
                Request::Install { constraint: None, tag: None, .. } => {
                    let is_more = |other: &Request| match other {
                        Request::Install { constraint, tag, .. } => constraint.is_some() || tag.is_some(),
                        _ => false,
                    };
                    if same_name().any(|(other, _)| is_more(other)) {
                        continue;
                    }
                }
                Request::Install { constraint: Some(constraint), .. }
                    if constraint.operator == Operator::Equal =>
                {
                    let other = pins.insert(name, &constraint.version);
                    if let Some(other) = other.filter(|other| !agree(other, &constraint.version)) {
                        failures.push(Failure::TwoVersions {
                            name: name.to_owned(),
                            one: other.to_owned(),
                            other: constraint.version.clone(),
                        });
                    }
                }
                Request::Install { .. } => {}
            }
            if !world.entries.contains(entry) {
                world.entries.push(entry.clone());
            }
        }
        if failures.is_empty() { Ok(world) } else { Err(failures) }
    }

    /// Reads entries as apk does, one a word, such as the `/etc/apk/world` of an image.
    ///
    /// # Errors
    ///
    /// Where an entry cannot be read.
    pub fn parse(text: &str) -> Result<Self, InvalidDependency> {
        let mut world = Self::default();
        for word in text.split_ascii_whitespace() {
            Dependency::parse_with_tag(word)?;
            world.entries.push(Entry { text: word.to_owned(), has_any_revision: false });
        }
        Ok(world)
    }

    /// Adds the entries of another request, such as those of a base image. An entry of this one replaces
    /// those with its name.
    pub fn add_base(&mut self, base: Self) {
        let own: Vec<String> = self.dependencies().iter().map(|entry| entry.name.to_owned()).collect();
        let is_new = |entry: &Entry| {
            let read = Dependency::parse_with_tag(&entry.text);
            !read.is_ok_and(|read| own.iter().any(|name| name == read.name))
        };
        self.entries.extend(base.entries.into_iter().filter(is_new));
    }

    /// The names that were listed and excluded.
    pub(super) fn listed_and_excluded(&self) -> impl Iterator<Item = &str> {
        self.listed_and_excluded.iter().map(String::as_str)
    }

    /// The entries in the order in which apk applies them: by name, without regard to case.
    pub(super) fn dependencies(&self) -> Vec<Dependency<'_>> {
        let mut entries: Vec<Dependency<'_>> = self.entries.iter().filter_map(Entry::dependency).collect();
        entries.sort_by(|one, other| {
            let folded = |name: &str| name.bytes().map(|byte| byte.to_ascii_lowercase()).collect::<Vec<_>>();
            folded(one.name).cmp(&folded(other.name)).then(one.name.cmp(other.name))
        });
        entries
    }
}

impl Entry {
    fn from_request(request: &Request) -> Result<Self, (String, InvalidDependency)> {
        let text = request.to_string();
        let has_any_revision = match request {
            Request::Install { constraint: Some(constraint), .. }
            | Request::Exclude { constraint: Some(constraint), .. } => {
                constraint.operator == Operator::Equal
                    && version::without_revision(&constraint.version) == constraint.version
            }
            _ => false,
        };
        Dependency::parse_with_tag(&text).map_err(|error| (text.clone(), error))?;
        Ok(Self { text, has_any_revision })
    }

    fn dependency(&self) -> Option<Dependency<'_>> {
        // Every entry was read when it was added.
        let mut dependency = Dependency::parse_with_tag(&self.text).ok()?;
        if let Some(Constraint { comparison, .. }) = &mut dependency.constraint
            && self.has_any_revision
        {
            *comparison = Comparison::AnyRevision;
        }
        Some(dependency)
    }
}

/// Whether one package can have both versions that entries ask for.
fn agree(one: &str, other: &str) -> bool {
    let short = |text| version::without_revision(text) == text;
    let (one_rest, other_rest) = (version::without_revision(one), version::without_revision(other));
    match short(one) || short(other) {
        true => version::compare(one_rest, other_rest) == Ordering::Equal,
        false => version::compare(one, other) == Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(entries: &[&str]) -> Result<Vec<String>, Vec<Failure>> {
        let requests: Vec<_> = entries.iter().map(|entry| Request::parse(entry).unwrap()).collect();
        let world = World::from_requests(&requests)?;
        Ok(world.dependencies().iter().map(ToString::to_string).collect())
    }

    #[test]
    fn entries_are_applied_by_name() {
        assert_eq!(world(&["b", "A", "a", "c=1-r0"]).unwrap(), ["A", "a", "b", "c=1-r0"]);
    }

    #[test]
    fn a_repeated_entry_counts_once_with_its_version() {
        assert_eq!(world(&["a", "a=1-r0", "a"]).unwrap(), ["a=1-r0"]);
        assert_eq!(world(&["a", "a"]).unwrap(), ["a"]);
        assert_eq!(world(&["a=1", "a=1-r0"]).unwrap(), ["a=1", "a=1-r0"]);
        assert_eq!(
            world(&["a=1-r0", "a=1-r1"]),
            Err(vec![Failure::TwoVersions {
                name: "a".to_owned(),
                one: "1-r0".to_owned(),
                other: "1-r1".to_owned()
            }])
        );
    }

    #[test]
    fn a_listed_package_is_not_excluded() {
        let requests = [Request::parse("!a").unwrap(), Request::parse("a").unwrap()];
        let world = World::from_requests(&requests).unwrap();
        assert_eq!(world.dependencies().len(), 1);
        assert_eq!(world.listed_and_excluded().collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn only_definitions_mean_any_revision() {
        let requests = [Request::parse("a=1").unwrap(), Request::parse("b=1-r0").unwrap()];
        let comparisons = |world: &World| {
            let read = world.dependencies();
            read.iter().map(|read| read.constraint.unwrap().comparison).collect::<Vec<_>>()
        };
        let definition = World::from_requests(&requests).unwrap();
        assert_eq!(comparisons(&definition), [Comparison::AnyRevision, Comparison::Equal]);
        assert_eq!(comparisons(&World::parse("a=1\nb=1-r0\n").unwrap()), [Comparison::Equal; 2]);
    }

    #[test]
    fn entries_without_meaning_are_all_named() {
        let failures = world(&["a=x", "b", "c~y"]).unwrap_err();
        assert_eq!(failures.len(), 2, "{failures:?}");
    }

    #[test]
    fn entries_of_a_base_give_way() {
        let mut world = World::from_requests(&[Request::parse("a=2-r0").unwrap()]).unwrap();
        world.add_base(World::parse("a=1-r0 b").unwrap());
        let entries: Vec<_> = world.dependencies().iter().map(ToString::to_string).collect();
        assert_eq!(entries, ["a=2-r0", "b"]);
    }
}
