//! The position of the walk in an object.

use super::uses::{Place, Role};

/// A position of the walk in an object.
#[derive(Clone, Copy)]
pub(super) struct Position<'a> {
    pub(super) object: &'a Place,
    /// Whether all enclosing objects have known kinds.
    pub(super) known: bool,
    /// The role of the list that the mapping is an item of.
    pub(super) slot: Option<Role>,
    /// The name of the enclosing member.
    pub(super) member: &'a str,
    /// Whether Istio injects its proxy into the enclosing pod template.
    pub(super) has_istio_proxy: bool,
    pub(super) depth: usize,
}

impl Position<'_> {
    /// The reason why a text that may be an image is not judged here.
    pub(super) fn unknown_because(self) -> &'static str {
        match self.known {
            true => "is not part of a pod",
            false => "in an object of an unknown kind",
        }
    }
}
