//! What is asked about a base, beside the image.

use super::super::memory::Memory;
use super::super::options::Tagged;
use crate::limits::Limits;
use crate::oci::{Reference, Repository};

/// A repository that holds copies of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The copy, as provenance or annotations name it.
    pub copy: Repository,
    /// Where the original is.
    pub original: Repository,
}

/// What is asked about the base, beside the image.
#[derive(Clone)]
pub struct BaseOptions {
    /// Candidates that the caller names.
    pub bases: Vec<Reference>,
    /// Copies of hardened images, with their originals.
    pub aliases: Vec<Alias>,
    /// Hosts of registries that may be asked besides the image's own, Docker's, and those of `bases` and `aliases`.
    pub registries: Vec<String>,
    /// Organisations whose customisations count as hardened images.
    pub namespaces: Vec<String>,
    /// Whether it is enough that an image declares the layers of its base.
    pub accept_declared_layers: bool,
    /// Whether layers that are stored otherwise than in the base are downloaded and hashed.
    pub verify_layers: bool,
    /// Whether bundles of candidates are judged: see [`Options::judge_bundles`](super::super::options::Options::judge_bundles).
    pub judge_bundles: bool,
    /// When cosign's tags of candidates are looked at.
    pub tagged: Tagged,
    /// Bounds.
    pub limits: Limits,
    /// The room for what is judged at once, which all references of a run share.
    pub memory: Memory,
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
            judge_bundles: false,
            tagged: Tagged::WhenUnanswered,
            limits: Limits::default(),
            memory: Memory::default(),
        }
    }
}
