//! What a definition means for one platform.
//!
//! `complete` reads a definition with the files that it includes, `resolve` evaluates it for one platform, and
//! `render` writes the result. Everything is computed from the texts: a `Loader` gives those of included files.

mod accounts;
mod contents;
mod error;
mod evaluator;
mod include;
pub mod limits;
mod merge;
mod render;
mod resolve;
mod rules;
mod sources;
mod stages;
#[cfg(test)]
mod tests;

pub use error::Error;
pub use include::{Complete, Loader, complete};
pub use render::render;
pub use resolve::{Resolution, Resolved, resolve};
pub use rules::RULES;
pub use sources::{SourceFile, Sources};
