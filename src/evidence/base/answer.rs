//! The answer to what an image is, and why it is no other, as values.

use super::super::local_image::OtherImage;
use super::super::platform::PlatformKey;
use super::super::vsa_result::{VerifierResult, VsaFailure};
use super::candidate::{Base, Candidate, Open};
use super::hardened::{Hardened, Reason};
use crate::diagnostic::{Code, Diagnostic, Exit, Remedy, ToDiagnostic};
use crate::limits::Exceeded;
use crate::oci::{Platform, Reference};

/// The answers about one reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseProof {
    /// One for each platform that was judged.
    pub platforms: Vec<PlatformBase>,
    /// What keeps the reference as a whole from being answered: no platform, or one that was asked for is not there.
    pub failures: Vec<Unanswered>,
    /// The registries that could be asked for candidates, besides layouts on disk.
    pub registries: Vec<String>,
}

/// The answer about one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformBase {
    /// Which image of the evidence it is about.
    pub key: PlatformKey,
    /// How the platform is called in reports.
    pub label: String,
    /// The answer.
    pub answer: Answer,
    /// Every image that something named as the base, in the order in which they were found.
    pub candidates: Vec<Candidate>,
    /// What verifiers said last about the image.
    pub summaries: Vec<VerifierResult>,
}

/// What keeps a reference as a whole from being answered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unanswered {
    /// A platform that was asked for is not there; `None`: there is no image at all.
    NoPlatform {
        /// The platform.
        asked: Option<Platform>,
        /// What there is, for people.
        there: Vec<String>,
    },
    /// The image of a local engine is none that was judged.
    OtherImage(Box<OtherImage>),
    /// The search took too long.
    Limit(Exceeded),
}

/// What an image is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A hardened image, by its own attestations.
    Dhi(Hardened),
    /// Built on a hardened image.
    DhiBased(Box<Base>),
    /// It says so, and nothing proves it.
    ClaimsOnly(Box<NotProven>),
    /// Neither.
    NotDhi(Box<NotProven>),
    /// What is missing to know.
    Undetermined(Box<Gap>),
}

/// Why an image is neither a hardened one nor built on one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotProven {
    /// A signer that counts says that it did not pass.
    Denied(VsaFailure),
    /// Nothing proves it, when everything that was named could be had.
    Nothing {
        /// Whether labels or annotations say that it is.
        claims: bool,
        /// Whether its layers look squashed, or the label about them is a lie.
        flattened: bool,
        /// Why its own attestations do not suffice.
        own: Option<Reason>,
        /// What was named as its base.
        candidates: Vec<Candidate>,
        /// What may help.
        remedy: Option<Remedy>,
    },
}

/// What is missing to know whether an image is a hardened one or built on one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gap {
    /// Its own attestations are bad or could not be had.
    Own(Reason),
    /// A possible base is bad or could not be had.
    Candidate {
        /// As it was named.
        named: String,
        /// What is wrong with it.
        open: Open,
        /// Why it was asked for at all.
        own: Option<Box<Reason>>,
    },
    /// Several hardened images fit equally well.
    Ambiguous {
        /// Layers that they have in common with it.
        layers: usize,
        /// The images.
        bases: Vec<Reference>,
    },
    /// It only declares that it has the layers of the base.
    Declared {
        /// How many.
        layers: usize,
        /// The base.
        base: Reference,
        /// How many of them are stored otherwise than in the base.
        differing: usize,
    },
}

impl Gap {
    /// The exit code of a run in which nothing worse happened.
    pub fn exit(&self) -> Exit {
        self.code().exit()
    }

    /// Whether something is bad, rather than missing.
    pub fn is_bad(&self) -> bool {
        match self {
            Self::Own(reason) => reason.is_bad(),
            Self::Candidate { open, .. } => open.is_bad(),
            Self::Ambiguous { .. } | Self::Declared { .. } => false,
        }
    }

    /// Whether nothing was found out: see [`Failure::is_open`](super::super::failure::Failure::is_open).
    pub fn is_open(&self) -> bool {
        match self {
            Self::Own(reason) => reason.is_open(),
            Self::Candidate { open, .. } => open.is_unknown(),
            Self::Ambiguous { .. } | Self::Declared { .. } => false,
        }
    }
}

