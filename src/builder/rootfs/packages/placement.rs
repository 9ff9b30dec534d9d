//! Finds the place of every entry of the packages in the tree.
//!
//! The place of a link can depend on other links, so places are computed again until the links stay where they are. The
//! result is the same for every order of the packages.
//!
//! Invariant: nothing is placed behind a link that does not lead to a directory of the tree.

use std::collections::{BTreeMap, BTreeSet};

use super::error::MergeError;
use super::ownership::{Owners, owners};
use super::package::{Package, Place};
use crate::builder::rootfs::archive_entries::EntryKind;
use crate::builder::rootfs::installed::Description;
use crate::builder::rootfs::limits::LINKS_FOLLOWED;
use crate::builder::rootfs::path::TreePath;
use crate::builder::rootfs::resolve::{LastLink, Walked, walk};

/// The directories that are links into `/usr` in the releases of Debian that are supported: Debian 12 makes the links
/// when it is installed, `base-files` of Debian 13 ships them.
const MERGED: [(&str, &str); 7] = [
    ("bin", "usr/bin"),
    ("lib", "usr/lib"),
    ("lib32", "usr/lib32"),
    ("lib64", "usr/lib64"),
    ("libo32", "usr/libo32"),
    ("libx32", "usr/libx32"),
    ("sbin", "usr/sbin"),
];

/// The places of all entries.
#[derive(Debug)]
pub(super) struct Placement {
    /// By package and entry.
    pub(super) places: Vec<Vec<Place>>,
    /// The owner of each path that is not a directory.
    pub(super) owners: Owners,
    /// All directories, with those that no package ships. The root is the empty path.
    pub(super) directories: BTreeSet<String>,
    /// The links into `/usr` that no package ships, with their targets.
    pub(super) merged: BTreeMap<&'static str, &'static str>,
    /// All links, with their targets.
    links: BTreeMap<String, String>,
}

/// Places the entries of all packages.
///
/// # Errors
///
/// [`MergeError`] if packages conflict, or a path leads to no directory.
pub(super) fn place(packages: &[Package]) -> Result<Placement, MergeError> {
    let mut links = BTreeMap::new();
    let mut last_conflict = Ok(());
    for _ in 0..LINKS_FOLLOWED {
        let places = places(packages, &links)?;
        let (owners, conflict) = owners(packages, &places);
        let merged = merged(packages, &owners);
        let found = found_links(packages, &owners, &merged);
        if found == links {
            conflict?;
            let directories = directories(packages, &places, &merged)?;
            let placement = Placement { places, owners, directories, merged, links };
            placement.check_files(packages)?;
            return Ok(placement);
        }
        links = found;
        last_conflict = conflict;
    }
    // Links of several packages for one path can be why the places do not settle.
    Err(last_conflict.err().unwrap_or(MergeError::UnsettledLinks))
}

impl Placement {
    /// The path that the hard links of a package mean by `target`. The last part is not followed.
    pub(super) fn locate(&self, target: &TreePath) -> Option<String> {
        let link = |at: &str| self.links.get(at).map(String::as_str);
        Some(walk(target.as_str(), LastLink::Kept, link)?.at)
    }

