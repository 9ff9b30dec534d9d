//! Loads policy bundles.
//!
//! Invariant: a policy is read only after its bundle has the pinned digest and, if a key is given, a signature by it. The
//! signature is verified as that of an image, by the policy `signed`.

use std::collections::BTreeMap;

use super::Verifier;
use crate::diagnostic::{Code, Diagnostic, Remedy, ToDiagnostic};
use crate::evidence::{Evidence, RootSignatureStatus};
use crate::oci::{Digest, Reference};
use crate::policy::rego::{self, RegoPolicy};
use crate::registry::Registry;
use crate::trust_store::policy_bundle::{self, BundleError, BundleSource, Pin, PolicyBundle};
use crate::verify;

/// What is required of a bundle.
#[derive(Clone, Copy, Default)]
pub struct BundleRequirements<'a> {
    /// What must be pinned.
    pub pin: Pin<'a>,
    /// Verifies the signature of the bundle; its policy is [`crate::policy::BuiltIn::Signed`]. `None`: no signature is
    /// required.
    pub signed: Option<&'a Verifier>,
}

/// A bundle that is what was pinned and signed, with its policies.
#[derive(Debug)]
pub struct LoadedBundle {
    /// The bundle, as it is written where it is used and in lock files.
    pub bundle: String,
    /// The digest of the manifest or of the archive. A directory has none.
    pub digest: Option<Digest>,
    /// The artifact by its digest. `None` for archives and directories.
    pub reference: Option<Reference>,
    /// Its content.
    pub content: PolicyBundle,
    /// Its policies, sorted by path, with the settings of the bundle.
    pub policies: Vec<RegoPolicy>,
    /// Whether a digest in the reference or the lock file pins it.
    pub is_pinned: bool,
    /// Whether it is in a registry and given without digest, so that another push could replace it.
    pub can_move: bool,
}

/// Why a bundle is not loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleLoadError {
    /// It cannot be found or read, or is not what was pinned.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A file of it is no policy.
    #[error(transparent)]
    Policy(#[from] rego::Error),
    /// A key is given, and it is not signed.
    #[error("the policy bundle `{bundle}` is not signed")]
    Unsigned {
        /// The bundle.
        bundle: String,
        /// The artifact by its digest. `None` for archives and directories, which cannot be signed.
        reference: Option<String>,
    },
    /// Its signature does not verify. The diagnostic is that of the verdict.
    #[error("the signature of the policy bundle `{bundle}` does not verify: {}", diagnostic.message)]
    Signature {
        /// The bundle.
        bundle: String,
        /// What does not verify.
        diagnostic: Box<Diagnostic>,
    },
    /// It cannot be resolved again to verify its signature.
    #[error(transparent)]
    Verify(#[from] verify::Error),
}

impl ToDiagnostic for BundleLoadError {
    fn to_diagnostic(&self) -> Diagnostic {
        match self {
            Self::Bundle(error) => error.to_diagnostic(),
            Self::Policy(error) => error.to_diagnostic(),
            Self::Unsigned { bundle, reference } => {
                let remedy = match reference.clone() {
                    Some(bundle) => Remedy::SignPolicyBundle { bundle },
                    None => Remedy::PushPolicyBundle { bundle: bundle.clone() },
                };
                Diagnostic::new(Code::POLICY_BUNDLE_UNSIGNED, self.to_string()).remedy(remedy)
            }
            Self::Signature { diagnostic, .. } => {
                // The remedies of the verdict name the keys of images.
                let mut remedies: Vec<Remedy> = Vec::new();
                for remedy in &diagnostic.remedies {
                    let remedy = match remedy {
                        Remedy::GiveKeyOfSignature | Remedy::GiveTeamKey => Remedy::GiveKeyOfPolicyBundle,
                        other => other.clone(),
                    };
                    if !remedies.contains(&remedy) {
                        remedies.push(remedy);
                    }
                }
                Diagnostic { message: self.to_string(), remedies, ..(**diagnostic).clone() }
            }
            Self::Verify(error) => error.to_diagnostic(),
        }
    }
}

/// Loads the bundle at `source`.
///
/// 1. It is found, and its digest is compared with what is pinned.
/// 2. Its signature is verified, if one is required.
/// 3. Its files are read and compared with what is pinned.
/// 4. Each policy is read.
///
/// # Errors
///
/// [`BundleLoadError`]
pub async fn load_bundle(
    registry: &dyn Registry,
    source: &BundleSource,
    requirements: &BundleRequirements<'_>,
) -> Result<LoadedBundle, BundleLoadError> {
    let root = policy_bundle::resolve(registry, source, &requirements.pin).await?;
    if let Some(verifier) = requirements.signed {
        check_signature(registry, verifier, root.bundle(), root.reference()).await?;
    }
    let content = root.read(registry).await?;
    let policies = policies(root.bundle(), &content)?;
    Ok(LoadedBundle {
        bundle: root.bundle().to_owned(),
        digest: root.digest(),
        reference: root.reference().cloned(),
        policies,
        content,
        is_pinned: root.is_pinned(),
        can_move: root.can_move(),
    })
}

async fn check_signature(
    registry: &dyn Registry,
    verifier: &Verifier,
    bundle: &str,
    reference: Option<&Reference>,
) -> Result<(), BundleLoadError> {
    let unsigned = || BundleLoadError::Unsigned {
        bundle: bundle.to_owned(),
        reference: reference.map(Reference::to_string),
    };
    let reference = reference.ok_or_else(unsigned)?;
    let decision = verifier.verify(registry, reference).await?;
    if decision.verdict().passed() {
        return Ok(());
    }
    if matches!(decision.evidence().map(Evidence::root_signature_status), Some(RootSignatureStatus::Absent)) {
        return Err(unsigned());
    }
    let failed = decision.verdict().checks.iter().filter(|check| check.counts());
    let worst = failed.max_by_key(|check| check.exit()).and_then(|check| check.diagnostic.clone());
    Err(match worst {
        Some(diagnostic) => {
            BundleLoadError::Signature { bundle: bundle.to_owned(), diagnostic: Box::new(diagnostic) }
        }
        None => unsigned(),
    })
}

/// The policies of a bundle. Each is a module of its own, and no two have one name.
fn policies(bundle: &str, content: &PolicyBundle) -> Result<Vec<RegoPolicy>, BundleLoadError> {
    let mut policies = Vec::new();
    let mut names: BTreeMap<String, &str> = BTreeMap::new();
    for file in content.policies() {
        let policy = RegoPolicy::parse(&format!("{bundle}: {}", file.path), file.text)?;
        if let Some(other) = names.insert(policy.metadata().name.clone(), file.path) {
            let name = &policy.metadata().name;
            let cause = format!("its policies `{other}` and `{}` have one name, `{name}`", file.path);
            return Err(BundleError::Layout { bundle: bundle.to_owned(), cause }.into());
        }
        policies.push(match content.config() {
            Some(config) => policy.with_config(config.clone()),
            None => policy,
        });
    }
    Ok(policies)
}
