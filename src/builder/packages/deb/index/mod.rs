//! A `Packages` index of one architecture, in one compact block of bytes.
//!
//! The block is made from the text once, can be stored, and is used in place: opening it builds no tables. Names are
//! sorted, so a name is found by binary search. Relations stay text and are read when a package is looked at.
//!
//! The invariant: an [`Index`] exists only over a block that was checked whole ([`Index::open`]), so reading from it
//! cannot fail, and no stored bytes make it panic. The caller compares the hash of what it stored, since a changed
//! letter in a name is a valid index too.

mod block;
mod build;
mod contents;
mod error;
mod package;

#[cfg(test)]
mod tests;

pub use block::{FORMAT, Index, Provider};
pub use contents::Contents;
pub use error::{Cause, Damaged, IndexError};
pub use package::{MultiArch, Package, Priority};
