//! Candidates for the base of an image, and the outcome of each.

use std::collections::BTreeMap;
use std::fmt;

use super::super::failure::Failure;
use super::hardened::{Hardened, NotHardened, NotHardenedReason};
use super::layers::{Boundary, LayerProof, Mismatch};
use super::origin::CandidateOrigin;
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::Exceeded;
use crate::oci::reference::{DHI, DOCKER_HUB};
use crate::oci::{Digest, Platform, Reference, Repository};
use crate::trust::SignedName;

/// A proven base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// The repository from which it was fetched, and its digest there. It has no tag, because nothing proves what a
    /// tag named.
    pub reference: Reference,
    /// Digest of the index, or of the manifest where there is none.
    pub digest: Digest,
    /// Digest of the manifest that is the base.
    pub manifest: Digest,
    /// Its platform.
    pub platform: Platform,
    /// The labels of its configuration, which its attestations bind by its digest.
    pub labels: BTreeMap<String, String>,
    /// Its signers and attestations as a hardened image.
    pub hardened: Hardened,
    /// Which layers of the image are those of the base.
    pub boundary: Boundary,
    /// The number of layers of the image.
    pub child_layers: usize,
    /// How the layers were compared.
    pub proof: LayerProof,
}

/// An image that may be the base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The text that named it; quoted if it is not a reference. Nothing proves it.
    pub named: String,
    /// What named it: the first of each kind.
    pub origins: Vec<CandidateOrigin>,
    /// 1 if the image itself names it, 2 if a parent does, and so on.
    pub depth: usize,
    /// The outcome.
    pub outcome: CandidateOutcome,
    /// Whether it was named by a tag, which may refer to another image now.
    pub by_tag: bool,
}

/// The outcome of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CandidateOutcome {
    /// It is a hardened image, and the image begins with its layers.
    Proved(Box<Base>),
    /// The image begins with its layers, and it is not proven to be a hardened image.
    Parent(NotHardened),
    /// The image is not built on it.
    Refuted(Mismatch),
    /// It names no image that can be the base.
    NotApplicable(NotApplicable),
    /// It was not fetched.
    NotContacted(NotContacted),
    /// It could not be fetched.
    Failed(Failure),
}

/// Why a candidate cannot be the base.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotApplicable {
    /// It is not a reference to an image, for this reason.
    NoReference(String),
    /// The ChainID label of the image matches none of its layers, which excludes every base.
    LabelOfNoLayers,
    /// The image has no configuration to compare with.
    NothingToCompare,
    /// It does not exist.
    DoesNotExist,
    /// It has no image for this platform.
    NoImageFor(Platform),
    /// It is not a container image.
    NoContainerImage,
    /// It is for another platform than the image.
    OtherPlatform {
        /// Its own.
        own: Platform,
        /// That of the image, which may name none.
        image: Platform,
    },
}

/// Why a candidate was not fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotContacted {
    /// There are more candidates than the limit.
    Limit(Exceeded),
    /// It is a file that the caller did not name.
    File,
    /// It is in a registry that may not be contacted.
    Elsewhere {
        /// The host of the registry.
        host: String,
    },
}

/// Why it is open whether a candidate is the base.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CandidateGap {
    /// It was not fetched.
    NotContacted(NotContacted),
    /// It could not be fetched.
    Failed(Failure),
    /// Its own attestations are bad, or could not be fetched.
    Parent(NotHardenedReason),
}

impl Base {
    /// Its repository with the first digits of its digest, where the whole digest is not needed.
    pub fn short_reference(&self) -> String {
        format!("{}@{}", self.reference.repository, self.digest.short())
    }
}

/// `REPOSITORY@DIGEST`, with signer and signed name unless the repository determines them.
impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match f.alternate() {
            true => f.write_str(&self.short_reference())?,
            false => self.reference.fmt(f)?,
        }
        let Hardened { by_docker, signers, names, .. } = &self.hardened;
        let names = names.iter().map(SignedName::as_str).collect::<Vec<_>>().join(", ");
        match (by_docker, names.as_str()) {
            // The repository accepts only that name.
            (true, name) if required_name(&self.reference.repository).as_deref() == Some(name) => Ok(()),
            (true, name) => write!(f, " (signed as {name})"),
            (false, "") => write!(f, " (signed by {})", signers.join(", ")),
            (false, name) => write!(f, " (signed by {} as {name})", signers.join(", ")),
        }
    }
}

/// The only name under which Docker's key may sign images of this repository, if there is only one.
fn required_name(repository: &Repository) -> Option<String> {
    match repository {
        Repository::Remote(name) if name.host() == DHI => Some(format!("dhi/{}", name.path())),
        Repository::Remote(name) if name.host() == DOCKER_HUB && name.path().starts_with("dhi/") => {
            Some(name.path().to_owned())
        }
        _ => None,
    }
}

