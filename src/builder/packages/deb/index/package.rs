//! One package of an index.

use super::super::relation::{Error, Group, Groups};

/// What an index says of one version of a package. All of it was checked when the index was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Package<'a> {
    /// The name.
    pub name: &'a str,
    /// The version.
    pub version: &'a str,
    /// Whether its architecture is `all`, else that of the index.
    pub is_all: bool,
    /// How it relates to other architectures.
    pub multi_arch: MultiArch,
    /// Its priority.
    pub priority: Priority,
    /// Whether it is `Essential: yes`.
    pub is_essential: bool,
    /// The field `Pre-Depends`.
    pub pre_depends: &'a str,
    /// The field `Depends`.
    pub depends: &'a str,
    /// The field `Provides`.
    pub provides: &'a str,
    /// The field `Conflicts`.
    pub conflicts: &'a str,
    /// The field `Breaks`.
    pub breaks: &'a str,
    /// The field `Replaces`.
    pub replaces: &'a str,
    /// The field `Source`: a name, and a version in parentheses if it differs. Empty if the name is the package's own.
    pub source: &'a str,
    /// See [`Package::filename`].
    pub(super) path: &'a str,
    /// Whether `path` is only the directory of the file, and the file has the name that Debian gives it.
    pub(super) has_plain_name: bool,
    /// The size of its file in bytes.
    pub size: u64,
    /// The SHA-256 of its file.
    pub sha256: [u8; 32],
    /// Bytes of its files on disk, in whole KiB.
    pub installed_size: u64,
}

/// The field `Multi-Arch`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MultiArch {
    /// Absent, or `no`.
    #[default]
    No,
    /// `same`
    Same,
    /// `foreign`
    Foreign,
    /// `allowed`: meets `NAME:any`.
    Allowed,
}

/// The field `Priority`, the most important first. As in apt, a package without one comes before all others, and an
/// unknown word is `extra`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Absent.
    #[default]
    None,
    /// `required`
    Required,
    /// `important`
    Important,
    /// `standard`
    Standard,
    /// `optional`
    Optional,
    /// `extra`
    Extra,
}

impl<'a> Package<'a> {
    /// The name and the version of the source package.
    pub fn source(&self) -> (&'a str, &'a str) {
        if self.source.is_empty() {
            return (self.name, self.version);
        }
        let (name, rest) = self.source.split_once(' ').unwrap_or((self.source, ""));
        let version = rest.trim_ascii().strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        (name, version.map_or(self.version, str::trim_ascii))
    }

    /// The path of its file, relative to the address of the repository. Empty in an installed set.
    pub fn filename(&self, architecture: &str) -> String {
        let architecture = if self.is_all { "all" } else { architecture };
        let mut path = self.path.to_owned();
        if self.has_plain_name {
            path.extend(plain_name(self.name, self.version, architecture));
        }
        path
    }

    /// What it needs: `Pre-Depends`, then `Depends`, with the name of the field.
    pub fn dependencies(&self) -> impl Iterator<Item = (&'static str, Result<Group<'a>, Error>)> + use<'a> {
        with_field("Pre-Depends", self.pre_depends).chain(with_field("Depends", self.depends))
    }

    /// What it excludes: `Conflicts`, then `Breaks`, with the name of the field.
    pub fn exclusions(&self) -> impl Iterator<Item = (&'static str, Result<Group<'a>, Error>)> + use<'a> {
        with_field("Conflicts", self.conflicts).chain(with_field("Breaks", self.breaks))
    }
}

/// The parts of `NAME_VERSION_ARCHITECTURE.deb`. The version is without its epoch.
pub(super) fn plain_name<'a>(name: &'a str, version: &'a str, architecture: &'a str) -> [&'a str; 6] {
    let version = version.split_once(':').map_or(version, |(_, version)| version);
    [name, "_", version, "_", architecture, ".deb"]
}

fn with_field<'a>(
    field: &'static str,
    value: &'a str,
) -> impl Iterator<Item = (&'static str, Result<Group<'a>, Error>)> + use<'a> {
    Groups::new(value).map(move |group| (field, group))
}

impl MultiArch {
    pub(super) fn parse(value: &str) -> Self {
        match value {
            "same" => Self::Same,
            "foreign" => Self::Foreign,
            "allowed" => Self::Allowed,
            _ => Self::No,
        }
    }

    pub(super) fn code(self) -> u8 {
        match self {
            Self::No => 0,
            Self::Same => 1,
            Self::Foreign => 2,
            Self::Allowed => 3,
        }
    }

    pub(super) fn from_code(code: u8) -> Option<Self> {
        [Self::No, Self::Same, Self::Foreign, Self::Allowed].into_iter().find(|one| one.code() == code)
    }
}

impl Priority {
    pub(super) fn parse(value: &str) -> Self {
        let known = [Self::Required, Self::Important, Self::Standard, Self::Optional];
        let found = known.into_iter().find(|one| one.as_str().eq_ignore_ascii_case(value));
        found.unwrap_or(Self::Extra)
    }

    /// As it is written. Empty if it is absent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Required => "required",
            Self::Important => "important",
            Self::Standard => "standard",
            Self::Optional => "optional",
            Self::Extra => "extra",
        }
    }

    pub(super) fn code(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Required => 1,
            Self::Important => 2,
            Self::Standard => 3,
            Self::Optional => 4,
            Self::Extra => 5,
        }
    }

    pub(super) fn from_code(code: u8) -> Option<Self> {
        let known =
            [Self::None, Self::Required, Self::Important, Self::Standard, Self::Optional, Self::Extra];
        known.into_iter().find(|one| one.code() == code)
    }
}
