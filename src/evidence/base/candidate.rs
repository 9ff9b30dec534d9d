//! What may be the base of an image, and what became of it.

use std::fmt;

use super::super::failure::Failure;
use super::hardened::{Hardened, NotHardened, Reason};
use super::layers::{Boundary, LayerProof, Mismatch};
use super::origin::Origin;
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::limits::Exceeded;
use crate::oci::reference::{DHI, DOCKER_HUB};
use crate::oci::{Digest, Platform, Reference, Repository};
use crate::trust::SignedName;

/// A proven base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// Where it was fetched: its repository, and the digest that it had there. Without the tag that may have led there,
    /// since nothing proves what a tag beside a digest once named.
    pub reference: Reference,
    /// Digest of the index, or of the manifest where there is none.
    pub digest: Digest,
    /// Digest of the manifest that is the base.
    pub manifest: Digest,
    /// Its platform.
    pub platform: Platform,
    /// Who vouches for it.
    pub hardened: Hardened,
    /// Where it ends in the image.
    pub boundary: Boundary,
    /// Layers of the image.
    pub of: usize,
    /// How it is known that the layers are the same.
    pub proof: LayerProof,
}

/// An image that may be the base.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// As it was named; text that is no reference is quoted. Nothing vouches for it.
    pub named: String,
    /// What named it: of each kind the first.
    pub origins: Vec<Origin>,
    /// 1 for what the image itself names, 2 for what its parent names, and so on.
    pub depth: usize,
    /// What became of it.
    pub outcome: CandidateOutcome,
    /// Whether it was named by a tag, which may name another image by now.
    pub by_tag: bool,
}

/// What became of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CandidateOutcome {
    /// It is a hardened image, and the image begins with its layers.
    Proved(Box<Base>),
    /// The image begins with its layers, and it is not shown to be a hardened one.
    Parent(NotHardened),
    /// The image is not built on it.
    Refuted(Mismatch),
    /// It names no image that could be the base.
    NotApplicable(NotApplicable),
    /// It was not asked for.
    NotContacted(NotContacted),
    /// It could not be had.
    Failed(Failure),
}

/// Why something that was named cannot be the base.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotApplicable {
    /// It is no reference to an image, for this reason.
    NoReference(String),
    /// The label of the image excludes every base.
    LabelOfNoLayers,
    /// The image has no configuration to compare with.
    NothingToCompare,
    /// It does not exist.
    DoesNotExist,
    /// It has no image for this platform.
    NoImageFor(Platform),
    /// It is no container image.
    NoContainerImage,
    /// It is for another platform than the image.
    OtherPlatform {
        /// Its own.
        own: Platform,
        /// That of the image, which may name none.
        image: Platform,
    },
}

/// Why a candidate was not asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotContacted {
    /// There are more than are looked at.
    Limit(Exceeded),
    /// It is a file that the caller did not name.
    File,
    /// It lies in a registry that may not be asked.
    Elsewhere {
        /// The host of the registry.
        host: String,
    },
}

/// What of a candidate leaves open whether it is the base.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Open {
    /// It was not asked for.
    NotContacted(NotContacted),
    /// It could not be had.
    Failed(Failure),
    /// Something of it is bad, or could not be had.
    Parent(Reason),
}

/// `REPOSITORY@DIGEST`, and who vouches for it under which name, where the repository does not say the same.
impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reference.fmt(f)?;
        let Hardened { by_docker, signers, names, .. } = &self.hardened;
        let names = names.iter().map(SignedName::as_str).collect::<Vec<_>>().join(", ");
        match (by_docker, names.as_str()) {
            // Only that name counts there.
            (true, name) if home(&self.reference.repository).as_deref() == Some(name) => Ok(()),
            (true, name) => write!(f, " (signed as {name})"),
            (false, "") => write!(f, " (signed by {})", signers.join(", ")),
            (false, name) => write!(f, " (signed by {} as {name})", signers.join(", ")),
        }
    }
}

/// The name that Docker's key must sign for what lies in this repository, where only one will do.
fn home(repository: &Repository) -> Option<String> {
    match repository {
        Repository::Remote(name) if name.host() == DHI => Some(format!("dhi/{}", name.path())),
        Repository::Remote(name) if name.host() == DOCKER_HUB && name.path().starts_with("dhi/") => {
            Some(name.path().to_owned())
        }
        _ => None,
    }
}

impl Candidate {
    /// How it is called: as it was named, which is a claim, and once it is proven by its digest.
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
    pub(super) fn open(&self) -> Vec<Open> {
        match self {
            Self::NotContacted(cause) => vec![Open::NotContacted(cause.clone())],
            Self::Failed(failure) => vec![Open::Failed(failure.clone())],
            Self::Parent(not) => not.bad.iter().chain(&not.missing).cloned().map(Open::Parent).collect(),
            Self::Proved(_) | Self::Refuted(_) | Self::NotApplicable(_) => Vec::new(),
        }
    }

    /// What is wrong, where something is.
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
                write!(f, "the image is built on it, and it is not shown to be hardened: {reason}")
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
                "not asked: `com.docker.dhi.chain-id` is not the ChainID of any first layers of the image",
            ),
            Self::NothingToCompare => f.write_str("the image has no configuration to compare with"),
            Self::DoesNotExist => f.write_str("it does not exist"),
            Self::NoImageFor(platform) => write!(f, "it has no image for {platform}"),
            Self::NoContainerImage => f.write_str("it is no container image"),
            Self::OtherPlatform { own, image } if image.is_named() => {
                write!(f, "it is for {own}, and the image for {image}")
            }
            Self::OtherPlatform { own, .. } => {
                write!(f, "it is for {own}, and the image names no platform")
            }
        }
    }
}

impl ToDiagnostic for NotContacted {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::Limit(exceeded) => exceeded.to_diagnostic(),
            Self::File => {
                Diagnostic::new(Code::BASE_ELSEWHERE, "the possible base is a file, and was not read")
            }
            Self::Elsewhere { host } => Diagnostic::new(
                Code::BASE_ELSEWHERE,
                format!("the possible base lies in {host}, which was not asked"),
            )
            .remedy(Remedy::AllowBaseRegistry { host: host.clone() }),
        }
    }
}

impl ToDiagnostic for Open {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::NotContacted(cause) => cause.to_diagnostic(),
            Self::Failed(failure) => failure.to_diagnostic(),
            Self::Parent(reason) => reason.to_diagnostic(),
        }
    }
}

impl Open {
    /// Whether nothing else makes up for it: see [`Failure::is_bad`].
    pub fn is_bad(&self) -> bool {
        match self {
            Self::NotContacted(cause) => matches!(cause, NotContacted::Limit(_)),
            Self::Failed(failure) => failure.is_bad(),
            Self::Parent(reason) => reason.is_bad(),
        }
    }

    /// Whether nothing was found out: see [`Failure::is_open`].
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