impl Candidate {
    /// Its name in reports: the proven reference with its digest, or the text that named it, which is only a claim.
    pub fn shown(&self) -> String {
        match &self.outcome {
            CandidateOutcome::Proved(base) => base.reference.to_string(),
            _ => self.named.clone(),
        }
    }
}

impl CandidateOutcome {
    /// The word in reports.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Proved(_) => "proved",
            Self::Parent(_) => "not-hardened",
            Self::Refuted(_) | Self::NotApplicable(_) => "refuted",
            Self::NotContacted(_) => "not-contacted",
            Self::Failed(_) => "failed",
        }
    }

    /// Everything that leaves open whether it is the base.
    pub(super) fn gaps(&self) -> Vec<CandidateGap> {
        match self {
            Self::NotContacted(cause) => vec![CandidateGap::NotContacted(cause.clone())],
            Self::Failed(failure) => vec![CandidateGap::Failed(failure.clone())],
            Self::Parent(not) => {
                not.bad.iter().chain(&not.missing).cloned().map(CandidateGap::Parent).collect()
            }
            Self::Proved(_) | Self::Refuted(_) | Self::NotApplicable(_) => Vec::new(),
        }
    }

    /// What is wrong, if something is.
    pub fn diagnostic(&self) -> Option<Diagnostic> {
        match self {
            Self::NotContacted(cause) => Some(cause.to_diagnostic()),
            Self::Failed(failure) => Some(failure.to_diagnostic()),
            Self::Parent(not) => not.first().map(Diagnostic::from),
            Self::Proved(_) | Self::Refuted(_) | Self::NotApplicable(_) => None,
        }
    }
}

/// In a few words.
impl fmt::Display for CandidateOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proved(_) => f.write_str("a hardened image with the same first layers"),
            Self::Parent(not) => {
                let reason =
                    not.first().map_or("no reason".to_owned(), |reason| reason.to_diagnostic().message);
                write!(f, "the image is built on it, but it is not proven to be hardened: {reason}")
            }
            Self::Refuted(mismatch) => mismatch.fmt(f),
            Self::NotApplicable(cause) => cause.fmt(f),
            Self::NotContacted(cause) => f.write_str(&cause.to_diagnostic().message),
            Self::Failed(failure) => f.write_str(&failure.to_diagnostic().message),
        }
    }
}

impl fmt::Display for NotApplicable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoReference(cause) => f.write_str(cause),
            Self::LabelOfNoLayers => f.write_str(
                "not fetched: `com.docker.dhi.chain-id` is not the ChainID of any first layers of the image",
            ),
            Self::NothingToCompare => f.write_str("the image has no configuration to compare with"),
            Self::DoesNotExist => f.write_str("it does not exist"),
            Self::NoImageFor(platform) => write!(f, "it has no image for {platform}"),
            Self::NoContainerImage => f.write_str("it is not a container image"),
            Self::OtherPlatform { own, image } if image.is_named() => {
                write!(f, "it is for {own}, but the image is for {image}")
            }
            Self::OtherPlatform { own, .. } => {
                write!(f, "it is for {own}, but the image names no platform")
            }
        }
    }
}

impl ToDiagnostic for NotContacted {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::Limit(exceeded) => exceeded.to_diagnostic(),
            Self::File => {
                Diagnostic::new(Code::BASE_ELSEWHERE, "the possible base is a file, which was not read")
            }
            Self::Elsewhere { host } => Diagnostic::new(
                Code::BASE_ELSEWHERE,
                format!("the possible base is in {host}, which was not contacted"),
            )
            .remedy(Remedy::AllowBaseRegistry { host: host.clone() }),
        }
    }
}

impl ToDiagnostic for CandidateGap {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::NotContacted(cause) => cause.to_diagnostic(),
            Self::Failed(failure) => failure.to_diagnostic(),
            Self::Parent(reason) => reason.to_diagnostic(),
        }
    }
}

impl CandidateGap {
    /// Whether no other proof can outweigh it: see [`Failure::is_bad`].
    pub fn is_bad(&self) -> bool {
        match self {
            Self::NotContacted(cause) => matches!(cause, NotContacted::Limit(_)),
            Self::Failed(failure) => failure.is_bad(),
            Self::Parent(reason) => reason.is_bad(),
        }
    }

    /// Whether the result is open: see [`Failure::is_open`].
    pub fn is_unknown(&self) -> bool {
        match self {
            Self::NotContacted(cause) => matches!(cause, NotContacted::Limit(_)),
            Self::Failed(failure) => failure.is_open(),
            Self::Parent(reason) => reason.is_open(),
        }
    }

    pub(super) fn is_unreachable(&self) -> bool {
        match self {
            Self::NotContacted(_) => false,
            Self::Failed(failure) => failure.is_unreachable(),
            Self::Parent(reason) => reason.is_unreachable(),
        }
    }
}
