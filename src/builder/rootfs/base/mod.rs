//! The tree that the layers of an image make.
//!
//! Invariant: an entry that engines unpack differently is refused, and a whiteout removes only what lower layers have.
//!
//! Source: OCI image specification, `layer.md`.

mod apply;
mod entry;
mod read;
#[cfg(test)]
mod tests;

pub use apply::{LayerError, LayerFault, add_layer};
pub use entry::{LayerEntry, LayerEntryKind};
pub use read::read_layer;
