//! Where packages are looked for.

use std::collections::BTreeMap;

use super::super::index::Index;

/// The index of one component of a repository.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The index.
    pub index: &'a Index,
    /// The position of the repository in the order of the definition.
    pub repository: usize,
    /// Whether its packages are taken by themselves.
    pub rank: Rank,
}

/// Which of several versions is taken: that of the highest rank, then the highest one, then that of the first source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// `NotAutomatic: yes`: what no other repository has.
    NotAutomatic,
    /// `NotAutomatic: yes` and `ButAutomaticUpgrades: yes`: the same, but what is installed is kept up to date.
    AutomaticUpgrades,
    /// All others.
    Automatic,
}

/// Where packages are looked for.
#[derive(Clone, Copy, Debug)]
pub struct Universe<'a> {
    /// The indexes, in the order of the definition. All are of one architecture.
    pub sources: &'a [Source<'a>],
    /// What is installed already: it stays, or is replaced by a higher version.
    pub installed: Option<&'a Index>,
    /// Names that count as installed in any version, since the builder does their work (`usr-is-merged`).
    pub provided: &'a [&'a str],
    /// The versions that are preferred to higher ones, by name: those of a lock. Nothing is held in a new one.
    pub held: &'a BTreeMap<String, String>,
}
