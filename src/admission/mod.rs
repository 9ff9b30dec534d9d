//! Before a deploy: no image that an engine would run from a manifest goes unseen. Each is judged, refused by its
//! text, or listed as not judged; a stream without any object is an error, never a pass. Nothing is applied.
//!
//! Each distinct image is judged once, however often and in whatever spelling it is used.

mod codes;
mod compose;
mod elsewhere;
mod error;
mod found;
mod input;
mod istio;
mod judging;
mod kinds;
mod kubernetes;
pub mod limits;
mod manifests;
mod mentions;
mod pinning;
mod position;
mod reader;
mod rendering;
#[cfg(test)]
mod tests;
mod uses;

pub use codes::CODES;
pub use error::Error;
pub use found::{Found, ImageUse};
pub use input::{Input, Unread, overrides, read};
pub use judging::judge;
pub use manifests::find;
pub use pinning::pinned;
pub use rendering::{Admission, AdmissionRenderer, UsedImage};
pub use uses::{NotJudged, Place, Role, Use};
