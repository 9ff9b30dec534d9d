//! Before a deploy: no image that an engine would run from a manifest goes unseen. Each is judged, refused by its
//! text, or listed as not judged; a stream without any object is an error, never a pass. Nothing is applied.
//!
//! Each distinct image is judged once, however often and in whatever spelling it is used.

mod codes;
mod compose;
mod elsewhere;
mod error;
mod input;
mod judging;
mod kinds;
mod kubernetes;
mod manifests;
mod pinning;
#[cfg(test)]
mod tests;

pub use codes::CODES;
pub use error::Error;
pub use input::{Input, Unread, read};
pub use judging::judge;
pub use manifests::{Found, ImageUse, find};
pub use pinning::pinned;
