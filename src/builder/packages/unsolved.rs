//! Why a request has no answer, as data that a message is made of.

use super::selection::{Candidate, Dependency, Link};
use crate::limits::Exceeded;

/// Why there is no selection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unsolved {
    /// At least one entry of the request cannot be met.
    #[error("{}", first(.0))]
    Failures(Vec<Failure>),
    /// A stored index has a relation that cannot be read.
    #[error("relation of `{package}`: {error}")]
    Unreadable {
        /// The package.
        package: String,
        /// The position of its source. `None` is the installed set.
        repository: Option<usize>,
        /// What is wrong.
        error: String,
    },
    /// The search has more steps than any real request.
    #[error("the search for packages: {0}")]
    Exceeded(#[from] Exceeded),
}

/// Why one entry of the request cannot be met.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// An entry that this distribution does not have, such as `NAME@TAG` on Debian.
    #[error("`{entry}`: {cause}")]
    Entry {
        /// The entry.
        entry: String,
        /// What is wrong with it, without the entry.
        cause: String,
    },
    /// No repository has or provides the name.
    #[error("no package `{name}` in the repositories")]
    NoPackage {
        /// The name.
        name: String,
        /// Names that may be meant, the closest first.
        closest: Vec<String>,
    },
    /// No repository has the version.
    #[error("no version `{wanted}` of the package `{name}`{}", there_is(.available))]
    NoVersion {
        /// The name.
        name: String,
        /// The version, or the constraint.
        wanted: String,
        /// The versions that there are, the highest first.
        available: Vec<Available>,
    },
    /// Two entries want different versions of one package.
    #[error("`{name}` is wanted in the versions `{one}` and `{other}`")]
    TwoVersions {
        /// The name.
        name: String,
        /// The first one.
        one: String,
        /// The other one.
        other: String,
    },
    /// No package has the name, and several provide it.
    #[error("`{name}` is provided by {}: list one of them", names(.providers))]
    SeveralProviders {
        /// The name.
        name: String,
        /// The packages that provide it.
        providers: Vec<Candidate>,
    },
    /// A package exists but cannot be installed.
    #[error("`{entry}` cannot be installed: {problem}")]
    NotInstallable {
        /// The entry.
        entry: String,
        /// The packages from the entry to the one with the problem. The last one has it.
        chain: Vec<Link>,
        /// The problem.
        problem: Problem,
    },
}

/// The missing or conflicting relation at the end of a chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// No package meets the dependency in any version.
    #[error("`{}` needs `{}`, which no package is or provides", .dependency.package, .dependency.relation)]
    Missing {
        /// The dependency.
        dependency: Dependency,
    },
    /// The name exists, in other versions.
    #[error(
        "`{}` needs `{}`, but there is{}",
        .dependency.package,
        .dependency.relation,
        versions(.available)
    )]
    OtherVersion {
        /// The dependency.
        dependency: Dependency,
        /// The versions of the named packages that would be taken, or are.
        available: Vec<Available>,
        /// Versions that meet it, in a repository whose packages are taken only when they are listed. The entry that
        /// lists one is `NAME=VERSION`.
        elsewhere: Vec<Available>,
    },
    /// The excluded name is needed (Alpine; on Debian such a dependency is waived).
    #[error("`{}` needs `{}`, which `!{excluded}` keeps out", .dependency.package, .dependency.relation)]
    Excluded {
        /// The dependency.
        dependency: Dependency,
        /// The excluded name.
        excluded: String,
    },
    /// Two packages cannot be installed together.
    #[error("`{}` has {} `{}`, and `{with}` is there", .dependency.package, .dependency.field, .dependency.relation)]
    Conflict {
        /// The relation that forbids it.
        dependency: Dependency,
        /// The package that it forbids.
        with: String,
        /// The version of that package.
        version: String,
        /// From an entry to that package.
        chain: Vec<Link>,
    },
    /// No package meets the dependency by itself; several provide it (Alpine takes none of them by itself).
    #[error("`{}` needs `{}`, which is provided by {}", .dependency.package, .dependency.relation, names(.providers))]
    SeveralProviders {
        /// The dependency.
        dependency: Dependency,
        /// The packages that provide it.
        providers: Vec<Candidate>,
    },
}

/// A version that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Available {
    /// The package.
    pub name: String,
    /// The version.
    pub version: String,
    /// The position of its repository in the order of the definition. `None` is the installed set.
    pub repository: Option<usize>,
}

fn first(failures: &[Failure]) -> String {
    match failures {
        [] => "no packages".to_owned(),
        [only] => only.to_string(),
        [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
    }
}

fn versions(available: &[Available]) -> String {
    let mut text = String::new();
    for (at, one) in available.iter().enumerate() {
        text.push_str(if at == 0 { " " } else { ", " });
        text.push_str(&format!("`{} {}`", one.name, one.version));
    }
    text
}

/// The versions of one package, each once.
fn there_is(available: &[Available]) -> String {
    let mut versions: Vec<&str> = available.iter().map(|one| one.version.as_str()).collect();
    versions.dedup();
    if versions.is_empty() { String::new() } else { format!("; there is `{}`", versions.join("`, `")) }
}

fn names(candidates: &[Candidate]) -> String {
    let names: Vec<_> = candidates.iter().map(|candidate| format!("`{}`", candidate.name)).collect();
    names.join(", ")
}
