//! Builds images from definitions and locks, and stores them with their evidence.
//!
//! Invariant: an image is made of inputs whose hashes the lock names, and of nothing else: no clock, no name of the
//! machine, no number of threads decides any of its bytes. Nothing of it is executed.
//!
//! 1. [`Job::inputs`] fetches what the lock names.
//! 2. [`Job::build`] puts the files together, and writes layers, documents and evidence.
//! 3. [`Publishing`] stores the image, or [`write_archive`] writes it into a file.

mod archive;
mod artifact_layers;
mod assemble;
mod context;
mod error;
mod evidence;
mod image;
mod inputs;
mod job;
mod kept;
mod layer_files;
pub mod limits;
mod phase;
mod publish;
mod publish_error;
mod remark;
mod request;
mod settings;
mod spool;
mod unpack;
mod unpack_error;

pub use archive::write_archive;
pub use artifact_layers::ArtifactLayersError;
pub use error::BuildError;
pub use image::{BuiltEvidence, BuiltImage, BuiltLayer, BuiltPlatform};
pub use inputs::{Fetching, ReadImages};
pub use job::{Inputs, Times};
pub use phase::{Follow, Phase};
pub use publish::Publishing;
pub use publish_error::PublishError;
pub use remark::Remark;
pub use request::{Job, Provenance};
pub use unpack_error::UnpackError;
