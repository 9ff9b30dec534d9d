//! The configuration of an image (OCI image specification, `config.md`).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::error::OutputError;
use super::labels::HardenedLabels;
use super::manifest::Document;
use crate::builder::definition::PortRange;
use crate::oci::{Digest, Platform, media_type};

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
    /// The labels of the definition. Those of `hardened` replace equal names.
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

/// The variable with the search path.
const PATH: &str = "PATH";

#[derive(Serialize)]
struct Wire<'a> {
    created: &'a str,
    architecture: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    variant: Option<&'a str>,
    os: &'a str,
    config: WireConfig<'a>,
    rootfs: WireRootfs,
    history: Vec<WireHistory<'a>>,
}

/// The names are those of the specification: they begin with capitals.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct WireConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    exposed_ports: BTreeMap<String, Empty>,
    env: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entrypoint: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cmd: Option<&'a [String]>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    volumes: BTreeMap<&'a str, Empty>,
    #[serde(skip_serializing_if = "Option::is_none")]
    working_dir: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    labels: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stop_signal: Option<&'a str>,
}

#[derive(Serialize)]
struct WireRootfs {
    #[serde(rename = "type")]
    kind: &'static str,
    diff_ids: Vec<Digest>,
}

#[derive(Serialize)]
struct WireHistory<'a> {
    created: String,
    created_by: &'a str,
}

/// `{}`.
#[derive(Serialize)]
struct Empty {}

/// Writes the configuration. `layers` are all layers, those of an extended image first.
///
/// # Errors
///
/// [`OutputError::Time`] for a time without an RFC 3339 form.
pub fn image_config(settings: &ImageSettings, layers: &[HistoryEntry]) -> Result<Document, OutputError> {
    let created = rfc3339(settings.created)?;
    let diff_ids: Vec<Digest> = layers.iter().map(|layer| layer.diff_id).collect();
    let history = layers
        .iter()
        .map(|layer| Ok(WireHistory { created: rfc3339(layer.created)?, created_by: &layer.created_by }))
        .collect::<Result<_, OutputError>>()?;
    let mut labels = settings.labels.clone();
    if let Some(hardened) = &settings.hardened {
        labels.extend(hardened.labels(&created, &diff_ids));
    }
    let wire = Wire {
        created: &created,
        architecture: &settings.platform.architecture,
        variant: settings.platform.variant.as_deref(),
        os: &settings.platform.os,
        config: WireConfig {
            user: settings.user.as_deref(),
            exposed_ports: exposed_ports(&settings.ports),
            env: environment(&settings.environment),
            entrypoint: settings.entrypoint.as_deref(),
            cmd: settings.cmd.as_deref(),
            volumes: settings.volumes.iter().map(|volume| (volume.as_str(), Empty {})).collect(),
            working_dir: settings.work_dir.as_deref(),
            labels,
            stop_signal: settings.stop_signal.as_deref(),
        },
        rootfs: WireRootfs { kind: "layers", diff_ids },
        history,
    };
    Document::new(media_type::OCI_CONFIG, &wire)
}

/// One entry a port: newer engines cannot pull an image with a range.
fn exposed_ports(ports: &[PortRange]) -> BTreeMap<String, Empty> {
    ports.iter().flat_map(PortRange::ports).map(|port| (port.to_string(), Empty {})).collect()
}

/// `NAME=VALUE`, with the search path first if the definition sets none.
fn environment(variables: &[(String, String)]) -> Vec<String> {
    let default = (!variables.iter().any(|(name, _)| name == PATH)).then(|| format!("{PATH}={DEFAULT_PATH}"));
    default.into_iter().chain(variables.iter().map(|(name, value)| format!("{name}={value}"))).collect()
}

/// In UTC, with whole seconds.
fn rfc3339(seconds: i64) -> Result<String, OutputError> {
    match jiff::Timestamp::from_second(seconds) {
        Ok(time) if seconds >= FIRST_SECOND => Ok(time.to_string()),
        _ => Err(OutputError::Time(seconds)),
    }
}

/// The beginning of the year 1. Years before it have no RFC 3339 form.
const FIRST_SECOND: i64 = -62_135_596_800;

#[cfg(test)]
mod tests;
