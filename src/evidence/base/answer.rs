//! The answer to what an image is built on, and the reasons for it, as values.

use super::super::local_image::OtherImage;
use super::super::platform::PlatformKey;
use super::super::vsa_result::{VerifierResult, VsaFailure};
use super::candidate::{Base, Candidate, CandidateGap};
use super::hardened::{Hardened, NotHardenedReason};
use crate::diagnostic::{Code, Diagnostic, Exit, Remedy, ToDiagnostic};
use crate::limits::Exceeded;
use crate::oci::{Platform, Reference};

/// The answers about one reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseProof {
    /// One answer for each platform that was judged.
    pub platforms: Vec<PlatformBase>,
    /// Why there is no answer for the reference as a whole: it has no image, a requested platform is missing, or a
    /// limit was reached.
    pub failures: Vec<Unanswered>,
    /// The registries that could be contacted for candidates, besides layouts on disk.
    pub registries: Vec<String>,
}

/// The answer about one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformBase {
    /// The image of the evidence that it is about.
    pub key: PlatformKey,
    /// The name of the platform in reports.
    pub label: String,
    /// The answer for this platform.
    pub answer: BaseAnswer,
    /// Every image that was named as the base, in the order in which they were found.
    pub candidates: Vec<Candidate>,
    /// The newest result of each verifier about the image.
    pub summaries: Vec<VerifierResult>,
}

/// Why there is no answer for a reference as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unanswered {
    /// A requested platform does not exist. `None`: there is no image at all.
    NoPlatform {
        /// The platform.
        requested: Option<Platform>,
        /// The available platforms, for people.
        available: Vec<String>,
    },
    /// The image of a local engine is not one of the judged images.
    OtherImage(Box<OtherImage>),
    /// The search reached its time limit.
    Limit(Exceeded),
}

/// What an image is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BaseAnswer {
    /// A hardened image, by its own attestations.
    Dhi(Hardened),
    /// Built on a hardened image.
    DhiBased(Box<Base>),
    /// It claims to be one of the two, without proof.
    ClaimsOnly(Box<NotProven>),
    /// Neither.
    NotDhi(Box<NotProven>),
    /// Unknown, because this is missing.
    Undetermined(Box<Gap>),
}

/// Why an image is neither a hardened image nor built on one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotProven {
    /// A verification summary by a signer that counts is not a pass.
    Denied(VsaFailure),
    /// There is no proof, and everything that was named could be fetched.
    Nothing {
        /// Whether labels or annotations claim it.
        claims: bool,
        /// Whether its layers look squashed, or its ChainID label is false.
        flattened: bool,
        /// Why its own attestations are not enough.
        own: Option<NotHardenedReason>,
        /// The images that were named as its base.
        candidates: Vec<Candidate>,
        /// What may help.
        remedy: Option<Remedy>,
    },
}

/// What is missing to decide whether an image is a hardened image or built on one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gap {
    /// Its own attestations are bad or could not be fetched.
    OwnAttestations(NotHardenedReason),
    /// A possible base is bad or could not be fetched.
    Candidate {
        /// The candidate as it was named.
        named: String,
        /// What is wrong with it.
        open: CandidateGap,
        /// Why the image's own attestations were not enough.
        own: Option<Box<NotHardenedReason>>,
    },
    /// Several hardened images match equally well.
    Ambiguous {
        /// The number of layers that they have in common with the image.
        layers: usize,
        /// The images.
        bases: Vec<Reference>,
    },
    /// Only the image's configuration declares that it has the layers of the base.
    Declared {
        /// The number of declared layers.
        layers: usize,
        /// The base.
        base: Reference,
        /// The number of them that are stored differently than in the base.
        differing: usize,
    },
}

impl Gap {
    /// The exit code, if this is the most severe finding.
    pub fn exit(&self) -> Exit {
        self.code().exit()
    }

    /// Whether something is bad, and not only missing.
    pub fn is_bad(&self) -> bool {
        match self {
            Self::OwnAttestations(reason) => reason.is_bad(),
            Self::Candidate { open, .. } => open.is_bad(),
            Self::Ambiguous { .. } | Self::Declared { .. } => false,
        }
    }

    /// Whether the result is open: see [`Failure::is_open`](super::super::failure::Failure::is_open).
    pub fn is_open(&self) -> bool {
        match self {
            Self::OwnAttestations(reason) => reason.is_open(),
            Self::Candidate { open, .. } => open.is_unknown(),
            Self::Ambiguous { .. } | Self::Declared { .. } => false,
        }
    }
}

impl ToDiagnostic for Unanswered {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::NoPlatform { requested, available } => {
                let what = match requested {
                    None => "there is no image to verify".to_owned(),
                    Some(requested) => format!("there is no image for {requested}"),
                };
                Diagnostic::new(Code::VERIFY_NO_SUCH_PLATFORM, what).fact("available", available.join(", "))
            }
            Self::OtherImage(other) => other.to_diagnostic(),
            Self::Limit(exceeded) => exceeded.to_diagnostic(),
        }
    }
}

