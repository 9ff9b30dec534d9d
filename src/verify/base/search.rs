//! The state of one search: the image, the options, and the registries that may be contacted.

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
    /// Hosts of the only registries that are contacted for candidates.
    pub(super) hosts: BTreeSet<String>,
    /// Organizations whose customizations count.
    pub(super) namespaces: Vec<String>,
    /// Fetches what belongs to the image itself, within one limit on all bytes.
    pub(super) walk: Walk<'a>,
}
