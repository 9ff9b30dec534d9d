//! What the packages of a tree state about themselves.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::copyright;
use super::image::{BuiltFile, BuiltPackage, Ecosystem, SourcePackage};
use super::licence::Licence;
use crate::builder::packages::apk;
use crate::builder::packages::apk::pkginfo::PackageInfo;
use crate::builder::packages::deb::control::{Stanza, Stanzas};
use crate::builder::packages::deb::relation::{Groups, Relation, Versions};
use crate::builder::rootfs::{Description, Installed, TreePath};
use crate::oci::Digest;
use crate::vex::PackageUrl;

/// What is known of a package from elsewhere: the lock, the definition and the files of the image.
pub trait Origin {
    /// Where its file was fetched.
    fn download(&self, package: &Installed) -> Option<String>;

    /// The digest of its file.
    fn digest(&self, package: &Installed) -> Option<Digest>;

    /// The package URL that the definition gives it (`contents.mappings`).
    fn package_url(&self, package: &Installed) -> Option<PackageUrl>;

    /// The regular file at a path of the image. `None`: something else is there, or nothing.
    fn file(&self, path: &TreePath) -> Option<BuiltFile>;

    /// The bytes of `usr/share/doc/PACKAGE/copyright` (Debian), behind links.
    fn copyright(&self, package: &Installed) -> Option<Arc<[u8]>>;
}

/// Describes the packages of a tree, in the order of `installed`. Files that another package or the definition replaced
/// are not theirs.
pub fn packages(installed: &[Installed], origin: &dyn Origin) -> Vec<BuiltPackage> {
    let names = Names::of(installed);
    installed.iter().map(|package| describe(package, &names, origin)).collect()
}

fn describe(installed: &Installed, names: &Names<'_>, origin: &dyn Origin) -> BuiltPackage {
    let own =
        installed.shipped.iter().filter(|shipped| !shipped.is_directory && shipped.replaced_by.is_none());
    let mut files: Vec<BuiltFile> = own.filter_map(|shipped| origin.file(&shipped.at)).collect();
    files.sort_unstable();
    files.dedup();
    let common = BuiltPackage {
        ecosystem: Ecosystem::Deb,
        name: installed.name.clone(),
        version: installed.version.clone(),
        architecture: installed.architecture.clone(),
        source: None,
        maintainer: None,
        summary: None,
        homepage: None,
        licence: Licence::default(),
        download: origin.download(installed),
        digest: origin.digest(installed),
        package_url: origin.package_url(installed),
        files,
        depends: names.dependencies(installed),
    };
    match &installed.description {
        Description::Deb(files) => {
            let licence = origin.copyright(installed).map(|bytes| copyright::licence(&bytes));
            let licence = licence.unwrap_or_default();
            match stanza(files.control()) {
                Some(control) => deb(&control, BuiltPackage { licence, ..common }),
                None => BuiltPackage { licence, ..common },
            }
        }
        Description::Apk { info, .. } => apk(info, common),
    }
}

fn stanza(control: &[u8]) -> Option<Stanza<'_>> {
    Stanzas::new(control).next()
}

fn field<'a>(stanza: &Stanza<'a>, name: &str) -> Option<&'a str> {
    stanza.get(name).ok().flatten().map(str::trim).filter(|value| !value.is_empty())
}

fn deb(control: &Stanza<'_>, package: BuiltPackage) -> BuiltPackage {
    let first_line = |name| field(control, name).and_then(|value| value.lines().next()).map(str::to_owned);
    let source = field(control, "Source").and_then(|source| {
        let (name, rest) = source.split_once(' ').unwrap_or((source, ""));
        let version = rest.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        let version = version.map_or(package.version.as_str(), str::trim);
        differing(name, version, &package)
    });
    BuiltPackage {
        source,
        maintainer: first_line("Maintainer"),
        summary: first_line("Description"),
        homepage: first_line("Homepage"),
        ..package
    }
}

