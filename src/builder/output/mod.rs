//! The documents of an image that is built (configuration, manifest, index) and the archive that engines load.
//!
//! Invariant: the bytes depend on the arguments alone, and no index makes engines take the image for one of Docker's.

mod archive;
mod config;
mod error;
mod index;
mod labels;
mod manifest;

pub use archive::{Archive, ArchiveImage, Blob};
pub use config::{DEFAULT_PATH, HistoryEntry, ImageSettings, image_config};
pub use error::OutputError;
pub use index::{PlatformImage, image_index};
pub use labels::HardenedLabels;
pub use manifest::{Document, image_manifest};
