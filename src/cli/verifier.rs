//! Builds the verifier of the options. Errors of the builder get the names of the options.

use crate::diagnostic::Diagnostic;
use crate::gate::{BuildError, Verifier, VerifierBuilder};

/// Builds the verifier.
///
/// # Errors
///
/// The error of the builder, with the names of the options.
pub(super) fn build(builder: VerifierBuilder) -> Result<Verifier, Diagnostic> {
    builder.build().map_err(|error| with_option_names(&error))
}

/// The diagnostic of a builder error, with the names of the options.
pub(super) fn with_option_names(error: &BuildError) -> Diagnostic {
    let diagnostic = Diagnostic::from(error.clone());
    let message = match error {
        BuildError::Threshold { needed, given } => {
            let were = if *given == 1 { "was" } else { "were" };
            format!("`--threshold {needed}` needs {needed} keys or identities, {given} {were} given")
        }
        BuildError::PredicateTypes => {
            "`--predicate-type` is about attestations, and the policy `signed` judges none".to_owned()
        }
        BuildError::Platforms => {
            "`--platform` has no effect with the policy `signed`: the signature of an index covers \
                                  all platforms"
                .to_owned()
        }
        BuildError::AttestorKeys => {
            "`--attestor-key` is for attestations, and the policy `signed` judges none".to_owned()
        }
        BuildError::Bases { policy, .. } => {
            format!("the flags of base images have no effect: the policy `{}` searches none", policy.as_str())
        }
        BuildError::Annotations => {
            "`--require-annotation` is about the signature that the policy `signed` checks".to_owned()
        }
        BuildError::AnnotationTwice { .. } => "`--require-annotation` gives one key twice".to_owned(),
        BuildError::NothingToExcuse { policy, .. } => {
            format!("the policy `{}` has no findings that can be excused", policy.as_str())
        }
        #[cfg(feature = "rego")]
        BuildError::NoEvaluator | BuildError::PolicySet(_) | BuildError::Policies(_) => {
            return diagnostic;
        }
        BuildError::NoSigner | BuildError::Trust(_) | BuildError::Exceptions(_) => return diagnostic,
    };
    Diagnostic { message, ..diagnostic }
}