    /// No directory is where a package has something else.
    fn check_files(&self, packages: &[Package]) -> Result<(), MergeError> {
        let Some((file, (owner, _))) = self.owners.iter().find(|(at, _)| self.directories.contains(*at))
        else {
            return Ok(());
        };
        let is_in = |place: &Place| {
            place.at.strip_prefix(file.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        for (package, places) in packages.iter().zip(&self.places) {
            for (entry, place) in package.entries.iter().zip(places) {
                let is_file = place.at == *file && entry.kind != EntryKind::Directory;
                if let (false, true, Some(owner)) = (is_file, is_in(place), packages.get(*owner)) {
                    let file = TreePath::parse(file)
                        .map_err(|error| MergeError::Path { package: owner.id(), error })?;
                    let (path, package) = (entry.path.clone(), package.id());
                    return Err(MergeError::NotADirectory { path, package, file, owner: owner.id() });
                }
            }
        }
        Ok(())
    }
}

/// Where the entries are, if these are the links.
fn places(packages: &[Package], links: &BTreeMap<String, String>) -> Result<Vec<Vec<Place>>, MergeError> {
    let link = |at: &str| links.get(at).map(String::as_str);
    let mut all = Vec::with_capacity(packages.len());
    for package in packages {
        let mut places = Vec::with_capacity(package.entries.len());
        // Entries of one directory follow each other.
        let mut directory = ("", Walked::default());
        for entry in &package.entries {
            let looped = || MergeError::LinkLoop { path: entry.path.clone(), package: package.id() };
            let path = entry.path.as_str();
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
            if directory.0 != parent {
                directory = (parent, walk(parent, LastLink::Followed, link).ok_or_else(looped)?);
            }
            let Walked { at: above, followed } = &directory.1;
            let at = if above.is_empty() { name.to_owned() } else { format!("{above}/{name}") };
            let is_link = entry.kind == EntryKind::Directory && links.contains_key(&at);
            let Walked { at, followed } = if is_link {
                walk(path, LastLink::Followed, link).ok_or_else(looped)?
            } else {
                Walked { at, followed: followed.clone() }
            };
            places.push(Place { at, is_link, followed });
        }
        all.push(places);
    }
    Ok(all)
}

/// The links into `/usr` that Debian packages need and none ships.
fn merged(packages: &[Package], owners: &Owners) -> BTreeMap<&'static str, &'static str> {
    let is_debian = |package: &&Package| matches!(package.installed.description, Description::Deb(_));
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for entry in packages.iter().filter(is_debian).flat_map(|package| &package.entries) {
        names.extend(entry.path.parts().next());
    }
    let is_needed = |name: &str| names.contains(name) && !owners.contains_key(name);
    MERGED.into_iter().filter(|(name, _)| is_needed(name)).collect()
}

fn found_links(
    packages: &[Package],
    owners: &Owners,
    merged: &BTreeMap<&str, &str>,
) -> BTreeMap<String, String> {
    let shipped = owners.iter().filter_map(|(at, (package, entry))| {
        match &packages.get(*package)?.entries.get(*entry)?.kind {
            EntryKind::Symlink(target) => Some((at.clone(), target.clone())),
            _ => None,
        }
    });
    let merged = merged.iter().map(|(at, target)| ((*at).to_owned(), (*target).to_owned()));
    shipped.chain(merged).collect()
}

/// The directories of the tree. What is behind links counts only once the links lead to directories.
fn directories(
    packages: &[Package],
    places: &[Vec<Place>],
    merged: &BTreeMap<&str, &str>,
) -> Result<BTreeSet<String>, MergeError> {
    let mut directories = BTreeSet::from([String::new()]);
    for target in merged.values() {
        add_directory(&mut directories, target);
    }
    let mut waiting = Vec::new();
    for (package, places) in packages.iter().zip(places) {
        for (entry, place) in package.entries.iter().zip(places) {
            if place.followed.is_empty() {
                add_directories_of(&mut directories, &entry.kind, place);
            } else {
                waiting.push((package, entry, place));
            }
        }
    }
    // Each round places what is behind the directories of the round before.
    for _ in 0..LINKS_FOLLOWED {
        let before = waiting.len();
        waiting.retain(|(_, entry, place)| {
            let is_placed = place.followed.iter().all(|(_, target)| directories.contains(target));
            if is_placed {
                add_directories_of(&mut directories, &entry.kind, place);
            }
            !is_placed
        });
        if waiting.len() == before {
            break;
        }
    }
    let Some((package, entry, place)) = waiting.first() else { return Ok(directories) };
    let invalid = |error| MergeError::Path { package: package.id(), error };
    let unmet = place.followed.iter().find(|(_, target)| !directories.contains(target));
    let (link, target) = unmet.map(|(link, target)| (link.as_str(), target.as_str())).unwrap_or_default();
    Err(MergeError::BehindLink {
        path: entry.path.clone(),
        package: package.id(),
        link: TreePath::parse(link).map_err(invalid)?,
        target: TreePath::parse(target).map_err(invalid)?,
    })
}

fn add_directories_of(directories: &mut BTreeSet<String>, kind: &EntryKind, place: &Place) {
    if *kind == EntryKind::Directory {
        add_directory(directories, &place.at);
    } else if let Some((parent, _)) = place.at.rsplit_once('/') {
        add_directory(directories, parent);
    }
}

/// Adds a directory and those above it.
fn add_directory(directories: &mut BTreeSet<String>, path: &str) {
    let mut path = path;
    while !directories.contains(path) {
        directories.insert(path.to_owned());
        path = path.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
}
