//! Renderers: pure functions from one result to text. None of them decides anything, so they cannot disagree.

mod attestations;
mod base;
pub(crate) mod columns;
mod cosign;
mod github;
mod image;
mod item;
pub(crate) mod json;
mod junit;
mod keys;
mod markdown;
mod page;
mod parts;
mod pipeline;
mod sarif;
mod signed;
mod style;
pub(crate) mod table;
mod verify;
mod words;

pub use attestations::{list, list_json};
pub use base::{base, base_json};
pub use cosign::{Cosign, comment, quoted};
pub use image::{Excuse, Image, Run};
pub use item::{Location, ReportItem};
pub use keys::{keys, keys_json};
pub use page::render as page;
pub use parts::{Frame, Parts, Renderer};
pub use pipeline::{Pipeline, PipelineFormat};
pub use signed::{Signed, SignedObject, signed_json};
pub use style::Style;
pub(crate) use style::printable;
pub use table::{Severity, age, problem};
pub use verify::{VerifyEnd, VerifyRenderer};
pub use words::{ErrorPage, Words};
