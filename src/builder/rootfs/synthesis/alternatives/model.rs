//! Alternatives: paths that can stand for a link.

/// A path that can stand for a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Alternative {
    /// The link that users of the alternative name.
    pub(super) link: String,
    /// The name below `/etc/alternatives`.
    pub(super) name: String,
    /// What it can lead to.
    pub(super) path: String,
    pub(super) priority: i64,
    /// Links that follow it, such as those of manual pages.
    pub(super) followers: Vec<Follower>,
}

/// A link that follows an alternative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Follower {
    pub(super) link: String,
    pub(super) name: String,
    pub(super) path: String,
}
