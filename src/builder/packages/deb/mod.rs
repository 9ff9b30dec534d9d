//! Packages of Debian: versions, control files, indexes, and the packages that `apt` would install.
//!
//! The invariant: what an index says of a package is checked when the index is read (a version that `dpkg` knows,
//! relations within the grammar, a path inside the repository, a SHA-256), so that a resolver or a lock never meets a
//! half-read package.

pub mod control;
pub mod index;
pub mod relation;
pub mod release;
pub mod resolve;
pub mod version;

pub use index::{Index, IndexError};
pub use release::Release;
pub use resolve::{Rank, Source, Universe, resolve};
pub use version::{InvalidVersion, Version};
