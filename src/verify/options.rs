//! What is asked of the walk beside the reference, and who hears of its progress.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::memory::Memory;
use crate::attestation::PredicateSelector;
use crate::evidence::NameRule;
use crate::limits::Limits;
use crate::oci::{Platform, Reference, Repository};

/// What is asked, beside the reference.
#[derive(Clone)]
pub struct Options {
    /// Only what an engine can choose for these platforms, each of which must be there. Empty: all.
    pub platforms: Vec<Platform>,
    /// Only attestations of these predicate types. Empty: all.
    pub predicate_types: Vec<PredicateSelector>,
    /// What is looked at.
    pub scope: Scope,
    /// Which signed names count.
    pub names: NameRule,
    /// Annotations that the signature of the root must have, where it is what answers.
    pub root_annotations: BTreeMap<String, String>,
    /// The only place that attestations and signatures come from, when given.
    pub attestations: Option<Repository>,
    /// Whether attestations that carry their own signature (bundles, envelopes) are judged: only when the caller gave
    /// keys or identities for them.
    pub judge_bundles: bool,
    /// When cosign's tags `sha256-HEX.att` are looked at.
    pub tagged: Tagged,
    /// Whether verified statements are kept whole (`Attested::signed`). A verdict needs only facts
    /// of them.
    pub keep_statements: bool,
    /// Bounds.
    pub limits: Limits,
    /// The room for what is judged at once, which all references of a run share.
    pub memory: Memory,
    /// Told whenever an attestation was found or finished.
    pub progress: Option<Arc<dyn Progress>>,
}

impl Options {
    /// Everything about `reference`: all platforms, all attestations, the names that it accepts by itself.
    pub fn of(reference: &Reference) -> Self {
        Self {
            platforms: Vec::new(),
            predicate_types: Vec::new(),
            scope: Scope::ImagesAndIndex { answers: true },
            names: NameRule::of(reference, Vec::new(), None),
            root_annotations: BTreeMap::new(),
            attestations: None,
            judge_bundles: false,
            tagged: Tagged::WhenUnanswered,
            keep_statements: false,
            limits: Limits::default(),
            memory: Memory::default(),
            progress: None,
        }
    }
}

/// What is looked at beside the signature of the object that a reference names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The images and what is attested about them.
    Images,
    /// Also what is attested about their index.
    ImagesAndIndex {
        /// Whether that may answer the question. Else only what costs little is looked at.
        answers: bool,
    },
    /// Nothing: the signature is what answers.
    Root,
}

/// When attestations under cosign's tags are looked for, which costs a request for each platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tagged {
    /// For every platform.
    Always,
    /// For platforms where what else there is does not answer the question.
    WhenUnanswered,
}

/// Hears how far the walk is.
pub trait Progress: Send + Sync {
    /// `count` more attestations are to be verified.
    fn found(&self, count: usize);
    /// One more is done.
    fn done(&self);
}
