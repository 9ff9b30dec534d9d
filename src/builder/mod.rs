//! Images built from definitions.

pub mod template;
