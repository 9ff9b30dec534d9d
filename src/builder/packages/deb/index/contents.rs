//! What the packages of an index are.

/// What the packages of an index are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// In a repository: each has a path, a size and a SHA-256.
    Repository,
    /// Installed, as in `/var/lib/dpkg/status`: none of these. Stanzas whose `Status` is not `installed` are left out.
    Installed,
}

impl Contents {
    pub(super) fn code(self) -> u32 {
        match self {
            Self::Repository => 0,
            Self::Installed => 1,
        }
    }

    pub(super) fn from_code(code: u32) -> Option<Self> {
        [Self::Repository, Self::Installed].into_iter().find(|one| one.code() == code)
    }
}
