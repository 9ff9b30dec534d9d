//! Images, packages and charts that definition files describe.
//!
//! The submodules are pure, except those that `docs/architecture.md` names: they take text and return values.

pub mod build;
mod codes;
pub mod definition;
pub mod diff;
pub mod explain;
pub mod facts;
pub mod files;
pub mod layers;
pub mod lint;
pub mod lock;
pub mod locking;
pub mod output;
pub mod package_plan;
pub mod packages;
pub mod platform;
pub mod provenance;
pub mod repositories;
pub mod rootfs;
pub mod sbom;
pub mod scaffold;
pub mod schema;
pub mod source;
pub mod substitution;
pub mod template;

pub use codes::CODES;
