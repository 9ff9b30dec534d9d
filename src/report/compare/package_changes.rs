//! Which packages were removed, added or changed between two images.

use std::collections::BTreeMap;

use super::image::{ComparedImage, Package};

/// Where the packages of an image are known from.
#[derive(Clone, Copy, Debug)]
pub(super) enum PackageList<'a> {
    /// Its verified SBOMs.
    Sbom(&'a [Package]),
    /// The databases of dpkg and apk in its files.
    Databases(&'a [Package]),
    /// It has databases that cannot be read.
    Unreadable(&'a [String]),
    /// They are unknown.
    Unknown,
    /// It has neither an SBOM nor a database.
    None,
}

/// The differences between the packages of two images.
#[derive(Debug, Default)]
pub(super) struct PackageChanges<'a> {
    pub(super) removed: Vec<&'a Package>,
    pub(super) added: Vec<&'a Package>,
    pub(super) changed: Vec<ChangedPackage<'a>>,
    pub(super) equal: Vec<&'a Package>,
}

/// A package that both images have, in other versions.
#[derive(Debug)]
pub(super) struct ChangedPackage<'a> {
    /// One of its versions in the first image. Only what names it counts.
    pub(super) package: &'a Package,
    pub(super) from: Vec<&'a str>,
    pub(super) to: Vec<&'a str>,
}

/// The packages of both images, and their differences if both are known from the same kind of source.
#[derive(Debug)]
pub(super) struct ComparedPackages<'a> {
    pub(super) from: PackageList<'a>,
    pub(super) to: PackageList<'a>,
    /// `None`: the lists are not comparable.
    pub(super) changes: Option<PackageChanges<'a>>,
}

impl<'a> PackageList<'a> {
    /// The SBOM, or what is used instead of it.
    fn of(image: &'a ComparedImage) -> Self {
        match &image.sbom {
            Ok(Some(packages)) => Self::Sbom(packages),
            sbom => match (Self::in_files(image), sbom) {
                (Self::None, Err(_)) => Self::Unknown,
                (in_files, _) => in_files,
            },
        }
    }

    fn in_files(image: &'a ComparedImage) -> Self {
        match &image.files {
            Err(_) => Self::Unknown,
            Ok(files) if !files.databases.unread.is_empty() => Self::Unreadable(&files.databases.unread),
            Ok(files) if files.databases.read.is_empty() => Self::None,
            Ok(files) => Self::Databases(&files.databases.packages),
        }
    }

    /// The name of the kind of source in documents.
    pub(super) fn id(self) -> Option<&'static str> {
        match self {
            Self::Sbom(_) => Some("sbom"),
            Self::Databases(_) => Some("databases"),
            Self::Unreadable(_) | Self::Unknown | Self::None => None,
        }
    }

    /// The packages, if they are known.
    pub(super) fn packages(self) -> Option<&'a [Package]> {
        match self {
            Self::Sbom(packages) | Self::Databases(packages) => Some(packages),
            Self::Unreadable(_) | Self::Unknown | Self::None => None,
        }
    }
}

impl<'a> ComparedPackages<'a> {
    /// Compares the SBOMs of both images, or else the databases in the files of both.
    pub(super) fn new(from: &'a ComparedImage, to: &'a ComparedImage) -> Self {
        let preferred = (PackageList::of(from), PackageList::of(to));
        let (from, to) = match preferred {
            (PackageList::Sbom(_), PackageList::Sbom(_)) => preferred,
            _ => match (PackageList::in_files(from), PackageList::in_files(to)) {
                in_files @ (PackageList::Databases(_), PackageList::Databases(_)) => in_files,
                _ => preferred,
            },
        };
        let changes = match (from, to) {
            (PackageList::Sbom(from), PackageList::Sbom(to))
            | (PackageList::Databases(from), PackageList::Databases(to)) => Some(changes(from, to)),
            _ => None,
        };
        Self { from, to, changes }
    }
}

/// What names a package, without its version.
type Name<'a> = (&'a str, &'a str, &'a str);

fn changes<'a>(from: &'a [Package], to: &'a [Package]) -> PackageChanges<'a> {
    let (before, mut after) = (by_name(from), by_name(to));
    let mut changes = PackageChanges::default();
    for (name, old) in before {
        match after.remove(&name) {
            None => changes.removed.extend(old),
            Some(new) if versions(&old) == versions(&new) => changes.equal.extend(new),
            Some(new) => changes.changed.extend(old.first().map(|package| ChangedPackage {
                package,
                from: versions(&old),
                to: versions(&new),
            })),
        }
    }
    changes.added.extend(after.into_values().flatten());
    changes
}

fn by_name(packages: &[Package]) -> BTreeMap<Name<'_>, Vec<&Package>> {
    let mut by_name: BTreeMap<Name<'_>, Vec<&Package>> = BTreeMap::new();
    for package in packages {
        let namespace = package.namespace.as_deref().unwrap_or_default();
        by_name.entry((&package.kind, namespace, &package.name)).or_default().push(package);
    }
    by_name
}

/// The versions, sorted, each once.
fn versions<'a>(packages: &[&'a Package]) -> Vec<&'a str> {
    let mut versions: Vec<&str> = packages.iter().map(|package| package.version.as_str()).collect();
    versions.sort_unstable();
    versions.dedup();
    versions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packages(list: &[&str]) -> Vec<Package> {
        let packages = list.iter().map(|text| {
            let parts: Vec<&str> = text.split(' ').collect();
            let [kind, name, version] = parts[..] else { panic!("{text}") };
            Package {
                kind: kind.to_owned(),
                namespace: None,
                name: name.to_owned(),
                version: version.to_owned(),
            }
        });
        packages.collect()
    }

    #[test]
    fn packages_are_compared_by_name_and_by_all_versions() {
        let from =
            packages(&["deb bash 1", "deb curl 1", "npm a 1", "npm a 2", "npm b 1", "npm c 1", "npm c 1"]);
        let to =
            packages(&["apk bash 1", "deb curl 1", "npm a 2", "npm a 1", "npm b 1", "npm b 2", "npm c 1"]);
        let found = changes(&from, &to);
        let names = |packages: &[&Package]| -> Vec<String> {
            packages.iter().map(|package| format!("{} {}", package.kind, package.name)).collect()
        };
        assert_eq!(names(&found.removed), ["deb bash"]);
        assert_eq!(names(&found.added), ["apk bash"]);
        assert_eq!(names(&found.equal), ["deb curl", "npm a", "npm a", "npm c"]);
        let [changed] = &found.changed[..] else { panic!("{found:?}") };
        assert_eq!(
            (changed.package.name.as_str(), &*changed.from, &*changed.to),
            ("b", &["1"][..], &["1", "2"][..])
        );
    }
}
