//! Where in an object the walk is.

use super::uses::{Place, Role};

/// A position of the walk through an object.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) object: &'a Place,
    /// Whether all objects around belong to known groups.
    pub(super) known: bool,
    /// What the mapping is an item of.
    pub(super) slot: Option<Role>,
    /// The name of the member that the walk is in.
    pub(super) member: &'a str,
    /// Whether Istio fills in a container of the pod template around.
    pub(super) filled: bool,
    pub(super) depth: usize,
}

impl At<'_> {
    /// Why what looks like an image is not taken for one.
    pub(super) fn whose(self) -> &'static str {
        match self.known {
            true => "is no part of a pod",
            false => "in a kind that is not known",
        }
    }
}
