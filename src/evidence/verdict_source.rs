//! The source of a verdict: evidence that was collected now, or the summary of an earlier verification.

use super::platform::PlatformEvidence;
use super::reference::{Evidence, Root};
use super::vsa_reuse::AcceptedVsa;
use crate::oci::Digest;

/// The source of a verdict.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum VerdictSource {
    /// Evidence that was collected now.
    Evidence(Box<Evidence>),
    /// An accepted summary of an earlier verification.
    Summary(Box<AcceptedVsa>),
}

impl VerdictSource {
    /// The object that the reference resolved to.
    pub fn root(&self) -> &Root {
        match self {
            Self::Evidence(evidence) => &evidence.root,
            Self::Summary(accepted) => &accepted.root,
        }
    }

    /// The images that were judged now; none for a summary.
    pub fn platforms(&self) -> &[PlatformEvidence] {
        self.evidence().map(|evidence| evidence.platforms.as_slice()).unwrap_or_default()
    }

    /// The digest that pulls exactly what was judged: that of the root, or that of the one image if the request was
    /// narrowed to platforms. `None` if those are several images.
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

    /// The evidence, if it was collected now.
    pub fn evidence(&self) -> Option<&Evidence> {
        match self {
            Self::Evidence(evidence) => Some(evidence),
            Self::Summary(_) => None,
        }
    }
}
