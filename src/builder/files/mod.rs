//! Finds definitions in directories, and the files that they take from their repository.

mod definitions;
pub mod limits;
mod repository;
mod sources;

pub use definitions::{Found, find};
pub use repository::Repository;
pub use sources::{guessed_sources, known_sources};
