//! The labels `com.docker.dhi.*` of a hardened image.
//!
//! They are claims, which images that are built on this one inherit, and prove nothing.

use std::collections::BTreeMap;

use crate::evidence::chain_id;
use crate::oci::Digest;

/// The values of the labels `com.docker.dhi.*`. The label of a value that is `None` is left out; an empty text is a
/// value.
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
    /// The names of compliance programs, in their order. Without any the label is left out.
    pub compliance: Vec<String>,
    /// The first day of support, `YYYY-MM-DD`.
    pub release_date: Option<String>,
    /// The last day of support, `YYYY-MM-DD`.
    pub end_of_life: Option<String>,
    /// Who may use the image.
    pub entitlement: Option<String>,
}

impl HardenedLabels {
    /// The labels of an image with these layers, made at `created` (RFC 3339).
    pub(super) fn labels(&self, created: &str, diff_ids: &[Digest]) -> BTreeMap<String, String> {
        let compliance = (!self.compliance.is_empty()).then(|| self.compliance.join(","));
        let chain_id = chain_id(diff_ids).map(|chain_id| chain_id.to_string());
        let values = [
            ("name", Some(self.name.as_str())),
            ("title", Some(&self.title)),
            ("url", self.url.as_deref()),
            ("version", self.version.as_deref()),
            ("definition", self.definition.as_deref()),
            ("distro", self.distro.as_deref()),
            ("variant", Some(&self.variant)),
            ("flavor", Some(&self.flavor)),
            ("shell", Some(&self.shell)),
            ("package-manager", Some(&self.package_manager)),
            ("compliance", compliance.as_deref()),
            ("created", Some(created)),
            ("date.release", self.release_date.as_deref()),
            ("date.end-of-life", self.end_of_life.as_deref()),
            ("entitlement", self.entitlement.as_deref()),
            ("chain-id", chain_id.as_deref()),
        ];
        let labels = values.into_iter().filter_map(|(name, value)| Some((name, value?)));
        labels.map(|(name, value)| (format!("com.docker.dhi.{name}"), value.to_owned())).collect()
    }
}
