//! Packages of Alpine: versions, dependencies, indexes, package files and the choice of packages, as apk 3
//! does.
//!
//! The invariant: what the resolver chooses from, and the files that are accepted for it, are covered by a
//! signature of a key that the definition names ([`signature::verify`], [`pkginfo::check`]).
//!
//! All of it is pure: indexes and packages come as bytes. Files of apk v3 are refused by name.

pub mod container;
pub mod dependency;
pub mod index;
pub mod limits;
pub mod pkginfo;
pub mod resolve;
pub mod signature;
pub mod version;
