//! The facts of an image configuration that checks need. Labels are claims of whoever built the image.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::descriptor::null_as_empty;
use super::{Digest, Error, Platform, json};

/// An image configuration (OCI image specification, `config.md`), as far as it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageConfig {
    /// Operating system, architecture and variant.
    pub platform: Platform,
    /// `config.User`, absent when empty.
    pub user: Option<String>,
    /// `config.Labels`.
    pub labels: BTreeMap<String, String>,
    /// Digests of the uncompressed layers, base first.
    pub diff_ids: Vec<Digest>,
}

#[derive(Deserialize)]
struct Wire {
    #[serde(flatten)]
    platform: Platform,
    #[serde(default, deserialize_with = "null_as_empty")]
    config: WireConfig,
    #[serde(default, deserialize_with = "null_as_empty")]
    rootfs: WireRootfs,
}

#[derive(Default, Deserialize)]
struct WireConfig {
    #[serde(default, rename = "User")]
    user: Option<String>,
    #[serde(default, rename = "Labels", deserialize_with = "null_as_empty")]
    labels: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
struct WireRootfs {
    #[serde(default, deserialize_with = "null_as_empty")]
    diff_ids: Vec<Digest>,
}

impl ImageConfig {
    /// Reads a configuration of one of the two image configuration media types.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let wire: Wire = json::parse(bytes, "image configuration")?;
        Ok(Self {
            platform: wire.platform,
            user: wire.config.user.filter(|user| !user.is_empty()),
            labels: wire.config.labels,
            diff_ids: wire.rootfs.diff_ids,
        })
    }
}
