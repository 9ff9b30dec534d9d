//! Admission checks: finds every image that an engine would run from Kubernetes manifests and Compose files, and judges
//! it before a deployment.
//!
//! No image is missed: each is judged, refused because of its text, or listed as not judged. Input without any object
//! is an error, never a pass. Nothing is applied.
//!
//! Each distinct image is judged once, however often and in whatever form it is used.
//!
//! Steps: [`read`] the files, [`find`] the uses of images, [`judge()`] the distinct images, render the result
//! ([`AdmissionRenderer`]), and with verified digests rewrite the manifests ([`pinned`]).

mod codes;
mod compose;
mod elsewhere;
mod error;
mod found;
mod input;
mod istio;
mod json;
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
mod result;
mod table;
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
pub use rendering::{AdmissionRenderer, UsedImage};
pub use result::Admission;
pub use uses::{NotJudged, Place, Role, TextException, Use};
