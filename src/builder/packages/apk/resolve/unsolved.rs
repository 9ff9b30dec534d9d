//! Why a request has no answer.
//!
//! apk says which relations the chosen packages break, not which entry is to blame, so this differs from the
//! failures of the Debian side.

use std::fmt;

use crate::builder::packages::Link;
use crate::builder::packages::apk::index::Uninstallable;
use crate::limits::Exceeded;

/// Why there is no solution.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unsolved {
    /// An entry names a tag that no repository has.
    #[error("`{entry}`: no repository has the tag `{tag}`")]
    UnknownTag {
        /// The entry.
        entry: String,
        /// The tag.
        tag: String,
    },
    /// The packages that apk would choose break relations, or there are none.
    #[error("{}", first(.0))]
    Broken(Vec<Trouble>),
    /// The search has more steps than any real request.
    #[error("the search for packages: {0}")]
    Exceeded(#[from] Exceeded),
}

/// One thing that is broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// No package has or provides a name.
    #[error("no package `{name}`, needed by {}", list(.needed_by))]
    NoPackage {
        /// The name.
        name: String,
        /// What needs it.
        needed_by: Vec<Requirer>,
        /// From an entry to the first package that needs it. Empty if the request does.
        chain: Vec<Link>,
        /// A name that may be meant.
        closest: Option<String>,
    },
    /// Packages provide a name, and none of them may be taken without being listed.
    #[error(
        "`{name}` is provided by {}, needed by {}: list one of them",
        quoted(.providers),
        list(.needed_by)
    )]
    NotSelected {
        /// The name.
        name: String,
        /// The packages: `NAME` where all versions provide it, else `NAME-VERSION`.
        providers: Vec<String>,
        /// What needs it.
        needed_by: Vec<Requirer>,
        /// From an entry to the first package that needs it. Empty if the request does.
        chain: Vec<Link>,
    },
    /// A package that was taken breaks something.
    #[error(transparent)]
    Package(Box<PackageTrouble>),
}

/// A package that was taken, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackageTrouble {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Why apk installs it in no case.
    pub uninstallable: Option<Uninstallable>,
    /// The tags of the repositories that have it, if none of them may be used for it.
    pub masked_in: Vec<String>,
    /// Packages that were taken too and cannot be there with it.
    pub conflicts: Vec<Conflicting>,
    /// Relations that it breaks.
    pub breaks: Vec<Requirer>,
    /// Relations that it meets: why it was taken.
    pub satisfies: Vec<Requirer>,
    /// From an entry to this package, which is the last.
    pub chain: Vec<Link>,
}

/// A package that conflicts with another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflicting {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The name that both have, as the other package provides it. `None` is the package name.
    pub provided: Option<String>,
}

/// A relation, and what has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirer {
    /// The package that has it, with its version. `None` is the request.
    pub package: Option<(String, String)>,
    /// The relation.
    pub relation: String,
}

impl std::error::Error for PackageTrouble {}

impl fmt::Display for PackageTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{} {}` cannot be installed", self.name, self.version)?;
        let mut separator = ": ";
        let mut part = |f: &mut fmt::Formatter<'_>, text: String| -> fmt::Result {
            write!(f, "{separator}{text}")?;
            separator = "; ";
            Ok(())
        };
        if let Some(cause) = &self.uninstallable {
            part(f, cause.to_string())?;
        }
        if !self.masked_in.is_empty() {
            let tags: Vec<_> = self.masked_in.iter().map(|tag| format!("@{tag}")).collect();
            part(f, format!("it is only in {}, which must be named in the entry", quoted(&tags)))?;
        }
        if !self.conflicts.is_empty() {
            let with: Vec<_> = self.conflicts.iter().map(ToString::to_string).collect();
            part(f, format!("it conflicts with {}", with.join(", ")))?;
        }
        if !self.breaks.is_empty() {
            part(f, format!("it does not meet {}", list(&self.breaks)))?;
        }
        if !self.satisfies.is_empty() {
            part(f, format!("it is needed by {}", list(&self.satisfies)))?;
        }
        Ok(())
    }
}

impl fmt::Display for Conflicting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{} {}`", self.name, self.version)?;
        match &self.provided {
            Some(provided) => write!(f, " (both are `{provided}`)"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Requirer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.package {
            Some((name, version)) => write!(f, "`{}` of `{name} {version}`", self.relation),
            None => write!(f, "the entry `{}`", self.relation),
        }
    }
}

fn first(troubles: &[Trouble]) -> String {
    match troubles {
        [] => "the packages break relations".to_owned(),
        [only] => only.to_string(),
        [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
    }
}

fn list(requirers: &[Requirer]) -> String {
    let texts: Vec<_> = requirers.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

fn quoted(texts: &[String]) -> String {
    let texts: Vec<_> = texts.iter().map(|text| format!("`{text}`")).collect();
    texts.join(", ")
}