fn apk(info: &PackageInfo, package: BuiltPackage) -> BuiltPackage {
    let other = |name: &str| {
        let found = info.other.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    let source = info.origin.as_deref().and_then(|origin| differing(origin, &package.version, &package));
    BuiltPackage {
        ecosystem: Ecosystem::Apk,
        source,
        maintainer: other("maintainer"),
        summary: other("pkgdesc"),
        homepage: other("url"),
        licence: other("license").map(|text| Licence::parse(&text)).unwrap_or_default(),
        ..package
    }
}

/// The source package, if it has another name or version than the package.
fn differing(name: &str, version: &str, package: &BuiltPackage) -> Option<SourcePackage> {
    let differs = !name.is_empty() && (name != package.name || version != package.version);
    differs.then(|| SourcePackage { name: name.to_owned(), version: version.to_owned() })
}

/// Which packages have or provide a name, by their positions.
struct Names<'a> {
    by_name: BTreeMap<&'a str, Vec<Named<'a>>>,
}

struct Named<'a> {
    position: usize,
    /// The version of the package, or in which it provides the name.
    version: Option<&'a str>,
    is_provided: bool,
}

impl<'a> Names<'a> {
    fn of(installed: &'a [Installed]) -> Self {
        let mut names = Self { by_name: BTreeMap::new() };
        for (position, package) in installed.iter().enumerate() {
            names.add(&package.name, Named { position, version: Some(&package.version), is_provided: false });
            match &package.description {
                Description::Deb(files) => {
                    let control = stanza(files.control());
                    let provided =
                        control.and_then(|control| field(&control, "Provides")).unwrap_or_default();
                    for relation in Groups::new(provided).flatten().flat_map(|group| group.alternatives) {
                        let version = relation.versions.map(|versions| versions.version);
                        names.add(relation.name, Named { position, version, is_provided: true });
                    }
                }
                Description::Apk { info, .. } => {
                    for provided in &info.provides {
                        let name = provided.split(['<', '=', '>', '~']).next().unwrap_or_default();
                        names.add(name, Named { position, version: None, is_provided: true });
                    }
                }
            }
        }
        for named in names.by_name.values_mut() {
            // A real package first, then the first by name, as the resolver chooses.
            let name = |named: &Named<'_>| installed.get(named.position).map(|package| package.name.as_str());
            named.sort_by_key(|named| (named.is_provided, name(named)));
        }
        names
    }

    fn add(&mut self, name: &'a str, named: Named<'a>) {
        self.by_name.entry(name).or_default().push(named);
    }

    /// The packages that meet the dependencies of a package, each once.
    fn dependencies(&self, package: &Installed) -> Vec<usize> {
        let mut found: Vec<usize> = match &package.description {
            Description::Deb(files) => {
                let control = stanza(files.control());
                let fields = ["Pre-Depends", "Depends"];
                let fields = fields.into_iter().filter_map(|name| field(&control?, name));
                let groups = fields.flat_map(|value| Groups::new(value).flatten());
                groups
                    .filter_map(|group| group.alternatives.iter().find_map(|relation| self.meets(relation)))
                    .collect()
            }
            Description::Apk { info, .. } => {
                let depends = info.depends.iter();
                let depends = depends.filter_map(|text| apk::dependency::Dependency::parse(text).ok());
                depends
                    .filter(|dependency| !dependency.is_conflict)
                    .filter_map(|dependency| self.by_name.get(dependency.name)?.first())
                    .map(|named| named.position)
                    .collect()
            }
        };
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The package that meets a relation of Debian.
    fn meets(&self, relation: &Relation<'_>) -> Option<usize> {
        let fits = |named: &&Named<'_>| match (relation.versions, named.version) {
            (None, _) => true,
            (Some(versions), Some(version)) => Versions::contain(&versions, version),
            (Some(_), None) => false,
        };
        self.by_name.get(relation.name)?.iter().find(fits).map(|named| named.position)
    }
}
