//! The package databases in the files of an image: those of dpkg and apk are read. Databases of other package managers
//! are found and not read.
//!
//! Source: `dpkg(1)` and `deb-control(5)`; the database format of apk-tools 2.

use super::tree::{Content, Tree, path_text};
use crate::report::{Databases, Package};

/// Files with a list of packages.
const DPKG: [&[u8]; 1] = [b"/var/lib/dpkg/status"];
const APK: [&[u8]; 2] = [b"/lib/apk/db/installed", b"/usr/lib/apk/db/installed"];
/// A directory with a file for each package, as in images without a package manager.
const DPKG_DIRECTORY: &[u8] = b"/var/lib/dpkg/status.d";
/// What is not read: databases of rpm, pacman, opkg and portage.
const OTHERS: [&[u8]; 8] = [
    b"/usr/lib/sysimage/rpm",
    b"/var/lib/rpm/Packages",
    b"/var/lib/rpm/Packages.db",
    b"/var/lib/rpm/rpmdb.sqlite",
    b"/var/lib/rpmmanifest/container-manifest-2",
    b"/var/lib/pacman/local",
    b"/usr/lib/opkg/status",
    b"/var/db/pkg",
];

/// Reads the packages of a list. `None`: it is malformed.
type Parse = fn(&str) -> Option<Vec<Package>>;

/// Finds the databases and reads their packages.
pub(super) fn read(tree: &Tree) -> Databases {
    let mut databases = Databases::default();
    let mut seen = Vec::new();
    let lists =
        DPKG.map(|path| (path, dpkg as Parse)).into_iter().chain(APK.map(|path| (path, apk as Parse)));
    for (path, parse) in lists {
        let Some(found) = tree.find(path) else { continue };
        // A link may give one database two names.
        if !seen.contains(&found.node) {
            seen.push(found.node);
            add(&mut databases, path, text(tree, path).and_then(|text| parse(&text)));
        }
    }
    if let Some(found) = tree.find(DPKG_DIRECTORY) {
        let names: Vec<Vec<u8>> = tree.entries(found.node).map(|(name, ..)| name.to_vec()).collect();
        let lists = names.iter().filter(|name| !name.ends_with(b".md5sums"));
        let packages = lists.map(|name| {
            let text = text(tree, &[DPKG_DIRECTORY, name].join(&b'/'))?;
            dpkg(&text)
        });
        let packages: Option<Vec<Vec<Package>>> = packages.collect();
        add(&mut databases, DPKG_DIRECTORY, packages.map(|packages| packages.concat()));
    }
    for path in OTHERS {
        if tree.find(path).is_some() {
            databases.unread.push(path_text(path));
        }
    }
    databases.packages.sort();
    databases.packages.dedup();
    databases
}

/// The content of a file, if it was kept.
fn text(tree: &Tree, path: &[u8]) -> Option<String> {
    let found = tree.find(path)?;
    match &tree.node(found.node)?.content {
        Content::File(file) => file.text.as_deref().map(|text| String::from_utf8_lossy(text).into_owned()),
        _ => None,
    }
}

/// Adds a database. `None`: its packages could not be read.
fn add(databases: &mut Databases, path: &[u8], packages: Option<Vec<Package>>) {
    match packages {
        Some(packages) => {
            databases.read.push(path_text(path));
            databases.packages.extend(packages);
        }
        None => databases.unread.push(path_text(path)),
    }
}

/// The installed packages of a list of dpkg. `None`: a paragraph is malformed.
fn dpkg(text: &str) -> Option<Vec<Package>> {
    let mut packages = Vec::new();
    for paragraph in paragraphs(text) {
        let field = |name: &str| {
            let mut lines = paragraph.iter();
            lines.find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then(|| value.trim())
            })
        };
        // Without a status the package is installed: so it is in images without a package manager.
        let is_installed =
            field("Status").is_none_or(|status| status.split_whitespace().nth(2) == Some("installed"));
        if is_installed {
            packages.push(package("deb", field("Package")?, field("Version")?));
        }
    }
    Some(packages)
}

/// The packages of a database of apk. `None`: a paragraph is malformed.
fn apk(text: &str) -> Option<Vec<Package>> {
    let packages = paragraphs(text).map(|paragraph| {
        let field = |name: &str| paragraph.iter().find_map(|line| line.strip_prefix(name));
        Some(package("apk", field("P:")?.trim(), field("V:")?.trim()))
    });
    packages.collect()
}

fn package(kind: &str, name: &str, version: &str) -> Package {
    Package { kind: kind.to_owned(), namespace: None, name: name.to_owned(), version: version.to_owned() }
}

/// The lines of each paragraph. Empty lines separate paragraphs.
fn paragraphs(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let paragraphs: Vec<Vec<&str>> =
        lines.split(|line| line.is_empty()).filter(|lines| !lines.is_empty()).map(<[&str]>::to_vec).collect();
    paragraphs.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(packages: Option<Vec<Package>>) -> Vec<String> {
        let packages = packages.unwrap().into_iter();
        packages.map(|Package { kind, name, version, .. }| format!("{kind} {name} {version}")).collect()
    }

    #[test]
    fn packages_that_dpkg_removed_are_not_installed() {
        let text = "Package: bash\nStatus: install ok installed\nVersion: 5.2-1\nDescription: a shell\n Version: 9\n\n\
                    Package: perl\nStatus: deinstall ok config-files\nVersion: 5.40\n\n\
                    Package: half\nStatus: install ok half-installed\nVersion: 1\n\n\n\
                    Package: tzdata\nVersion: 2026a\n";
        assert_eq!(shown(dpkg(text)), ["deb bash 5.2-1", "deb tzdata 2026a"]);
        assert_eq!(dpkg("Package: bash\nStatus: install ok installed\n"), None);
        assert_eq!(dpkg(""), Some(Vec::new()));
    }

    #[test]
    fn packages_of_apk_have_one_letter_fields() {
        let text = "C:Q1abc=\nP:musl\nV:1.2.5-r9\nA:x86_64\nF:lib\nR:ld-musl.so\n\nP:zlib\nV:1.3.1-r2\n\n";
        assert_eq!(shown(apk(text)), ["apk musl 1.2.5-r9", "apk zlib 1.3.1-r2"]);
        assert_eq!(apk("P:musl\n"), None);
    }
}
