//! The error of options that no verifier can be built from: nothing is trusted, or two options contradict each other.

use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
#[cfg(feature = "rego")]
use crate::limits::Exceeded;
use crate::policy::{self, BuiltIn};
use crate::trust;

/// What is wrong with the options of a [`Verifier`](super::Verifier).
///
/// An option that the policy would ignore is an error: the caller expects a check that would not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// No key and no identity is given for images. An attestor key is not enough.
    #[error("no key and no certificate identity is trusted")]
    NoSigner,
    /// Fewer keys and identities are given than the threshold needs.
    #[error("a threshold of {needed} needs {needed} keys or identities, {given} given")]
    Threshold {
        /// The threshold.
        needed: usize,
        /// The number of given keys and identities.
        given: usize,
    },
    /// An embedded key cannot be read.
    #[error(transparent)]
    Trust(#[from] trust::Error),
    /// A list of exceptions is not valid.
    #[error(transparent)]
    Exceptions(#[from] policy::Error),
    /// The policy `signed` judges no attestations, and predicate types are given.
    #[error("predicate types select attestations, and the policy `signed` judges none")]
    PredicateTypes,
    /// The policy `signed` judges no images, and platforms are given.
    #[error("platforms select images, and the policy `signed` judges the signature of the index")]
    Platforms,
    /// The policy `signed` judges no attestations, and an attestor key is given.
    #[error("attestor keys are for attestations, and the policy `signed` judges none")]
    AttestorKeys,
    /// The policy searches no base images, and options of that search are given.
    #[error("the policy `{}` searches no base images", policy.as_str())]
    Bases {
        /// The policy.
        policy: BuiltIn,
        /// Whether it is the default for the predicate types, and was not chosen.
        is_default: bool,
    },
    /// Policies in Rego are added, and nothing is given to evaluate them.
    #[cfg(feature = "rego")]
    #[error("policies in Rego are added, and no evaluator is given")]
    NoEvaluator,
    /// The added policies cannot be evaluated together.
    #[cfg(feature = "rego")]
    #[error(transparent)]
    PolicySet(#[from] policy::SetError),
    /// More policies in Rego are added than the limit.
    #[cfg(feature = "rego")]
    #[error(transparent)]
    Policies(Exceeded),
    /// Only the policy `signed` reads annotations of the root's signature.
    #[error("annotations are required of the signature that the policy `signed` judges")]
    Annotations,
    /// One annotation is required twice.
    #[error("the annotation `{key}` is required twice")]
    AnnotationTwice {
        /// Its name.
        key: String,
    },
    /// Exceptions or a date of enforcement are given, and no finding of this policy can be excused.
    #[error("the policy `{}` has no findings that can be excused", policy.as_str())]
    NothingToExcuse {
        /// The policy.
        policy: BuiltIn,
        /// Whether it is the default for the predicate types, and was not chosen.
        is_default: bool,
    },
}

impl ToDiagnostic for BuildError {
    fn to_diagnostic(&self) -> Diagnostic {
        let remedy = match self {
            Self::Trust(error) => return error.to_diagnostic(),
            Self::Exceptions(error) => return error.to_diagnostic(),
            #[cfg(feature = "rego")]
            Self::Policies(exceeded) => return exceeded.to_diagnostic(),
            #[cfg(feature = "rego")]
            Self::NoEvaluator => return Diagnostic::new(Code::USAGE_ARGUMENTS, self.to_string()),
            #[cfg(feature = "rego")]
            Self::PolicySet(error) => return error.to_diagnostic(),
            Self::NoSigner | Self::Threshold { .. } => Remedy::GiveSigners,
            Self::PredicateTypes => Remedy::AskForAttestations,
            Self::Platforms => Remedy::NameOneImage,
            Self::AttestorKeys => Remedy::GiveKeyOfSignature,
            Self::Annotations => Remedy::AskForSignature,
            Self::AnnotationTwice { .. } => Remedy::GiveEachOnce,
            Self::Bases { is_default: false, .. } => Remedy::AskForBases,
            Self::NothingToExcuse { is_default: false, .. } => Remedy::AskWithPolicy,
            Self::Bases { .. } | Self::NothingToExcuse { .. } => Remedy::NamePolicy,
        };
        Diagnostic::new(Code::USAGE_ARGUMENTS, self.to_string()).remedy(remedy)
    }
}
