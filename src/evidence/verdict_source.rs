//! What a verdict rests on: evidence that was collected now, or the summary of an earlier verification.

use super::platform::PlatformEvidence;
use super::reference::{Evidence, Root};
use super::vsa_reuse::Accepted;
use crate::oci::Digest;

/// What a verdict rests on.
#[derive(Clone, Debug)]
pub enum VerdictSource {
    /// What was found and judged now.
    Evidence(Box<Evidence>),
    /// An accepted summary of an earlier verification.
    Summary(Box<Accepted>),
}

impl VerdictSource {
    /// What the reference resolved to.
    pub fn root(&self) -> &Root {
        match self {
            Self::Evidence(evidence) => &evidence.root,
            Self::Summary(accepted) => &accepted.root,
        }
    }

    /// The images that were judged now.
    pub fn platforms(&self) -> &[PlatformEvidence] {
        self.evidence().map(|evidence| evidence.platforms.as_slice()).unwrap_or_default()
    }

    /// The digest by which what was judged is pulled, and nothing else: that of the object, or where only a part of an
    /// index was asked for that of its one image. `None` where that part is several images.
    pub fn pin(&self) -> Option<Digest> {
        match self {
            Self::Evidence(evidence) if evidence.passed_over.is_empty() => Some(evidence.root.digest),
            Self::Evidence(evidence) => {
                let (first, others) = evidence.platforms.split_first()?;
                others.iter().all(|other| other.digest == first.digest).then_some(first.digest)
            }
            Self::Summary(accepted) => accepted.pin,
        }
    }

    /// What was found, where it was looked for.
    pub fn evidence(&self) -> Option<&Evidence> {
        match self {
            Self::Evidence(evidence) => Some(evidence),
            Self::Summary(_) => None,
        }
    }
}
