//! What a lock is made of.

use std::path::Path;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::builder::definition::{Definition, TargetPlatform};
use crate::builder::lock::Lock;
use crate::builder::repositories::Fetch;
use crate::builder::substitution::Substitutions;
use crate::diagnostic::Diagnostic;
use crate::oci::{Digest, Reference};
use crate::registry::Cache;

/// What a lock is made with.
pub struct Locking<'a> {
    /// How files arrive.
    pub fetch: &'a dyn Fetch,
    /// How the images that a definition copies from are pinned.
    pub artifacts: &'a dyn PinArtifact,
    /// Indexes and lists that were seen before.
    pub cache: &'a Cache,
    /// The value of a variable of the environment.
    pub variable: &'a (dyn Fn(&str) -> Option<String> + Sync),
    /// The configuration of this machine's apt.
    pub apt: &'a Path,
    /// The time.
    pub now: Timestamp,
}

/// What is locked.
#[derive(Clone, Copy, Debug)]
pub struct LockRequest<'a> {
    /// The definition, evaluated for each platform.
    pub definitions: &'a [(TargetPlatform, Definition)],
    /// What replaces gated repositories and packages.
    pub substitutions: &'a Substitutions,
    /// The last lock.
    pub last: Option<&'a Lock>,
    /// What may move.
    pub update: Update<'a>,
}

/// What may differ from the last lock although the definition did not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Update<'a> {
    /// Nothing: packages keep their versions as long as the repositories have them.
    Nothing,
    /// One package.
    Package(&'a str),
    /// All, and the keys too.
    All,
}

/// Finds the manifest of an image for a platform.
#[async_trait]
pub trait PinArtifact: Send + Sync {
    /// The digest that a reference without one names.
    ///
    /// # Errors
    ///
    /// The error of the registry.
    async fn pin(&self, reference: &Reference) -> Result<Digest, Diagnostic>;
}
