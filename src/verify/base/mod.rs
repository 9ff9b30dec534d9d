//! The search for what an image is built on. Whatever names a candidate, it is judged by the one walk that judges
//! every image, and only registries are asked that the caller or this program named: fetched data picks among
//! them and cannot add one.

mod hash;
mod hints;
mod options;
mod proof;
mod search;

pub use options::{Alias, BaseOptions};
pub use proof::base;