impl ToDiagnostic for Gap {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::OwnAttestations(reason) => reason.to_diagnostic(),
            Self::Candidate { named, open, own } => {
                let diagnostic = with_reason(open.to_diagnostic().fact("candidate", named), own.as_deref());
                // A mirror may have a base whose registry is unreachable.
                if open.is_unreachable() && diagnostic.remedies.is_empty() {
                    return diagnostic.remedy(Remedy::GiveMirror);
                }
                diagnostic
            }
            Self::Ambiguous { layers, bases } => {
                let what = format!("several hardened images have its first {layers} layers");
                let diagnostic = Diagnostic::new(Code::BASE_AMBIGUOUS, what);
                let diagnostic =
                    bases.iter().fold(diagnostic, |diagnostic, base| diagnostic.fact("base", base));
                diagnostic
                    .maybe_remedy(bases.first().map(|base| Remedy::NameBase { reference: base.to_string() }))
            }
            Self::Declared { layers, base, differing } => Diagnostic::new(
                Code::BASE_LAYERS_DECLARED,
                format!(
                    "only the image's configuration declares that its first {layers} layers are the base's"
                ),
            )
            .fact("base", base)
            .fact("layers stored differently", differing)
            .remedy(Remedy::VerifyLayers),
        }
    }
}

impl ToDiagnostic for NotProven {
    fn to_diagnostic(&self) -> Diagnostic {
        let (claims, flattened, own, candidates, remedy) = match self {
            Self::Denied(rejection) => return rejection.to_diagnostic(),
            Self::Nothing { claims, flattened, own, candidates, remedy } => {
                (*claims, *flattened, own, candidates, remedy)
            }
        };
        let (code, what) = match (claims, flattened) {
            (true, true) => (
                Code::BASE_CLAIMS_ONLY,
                "labels or annotations claim that it is hardened, but its layers match no hardened image: squashed, \
                 flattened or forged",
            ),
            (true, false) => {
                (Code::BASE_CLAIMS_ONLY, "labels or annotations claim that it is hardened, without proof")
            }
            (false, true) => (
                Code::BASE_NOT_DHI,
                "it is not a hardened image, and no layers prove that it is built on one: it was squashed or flattened, or \
                 only takes files from one",
            ),
            (false, false) => (Code::BASE_NOT_DHI, "it is not a hardened image and not built on one"),
        };
        let diagnostic = with_reason(Diagnostic::new(code, what), own.as_ref());
        let diagnostic = candidates.iter().fold(diagnostic, |diagnostic, candidate| {
            diagnostic.fact("candidate", format_args!("{}: {}", candidate.shown(), candidate.outcome))
        });
        diagnostic.maybe_remedy(remedy.clone())
    }
}

/// Why its own attestations are not enough.
fn with_reason(diagnostic: Diagnostic, own: Option<&NotHardenedReason>) -> Diagnostic {
    match own {
        Some(reason) => diagnostic.fact("its own attestations", reason.to_diagnostic().message),
        None => diagnostic,
    }
}

impl BaseAnswer {
    /// The name in reports.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Dhi(_) => "dhi",
            Self::DhiBased(_) => "dhi-based",
            Self::ClaimsOnly(_) => "claims-only",
            Self::NotDhi(_) => "not-dhi",
            Self::Undetermined(_) => "undetermined",
        }
    }

    /// What is wrong, if it is not a pass.
    pub fn diagnostic(&self) -> Option<Diagnostic> {
        match self {
            Self::Dhi(_) | Self::DhiBased(_) => None,
            Self::ClaimsOnly(cause) | Self::NotDhi(cause) => Some(cause.to_diagnostic()),
            Self::Undetermined(gap) => Some(gap.to_diagnostic()),
        }
    }

    /// The exit code: 0 for a hardened image or one built on one, 1 for neither, else that of what is missing.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Dhi(_) | Self::DhiBased(_) => Exit::Pass,
            Self::ClaimsOnly(_) | Self::NotDhi(_) => Exit::Fail,
            // Whatever is missing, this is never a pass.
            Self::Undetermined(gap) => gap.exit().max(Exit::Fail),
        }
    }

    /// The rank among the answers of several platforms. The least counts.
    fn rank(&self) -> u8 {
        match self {
            Self::NotDhi(_) => 0,
            Self::ClaimsOnly(_) => 1,
            Self::Undetermined(_) => 2,
            Self::DhiBased(_) => 3,
            Self::Dhi(_) => 4,
        }
    }
}

impl BaseProof {
    /// The answer for the reference: the first of `not-dhi`, `claims-only`, `undetermined`, `dhi-based`, `dhi` that
    /// any platform has. It is `undetermined` if there is a failure for the reference as a whole.
    pub fn answer(&self) -> &'static str {
        let least = self.platforms.iter().map(|platform| &platform.answer).min_by_key(|answer| answer.rank());
        match least {
            Some(answer @ (BaseAnswer::NotDhi(_) | BaseAnswer::ClaimsOnly(_))) => answer.as_str(),
            Some(answer) if self.failures.is_empty() => answer.as_str(),
            _ => "undetermined",
        }
    }

    /// The most severe exit code. Without a platform it is never a pass.
    pub fn exit(&self) -> Exit {
        let exits = self.platforms.iter().map(|platform| platform.answer.exit());
        exits
            .chain(self.failures.iter().map(|diagnostic| diagnostic.code().exit()))
            .max()
            .unwrap_or(Exit::Missing)
    }
}
