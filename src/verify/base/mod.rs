//! Searches for the image that an image is built on.
//!
//! Every candidate is verified by the same walk as any other image. Only registries that the caller or this program
//! names are contacted: fetched data can choose among them and cannot add one.

mod hash;
mod named_bases;
mod options;
mod proof;
mod search;

pub use options::{Alias, BaseOptions};
pub use proof::base;
