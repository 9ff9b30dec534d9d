//! Key files, keyrings and trusted roots: read from files, variables, URLs and TUF repositories, and stored for the
//! user; policy bundles, and copies of VEX repositories.
//!
//! Everything that is read is bounded. The content is not interpreted here.

mod archive;
mod codes;
mod data;
mod error;
mod fetch;
pub mod limits;
pub mod policy_bundle;
mod source;
mod tuf;
pub mod vex_repository;

pub use codes::CODES;
pub use data::{DataDirectory, DataLock};
pub use error::Error;
pub use source::Source;
pub use tuf::{SIGSTORE_TUF_URL, TufRepository};
