//! What a build is asked for.

use std::sync::Arc;

use crate::builder::definition::{Definition, TargetPlatform};
use crate::builder::files::Repository;
use crate::builder::layers::Compression;
use crate::builder::lock::Lock;
use crate::builder::provenance::{Material, Parameter};
use crate::oci::Digest;
use crate::registry::Cache;

/// A build.
pub struct Job {
    /// The definition, evaluated for each platform.
    pub definitions: Vec<(TargetPlatform, Definition)>,
    /// What it is made of.
    pub lock: Lock,
    /// The digest of the lock file.
    pub lock_digest: Digest,
    /// The definition: its name, and the digest of its bytes.
    pub definition: Material,
    /// The repository of the definition.
    pub repository: Repository,
    /// The repository of the image without registry.
    pub name: String,
    /// The path of the definition in its repository, without extension, if it has one of the form `image/…`.
    pub path: Option<String>,
    /// The package URL of the image on a platform, without digest, if it has a name.
    pub package_url: Option<String>,
    /// The time of what is made, in seconds since 1970. `None`: the newest time of the lock.
    pub epoch: Option<i64>,
    /// The compression of layers, instead of that of the definition.
    pub compression: Option<Compression>,
    /// Whether the image is described in SPDX and CycloneDX.
    pub sbom: bool,
    /// The form of the provenance.
    pub provenance: Provenance,
    /// Variables that were set from outside.
    pub arguments: Vec<Parameter>,
    /// Who builds it, as a URI.
    pub builder_id: String,
    /// The number of threads.
    pub threads: usize,
    /// Whether an image that was built before from the same inputs is taken as it is.
    pub reuse: bool,
    /// Where layers are written.
    pub cache: Arc<Cache>,
}

/// The form of the provenance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// SLSA provenance v1.
    V1,
    /// SLSA provenance v0.2.
    V02,
    /// There is none.
    No,
}
