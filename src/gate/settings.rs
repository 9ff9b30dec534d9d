//! The settings of a [`Verifier`](super::Verifier) besides its signers.

use std::sync::Arc;

use jiff::Timestamp;

use super::Acceptance;
#[cfg(feature = "rego")]
use super::rego::RegoPolicies;
use crate::attestation::PredicateSelector;
use crate::evidence::{Findings, PolicyIdentity, Requirements};
use crate::limits::Limits;
use crate::oci::{Platform, Repository};
use crate::policy::{BuiltIn, Exceptions};
use crate::verify::{BaseOptions, KeepStatements, Memory, Progress};

/// Everything that is required besides signatures.
pub(super) struct Settings {
    pub(super) policy: Option<BuiltIn>,
    #[cfg(feature = "rego")]
    pub(super) rego: RegoPolicies,
    pub(super) findings: Vec<Findings>,
    pub(super) requirements: Requirements,
    pub(super) platforms: Vec<Platform>,
    pub(super) predicate_types: Vec<PredicateSelector>,
    pub(super) namespaces: Vec<String>,
    pub(super) signed_name: Option<String>,
    pub(super) attestations: Option<Repository>,
    pub(super) annotations: Vec<(String, String)>,
    /// Where base images are searched. What proves them follows from the signers.
    pub(super) base: BaseOptions,
    pub(super) exceptions: Exceptions,
    pub(super) enforce_from: Option<Timestamp>,
    pub(super) at: Option<Timestamp>,
    pub(super) offline: bool,
    pub(super) accept: Option<Acceptance>,
    pub(super) keep_statements: KeepStatements,
    pub(super) limits: Limits,
    pub(super) memory: Memory,
    pub(super) progress: Option<Arc<dyn Progress>>,
}

impl Settings {
    /// The name of each added policy, and the digest of its source, its configuration and its data.
    pub(super) fn added_identities(&self) -> Vec<PolicyIdentity> {
        #[cfg(feature = "rego")]
        let identities = self.rego.identities();
        #[cfg(not(feature = "rego"))]
        let identities = Vec::new();
        identities
    }
}
