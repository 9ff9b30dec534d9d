//! The options of a verification, and the trait that reports its progress.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::memory::Memory;
use crate::attestation::PredicateSelector;
use crate::evidence::NameRule;
use crate::limits::Limits;
use crate::oci::{Platform, Reference, Repository};

/// What to verify about a reference, and within which limits.
#[derive(Clone)]
pub struct Options {
    /// The requested platforms, each of which must exist. Only images that an engine can choose for one of them are
    /// judged. Empty: all platforms.
    pub platforms: Vec<Platform>,
    /// The requested predicate types. Empty: all types.
    pub predicate_types: Vec<PredicateSelector>,
    /// Which objects are verified.
    pub scope: Scope,
    /// Which signed names are accepted.
    pub names: NameRule,
    /// Annotations that the signature of the root must have, if the policy decides by that signature.
    pub root_annotations: BTreeMap<String, String>,
    /// The only repository in which attestations and signatures are searched, if given.
    pub attestations: Option<Repository>,
    /// Whether attestations that hold their own signature (bundles, envelopes) are judged. Set it only if the caller
    /// gave keys or identities for them.
    pub judge_enveloped: bool,
    /// When cosign's tags `sha256-HEX.att` are read.
    pub cosign_tags: CosignTags,
    /// Which verified statements are kept whole (`Attested::whole`). A verdict needs only facts from them.
    pub keep_statements: KeepStatements,
    /// Whether manifests, image configurations and the index are kept as they were fetched
    /// ([`Documents`](crate::evidence::Documents), `Root::document`). It costs no request.
    pub keep_documents: bool,
    /// The limits.
    pub limits: Limits,
    /// The memory for what is judged at once, shared by all references of a run.
    pub memory: Memory,
    /// Is called whenever attestations are found or one is finished.
    pub progress: Option<Arc<dyn Progress>>,
}

impl Options {
    /// The options that verify everything about `reference`: all platforms, all attestations, and the names that the
    /// reference itself accepts.
    pub fn of(reference: &Reference) -> Self {
        Self {
            platforms: Vec::new(),
            predicate_types: Vec::new(),
            scope: Scope::ImagesAndIndex { counts: true },
            names: NameRule::of(reference, Vec::new(), None),
            root_annotations: BTreeMap::new(),
            attestations: None,
            judge_enveloped: false,
            cosign_tags: CosignTags::IfNeeded,
            keep_statements: KeepStatements::None,
            keep_documents: false,
            limits: Limits::default(),
            memory: Memory::default(),
            progress: None,
        }
    }
}

/// Which objects are verified besides the signature of the object that a reference names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scope {
    /// The images and the attestations about them.
    Images,
    /// Also the attestations about their index.
    ImagesAndIndex {
        /// Whether those may count for the images. If not, only what costs no further request is verified.
        counts: bool,
    },
    /// Nothing else: the policy decides by the signature.
    Root,
}

/// Which verified statements are kept whole. They can be large.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeepStatements {
    /// No statement.
    #[default]
    None,
    /// Every statement.
    All,
    /// Those of these predicate types.
    OfTypes(Vec<PredicateSelector>),
}

impl KeepStatements {
    /// Whether a statement of this type is kept.
    pub(super) fn keeps(&self, predicate_type: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::OfTypes(types) => types.iter().any(|kept| kept.includes(predicate_type)),
        }
    }
}

/// When attestations under cosign's tags are searched, which costs one request for each platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CosignTags {
    /// For every platform.
    Always,
    /// For platforms that have no other attestation that counts.
    IfNeeded,
}

/// Receives the progress of a verification.
pub trait Progress: Send + Sync {
    /// `count` more attestations will be verified.
    fn found(&self, count: usize);
    /// One more attestation is verified.
    fn done(&self);
}
