//! Decides which package owns a path that several packages ship.
//!
//! Source: Debian Policy 7.6.1; `replaces`, `replaces_priority` and `origin` of apk-tools.

use std::collections::BTreeMap;

use super::error::MergeError;
use super::package::{Package, Place};
use crate::builder::packages::apk::dependency::Dependency;
use crate::builder::packages::apk::index::encode_identity;
use crate::builder::packages::deb::container::ControlFiles;
use crate::builder::packages::deb::control::{self, Stanzas};
use crate::builder::packages::deb::relation::Groups;
use crate::builder::rootfs::archive_entries::EntryKind;
use crate::builder::rootfs::installed::{Description, Installed};
use crate::builder::rootfs::path::TreePath;

/// The position of a package, and of an entry in it.
pub(super) type Position = (usize, usize);

/// The owner of every path that is not a directory.
pub(super) type Owners = BTreeMap<String, Position>;

/// Reads what a package says about replacing others, so that errors do not depend on the other packages.
pub(super) fn check(package: &Package) -> Result<(), MergeError> {
    match &package.installed.description {
        Description::Deb(control) => {
            let error = |error| MergeError::DebReplaces { package: package.id(), error };
            for group in Groups::new(deb_field(control)?) {
                group.map_err(error)?;
            }
        }
        Description::Apk { info, .. } => {
            for text in &info.replaces {
                Dependency::parse(text)
                    .map_err(|error| MergeError::ApkReplaces { package: package.id(), error })?;
            }
        }
    }
    Ok(())
}

/// The owners of all paths, and the first path that has none. Such a path belongs to
/// the first package by name, until the error is reported.
pub(super) fn owners(packages: &[Package], places: &[Vec<Place>]) -> (Owners, Result<(), MergeError>) {
    let mut shipped: BTreeMap<&str, Vec<Position>> = BTreeMap::new();
    for (number, (package, places)) in packages.iter().zip(places).enumerate() {
        for (index, (entry, place)) in package.entries.iter().zip(places).enumerate() {
            if entry.kind != EntryKind::Directory {
                shipped.entry(&place.at).or_default().push((number, index));
            }
        }
    }
    let mut owners = Owners::new();
    let mut result = Ok(());
    for (at, positions) in shipped {
        let owner = match positions.as_slice() {
            [only] => Some(*only),
            positions => match owner(packages, at, positions) {
                Ok(owner) => Some(owner),
                Err(error) => {
                    result = result.and(Err(error));
                    let name = |at: &&Position| packages.get(at.0).map(|package| &package.installed.name);
                    positions.iter().min_by_key(name).copied()
                }
            },
        };
        owners.extend(owner.map(|owner| (at.to_owned(), owner)));
    }
    (owners, result)
}

/// The entry whose package is replaced by none of the others.
fn owner(packages: &[Package], at: &str, positions: &[Position]) -> Result<Position, MergeError> {
    let candidates: Vec<(&Package, Position)> =
        positions.iter().filter_map(|position| Some((packages.get(position.0)?, *position))).collect();
    let path = |package: &Package| {
        TreePath::parse(at).map_err(|error| MergeError::Path { package: package.id(), error })
    };
    for pair in candidates.windows(2) {
        // Entries are in the order of their packages.
        if let [(package, (number, one)), (_, (other_number, other))] = pair
            && number == other_number
        {
            let shipped = |index: &usize| package.entries.get(*index).map(|entry| entry.path.clone());
            return Err(MergeError::Aliases {
                package: package.id(),
                one: shipped(one).unwrap_or_default(),
                other: shipped(other).unwrap_or_default(),
                path: path(package)?,
            });
        }
    }
    let is_replaced = |package: &Package| {
        candidates
            .iter()
            .any(|(other, _)| owner_of(&package.installed, &other.installed) == Some(Owner::Second))
    };
    let left: Vec<&(&Package, Position)> =
        candidates.iter().filter(|(package, _)| !is_replaced(package)).collect();
    if let [(_, position)] = left.as_slice() {
        return Ok(*position);
    }
    // Where each is replaced by another one, all are left.
    let mut undecided: Vec<_> = if left.is_empty() { candidates.iter().collect() } else { left }
        .into_iter()
        .map(|(package, _)| package.id())
        .collect();
    undecided.sort();
    let mut undecided = undecided.into_iter();
    let package = candidates.first().map(|(package, _)| *package);
    match (undecided.next(), undecided.next(), package) {
        (Some(one), Some(other), Some(package)) => {
            Err(MergeError::Conflict { path: path(package)?, one, other })
        }
        _ => Err(MergeError::UnsettledLinks),
    }
}

/// Which of two packages owns a path of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    First,
    Second,
}

impl Owner {
    fn first_if(is_first: bool) -> Self {
        if is_first { Self::First } else { Self::Second }
    }
}

/// The owner of a path of two packages. `None` if neither may replace the other's. Where each replaces the other, apk
/// and dpkg take the one that is installed later; here it is the later one by name.
fn owner_of(first: &Installed, second: &Installed) -> Option<Owner> {
    if first.name == second.name {
        return None;
    }
    let by_name = Owner::first_if(first.name > second.name);
    match (&first.description, &second.description) {
        (Description::Deb(control), Description::Deb(other)) => {
            match (deb_replaces(control, second), deb_replaces(other, first)) {
                (true, true) => Some(by_name),
                (false, false) => None,
                (is_first, _) => Some(Owner::first_if(is_first)),
            }
        }
        (Description::Apk { info: one, .. }, Description::Apk { info: other, .. }) => {
            if one.origin.is_some() && one.origin == other.origin {
                return Some(by_name);
            }
            let one = apk_replaces(first, second).then_some(one.replaces_priority);
            let other = apk_replaces(second, first).then_some(other.replaces_priority);
            match (one, other) {
                (None, None) => None,
                (one, other) if one == other => Some(by_name),
                (one, other) => Some(Owner::first_if(one > other)),
            }
        }
        _ => None,
    }
}

fn deb_field(control: &ControlFiles) -> Result<&str, control::Error> {
    let stanza = Stanzas::new(control.control()).next();
    Ok(stanza.map(|stanza| stanza.get("Replaces")).transpose()?.flatten().unwrap_or_default())
}

/// Whether a package replaces files of `other`. Names that `other` provides do not count.
fn deb_replaces(control: &ControlFiles, other: &Installed) -> bool {
    // The field was read when the package was added.
    let field = deb_field(control).unwrap_or_default();
    Groups::new(field).flatten().flat_map(|group| group.alternatives).any(|relation| {
        let is_architecture =
            |qualifier| matches!(qualifier, "any" | "native") || qualifier == other.architecture;
        relation.name == other.name
            && relation.qualifier.is_none_or(is_architecture)
            && relation.versions.is_none_or(|versions| versions.contain(&other.version))
    })
}

/// Whether a package replaces files of `other`. Names that `other` provides do not count.
fn apk_replaces(package: &Installed, other: &Installed) -> bool {
    let (Description::Apk { info, .. }, Description::Apk { identity, .. }) =
        (&package.description, &other.description)
    else {
        return false;
    };
    info.replaces.iter().filter_map(|text| Dependency::parse(text).ok()).any(|dependency| {
        dependency.name == other.name
            && dependency.accepts(&other.version, &encode_identity(identity)) != dependency.is_conflict
    })
}
