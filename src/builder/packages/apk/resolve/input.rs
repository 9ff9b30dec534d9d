//! The question of a search.

use super::world::World;
use crate::builder::packages::apk::index::{Index, Package};

/// A repository, whose signature was verified.
#[derive(Clone, Copy, Debug)]
pub struct Repository<'a> {
    /// Its packages.
    pub index: &'a Index<'a>,
    /// Its tag. Packages of a tagged repository are taken only for an entry with the tag, and for what that
    /// needs.
    pub tag: Option<&'a str>,
}

/// The question.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The architecture that the indexes were read for.
    pub architecture: &'a str,
    /// The repositories, the preferred one first.
    pub repositories: &'a [Repository<'a>],
    /// The packages that are installed already. Those that nothing needs are removed, as apk does: what the
    /// base asked for belongs into the request.
    pub installed: &'a [Package<'a>],
    /// What is asked for.
    pub world: &'a World,
}
