//! What a build does at a moment.

use std::fmt;

use crate::builder::definition::TargetPlatform;

/// What is done for a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Packages are unpacked.
    Unpack {
        /// Those that are.
        done: usize,
        /// All.
        all: usize,
    },
    /// The files are put together.
    Assemble,
    /// Layers are written.
    Layers {
        /// Those that are.
        done: usize,
        /// All.
        all: usize,
    },
    /// The image is described.
    Describe,
    /// The platform is done.
    Done,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unpack { done, all } => write!(f, "{done} of {all} packages unpacked"),
            Self::Assemble => f.write_str("putting files together"),
            Self::Layers { done, all } => write!(f, "{done} of {all} layers"),
            Self::Describe => f.write_str("describing"),
            Self::Done => f.write_str("built"),
        }
    }
}

/// Follows a build, from several threads.
pub trait Follow: Sync {
    /// Another phase of a platform, or another step in one.
    fn phase(&self, platform: TargetPlatform, phase: Phase);
}

/// The steps of one platform.
#[derive(Clone, Copy)]
pub(super) struct Steps<'a> {
    pub(super) follow: &'a dyn Follow,
    pub(super) platform: TargetPlatform,
}

impl Steps<'_> {
    pub(super) fn at(self, phase: Phase) {
        self.follow.phase(self.platform, phase);
    }
}
