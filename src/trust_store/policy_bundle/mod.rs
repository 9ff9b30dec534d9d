//! Policy bundles: sets of policies in Rego, as an OCI artifact, a tar archive or a directory.
//!
//! Invariants:
//!
//! * A bundle is read whole or refused: a policy is never passed over because of its name, its kind or a link.
//! * Everything is bounded before it is read, and bytes of registries have the digest that was requested.
//! * A bundle that is pinned has the pinned digests, else it is [`BundleError::Changed`].
//!
//! Rego is not interpreted here.

mod artifact;
mod content;
mod directory;
mod error;
mod layers;
mod lock;
mod opa_manifest;
mod pinned;
mod settings;
mod source;
mod tar;
#[cfg(test)]
mod tests;

pub use artifact::BundleArtifact;
pub use content::{PolicyBundle, PolicyFile, is_policy_file};
pub use error::BundleError;
pub use lock::{BundleLock, LOCK_FILE, LockChange, LockEntry};
pub use pinned::{BundleRoot, Pin, resolve};
pub use source::BundleSource;
