//! Distributions and their releases, which package URLs name in several ways.
//!
//! `distro=debian-13.1`, `distro=trixie`, `distro=3.22.1` with the namespace as family, and `os_name=debian` with
//! `os_version=13`. A statement is met if the family is equal, and its release is equal to the scanned release or a
//! dotted prefix of it: `13` is met by `13.1`, and never by a report without a release.

use crate::vex::{NearMissPart, PackageUrl};

/// Types of packages that belong to a distribution.
const OF_DISTRIBUTIONS: [&str; 3] = ["apk", "deb", "rpm"];

/// Qualifiers that name a distribution or its release.
const QUALIFIERS: [&str; 4] = ["distro", "os_distro", "os_name", "os_version"];

/// Code names of Debian releases. `sid` is no release.
const DEBIAN: [(&str, &str); 18] = [
    ("hamm", "2.0"),
    ("slink", "2.1"),
    ("potato", "2.2"),
    ("woody", "3.0"),
    ("sarge", "3.1"),
    ("etch", "4.0"),
    ("lenny", "5.0"),
    ("squeeze", "6.0"),
    ("wheezy", "7"),
    ("jessie", "8"),
    ("stretch", "9"),
    ("buster", "10"),
    ("bullseye", "11"),
    ("bookworm", "12"),
    ("trixie", "13"),
    ("forky", "14"),
    ("duke", "15"),
    ("bo", "1.3"),
];

/// A distribution as a qualifier names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Named<'a> {
    qualifier: &'a str,
    written: &'a str,
    family: &'a str,
    release: Option<&'a str>,
}

/// Whether packages of this type belong to a distribution.
pub(super) fn has_distribution(kind: &str) -> bool {
    OF_DISTRIBUTIONS.contains(&kind)
}

/// Whether the qualifier names a distribution.
pub(super) fn is_qualifier(name: &str) -> bool {
    QUALIFIERS.contains(&name)
}

/// Compares the distribution that a statement names, if it names one, with the one that was found. The result is
/// whether they are equal only by equivalence.
pub(super) fn compare(
    statement: &PackageUrl,
    found: &[(String, String)],
    namespace: Option<&str>,
    scanned: Option<(&str, &str)>,
) -> Result<bool, Box<NearMissPart>> {
    let mut qualifiers = statement.qualifiers().iter().filter(|(name, _)| is_qualifier(name));
    if qualifiers.all(|qualifier| found.contains(qualifier)) {
        return Ok(false);
    }
    if let Some(written) = unknown_release(statement)
        && !found.iter().any(|(name, value)| name == "os_distro" && value == written)
    {
        let (name, statement) = ("os_distro".to_owned(), written.to_owned());
        return Err(Box::new(NearMissPart::Qualifier { name, statement, found: String::new() }));
    }
    let found = found_releases(found, namespace, scanned);
    let named = all_named(statement.qualifiers(), statement.namespace());
    let Some(missed) = named.iter().find(|named| !found.iter().any(|found| is_met(named, *found))) else {
        return Ok(true);
    };
    let shown = found.iter().find(|(family, _)| family.eq_ignore_ascii_case(missed.family)).or(found.first());
    let (family, release) = shown.copied().unwrap_or_default();
    let release = release.unwrap_or_default();
    let found = match missed.qualifier {
        "os_name" => family.to_owned(),
        "os_version" if family.eq_ignore_ascii_case(missed.family) => release.to_owned(),
        _ => [family, release].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("-"),
    };
    Err(Box::new(NearMissPart::Qualifier {
        name: missed.qualifier.to_owned(),
        statement: missed.written.to_owned(),
        found,
    }))
}

/// The `os_distro` of a statement, if it is no known code name and no `os_version` tells the release. It is only
/// compared as text.
fn unknown_release(statement: &PackageUrl) -> Option<&str> {
    let qualifiers = statement.qualifiers();
    let value = |name: &str| qualifiers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let family = value("os_name").or(statement.namespace()).unwrap_or_default();
    let written = value("os_distro").filter(|written| debian_release(family, written).is_none())?;
    value("os_version").is_none().then_some(written)
}

fn is_met(statement: &Named<'_>, (family, release): (&str, Option<&str>)) -> bool {
    family.eq_ignore_ascii_case(statement.family)
        && statement.release.is_none_or(|wanted| release.is_some_and(|found| is_within(found, wanted)))
}

/// Whether `release` is `wanted`, or a part of it: `13.1` of `13`.
fn is_within(release: &str, wanted: &str) -> bool {
    release.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// What is known about the distribution that was found. The release of the whole scan counts if the package URL names
/// none, or a part of it: scanners write `debian-13` in package URLs of an image with Debian 13.1.
fn found_releases<'a>(
    qualifiers: &'a [(String, String)],
    namespace: Option<&'a str>,
    scanned: Option<(&'a str, &'a str)>,
) -> Vec<(&'a str, Option<&'a str>)> {
    let mut found: Vec<_> =
        all_named(qualifiers, namespace).iter().map(|named| (named.family, named.release)).collect();
    if let Some((family, release)) = scanned {
        let extends = |named: &(&str, Option<&str>)| {
            named.0.eq_ignore_ascii_case(family) && named.1.is_none_or(|named| is_within(release, named))
        };
        if found.iter().all(extends) {
            found.push((family, Some(release).filter(|release| !release.is_empty())));
        }
    }
    found
}

/// Each distribution that the qualifiers name.
fn all_named<'a>(qualifiers: &'a [(String, String)], namespace: Option<&'a str>) -> Vec<Named<'a>> {
    let value = |name: &str| qualifiers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let namespace = namespace.unwrap_or_default();
    let mut all = Vec::new();
    if let Some(written) = value("distro") {
        let (family, release) = family_and_release(written, namespace);
        all.push(Named { qualifier: "distro", written, family, release });
    }
    let name = value("os_name");
    let family = name.unwrap_or(namespace);
    if let Some(written) = value("os_version") {
        all.push(Named { qualifier: "os_version", written, family, release: Some(written) });
    }
    if let Some(written) = name {
        all.push(Named { qualifier: "os_name", written, family, release: None });
    }
    if let Some(written) = value("os_distro")
        && let Some(release) = debian_release(family, written)
    {
        all.push(Named { qualifier: "os_distro", written, family, release: Some(release) });
    }
    all
}

/// `debian-13.1`, `debian-trixie`, `trixie`, `3.22.1`, `opensuse-tumbleweed`.
fn family_and_release<'a>(written: &'a str, namespace: &'a str) -> (&'a str, Option<&'a str>) {
    let is_number = |text: &str| text.starts_with(|first: char| first.is_ascii_digit());
    if is_number(written) {
        return (namespace, Some(written));
    }
    if let Some(release) = debian_release(namespace, written) {
        return (namespace, Some(release));
    }
    match written.rsplit_once('-') {
        Some((family, release)) if is_number(release) => (family, Some(release)),
        Some((family, name)) => match debian_release(family, name) {
            Some(release) => (family, Some(release)),
            None => (written, None),
        },
        None => (written, None),
    }
}

/// The release of Debian with this code name.
fn debian_release(family: &str, name: &str) -> Option<&'static str> {
    let known = DEBIAN.iter().find(|(code_name, _)| code_name.eq_ignore_ascii_case(name));
    known.filter(|_| family.eq_ignore_ascii_case("debian")).map(|(_, release)| *release)
}