impl ToDiagnostic for Unanswered {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::NoPlatform { asked, there } => {
                let what = match asked {
                    None => "there is no image to verify".to_owned(),
                    Some(asked) => format!("there is no image for {asked}"),
                };
                Diagnostic::new(Code::VERIFY_NO_SUCH_PLATFORM, what).fact("there", there.join(", "))
            }
            Self::OtherImage(other) => other.to_diagnostic(),
            Self::Limit(exceeded) => exceeded.to_diagnostic(),
        }
    }
}

impl ToDiagnostic for Gap {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::Own(reason) => reason.to_diagnostic(),
            Self::Candidate { named, open, own } => {
                let diagnostic = with_reason(open.to_diagnostic().fact("candidate", named), own.as_deref());
                // A base that its registry does not answer for can be had elsewhere.
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
                format!("its first {layers} layers are the base's only by its own declaration"),
            )
            .fact("base", base)
            .fact("layers stored otherwise", differing)
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
                "labels or annotations say that it is hardened, and its layers are of no hardened image: squashed, \
                 flattened or forged",
            ),
            (true, false) => (
                Code::BASE_CLAIMS_ONLY,
                "labels or annotations say that it is hardened, and nothing proves it",
            ),
            (false, true) => (
                Code::BASE_NOT_DHI,
                "it is no hardened image, and no layers show that it is built on one: it was squashed or flattened, or \
                 only takes files from one",
            ),
            (false, false) => (Code::BASE_NOT_DHI, "it is no hardened image, and not built on one"),
        };
        let diagnostic = with_reason(Diagnostic::new(code, what), own.as_ref());
        let diagnostic = candidates.iter().fold(diagnostic, |diagnostic, candidate| {
            diagnostic.fact("candidate", format_args!("{}: {}", candidate.shown(), candidate.outcome))
        });
        diagnostic.maybe_remedy(remedy.clone())
    }
}

/// Why its own attestations do not suffice.
fn with_reason(diagnostic: Diagnostic, own: Option<&Reason>) -> Diagnostic {
    match own {
        Some(reason) => diagnostic.fact("its own attestations", reason.to_diagnostic().message),
        None => diagnostic,
    }
}

impl Answer {
    /// The word in reports.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Dhi(_) => "dhi",
            Self::DhiBased(_) => "dhi-based",
            Self::ClaimsOnly(_) => "claims-only",
            Self::NotDhi(_) => "not-dhi",
            Self::Undetermined(_) => "undetermined",
        }
    }

    /// Why it is no pass.
    pub fn diagnostic(&self) -> Option<Diagnostic> {
        match self {
            Self::Dhi(_) | Self::DhiBased(_) => None,
            Self::ClaimsOnly(cause) | Self::NotDhi(cause) => Some(cause.to_diagnostic()),
            Self::Undetermined(gap) => Some(gap.to_diagnostic()),
        }
    }

    /// 0 where it is or is built on a hardened image, 1 where it is not, else the code of what is missing.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Dhi(_) | Self::DhiBased(_) => Exit::Pass,
            Self::ClaimsOnly(_) | Self::NotDhi(_) => Exit::Fail,
            // Whatever is missing, it is no pass.
            Self::Undetermined(gap) => gap.exit().max(Exit::Fail),
        }
    }

    /// The place among the answers of several platforms: the least counts.
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
    /// The answer of the whole: the first of `not-dhi`, `claims-only`, `undetermined`, `dhi-based`, `dhi` that any
    /// platform has. What keeps the whole from being answered is undetermined.
    pub fn answer(&self) -> &'static str {
        let least = self.platforms.iter().map(|platform| &platform.answer).min_by_key(|answer| answer.rank());
        match least {
            Some(answer @ (Answer::NotDhi(_) | Answer::ClaimsOnly(_))) => answer.as_str(),
            Some(answer) if self.failures.is_empty() => answer.as_str(),
            _ => "undetermined",
        }
    }

    /// The most severe exit code. Never a pass without a platform.
    pub fn exit(&self) -> Exit {
        let exits = self.platforms.iter().map(|platform| platform.answer.exit());
        exits
            .chain(self.failures.iter().map(|diagnostic| diagnostic.code().exit()))
            .max()
            .unwrap_or(Exit::Missing)
    }
}
