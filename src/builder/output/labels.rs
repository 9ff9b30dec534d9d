//! The labels `com.docker.dhi.*` of a hardened image.
//!
//! Source: `docs/labels.md` lists them. They are claims, and images that are built on this one inherit them.

use std::collections::BTreeMap;

use crate::oci::Digest;

/// The values of the labels `com.docker.dhi.*`. The label of a text that is `None` is left out; an empty text is a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HardenedLabels {
    /// The repository without registry, such as `dhi/python`.
    pub name: String,
    /// The title of the definition.
    pub title: String,
    /// The page of the image.
    pub url: Option<String>,
    /// The most specific tag.
    pub version: Option<String>,
    /// The path of the definition without `.yaml`.
    pub definition: Option<String>,
    /// The distribution, such as `debian-13`.
    pub distro: Option<String>,
    /// `runtime` or `dev`.
    pub variant: String,
    /// The flavor, or an empty text.
    pub flavor: String,
    /// The shell, or an empty text.
    pub shell: String,
    /// The package manager, or an empty text.
    pub package_manager: String,
    /// The names of compliance programs, in their order.
    pub compliance: Vec<String>,
    /// The first day of support, `YYYY-MM-DD`.
    pub release_date: Option<String>,
    /// The last day of support, `YYYY-MM-DD`.
    pub end_of_life: Option<String>,
    /// Who may use the image.
    pub entitlement: Option<String>,
}

impl HardenedLabels {
    /// The labels of an image with these layers.
    pub fn labels(&self, created: &str, diff_ids: &[Digest]) -> BTreeMap<String, String> {
        todo!()
    }
}
