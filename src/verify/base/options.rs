//! The options of a search for base images.

use super::super::memory::Memory;
use super::super::options::CosignTags;
use crate::limits::Limits;
use crate::oci::{Reference, Repository};

/// A repository that holds copies of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The repository of the copies, as provenance or annotations name it.
    pub copy: Repository,
    /// The repository of the originals.
    pub original: Repository,
}

/// Which base images to search, where, and within which limits.
#[derive(Clone)]
pub struct BaseOptions {
    /// Candidates that the caller names.
    pub bases: Vec<Reference>,
    /// Copies of hardened images, with their originals.
    pub aliases: Vec<Alias>,
    /// Hosts of registries that may be contacted, in addition to that of the image, those of Docker, and those of
    /// `bases` and `aliases`.
    pub registries: Vec<String>,
    /// Organizations whose customizations count as hardened images.
    pub namespaces: Vec<String>,
    /// Whether layers count that are the base's only by the declaration of the image.
    pub accept_declared_layers: bool,
    /// Whether layers that are stored differently than in the base are downloaded and hashed.
    pub verify_layers: bool,
    /// Whether bundles of candidates are judged: see
    /// [`Options::judge_enveloped`](super::super::options::Options::judge_enveloped).
    pub judge_enveloped: bool,
    /// When cosign's tags of candidates are read.
    pub cosign_tags: CosignTags,
    /// The limits.
    pub limits: Limits,
    /// The memory for what is judged at once, shared by all references of a run.
    pub memory: Memory,
}

impl BaseOptions {
    /// Whether the caller selects how bases are searched or compared.
    pub fn is_selected(&self) -> bool {
        !self.bases.is_empty()
            || !self.aliases.is_empty()
            || !self.registries.is_empty()
            || self.accept_declared_layers
            || self.verify_layers
    }
}

impl Default for BaseOptions {
    fn default() -> Self {
        Self {
            bases: Vec::new(),
            aliases: Vec::new(),
            registries: Vec::new(),
            namespaces: Vec::new(),
            accept_declared_layers: false,
            verify_layers: false,
            judge_enveloped: false,
            cosign_tags: CosignTags::IfNeeded,
            limits: Limits::default(),
            memory: Memory::default(),
        }
    }
}
