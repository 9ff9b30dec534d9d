//! Verifies Docker Hardened Images, and images and charts that are built on them: signed attestations in OCI
//! registries, layout directories and archives. The library decides as the command `dhi verify` does, by the same code.
//!
//! 1. [`Registries::open`] gives access to registries, with the logins of the user, and to layouts and archives.
//! 2. [`Verifier::builder`] takes the trusted keys and identities, and what is required.
//! 3. [`Verifier::verify`] resolves a reference, verifies everything that is attached to it and gives a [`Decision`].
//! 4. [`Decision::verdict`] has all checks. A reference passes only if every required check passes.
//!
//! # Examples
//!
//! An image that is included in this repository, and one whose statement was changed after it was signed:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use dhi::{Limits, PublicKey, Registries, TrustedRoot, Verifier};
//!
//! let pem = std::fs::read_to_string("fixtures/keys/fixture.pub")?;
//! let root = std::fs::read("fixtures/trusted_root.json")?;
//! let verifier = Verifier::builder()
//!     .key("fixture", PublicKey::from_pem(&pem, "fixture.pub")?)
//!     .trusted_root(TrustedRoot::from_json(&root, "trusted_root.json")?)
//!     .build()?;
//! let registry = Registries::open(Limits::default())?;
//!
//! let good = verifier.verify(&registry, &"oci:fixtures/python:3.13".parse()?).await?;
//! assert!(good.verdict().passed());
//!
//! let bad = verifier.verify(&registry, &"oci:fixtures/bad/tampered-statement".parse()?).await?;
//! assert!(!bad.verdict().passed());
//! for check in bad.verdict().checks.iter().filter(|check| check.counts()) {
//!     println!("{}: {}", check.scope, check.message);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Stability
//!
//! The names of this page are the public interface: versions before 1.0 may change them, with an entry in
//! `CHANGELOG.md`. Everything else, modules and types that fields hold included, is hidden and may change in every
//! version. Enums may get variants.
//!
//! # Features
//!
//! * `builder` (default): definitions of images, packages and charts.
//! * `cli` (default): the command `dhi`. A program that uses the library needs `default-features = false`.
//! * `rego` (default): policies in Rego.
//!
//! For maintainers: `docs/architecture.md` lists the modules and what each may import.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub use attestation::PredicateSelector as PredicateType;
pub use diagnostic::{Code, Diagnostic, Exit};
pub use evidence::{Check, Evidence, Outcome, Verdict};
#[cfg(feature = "rego")]
pub use gate::Evaluator;
pub use gate::{BuildError, Decision, VerifiedStatement, Verifier, VerifierBuilder};
pub use limits::Limits;
pub use oci::{Digest, Error as ParseError, Platform, Reference};
pub use policy::BuiltIn;
#[cfg(feature = "rego")]
pub use policy::rego::{Error as RegoError, RegoPolicy};
pub use registry::{Error as RegistryError, Registry, Router as Registries};
pub use trust::{
    Error as TrustError, IdentityRule, Keyring, LogPolicy, Matcher, PublicKey, Threshold, TrustedRoot,
};
pub use verify::Error as VerifyError;

// The modules are public for the command, tests and fuzz targets. They are hidden in the documentation alone, so that
// the compiler still demands a description of every public item in them.
#[cfg_attr(doc, doc(hidden))]
pub mod admission;
#[cfg_attr(doc, doc(hidden))]
#[cfg_attr(not(feature = "builder"), allow(dead_code, unused_imports, reason = "the builder uses the rest"))]
mod archive;
#[cfg_attr(doc, doc(hidden))]
pub mod attestation;
#[cfg(feature = "builder")]
#[cfg_attr(doc, doc(hidden))]
pub mod builder;
#[cfg(feature = "cli")]
#[cfg_attr(doc, doc(hidden))]
pub mod cli;
#[cfg_attr(doc, doc(hidden))]
pub mod diagnostic;
#[cfg_attr(doc, doc(hidden))]
pub mod evidence;
#[cfg_attr(doc, doc(hidden))]
pub mod gate;
#[cfg_attr(doc, doc(hidden))]
pub mod limits;
#[cfg_attr(doc, doc(hidden))]
pub mod oci;
#[cfg_attr(doc, doc(hidden))]
pub mod policy;
#[cfg_attr(doc, doc(hidden))]
pub mod registry;
#[cfg_attr(doc, doc(hidden))]
pub mod report;
#[cfg_attr(doc, doc(hidden))]
pub mod scan;
#[cfg_attr(doc, doc(hidden))]
pub mod sign;
#[cfg_attr(doc, doc(hidden))]
pub mod trust;
#[cfg_attr(doc, doc(hidden))]
pub mod trust_store;
#[cfg_attr(doc, doc(hidden))]
pub mod verify;
#[cfg_attr(doc, doc(hidden))]
pub mod vex;
#[cfg_attr(doc, doc(hidden))]
pub mod yaml;
