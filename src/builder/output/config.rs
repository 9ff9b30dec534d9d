//! The configuration of an image (OCI image specification, `config.md`).

use std::collections::{BTreeMap, BTreeSet};

use super::error::OutputError;
use super::labels::HardenedLabels;
use super::manifest::Document;
use crate::builder::definition::PortRange;
use crate::oci::{Digest, Platform};

/// The search path of an image whose definition sets none: that of Docker's engine.
pub const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What the configuration of an image says, apart from its layers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageSettings {
    /// The platform.
    pub platform: Platform,
    /// The time of creation, in seconds since 1970.
    pub created: i64,
    /// Variables of the environment, in the order of the definition. `PATH` is added if it is not there.
    pub environment: Vec<(String, String)>,
    /// The user, as a name, a number, or either with `:GROUP`.
    pub user: Option<String>,
    /// The working directory.
    pub work_dir: Option<String>,
    /// The command that is always run. `None` leaves the member out.
    pub entrypoint: Option<Vec<String>>,
    /// The arguments that a user may replace. `None` leaves the member out.
    pub cmd: Option<Vec<String>>,
    /// The ports.
    pub ports: Vec<PortRange>,
    /// The directories of volumes.
    pub volumes: BTreeSet<String>,
    /// The signal that stops the container.
    pub stop_signal: Option<String>,
    /// The labels of the definition. They win over `hardened`.
    pub labels: BTreeMap<String, String>,
    /// The labels `com.docker.dhi.*`. `None` for an image without them.
    pub hardened: Option<HardenedLabels>,
}

/// A layer as the configuration lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The digest of the uncompressed layer.
    pub diff_id: Digest,
    /// What the layer holds.
    pub created_by: String,
    /// The time of creation, in seconds since 1970.
    pub created: i64,
}

/// Writes the configuration. `layers` are all layers, those of an extended image first.
///
/// # Errors
///
/// [`OutputError::Time`] for a time without an RFC 3339 form.
pub fn image_config(settings: &ImageSettings, layers: &[HistoryEntry]) -> Result<Document, OutputError> {
    todo!()
}
