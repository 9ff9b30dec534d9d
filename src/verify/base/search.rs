//! One search: what it asks, and which registries it may ask.

use std::collections::BTreeSet;

use super::super::walk::Walk;
use super::options::BaseOptions;
use crate::evidence::Evidence;
use crate::registry::Registry;
use crate::trust::Trust;

/// One search, for all platforms of an image.
pub(super) struct Search<'a> {
    pub(super) registry: &'a dyn Registry,
    pub(super) evidence: &'a Evidence,
    pub(super) trust: &'a Trust,
    pub(super) options: &'a BaseOptions,
    pub(super) hosts: BTreeSet<String>,
    /// Organisations whose customisations count.
    pub(super) namespaces: Vec<String>,
    /// Fetches what belongs to the image itself, within one bound on all bytes.
    pub(super) walk: Walk<'a>,
}
